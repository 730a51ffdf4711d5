//! The grid of a tile: the positions of its cells in tile coordinates.

use tilecore::cell::CELLS_PER_SIDE;

/// Side of a cell in tile units. Of the measured sizes this one compresses best
/// (`docs/decisions/tiles.md`): a step between cells is a multiple of 128 when written as a varint, so its
/// first byte never changes and its second byte is the number of cells.
const CELL_UNITS: u32 = 64;

/// The extent of a tile: 4096 units, which is also the default of the MVT specification.
pub const EXTENT: u32 = CELL_UNITS * CELLS_PER_SIDE;

/// The centre of a column or row of cells, in tile units.
pub(crate) const fn centre(index: u32) -> u32 {
    CELL_UNITS * index + CELL_UNITS / 2
}
