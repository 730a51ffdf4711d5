//! The table of a city and a month: its orders and users, and those of its areas, in the columns of the
//! layers. A place takes the role of a cell.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::Serialize;
use tilecore::layer::TIMELINE_LAYERS;
use tilecore::manifest::City;
use tilecore::mvt::Schema;

use super::archive::MonthMetadata;
use super::keys::{Counted, RowLayout, cell_of, month_of, with_cell};
use crate::polygons::{Area, AreaId, AreaKind};

/// Number of layers that the table has: all but the hours.
pub(super) const TABLE_LAYERS: usize = 6;

/// Name of the tables, before the key of the city.
pub(super) const TABLE: &str = "timeline-areas";

/// The table `timeline-areas/{city}` of a month.
#[derive(Serialize)]
struct PlacesTable<'a> {
    from: Date,
    to: Date,
    history_from: Date,
    lines: &'a [String],
    /// The whole city, then its areas.
    places: Vec<Place<'a>>,
    layers: BTreeMap<&'static str, LayerColumns>,
}

#[derive(Serialize)]
struct Place<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<AreaId>,
    kind: &'static str,
    name: &'a str,
}

#[derive(Serialize)]
struct LayerColumns {
    rows: u64,
    #[serde(flatten)]
    columns: BTreeMap<String, String>,
}

/// The counts of all places, by layer.
pub(super) struct PlaceCounts<'a> {
    pub(super) counted: [Vec<Counted>; TABLE_LAYERS],
    pub(super) cities: &'a [City],
    pub(super) areas: &'a [Area],
}

/// A table as JSON, and its number of rows.
pub(super) struct EncodedTable {
    pub(super) json: Vec<u8>,
    pub(super) rows: u64,
}

impl PlaceCounts<'_> {
    /// The table of a city and a month; `None` without orders.
    pub(super) fn table(
        &self,
        city: usize,
        month: usize,
        metadata: &MonthMetadata<'_>,
    ) -> Result<Option<EncodedTable>, serde_json::Error> {
        let own = &self.cities[city];
        let areas: Vec<usize> =
            (0..self.areas.len()).filter(|&area| self.areas[area].city == own.id).collect();
        let mut numbers = vec![None; self.cities.len() + self.areas.len()];
        numbers[city] = Some(0);
        for (number, &area) in (1..).zip(&areas) {
            numbers[self.cities.len() + area] = Some(number);
        }
        let layers: BTreeMap<_, _> = (0..TABLE_LAYERS)
            .filter_map(|layer| {
                Some((TIMELINE_LAYERS[layer].id, self.columns(layer, month, &numbers)?))
            })
            .collect();
        if layers.is_empty() {
            return Ok(None);
        }
        let rows = layers.values().map(|layer| layer.rows).sum();
        let areas = areas.iter().map(|&area| {
            let Area { id, kind, name, .. } = &self.areas[area];
            Place { id: Some(*id), kind: AreaKind::as_str(*kind), name }
        });
        let whole = Place { id: None, kind: "city", name: &own.key };
        let table = PlacesTable {
            from: metadata.days.first.date(),
            to: metadata.days.last.date(),
            history_from: metadata.history_from.date(),
            lines: metadata.lines,
            places: std::iter::once(whole).chain(areas).collect(),
            layers,
        };
        Ok(Some(EncodedTable { json: serde_json::to_vec(&table)?, rows }))
    }

    /// The columns of a layer for the places that have a number.
    fn columns(&self, layer: usize, month: usize, numbers: &[Option<u32>]) -> Option<LayerColumns> {
        let all = &self.counted[layer];
        let first = all.partition_point(|&(key, _)| month_of(key) < month);
        let last = all.partition_point(|&(key, _)| month_of(key) <= month);
        let own = all[first..last].iter().filter_map(|&(key, counts)| {
            let number = numbers[cell_of(key) as usize]?;
            Some((with_cell(key, number), counts))
        });
        let columns = RowLayout::new(Schema::ALL[layer]).columns(own)?;
        Some(LayerColumns { rows: columns.rows(), columns: columns.texts().collect() })
    }
}
