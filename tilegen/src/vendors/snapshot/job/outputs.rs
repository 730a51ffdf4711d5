//! The steps that count coverage, encode the layers, and store archives and tables.

use jiff::Timestamp;
use tilecore::LayerSpec;
use tilecore::cell::CELL_LEVELS;
use tilecore::layer::{COVERAGE, VENDORS};
use tilecore::manifest::TableEntry;

use super::SnapshotJob;
use crate::orders::calendar::Calendar;
use crate::publish::Provenance;
use crate::publish::lineage::Inputs;
use crate::tiles::archive::EncodedArchive;
use crate::vendors::coverage::{self, Circle, CountColumns, Coverage, Grid};
use crate::vendors::snapshot::SnapshotError;
use crate::vendors::snapshot::content::SnapshotContent;
use crate::vendors::snapshot::coverage_layer::{CoverageLayer, CoveredCells};
use crate::vendors::snapshot::output::{Output, StoredLayer};
use crate::vendors::snapshot::targets::TargetFiles;
use crate::vendors::snapshot::vendor_layer::VendorLayer;
use crate::vendors::snapshot::vendors::ReadVendors;

/// Level of the grid cells whose coverage is counted.
const GRID_LEVEL: u8 = COVERAGE.maxzoom + CELL_LEVELS;

impl SnapshotJob<'_> {
    /// Count: the coverage of the grid cells of each city.
    pub(in crate::vendors::snapshot) fn count_coverage(
        &mut self,
        circles: &[Circle],
        columns: CountColumns,
    ) -> Vec<Coverage> {
        let grids =
            self.spec.config.cities.iter().map(|city| Grid::inside(GRID_LEVEL, city.bounds));
        let coverages = grids.map(|grid| coverage::count(grid, circles, columns)).collect();
        self.stopwatch.record_step("count coverage");
        coverages
    }

    /// Tile and archive: encodes the tiles of both layers as archives in memory.
    pub(in crate::vendors::snapshot) fn encode(
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
    pub(in crate::vendors::snapshot) fn store_lineage(
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
    pub(in crate::vendors::snapshot) fn store_archives(
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
    pub(in crate::vendors::snapshot) fn store_tables(
        &mut self,
        content: &SnapshotContent<'_>,
        coverages: &[Coverage],
        provenance: &Provenance,
    ) -> Result<Vec<TableEntry>, SnapshotError> {
        let tables = Output { store: &self.store, content, provenance }.tables(coverages)?;
        self.stopwatch.record_step("store and verify tables");
        Ok(tables)
    }
}
