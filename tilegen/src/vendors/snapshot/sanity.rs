//! Sanity checks of a snapshot: its age, and the number of its vendors and targets.

use std::collections::BTreeMap;

use jiff::Timestamp;
use tilecore::manifest::Manifest;

use super::SnapshotError;
use super::file::SnapshotFile;
use super::targets::TargetsReport;
use super::vendors::ReadVendors;
use crate::config::Config;
use crate::publish::guards::Acceptance;

/// Largest median of the delivery radii, in metres. No courier of a city drives further.
const MAX_MEDIAN_M: u32 = 50_000;

/// Sanity checks of a snapshot. If the operator has accepted the vendor file, a failed check is recorded
/// instead of stopping the build.
pub(super) struct SanityChecks {
    now: Timestamp,
    /// What the operator accepts, now and before.
    pub(super) accepted: Vec<Acceptance>,
    /// What accepts the vendor file, once it is read.
    pub(super) own: Option<Acceptance>,
    /// The failed checks that the operator has accepted.
    pub(super) overridden: Vec<String>,
}

impl SanityChecks {
    pub(super) const fn new(now: Timestamp, accepted: Vec<Acceptance>) -> Self {
        Self { now, accepted, own: None, overridden: Vec::new() }
    }

    fn is_accepted(&self) -> bool {
        self.own.as_ref().is_some_and(|own| self.accepted.iter().any(|one| one.covers(own)))
    }

    fn fail(&mut self, error: SnapshotError) -> Result<(), SnapshotError> {
        match &self.own {
            Some(own) if !self.is_accepted() => {
                return Err(SnapshotError::Check { accept: own.clone(), check: Box::new(error) });
            }
            Some(_) => {}
            None => return Err(error),
        }
        tracing::warn!(%error, "failed check accepted by --accept");
        self.overridden.push(error.to_string());
        Ok(())
    }

    pub(super) fn check_age(
        &mut self,
        file: &SnapshotFile,
        published: Option<&Manifest>,
        config: &Config,
    ) -> Result<(), SnapshotError> {
        let (name, written_at) = (file.name.clone(), file.written_at);
        let age = self.now.duration_since(written_at).as_mins();
        let allowed = config.snapshot.max_age_minutes;
        if age > i64::from(allowed) {
            self.fail(SnapshotError::Stale { name: name.clone(), written_at, age, allowed })?;
        }
        let newest = published.into_iter().flat_map(|published| &published.tables);
        let newest = newest.filter(|table| table.name.as_str().starts_with("vendors/"));
        match newest.map(|table| table.data_at).max() {
            Some(newest) if newest > written_at => {
                self.fail(SnapshotError::OlderThanPublished { name, written_at, newest })
            }
            _ => Ok(()),
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
            self.fail(SnapshotError::TooManyRejects { name, rejected, rows, reasons, allowed })?;
        }
        let (swapped, vendors) = (read.swapped_positions, read.vendors.len() as u64);
        if 2 * swapped > vendors {
            let [lng, lat] = ["longitude", "latitude"].map(|key| config.vendors.of(key).to_owned());
            let name = name.clone();
            self.fail(SnapshotError::SwappedPositions { name, swapped, vendors, lng, lat })?;
        }
        if let Some(median_m) = read.median_radius_m().filter(|&median_m| median_m > MAX_MEDIAN_M) {
            let column = config.vendors.of("radius").to_owned();
            let (median, limit) = (f64::from(median_m) / 1e3, MAX_MEDIAN_M / 1000);
            let name = name.clone();
            self.fail(SnapshotError::LargeRadii { name, column, median, limit })?;
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
                self.fail(SnapshotError::TooFewVendors { name, scope, before, now, allowed })?;
            }
        }
        Ok(())
    }

    pub(super) fn check_targets(
        &mut self,
        report: &TargetsReport,
        config: &Config,
    ) -> Result<(), SnapshotError> {
        let TargetsReport { unmatched_areas, unmatched_lines, .. } = report;
        let unmatched: Vec<_> = unmatched_areas.iter().chain(unmatched_lines).cloned().collect();
        if unmatched.is_empty() || config.snapshot.allow_unmatched_targets {
            return Ok(());
        }
        self.fail(SnapshotError::UnmatchedTargets { unmatched })
    }
}
