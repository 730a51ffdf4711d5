//! Policy: what is decided for each answer and may change while the server runs.

use std::sync::Arc;

use crate::http::access_log::AnswerLog;
use crate::http::data_headers::{Headers, Holes, Lifetimes};
use crate::http::rate_limit::{RateLimit, RateOptions};
use crate::http::response_headers::Finish;

/// What the configuration says of it.
#[derive(Clone, Debug)]
pub struct PolicyOptions {
    /// What is put on every answer.
    pub finish: Finish,
    /// Whether pages of other origins may read internal layers.
    pub internal_cors: bool,
    /// How long clients may keep answers.
    pub lifetimes: Lifetimes,
    /// What is said where an archive has no tile.
    pub holes: Holes,
    /// How much one client may ask, if that is limited.
    pub rate: Option<RateOptions>,
    /// How many requests may wait for the store.
    pub most_waiting: usize,
    /// One answer of so many is told in the log; 0 = none.
    pub log_one_of: u64,
}

/// The same, made ready for use.
#[derive(Debug)]
pub struct Policy {
    /// Headers of answers with data.
    pub headers: Headers,
    /// What is put on every answer.
    pub finish: Finish,
    /// What is said where an archive has no tile.
    pub holes: Holes,
    /// How much one client may ask, if that is limited.
    pub rate: Option<Arc<RateLimit>>,
    /// How many requests may wait for the store.
    pub most_waiting: usize,
    /// Which answers are told.
    pub log: AnswerLog,
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
            headers: Headers::new(&options.lifetimes, options.internal_cors),
            finish: options.finish.clone(),
            holes: options.holes,
            rate,
            most_waiting: options.most_waiting,
            log: AnswerLog::new(options.log_one_of),
        }
    }
}
