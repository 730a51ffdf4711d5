//! Cells: squares of the Web-Mercator quadtree, 64 × 64 to a tile, ordered along the curve.

use crate::grid::{hilbert, mercator};

/// Levels between a tile and its cells: 2⁶ = 64 cells along each side of a tile.
pub const CELL_LEVELS: u8 = 6;

/// Cells along a side of a tile.
pub const CELLS_PER_SIDE: u32 = 1 << CELL_LEVELS;

/// Level of the cells of zoom 14, the deepest zoom of any layer. A cell side is about
/// 38 m × cos(latitude).
pub const DEEPEST_LEVEL: u8 = 14 + CELL_LEVELS;

const _: () = assert!(DEEPEST_LEVEL <= mercator::DEEPEST_TABLE_LEVEL);

/// A position in degrees WGS 84, longitude first.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LngLat {
    /// Degrees east.
    pub lng: f64,
    /// Degrees north.
    pub lat: f64,
}

/// A square of the quadtree: level, column from the west, row from the north.
///
/// ```
/// use tilecore::{Cell, LngLat, TileCoord};
///
/// let azadi_square = LngLat { lng: 51.3380, lat: 35.6997 };
/// let cell = Cell::at(20, azadi_square);
/// assert_eq!(cell.key().tile(14), TileCoord::new(14, 10528, 6450)?.position());
/// # Ok::<(), tilecore::CoordError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Cell {
    level: u8,
    column: u32,
    row: u32,
}

impl Cell {
    /// The cell of `level` that contains `position`. A position on an edge belongs to the cell in the
    /// east or south, and a position outside the Web-Mercator square to the nearest cell.
    #[inline]
    #[must_use]
    pub fn at(level: u8, position: LngLat) -> Self {
        let side = f64::from(1u32 << level);
        let last = (1u32 << level) - 1;
        let column = (position.lng + 180.0) / 360.0 * side;
        let row = mercator::row(level, position.lat);
        // `as` saturates below at 0; above, the far edge of the world belongs to the last cell.
        Self { level, column: (column as u32).min(last), row: row.min(last) }
    }

    /// The cell with this key.
    #[must_use]
    pub fn from_key(level: u8, key: CellKey) -> Self {
        let (column, row) = hilbert::square(level, key.0);
        Self { level, column, row }
    }

    /// Its position on the Hilbert curve.
    #[inline]
    #[must_use]
    pub fn key(self) -> CellKey {
        CellKey(hilbert::position(self.level, self.column, self.row))
    }

    /// Level: level 0 has one cell, level 1 has four.
    #[inline]
    #[must_use]
    pub const fn level(self) -> u8 {
        self.level
    }

    /// The four cells of the level below: north-west, north-east, south-west, south-east.
    ///
    /// ```
    /// use tilecore::{Cell, LngLat};
    ///
    /// let place = LngLat { lng: 51.39, lat: 35.70 };
    /// assert!(Cell::at(16, place).children().contains(&Cell::at(17, place)));
    /// ```
    #[must_use]
    pub fn children(self) -> [Self; 4] {
        let child = |east, south| Self {
            level: self.level + 1,
            column: self.column << 1 | east,
            row: self.row << 1 | south,
        };
        [child(0, 0), child(1, 0), child(0, 1), child(1, 1)]
    }

    /// Column counted from the west.
    #[inline]
    #[must_use]
    pub const fn column(self) -> u32 {
        self.column
    }

    /// Row counted from the north.
    #[inline]
    #[must_use]
    pub const fn row(self) -> u32 {
        self.row
    }

    /// South-west and north-east corners.
    #[must_use]
    pub fn corners(self) -> (LngLat, LngLat) {
        let side = f64::from(1u32 << self.level);
        let lng = |column: u32| f64::from(column) / side * 360.0 - 180.0;
        let lat = |row: u32| {
            let north = std::f64::consts::PI * (1.0 - 2.0 * f64::from(row) / side);
            north.sinh().atan().to_degrees()
        };
        (
            LngLat { lng: lng(self.column), lat: lat(self.row + 1) },
            LngLat { lng: lng(self.column + 1), lat: lat(self.row) },
        )
    }
}

/// A cell's position on the Hilbert curve of its level. Keys of one level sort by tile, then by
/// cell, and an ancestor's key is a prefix.
///
/// ```
/// use tilecore::{Cell, LngLat};
///
/// let place = LngLat { lng: 51.39, lat: 35.70 };
/// assert_eq!(Cell::at(20, place).key().zoom_out(3), Cell::at(17, place).key());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CellKey(pub u64);

impl CellKey {
    /// Key of the ancestor this number of levels up.
    #[must_use]
    pub const fn zoom_out(self, levels: u8) -> Self {
        Self(self.0 >> (2 * levels))
    }

    /// Hilbert position of the tile at `zoom` that contains this cell of the deepest level.
    #[must_use]
    pub const fn tile(self, zoom: u8) -> u64 {
        self.0 >> (2 * (DEEPEST_LEVEL - zoom))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The formula of the standard.
    fn row_by_the_book(level: u8, lat: f64) -> u32 {
        let phi = lat.to_radians();
        let share = (1.0 - (phi.tan() + 1.0 / phi.cos()).ln() / std::f64::consts::PI) / 2.0;
        (share * f64::from(1u32 << level)) as u32
    }

    proptest! {
        #[test]
        fn rows_follow_the_standard(lat in -84.9f64..84.9) {
            let row = Cell::at(20, LngLat { lng: 0.0, lat }).row();
            prop_assert!(row.abs_diff(row_by_the_book(20, lat)) <= 1);
            prop_assert_eq!(Cell::at(12, LngLat { lng: 0.0, lat }).row(), row >> 8);
        }

        #[test]
        fn a_cell_contains_its_centre(column in 0u32..1 << 20, row in 0u32..1 << 20) {
            let cell = Cell { level: 20, column, row };
            let (low, high) = cell.corners();
            let middle = LngLat {
                lng: f64::midpoint(low.lng, high.lng),
                lat: f64::midpoint(low.lat, high.lat),
            };
            prop_assert_eq!(Cell::at(20, middle), cell);
            prop_assert_eq!(Cell::from_key(20, cell.key()), cell);
        }
    }

    #[test]
    fn the_edges_of_the_world_belong_to_the_last_cells() {
        for (lng, lat, column, row) in [
            (-180.0, 90.0, 0, 0),
            (180.0, -90.0, (1 << 20) - 1, (1 << 20) - 1),
            (0.0, 0.0, 1 << 19, 1 << 19),
        ] {
            let cell = Cell::at(20, LngLat { lng, lat });
            assert_eq!((cell.column(), cell.row()), (column, row), "at {lng} {lat}");
        }
    }
}
