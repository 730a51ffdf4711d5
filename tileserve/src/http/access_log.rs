//! The log of answers: one line for some of them. Trouble is always told, elsewhere.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use http::{Method, Request};
use hyper::body::Body;
use tracing::info;

use crate::http::request_context::REQUEST_ID;
use crate::http::response::Reply;

/// Chooses which answers are told.
#[derive(Debug)]
pub struct AccessLog {
    /// One answer of so many is told; 0 = none.
    one_of: u64,
    count: AtomicU64,
}

/// What is told of a request. Neither its query, which may be signed, nor who asked.
#[derive(Debug)]
pub struct LoggedRequest {
    method: Method,
    path: String,
}

impl AccessLog {
    /// A log of one answer in so many; 0 = none.
    #[must_use]
    pub const fn new(one_of: u64) -> Self {
        Self { one_of, count: AtomicU64::new(0) }
    }

    /// The request, if its answer will be told.
    #[must_use]
    pub fn take<B>(&self, request: &Request<B>) -> Option<LoggedRequest> {
        let is_told = self.one_of > 0
            && self.count.fetch_add(1, Ordering::Relaxed).is_multiple_of(self.one_of);
        is_told.then(|| LoggedRequest {
            method: request.method().clone(),
            path: request.uri().path().to_owned(),
        })
    }
}

impl LoggedRequest {
    /// Tells of its answer.
    pub fn tell(&self, reply: &Reply, took: Duration) {
        let id = reply.headers().get(REQUEST_ID).and_then(|id| id.to_str().ok());
        info!(
            method = %self.method,
            path = self.path,
            status = reply.status().as_u16(),
            bytes = reply.body().size_hint().lower(),
            microseconds = u64::try_from(took.as_micros()).unwrap_or(u64::MAX),
            request_id = id,
            "answered"
        );
    }
}
