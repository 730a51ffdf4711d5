//! The build of a vendor snapshot: reads vendors, grades, areas and targets, and publishes layers and
//! tables in one manifest, so that they are always consistent.

mod area_lookup;
mod content;
mod coverage_layer;
mod error;
mod file;
mod grades;
mod output;
mod point_tiles;
mod report;
mod rows;
mod sanity;
mod tables;
pub mod targets;
mod vendor_layer;
mod vendors;

use std::path::PathBuf;

use jiff::Timestamp;
use jiff::civil::Date;
use tilecore::cell::CELL_LEVELS;
use tilecore::layer::{COVERAGE, VENDORS};
use tilecore::manifest::{LayerEntry, Manifest, TableEntry};
use tilecore::{ArchiveDigest, LayerSpec};

pub use error::SnapshotError;
pub use grades::GradesReport;
pub use report::SnapshotReport;
pub use rows::union::{SourceRows, write_union};
pub use targets::TargetsReport;

use crate::config::Config;
use crate::config::period::Period;
use crate::orders::calendar::Calendar;
use crate::polygons::{Area, AreaFolders, ImportReport, read_areas};
use crate::publish::guards::accepted::{AcceptedFinding, Accepting};
use crate::publish::guards::baseline::{Baseline, Known, NewReport, Settings, accepted_before};
use crate::publish::guards::emptied::check_archives;
use crate::publish::guards::vendors::{VendorCounts, check_vendors};
use crate::publish::guards::{Acceptance, GuardStop, GuardsReport};
use crate::publish::lineage::Inputs;
use crate::publish::{Provenance, Update, newest_manifest, publish};
use crate::store::input::Input;
use crate::store::{GENERATOR, Store};
use crate::telemetry::process::process_usage;
use crate::telemetry::stopwatch::Stopwatch;
use crate::tiles::archive::EncodedArchive;
use crate::vendors::coverage::{self, Circle, CountColumns, Coverage, Grid};
use crate::vendors::grade::GradeScale;
use crate::vendors::vendor::Vendor;
use area_lookup::{AreaLookup, ContainingAreas};
use content::SnapshotContent;
use coverage_layer::{CoverageLayer, CoveredCells};
use file::{SnapshotFile, check_times};
use grades::Grades;
use output::{Output, StoredLayer};
use rows::VendorFile;
use rows::union::sources_of;
use sanity::SanityChecks;
use tables::count_shown_cells;
use targets::{TargetFiles, Targets};
use vendor_layer::VendorLayer;
use vendors::{ReadVendors, VendorContext};

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

/// Level of the grid cells whose coverage is counted.
const GRID_LEVEL: u8 = COVERAGE.maxzoom + CELL_LEVELS;

/// Builds the layers and tables of a snapshot, and publishes them in one manifest.
pub fn build_snapshot(spec: &SnapshotSpec) -> Result<SnapshotReport, SnapshotError> {
    let mut job = SnapshotJob::start(spec)?;
    let config = &spec.config;
    let mut inputs = Inputs::at(spec.now);
    let (file, target_files) = job.open_files(&mut inputs)?;
    let data_at = file.written_at;
    let GradedVendors { scale, read, grades } = job.read_vendors(&file)?;
    let lines = read.lines.names();
    let AreasAndTargets { areas, import, targets, targets_report } =
        job.read_areas(&target_files, lines)?;
    let area_lookup = AreaLookup::new(&areas);
    let containing = job.locate(&area_lookup, &read.vendors);
    let content = SnapshotContent {
        cities: &config.cities,
        vendors: &read.vendors,
        containing: &containing,
        area_lookup: &area_lookup,
        targets: &targets,
        lines,
        grades: &scale,
        grade_radius_km: &config.grades.radius_km,
        columns: &config.snapshot.vendor_columns,
    };
    let circles: Vec<Circle> = read.vendors.iter().filter_map(delivery_circle).collect();
    let coverages = job.count_coverage(&circles, CountColumns::new(lines.len(), scale.count()));
    let cells = CoveredCells::new(&coverages, &area_lookup);
    let counts = job.check(content.guard_counts(&coverages, job.today()))?;
    let encoded = job.encode(&content, &cells)?;
    let provenance = job.store_lineage(inputs, &target_files, &read, data_at)?;
    let archives = job.store_archives(&content, &encoded, &provenance)?;
    let tables = job.store_tables(&content, &coverages, &provenance)?;
    let manifest = job.publish(&archives, &tables, &counts)?;

    let (cpu, peak_memory_bytes) = process_usage();
    let (cells_shown, cells_bare) = count_shown_cells(&cells);
    Ok(SnapshotReport {
        generator: GENERATOR,
        vendors_from: spec.vendors.clone(),
        data_at,
        rows: read.rows,
        vendors: read.count_by_city(&config.cities),
        vendors_counted: circles.len() as u64,
        radius_assumed: read.count_assumed_radii(),
        outside_city: read.outside_city,
        swapped_positions: read.swapped_positions,
        lines: lines.to_vec(),
        rejects: read.rejects,
        rejected_values: read.rejected_values,
        names_cleaned: read.names_cleaned,
        grades,
        areas: import,
        targets: targets_report,
        cells_shown,
        cells_bare,
        archives: archives.into_iter().map(|archive| archive.report).collect(),
        tables: tables.iter().map(|table| (table.name.to_string(), table.bytes)).collect(),
        manifest: manifest.number,
        guards: job.guards,
        accepted: job.overridden,
        threads: rayon::current_num_threads(),
        seconds: job.stopwatch.seconds(),
        cpu_seconds: cpu.as_secs_f64(),
        peak_memory_bytes,
    })
}

/// What the steps of a build share.
struct SnapshotJob<'a> {
    spec: &'a SnapshotSpec,
    store: Store,
    /// The newest manifest before this build.
    published: Option<Manifest>,
    sanity_checks: SanityChecks,
    /// The `--accept` value for the vendor file, once it is read.
    own: Option<Acceptance>,
    /// The failed sanity checks that the operator has accepted.
    overridden: Vec<String>,
    baseline: Option<Baseline<VendorCounts>>,
    accepted_before: Vec<AcceptedFinding>,
    guards: GuardsReport,
    stopwatch: Stopwatch,
}

/// The valid vendors with their grades.
struct GradedVendors {
    scale: GradeScale,
    read: ReadVendors,
    grades: GradesReport,
}

/// The valid areas and their targets.
struct AreasAndTargets {
    areas: Vec<Area>,
    import: ImportReport,
    targets: Targets,
    targets_report: TargetsReport,
}

impl<'a> SnapshotJob<'a> {
    fn start(spec: &'a SnapshotSpec) -> Result<Self, SnapshotError> {
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
    fn today(&self) -> Date {
        self.spec.config.time_zone.to_datetime(self.spec.now).date()
    }

    /// Source: reads the vendor file, finds the target files, and checks when all of them were written.
    fn open_files(
        &mut self,
        inputs: &mut Inputs,
    ) -> Result<(SnapshotFile, TargetFiles<'a>), SnapshotError> {
        let spec = self.spec;
        let file = SnapshotFile::read(&spec.vendors, spec.now)?;
        self.own = Some(Acceptance::Vendors(ArchiveDigest::of(&file.bytes)));
        self.sanity_checks.check_age(&file, self.published.as_ref(), &spec.config);
        let target_files = TargetFiles::find(spec.targets.as_deref(), &spec.config.cities)?;
        check_times(&spec.grades, spec.now)?;
        check_times(&target_files.paths(), spec.now)?;
        inputs.came_from(sources_of(&file.bytes));
        inputs.add("vendors", [(file.name.clone(), Input::Bytes(&file.bytes))])?;
        inputs.add_files("grades", &spec.grades)?;
        Ok((file, target_files))
    }

    /// Validate: reads the valid vendors and joins their grades.
    fn read_vendors(&mut self, file: &SnapshotFile) -> Result<GradedVendors, SnapshotError> {
        let config = &self.spec.config;
        let published = self.published.as_ref();
        let scale = GradeScale::new(&config.grades.order);
        let context = VendorContext {
            cities: &config.cities,
            published_lines: &published.map(Manifest::line_registry).unwrap_or_default(),
            ungraded: scale.ungraded(),
        };
        let vendor_file = VendorFile { name: &file.name, columns: &config.vendors };
        let mut read = vendors::read(vendor_file, &file.bytes, context)?;
        read.rejected_values.warn();
        self.sanity_checks.check_vendors(&file.name, &read, published, config)?;
        let grades = Grades::new(&scale, &config.grades.columns).read(&self.spec.grades)?;
        let grades = grades.join(&mut read.vendors);
        self.stopwatch.record_step("read vendors");
        Ok(GradedVendors { scale, read, grades })
    }

    /// Validate: reads the areas, and the targets of their lines.
    fn read_areas(
        &mut self,
        target_files: &TargetFiles<'_>,
        lines: &[String],
    ) -> Result<AreasAndTargets, SnapshotError> {
        let SnapshotSpec { config, areas, now, .. } = self.spec;
        let (areas, import) = read_areas(areas, &config.cities, *now)?;
        let (targets, targets_report) =
            Targets::read(target_files, &config.targets, &areas, lines)?;
        self.sanity_checks.check_targets(&targets_report, config);
        Ok(AreasAndTargets { areas, import, targets, targets_report })
    }

    /// Finds the areas that contain each vendor.
    fn locate(&mut self, lookup: &AreaLookup<'_>, vendors: &[Vendor]) -> Vec<ContainingAreas> {
        let containing = lookup.for_vendors(vendors);
        self.stopwatch.record_step("read areas");
        containing
    }

    /// Count: the coverage of the grid cells of each city.
    fn count_coverage(&mut self, circles: &[Circle], columns: CountColumns) -> Vec<Coverage> {
        let grids =
            self.spec.config.cities.iter().map(|city| Grid::inside(GRID_LEVEL, city.bounds));
        let coverages = grids.map(|grid| coverage::count(grid, circles, columns)).collect();
        self.stopwatch.record_step("count coverage");
        coverages
    }

    /// Tile and archive: encodes the tiles of both layers as archives in memory.
    fn encode(
        &mut self,
        content: &SnapshotContent<'_>,
        cells: &CoveredCells<'_>,
    ) -> Result<[(LayerSpec, EncodedArchive); 2], SnapshotError> {
        let &SnapshotContent { vendors, containing, area_lookup, lines, grades, .. } = content;
        let targets = content.targets;
        let coverage = CoverageLayer { cells, area_lookup, targets, lines, grades }.encode();
        let city_ids: Vec<i64> = content.cities.iter().map(|city| city.id).collect();
        let vendors = VendorLayer {
            vendors,
            containing,
            area_lookup,
            lines,
            grades,
            city_ids: &city_ids,
            columns: content.columns,
        };
        let vendors = vendors.encode();
        self.stopwatch.record_step("encode");
        let failed =
            |layer: LayerSpec| move |source| SnapshotError::Write { layer: layer.id, source };
        Ok([
            (COVERAGE, coverage.map_err(failed(COVERAGE))?),
            (VENDORS, vendors.map_err(failed(VENDORS))?),
        ])
    }

    /// Records which files the snapshot comes from.
    fn store_lineage(
        &self,
        mut inputs: Inputs,
        target_files: &TargetFiles<'_>,
        read: &ReadVendors,
        data_at: Timestamp,
    ) -> Result<Provenance, SnapshotError> {
        inputs.add_files("areas", &self.spec.areas.files()?)?;
        inputs.add_files("targets", &target_files.paths())?;
        let build = inputs.store(&self.store, read.rows, &read.rejects, self.spec.every)?;
        Ok(Provenance { data_at, build: Some(build) })
    }

    /// Verify: writes the archives to the store, reads them back and verifies them.
    fn store_archives(
        &mut self,
        content: &SnapshotContent<'_>,
        encoded: &[(LayerSpec, EncodedArchive)],
        provenance: &Provenance,
    ) -> Result<Vec<StoredLayer>, SnapshotError> {
        let calendar = Calendar::new(&self.spec.config.time_zone);
        let day = calendar.day(provenance.data_at.as_microsecond()).date();
        let output = Output { store: &self.store, content, provenance };
        let stored = encoded.iter().map(|(layer, archive)| output.archive(*layer, archive, day));
        let stored = stored.collect::<Result<_, SnapshotError>>()?;
        self.stopwatch.record_step("store and verify archives");
        Ok(stored)
    }

    /// Verify: writes the tables to the store and reads them back.
    fn store_tables(
        &mut self,
        content: &SnapshotContent<'_>,
        coverages: &[Coverage],
        provenance: &Provenance,
    ) -> Result<Vec<TableEntry>, SnapshotError> {
        let tables = Output { store: &self.store, content, provenance }.tables(coverages)?;
        self.stopwatch.record_step("store and verify tables");
        Ok(tables)
    }

    fn accepting(&self) -> Accepting<'_> {
        let spec = self.spec;
        let (config, now) = (&spec.config.guards, &*spec.accepted);
        Accepting { config, now, before: &self.accepted_before }
    }

    /// Compares the counts with those of the published snapshot, and returns them as the next build needs
    /// them.
    fn check(&mut self, counts: VendorCounts) -> Result<VendorCounts, SnapshotError> {
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
    fn publish(
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

/// The delivery circle of a vendor; `None` if the published coverage does not count it.
fn delivery_circle(vendor: &Vendor) -> Option<Circle> {
    let Vendor { line, grade, radius_m, .. } = *vendor;
    let circle = Circle { at: vendor.position(), radius_m: f64::from(radius_m), line, grade };
    vendor.is_shown_by_default().then_some(circle)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vendors::grade::Grade;
    use crate::vendors::vendor::Platform;

    /// A valid vendor in Tehran.
    pub(super) fn vendor() -> Vendor {
        Vendor {
            code: "007".to_owned(),
            name: "نان سنگک".to_owned(),
            platform: Platform::Tapsifood,
            city: 1,
            line: 0,
            lng_e7: 514_000_000,
            lat_e7: 357_000_000,
            radius_m: 2500,
            is_radius_assumed: false,
            status: Some(5),
            vendor_status: Some(1),
            visible: Some(true),
            open: Some(true),
            availability: Some(0.5),
            own_delivery: Some(false),
            ofood_delivery: None,
            is_express: Some(false),
            is_dual: Some(false),
            grade: Grade::at(13),
        }
    }

    #[test]
    fn coverage_counts_only_active_and_visible_vendors() {
        for (status, visible, counts) in [
            (Some(5), Some(true), true),
            (Some(1), Some(true), false),
            (None, Some(true), false),
            (Some(5), Some(false), false),
            (Some(5), None, false),
        ] {
            let vendor = Vendor { status, visible, ..vendor() };
            assert_eq!(delivery_circle(&vendor).is_some(), counts, "{status:?} {visible:?}");
        }
    }
}
