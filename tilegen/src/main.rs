//! The command line of the batch generator.

fn main() {}
