//! The cells of a grid, and their centres.

use std::f64::consts::{PI, TAU};
use std::ops::Range;

use tilecore::LngLat;
use tilecore::mercator::MAX_LATITUDE;

/// A rectangle of cells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Grid {
    pub(super) level: u8,
    pub(super) first_column: u32,
    pub(super) first_row: u32,
    pub(super) columns: u32,
    pub(super) rows: u32,
}

impl Grid {
    /// The cells of `level` whose centres lie in the bounds (west, south, east, north in degrees),
    /// including the edges.
    #[must_use]
    pub fn inside(level: u8, [west, south, east, north]: [f64; 4]) -> Self {
        let side = f64::from(1u32 << level);
        // The centre is half a cell from the western and northern edges of its cell.
        let column = |lng: f64| (lng + 180.0) / 360.0 * side - 0.5;
        let row = |lat: f64| {
            let phi = lat.clamp(-MAX_LATITUDE, MAX_LATITUDE).to_radians();
            (0.5 - phi.sin().atanh() / TAU) * side - 0.5
        };
        let span = |from: f64, to: f64| {
            let (first, end) = (from.ceil().max(0.0), (to.floor() + 1.0).min(side));
            (first as u32, (end - first).max(0.0) as u32)
        };
        let (first_column, columns) = span(column(west), column(east));
        let (first_row, rows) = span(row(north), row(south));
        Self { level, first_column, first_row, columns, rows }
    }

    /// The level of the cells.
    #[must_use]
    pub const fn level(&self) -> u8 {
        self.level
    }

    /// The columns of the grid, counted from the west of the world.
    #[must_use]
    pub const fn columns(&self) -> Range<u32> {
        self.first_column..self.first_column + self.columns
    }

    /// The rows of the grid, counted from the north of the world.
    #[must_use]
    pub const fn rows(&self) -> Range<u32> {
        self.first_row..self.first_row + self.rows
    }

    /// Number of cells.
    #[must_use]
    pub const fn cells(&self) -> usize {
        self.columns as usize * self.rows as usize
    }

    /// The centre of the cell in this column and row of the world.
    #[must_use]
    pub fn centre(&self, column: u32, row: u32) -> LngLat {
        centre(self.level, column, row)
    }
}

/// The centre of a cell: the middle of its square in Web Mercator.
#[must_use]
pub fn centre(level: u8, column: u32, row: u32) -> LngLat {
    let side = f64::from(1u32 << level);
    let north = PI * (1.0 - 2.0 * (f64::from(row) + 0.5) / side);
    LngLat {
        lng: (f64::from(column) + 0.5) / side * 360.0 - 180.0,
        lat: north.sinh().atan().to_degrees(),
    }
}
