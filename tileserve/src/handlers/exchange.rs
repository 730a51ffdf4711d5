//! An exchange: what is known of a request from its start until its response is complete.

use std::sync::Arc;
use std::time::{Duration, Instant};

use http::header::RANGE;
use http::{Method, Request};
use hyper::body::Body as _;
use tracing::{Span, warn};

use crate::http::access_log::LoggedRequest;
use crate::http::policy::Policy;
use crate::http::request_context::{REQUEST_ID, RequestContext};
use crate::http::response::{self, Reply};
use crate::telemetry::metrics::RouteMetrics;
use crate::telemetry::traces;
use crate::values::surrogate_keys::SurrogateKeys;

/// What is known of a request until its response is complete.
pub(super) struct Exchange {
    start: Instant,
    span: Span,
    is_head: bool,
    policy: Arc<Policy>,
    context: RequestContext,
    /// The line of the access log, if this request is sampled.
    line: Option<LoggedRequest>,
}

impl Exchange {
    /// Reads of a request what its response will need.
    pub(super) fn begin<B>(request: &mut Request<B>, policy: Arc<Policy>) -> Self {
        let start = Instant::now();
        let span = traces::request_span(request);
        let is_head = *request.method() == Method::HEAD;
        if is_head {
            // Ranges are for GET alone (RFC 9110, section 14.2).
            request.headers_mut().remove(RANGE);
        }
        let context = policy.response_headers.context(request.headers());
        let line = policy.log.sample(request);
        Self { start, span, is_head, policy, context, line }
    }

    pub(super) const fn span(&self) -> &Span {
        &self.span
    }

    pub(super) const fn policy(&self) -> &Arc<Policy> {
        &self.policy
    }

    /// Time since the request was read.
    pub(super) fn elapsed(&self) -> Duration {
        self.start.elapsed()
    }

    /// Adds the last headers to a response and records it.
    pub(super) fn complete(
        &self,
        reply: Reply,
        metrics: &RouteMetrics,
        keys: Option<&SurrogateKeys>,
    ) -> Reply {
        let mut reply = if self.is_head { response::head_only(reply) } else { reply };
        self.policy.response_headers.apply(&mut reply, &self.context, keys);
        self.record(&reply, metrics);
        reply
    }

    /// Writes a response to the log, the metrics and the trace.
    fn record(&self, reply: &Reply, metrics: &RouteMetrics) {
        let (status, body_bytes) = (reply.status(), reply.body().size_hint().lower());
        if status.is_server_error() {
            let id = reply.headers().get(REQUEST_ID);
            warn!(status = status.as_u16(), request_id = ?id, "server error");
        }
        metrics.count(status, body_bytes, self.start);
        traces::record_response(&self.span, metrics.kind().name(), status, body_bytes);
        if let Some(line) = &self.line {
            line.write(reply, self.context.id(), self.elapsed());
        }
    }
}
