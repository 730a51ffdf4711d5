//! What a run reports while it works and after it ends.
//!
//! `progress` draws bars on a terminal, `stopwatch` times the steps of a build, and `process` reads
//! processor time and memory. `job_metrics` writes `stats` into a `textfile` for Prometheus,
//! `fetch_metrics` the figures of the sources of inputs, and `audit_metrics` those of the privacy audit.

mod audit_metrics;
mod fetch_metrics;
mod job_metrics;
pub(crate) mod process;
pub mod progress;
mod run_stats;
pub(crate) mod stopwatch;
mod textfile;

pub use audit_metrics::AuditStats;
pub use fetch_metrics::{FetchStats, RowAge};
pub use job_metrics::{JobMetrics, MetricsError};
pub use run_stats::{Product, RunStats};
