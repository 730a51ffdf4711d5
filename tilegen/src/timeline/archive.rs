//! The archive of a month of a layer, and its metadata.

use serde_json::{Map, Value, json};
use tilecore::archive::WriteError;
use tilecore::mvt::Schema;
use tilecore::{DEEPEST_LEVEL, LayerSpec};

use super::keys::CELL_LEVELS;
use super::pyramid::ArchiveTiles;
use crate::orders::calendar::Day;
use crate::orders::window::DayRange;
use crate::publish::feature_layer::{FeatureLayerMetadata, encode, fields};
use crate::tiles::archive::EncodedArchive;

/// What the metadata of an archive contain besides its tiles.
pub(super) struct MonthMetadata<'a> {
    /// The days of the month that are counted.
    pub(super) days: DayRange,
    /// The lines of the month.
    pub(super) lines: &'a [String],
    pub(super) time_zone: &'a str,
    /// The first day of the look-back: earlier visits of users are unknown.
    pub(super) history_from: Day,
}

/// Encodes the archive of a month in memory.
pub(super) fn encode_month(
    layer: LayerSpec,
    schema: Schema,
    tiles: &ArchiveTiles,
    month: &MonthMetadata<'_>,
) -> Result<EncodedArchive, WriteError> {
    let metadata = FeatureLayerMetadata {
        layer,
        fields: vec![fields(&descriptions(schema))],
        sum_of: None,
        extra: extra(layer, schema, month),
    };
    encode(tiles, metadata)
}

fn extra(layer: LayerSpec, schema: Schema, month: &MonthMetadata<'_>) -> Map<String, Value> {
    let mut extra = Map::from_iter([
        ("cell_levels".to_owned(), CELL_LEVELS.into()),
        ("deepest_level".to_owned(), (layer.maxzoom + CELL_LEVELS).into()),
        ("keys".to_owned(), json!(schema.keys)),
        ("counts".to_owned(), json!(schema.counts)),
        ("from".to_owned(), json!(month.days.first.date())),
        ("to".to_owned(), json!(month.days.last.date())),
        ("time_zone".to_owned(), month.time_zone.into()),
    ]);
    if schema.keys.contains(&"line") {
        extra.insert("lines".to_owned(), json!(month.lines));
    }
    if schema.counts == ["users"] {
        extra.insert("history_from".to_owned(), json!(month.history_from.date()));
    }
    debug_assert!(layer.maxzoom + CELL_LEVELS <= DEEPEST_LEVEL);
    extra
}

/// A description of each attribute.
fn descriptions(schema: Schema) -> Vec<(&'static str, &'static str)> {
    let all = [
        ("rows", "Number of rows"),
        ("cell", "Packed: position of each cell on the Hilbert curve of the tile"),
        ("line", "Packed: index of the business line in `lines`"),
        ("line_count", "Packed: lines of each cell"),
        ("day", "Packed: day of the month, from 0"),
        ("day_count", "Packed: days of each cell or line"),
        ("weekday", "Packed: day of the week, Monday = 0"),
        ("weekday_count", "Packed: weekdays of each line"),
        ("hour", "Packed: hour of the day"),
        ("hour_count", "Packed: hours of each day or weekday"),
        ("since", "Packed: days since the previous day of the users in the cell, 0 = none"),
        ("since_count", "Packed: rows of each day"),
        ("before", "Packed: days from that day to the first of the month, 0 = none"),
        ("before_count", "Packed: rows of each cell or line"),
        ("orders", "Packed: orders of each row"),
        ("organic", "Packed: organic orders of each row"),
        ("unknown", "Packed: orders of unknown origin of each row"),
        ("users", "Packed: users of each row"),
    ];
    let is_used = |name: &str| {
        let key = name.strip_suffix("_count").unwrap_or(name);
        let is_first = name == "cell_count";
        !is_first && (name == "rows" || schema.keys.contains(&key) || schema.counts.contains(&name))
    };
    all.into_iter().filter(|(name, _)| is_used(name)).collect()
}
