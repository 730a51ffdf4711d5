//! Measures how long each step of a build takes.

use std::collections::BTreeMap;
use std::time::Instant;

/// Measures the steps of a build.
pub(crate) struct Stopwatch {
    last: Instant,
    seconds: BTreeMap<&'static str, f64>,
}

impl Stopwatch {
    pub(crate) fn start() -> Self {
        Self { last: Instant::now(), seconds: BTreeMap::new() }
    }

    /// Adds the time since the last call to a step.
    pub(crate) fn record_step(&mut self, step: &'static str) {
        let now = Instant::now();
        *self.seconds.entry(step).or_default() += (now - self.last).as_secs_f64();
        self.last = now;
    }

    pub(crate) fn seconds(self) -> BTreeMap<&'static str, f64> {
        self.seconds
    }
}
