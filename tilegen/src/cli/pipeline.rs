//! `tilegen run`: fetches the inputs, builds what follows from them, and removes what is no longer needed.
//!
//! Every step is a tilegen command in a process of its own, with its own memory, metrics and exit status. `plan` lists
//! the steps, `step` runs one, `done` knows which of them need not run again, and `report` says what each of them did.

mod done;
mod plan;
mod report;
mod step;

use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::Context;
use jiff::Timestamp;
use jiff::civil::Time;

use crate::cli::arguments::{PipelineArgs, RunOrdersArgs};
use crate::config::Config;
use crate::store::Store;
use done::DoneSteps;
use plan::Plan;
use report::RunReport;
use step::{Outcome, Runner, Step, StepReport};

/// Delay before a late source is asked again, and the longest one.
const LATE_DELAYS: (Duration, Duration) = (Duration::from_mins(1), Duration::from_mins(10));

/// Fetches orders and builds everything that follows from them.
pub(crate) fn run_orders(args: &RunOrdersArgs) -> anyhow::Result<ExitCode> {
    Pipeline::new(Plan::Orders(args))?.run()
}

/// Fetches vendors and builds the snapshot.
pub(crate) fn run_snapshot(args: &PipelineArgs) -> anyhow::Result<ExitCode> {
    Pipeline::new(Plan::Snapshot(args))?.run()
}

/// A run of all steps.
struct Pipeline<'a> {
    plan: Plan<'a>,
    args: &'a PipelineArgs,
    config: Config,
}

impl<'a> Pipeline<'a> {
    fn new(plan: Plan<'a>) -> anyhow::Result<Self> {
        let args = plan.args();
        Ok(Self { plan, args, config: args.config.load()? })
    }

    /// Runs the steps in order. A fetch that fails does not stop the builds: they read what is there, and the guards
    /// decide about it. A build that fails ends the run.
    fn run(self) -> anyhow::Result<ExitCode> {
        let began = Instant::now();
        let runner = Runner::new(self.args)?;
        let mut report = RunReport::new(self.plan.job(), self.args.clock.now());
        for fetch in self.plan.fetches(&self.config) {
            report.add(self.fetch(&runner, &fetch)?);
        }
        for build in self.plan.builds(&self.config)? {
            if report.has_ended() {
                report.add(StepReport::not_run(&build));
                continue;
            }
            report.add(self.build(&runner, &build)?);
        }
        report.seconds = began.elapsed().as_secs_f64();
        report.write(self.args.report.as_deref())?;
        Ok(report.exit_code())
    }

    /// Runs a fetch, again and again until it succeeds or `--until` has passed.
    fn fetch(&self, runner: &Runner, step: &Step) -> anyhow::Result<StepReport> {
        let (began, mut delay, mut attempts) = (Instant::now(), LATE_DELAYS.0, 1);
        loop {
            let report = runner.run(step)?;
            let left = self.args.until.map_or(Duration::ZERO, |until| self.time_until(until));
            if report.is_success() || left.is_zero() {
                return Ok(StepReport {
                    attempts,
                    seconds: began.elapsed().as_secs_f64(),
                    ..report
                });
            }
            let wait = delay.min(left);
            tracing::warn!(
                step = step.name,
                seconds = wait.as_secs(),
                "a late source is asked again"
            );
            std::thread::sleep(wait);
            delay = LATE_DELAYS.1.min(delay * 2);
            attempts += 1;
        }
    }

    /// How long it is until a local time of today; zero if it has passed.
    fn time_until(&self, until: Time) -> Duration {
        let (zone, now) = (&self.config.time_zone, Timestamp::now());
        let at = zone.to_timestamp(zone.to_datetime(now).date().to_datetime(until));
        let left = at.map(|at| at.duration_since(now)).unwrap_or_default();
        Duration::try_from(left).unwrap_or_default()
    }

    /// Runs a build, unless what it would read and publish is published already.
    fn build(&self, runner: &Runner, step: &Step) -> anyhow::Result<StepReport> {
        let store = Store::open(&self.args.store.address, true)?;
        let done = DoneSteps { store: &store, args: self.args, config: &self.config };
        let key =
            done.key(step).with_context(|| format!("could not list what {} reads", step.name))?;
        if done.is_done(step, &key)? {
            tracing::info!(step = step.name, "nothing has changed since the last run");
            return Ok(StepReport::unchanged(step));
        }
        let report = runner.run(step)?;
        if report.outcome == Outcome::Done {
            done.record(step, key)?;
        }
        Ok(report)
    }
}
