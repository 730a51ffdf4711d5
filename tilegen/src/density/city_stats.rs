//! City statistics: those of all cells of a zoom, and those of the cells of each city.
//!
//! A cell belongs to each city whose bounds contain the centre of the cell. The statistics of a city therefore
//! follow from the cells of the archive and the bounds in the catalog: under a privacy floor they reveal nothing
//! that the shown cells do not.

use std::ops::Range;

use serde_json::{Map, Value};
use tilecore::cell::CELL_LEVELS;
use tilecore::manifest::City;
use tilecore::{TileCoord, mercator};

use super::order_group::Counts;
use super::quantiles::ZoomStats;

/// The cells of a tile whose centres lie in a city, by their columns and rows in the tile.
#[derive(Clone, Debug, PartialEq, Eq)]
struct CityCells {
    city: usize,
    columns: Range<u32>,
    rows: Range<u32>,
}

impl CityCells {
    fn find(city: usize, bounds: [f64; 4], coord: TileCoord) -> Option<Self> {
        let [west, south, east, north] = bounds;
        let side = f64::from(1u32 << (coord.z() + CELL_LEVELS));
        let share = |lng: f64| (lng + 180.0) / 360.0;
        let cells = Self {
            city,
            columns: centres(share(west) * side, share(east) * side, coord.x()),
            rows: centres(mercator::share(north) * side, mercator::share(south) * side, coord.y()),
        };
        (!cells.columns.is_empty() && !cells.rows.is_empty()).then_some(cells)
    }

    fn contain(&self, column: u32, row: u32) -> bool {
        self.columns.contains(&column) && self.rows.contains(&row)
    }
}

/// The cells of a tile, along one axis, whose centres lie between two positions on the map, in cells. `tile`
/// is the column or row of the tile.
fn centres(from: f64, to: f64, tile: u32) -> Range<u32> {
    let cells = 1u32 << CELL_LEVELS;
    let start = f64::from(tile) * f64::from(cells);
    let clamped = |cell: f64| (cell - start).clamp(0.0, f64::from(cells)) as u32;
    clamped((from - 0.5).ceil())..clamped((to - 0.5).floor() + 1.0)
}

/// Statistics of the tiles of a zoom.
pub(crate) struct MapStats {
    pub(crate) all: ZoomStats,
    lines: usize,
    /// By index of the city; `None` for one that has no cells yet.
    cities: Vec<Option<Box<ZoomStats>>>,
    /// The cells of the current tile that lie in cities.
    tile: Vec<CityCells>,
    /// The cities of the current cell.
    cell: Vec<usize>,
}

impl MapStats {
    pub(crate) fn new(lines: usize, cities: usize) -> Self {
        let none = || std::iter::repeat_with(|| None).take(cities).collect();
        Self {
            all: ZoomStats::new(lines),
            lines,
            cities: none(),
            tile: Vec::new(),
            cell: Vec::new(),
        }
    }

    /// Begins a tile.
    pub(crate) fn start_tile(&mut self, coord: TileCoord, cities: &[City]) {
        self.all.tiles += 1;
        let found = cities.iter().enumerate();
        let found = found.filter_map(|(at, city)| CityCells::find(at, city.bounds, coord));
        self.tile.clear();
        self.tile.extend(found);
    }

    /// Begins a cell of the tile with its counts of all lines.
    #[inline]
    pub(crate) fn start_cell(&mut self, (column, row): (u32, u32), counts: &Counts) {
        self.all.add_total(counts);
        self.cell.clear();
        let here = self.tile.iter().filter(|cells| cells.contain(column, row));
        self.cell.extend(here.map(|cells| cells.city));
        for &city in &self.cell {
            let stats =
                self.cities[city].get_or_insert_with(|| Box::new(ZoomStats::new(self.lines)));
            stats.add_total(counts);
        }
    }

    /// Adds the counts of a line to the cell.
    #[inline]
    pub(crate) fn add_line(&mut self, line: usize, counts: &Counts) {
        self.all.add_line(line, counts);
        for &city in &self.cell {
            if let Some(stats) = &mut self.cities[city] {
                stats.add_line(line, counts);
            }
        }
    }

    pub(crate) fn merge(&mut self, other: Self) {
        self.all.merge(&other.all);
        for (mine, theirs) in self.cities.iter_mut().zip(other.cities) {
            match (mine, theirs) {
                (Some(mine), Some(theirs)) => mine.merge(&theirs),
                (mine @ None, theirs) => *mine = theirs,
                (Some(_), None) => {}
            }
        }
    }

    fn city(&self, city: usize) -> Option<&ZoomStats> {
        self.cities.get(city)?.as_deref()
    }
}

/// A value by city and zoom, of the cities that have cells.
pub(crate) fn by_city(
    cities: &[City],
    zooms: &[(u8, &MapStats)],
    value: impl Fn(&ZoomStats) -> Value,
) -> Value {
    let of_city = |at: usize| -> Map<String, Value> {
        let found = zooms.iter().filter_map(|(zoom, stats)| Some((zoom, stats.city(at)?)));
        found.map(|(zoom, stats)| (zoom.to_string(), value(stats))).collect()
    };
    let named = cities.iter().enumerate().map(|(at, city)| (city.key.clone(), of_city(at)));
    let shown = named.filter(|(_, zooms)| !zooms.is_empty());
    shown.map(|(key, zooms)| (key, Value::from(zooms))).collect::<Map<_, _>>().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_lies_in_a_city_if_its_centre_does() {
        let coord = TileCoord::new(10, 658, 403).unwrap();
        // The cells of columns 16 to 47 and rows 8 to 55, but for the outer halves of the outermost ones.
        let lng = |column: f64| (658.0 * 64.0 + column) / f64::from(1 << 16) * 360.0 - 180.0;
        let lat = |row: f64| {
            let share = (403.0 * 64.0 + row) / f64::from(1 << 16);
            (std::f64::consts::PI * (1.0 - 2.0 * share)).sinh().atan().to_degrees()
        };
        let bounds = [lng(16.4), lat(55.6), lng(47.6), lat(8.4)];
        let found = CityCells::find(3, bounds, coord).unwrap();
        assert_eq!(found, CityCells { city: 3, columns: 16..48, rows: 8..56 });
        let bounds = [lng(16.6), lat(55.4), lng(47.4), lat(8.6)];
        let found = CityCells::find(3, bounds, coord).unwrap();
        assert_eq!(found, CityCells { city: 3, columns: 17..47, rows: 9..55 });
    }

    #[test]
    fn a_city_outside_a_tile_has_no_cells_in_it() {
        let coord = TileCoord::new(10, 658, 403).unwrap();
        assert_eq!(CityCells::find(0, [52.4, 29.4, 52.7, 29.8], coord), None);
        let whole = CityCells::find(0, [40.0, 30.0, 60.0, 40.0], coord).unwrap();
        assert_eq!((whole.columns, whole.rows), (0..64, 0..64));
    }
}
