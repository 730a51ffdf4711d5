//! What the tiles of a zoom of a density archive add up to.

use serde::{Deserialize, Serialize};

/// What the tiles of a zoom add up to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ZoomTotals {
    /// Tiles.
    pub tiles: u64,
    /// Cells, one a feature.
    pub cells: u64,
    /// Orders.
    pub orders: u64,
    /// Organic orders.
    pub organic: u64,
    /// Orders of unknown origin.
    pub unknown: u64,
}
