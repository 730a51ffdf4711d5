//! Reports what the server does: logs, metrics and traces.
//!
//! Read `metrics` first: it has every counter that Prometheus reads. `traces` opens the spans of
//! requests, `logging` starts the log. `audit_log` records who read what is internal.

pub mod audit_log;
pub mod logging;
pub mod metrics;
pub mod traces;
