//! The figures of a run that its metrics contain.

/// What a run read and published.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RunStats {
    /// Number of the map.
    pub map: u64,
    /// Rows read.
    pub rows: u64,
    /// Rejected rows, by reason.
    pub rejects: Vec<(String, u64)>,
    /// Days that the guards held back, counted to the newest day that is over.
    pub days_held_back: u64,
    /// Warnings of the guards.
    pub guard_warnings: u64,
    /// Published archives and tables.
    pub products: Vec<Product>,
}

/// A published archive or table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Product {
    /// Layer, or name of the table.
    pub layer: String,
    /// Slot.
    pub slot: String,
    /// Length in bytes.
    pub bytes: u64,
    /// Number of tiles of all zooms; `None` for a table.
    pub tiles: Option<u64>,
    /// Number of features of all zooms; `None` for a table.
    pub features: Option<u64>,
}
