//! The build of a vendor snapshot: reads vendors, grades, areas and targets, and publishes layers and
//! tables in one manifest, so that they are always consistent.

mod area_lookup;
mod coverage_layer;
mod error;
mod file;
mod grades;
mod point_tiles;
mod report;
mod rows;
mod tables;
pub mod targets;
mod vendor_layer;
mod vendors;

use std::collections::BTreeMap;
use std::path::PathBuf;

use jiff::Timestamp;
use rayon::prelude::*;
use serde::Serialize;
use tilecore::archive::WriteError;
use tilecore::cell::CELL_LEVELS;
use tilecore::layer::{COVERAGE, VENDORS};
use tilecore::manifest::{LayerEntry, Manifest, TableEntry};
use tilecore::{LayerSpec, Slot, Visibility};

pub use error::SnapshotError;
pub use grades::GradesReport;
pub use report::SnapshotReport;
pub use targets::TargetsReport;

use crate::config::Config;
use crate::config::period::Period;
use crate::files::{check_modified, modified_at};
use crate::orders::calendar::Calendar;
use crate::polygons::{AreaFolders, read_areas};
use crate::publish::feature_layer::{FeatureLayerReport, store_feature_layer};
use crate::publish::lineage::Inputs;
use crate::publish::{NewTable, Provenance, Update, newest_manifest, publish, store_table};
use crate::store::Store;
use crate::store::input::Input;
use crate::telemetry::process::process_usage;
use crate::telemetry::stopwatch::Stopwatch;
use crate::tiles::archive::EncodedArchive;
use crate::vendors::coverage::{self, Circle, CountColumns, Coverage, Grid};
use crate::vendors::grade::GradeScale;
use crate::vendors::vendor::Vendor;
use area_lookup::AreaLookup;
use coverage_layer::{CoverageLayer, CoveredCells};
use file::SnapshotFile;
use grades::Grades;
use rows::VendorFile;
use tables::{TableSource, count_shown_cells};
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
    /// Whether a snapshot that fails a sanity check is published anyway.
    pub force: bool,
}

/// Level of the grid cells whose coverage is counted.
const GRID_LEVEL: u8 = COVERAGE.maxzoom + CELL_LEVELS;

/// Rejects files that were modified after `now`.
fn check_times(paths: &[PathBuf], now: Timestamp) -> Result<(), SnapshotError> {
    for path in paths {
        let name = path.display().to_string();
        let modified =
            modified_at(path).map_err(|source| SnapshotError::Io { name: name.clone(), source })?;
        check_modified(&name, modified, now)?;
    }
    Ok(())
}

fn count_assumed_radii(vendors: &[Vendor]) -> u64 {
    vendors.iter().filter(|vendor| vendor.is_radius_assumed).count() as u64
}

/// Builds the layers and tables of a snapshot, and publishes them in one manifest.
#[expect(
    clippy::too_many_lines,
    reason = "the steps of the build from top to bottom, a call for each"
)]
pub fn build_snapshot(spec: &SnapshotSpec) -> Result<SnapshotReport, SnapshotError> {
    let mut watch = Stopwatch::start();
    let config = &spec.config;
    let store = Store::open(&spec.store, true)?;
    store.check_create_only()?;
    let published = newest_manifest(&store)?;
    let mut sanity_checks =
        SanityChecks { now: spec.now, force: spec.force, overridden: Vec::new() };
    let file = SnapshotFile::read(&spec.vendors, spec.now)?;
    sanity_checks.check_age(&file, published.as_ref(), config)?;
    let known_lines = published.as_ref().map(Manifest::lines).unwrap_or_default();
    let (name, data_at) = (file.name.clone(), file.written_at);
    let target_files = TargetFiles::find(spec.targets.as_deref(), &config.cities)?;
    check_times(&spec.grades, spec.now)?;
    check_times(&target_files.paths(), spec.now)?;
    let mut inputs = Inputs::at(spec.now);
    inputs.add("vendors", [(name.clone(), Input::Bytes(&file.bytes))])?;
    inputs.add_files("grades", &spec.grades)?;
    let scale = GradeScale::new(&config.grades.order);
    let context = VendorContext {
        cities: &config.cities,
        published_lines: known_lines,
        ungraded: scale.ungraded(),
    };
    let vendor_file = VendorFile { name: &name, columns: &config.vendors };
    let mut read = vendors::read(vendor_file, file.bytes, context)?;
    read.rejected_values.warn();
    sanity_checks.check_vendors(&name, &read, published.as_ref(), config)?;
    let grades = Grades::new(&scale, &config.grades.columns).read(&spec.grades)?;
    let grades = grades.join(&mut read.vendors);
    watch.record_step("read vendors");

    let (areas, imported) = read_areas(&spec.areas, &config.cities, spec.now)?;
    let lines = read.lines.names();
    let (targets, targets_report) = Targets::read(&target_files, &config.targets, &areas, lines)?;
    sanity_checks.check_targets(&targets_report, config)?;
    let area_lookup = AreaLookup::new(&areas);
    let containing = area_lookup.for_vendors(&read.vendors);
    watch.record_step("read areas");

    let circles: Vec<Circle> = read.vendors.iter().filter_map(delivery_circle).collect();
    let columns = CountColumns::new(lines.len(), scale.count());
    let coverages: Vec<Coverage> = config
        .cities
        .iter()
        .map(|city| coverage::count(Grid::inside(GRID_LEVEL, city.bounds), &circles, columns))
        .collect();
    watch.record_step("count coverage");

    let cells = CoveredCells::new(&coverages, &area_lookup);
    let city_ids: Vec<i64> = config.cities.iter().map(|city| city.id).collect();
    let coverage_layer = CoverageLayer {
        cells: &cells,
        area_lookup: &area_lookup,
        targets: &targets,
        lines,
        grades: &scale,
    };
    let vendor_layer = VendorLayer {
        vendors: &read.vendors,
        containing: &containing,
        area_lookup: &area_lookup,
        lines,
        grades: &scale,
        city_ids: &city_ids,
        columns: &config.snapshot.vendor_columns,
    };
    let archives = [(COVERAGE, coverage_layer.encode()), (VENDORS, vendor_layer.encode())];
    watch.record_step("encode");

    inputs.add_files("areas", &spec.areas.files()?)?;
    inputs.add_files("targets", &target_files.paths())?;
    let build = Some(inputs.store(&store, read.rows, &read.rejects, spec.every)?);
    let output = Output { store: &store, config, lines, provenance: Provenance { data_at, build } };
    let archives: Vec<(LayerEntry, FeatureLayerReport)> = archives
        .into_iter()
        .map(|(layer, encoded)| output.archive(layer, encoded))
        .collect::<Result<_, SnapshotError>>()?;
    watch.record_step("store and verify archives");
    let source = TableSource {
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
    let tables = output.tables(&source, &coverages)?;
    watch.record_step("store and verify tables");
    let entries: Vec<_> = archives.iter().map(|(entry, _)| entry.clone()).collect();
    let update = Update {
        base: published.as_ref(),
        cities: &config.cities,
        layers: &entries,
        tables: &tables,
    };
    let manifest = publish(&store, update)?;
    watch.record_step("publish");

    let (cpu, peak_memory_bytes) = process_usage();
    let (cells_shown, cells_bare) = count_shown_cells(&cells);
    Ok(SnapshotReport {
        generator: crate::store::GENERATOR,
        vendors_from: spec.vendors.clone(),
        data_at,
        rows: read.rows,
        vendors: count_by_city(&read.vendors, config),
        vendors_counted: circles.len() as u64,
        radius_assumed: count_assumed_radii(&read.vendors),
        outside_city: read.outside_city,
        rejects: read.rejects,
        rejected_values: read.rejected_values,
        names_cleaned: read.names_cleaned,
        grades,
        areas: imported,
        targets: targets_report,
        lines: lines.to_vec(),
        cells_shown,
        cells_bare,
        archives: archives.into_iter().map(|(_, report)| report).collect(),
        tables: tables.iter().map(|table| (table.name.to_string(), table.bytes)).collect(),
        manifest: manifest.number,
        forced: sanity_checks.overridden,
        threads: rayon::current_num_threads(),
        seconds: watch.seconds(),
        cpu_seconds: cpu.as_secs_f64(),
        peak_memory_bytes,
    })
}

/// The delivery circle of a vendor; `None` if the published coverage does not count it.
fn delivery_circle(vendor: &Vendor) -> Option<Circle> {
    let Vendor { line, grade, radius_m, .. } = *vendor;
    let circle = Circle { at: vendor.position(), radius_m: f64::from(radius_m), line, grade };
    vendor.is_shown_by_default().then_some(circle)
}

fn count_by_city(vendors: &[Vendor], config: &Config) -> BTreeMap<String, u64> {
    let mut counts: BTreeMap<_, _> =
        config.cities.iter().map(|city| (city.key.clone(), 0)).collect();
    for vendor in vendors {
        *counts.entry(config.cities[vendor.city].key.clone()).or_default() += 1;
    }
    counts
}

/// Sanity checks of a snapshot. With `--force` a failed check is recorded instead of stopping the build.
struct SanityChecks {
    now: Timestamp,
    force: bool,
    overridden: Vec<String>,
}

impl SanityChecks {
    fn fail(&mut self, error: SnapshotError) -> Result<(), SnapshotError> {
        if !self.force {
            return Err(error);
        }
        tracing::warn!(%error, "sanity check overridden by --force");
        self.overridden.push(error.to_string());
        Ok(())
    }

    fn check_age(
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

    fn check_vendors(
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
            // `--force` does not override this check: a map without vendors is never published.
            return Err(SnapshotError::NoVendors { name, rows, reasons });
        }
        let allowed = config.snapshot.max_reject_share;
        if rejected as f64 > allowed * rows as f64 {
            let name = name.clone();
            self.fail(SnapshotError::TooManyRejects { name, rejected, rows, reasons, allowed })?;
        }
        let allowed = config.snapshot.max_shrink_share;
        let now = count_by_city(&read.vendors, config);
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

    fn check_targets(
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

/// Writes archives and tables to the store.
struct Output<'a> {
    store: &'a Store,
    config: &'a Config,
    lines: &'a [String],
    provenance: Provenance,
}

impl Output<'_> {
    fn archive(
        &self,
        layer: LayerSpec,
        encoded: Result<EncodedArchive, WriteError>,
    ) -> Result<(LayerEntry, FeatureLayerReport), SnapshotError> {
        let encoded = encoded.map_err(|source| SnapshotError::Write { layer: layer.id, source })?;
        let data_at = self.provenance.data_at.as_microsecond();
        let day = Calendar::new(&self.config.time_zone).day(data_at).date();
        let (entry, report) =
            store_feature_layer(self.store, layer, &encoded, &self.provenance, day)?;
        Ok((LayerEntry { lines: self.lines.to_vec(), ..entry }, report))
    }

    fn tables(
        &self,
        source: &TableSource<'_>,
        coverages: &[Coverage],
    ) -> Result<Vec<TableEntry>, SnapshotError> {
        let mut tables = Vec::new();
        let of_cities: Vec<_> = (0..coverages.len())
            .into_par_iter()
            .map(|city| {
                let key = &self.config.cities[city].key;
                let vendors = self.table(&format!("vendors/{key}"), source.vendors(city))?;
                let grid = source.grid(city, coverages[city].grid());
                Ok([vendors, self.table(&format!("coverage-grid/{key}"), grid)?])
            })
            .collect::<Result<_, SnapshotError>>()?;
        tables.extend(of_cities.into_iter().flatten());
        tables.push(self.table("area-stats/vendors", source.area_stats())?);
        tables.push(self.table("options", (source.options(), 1))?);
        Ok(tables)
    }

    fn table(
        &self,
        name: &str,
        (document, rows): (impl Serialize, u64),
    ) -> Result<TableEntry, SnapshotError> {
        let not_written = |source| SnapshotError::Table { name: name.to_owned(), source };
        let json = serde_json::to_vec(&document).map_err(not_written)?;
        let table = NewTable {
            name: name.parse()?,
            slot: Slot::now(),
            visibility: Visibility::Public,
            provenance: &self.provenance,
            rows,
            json: &json,
        };
        Ok(store_table(self.store, table)?)
    }
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
