//! Policy: what is decided for each answer and may change while the server runs.

use std::sync::Arc;

use crate::http::access_log::AccessLog;
use crate::http::data_headers::{DataHeaders, EmptyTile, Lifetimes};
use crate::http::rate_limit::{RateLimit, RateOptions};
use crate::http::response_headers::ResponseHeaders;

/// What the configuration says of it.
#[derive(Clone, Debug)]
pub struct PolicyOptions {
    /// What is put on every answer.
    pub response_headers: ResponseHeaders,
    /// Whether pages of other origins may read internal layers.
    pub internal_cors: bool,
    /// How long clients may keep answers.
    pub lifetimes: Lifetimes,
    /// What is said where an archive has no tile.
    pub empty_tile: EmptyTile,
    /// How much one client may ask, if that is limited.
    pub rate: Option<RateOptions>,
    /// How many requests may wait for the store.
    pub max_in_flight: usize,
    /// One answer of so many is told in the log; 0 = none.
    pub log_one_of: u64,
}

/// The same, made ready for use.
#[derive(Debug)]
pub struct Policy {
    /// Headers of answers with data.
    pub headers: DataHeaders,
    /// What is put on every answer.
    pub response_headers: ResponseHeaders,
    /// What is said where an archive has no tile.
    pub empty_tile: EmptyTile,
    /// How much one client may ask, if that is limited.
    pub rate: Option<Arc<RateLimit>>,
    /// How many requests may wait for the store.
    pub max_in_flight: usize,
    /// Which answers are told.
    pub log: AccessLog,
}

impl Policy {
    /// A policy in the place of the one before: clients that have used up their rate still have.
    #[must_use]
    pub fn new(options: &PolicyOptions, before: Option<&Self>) -> Self {
        let used = before.and_then(|before| before.rate.as_ref());
        let rate = options.rate.map(|options| match used {
            Some(used) if *used.options() == options => Arc::clone(used),
            _ => Arc::new(RateLimit::new(options)),
        });
        Self {
            headers: DataHeaders::new(&options.lifetimes, options.internal_cors),
            response_headers: options.response_headers.clone(),
            empty_tile: options.empty_tile,
            rate,
            max_in_flight: options.max_in_flight,
            log: AccessLog::new(options.log_one_of),
        }
    }
}
