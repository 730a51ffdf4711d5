//! Progress: bars on a terminal, one log line a step otherwise.

use std::io::IsTerminal;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use indicatif::{ProgressBar, ProgressStyle};

/// Where progress is shown.
#[derive(Clone, Copy, Debug)]
pub struct Progress {
    bars: bool,
}

/// One step under way.
pub struct Step {
    name: &'static str,
    bar: Option<ProgressBar>,
    done: AtomicU64,
    since: Instant,
}

impl Progress {
    /// Bars when standard error is a terminal, log lines otherwise.
    #[must_use]
    pub fn to_stderr() -> Self {
        Self { bars: std::io::stderr().is_terminal() }
    }

    /// Log lines only.
    #[must_use]
    pub const fn logged() -> Self {
        Self { bars: false }
    }

    /// Begins a step of so many units; it ends when it is dropped.
    #[must_use]
    pub fn step(self, name: &'static str, total: u64) -> Step {
        let style =
            ProgressStyle::with_template("{msg:>16} {wide_bar} {human_pos}/{human_len} {eta}");
        let bar = self.bars.then(|| {
            let bar = ProgressBar::new(total).with_message(name);
            style.map_or(bar.clone(), |style| bar.with_style(style))
        });
        Step { name, bar, done: AtomicU64::new(0), since: Instant::now() }
    }
}

impl Step {
    /// More units are done.
    pub fn advance(&self, units: u64) {
        self.done.fetch_add(units, Ordering::Relaxed);
        if let Some(bar) = &self.bar {
            bar.inc(units);
        }
    }
}

impl Drop for Step {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
        let (done, seconds) =
            (self.done.load(Ordering::Relaxed), self.since.elapsed().as_secs_f64());
        tracing::info!(step = self.name, done, seconds, "step done");
    }
}
