//! Partitions: the quadtree squares that orders are divided into while they are read.
//!
//! A partition holds every order of one square. Counting, the privacy floor and all tiles at or
//! below the partition's zoom therefore need no other partition.

use tilecore::manifest::City;
use tilecore::{Cell, DEEPEST_LEVEL, LngLat};

use crate::orders::order::PackedOrder;

/// Deepest level of a partition: the cells of the shallowest zoom, 5 + 6. At this level or above it,
/// every cell of every zoom lies in exactly one partition.
pub const MAX_PARTITION_LEVEL: u8 = tilecore::layer::DENSITY.minzoom + tilecore::cell::CELL_LEVELS;

/// Most partitions: each segment of a spill stores one end offset per partition.
const MAX_PARTITIONS: usize = 4096;

const NO_PARTITION: u16 = u16::MAX;

/// The partitions that cover every city, numbered along the Hilbert curve.
#[derive(Debug)]
pub struct Partitions {
    level: u8,
    keys: Vec<u64>,
    index_of_key: Vec<u16>,
}

impl Partitions {
    /// The finest partitions that cover the bounds of all cities.
    #[must_use]
    pub fn covering(cities: &[City]) -> Self {
        let keys_at = |level| {
            let mut keys: Vec<_> = cities.iter().flat_map(|city| squares(level, city)).collect();
            keys.sort_unstable();
            keys.dedup();
            keys
        };
        let fits = |level| cities.iter().map(|city| square_count(level, city)).sum::<usize>();
        let level = (0..=MAX_PARTITION_LEVEL).rev().find(|&level| fits(level) <= MAX_PARTITIONS);
        let level = level.unwrap_or(0);
        let keys = keys_at(level);
        let mut index_of_key = vec![NO_PARTITION; 1 << (2 * level)];
        for (index, &key) in keys.iter().enumerate() {
            index_of_key[key as usize] = index as u16;
        }
        Self { level, keys, index_of_key }
    }

    /// Quadtree level of the partitions.
    #[must_use]
    pub const fn level(&self) -> u8 {
        self.level
    }

    /// Key of a partition: that of its square among all of its level.
    #[must_use]
    pub fn key(&self, index: usize) -> u64 {
        self.keys[index]
    }

    /// Number of partitions.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.keys.len()
    }

    /// Whether there are no partitions.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// Index of the partition that an order lies in.
    #[inline]
    #[must_use]
    pub fn index_of(&self, order: PackedOrder) -> usize {
        let key = order.key().zoom_out(DEEPEST_LEVEL - self.level);
        let index = self.index_of_key[key.0 as usize];
        debug_assert_ne!(index, NO_PARTITION, "a valid order lies within its city's bounds");
        usize::from(index)
    }
}

fn corner_cells(level: u8, city: &City) -> (Cell, Cell) {
    let [west, south, east, north] = city.bounds;
    let north_west = Cell::at(level, LngLat { lng: west, lat: north });
    let south_east = Cell::at(level, LngLat { lng: east, lat: south });
    (north_west, south_east)
}

fn square_count(level: u8, city: &City) -> usize {
    let (first, last) = corner_cells(level, city);
    let columns = last.column() - first.column() + 1;
    columns as usize * (last.row() - first.row() + 1) as usize
}

fn squares(level: u8, city: &City) -> impl Iterator<Item = u64> + use<> {
    let (first, last) = corner_cells(level, city);
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
    fn the_default_cities_use_partitions_at_the_deepest_level() {
        let partitions = Partitions::covering(&Config::load(None).unwrap().cities);
        assert_eq!((partitions.level(), partitions.len()), (MAX_PARTITION_LEVEL, 61));
    }

    #[test]
    fn every_corner_of_a_city_lies_in_a_partition() {
        let cities = Config::load(None).unwrap().cities;
        let partitions = Partitions::covering(&cities);
        for city in &cities {
            let [west, south, east, north] = city.bounds;
            for (lng, lat) in [(west, south), (west, north), (east, south), (east, north)] {
                let key = Cell::at(DEEPEST_LEVEL, LngLat { lng, lat }).key();
                let partition = partitions.index_of(PackedOrder::new(key, 0, 0, Organic::No, true));
                assert!(partition < partitions.len(), "{} at {lng} {lat}", city.key);
            }
        }
    }

    #[test]
    fn a_city_as_wide_as_the_world_uses_coarser_partitions() {
        let mut city = Config::load(None).unwrap().cities.remove(0);
        city.bounds = [-180.0, -85.0, 180.0, 85.0];
        let partitions = Partitions::covering(&[city]);
        assert_eq!((partitions.level(), partitions.len()), (6, 4096));
    }
}
