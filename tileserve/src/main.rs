//! The command line of the tile server.

fn main() {}
