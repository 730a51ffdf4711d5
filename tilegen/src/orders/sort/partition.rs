//! Buckets: the quadtree squares that orders are sorted into while they are read.
//!
//! A bucket holds every order of one square, so that counting, the floor and all tiles from the
//! bucket's own zoom down need nothing outside it.

use tilecore::manifest::City;
use tilecore::{Cell, DEEPEST_LEVEL, LngLat};

use crate::orders::order::OrderWord;

/// Deepest level of a bucket: the cells of the shallowest zoom, 5 + 6. No deeper, so that each cell
/// of each zoom lies in one bucket.
pub const DEEPEST_BUCKET: u8 = tilecore::layer::DENSITY.minzoom + tilecore::cell::CELL_LEVELS;

/// Most buckets: each run of orders keeps an end for each.
const MAX_BUCKETS: usize = 4096;

const NO_BUCKET: u16 = u16::MAX;

/// The buckets that cover every city.
#[derive(Debug)]
pub struct Buckets {
    level: u8,
    keys: Vec<u64>,
    index_of_key: Vec<u16>,
}

impl Buckets {
    /// The finest buckets that cover the cities' boxes.
    #[must_use]
    pub fn covering(cities: &[City]) -> Self {
        let keys_at = |level| {
            let mut keys: Vec<_> = cities.iter().flat_map(|city| squares(level, city)).collect();
            keys.sort_unstable();
            keys.dedup();
            keys
        };
        let fits = |level| cities.iter().map(|city| square_count(level, city)).sum::<usize>();
        let level = (0..=DEEPEST_BUCKET).rev().find(|&level| fits(level) <= MAX_BUCKETS);
        let level = level.unwrap_or(0);
        let keys = keys_at(level);
        let mut index_of_key = vec![NO_BUCKET; 1 << (2 * level)];
        for (index, &key) in keys.iter().enumerate() {
            index_of_key[key as usize] = index as u16;
        }
        Self { level, keys, index_of_key }
    }

    /// Level of the quadtree that the buckets are squares of.
    #[must_use]
    pub const fn level(&self) -> u8 {
        self.level
    }

    /// How many there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.keys.len()
    }

    /// Whether there is none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// The bucket of an order. Buckets are numbered along the curve.
    #[inline]
    #[must_use]
    pub fn of(&self, word: OrderWord) -> usize {
        let key = word.key().zoom_out(DEEPEST_LEVEL - self.level);
        let index = self.index_of_key[key.0 as usize];
        debug_assert_ne!(index, NO_BUCKET, "a valid order lies in its city's box");
        usize::from(index)
    }
}

fn ends(level: u8, city: &City) -> (Cell, Cell) {
    let [west, south, east, north] = city.bounds;
    let north_west = Cell::at(level, LngLat { lng: west, lat: north });
    let south_east = Cell::at(level, LngLat { lng: east, lat: south });
    (north_west, south_east)
}

fn square_count(level: u8, city: &City) -> usize {
    let (first, last) = ends(level, city);
    let columns = last.column() - first.column() + 1;
    columns as usize * (last.row() - first.row() + 1) as usize
}

fn squares(level: u8, city: &City) -> impl Iterator<Item = u64> + use<> {
    let (first, last) = ends(level, city);
    (first.column()..=last.column()).flat_map(move |column| {
        (first.row()..=last.row()).map(move |row| tilecore::hilbert::position(level, column, row))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;
    use crate::orders::order::Organic;

    #[test]
    fn the_default_cities_fill_buckets_at_the_deepest_level() {
        let buckets = Buckets::covering(&Config::load(None).unwrap().cities);
        assert_eq!((buckets.level(), buckets.len()), (DEEPEST_BUCKET, 61));
    }

    #[test]
    fn every_corner_of_a_city_lies_in_a_bucket() {
        let cities = Config::load(None).unwrap().cities;
        let buckets = Buckets::covering(&cities);
        for city in &cities {
            let [west, south, east, north] = city.bounds;
            for (lng, lat) in [(west, south), (west, north), (east, south), (east, north)] {
                let key = Cell::at(DEEPEST_LEVEL, LngLat { lng, lat }).key();
                let bucket = buckets.of(OrderWord::new(key, 0, 0, Organic::No, true));
                assert!(bucket < buckets.len(), "{} at {lng} {lat}", city.key);
            }
        }
    }

    #[test]
    fn a_city_as_wide_as_the_world_gets_coarser_buckets() {
        let mut city = Config::load(None).unwrap().cities.remove(0);
        city.bounds = [-180.0, -85.0, 180.0, 85.0];
        let buckets = Buckets::covering(&[city]);
        assert_eq!((buckets.level(), buckets.len()), (6, 4096));
    }
}
