//! The report of a snapshot build.

use std::collections::BTreeMap;
use std::fmt;

use jiff::Timestamp;
use serde::Serialize;
use tilecore::text::counted;

use super::grades::GradesReport;
use super::targets::TargetsReport;
use crate::files::Unreadable;
use crate::polygons::ImportReport;
use crate::publish::feature_layer::FeatureLayerReport;
use crate::publish::guards::GuardsReport;
use crate::vendors::vendor::VendorRejects;

/// The report of a snapshot build.
#[derive(Clone, Debug, Serialize)]
pub struct SnapshotReport {
    /// Program and version.
    pub generator: &'static str,
    /// Path or URL of the vendor file.
    pub vendors_from: String,
    /// When the vendor file was written.
    pub data_at: Timestamp,
    /// Number of rows read.
    pub rows: u64,
    /// Rejected rows, by reason.
    pub rejects: VendorRejects,
    /// The values for which rows were rejected.
    pub rejected_values: Unreadable,
    /// Vendor names that lost control characters, marks that reorder text, or characters after the 200th.
    pub names_cleaned: u64,
    /// Number of valid vendors, by city.
    pub vendors: BTreeMap<String, u64>,
    /// Vendors that coverage counts: active and visible.
    pub vendors_counted: u64,
    /// Vendors without a radius, for which 3.0 km are assumed.
    pub radius_assumed: u64,
    /// Vendors outside the bounds of their city. They are kept.
    pub outside_city: u64,
    /// Those of them that are inside the bounds if longitude and latitude are swapped.
    pub swapped_positions: u64,
    /// The report of the grades files.
    pub grades: GradesReport,
    /// The report of the area files.
    pub areas: ImportReport,
    /// The report of the target files.
    pub targets: TargetsReport,
    /// Business lines in index order.
    pub lines: Vec<String>,
    /// Cells of the deepest zoom that are shown.
    pub cells_shown: u64,
    /// Shown cells that no vendor covers.
    pub cells_bare: u64,
    /// The archives.
    pub archives: Vec<FeatureLayerReport>,
    /// The tables: name and stored size in bytes.
    pub tables: BTreeMap<String, u64>,
    /// Number of the manifest that lists the archives and tables.
    pub manifest: u64,
    /// What the guards found.
    pub guards: GuardsReport,
    /// Failed checks that the operator has accepted.
    pub accepted: Vec<String>,
    /// Number of threads.
    pub threads: usize,
    /// Duration of each step, in seconds.
    pub seconds: BTreeMap<&'static str, f64>,
    /// CPU time of all threads, in seconds.
    pub cpu_seconds: f64,
    /// Peak memory, in bytes.
    pub peak_memory_bytes: u64,
}

impl fmt::Display for SnapshotReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "read      {} written at {}", counted(self.rows, "row"), self.data_at)?;
        let rejected = counted(self.rejects.total(), "row");
        writeln!(f, "rejected  {rejected} {}", self.rejects.summary())?;
        for example in &self.rejected_values.examples {
            writeln!(f, "          {example}")?;
        }
        let all: u64 = self.vendors.values().sum();
        writeln!(
            f,
            "vendors   {all}, {} active and visible, {} without a radius",
            self.vendors_counted, self.radius_assumed
        )?;
        let GradesReport { ungraded, contradicted, ref unknown_grades, .. } = self.grades;
        writeln!(
            f,
            "grades    {} without a grade, {contradicted} with different grades",
            counted(ungraded, "vendor")
        )?;
        for (grade, rows) in unknown_grades {
            writeln!(f, "          {} with the unknown grade `{grade}`", counted(*rows, "row"))?;
        }
        let GradesReport { codes, unmatched, .. } = self.grades;
        if self.grades.has_few_matches() {
            writeln!(f, "          {unmatched} of {} match no vendor", counted(codes, "code"))?;
        }
        let cells = counted(self.cells_shown, "cell");
        writeln!(f, "coverage  {cells}, {} of them uncovered", self.cells_bare)?;
        for archive in &self.archives {
            let FeatureLayerReport { layer, bytes, largest_tile, .. } = archive;
            writeln!(f, "{layer}/now  {bytes} bytes, largest tile {largest_tile}")?;
        }
        for (name, bytes) in &self.tables {
            writeln!(f, "{name}  {bytes} bytes")?;
        }
        for accepted in &self.accepted {
            writeln!(f, "accepted  {accepted}")?;
        }
        self.guards.fmt(f)?;
        let total: f64 = self.seconds.values().sum();
        writeln!(
            f,
            "published manifest {} after {total:.2} s (CPU time {:.2} s, {} threads, peak memory {} MB)",
            self.manifest,
            self.cpu_seconds,
            self.threads,
            self.peak_memory_bytes / 1_000_000,
        )
    }
}
