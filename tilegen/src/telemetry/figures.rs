//! What a run published, as metrics count it.

/// What a run published, and from what.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    /// Number of the map.
    pub map: u64,
    /// Rows read.
    pub rows: u64,
    /// Rows left out, by reason.
    pub rejects: Vec<(String, u64)>,
    /// Archives and tables.
    pub products: Vec<Product>,
}

/// An archive or a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Product {
    /// The layer, or the table's name.
    pub layer: String,
    /// The slot.
    pub slot: String,
    /// Its length.
    pub bytes: u64,
    /// Tiles of all zooms; a table has none.
    pub tiles: Option<u64>,
    /// Features of all zooms; a table has none.
    pub features: Option<u64>,
}
