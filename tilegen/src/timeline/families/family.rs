//! A family of layers.

use super::key_maker::KeyMaker;
use super::zoom_out::CellRow;
use crate::timeline::gather::TimelineOrder;
use crate::timeline::keys::Counted;

/// Layers of a family.
pub(in crate::timeline) const LAYERS: usize = 4;

/// Layers that are counted from the same sorted rows.
pub(in crate::timeline) trait Family: Sync {
    /// What is kept of an order.
    type Item: Send;
    /// What is kept of the orders of a cell. Rows are sorted.
    type Row: CellRow;
    /// Its layers, as indices into `TIMELINE_LAYERS`.
    const LAYERS: [usize; LAYERS];

    /// What is kept of an order in a cell.
    fn item(maker: &KeyMaker<'_>, order: &TimelineOrder, cell: u32) -> Option<Self::Item>;
    /// The sorted rows of items.
    fn rows(items: Vec<Self::Item>) -> Vec<Self::Row>;
    /// Counts the sorted rows of a level for those layers of the family that are `needed`.
    fn count(
        maker: &KeyMaker<'_>,
        rows: &[Self::Row],
        needed: [bool; LAYERS],
        sink: &mut impl RowSink,
    );
}

/// Takes what is counted.
pub(in crate::timeline) trait RowSink {
    /// Takes all rows of a tile of a month, in ascending order. `layer` is an index into those of the family.
    fn add(&mut self, layer: usize, rows: impl Iterator<Item = Counted>);
}
