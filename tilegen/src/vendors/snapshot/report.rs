//! Report of a snapshot: what was read, dropped, made and took.

use std::collections::BTreeMap;
use std::fmt;

use jiff::Timestamp;
use serde::Serialize;

use super::grades::GradesReport;
use super::targets::TargetsReport;
use crate::polygons::ImportReport;
use crate::publish::feature_layer::FeatureLayerReport;
use crate::vendors::vendor::VendorRejects;

/// What a snapshot's build did.
#[derive(Clone, Debug, Serialize)]
pub struct SnapshotReport {
    /// Program and version.
    pub generator: &'static str,
    /// Where the vendors came from.
    pub vendors_from: String,
    /// When that was written.
    pub data_at: Timestamp,
    /// Rows read.
    pub rows: u64,
    /// Rows that are no vendor, by reason.
    pub rejects: VendorRejects,
    /// Valid vendors, by city.
    pub vendors: BTreeMap<String, u64>,
    /// Vendors that coverage counts: active and visible.
    pub vendors_counted: u64,
    /// Vendors without a radius, which count as 3.0 km.
    pub radius_assumed: u64,
    /// Vendors outside their city's box. They are kept.
    pub outside_city: u64,
    /// What the grades files had.
    pub grades: GradesReport,
    /// What the files of areas had.
    pub areas: ImportReport,
    /// What the files of targets had.
    pub targets: TargetsReport,
    /// Business lines in index order.
    pub lines: Vec<String>,
    /// Cells of the deepest zoom that are shown.
    pub cells_shown: u64,
    /// Those of them that no vendor reaches.
    pub cells_bare: u64,
    /// Archives made.
    pub archives: Vec<FeatureLayerReport>,
    /// Tables made: name and stored length in bytes.
    pub tables: BTreeMap<String, u64>,
    /// Number of the manifest that lists them.
    pub manifest: u64,
    /// What would have stopped the build without `--force`.
    pub forced: Vec<String>,
    /// Threads used.
    pub threads: usize,
    /// Seconds by step.
    pub seconds: BTreeMap<&'static str, f64>,
    /// Seconds of processor time, all threads.
    pub cpu_seconds: f64,
    /// Most memory held at once, in bytes.
    pub peak_memory_bytes: u64,
}

impl fmt::Display for SnapshotReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "read      {} rows of {}", self.rows, self.data_at)?;
        writeln!(f, "rejected  {} rows {}", self.rejects.total(), self.rejects.summary())?;
        let all: u64 = self.vendors.values().sum();
        writeln!(
            f,
            "vendors   {all}, {} active and visible, {} without a radius",
            self.vendors_counted, self.radius_assumed
        )?;
        let GradesReport { ungraded, contradicted, .. } = self.grades;
        writeln!(f, "grades    {ungraded} vendors have none, {contradicted} contradicted")?;
        writeln!(f, "coverage  {} cells, {} without a vendor", self.cells_shown, self.cells_bare)?;
        for archive in &self.archives {
            let FeatureLayerReport { layer, bytes, largest_tile, .. } = archive;
            writeln!(f, "{layer}/now  {bytes} bytes, largest tile {largest_tile}")?;
        }
        for (name, bytes) in &self.tables {
            writeln!(f, "{name}  {bytes} bytes")?;
        }
        for forced in &self.forced {
            writeln!(f, "forced    {forced}")?;
        }
        let total: f64 = self.seconds.values().sum();
        writeln!(
            f,
            "published manifest {} after {total:.2} s ({:.2} s of processor time, {} threads, {} MB at most)",
            self.manifest,
            self.cpu_seconds,
            self.threads,
            self.peak_memory_bytes / 1_000_000,
        )
    }
}
