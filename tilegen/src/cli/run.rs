//! A run of a job: its lease, the requests that it fulfils, and what is told once it ends.

use std::fmt::Display;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context;
use serde::Serialize;
use tilecore::LayerSpec;

use crate::cli::arguments::OutputArgs;
use crate::publish::lease::{Lease, LeaseError};
use crate::publish::rebuild_requests::Requests;
use crate::store::Store;
use crate::telemetry::{Figures, JobMetrics};

/// A run that began. One that is dropped before it published has failed.
pub(crate) struct Run {
    /// Held as long as the run lives.
    _lease: Option<Lease>,
    requests: Requests,
    metrics: Option<JobMetrics>,
    report: Option<PathBuf>,
    after_publish: Option<PathBuf>,
}

impl Run {
    /// Begins; nothing if it shall run on request only and nobody asked. A run that another one keeps
    /// out leaves the metrics alone: the other tells of itself.
    pub(crate) fn begin(
        output: &OutputArgs,
        job: &str,
        layers: &[LayerSpec],
    ) -> anyhow::Result<Option<Self>> {
        let taken = match take(output, job, layers) {
            Ok(None) => return Ok(None),
            Err(error) if is_held(&error) => return Err(error),
            taken => taken,
        };
        let metrics = output.metrics_file.as_deref();
        let metrics = metrics.map(|file| JobMetrics::begin(file, job)).transpose()?;
        let (lease, requests) = match taken {
            Ok(taken) => taken.unwrap_or_default(),
            Err(error) => {
                tell_failure(metrics);
                return Err(error);
            }
        };
        let (report, after_publish) = (output.report.clone(), output.after_publish.clone());
        Ok(Some(Self { _lease: lease, requests, metrics, report, after_publish }))
    }

    /// The map is published: fulfils the requests, tells whoever wants to know, and writes the report,
    /// in words to a person or as one line to a log.
    pub(crate) fn published<R>(mut self, report: &R, log: impl FnOnce()) -> anyhow::Result<()>
    where
        R: Serialize + Display,
        for<'a> Figures: From<&'a R>,
    {
        std::mem::take(&mut self.requests).fulfil();
        let figures = Figures::from(report);
        let hook = self.after_publish.as_deref().map(|program| run_after(program, &figures));
        if let Some(metrics) = self.metrics.take() {
            metrics.published(&figures, hook).context("the map is published")?;
        }
        write_report(self.report.as_deref(), report)?;
        if std::io::IsTerminal::is_terminal(&std::io::stdout()) {
            print!("{report}");
        } else {
            log();
        }
        Ok(())
    }
}

impl Drop for Run {
    fn drop(&mut self) {
        tell_failure(self.metrics.take());
    }
}

fn tell_failure(metrics: Option<JobMetrics>) {
    if let Some(Err(error)) = metrics.map(JobMetrics::failed) {
        tracing::warn!(%error, "the metrics do not tell that the run failed");
    }
}

/// Lease and requests of a run; nothing if it shall run on request only and there is none.
fn take(
    output: &OutputArgs,
    job: &str,
    layers: &[LayerSpec],
) -> anyhow::Result<Option<(Option<Lease>, Requests)>> {
    let lease = match output.lease {
        Some(life) => Some(Lease::take(&Store::open(&output.store, true)?, job, life)?),
        None => None,
    };
    let requests = Requests::find(&output.store, layers)?;
    if output.if_requested && requests.is_empty() {
        tracing::info!("nobody asked for a rebuild");
        return Ok(None);
    }
    Ok(Some((lease, requests)))
}

fn is_held(error: &anyhow::Error) -> bool {
    matches!(error.downcast_ref(), Some(LeaseError::Held { .. }))
}

/// Runs the program that is to follow a publication, and whether it went well. The map is up either
/// way, so that a failure is told, not returned: building again would not help.
fn run_after(program: &Path, figures: &Figures) -> bool {
    let published: Vec<_> = figures
        .products
        .iter()
        .map(|product| format!("{}/{}", product.layer, product.slot))
        .collect();
    let mut command = Command::new(program);
    command.env("FOODMAP_MAP", figures.map.to_string());
    command.env("FOODMAP_PUBLISHED", published.join(" "));
    let program = program.display();
    match command.status() {
        Ok(status) if status.success() => return true,
        Ok(status) => tracing::warn!(%program, %status, "the command after publishing failed"),
        Err(error) => tracing::warn!(%program, %error, "the command after publishing failed"),
    }
    false
}

fn write_report(path: Option<&Path>, report: &impl Serialize) -> anyhow::Result<()> {
    let Some(path) = path else { return Ok(()) };
    let bytes = serde_json::to_vec_pretty(report)?;
    std::fs::write(path, bytes).with_context(|| {
        format!("the map is published, but could not write the report {}", path.display())
    })
}
