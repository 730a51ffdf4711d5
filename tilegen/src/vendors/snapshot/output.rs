//! Stores the archives and tables of a snapshot, and verifies them.

use jiff::civil::Date;
use rayon::prelude::*;
use serde::Serialize;
use tilecore::manifest::{LayerEntry, TableEntry};
use tilecore::{LayerSpec, Slot, Visibility};

use super::SnapshotError;
use super::content::SnapshotContent;
use crate::publish::feature_layer::{FeatureLayerReport, store_feature_layer};
use crate::publish::{NewTable, Provenance, store_table};
use crate::store::Store;
use crate::tiles::archive::EncodedArchive;
use crate::vendors::coverage::Coverage;

/// A verified archive in the store, ready to be published.
pub(super) struct StoredLayer {
    pub(super) entry: LayerEntry,
    pub(super) report: FeatureLayerReport,
}

/// Writes archives and tables to the store.
pub(super) struct Output<'a> {
    pub(super) store: &'a Store,
    pub(super) content: &'a SnapshotContent<'a>,
    pub(super) provenance: &'a Provenance,
}

impl Output<'_> {
    /// Stores and verifies the archive of a layer with data of one day.
    pub(super) fn archive(
        &self,
        layer: LayerSpec,
        encoded: &EncodedArchive,
        day: Date,
    ) -> Result<StoredLayer, SnapshotError> {
        let (entry, report) =
            store_feature_layer(self.store, layer, encoded, self.provenance, day)?;
        Ok(StoredLayer {
            entry: LayerEntry {
                lines: self.content.lines.iter().cloned().map(Some).collect(),
                ..entry
            },
            report,
        })
    }

    /// Stores and verifies all tables. `coverages` contains the coverage of each city.
    pub(super) fn tables(&self, coverages: &[Coverage]) -> Result<Vec<TableEntry>, SnapshotError> {
        let content = self.content;
        let of_cities: Vec<_> = content
            .cities
            .par_iter()
            .zip(coverages)
            .enumerate()
            .map(|(index, (city, coverage))| {
                let key = &city.key;
                let vendors = self.table(&format!("vendors/{key}"), content.vendor_table(index))?;
                let grid = content.grid_table(index, coverage.grid());
                Ok([vendors, self.table(&format!("coverage-grid/{key}"), grid)?])
            })
            .collect::<Result<_, SnapshotError>>()?;
        let mut tables: Vec<_> = of_cities.into_iter().flatten().collect();
        tables.push(self.table("area-stats/vendors", content.area_stats_table())?);
        tables.push(self.table("options", (content.options_table(), 1))?);
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
            provenance: self.provenance,
            rows,
            json: &json,
        };
        Ok(store_table(self.store, table)?)
    }
}
