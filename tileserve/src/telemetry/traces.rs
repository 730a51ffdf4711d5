//! Traces: the spans of requests and of reads from the store. They are exported if the program was
//! built with `--features otlp` and has a collector; otherwise a span costs a comparison.

#[cfg(feature = "otlp")]
mod failures;
mod options;
#[cfg(feature = "otlp")]
mod otlp;

use http::{Request, StatusCode};
use tracing::{Span, field, trace_span};

#[cfg(feature = "otlp")]
pub use self::otlp::{Exporter, exporter};

pub use self::options::{TARGET, TraceOptions};

/// The span of a request, part of its caller's trace if it names one.
#[must_use]
pub fn request_span<B>(request: &Request<B>) -> Span {
    let span = trace_span!(
        target: TARGET,
        "request",
        otel.kind = "server",
        otel.status_code = field::Empty,
        http.request.method = %request.method(),
        url.path = request.uri().path(),
        http.route = field::Empty,
        http.response.status_code = field::Empty,
        http.response.body.size = field::Empty,
    );
    #[cfg(feature = "otlp")]
    otlp::join(&span, request.headers());
    span
}

/// Adds the response to the span of its request.
pub fn record_response(span: &Span, route: &str, status: StatusCode, body_bytes: u64) {
    if span.is_disabled() {
        return;
    }
    span.record("http.route", route);
    span.record("http.response.status_code", status.as_u16());
    span.record("http.response.body.size", body_bytes);
    if status.is_server_error() {
        span.record("otel.status_code", "ERROR");
    }
}

/// The span of a request to the store.
#[must_use]
pub fn store_span(key: &str) -> Span {
    trace_span!(target: TARGET, "store", otel.kind = "client", key)
}
