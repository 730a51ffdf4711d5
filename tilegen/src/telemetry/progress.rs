//! Progress: bars on a terminal, one log line a step otherwise.

use std::io::IsTerminal;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use indicatif::{HumanCount, ProgressBar, ProgressStyle};

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
    made: (AtomicU64, AtomicU64),
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
        let style = ProgressStyle::with_template(
            "{msg:>16} {wide_bar} {human_pos}/{human_len} {prefix} {eta}",
        );
        let bar = self.bars.then(|| {
            let bar = ProgressBar::new(total).with_message(name);
            style.map_or(bar.clone(), |style| bar.with_style(style))
        });
        Step { name, bar, done: AtomicU64::new(0), made: Default::default(), since: Instant::now() }
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

impl Step {
    /// Tiles and cells that the step has made so far.
    pub(crate) fn tell_made(&self, (tiles, cells): (u64, u64)) {
        self.made.0.store(tiles, Ordering::Relaxed);
        self.made.1.store(cells, Ordering::Relaxed);
        if let Some(bar) = &self.bar {
            let (tiles, cells) = (HumanCount(tiles), HumanCount(cells));
            bar.set_prefix(format!("{tiles} tiles, {cells} cells"));
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
        let [tiles, cells] = [&self.made.0, &self.made.1].map(|made| made.load(Ordering::Relaxed));
        tracing::info!(step = self.name, done, tiles, cells, seconds, "step done");
    }
}
