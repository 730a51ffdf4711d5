//! Coverage: counts the vendors whose delivery circle contains the centre of each cell of a grid.
//!
//! In each grid row, a vendor adds one at the first cell of its span and subtracts one after the last
//! cell. The prefix sum along the row gives the counts. The ends of a span are computed and then
//! corrected with the exact distance rule, so rounding errors never change a count.

mod by_latitude;
mod circle;
mod count_columns;
mod grid;
pub mod packed;
pub mod rollup;
mod row_counter;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod vector_tests;

use rayon::prelude::*;

use by_latitude::ByLatitude;
pub use circle::{Circle, EARTH_RADIUS_M};
pub use count_columns::CountColumns;
pub use grid::{Grid, centre};
use row_counter::{CountedRow, RowCounter};

/// The counts of a grid's cells.
#[derive(Debug)]
pub struct Coverage {
    grid: Grid,
    columns: CountColumns,
    rows: Vec<CountedRow>,
}

impl Coverage {
    /// The grid.
    #[must_use]
    pub const fn grid(&self) -> &Grid {
        &self.grid
    }

    /// The columns of the counts.
    #[must_use]
    pub const fn columns(&self) -> CountColumns {
        self.columns
    }

    /// The counts of the cell in this column and row of the grid, in the order of [`CountColumns`].
    #[must_use]
    pub fn counts(&self, column: u32, row: u32) -> &[u32] {
        let stride = self.columns.count();
        &self.rows[row as usize].counts[column as usize * stride..][..stride]
    }

    /// The number of cells that at least one circle covers.
    #[must_use]
    pub fn covered_cells(&self) -> u64 {
        let totals = self.rows.iter().flat_map(|row| row.counts.chunks(self.columns.count()));
        totals.filter(|counts| counts[0] > 0).count() as u64
    }

    /// The packed counts by line and grade of the cell in this column and row of the grid.
    #[must_use]
    pub fn packed(&self, column: u32, row: u32) -> &str {
        let row = &self.rows[row as usize];
        let start = column.checked_sub(1).map_or(0, |before| row.packed_ends[before as usize]);
        &row.packed[start as usize..row.packed_ends[column as usize] as usize]
    }
}

/// Counts the circles that cover each cell's centre.
#[must_use]
pub fn count(grid: Grid, circles: &[Circle], columns: CountColumns) -> Coverage {
    let by_latitude = ByLatitude::new(circles);
    let rows = grid.rows().into_par_iter().map_init(
        || RowCounter::new(&grid, columns),
        |counter, row| counter.count(&grid, row, by_latitude.near(centre(grid.level, 0, row).lat)),
    );
    Coverage { grid, columns, rows: rows.collect() }
}
