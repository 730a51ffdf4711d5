//! The metadata of a density archive.

use serde_json::{Map, Value, json};
use tilecore::archive::{FORMAT_VERSION, WriteError};
use tilecore::manifest::City;
use tilecore::{DEEPEST_LEVEL, LayerSpec};

use super::city_stats::{MapStats, by_city};
use super::floor::Floor;
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
    /// The lines in index order; `None` for one that no cell shows.
    pub(crate) lines: &'a [Option<String>],
    pub(crate) cities: &'a [City],
    pub(crate) floor: Option<Floor>,
}

/// Encodes a density archive in memory.
pub(crate) fn encode_archive(
    pyramid: &Pyramid,
    metadata: &DensityMetadata<'_>,
) -> Result<EncodedArchive, WriteError> {
    write(&pyramid.tiles, metadata.layer, &to_json(&pyramid.stats, metadata))
}

fn to_json(stats: &[MapStats], metadata: &DensityMetadata<'_>) -> Value {
    let zooms: Vec<_> = metadata.layer.zooms().zip(stats).collect();
    let by_zoom = |value: &dyn Fn(&ZoomStats) -> Value| -> Value {
        let zooms = zooms.iter().map(|(zoom, stats)| (zoom.to_string(), value(&stats.all)));
        zooms.collect::<Map<_, _>>().into()
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
    let mut json = json!({
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
        "min_users": metadata.floor.map_or(1, Floor::min_users),
        "floor_lines": metadata.floor.is_some_and(Floor::has_lines),
        "probabilities": PROBABILITIES,
        "quantiles": by_zoom(&ZoomStats::quantiles),
        "totals": by_zoom(&totals),
        "city_quantiles": by_city(metadata.cities, &zooms, ZoomStats::quantiles),
        "city_totals": by_city(metadata.cities, &zooms, ZoomStats::totals),
    });
    if let Some(floor) = metadata.floor {
        json["users_step"] = floor.users_step().into();
    }
    json
}

/// The lines that an archive names, in index order. Under a floor a line that no cell shows is `None`, and
/// the list ends with the last one that is shown: a name alone would reveal that someone ordered from it.
pub(crate) fn named_lines(
    pyramid: &Pyramid,
    lines: &[String],
    floor: Option<Floor>,
) -> Vec<Option<String>> {
    let is_named = |line: usize| floor.is_none() || pyramid.shows_line(line);
    let named = lines.iter().enumerate();
    let mut named: Vec<_> =
        named.map(|(line, name)| is_named(line).then(|| name.clone())).collect();
    while named.last().is_some_and(Option::is_none) {
        named.pop();
    }
    named
}

/// A description of each attribute of the lines that are named.
fn fields(lines: &[Option<String>]) -> Value {
    let what = ["orders", "organic orders", "orders of unknown origin", "distinct users"];
    let of_line = |line: &Option<String>| line.as_ref().map(|line| format!(" of {line}"));
    let suffixes = std::iter::once(Some(String::new())).chain(lines.iter().map(of_line));
    let descriptions = suffixes.flat_map(|suffix| {
        what.map(|what| suffix.as_ref().map(|suffix| format!("Number: {what}{suffix}")))
    });
    let fields = attribute_names(lines.len()).into_iter().zip(descriptions);
    let named = fields.filter_map(|(name, description)| Some((name, Value::from(description?))));
    named.collect::<Map<_, _>>().into()
}
