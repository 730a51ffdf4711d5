//! The vendor snapshot: vendors, grades and targets are read, and become layers and tables.
//!
//! Read `snapshot` first: it is the build. `vendor` and `grade` are the values that it works with,
//! and `coverage` computes how many vendors deliver to each square of a city.

pub mod coverage;
pub mod grade;
pub mod snapshot;
pub mod vendor;
