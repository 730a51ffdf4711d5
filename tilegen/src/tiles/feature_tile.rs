//! Tiles of features that are drawn as they are: vendors, cells of coverage, areas, dots.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use tilecore::archive::StoredTile;

/// A tile and what it holds.
pub(crate) struct FeatureTile {
    pub(crate) tile: StoredTile,
    pub(crate) stats: TileStats,
}

/// What a tile holds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct TileStats {
    /// Features.
    pub(crate) features: u64,
    /// Sum of the attribute that is added up.
    pub(crate) sum: Option<f64>,
}

/// What the tiles of a zoom hold, in an archive of drawn features.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FeatureTotals {
    /// Tiles.
    pub tiles: u64,
    /// Features, each counted in every tile that shows a part of it.
    pub features: u64,
    /// Sum of the attribute that the metadata name as `sum_of`, to the nearest whole number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sum: Option<u64>,
}

/// Adds tiles up by zoom, in their order: sums of decimals depend on it.
pub(crate) fn totals(tiles: &[(u8, TileStats)]) -> BTreeMap<u8, FeatureTotals> {
    let of_zoom = |tiles: &[(u8, TileStats)]| FeatureTotals {
        tiles: tiles.len() as u64,
        features: tiles.iter().map(|(_, tile)| tile.features).sum(),
        sum: tiles
            .iter()
            .map(|(_, tile)| tile.sum)
            .sum::<Option<f64>>()
            .map(|sum| sum.round() as u64),
    };
    tiles.chunk_by(|a, b| a.0 == b.0).map(|tiles| (tiles[0].0, of_zoom(tiles))).collect()
}
