//! Traces: what each request did and how long that took, told to a collector if the program was
//! built to (`--features otlp`) and is configured to. Otherwise a span costs a comparison.

#[cfg(feature = "otlp")]
mod otlp;

use http::Request;
use hyper::body::Body;
use tracing::{Span, field, trace_span};

#[cfg(feature = "otlp")]
pub use otlp::{Exporter, exporter};

use crate::metrics::Kind;
use crate::reply::Reply;

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

/// The span of a request, part of its caller's trace if it names one.
#[must_use]
pub fn request<B>(request: &Request<B>) -> Span {
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

/// Tells how a request was answered.
pub fn answered(span: &Span, kind: Kind, reply: &Reply) {
    if span.is_disabled() {
        return;
    }
    span.record("http.route", kind.name());
    span.record("http.response.status_code", reply.status().as_u16());
    span.record("http.response.body.size", reply.body().size_hint().lower());
    if reply.status().is_server_error() {
        span.record("otel.status_code", "ERROR");
    }
}

/// The span of a question to the store.
#[must_use]
pub fn store(key: &str) -> Span {
    trace_span!(target: TARGET, "store", otel.kind = "client", key)
}
