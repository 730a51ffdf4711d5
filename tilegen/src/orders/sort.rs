//! Orders sorted by cell, in memory or through temporary files.
//!
//! In the order of the data: `partition` (squares of the quadtree), `spill` (validated orders, in
//! memory or in a file), `dedup` (orders with the same id) and `radix` (the sort itself).

pub mod dedup;
pub mod partition;
pub mod radix;
pub mod spill;
