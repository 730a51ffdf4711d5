//! Sanity checks of a snapshot: its age, and the number of its vendors and targets.

mod failed_check;

use std::collections::BTreeMap;

use jiff::Timestamp;
use tilecore::manifest::Manifest;

use super::SnapshotError;
use super::file::SnapshotFile;
use super::targets::TargetsReport;
use super::vendors::ReadVendors;
use crate::config::Config;
use crate::files::check_modified;
use crate::publish::guards::{Finding, Outcome};
use failed_check::FailedCheck;

/// Largest median of the delivery radii, in metres. No courier of a city drives further.
const MAX_MEDIAN_M: u32 = 50_000;

/// Sanity checks of a snapshot. A failed check is a finding of a guard: unless it is accepted, it stops the
/// build after all other checks, so that one message names all of them.
pub(super) struct SanityChecks {
    now: Timestamp,
    /// The failed checks, each with the count that is the worse the lower it is.
    pub(super) failed: Vec<Finding>,
}

impl SanityChecks {
    pub(super) const fn new(now: Timestamp) -> Self {
        Self { now, failed: Vec::new() }
    }

    fn fail(&mut self, guard: &str, count: Option<u64>, check: &FailedCheck) {
        let finding = Finding::new(Outcome::Stop, guard, check.to_string());
        self.failed.push(Finding { count, ..finding });
    }

    pub(super) fn check_age(
        &mut self,
        file: &SnapshotFile,
        published: Option<&Manifest>,
        config: &Config,
    ) {
        let (name, written_at) = (file.name.clone(), file.written_at);
        let age = self.now.duration_since(written_at).as_mins();
        let allowed = config.snapshot.max_age_minutes;
        if age > i64::from(allowed) {
            let check = FailedCheck::Stale { name: name.clone(), written_at, age, allowed };
            self.fail("age", None, &check);
        }
        let newest = published.into_iter().flat_map(|published| &published.tables);
        let newest = newest.filter(|table| table.name.as_str().starts_with("vendors/"));
        // A published time of the future came from a wrong clock. It says nothing about this file.
        let newest = newest.map(|table| table.data_at);
        let newest = newest.filter(|&data_at| check_modified(&name, data_at, self.now).is_ok());
        if let Some(newest) = newest.max()
            && newest > written_at
        {
            let check = FailedCheck::OlderThanPublished { name, written_at, newest };
            self.fail("order of snapshots", None, &check);
        }
    }

    pub(super) fn check_vendors(
        &mut self,
        name: &str,
        read: &ReadVendors,
        published: Option<&Manifest>,
        config: &Config,
    ) -> Result<(), SnapshotError> {
        let (rows, rejected) = (read.rows, read.rejects.total());
        let (name, reasons) = (name.to_owned(), read.rejects.summary());
        if rows == 0 {
            return Err(SnapshotError::NoRows { name });
        }
        if read.vendors.is_empty() {
            // Nothing overrides this check: a map without vendors is never published.
            return Err(SnapshotError::NoVendors { name, rows, reasons });
        }
        let allowed = config.snapshot.max_reject_share;
        if rejected as f64 > allowed * rows as f64 {
            let name = name.clone();
            let check = FailedCheck::TooManyRejects { name, rejected, rows, reasons, allowed };
            self.fail("rejects", Some(rows.saturating_sub(rejected)), &check);
        }
        let (swapped, vendors) = (read.swapped_positions, read.vendors.len() as u64);
        if 2 * swapped > vendors {
            let [lng, lat] = ["longitude", "latitude"].map(|key| config.vendors.of(key).to_owned());
            let name = name.clone();
            let check = FailedCheck::SwappedPositions { name, swapped, vendors, lng, lat };
            self.fail("swapped positions", Some(vendors - swapped), &check);
        }
        if let Some(median_m) = read.median_radius_m().filter(|&median_m| median_m > MAX_MEDIAN_M) {
            let column = config.vendors.of("radius").to_owned();
            let (median, limit) = (f64::from(median_m) / 1e3, MAX_MEDIAN_M / 1000);
            let name = name.clone();
            let check = FailedCheck::LargeRadii { name, column, median, limit };
            self.fail("large radii", None, &check);
        }
        let allowed = config.snapshot.max_shrink_share;
        let now = read.count_by_city(&config.cities);
        let mut before = BTreeMap::new();
        for table in published.into_iter().flat_map(|published| &published.tables) {
            if let Some(city) = table.name.as_str().strip_prefix("vendors/") {
                before.insert(city.to_owned(), table.rows);
            }
        }
        let whole = |counts: &BTreeMap<_, u64>| ("all cities".to_owned(), counts.values().sum());
        let ((all, all_before), (_, all_now)) = (whole(&before), whole(&now));
        let cities = before.into_iter().map(|(city, before)| {
            let now = now.get(&city).copied().unwrap_or(0);
            (city, before, now)
        });
        for (scope, before, now) in std::iter::once((all, all_before, all_now)).chain(cities) {
            if (now as f64) < (1.0 - allowed) * before as f64 {
                let name = name.clone();
                let part = scope.clone();
                let check = FailedCheck::TooFewVendors { name, scope, before, now, allowed };
                self.fail("vendors", Some(now), &check);
                if let Some(finding) = self.failed.last_mut() {
                    finding.part = Some(part);
                }
            }
        }
        Ok(())
    }

    pub(super) fn check_targets(&mut self, report: &TargetsReport, config: &Config) {
        let (areas, lines) = (report.unmatched_areas.clone(), report.unmatched_lines.clone());
        let is_matched = areas.is_empty() && lines.is_empty();
        if !is_matched && !config.snapshot.allow_unmatched_targets {
            let check = FailedCheck::UnmatchedTargets { areas, lines };
            self.fail("unmatched targets", None, &check);
        }
    }
}
