//! Reports what the server does: logs, metrics and traces.
//!
//! Read `metrics` first: it has every counter that Prometheus reads. `traces` opens the spans of
//! requests, `logging` starts the log, `memory` reads the memory use and limit of the process.

pub mod logging;
pub mod memory;
pub mod metrics;
pub mod traces;
