//! The run of `tilegen repeat`.

use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::Context;
use backon::{BackoffBuilder, ExponentialBuilder};

use crate::cli::arguments::RepeatArgs;
use crate::cli::build::run::SCHEDULED;
use crate::cli::exit::EXIT_STOPPED;

/// Delay of `tilegen repeat` before the first retry of a failed run, and the longest delay.
const MIN_RETRY_DELAY: Duration = Duration::from_secs(10);
const MAX_RETRY_DELAY: Duration = Duration::from_hours(1);

/// Runs a command in a child process, now and at every scheduled time, until the process is stopped.
/// A failed run is logged and retried before the next scheduled time, with increasing delays, unless a
/// guard stopped it. A run that takes longer than the interval skips the times that it overlaps.
pub(crate) fn run_repeat(args: &RepeatArgs) -> anyhow::Result<()> {
    let schedule = args.schedule();
    let program =
        std::env::current_exe().context("could not find the path of the tilegen program")?;
    let delays = ExponentialBuilder::default()
        .with_min_delay(MIN_RETRY_DELAY)
        .with_max_delay(MAX_RETRY_DELAY)
        .without_max_times();
    let mut retry_delays = delays.build();
    loop {
        let started = Instant::now();
        let run = Command::new(&program).args(&args.job).env(SCHEDULED, "1").status();
        let status = run.context("could not start the job")?;
        let (job, seconds) = (&args.job[0], started.elapsed().as_secs());
        if status.success() {
            tracing::info!(%job, seconds, %schedule, "run ended");
            retry_delays = delays.build();
            schedule.wait(None);
        } else if status.code() == Some(i32::from(EXIT_STOPPED)) {
            tracing::error!(%job, seconds, %schedule, "run stopped by a guard, not retried");
            retry_delays = delays.build();
            schedule.wait(None);
        } else {
            tracing::error!(%job, seconds, %status, %schedule, "run failed");
            schedule.wait(retry_delays.next());
        }
    }
}
