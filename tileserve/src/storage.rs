//! Reads archives and caches their tiles.
//!
//! Read `store` first: it reads objects from a folder or a bucket. `archive` opens and checks one
//! PMTiles archive. `disk_cache` keeps whole archives on the local disk, `tile_cache` keeps single
//! tiles in memory. `blocking` moves slow work off the threads that answer requests.

pub mod archive;
mod blocking;
pub mod disk_cache;
pub mod store;
pub mod tile_cache;
