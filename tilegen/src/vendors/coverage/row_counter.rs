//! Counts one row of cells after the other.

use super::circle::Circle;
use super::count_columns::CountColumns;
use super::grid::{Grid, centre};
use super::packed;

/// The counts of a row of cells, and each cell's packed counts by line and grade.
#[derive(Debug)]
pub(super) struct CountedRow {
    pub(super) counts: Vec<u32>,
    pub(super) packed: String,
    pub(super) packed_ends: Vec<u32>,
}

/// Counts the rows of one thread. `differences` holds, for each line and grade, the change of the count
/// from each cell to the next.
pub(super) struct RowCounter {
    columns: CountColumns,
    width: usize,
    differences: Vec<i32>,
}

impl RowCounter {
    pub(super) fn new(grid: &Grid, columns: CountColumns) -> Self {
        let width = grid.columns as usize + 1;
        Self { columns, width, differences: vec![0; width * columns.lines * columns.grades] }
    }

    pub(super) fn count(&mut self, grid: &Grid, row: u32, circles: &[Circle]) -> CountedRow {
        let lat = centre(grid.level, 0, row).lat.to_radians();
        let cosine = lat.cos();
        let side = 1u32 << grid.level;
        let own = i64::from(grid.first_column)..i64::from(grid.first_column + grid.columns);
        for circle in circles {
            let Some(span) = circle.at_latitude(lat, cosine).span(side) else { continue };
            let pair = usize::from(circle.line) * self.columns.grades + circle.grade.index();
            let differences = &mut self.differences[pair * self.width..][..self.width];
            // A span that crosses the antimeridian continues at the other edge of the world.
            for turn in [-i64::from(side), 0, i64::from(side)] {
                let from = (span.start + turn).max(own.start);
                let end = (span.end + turn).min(own.end);
                if from < end {
                    differences[(from - own.start) as usize] += 1;
                    differences[(end - own.start) as usize] -= 1;
                }
            }
        }
        self.accumulate()
    }

    /// Turns the differences into counts, and resets them for the next row.
    fn accumulate(&mut self) -> CountedRow {
        let stride = self.columns.count();
        let cells = self.width - 1;
        let mut counted = CountedRow {
            counts: vec![0; cells * stride],
            packed: String::new(),
            packed_ends: Vec::with_capacity(cells),
        };
        for (pair, differences) in self.differences.chunks_exact_mut(self.width).enumerate() {
            let (line, grade) = (pair / self.columns.grades, pair % self.columns.grades);
            let mut sum = 0;
            for (difference, counts) in
                differences.iter_mut().zip(counted.counts.chunks_exact_mut(stride))
            {
                sum += *difference;
                // From here on, this element is the count of the cell.
                *difference = sum;
                counts[0] += sum.cast_unsigned();
                counts[self.columns.line(line)] += sum.cast_unsigned();
                counts[self.columns.grade(grade)] += sum.cast_unsigned();
            }
        }
        for cell in 0..cells {
            if counted.counts[cell * stride] > 0 {
                let counts = self.differences.iter().skip(cell).step_by(self.width);
                packed::push(&mut counted.packed, counts.map(|count| count.cast_unsigned()));
            }
            counted.packed_ends.push(counted.packed.len() as u32);
        }
        self.differences.fill(0);
        counted
    }
}
