//! What a run reports while it works and after it ended.
//!
//! `progress` draws bars on a terminal; `job_metrics` writes `figures` into a `textfile` that
//! Prometheus collects.

mod figures;
mod job_metrics;
pub mod progress;
mod textfile;

pub use figures::{Figures, Product};
pub use job_metrics::{JobMetrics, MetricsError};
