//! Archive: tiles and what is to be said about them become the bytes of a PMTiles archive.

use std::io::Cursor;

use bytes::Bytes;
use serde_json::{Map, Value, json};
use tilecore::archive::{ArchiveContent, StoredTile, WriteError};
use tilecore::{Cell, DEEPEST_LEVEL, LayerSpec, TileHash};

use crate::density::pyramid::Pyramid;
use crate::density::quantiles::{PROBABILITIES, ZoomFigures};
use crate::density::tile::attribute_names;
use crate::orders::window::DayRange;
use crate::publish::GENERATOR;

/// What is said about a density archive beside its tiles.
pub(crate) struct DensityFacts<'a> {
    pub(crate) layer: LayerSpec,
    pub(crate) days: DayRange,
    pub(crate) time_zone: &'a str,
    pub(crate) lines: &'a [String],
    pub(crate) min_users: u16,
    pub(crate) has_floor_by_line: bool,
}

/// An archive as it will be stored.
pub(crate) struct EncodedArchive {
    pub(crate) bytes: Bytes,
    pub(crate) hashes: Vec<TileHash>,
    pub(crate) tiles: u64,
    pub(crate) bounds: [f64; 4],
}

/// Writes a density archive into memory.
pub(crate) fn encode(
    pyramid: &Pyramid,
    facts: &DensityFacts<'_>,
) -> Result<EncodedArchive, WriteError> {
    write(&pyramid.tiles, facts.layer, &metadata(&pyramid.figures, facts))
}

/// Writes tiles, which come by rising id, as an archive in memory.
pub(crate) fn write<'a>(
    tiles: impl IntoIterator<Item = &'a StoredTile, IntoIter: Clone>,
    layer: LayerSpec,
    metadata: &Value,
) -> Result<EncodedArchive, WriteError> {
    let tiles = tiles.into_iter();
    let bounds = bounds(tiles.clone());
    let content = ArchiveContent {
        minzoom: layer.minzoom,
        maxzoom: layer.maxzoom,
        bounds,
        metadata: metadata.to_string(),
    };
    let tile_bytes: usize = tiles.clone().map(|tile| tile.bytes.len()).sum();
    let mut file = Cursor::new(Vec::with_capacity(tile_bytes + tile_bytes / 8 + (64 << 10)));
    let written = tilecore::archive::write(&mut file, &content, tiles)?;
    let bytes = Bytes::from(file.into_inner());
    Ok(EncodedArchive { bytes, hashes: written.hashes, tiles: written.tiles, bounds })
}

/// West, south, east and north of the deepest zoom's tiles.
fn bounds<'a>(tiles: impl Iterator<Item = &'a StoredTile> + Clone) -> [f64; 4] {
    let deepest = tiles.clone().map(|tile| tile.coord.z()).max();
    let tiles = tiles.filter(|tile| Some(tile.coord.z()) == deepest);
    let corners = tiles.map(|tile| {
        let level = tile.coord.z();
        Cell::from_key(level, tilecore::CellKey(tile.coord.position())).corners()
    });
    corners
        .map(|(low, high)| [low.lng, low.lat, high.lng, high.lat])
        .reduce(|a, b| [a[0].min(b[0]), a[1].min(b[1]), a[2].max(b[2]), a[3].max(b[3])])
        .unwrap_or_default()
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
