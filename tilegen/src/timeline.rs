//! Timeline: orders and users by day and hour, so that any range of days can be counted exactly from
//! static tiles. One archive for each layer and calendar month.
//!
//! Start with `build`, which shows all steps of a build. Then follow the data: `months` divides the
//! look-back into months, `gather` takes orders out of the spill, `visits` finds the previous day of each
//! user in a cell, `keys` packs what is counted into numbers that sort like rows, `families` says which layers
//! are counted together, and `pyramid` makes the tiles. `places` counts the same for cities and areas, and
//! `tables` writes that. `archive` encodes an archive, `publication` finds out which months have changed, and
//! `report` is the report of a build.

mod archive;
pub mod build;
mod families;
mod gather;
mod keys;
pub mod months;
mod places;
mod publication;
mod pyramid;
pub mod report;
mod tables;
mod visits;
