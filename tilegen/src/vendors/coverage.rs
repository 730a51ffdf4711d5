//! Coverage: counts the vendors whose delivery circle contains the centre of each cell of a grid.
//!
//! In each grid row, a vendor adds one at the first cell of its span and subtracts one after the last
//! cell. The prefix sum along the row gives the counts. The ends of a span are computed and then
//! corrected with the exact distance rule, so rounding errors never change a count.

pub mod packed;
pub mod rollup;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod vector_tests;

use std::f64::consts::{PI, TAU};
use std::ops::Range;

use rayon::prelude::*;
use tilecore::LngLat;
use tilecore::mercator::MAX_LATITUDE;

use crate::vendors::grade::Grade;

/// Mean radius of the Earth, in metres (requirements 2; IUGG).
pub const EARTH_RADIUS_M: f64 = 6_371_008.8;

/// The haversine of the angle between two positions: sin²(angle / 2). It grows with the distance, so
/// haversines can be compared instead of distances, without an arcsine.
#[inline]
fn haversine(half_dlat_sine: f64, cosines: f64, dlng: f64) -> f64 {
    let half_dlng_sine = (dlng / 2.0).sin();
    half_dlat_sine * half_dlat_sine + cosines * half_dlng_sine * half_dlng_sine
}

/// A rectangle of cells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Grid {
    level: u8,
    first_column: u32,
    first_row: u32,
    columns: u32,
    rows: u32,
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

/// The delivery area of a vendor: a circle around its position.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Circle {
    /// Position of the vendor.
    pub at: LngLat,
    /// Delivery radius in metres.
    pub radius_m: f64,
    /// Index of the business line of the vendor.
    pub line: u8,
    /// Grade of the vendor.
    pub grade: Grade,
}

impl Circle {
    /// The distance rule: whether the great-circle distance to `position` is at most the radius.
    ///
    /// ```
    /// use tilecore::LngLat;
    /// use tilegen::vendors::coverage::Circle;
    /// use tilegen::vendors::grade::Grade;
    ///
    /// let at = LngLat { lng: 51.40, lat: 35.70 };
    /// let vendor = Circle { at, radius_m: 1000.0, line: 0, grade: Grade::at(0) };
    /// assert!(vendor.covers(LngLat { lng: 51.40, lat: 35.7089 })); // 989.6 m to the north
    /// assert!(!vendor.covers(LngLat { lng: 51.40, lat: 35.7091 })); // 1011.9 m
    /// ```
    #[must_use]
    pub fn covers(&self, position: LngLat) -> bool {
        let lat = position.lat.to_radians();
        self.at_latitude(lat, lat.cos()).is_covered(position.lng.to_radians())
    }

    /// The distance rule along a parallel, whose latitude is in radians.
    fn at_latitude(&self, lat: f64, cosine: f64) -> CircleAtLatitude {
        let own = self.at.lat.to_radians();
        let half_radius = (self.radius_m / (2.0 * EARTH_RADIUS_M)).min(PI / 2.0).sin();
        CircleAtLatitude {
            lng: self.at.lng.to_radians(),
            half_dlat_sine: ((lat - own) / 2.0).sin(),
            cosines: cosine * own.cos(),
            limit: half_radius * half_radius,
        }
    }

    /// The southernmost and northernmost latitude of the circle in degrees, rounded outwards.
    fn latitude_range(&self) -> (f64, f64) {
        let reach = (self.radius_m / EARTH_RADIUS_M).to_degrees() * (1.0 + 1e-9) + 1e-9;
        (self.at.lat - reach, self.at.lat + reach)
    }
}

/// A circle and a parallel: the part of the distance rule that does not depend on the longitude. Angles
/// are in radians.
struct CircleAtLatitude {
    lng: f64,
    half_dlat_sine: f64,
    cosines: f64,
    limit: f64,
}

impl CircleAtLatitude {
    #[inline]
    fn is_covered(&self, lng: f64) -> bool {
        haversine(self.half_dlat_sine, self.cosines, lng - self.lng) <= self.limit
    }

    /// The covered cells of a row of `side` cells, or `None`. Columns may lie beyond the edges of the
    /// world, because the parallel continues at the other edge.
    fn span(&self, side: u32) -> Option<Range<i64>> {
        let remainder = self.limit - self.half_dlat_sine * self.half_dlat_sine;
        if remainder < 0.0 {
            return None;
        }
        let cells = f64::from(side);
        let share = remainder / self.cosines;
        if share >= 1.0 {
            return Some(0..i64::from(side));
        }
        let at = (self.lng + PI) / TAU * cells;
        let half = 2.0 * share.sqrt().asin() / TAU * cells;
        let is_covered = |column: i64| {
            let column = column.rem_euclid(i64::from(side)) as f64;
            // Bit for bit the longitude that `centre` returns.
            self.is_covered(((column + 0.5) / cells * 360.0 - 180.0).to_radians())
        };
        // The vendor's own column and its neighbours are the nearest columns. The distance grows in both
        // directions from there, so the search below finds the exact ends.
        let (west, east) = (at.floor() as i64 - 1, at.floor() as i64 + 1);
        let mut first = ((at - half - 0.5).ceil() as i64).min(east);
        while is_covered(first - 1) && at as i64 - first < i64::from(side) {
            first -= 1;
        }
        while first <= east && !is_covered(first) {
            first += 1;
        }
        let mut last = ((at + half - 0.5).floor() as i64).max(west);
        while is_covered(last + 1) && last - first < i64::from(side) {
            last += 1;
        }
        while last >= west && !is_covered(last) {
            last -= 1;
        }
        (first <= last).then(|| first..(last + 1).min(first + i64::from(side)))
    }
}

/// The columns of a cell's counts: all vendors, then one for each line, then one for each grade.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CountColumns {
    lines: usize,
    grades: usize,
}

impl CountColumns {
    /// The columns for numbers of business lines and grades.
    #[must_use]
    pub const fn new(lines: usize, grades: usize) -> Self {
        Self { lines, grades }
    }

    /// Number of business lines.
    #[must_use]
    pub const fn lines(self) -> usize {
        self.lines
    }

    /// Number of columns.
    #[must_use]
    pub const fn count(self) -> usize {
        1 + self.lines + self.grades
    }

    /// The column of a line.
    #[must_use]
    pub const fn line(self, line: usize) -> usize {
        1 + line
    }

    /// The column of a grade.
    #[must_use]
    pub const fn grade(self, grade: usize) -> usize {
        1 + self.lines + grade
    }
}

/// The counts of a grid's cells.
#[derive(Debug)]
pub struct Coverage {
    grid: Grid,
    columns: CountColumns,
    rows: Vec<CountedRow>,
}

/// The counts of a row of cells, and each cell's packed counts by line and grade.
#[derive(Debug)]
struct CountedRow {
    counts: Vec<u32>,
    packed: String,
    packed_ends: Vec<u32>,
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

/// Circles sorted from south to north, to find those that can intersect a row.
struct ByLatitude {
    circles: Vec<Circle>,
    max_reach: f64,
}

impl ByLatitude {
    fn new(circles: &[Circle]) -> Self {
        let mut circles = circles.to_vec();
        circles.sort_by(|a, b| a.at.lat.total_cmp(&b.at.lat));
        let reach = |circle: &Circle| circle.latitude_range().1 - circle.at.lat;
        let max_reach = circles.iter().map(reach).fold(0.0, f64::max);
        Self { circles, max_reach }
    }

    fn near(&self, lat: f64) -> &[Circle] {
        let first = self.circles.partition_point(|circle| circle.at.lat < lat - self.max_reach);
        let end = self.circles.partition_point(|circle| circle.at.lat <= lat + self.max_reach);
        &self.circles[first..end]
    }
}

/// Counts the rows of one thread. `differences` holds, for each line and grade, the change of the count
/// from each cell to the next.
struct RowCounter {
    columns: CountColumns,
    width: usize,
    differences: Vec<i32>,
}

impl RowCounter {
    fn new(grid: &Grid, columns: CountColumns) -> Self {
        let width = grid.columns as usize + 1;
        Self { columns, width, differences: vec![0; width * columns.lines * columns.grades] }
    }

    fn count(&mut self, grid: &Grid, row: u32, circles: &[Circle]) -> CountedRow {
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
