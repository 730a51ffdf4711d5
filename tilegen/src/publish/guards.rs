//! Guards: pure functions that check the data of a build from counts, before anything is published.
//!
//! A guard accepts, warns, holds the newest day back (the rest is published), or stops the build. Start
//! with `finding`, the result of a guard. `orders` checks the days of orders, `vendors` a snapshot,
//! `areas` area files, and `emptied` the archives of any build. `gauges` are the counts that may not fall.
//! `acceptance` is what an operator accepts, `accepted` what was accepted earlier, and `baseline` is the
//! private report of the last published build, with which a build is compared. `job` puts these together for
//! a build of orders, and `order_build_error` says why such a build failed. `stop` is the reason of the last stop.

pub mod acceptance;
pub mod accepted;
pub mod areas;
pub mod baseline;
pub mod emptied;
pub mod finding;
pub mod gauges;
pub mod job;
mod order_build_error;
pub mod orders;
pub mod report;
pub mod stop;
pub mod vendors;

#[cfg(test)]
mod tests;

pub use acceptance::{Acceptance, AcceptanceError};
pub use finding::{Finding, GuardStop, Outcome};
pub use order_build_error::OrderBuildError;
pub use report::GuardsReport;
