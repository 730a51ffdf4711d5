//! Points: where a thread makes the tiles of vendors and coverage, and what both archives say.

use serde_json::{Map, Value, json};
use tilecore::mvt::PointLayerEncoder;
use tilecore::{LayerSpec, TileCoord};

use crate::tiles::feature_tile::{DrawnTile, TileFigures};
use crate::tiles::gzip::Packer;
use crate::vendors::grade::Grade;

/// Where a thread makes tiles.
pub(super) struct PointBench {
    pub(super) encoder: PointLayerEncoder,
    packer: Packer,
}

impl PointBench {
    pub(super) fn new(layer: &LayerSpec, extent: u32, keys: Vec<String>) -> Self {
        let encoder = PointLayerEncoder::new(layer.source_layers[0], extent, keys);
        Self { encoder, packer: Packer::new() }
    }

    /// The tile with the points added to the encoder.
    pub(super) fn finish(&mut self, coord: TileCoord, features: usize, sum: f64) -> DrawnTile {
        let tile = self.packer.pack(coord, &self.encoder.finish());
        DrawnTile { tile, figures: TileFigures { features: features as u64, sum: Some(sum) } }
    }
}

/// The names that the numbers in attributes stand for.
pub(super) fn names(lines: &[String]) -> Map<String, Value> {
    let grades: Vec<_> = Grade::all().map(Grade::name).collect();
    Map::from_iter([("lines".to_owned(), json!(lines)), ("grades".to_owned(), json!(grades))])
}
