//! One step: a tilegen command in a process of its own.

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::time::Instant;

use anyhow::Context;
use serde::Serialize;
use serde_json::Value;
use tempfile::TempDir;

use crate::cli::arguments::PipelineArgs;

/// A command to run.
#[derive(Clone, Debug)]
pub(super) struct Step {
    /// Its name in reports.
    pub(super) name: &'static str,
    /// The command and its arguments, except those for reports and metrics.
    pub(super) arguments: Vec<String>,
    /// Folders of the inputs that it reads.
    pub(super) reads: Vec<Folder>,
    /// Whether it takes `--report` and `--metrics-file`.
    pub(super) has_report: bool,
}

/// A folder of a store of inputs.
#[derive(Clone, Debug)]
pub(super) struct Folder {
    /// Folder or URL of the store.
    pub(super) store: String,
    /// The folder in it.
    pub(super) name: String,
}

/// How a step ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Outcome {
    /// It succeeded.
    Done,
    /// Its result is published already.
    Unchanged,
    /// It failed, or a guard stopped it.
    Failed,
    /// A step before it failed.
    NotRun,
}

/// What a step did.
#[derive(Debug, Serialize)]
pub(super) struct StepReport {
    pub(super) step: &'static str,
    pub(super) outcome: Outcome,
    /// Exit status of the command; `None` if it did not run, or a signal ended it.
    pub(super) exit_status: Option<i32>,
    /// How often it ran.
    pub(super) attempts: u64,
    pub(super) seconds: f64,
    /// The report of the command.
    pub(super) report: Value,
}

impl StepReport {
    fn without_run(step: &Step, outcome: Outcome) -> Self {
        let report = Value::Null;
        Self { step: step.name, outcome, exit_status: None, attempts: 0, seconds: 0.0, report }
    }

    pub(super) fn unchanged(step: &Step) -> Self {
        Self::without_run(step, Outcome::Unchanged)
    }

    pub(super) fn not_run(step: &Step) -> Self {
        Self::without_run(step, Outcome::NotRun)
    }

    pub(super) fn is_success(&self) -> bool {
        matches!(self.outcome, Outcome::Done | Outcome::Unchanged)
    }
}

/// Runs steps.
pub(super) struct Runner {
    program: PathBuf,
    /// Folder for the reports of the steps.
    reports: TempDir,
    metrics: Option<PathBuf>,
}

impl Runner {
    pub(super) fn new(args: &PipelineArgs) -> anyhow::Result<Self> {
        let program = std::env::current_exe();
        let program = program.context("could not find the path of the tilegen program")?;
        let folder = args.temporary.folder();
        // Only the owner can read it: reports contain exact counts.
        let reports = TempDir::new_in(&folder);
        let reports = reports.with_context(|| {
            format!("could not create a folder for reports in {}", folder.display())
        })?;
        Ok(Self { program, reports, metrics: args.metrics.clone() })
    }

    /// Runs a step once.
    pub(super) fn run(&self, step: &Step) -> anyhow::Result<StepReport> {
        let began = Instant::now();
        let file = step.name.replace(' ', "-");
        let report = self.reports.path().join(format!("{file}.json"));
        let mut command = Command::new(&self.program);
        command.args(&step.arguments).stdout(std::process::Stdio::null());
        if step.has_report {
            command.arg("--report").arg(&report);
            let metrics = self.metrics.as_ref().map(|folder| folder.join(format!("{file}.prom")));
            if let Some(metrics) = metrics {
                command.arg("--metrics-file").arg(metrics);
            }
        }
        let status = command.status().context("could not start a step")?;
        let seconds = began.elapsed().as_secs_f64();
        let outcome = if status.success() { Outcome::Done } else { Outcome::Failed };
        tracing::info!(step = step.name, seconds, %status, "step ended");
        let report = fs::read(&report).ok().and_then(|json| serde_json::from_slice(&json).ok());
        Ok(StepReport {
            step: step.name,
            outcome,
            exit_status: status.code(),
            attempts: 1,
            seconds,
            report: report.unwrap_or_default(),
        })
    }
}
