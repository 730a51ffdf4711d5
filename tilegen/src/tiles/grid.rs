//! The grid of a tile: where its cells lie, in units of the tile.

use tilecore::cell::CELLS_PER_SIDE;

/// Units of a cell's side. Of the sizes that were measured this one packs best
/// (`docs/decisions.md`): a step between cells is a multiple of 128 when written as a varint, so its
/// first byte never changes and its second is the step.
const CELL_UNITS: u32 = 64;

/// Units of a tile's side: 4096, which is also what the standard assumes when a tile does not say.
pub const EXTENT: u32 = CELL_UNITS * CELLS_PER_SIDE;

/// The middle of a column or row of cells, in units of the tile.
pub(crate) const fn centre(place: u32) -> u32 {
    CELL_UNITS * place + CELL_UNITS / 2
}
