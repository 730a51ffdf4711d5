//! The metadata of a density archive.

use serde_json::{Map, Value, json};
use tilecore::archive::{FORMAT_VERSION, WriteError};
use tilecore::{DEEPEST_LEVEL, LayerSpec};

use super::pyramid::Pyramid;
use super::quantiles::{PROBABILITIES, ZoomStats};
use super::tile::attribute_names;
use crate::orders::window::DayRange;
use crate::tiles::archive::{EncodedArchive, write};

/// The metadata of a density archive that do not follow from its tiles.
pub(crate) struct DensityMetadata<'a> {
    pub(crate) layer: LayerSpec,
    pub(crate) days: DayRange,
    pub(crate) time_zone: &'a str,
    pub(crate) lines: &'a [String],
    pub(crate) min_users: u16,
    pub(crate) has_floor_by_line: bool,
}

/// Encodes a density archive in memory.
pub(crate) fn encode_archive(
    pyramid: &Pyramid,
    metadata: &DensityMetadata<'_>,
) -> Result<EncodedArchive, WriteError> {
    write(&pyramid.tiles, metadata.layer, &to_json(&pyramid.stats, metadata))
}

fn to_json(stats: &[ZoomStats], metadata: &DensityMetadata<'_>) -> Value {
    let by_zoom = |value: &dyn Fn(&ZoomStats) -> Value| -> Value {
        let zooms = metadata.layer.zooms().zip(stats);
        zooms.map(|(zoom, stats)| (zoom.to_string(), value(stats))).collect::<Map<_, _>>().into()
    };
    let totals = |stats: &ZoomStats| {
        json!({
            "tiles": stats.tiles,
            "cells": stats.cells,
            "orders": stats.orders,
            "organic": stats.organic,
            "unknown": stats.unknown,
        })
    };
    json!({
        "name": metadata.layer.id,
        "description": metadata.layer.description,
        "type": "overlay",
        "format": "pbf",
        "format_version": FORMAT_VERSION,
        "vector_layers": [{
            "id": metadata.layer.source_layers[0],
            "description": metadata.layer.description,
            "minzoom": metadata.layer.minzoom,
            "maxzoom": metadata.layer.maxzoom,
            "fields": fields(metadata.lines),
        }],
        "cell_levels": tilecore::cell::CELL_LEVELS,
        "deepest_level": DEEPEST_LEVEL,
        "lines": metadata.lines,
        "from": metadata.days.first.date(),
        "to": metadata.days.last.date(),
        "time_zone": metadata.time_zone,
        "min_users": metadata.min_users,
        "floor_lines": metadata.has_floor_by_line,
        "probabilities": PROBABILITIES,
        "quantiles": by_zoom(&ZoomStats::quantiles),
        "totals": by_zoom(&totals),
    })
}

/// A description of each attribute.
fn fields(lines: &[String]) -> Value {
    let what = ["orders", "organic orders", "orders of unknown origin", "distinct users"];
    let suffixes =
        std::iter::once(String::new()).chain(lines.iter().map(|line| format!(" of {line}")));
    let descriptions =
        suffixes.flat_map(|suffix| what.map(|what| format!("Number: {what}{suffix}")));
    let fields = attribute_names(lines.len()).into_iter().zip(descriptions);
    fields.map(|(name, description)| (name, Value::from(description))).collect::<Map<_, _>>().into()
}
