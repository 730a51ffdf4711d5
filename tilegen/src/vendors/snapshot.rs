//! The build of a vendor snapshot: reads vendors, grades, areas and targets, and publishes layers and
//! tables in one manifest, so that they are always consistent.
//!
//! `job` has the steps of the build.

mod area_lookup;
mod content;
mod coverage_layer;
mod error;
mod file;
mod grades;
mod job;
mod output;
mod point_tiles;
mod report;
mod rows;
mod sanity;
mod tables;
pub mod targets;
mod vendor_layer;
mod vendors;

pub use error::SnapshotError;
pub use grades::GradesReport;
pub use job::SnapshotSpec;
pub use report::SnapshotReport;
pub use rows::union::{SourceRows, write_union};
pub use targets::TargetsReport;

use crate::publish::lineage::Inputs;
use crate::store::GENERATOR;
use crate::telemetry::process::process_usage;
use crate::vendors::coverage::{Circle, CountColumns};
use crate::vendors::vendor::Vendor;
use area_lookup::AreaLookup;
use content::SnapshotContent;
use coverage_layer::CoveredCells;
use job::{AreasAndTargets, GradedVendors, SnapshotJob};
use tables::count_shown_cells;

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
