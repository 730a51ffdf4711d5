//! One run of a build: its lease, the rebuild requests that it fulfils, its metrics and its report.

use std::fmt::Display;
use std::path::{Path, PathBuf};

use anyhow::Context;
use jiff::Timestamp;
use serde::Serialize;
use tilecore::LayerSpec;
use tilecore::manifest::Job;

use crate::areas::build::AreasError;
use crate::areas::statistics::AreaOrdersError;
use crate::cli::arguments::OutputArgs;
use crate::cli::build::after_publish::AfterPublish;
use crate::cli::private_file::write_private;
use crate::density::error::BuildError;
use crate::publish::find_hold;
use crate::publish::guards::Acceptance;
use crate::publish::guards::stop::Stop;
use crate::publish::hold::HeldError;
use crate::publish::lease::{Lease, LeaseError};
use crate::publish::rebuild_requests::RebuildRequests;
use crate::publish::run_record::{RunOutcome, RunRecord};
use crate::store::Store;
use crate::telemetry::{JobMetrics, RunStats};
use crate::timeline::build::TimelineError;
use crate::vendors::snapshot::SnapshotError;

/// Environment variable that `tilegen repeat` sets for the runs that it starts.
pub(crate) const SCHEDULED: &str = "FOODMAP_SCHEDULED";

/// A run in progress. If it is dropped before it has published, it counts as failed.
pub(crate) struct Run {
    /// Whether a schedule started it. Then a hold of its job is not an error.
    is_scheduled: bool,
    command: String,
    store: String,
    /// Held as long as the run lives.
    _lease: Option<Lease>,
    requests: RebuildRequests,
    /// The record of this run in the store, until it has ended.
    record: Option<RunRecord>,
    metrics: Option<JobMetrics>,
    report: Option<PathBuf>,
    after_publish: AfterPublish,
}

impl Run {
    /// Starts a run, or returns `None` if `--if-requested` is set and no rebuild was requested, or if a
    /// schedule started the run and its job is held. A run that finds the lease held does not touch the
    /// metrics: they belong to the run in progress.
    pub(crate) fn start(
        output: &OutputArgs,
        job: &str,
        layers: &[LayerSpec],
    ) -> anyhow::Result<Option<Self>> {
        let acquired = match acquire(output, job, layers) {
            Ok(None) => return Ok(None),
            Err(error) if is_lease_held(&error) => return Err(error),
            acquired => acquired,
        };
        let metrics = output.metrics_file.as_deref();
        let metrics = metrics.map(|file| JobMetrics::start(file, job)).transpose()?;
        let (lease, requests) = match acquired {
            Ok(acquired) => acquired.unwrap_or_default(),
            Err(error) => {
                record_failure(metrics);
                return Err(error);
            }
        };
        let record = RunRecord::start(job, lease.is_some());
        store_record(&record, &output.store.address);
        let run = Self {
            is_scheduled: is_scheduled(output),
            command: job.to_owned(),
            store: output.store.address.clone(),
            _lease: lease,
            requests,
            record: Some(record),
            metrics,
            report: output.report.clone(),
            after_publish: AfterPublish {
                program: output.after_publish.clone(),
                caches: output.purge_varnish.clone(),
                secret: output.purge_secret.clone(),
            },
        };
        let hold =
            Job::of_command(job).map(|job| find_hold(&output.store.address, job)).transpose()?;
        match hold.flatten() {
            Some(found) => run.stop_held(found).map(|()| None),
            None => Ok(Some(run)),
        }
    }

    /// Builds and publishes, and ends the run; `log` writes the log line of the report. Returns `None` if a hold
    /// that was set in the meantime forbids it and a schedule started the run.
    pub(crate) fn publish<R, E>(
        self,
        build: impl FnOnce() -> Result<R, E>,
        log: impl FnOnce(&R),
    ) -> anyhow::Result<Option<R>>
    where
        R: Serialize + Display,
        for<'a> RunStats: From<&'a R>,
        E: std::error::Error + Send + Sync + 'static,
    {
        let Some((run, report)) = self.build(build)? else { return Ok(None) };
        run.finish(&report, log)?;
        Ok(Some(report))
    }

    fn build<R, E>(
        mut self,
        build: impl FnOnce() -> Result<R, E>,
    ) -> anyhow::Result<Option<(Self, R)>>
    where
        E: std::error::Error + Send + Sync + 'static,
    {
        let error = match build() {
            Ok(report) => return Ok(Some((self, report))),
            Err(error) => anyhow::Error::new(error),
        };
        if let Some(held) = error.chain().find_map(|cause| cause.downcast_ref::<HeldError>()) {
            return self.stop_held(held.clone()).map(|()| None);
        }
        if let Some(accept) = acceptances_if_stopped(&error) {
            self.record_stop(&error, &accept);
            self.record_end(RunOutcome::Stopped);
        } else {
            self.record_failure(&error);
        }
        Err(error)
    }

    /// Passes on what the run needs, and records why it failed if that is an error.
    pub(crate) fn prepare<T, E>(&mut self, prepared: Result<T, E>) -> anyhow::Result<T>
    where
        anyhow::Error: From<E>,
    {
        prepared.map_err(anyhow::Error::from).inspect_err(|error| self.record_failure(error))
    }

    fn record_failure(&mut self, error: &anyhow::Error) {
        let reason = tilecore::error::chain(error.as_ref());
        self.record_end(RunOutcome::Failed { reason });
    }

    /// Records how the run ended, for `tilegen status`.
    fn record_end(&mut self, outcome: RunOutcome) {
        if let Some(record) = self.record.take() {
            store_record(&record.ended(outcome), &self.store);
        }
    }

    /// Records why a guard stopped the run, for `tilegen status`. The error itself is more important than
    /// one of recording it.
    fn record_stop(&self, error: &anyhow::Error, accept: &[Acceptance]) {
        let stop = Stop {
            command: self.command.clone(),
            at: Timestamp::now(),
            reason: tilecore::error::chain(error.as_ref()),
            accept: accept.iter().map(ToString::to_string).collect(),
        };
        let recorded = Store::open(&self.store, false).and_then(|store| stop.record(&store));
        if let Err(error) = recorded {
            tracing::warn!(%error, "could not record in the store why the run was stopped");
        }
    }

    /// Removes the record of an earlier stop.
    fn clear_stop(&self) {
        let store = Store::open(&self.store, false);
        if let Err(error) = store.and_then(|store| Stop::clear(&store, &self.command)) {
            tracing::warn!(%error, "could not remove the record of an earlier stop");
        }
    }

    /// Ends a run whose job is held. It is an error if a person started the run.
    fn stop_held(mut self, held: HeldError) -> anyhow::Result<()> {
        if let Some(metrics) = self.metrics.take() {
            metrics.held(held.hold.since)?;
        }
        self.record_end(RunOutcome::Held);
        if !self.is_scheduled {
            return Err(held.into());
        }
        tracing::warn!(job = %held.job, "nothing is published: {held}");
        Ok(())
    }

    /// Ends a run that has published its map: removes the rebuild requests, runs the hook, writes the
    /// metrics and the report, and prints the report on a terminal or one log line otherwise.
    fn finish<R>(mut self, report: &R, log: impl FnOnce(&R)) -> anyhow::Result<()>
    where
        R: Serialize + Display,
        for<'a> RunStats: From<&'a R>,
    {
        std::mem::take(&mut self.requests).fulfil();
        self.clear_stop();
        self.record_end(RunOutcome::Published);
        let stats = RunStats::from(report);
        let hook = self.after_publish.run(&stats);
        if let Some(metrics) = self.metrics.take() {
            metrics
                .published(&stats, hook)
                .context("the map is published, but its metrics are not")?;
        }
        write_report(self.report.as_deref(), report)?;
        if std::io::IsTerminal::is_terminal(&std::io::stdout()) {
            print!("{report}");
        } else {
            log(report);
        }
        Ok(())
    }
}

/// If a guard stopped the build, the `--accept` values with which it would publish.
pub(crate) fn acceptances_if_stopped(error: &anyhow::Error) -> Option<Vec<Acceptance>> {
    (error.downcast_ref().and_then(BuildError::acceptances_if_stopped))
        .or_else(|| error.downcast_ref().and_then(AreaOrdersError::acceptances_if_stopped))
        .or_else(|| error.downcast_ref().and_then(TimelineError::acceptances_if_stopped))
        .or_else(|| error.downcast_ref().and_then(AreasError::acceptances_if_stopped))
        .or_else(|| error.downcast_ref().and_then(SnapshotError::acceptances_if_stopped))
}

impl Drop for Run {
    fn drop(&mut self) {
        record_failure(self.metrics.take());
        let reason = "it ended early; its log says why".to_owned();
        self.record_end(RunOutcome::Failed { reason });
    }
}

/// Stores the record of a run. The run itself is more important.
fn store_record(record: &RunRecord, address: &str) {
    if let Err(error) = record.store(address) {
        tracing::warn!(%error, "could not record the run in the store");
    }
}

fn record_failure(metrics: Option<JobMetrics>) {
    if let Some(Err(error)) = metrics.map(JobMetrics::failed) {
        tracing::warn!(%error, "could not record the failed run in the metrics");
    }
}

/// Whether a schedule started the run: it says how often it runs, or a request started it, or
/// `tilegen repeat` did.
fn is_scheduled(output: &OutputArgs) -> bool {
    output.every.is_some() || output.if_requested || std::env::var_os(SCHEDULED).is_some()
}

/// Takes the lease and finds the rebuild requests. Returns `None` if `--if-requested` is set and
/// there is no request.
fn acquire(
    output: &OutputArgs,
    job: &str,
    layers: &[LayerSpec],
) -> anyhow::Result<Option<(Option<Lease>, RebuildRequests)>> {
    let lease = match output.lease {
        Some(ttl) => Some(Lease::acquire(&Store::open(&output.store.address, true)?, job, ttl)?),
        None => None,
    };
    let requests = RebuildRequests::find(&output.store.address, layers)?;
    if output.if_requested && requests.is_empty() {
        tracing::info!("no rebuild requested");
        return Ok(None);
    }
    Ok(Some((lease, requests)))
}

fn is_lease_held(error: &anyhow::Error) -> bool {
    matches!(error.downcast_ref(), Some(LeaseError::Held { .. }))
}

fn write_report(path: Option<&Path>, report: &impl Serialize) -> anyhow::Result<()> {
    let Some(path) = path else { return Ok(()) };
    let bytes = serde_json::to_vec_pretty(report)?;
    write_private(path, &bytes).with_context(|| {
        format!("the map is published, but its report {} could not be written", path.display())
    })
}
