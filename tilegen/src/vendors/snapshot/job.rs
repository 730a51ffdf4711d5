//! The build of a snapshot: what its steps share, and how it ends.
//!
//! `inputs` has the steps that read, `outputs` those that count, encode and store.

mod inputs;
mod outputs;

use std::path::PathBuf;

use jiff::Timestamp;
use jiff::civil::Date;
use tilecore::manifest::{LayerEntry, Manifest, TableEntry};

use super::SnapshotError;
use super::output::StoredLayer;
use super::sanity::SanityChecks;
use crate::config::Config;
use crate::config::period::Period;
use crate::polygons::AreaFolders;
use crate::publish::guards::accepted::{AcceptedFinding, Accepting};
use crate::publish::guards::baseline::{Baseline, Known, NewReport, Settings, accepted_before};
use crate::publish::guards::emptied::check_archives;
use crate::publish::guards::vendors::{VendorCounts, check_vendors};
use crate::publish::guards::{Acceptance, GuardStop, GuardsReport};
use crate::publish::{Update, newest_manifest, publish};
use crate::store::Store;
use crate::telemetry::stopwatch::Stopwatch;
pub(super) use inputs::{AreasAndTargets, GradedVendors};

/// What to build.
#[derive(Clone, Debug)]
pub struct SnapshotSpec {
    /// Path or URL of the vendor file.
    pub vendors: String,
    /// Grades files.
    pub grades: Vec<PathBuf>,
    /// Folders of area files.
    pub areas: AreaFolders,
    /// Folder with one file of targets for each city, if there are targets.
    pub targets: Option<PathBuf>,
    /// The time that the build takes as the current time.
    pub now: Timestamp,
    /// The store that receives the archives and tables.
    pub store: String,
    /// How often this build runs, if known.
    pub every: Option<Period>,
    /// The configuration; this build uses the cities and the limits of the sanity checks.
    pub config: Config,
    /// What the operator accepts.
    pub accepted: Vec<Acceptance>,
}

/// The job, under which the private report is published.
const JOB: &str = "snapshot";

/// What the steps of a build share.
pub(super) struct SnapshotJob<'a> {
    spec: &'a SnapshotSpec,
    store: Store,
    /// The newest manifest before this build.
    published: Option<Manifest>,
    sanity_checks: SanityChecks,
    /// The `--accept` value for the vendor file, once it is read.
    own: Option<Acceptance>,
    /// The failed sanity checks that the operator has accepted.
    pub(super) overridden: Vec<String>,
    baseline: Option<Baseline<VendorCounts>>,
    accepted_before: Vec<AcceptedFinding>,
    pub(super) guards: GuardsReport,
    pub(super) stopwatch: Stopwatch,
}

impl<'a> SnapshotJob<'a> {
    pub(super) fn start(spec: &'a SnapshotSpec) -> Result<Self, SnapshotError> {
        let stopwatch = Stopwatch::start();
        let store = Store::open(&spec.store, true)?;
        store.check_create_only()?;
        let published = newest_manifest(&store)?;
        let known: Known<VendorCounts> = Known::load(&store, published.as_ref(), JOB)?;
        let guards = GuardsReport {
            compared_with: known.baseline.as_ref().map(|baseline| baseline.map),
            findings: known.fault.into_iter().collect(),
            ..GuardsReport::default()
        };
        Ok(Self {
            spec,
            accepted_before: accepted_before(&store, published.as_ref(), &[JOB])?,
            store,
            published,
            sanity_checks: SanityChecks::new(spec.now),
            own: None,
            overridden: Vec::new(),
            baseline: known.baseline,
            guards,
            stopwatch,
        })
    }

    /// The day of the build.
    pub(super) fn today(&self) -> Date {
        self.spec.config.time_zone.to_datetime(self.spec.now).date()
    }

    fn accepting(&self) -> Accepting<'_> {
        let spec = self.spec;
        let (config, now) = (&spec.config.guards, &*spec.accepted);
        Accepting { config, now, before: &self.accepted_before }
    }

    /// Compares the counts with those of the published snapshot, and returns them as the next build needs
    /// them.
    pub(super) fn check(&mut self, counts: VendorCounts) -> Result<VendorCounts, SnapshotError> {
        let Some(own) = self.own.clone() else { return Ok(counts) };
        let config = &self.spec.config;
        let counts = VendorCounts { settings: Settings::of(config), ..counts };
        let cities: Vec<String> = config.cities.iter().map(|city| city.key.clone()).collect();
        let before = self.baseline.as_ref().map(|baseline| &baseline.report.counts);
        let failed = self.sanity_checks.failed.iter().cloned();
        let failed: Vec<_> = failed
            .map(|finding| self.accepting().apply(finding.acceptable_by(own.clone())))
            .collect();
        let compared = check_vendors(&cities, before, &counts, &own, self.accepting());
        let findings = [failed.clone(), compared].concat();
        let changed = before.map(|before| counts.settings.changed_since(&before.settings));
        GuardStop::check(&findings)
            .map_err(|stop| stop.after_changes(changed.unwrap_or_default()))?;
        let warning = counts.settings.warning(before.map(|before| &before.settings));
        let counts = counts.after(before, self.today(), &findings);
        self.overridden = failed.iter().map(ToString::to_string).collect();
        self.guards.findings.extend(findings.into_iter().chain(warning));
        Ok(counts)
    }

    /// Publish: lists all archives and tables in a new manifest.
    pub(super) fn publish(
        &mut self,
        archives: &[StoredLayer],
        tables: &[TableEntry],
        counts: &VendorCounts,
    ) -> Result<Manifest, SnapshotError> {
        let layers: Vec<LayerEntry> =
            archives.iter().map(|archive| archive.entry.clone()).collect();
        let found = check_archives(self.published.as_ref(), &layers);
        GuardStop::check(&found)?;
        self.guards.findings.extend(found);
        self.guards.log();
        let report = NewReport {
            job: JOB,
            layers: &layers,
            tables,
            findings: &self.guards.findings,
            accepted: &self.to_record(),
            counts,
        };
        let record = report.store(&self.store)?;
        let update = Update {
            base: self.published.as_ref(),
            cities: &self.spec.config.cities,
            layers: &layers,
            tables,
            removed: &[],
            guards: Some(&record),
            holidays: None,
            ..Update::default()
        };
        let manifest = publish(&self.store, update)?;
        self.stopwatch.record_step("publish");
        Ok(manifest)
    }

    /// The accepted findings of this vendor file. Acceptances of earlier files no longer apply.
    fn to_record(&self) -> Vec<AcceptedFinding> {
        let mut accepted = self.accepting().to_record(&self.guards.findings);
        accepted.retain(|one| Some(&one.accept) == self.own.as_ref());
        accepted
    }
}
