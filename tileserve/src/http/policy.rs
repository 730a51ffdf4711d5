//! The policy: settings of responses that may change while the server runs.

use std::sync::Arc;
use std::time::Duration;

use http::header::HeaderName;

use crate::http::access_log::AccessLog;
use crate::http::data_headers::{DataHeaders, EmptyTile, Lifetimes};
use crate::http::rate_limit::{RateLimit, RateOptions};
use crate::http::response_headers::ResponseHeaders;

/// The policy as the configuration has it.
#[derive(Clone, Debug)]
pub struct PolicyOptions {
    /// Headers of every response.
    pub response_headers: ResponseHeaders,
    /// Whether pages of other origins may read internal layers.
    pub internal_cors: bool,
    /// The request headers that decide what a client sees of internal layers.
    pub vary: Vec<HeaderName>,
    /// How long clients may cache responses.
    pub lifetimes: Lifetimes,
    /// The status where an archive has no tile.
    pub empty_tile: EmptyTile,
    /// The rate limit of a client, if there is one.
    pub rate: Option<RateOptions>,
    /// Most requests that may wait for the store.
    pub max_in_flight: usize,
    /// One request in this number is logged; 0 = none.
    pub log_sample_rate: u64,
}

/// The policy, ready for use.
#[derive(Debug)]
pub struct Policy {
    /// Headers of responses with data.
    pub headers: DataHeaders,
    /// Headers of every response.
    pub response_headers: ResponseHeaders,
    /// The longest lifetime of internal responses.
    pub internal_max_age: Duration,
    /// The status where an archive has no tile.
    pub empty_tile: EmptyTile,
    /// The rate limit of a client, if there is one.
    pub rate: Option<Arc<RateLimit>>,
    /// Most requests that may wait for the store.
    pub max_in_flight: usize,
    /// The access log.
    pub log: AccessLog,
}

impl Policy {
    /// A policy that replaces the one before. The rate limit keeps what clients have used, unless its
    /// options changed.
    #[must_use]
    pub fn new(options: &PolicyOptions, before: Option<&Self>) -> Self {
        let used = before.and_then(|before| before.rate.as_ref());
        let rate = options.rate.map(|options| match used {
            Some(used) if *used.options() == options => Arc::clone(used),
            _ => Arc::new(RateLimit::new(options)),
        });
        Self {
            headers: DataHeaders::new(&options.lifetimes, options.internal_cors, &options.vary),
            response_headers: options.response_headers.clone(),
            internal_max_age: options.lifetimes.internal_max,
            empty_tile: options.empty_tile,
            rate,
            max_in_flight: options.max_in_flight,
            log: AccessLog::new(options.log_sample_rate),
        }
    }
}
