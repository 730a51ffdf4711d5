//! Where traces go.

/// Where traces go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TraceOptions {
    /// Where the collector takes spans, by OTLP over HTTP.
    pub endpoint: String,
    /// One request of so many is traced, beside those whose caller traces them.
    pub one_of: u64,
}

/// Spans are told under this name, and to nobody else.
pub const TARGET: &str = "tileserve::traces";
