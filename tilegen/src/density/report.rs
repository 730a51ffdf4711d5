//! Report: what a build read, rejected and built, and its resource usage. It is internal: it contains
//! the counts without the privacy floor.

use std::collections::BTreeMap;
use std::fmt;

use jiff::civil::Date;
use serde::Serialize;
use tilecore::text::counted;
use tilecore::{ArchiveDigest, Slot};

use crate::density::plan::ArchivePlan;
use crate::density::public_window::PublicOutcome;
use crate::orders::rejects::{RejectReason, Rejects};
use crate::orders::source::SkippedFiles;
use crate::orders::validate::RejectedRows;
use crate::publish::StoredArchive;
use crate::publish::guards::GuardsReport;
use crate::publish::verify::ZoomTotals;

/// The report of a build.
#[derive(Clone, Debug, Serialize)]
pub struct BuildReport {
    /// Program and version.
    pub generator: &'static str,
    /// Where the orders came from.
    pub orders: String,
    /// Order files read.
    pub files: usize,
    /// Files that were not read, by reason.
    pub skipped_files: SkippedFiles,
    /// Row groups read.
    pub row_groups: usize,
    /// Row groups that were not read because their times lie outside every window.
    pub row_groups_skipped: usize,
    /// Rows of those row groups, according to the footers.
    pub rows_skipped: u64,
    /// Rows read.
    pub rows: u64,
    /// Rows outside every window.
    pub outside_window: u64,
    /// Rows rejected, by reason.
    pub rejects: Rejects,
    /// The first row that was rejected for each reason, except duplicates.
    pub rejected_rows: RejectedRows,
    /// Rejected positions that are inside their city if longitude and latitude are swapped.
    pub swapped_positions: u64,
    /// Rows whose business line lost control characters or marks that reorder text.
    pub lines_cleaned: u64,
    /// Orders counted: rows − outside − rejected.
    pub orders_counted: u64,
    /// Orders without a user.
    pub orders_without_user: u64,
    /// Business lines in index order.
    pub lines: Vec<String>,
    /// The outcome for the public window.
    pub public: PublicOutcome,
    /// What the guards found.
    pub guards: GuardsReport,
    /// Archives built.
    pub archives: Vec<ArchiveReport>,
    /// Number of the manifest that lists them.
    pub manifest: u64,
    /// Whether orders were spilled to temporary files.
    pub spilled: bool,
    /// Threads used.
    pub threads: usize,
    /// Seconds by step.
    pub seconds: BTreeMap<&'static str, f64>,
    /// CPU time of all threads, in seconds.
    pub cpu_seconds: f64,
    /// Peak memory in bytes.
    pub peak_memory_bytes: u64,
}

/// One archive of a build.
#[derive(Clone, Debug, Serialize)]
pub struct ArchiveReport {
    /// Layer.
    pub layer: &'static str,
    /// Slot.
    pub slot: Slot,
    /// Digest of the archive.
    pub digest: ArchiveDigest,
    /// First day.
    pub from: Date,
    /// Last day.
    pub to: Date,
    /// The privacy floor; 1 = off.
    pub min_users: u16,
    /// Length of the archive.
    pub bytes: u64,
    /// Largest stored tile, in bytes.
    pub largest_tile: u32,
    /// What 99 % of stored tiles do not exceed, in bytes.
    pub p99_tile: u32,
    /// Orders of its days.
    pub orders: u64,
    /// What is shown, by zoom.
    pub zooms: BTreeMap<u8, ZoomTotals>,
    /// Orders withheld by the floor, by zoom.
    pub withheld: BTreeMap<u8, u64>,
}

impl ArchiveReport {
    /// The report of a stored archive, which counts `orders` before the floor.
    pub(super) fn new(archive: &ArchivePlan, orders: u64, stored: &StoredArchive) -> Self {
        let zooms = &stored.verified.zooms;
        let shown = |zoom| zooms.get(&zoom).map_or(0, |totals| totals.orders);
        let withheld = archive.layer.zooms().map(|zoom| (zoom, orders - shown(zoom)));
        Self {
            layer: archive.layer.id,
            slot: archive.slot.clone(),
            digest: stored.digest(),
            from: archive.days.first.date(),
            to: archive.days.last.date(),
            min_users: archive.min_users(),
            bytes: stored.bytes(),
            largest_tile: stored.verified.largest_tile,
            p99_tile: stored.verified.p99_tile,
            orders,
            zooms: zooms.clone(),
            withheld: withheld.collect(),
        }
    }
}

impl fmt::Display for BuildReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (read, skipped) = (self.row_groups, self.row_groups_skipped);
        let (rows, files) = (counted(self.rows, "row"), counted(self.files, "file"));
        writeln!(f, "read      {rows} of {files} ({})", counted(read, "row group"))?;
        if self.skipped_files.total() > 0 {
            let files = counted(self.skipped_files.total(), "file");
            writeln!(f, "not read  {files}: {}", self.skipped_files)?;
        }
        if skipped > 0 {
            writeln!(
                f,
                "skipped   {} on other days ({})",
                counted(self.rows_skipped, "row"),
                counted(skipped, "row group")
            )?;
        }
        if self.outside_window > 0 {
            writeln!(f, "outside   {} on other days", counted(self.outside_window, "row"))?;
        }
        writeln!(f, "rejected  {}", counted(self.rejects.total(), "row"))?;
        for reason in RejectReason::ALL {
            if self.rejects.count(reason) > 0 {
                writeln!(
                    f,
                    "          {:>9} {}",
                    self.rejects.count(reason),
                    reason.description()
                )?;
            }
        }
        for (rows, what) in [
            (
                self.swapped_positions,
                "of these inside their city if longitude and latitude are swapped",
            ),
            (self.lines_cleaned, "rows whose business line was cleaned"),
        ] {
            if rows > 0 {
                writeln!(f, "          {rows:>9} {what}")?;
            }
        }
        writeln!(
            f,
            "counted   {}, {} without a user",
            counted(self.orders_counted, "order"),
            self.orders_without_user
        )?;
        self.guards.fmt(f)?;
        self.public.fmt(f)?;
        for archive in &self.archives {
            archive.fmt(f)?;
        }
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

impl fmt::Display for ArchiveReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { layer, slot, from, to, orders, bytes, .. } = self;
        let orders = counted(*orders, "order");
        writeln!(f, "{layer}/{slot}  {from} to {to}, {orders}, {bytes} bytes")?;
        writeln!(f, "          zoom   tiles     cells    orders  withheld")?;
        for (zoom, totals) in &self.zooms {
            let withheld = self.withheld.get(zoom).copied().unwrap_or(0);
            let ZoomTotals { tiles, cells, orders, .. } = totals;
            writeln!(f, "          {zoom:>4} {tiles:>7} {cells:>9} {orders:>9} {withheld:>9}")?;
        }
        Ok(())
    }
}
