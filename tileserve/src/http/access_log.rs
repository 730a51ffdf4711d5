//! The access log: one line for a sample of the responses. Server errors are always logged, elsewhere.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use http::{HeaderValue, Method, Request};
use hyper::body::Body;
use tracing::info;

use crate::http::request_context::REQUEST_ID;
use crate::http::response::Reply;

/// Chooses the requests that are logged.
#[derive(Debug)]
pub struct AccessLog {
    /// One in `sample_rate` requests is logged; 0 disables the log.
    sample_rate: u64,
    count: AtomicU64,
}

/// What is logged of a request: neither its query, which may be signed, nor the client.
#[derive(Debug)]
pub struct LoggedRequest {
    method: Method,
    path: String,
}

impl AccessLog {
    /// A log of one request in `sample_rate`; 0 = none.
    #[must_use]
    pub const fn new(sample_rate: u64) -> Self {
        Self { sample_rate, count: AtomicU64::new(0) }
    }

    /// What to log of the request, if it is in the sample.
    #[must_use]
    pub fn sample<B>(&self, request: &Request<B>) -> Option<LoggedRequest> {
        let is_sampled = self.sample_rate > 0
            && self.count.fetch_add(1, Ordering::Relaxed).is_multiple_of(self.sample_rate);
        is_sampled.then(|| LoggedRequest {
            method: request.method().clone(),
            path: request.uri().path().to_owned(),
        })
    }
}

impl LoggedRequest {
    /// Writes the line with the response.
    pub fn write(&self, reply: &Reply, request_id: Option<&HeaderValue>, took: Duration) {
        let id = reply.headers().get(REQUEST_ID).or(request_id).and_then(|id| id.to_str().ok());
        info!(
            method = %self.method,
            path = self.path,
            status = reply.status().as_u16(),
            bytes = reply.body().size_hint().lower(),
            microseconds = u64::try_from(took.as_micros()).unwrap_or(u64::MAX),
            request_id = id,
            "request"
        );
    }
}
