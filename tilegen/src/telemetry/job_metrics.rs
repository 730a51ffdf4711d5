//! Metrics of jobs: a text file that a collector hands to Prometheus. It tells of the last run, and of
//! the last run that published.

use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::figures::{Figures, Product};
use super::textfile::{Family, TextFile};
use crate::telemetry::process::process_costs;

const BEGAN: Family = ("tilegen_run_began_timestamp_seconds", "When the last run began");
const ENDED: Family =
    ("tilegen_run_ended_timestamp_seconds", "When the last run that has ended did so");
const TOOK: Family = ("tilegen_run_seconds", "How long the last run that has ended took");
const FAILED: Family = ("tilegen_run_failed", "1 if the last run that has ended published nothing");
const CPU: Family = ("tilegen_run_cpu_seconds", "Processor time of the last run that has ended");
const MEMORY: Family =
    ("tilegen_run_peak_memory_bytes", "Most memory that the last run that has ended held");
const HOOK: Family = (
    "tilegen_after_publish_failed",
    "1 if the command after the last publication failed, such as one that purges a cache",
);
const PUBLISHED: Family =
    ("tilegen_published_timestamp_seconds", "When the last run that published did so");
const MAP: Family = ("tilegen_published_map", "Number of the map that it published");
const ROWS: Family = ("tilegen_published_rows", "Rows that it read");
const REJECTS: Family = ("tilegen_published_rejected_rows", "Rows of those that it left out");
const BYTES: Family = ("tilegen_published_bytes", "Length of what it published");
const TILES: Family = ("tilegen_published_tiles", "Tiles of what it published, of all zooms");
const FEATURES: Family =
    ("tilegen_published_features", "Features or cells of what it published, of all zooms");

/// Every family, in the order of the file.
const FAMILIES: [Family; 14] = [
    BEGAN, ENDED, TOOK, FAILED, CPU, MEMORY, HOOK, PUBLISHED, MAP, ROWS, REJECTS, BYTES, TILES,
    FEATURES,
];

/// The metrics of one job. They tell that a run failed unless it says that it published.
pub struct JobMetrics {
    path: PathBuf,
    job: String,
    file: TextFile,
    began: Timestamp,
}

/// The metrics could not be written.
#[derive(Debug, thiserror::Error)]
#[error("could not write the metrics file {}", path.display())]
pub struct MetricsError {
    /// The file.
    path: PathBuf,
    /// Cause.
    #[source]
    source: std::io::Error,
}

impl JobMetrics {
    /// A run begins. How the run before ended stays in the file until this one ends, so that an
    /// alert about it does not come and go.
    pub fn begin(path: &Path, job: &str) -> Result<Self, MetricsError> {
        let began = Timestamp::now();
        let mut metrics = Self {
            file: TextFile::read(path, &FAMILIES),
            path: path.to_owned(),
            job: job.to_owned(),
            began,
        };
        metrics.set(BEGAN, seconds(began));
        metrics.write()?;
        Ok(metrics)
    }

    /// The run ended without publishing: all that was published before stays as it is told.
    pub fn failed(mut self) -> Result<(), MetricsError> {
        self.end(1.0);
        self.write()
    }

    /// The run published. `hook` tells whether the command after it went well, if there was one.
    pub fn published(mut self, figures: &Figures, hook: Option<bool>) -> Result<(), MetricsError> {
        self.end(0.0);
        for family in [HOOK, REJECTS, BYTES, TILES, FEATURES] {
            self.file.clear(family);
        }
        if let Some(went_well) = hook {
            self.set(HOOK, f64::from(u8::from(!went_well)));
        }
        self.set(PUBLISHED, seconds(Timestamp::now()));
        self.set(MAP, figures.map as f64);
        self.set(ROWS, figures.rows as f64);
        for (reason, rows) in &figures.rejects {
            self.file.set(REJECTS, &[("build", &self.job), ("reason", reason)], *rows as f64);
        }
        for product in &figures.products {
            self.tell(product);
        }
        self.write()
    }

    fn tell(&mut self, product: &Product) {
        let labels = [("build", &*self.job), ("layer", &*product.layer), ("slot", &*product.slot)];
        self.file.set(BYTES, &labels, product.bytes as f64);
        // Tables have neither.
        for (family, count) in [(TILES, product.tiles), (FEATURES, product.features)] {
            if let Some(count) = count {
                self.file.set(family, &labels, count as f64);
            }
        }
    }

    fn end(&mut self, failed: f64) {
        let now = Timestamp::now();
        let (cpu, memory) = process_costs();
        self.set(ENDED, seconds(now));
        self.set(TOOK, seconds(now) - seconds(self.began));
        self.set(FAILED, failed);
        self.set(CPU, cpu.as_secs_f64());
        self.set(MEMORY, memory as f64);
    }

    fn set(&mut self, family: Family, value: f64) {
        self.file.set(family, &[("build", &self.job)], value);
    }

    fn write(&self) -> Result<(), MetricsError> {
        let failed = |source| MetricsError { path: self.path.clone(), source };
        self.file.write(&self.path, &FAMILIES).map_err(failed)
    }
}

/// Seconds since 1970, to the millisecond.
fn seconds(at: Timestamp) -> f64 {
    at.as_millisecond() as f64 / 1000.0
}
