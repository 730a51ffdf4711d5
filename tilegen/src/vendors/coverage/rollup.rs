//! The roll-up of coverage to lower zooms: a cell has the mean of the grid cells that it contains.

use tilecore::{Cell, CellKey, LngLat};

use super::{CountColumns, Coverage};

/// A cell of one of several coverages, with its column and row in the grid of that coverage.
#[derive(Clone, Copy, Debug)]
pub struct GridCell {
    /// Key of the cell on the Hilbert curve.
    pub key: CellKey,
    /// Index of the coverage.
    pub coverage: u32,
    /// Column in its grid.
    pub column: u32,
    /// Row in its grid.
    pub row: u32,
}

/// The cells of several coverages along the Hilbert curve. A cell of overlapping grids appears once.
#[must_use]
pub fn cells_along_curve(coverages: &[Coverage]) -> Vec<GridCell> {
    let mut cells = Vec::with_capacity(coverages.iter().map(|one| one.grid().cells()).sum());
    for (coverage, counted) in (0..).zip(coverages) {
        let grid = counted.grid();
        for (row, world_row) in (0..).zip(grid.rows()) {
            for (column, world_column) in (0..).zip(grid.columns()) {
                let key = tilecore::hilbert::position(grid.level(), world_column, world_row);
                cells.push(GridCell { key: CellKey(key), coverage, column, row });
            }
        }
    }
    cells.sort_unstable_by_key(|cell| (cell.key, cell.coverage));
    cells.dedup_by_key(|cell| cell.key);
    cells
}

/// The cells of a coarser level, with sums over the grid cells that they contain.
#[derive(Debug)]
pub struct RollupLevel {
    number: u8,
    columns: CountColumns,
    keys: Vec<CellKey>,
    /// For each cell the sums of the count columns over its grid cells.
    sums: Vec<u64>,
    /// For each cell the numbers of its grid cells.
    children: Vec<ChildCells>,
}

#[derive(Clone, Copy, Debug, Default)]
struct ChildCells {
    cells: u32,
    covered: u32,
    /// Whether at least one of them is shown.
    is_shown: bool,
}

/// A cell of a coarser level.
#[derive(Clone, Copy, Debug)]
pub struct RollupCell<'a> {
    /// Key of the cell on the Hilbert curve.
    pub key: CellKey,
    sums: &'a [u64],
    children: ChildCells,
}

impl RollupCell<'_> {
    /// Mean of a count column over the grid cells, to two decimal places.
    #[must_use]
    pub fn mean(&self, column: usize) -> f64 {
        // 100 × sum is an exact integer in a double, so only the division rounds.
        (100.0 * self.sums[column] as f64 / f64::from(self.children.cells)).round() / 100.0
    }

    /// Share of the grid cells that at least one vendor covers, to three decimal places.
    #[must_use]
    pub fn share_covered(&self) -> f64 {
        let ChildCells { cells, covered, .. } = self.children;
        (1000.0 * f64::from(covered) / f64::from(cells)).round() / 1000.0
    }

    /// Whether at least one grid cell is shown.
    #[must_use]
    pub const fn is_shown(&self) -> bool {
        self.children.is_shown
    }
}

impl RollupLevel {
    /// The level above the grid.
    pub(crate) fn parent_of_grid(
        coverages: &[Coverage],
        cells: &[GridCell],
        is_shown: impl Fn(usize) -> bool,
    ) -> Option<Self> {
        let first = coverages.first()?;
        let mut level = Self::empty(first.grid().level() - 1, first.columns());
        for (index, cell) in cells.iter().enumerate() {
            let counts = coverages[cell.coverage as usize].counts(cell.column, cell.row);
            let (sums, children) = level.entry(cell.key.zoom_out(1));
            sums.iter_mut().zip(counts).for_each(|(sum, &count)| *sum += u64::from(count));
            children.cells += 1;
            children.covered += u32::from(counts[0] > 0);
            children.is_shown |= is_shown(index);
        }
        Some(level)
    }

    /// The level above this one.
    #[must_use]
    pub fn zoom_out(&self) -> Self {
        let mut level = Self::empty(self.number - 1, self.columns);
        for cell in self.cells() {
            let (sums, children) = level.entry(cell.key.zoom_out(1));
            sums.iter_mut().zip(cell.sums).for_each(|(sum, &below)| *sum += below);
            children.cells += cell.children.cells;
            children.covered += cell.children.covered;
            children.is_shown |= cell.children.is_shown;
        }
        level
    }

    const fn empty(number: u8, columns: CountColumns) -> Self {
        Self { number, columns, keys: Vec::new(), sums: Vec::new(), children: Vec::new() }
    }

    /// The last cell if it has this key, otherwise a new cell after it.
    fn entry(&mut self, key: CellKey) -> (&mut [u64], &mut ChildCells) {
        let stride = self.columns.count();
        if self.keys.last() != Some(&key) {
            self.keys.push(key);
            self.sums.resize(self.sums.len() + stride, 0);
            self.children.push(ChildCells::default());
        }
        let last = self.keys.len() - 1;
        (&mut self.sums[last * stride..], &mut self.children[last])
    }

    /// The cells along the Hilbert curve.
    pub fn cells(&self) -> impl Iterator<Item = RollupCell<'_>> {
        let sums = self.sums.chunks_exact(self.columns.count());
        let cells = self.keys.iter().zip(sums).zip(&self.children);
        cells.map(|((&key, sums), &children)| RollupCell { key, sums, children })
    }

    /// The centre of a cell.
    #[must_use]
    pub fn centre(&self, key: CellKey) -> LngLat {
        let cell = Cell::from_key(self.number, key);
        super::centre(self.number, cell.column(), cell.row())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vendors::coverage::{Circle, Grid, count};
    use crate::vendors::grade::Grade;

    #[test]
    fn a_parent_has_the_mean_and_the_covered_share_of_its_cells() {
        let at = LngLat { lng: 51.40, lat: 35.70 };
        let circle = |line, radius_m| Circle { at, radius_m, line, grade: Grade::at(13) };
        let circles = [circle(0, 900.0), circle(0, 2_500.0), circle(1, 4_000.0)];
        let grid = Grid::inside(18, [51.30, 35.60, 51.50, 35.80]);
        let coverages = [count(grid, &circles, CountColumns::new(2, 14))];
        let cells = cells_along_curve(&coverages);
        assert_eq!(cells.len(), grid.cells());
        let two_up = RollupLevel::parent_of_grid(&coverages, &cells, |_| true).unwrap().zoom_out();

        let mut parents = std::collections::BTreeMap::<_, (Vec<u32>, u32)>::new();
        for cell in &cells {
            let counts = coverages[0].counts(cell.column, cell.row);
            let parent = parents.entry(cell.key.zoom_out(2)).or_insert((vec![0; counts.len()], 0));
            parent.0.iter_mut().zip(counts).for_each(|(sum, count)| *sum += count);
            parent.1 += 1;
        }
        let found: Vec<_> = two_up.cells().collect();
        assert_eq!(found.len(), parents.len());
        for (cell, (key, (sums, count))) in found.iter().zip(parents) {
            assert_eq!(cell.key, key);
            for (column, sum) in sums.into_iter().enumerate() {
                let mean = f64::from(sum) / f64::from(count);
                assert!(
                    (cell.mean(column) - mean).abs() <= 0.005 + 1e-9,
                    "column {column} of {key:?}"
                );
            }
        }
        let inside = found.iter().find(|cell| cell.key == Cell::at(16, at).key()).unwrap();
        assert_eq!((inside.mean(0), inside.share_covered()), (3.0, 1.0));
        assert!(found.iter().any(|cell| (0.01..0.99).contains(&cell.share_covered())));
    }

    #[test]
    fn cells_of_overlapping_grids_appear_once() {
        let grids = [[51.30, 35.60, 51.40, 35.70], [51.35, 35.65, 51.45, 35.75]];
        let coverages =
            grids.map(|bounds| count(Grid::inside(16, bounds), &[], CountColumns::new(1, 14)));
        let apart: usize = coverages.iter().map(|one| one.grid().cells()).sum();
        let cells = cells_along_curve(&coverages);
        assert!(cells.len() < apart && cells.is_sorted_by(|a, b| a.key < b.key));
    }
}
