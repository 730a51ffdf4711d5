//! Totals of one zoom of a density archive.

use serde::{Deserialize, Serialize};

/// Totals of one zoom.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ZoomTotals {
    /// Number of tiles.
    pub tiles: u64,
    /// Number of cells. Each is one feature.
    pub cells: u64,
    /// Orders.
    pub orders: u64,
    /// Organic orders.
    pub organic: u64,
    /// Orders of unknown origin.
    pub unknown: u64,
}
