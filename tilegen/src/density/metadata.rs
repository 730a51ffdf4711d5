//! The metadata of a density archive.

use serde_json::{Map, Value, json};
use tilecore::archive::WriteError;
use tilecore::{DEEPEST_LEVEL, LayerSpec};

use super::pyramid::Pyramid;
use super::quantiles::{PROBABILITIES, ZoomFigures};
use super::tile::attribute_names;
use crate::orders::window::DayRange;
use crate::store::GENERATOR;
use crate::tiles::archive::{EncodedArchive, write};

/// What is said about a density archive beside its tiles.
pub(crate) struct DensityFacts<'a> {
    pub(crate) layer: LayerSpec,
    pub(crate) days: DayRange,
    pub(crate) time_zone: &'a str,
    pub(crate) lines: &'a [String],
    pub(crate) min_users: u16,
    pub(crate) has_floor_by_line: bool,
}

/// Writes a density archive into memory.
pub(crate) fn encode(
    pyramid: &Pyramid,
    facts: &DensityFacts<'_>,
) -> Result<EncodedArchive, WriteError> {
    write(&pyramid.tiles, facts.layer, &metadata(&pyramid.figures, facts))
}

fn metadata(figures: &[ZoomFigures], facts: &DensityFacts<'_>) -> Value {
    let by_zoom = |tell: &dyn Fn(&ZoomFigures) -> Value| -> Value {
        let zooms = facts.layer.zooms().zip(figures);
        zooms.map(|(zoom, figures)| (zoom.to_string(), tell(figures))).collect::<Map<_, _>>().into()
    };
    let totals = |figures: &ZoomFigures| {
        json!({
            "tiles": figures.tiles,
            "cells": figures.cells,
            "orders": figures.orders,
            "organic": figures.organic,
            "unknown": figures.unknown,
        })
    };
    json!({
        "name": facts.layer.id,
        "description": facts.layer.description,
        "type": "overlay",
        "format": "pbf",
        "generator": GENERATOR,
        "vector_layers": [{
            "id": facts.layer.source_layers[0],
            "description": facts.layer.description,
            "minzoom": facts.layer.minzoom,
            "maxzoom": facts.layer.maxzoom,
            "fields": fields(facts.lines),
        }],
        "cell_levels": tilecore::cell::CELL_LEVELS,
        "deepest_level": DEEPEST_LEVEL,
        "lines": facts.lines,
        "from": facts.days.first.date(),
        "to": facts.days.last.date(),
        "time_zone": facts.time_zone,
        "min_users": facts.min_users,
        "floor_lines": facts.has_floor_by_line,
        "probabilities": PROBABILITIES,
        "quantiles": by_zoom(&ZoomFigures::quantiles),
        "totals": by_zoom(&totals),
    })
}

/// What each attribute counts, in words.
fn fields(lines: &[String]) -> Value {
    let what = ["orders", "organic orders", "orders of unknown origin", "distinct users"];
    let whose =
        std::iter::once(String::new()).chain(lines.iter().map(|line| format!(" of {line}")));
    let described = whose.flat_map(|whose| what.map(|what| format!("Number: {what}{whose}")));
    let fields = attribute_names(lines.len()).into_iter().zip(described);
    fields.map(|(name, words)| (name, Value::from(words))).collect::<Map<_, _>>().into()
}
