//! Options of the export of traces.

/// Where traces are exported to, and how many.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TraceOptions {
    /// URL of the collector (OTLP over HTTP).
    pub endpoint: String,
    /// One request in this number is traced, in addition to those that the caller traces. Failed requests always are.
    pub sample_rate: u64,
}

/// The target of the spans, by which only the exporter receives them.
pub const TARGET: &str = "tileserve::traces";
