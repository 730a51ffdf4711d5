//! The report of a build of the timeline.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;
use tilecore::{ArchiveDigest, Slot};

use crate::orders::rejects::Rejects;
use crate::orders::source::SkippedFiles;
use crate::orders::validate::RejectedRows;
use crate::polygons::ImportReport;
use crate::publish::guards::GuardsReport;

/// The report of a build.
#[derive(Clone, Debug, Serialize)]
pub struct TimelineReport {
    /// Program and version.
    pub generator: &'static str,
    /// Order files that were not read, by reason.
    pub skipped_files: SkippedFiles,
    /// The report of the import of areas.
    pub areas: ImportReport,
    /// Rows read.
    pub rows: u64,
    /// Rows on days outside the look-back.
    pub outside_window: u64,
    /// Rows of row groups that were not read because they contain only such days.
    pub rows_skipped: u64,
    /// Rows rejected, by reason.
    pub rejects: Rejects,
    /// The first row that was rejected for each reason, except duplicates.
    pub rejected_rows: RejectedRows,
    /// Orders counted.
    pub orders: u64,
    /// Of these, orders without a user.
    pub orders_without_user: u64,
    /// What the guards found.
    pub guards: GuardsReport,
    /// The archives of all months.
    pub archives: Vec<MonthReport>,
    /// The tables of all months: name, slot and bytes.
    pub tables: Vec<TableReport>,
    /// Archives and tables that differ from those published before.
    pub changed: usize,
    /// Archives and tables that are no longer listed.
    pub removed: usize,
    /// Number of the manifest.
    pub manifest: u64,
    /// Whether orders were spilled to temporary files.
    pub spilled: bool,
    /// Seconds by step.
    pub seconds: BTreeMap<&'static str, f64>,
    /// CPU time of all threads, in seconds.
    pub cpu_seconds: f64,
    /// Peak memory, in bytes.
    pub peak_memory_bytes: u64,
}

/// The archive of a month of a layer.
#[derive(Clone, Debug, Serialize)]
pub struct MonthReport {
    /// Layer.
    pub layer: &'static str,
    /// Slot.
    pub slot: Slot,
    /// Digest of its bytes.
    pub digest: ArchiveDigest,
    /// Length in bytes.
    pub bytes: u64,
    /// Addressed tiles.
    pub tiles: u64,
    /// Rows of all tiles.
    pub rows: u64,
    /// Largest stored tile, in bytes.
    pub largest_tile: usize,
    /// 99th percentile of the lengths of stored tiles, in bytes.
    pub p99_tile: usize,
}

/// The table of a city and a month.
#[derive(Clone, Debug, Serialize)]
pub struct TableReport {
    /// Name.
    pub name: String,
    /// Slot.
    pub slot: Slot,
    /// Length of the stored table in bytes.
    pub bytes: u64,
}

/// Totals of a layer over all months, and the largest `largest_tile` and `p99_tile` of a month.
#[derive(Default)]
struct LayerSums {
    months: u64,
    bytes: u64,
    largest: usize,
    p99: usize,
}

impl TimelineReport {
    fn by_layer(&self) -> BTreeMap<&'static str, LayerSums> {
        let mut layers: BTreeMap<_, LayerSums> = BTreeMap::new();
        for archive in &self.archives {
            let sums = layers.entry(archive.layer).or_default();
            sums.months += 1;
            sums.bytes += archive.bytes;
            sums.largest = sums.largest.max(archive.largest_tile);
            sums.p99 = sums.p99.max(archive.p99_tile);
        }
        layers
    }
}

impl fmt::Display for TimelineReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let reasons = self.rejects.in_brackets();
        writeln!(f, "read      {} rows, {} rejected{reasons}", self.rows, self.rejects.total())?;
        if self.skipped_files.total() > 0 {
            writeln!(f, "not read  {} files: {}", self.skipped_files.total(), self.skipped_files)?;
        }
        self.guards.fmt(f)?;
        writeln!(f, "counted   {} orders", self.orders)?;
        writeln!(f, "{:<28} months      bytes  bytes/order  p99 tile  largest", "layer")?;
        for (layer, sums) in self.by_layer() {
            let per_order = sums.bytes as f64 / self.orders.max(1) as f64;
            let LayerSums { months, bytes, largest, p99 } = sums;
            writeln!(
                f,
                "{layer:<28} {months:>6} {bytes:>10} {per_order:>12.2} {p99:>9} {largest:>8}"
            )?;
        }
        writeln!(f, "changed   {} archives and tables, {} removed", self.changed, self.removed)?;
        let total: f64 = self.seconds.values().sum();
        writeln!(
            f,
            "published manifest {} after {total:.2} s (CPU time {:.2} s, peak memory {} MB)",
            self.manifest,
            self.cpu_seconds,
            self.peak_memory_bytes / 1_000_000,
        )
    }
}
