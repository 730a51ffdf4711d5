//! The Hilbert curve that `PMTiles` orders tiles by, in both directions.
//!
//! The curve starts in the same orientation at every level, so the position of a square's parent is its
//! own position shifted right by two bits. One table look-up covers four levels.

use std::sync::LazyLock;

/// Deepest level whose positions leave two bits of a 64-bit integer free for flags.
pub const MAX_LEVEL: u8 = 31;

/// Orientation of the curve inside a square: bit 0 = axes swapped, bit 1 = both axes inverted.
type Orientation = usize;

const fn step(orientation: Orientation, column_bit: usize, row_bit: usize) -> (usize, Orientation) {
    let inverted = orientation >> 1;
    let (mut a, mut b) = (column_bit ^ inverted, row_bit ^ inverted);
    if orientation & 1 == 1 {
        (a, b) = (b, a);
    }
    let digit = (3 * a) ^ b;
    let next = match (a, b) {
        (0, 0) => orientation ^ 0b01,
        (1, 0) => orientation ^ 0b11,
        _ => orientation,
    };
    (digit, next)
}

/// Maps an orientation, four column bits and four row bits to eight position bits and, above them, the
/// orientation four levels down.
const FORWARD: [u16; 4 * 256] = {
    let mut table = [0u16; 4 * 256];
    let mut index = 0;
    while index < table.len() {
        let (mut orientation, mut digits, mut bit) = (index >> 8, 0, 4);
        while bit > 0 {
            bit -= 1;
            let (digit, next) = step(orientation, (index >> (4 + bit)) & 1, (index >> bit) & 1);
            digits = (digits << 2) | digit;
            orientation = next;
        }
        table[index] = (orientation << 8 | digits) as u16;
        index += 1;
    }
    table
};

/// Position on the curve of the square in `column` (from the west) and `row` (from the north).
///
/// ```
/// use tilecore::hilbert;
///
/// assert_eq!(hilbert::position(1, 1, 0), 3);
/// assert_eq!(hilbert::position(10, 658, 403) >> 2, hilbert::position(9, 329, 201));
/// ```
#[inline]
#[must_use]
pub fn position(level: u8, column: u32, row: u32) -> u64 {
    debug_assert!(level <= MAX_LEVEL);
    let (mut orientation, mut position, mut left) = (0, 0u64, u32::from(level));
    while left % 4 != 0 {
        left -= 1;
        let bit = |value: u32| (value >> left & 1) as usize;
        let (digit, next) = step(orientation, bit(column), bit(row));
        position = position << 2 | digit as u64;
        orientation = next;
    }
    while left > 0 {
        left -= 4;
        let nibble = |value: u32| (value >> left & 0xf) as usize;
        let found = FORWARD[orientation << 8 | nibble(column) << 4 | nibble(row)];
        position = position << 8 | u64::from(found & 0xff);
        orientation = usize::from(found >> 8);
    }
    position
}

/// Column and row of the square at `position`: the inverse of [`position`].
///
/// ```
/// use tilecore::hilbert;
///
/// assert_eq!(hilbert::square(4, hilbert::position(4, 9, 14)), (9, 14));
/// ```
#[must_use]
pub fn square(level: u8, position: u64) -> (u32, u32) {
    let (column, row, _) = descend(0, level, position);
    (column, row)
}

/// Column, row and final orientation of a position inside a square of known orientation.
fn descend(start: Orientation, levels: u8, position: u64) -> (u32, u32, Orientation) {
    let (mut orientation, mut column, mut row) = (start, 0u32, 0u32);
    for left in (0..u32::from(levels)).rev() {
        let digit = (position >> (2 * left) & 3) as usize;
        let (a, b) = [(0, 0), (0, 1), (1, 1), (1, 0)][digit];
        let (a, b) = if orientation & 1 == 1 { (b, a) } else { (a, b) };
        let inverted = orientation >> 1;
        let (column_bit, row_bit) = (a ^ inverted, b ^ inverted);
        orientation = step(orientation, column_bit, row_bit).1;
        column = column << 1 | column_bit as u32;
        row = row << 1 | row_bit as u32;
    }
    (column, row, orientation)
}

/// The 64 × 64 squares six levels below a square, by their position on its part of the curve: a table
/// look-up for each instead of six steps.
///
/// ```
/// use tilecore::hilbert::{SixLevels, position, square};
///
/// let places = SixLevels::below(10, position(10, 658, 403));
/// let key = position(10, 658, 403) << 12 | 1234;
/// let (column, row) = places.get(1234);
/// assert_eq!(square(16, key), ((658 << 6) + column, (403 << 6) + row));
/// ```
#[derive(Clone, Copy)]
pub struct SixLevels(&'static [[u8; 2]; 4096]);

impl SixLevels {
    /// The squares below the one at `position`.
    #[must_use]
    pub fn below(level: u8, position: u64) -> Self {
        static SQUARES: LazyLock<Vec<[[u8; 2]; 4096]>> = LazyLock::new(|| {
            let square_at = |orientation, index| {
                let (column, row, _) = descend(orientation, 6, index);
                [column as u8, row as u8]
            };
            (0..4)
                .map(|start| std::array::from_fn(|index| square_at(start, index as u64)))
                .collect()
        });
        let (_, _, orientation) = descend(0, level, position);
        Self(&SQUARES[orientation])
    }

    /// Column and row, each 0 to 63, of the square at position `index`, 0 to 4095.
    #[inline]
    #[must_use]
    pub fn get(self, index: u64) -> (u32, u32) {
        let [column, row] = self.0[(index & 0xfff) as usize];
        (u32::from(column), u32::from(row))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn square_is_the_inverse_of_position(level in 0u8..=MAX_LEVEL, x: u32, y: u32) {
            let mask = ((1u64 << level) - 1) as u32;
            let (column, row) = (x & mask, y & mask);
            prop_assert_eq!(square(level, position(level, column, row)), (column, row));
        }

        #[test]
        fn a_parent_is_its_child_shifted_by_two_bits(level in 1u8..=MAX_LEVEL, x: u32, y: u32) {
            let mask = ((1u64 << level) - 1) as u32;
            let (column, row) = (x & mask, y & mask);
            let parent = position(level - 1, column >> 1, row >> 1);
            prop_assert_eq!(position(level, column, row) >> 2, parent);
        }

        #[test]
        fn positions_are_those_of_the_pmtiles_crate(level in 0u8..=26, x: u32, y: u32) {
            let mask = ((1u64 << level) - 1) as u32;
            let (column, row) = (x & mask, y & mask);
            let coord = pmtiles::TileCoord::new(level, column, row).unwrap();
            let before = (0..level).map(|z| 1u64 << (2 * z)).sum::<u64>();
            let id = pmtiles::TileId::from(coord).value();
            prop_assert_eq!(before + position(level, column, row), id);
        }
    }
}
