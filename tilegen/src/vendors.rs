//! The vendor snapshot: reads vendors, grades and coverage targets, and publishes layers and tables.
//!
//! Read `snapshot` first: it is the build. `vendor` and `grade` are its values, and `coverage` counts
//! the vendors that deliver to each cell of a city.

pub mod coverage;
pub mod grade;
pub mod snapshot;
pub mod vendor;
