//! The metrics of each build report.

use serde::Serialize;
use serde_json::Value;
use tilecore::Slot;

use crate::areas::build::AreasReport;
use crate::areas::statistics::AreaOrdersReport;
use crate::density::report::{ArchiveReport, BuildReport};
use crate::publish::feature_layer::FeatureLayerReport;
use crate::publish::guards::GuardsReport;
use crate::telemetry::{Product, RunStats};
use crate::timeline::report::TimelineReport;
use crate::vendors::snapshot::SnapshotReport;

fn table(name: &str, bytes: u64) -> Product {
    let (layer, slot) = (name.to_owned(), Slot::now().to_string());
    Product { layer, slot, bytes, tiles: None, features: None }
}

impl From<&FeatureLayerReport> for Product {
    fn from(report: &FeatureLayerReport) -> Self {
        Self {
            layer: report.layer.to_owned(),
            slot: Slot::now().to_string(),
            bytes: report.bytes,
            tiles: Some(report.zooms.values().map(|zoom| zoom.tiles).sum()),
            features: Some(report.zooms.values().map(|zoom| zoom.features).sum()),
        }
    }
}

impl From<&BuildReport> for RunStats {
    fn from(report: &BuildReport) -> Self {
        let product = |archive: &ArchiveReport| Product {
            layer: archive.layer.to_owned(),
            slot: archive.slot.to_string(),
            bytes: archive.bytes,
            tiles: Some(archive.zooms.values().map(|zoom| zoom.tiles).sum()),
            features: Some(archive.zooms.values().map(|zoom| zoom.cells).sum()),
        };
        let products = report.archives.iter().map(product).collect();
        stats(report.manifest, report.rows, &report.rejects, &report.guards, products)
    }
}

impl From<&AreasReport> for RunStats {
    fn from(report: &AreasReport) -> Self {
        let import = &report.import;
        let areas: u64 = import.areas.values().sum();
        Self {
            map: report.manifest,
            rows: areas + import.rows_without_polygon + import.rows_joined,
            rejects: vec![("polygon_missing".to_owned(), import.rows_without_polygon)],
            days_held_back: report.guards.days_held_back,
            guard_warnings: report.guards.warnings(),
            products: report.archives.iter().map(Product::from).collect(),
        }
    }
}

impl From<&SnapshotReport> for RunStats {
    fn from(report: &SnapshotReport) -> Self {
        let archives = report.archives.iter().map(Product::from);
        let tables = report.tables.iter().map(|(name, &bytes)| table(name, bytes));
        let products = archives.chain(tables).collect();
        stats(report.manifest, report.rows, &report.rejects, &report.guards, products)
    }
}

impl From<&AreaOrdersReport> for RunStats {
    fn from(report: &AreaOrdersReport) -> Self {
        let products = vec![table("area-stats/orders", report.bytes)];
        stats(report.manifest, report.rows, &report.rejects, &report.guards, products)
    }
}

impl From<&TimelineReport> for RunStats {
    fn from(report: &TimelineReport) -> Self {
        let archives = report.archives.iter().map(|archive| Product {
            layer: archive.layer.to_owned(),
            slot: archive.slot.to_string(),
            bytes: archive.bytes,
            tiles: Some(archive.tiles),
            features: Some(archive.rows),
        });
        let tables = report.tables.iter().map(|table| Product {
            layer: table.name.clone(),
            slot: table.slot.to_string(),
            bytes: table.bytes,
            tiles: None,
            features: None,
        });
        let products = archives.chain(tables).collect();
        stats(report.manifest, report.rows, &report.rejects, &report.guards, products)
    }
}

/// The figures of a report that counts its rows and rejects.
fn stats(
    map: u64,
    rows: u64,
    rejects: &impl Serialize,
    guards: &GuardsReport,
    products: Vec<Product>,
) -> RunStats {
    RunStats {
        map,
        rows,
        rejects: by_reason(rejects),
        days_held_back: guards.days_held_back,
        guard_warnings: guards.warnings(),
        products,
    }
}

/// Counts by reason, with the names that the report uses.
fn by_reason(rejects: &impl Serialize) -> Vec<(String, u64)> {
    let Ok(Value::Object(counts)) = serde_json::to_value(rejects) else { return Vec::new() };
    let counts = counts.into_iter();
    counts.map(|(reason, rows)| (reason, rows.as_u64().unwrap_or_default())).collect()
}
