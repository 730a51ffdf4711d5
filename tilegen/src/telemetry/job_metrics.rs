//! Metrics of a job: a text file for the textfile collector of Prometheus' node exporter. It has the
//! figures of the last run and of the last run that published.

use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::run_stats::{Product, RunStats};
use super::textfile::{Family, TextFile};
use crate::telemetry::process::process_usage;

const STARTED: Family = ("tilegen_run_start_timestamp_seconds", "Start time of the last run");
const ENDED: Family = ("tilegen_run_ended_timestamp_seconds", "End time of the last finished run");
const DURATION: Family = ("tilegen_run_seconds", "Duration of the last finished run");
const FAILED: Family = ("tilegen_run_failed", "1 if the last finished run failed");
const HELD: Family =
    ("tilegen_run_held", "1 if the last finished run published nothing because its job is held");
const HOLD: Family = (
    "tilegen_hold_start_timestamp_seconds",
    "Start of the hold that the last finished run found, 0 without one",
);
const CPU: Family = ("tilegen_run_cpu_seconds", "CPU time of the last finished run");
const MEMORY: Family = ("tilegen_run_peak_memory_bytes", "Peak memory of the last finished run");
const HOOK: Family = (
    "tilegen_after_publish_failed",
    "1 if the after-publish program of the last published run failed",
);
const PUBLISHED: Family =
    ("tilegen_published_timestamp_seconds", "Time at which the last map was published");
const MAP: Family = ("tilegen_published_map", "Number of the last published map");
const ROWS: Family = ("tilegen_published_rows", "Rows read for the last published map");
const REJECTS: Family =
    ("tilegen_published_rejected_rows", "Rows rejected for the last published map, by reason");
const HELD_BACK: Family =
    ("tilegen_held_back_dates", "Days up to yesterday that the last published map leaves out");
const WARNINGS: Family =
    ("tilegen_guard_warnings", "Warnings of the guards about the last published map");
const BYTES: Family = ("tilegen_published_bytes", "Size of each published archive or table");
const TILES: Family = ("tilegen_published_tiles", "Tiles of each published archive, all zooms");
const FEATURES: Family =
    ("tilegen_published_features", "Features or cells of each published archive, all zooms");

/// Every family, in the order of the file.
const FAMILIES: [Family; 18] = [
    STARTED, ENDED, DURATION, FAILED, HELD, HOLD, CPU, MEMORY, HOOK, PUBLISHED, MAP, ROWS, REJECTS,
    HELD_BACK, WARNINGS, BYTES, TILES, FEATURES,
];

/// The metrics of one job. A run counts as failed unless it reports that it published.
pub struct JobMetrics {
    path: PathBuf,
    job: String,
    file: TextFile,
    began: Timestamp,
}

/// The metrics file could not be written.
#[derive(Debug, thiserror::Error)]
#[error("could not write the metrics file {}", path.display())]
pub struct MetricsError {
    /// The file.
    path: PathBuf,
    /// Cause.
    #[source]
    source: std::io::Error,
}

impl MetricsError {
    pub(super) fn new(path: &Path, source: std::io::Error) -> Self {
        Self { path: path.to_owned(), source }
    }
}

impl JobMetrics {
    /// Records the start of a run. The result of the previous run stays in the file until this one
    /// ends, so that an alert about it does not flap.
    pub fn start(path: &Path, job: &str) -> Result<Self, MetricsError> {
        let began = Timestamp::now();
        let mut metrics = Self {
            file: TextFile::read(path, &FAMILIES),
            path: path.to_owned(),
            job: job.to_owned(),
            began,
        };
        metrics.set(STARTED, seconds(began));
        metrics.write()?;
        Ok(metrics)
    }

    /// Records a run that ended without publishing. The figures of the last published map are kept.
    pub fn failed(mut self) -> Result<(), MetricsError> {
        self.end(1.0);
        self.write()
    }

    /// Records a run that published nothing because its job has been held since a time. That is not a
    /// failure.
    pub fn held(mut self, since: Timestamp) -> Result<(), MetricsError> {
        self.end(0.0);
        self.set(HELD, 1.0);
        self.set(HOLD, seconds(since));
        self.write()
    }

    /// Records a run that published. `hook` is whether the after-publish program succeeded, if there
    /// was one.
    pub fn published(mut self, stats: &RunStats, hook: Option<bool>) -> Result<(), MetricsError> {
        self.end(0.0);
        for family in [HOOK, REJECTS, BYTES, TILES, FEATURES] {
            self.file.clear(family);
        }
        if let Some(succeeded) = hook {
            self.set(HOOK, f64::from(u8::from(!succeeded)));
        }
        self.set(PUBLISHED, seconds(Timestamp::now()));
        self.set(MAP, stats.map as f64);
        self.set(ROWS, stats.rows as f64);
        self.set(HELD_BACK, stats.days_held_back as f64);
        self.set(WARNINGS, stats.guard_warnings as f64);
        for (reason, rows) in &stats.rejects {
            self.file.set(REJECTS, &[("build", &self.job), ("reason", reason)], *rows as f64);
        }
        for product in &stats.products {
            self.set_product(product);
        }
        self.write()
    }

    fn set_product(&mut self, product: &Product) {
        let labels = [("build", &*self.job), ("layer", &*product.layer), ("slot", &*product.slot)];
        self.file.set(BYTES, &labels, product.bytes as f64);
        // Tables have no tiles or features.
        for (family, count) in [(TILES, product.tiles), (FEATURES, product.features)] {
            if let Some(count) = count {
                self.file.set(family, &labels, count as f64);
            }
        }
    }

    fn end(&mut self, failed: f64) {
        let now = Timestamp::now();
        let (cpu, memory) = process_usage();
        self.set(ENDED, seconds(now));
        self.set(DURATION, seconds(now) - seconds(self.began));
        self.set(FAILED, failed);
        self.set(HELD, 0.0);
        self.set(HOLD, 0.0);
        self.set(CPU, cpu.as_secs_f64());
        self.set(MEMORY, memory as f64);
    }

    fn set(&mut self, family: Family, value: f64) {
        self.file.set(family, &[("build", &self.job)], value);
    }

    fn write(&self) -> Result<(), MetricsError> {
        let failed = |source| MetricsError::new(&self.path, source);
        self.file.write(&self.path, &FAMILIES).map_err(failed)
    }
}

/// Seconds since 1970, to the millisecond.
fn seconds(at: Timestamp) -> f64 {
    at.as_millisecond() as f64 / 1000.0
}
