//! What a run of all steps did.

use std::path::Path;
use std::process::ExitCode;

use anyhow::Context;
use jiff::Timestamp;
use serde::Serialize;

use super::step::{Outcome, StepReport};
use crate::cli::private_file::write_private;

/// The report of a run.
#[derive(Debug, Serialize)]
pub(super) struct RunReport {
    job: &'static str,
    began: Timestamp,
    pub(super) seconds: f64,
    steps: Vec<StepReport>,
}

impl RunReport {
    pub(super) const fn new(job: &'static str, began: Timestamp) -> Self {
        Self { job, began, seconds: 0.0, steps: Vec::new() }
    }

    pub(super) fn add(&mut self, step: StepReport) {
        self.steps.push(step);
    }

    /// Whether a build has failed.
    pub(super) fn has_ended(&self) -> bool {
        let mut builds = self.steps.iter().filter(|step| !is_fetch(step));
        builds.any(|step| step.outcome == Outcome::Failed)
    }

    /// Success, or the exit status of the build that failed, or that of a fetch.
    pub(super) fn exit_code(&self) -> ExitCode {
        let failed = || self.steps.iter().filter(|step| step.outcome == Outcome::Failed);
        let first = failed().find(|step| !is_fetch(step)).or_else(|| failed().next());
        let status =
            first.map(|step| step.exit_status.and_then(|status| u8::try_from(status).ok()));
        status.map_or(ExitCode::SUCCESS, |status| ExitCode::from(status.unwrap_or(1)))
    }

    /// Writes the report to a file that only its owner can read, and a line for each step to standard output.
    pub(super) fn write(&self, path: Option<&Path>) -> anyhow::Result<()> {
        for StepReport { step, outcome, seconds, .. } in &self.steps {
            let outcome = serde_json::to_value(outcome)?;
            println!("{step}: {}, {seconds:.1} s", outcome.as_str().unwrap_or_default());
        }
        let Some(path) = path else { return Ok(()) };
        let json = serde_json::to_vec_pretty(self)?;
        write_private(path, &json).with_context(|| format!("could not write {}", path.display()))
    }
}

fn is_fetch(step: &StepReport) -> bool {
    step.step.starts_with("fetch")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(step: &'static str, outcome: Outcome, exit_status: Option<i32>) -> StepReport {
        StepReport {
            step,
            outcome,
            exit_status,
            attempts: 1,
            seconds: 0.0,
            report: serde_json::Value::Null,
        }
    }

    #[test]
    fn a_build_that_a_guard_stopped_decides_the_exit_status() {
        let mut report = RunReport::new("orders", Timestamp::UNIX_EPOCH);
        assert_eq!(report.exit_code(), ExitCode::SUCCESS);
        report.add(step("fetch orders", Outcome::Failed, Some(1)));
        assert!(!report.has_ended(), "the builds read what is there");
        assert_eq!(report.exit_code(), ExitCode::from(1));
        report.add(step("density", Outcome::Failed, Some(3)));
        assert!(report.has_ended());
        assert_eq!(report.exit_code(), ExitCode::from(3));
    }
}
