//! Points: where a thread makes the tiles of vendors and coverage, and what both archives say.

use serde_json::{Map, Value, json};
use tilecore::mvt::PointLayerEncoder;
use tilecore::{LayerSpec, TileCoord};

use crate::tiles::feature_tile::{FeatureTile, TileStats};
use crate::tiles::gzip::GzipEncoder;
use crate::vendors::grade::Grade;

/// Where a thread makes tiles.
pub(super) struct PointTileBuilder {
    pub(super) encoder: PointLayerEncoder,
    gzip_encoder: GzipEncoder,
}

impl PointTileBuilder {
    pub(super) fn new(layer: &LayerSpec, extent: u32, keys: Vec<String>) -> Self {
        let encoder = PointLayerEncoder::new(layer.source_layers[0], extent, keys);
        Self { encoder, gzip_encoder: GzipEncoder::new() }
    }

    /// The tile with the points added to the encoder.
    pub(super) fn finish(&mut self, coord: TileCoord, features: usize, sum: f64) -> FeatureTile {
        let tile = self.gzip_encoder.encode_tile(coord, &self.encoder.finish());
        FeatureTile { tile, stats: TileStats { features: features as u64, sum: Some(sum) } }
    }
}

/// The names that the numbers in attributes stand for.
pub(super) fn attribute_names(lines: &[String]) -> Map<String, Value> {
    let grades: Vec<_> = Grade::all().map(Grade::name).collect();
    Map::from_iter([("lines".to_owned(), json!(lines)), ("grades".to_owned(), json!(grades))])
}
