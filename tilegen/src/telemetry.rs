//! What a run reports while it works and after it ends.
//!
//! `progress` draws bars on a terminal, `stopwatch` times the steps of a build, and `process` reads
//! processor time and memory. `job_metrics` writes `figures` into a `textfile` for Prometheus.

mod figures;
mod job_metrics;
pub(crate) mod process;
pub mod progress;
pub(crate) mod stopwatch;
mod textfile;

pub use figures::{Figures, Product};
pub use job_metrics::{JobMetrics, MetricsError};
