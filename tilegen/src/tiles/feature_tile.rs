//! Tiles of feature layers: vendors, coverage cells, areas and population dots.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use tilecore::archive::StoredTile;

/// A tile of a feature layer, and its statistics.
pub(crate) struct FeatureTile {
    pub(crate) tile: StoredTile,
    pub(crate) stats: TileStats,
}

/// Statistics of one tile.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct TileStats {
    /// Number of features.
    pub(crate) features: u64,
    /// Sum of the attribute `sum_of`; `None` in a layer without one.
    pub(crate) sum: Option<f64>,
}

/// Totals of all tiles of one zoom, in an archive of a feature layer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FeatureTotals {
    /// Number of tiles.
    pub tiles: u64,
    /// Number of features. A feature counts once in every tile that contains a part of it.
    pub features: u64,
    /// Sum of the attribute that the metadata name as `sum_of`, rounded to an integer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sum: Option<u64>,
}

/// Adds up the statistics of tiles by zoom. The tiles must be in tile order, because the sum of
/// floating-point numbers depends on the order.
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
