//! Progress of the build steps: bars on a terminal, one log line per step otherwise.

use std::io::IsTerminal;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use indicatif::{HumanCount, ProgressBar, ProgressStyle};

/// Where progress is shown.
#[derive(Clone, Copy, Debug)]
pub struct Progress {
    bars: bool,
}

/// A step in progress.
pub struct Step {
    name: &'static str,
    bar: Option<ProgressBar>,
    done: AtomicU64,
    output: (AtomicU64, AtomicU64),
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

    /// Starts a step of `total` units. It ends when it is dropped.
    #[must_use]
    pub fn step(self, name: &'static str, total: u64) -> Step {
        let style = ProgressStyle::with_template(
            "{msg:>16} {wide_bar} {human_pos}/{human_len} {prefix} {eta}",
        );
        let bar = self.bars.then(|| {
            let bar = ProgressBar::new(total).with_message(name);
            style.map_or(bar.clone(), |style| bar.with_style(style))
        });
        Step {
            name,
            bar,
            done: AtomicU64::new(0),
            output: Default::default(),
            since: Instant::now(),
        }
    }
}

impl Step {
    /// Adds completed units.
    pub fn advance(&self, units: u64) {
        self.done.fetch_add(units, Ordering::Relaxed);
        if let Some(bar) = &self.bar {
            bar.inc(units);
        }
    }

    /// Sets how many tiles and cells the step has written so far.
    pub(crate) fn set_output_counts(&self, (tiles, cells): (u64, u64)) {
        self.output.0.store(tiles, Ordering::Relaxed);
        self.output.1.store(cells, Ordering::Relaxed);
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
        let [tiles, cells] =
            [&self.output.0, &self.output.1].map(|output| output.load(Ordering::Relaxed));
        tracing::info!(step = self.name, done, tiles, cells, seconds, "step done");
    }
}
