//! Timeline: orders and users by day and hour, so that any range of days can be counted exactly from
//! static tiles. One archive for each layer and calendar month.
//!
//! Start with `build`, which shows all steps of a build of a `spec`. Then follow the data: `months` divides the
//! look-back into months, `reader` reads its orders, `counting` counts and stores them month by month,
//! `gather` takes orders out of the spill, `keys` packs what is counted into numbers that sort like rows,
//! `families` says which layers are counted together, and `pyramid` makes the tiles. `places` counts the same
//! for cities and areas, and `tables` writes that. `archive` encodes an archive, `publication` finds out which
//! months have changed, and `report` is the report of a build.

mod archive;
pub mod build;
mod counting;
mod error;
mod families;
mod gather;
mod keys;
pub mod months;
mod places;
mod publication;
mod pyramid;
mod reader;
pub mod report;
mod spec;
mod tables;
