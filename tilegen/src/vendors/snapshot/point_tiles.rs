//! The tile builder for the point layers `vendors` and `coverage`, and their common metadata.

use serde_json::{Map, Value, json};
use tilecore::archive::GzipEncoder;
use tilecore::mvt::PointLayerEncoder;
use tilecore::{LayerSpec, TileCoord};

use crate::tiles::feature_tile::{FeatureTile, TileStats};
use crate::tiles::gzip::gzip_encoder;
use crate::vendors::grade::GradeScale;

/// Builds tiles of points; each thread has its own.
pub(super) struct PointTileBuilder {
    pub(super) encoder: PointLayerEncoder,
    gzip_encoder: GzipEncoder,
}

impl PointTileBuilder {
    pub(super) fn new(layer: &LayerSpec, extent: u32, keys: Vec<String>) -> Self {
        let encoder = PointLayerEncoder::new(layer.source_layers[0], extent, keys);
        Self { encoder, gzip_encoder: gzip_encoder() }
    }

    /// Encodes the tile of the points that were added to the encoder.
    pub(super) fn finish(&mut self, coord: TileCoord, features: usize, sum: f64) -> FeatureTile {
        let tile = self.gzip_encoder.encode_tile(coord, &self.encoder.finish());
        FeatureTile { tile, stats: TileStats { features: features as u64, sum: Some(sum) } }
    }
}

/// Metadata: the names of the lines and grades that attributes refer to by number.
pub(super) fn attribute_names(lines: &[String], grades: &GradeScale) -> Map<String, Value> {
    let grades = json!(grades.names());
    Map::from_iter([("lines".to_owned(), json!(lines)), ("grades".to_owned(), grades)])
}
