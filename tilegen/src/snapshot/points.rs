//! Archives of points: tiles made in parallel, collected in the order of their ids.

use std::io::Cursor;

use bytes::Bytes;
use libdeflater::{CompressionLvl, Compressor};
use serde_json::{Map, Value, json};
use tilecore::archive::{ArchiveContent, StoredTile, WriteError};
use tilecore::mvt::PointLayerEncoder;
use tilecore::{LayerSpec, TileCoord, TileHash};

use crate::archive::EncodedArchive;
use crate::tile::{GZIP_LEVEL, gzip};
use crate::verify::points::totals;

/// A tile of points, and what it adds up to.
pub(super) struct PointTile {
    tile: StoredTile,
    features: u64,
    sum: f64,
}

/// Where a thread makes tiles.
pub(super) struct PointBench {
    pub(super) encoder: PointLayerEncoder,
    compressor: Compressor,
}

impl PointBench {
    pub(super) fn new(layer: &LayerSpec, extent: u32, keys: Vec<String>) -> Self {
        let level = CompressionLvl::new(GZIP_LEVEL).unwrap_or_default();
        Self {
            encoder: PointLayerEncoder::new(layer.source_layer, extent, keys),
            compressor: Compressor::new(level),
        }
    }

    /// The tile with the points added to the encoder.
    pub(super) fn finish(&mut self, coord: TileCoord, features: usize, sum: f64) -> PointTile {
        let bytes = gzip(&mut self.compressor, &self.encoder.finish());
        let tile = StoredTile { coord, hash: TileHash::of(&bytes), bytes };
        PointTile { tile, features: features as u64, sum }
    }
}

/// What is said about an archive beside its tiles.
pub(super) struct PointFacts<'a> {
    pub(super) layer: LayerSpec,
    pub(super) lines: &'a [String],
    /// Names of the attributes and what they mean.
    pub(super) fields: Vec<(String, String)>,
    /// The attribute that verification adds up.
    pub(super) sum_of: Option<&'static str>,
    /// West, south, east, north in degrees.
    pub(super) bounds: [f64; 4],
}

/// Writes tiles, which come by rising id, as an archive in memory.
pub(super) fn encode(
    tiles: &[PointTile],
    facts: PointFacts<'_>,
) -> Result<EncodedArchive, WriteError> {
    let counted: Vec<_> =
        tiles.iter().map(|tile| (tile.tile.coord, tile.features, tile.sum)).collect();
    let bounds = facts.bounds;
    let content = ArchiveContent {
        minzoom: facts.layer.minzoom,
        maxzoom: facts.layer.maxzoom,
        bounds,
        metadata: metadata(facts, &json!(totals(&counted))).to_string(),
    };
    let mut file = Cursor::new(Vec::new());
    let written =
        tilecore::archive::write(&mut file, &content, tiles.iter().map(|tile| &tile.tile))?;
    let bytes = Bytes::from(file.into_inner());
    Ok(EncodedArchive { bytes, hashes: written.hashes, tiles: written.tiles, bounds })
}

fn metadata(facts: PointFacts<'_>, totals: &Value) -> Value {
    let layer = facts.layer;
    let fields: Map<_, _> =
        facts.fields.into_iter().map(|(name, words)| (name, Value::from(words))).collect();
    let grades: Vec<_> = crate::grade::Grade::all().map(crate::grade::Grade::name).collect();
    json!({
        "name": layer.id,
        "description": layer.description,
        "type": "overlay",
        "format": "pbf",
        "generator": crate::publish::GENERATOR,
        "vector_layers": [{
            "id": layer.source_layer,
            "description": layer.description,
            "minzoom": layer.minzoom,
            "maxzoom": layer.maxzoom,
            "fields": fields,
        }],
        "lines": facts.lines,
        "grades": grades,
        "sum_of": facts.sum_of,
        "totals": totals,
    })
}
