//! Counts the orders and users of whole cities and of areas.

use std::io;

use rayon::prelude::*;
use tilecore::hash::fibonacci;

use super::families::{Family, KeyMaker, LAYERS, RowSink};
use super::gather::{Gather, TimelineOrder};
use super::keys::{Counted, add};
use crate::orders::sort::partition::Partitions;

/// Orders that are counted in one pass over all orders. Each is in its city and in a few areas.
const ORDERS_PER_PASS: usize = 16_000_000;

/// Shards of a pass, which are counted in parallel.
const SHARDS: usize = 16;

/// Most places: a row key has 16 bits for the place.
pub(super) const MAX_PLACES: usize = 1 << 16;

/// The cities and areas that orders are counted in. The cities of the configuration have the first numbers, and
/// the areas follow.
pub(super) struct Places {
    pub(super) cities: usize,
    /// Sets of areas by number. Each is a list of indices into the list of areas.
    pub(super) sets: Vec<Box<[u32]>>,
}

impl Places {
    /// The places of an order.
    fn of(&self, order: &TimelineOrder) -> impl Iterator<Item = u32> {
        let areas = self.sets.get(order.area_set as usize).map_or(&[][..], |set| set);
        let areas = areas.iter().map(|&area| self.cities as u32 + area);
        std::iter::once(order.city as u32).chain(areas)
    }

    /// Counts what the layers of a family count, by place. The orders of a user are in one shard, and only the
    /// shards of one pass are in memory.
    pub(super) fn count<F: Family>(
        &self,
        gather: &Gather<'_>,
        partitions: &Partitions,
        maker: &KeyMaker<'_>,
        needed: [bool; LAYERS],
    ) -> io::Result<PlaceRows> {
        let passes = gather.read.spill.len().div_ceil(ORDERS_PER_PASS).max(1);
        let mut counted = PlaceRows::default();
        for pass in 0..passes {
            let shards = self.shards::<F>(gather, partitions, maker, (pass, passes))?;
            let rows = shards.into_par_iter().map(|items| {
                let mut counted = PlaceRows::default();
                F::count(maker, &F::rows(items), needed, &mut counted);
                counted.sort();
                counted
            });
            counted = rows.reduce(PlaceRows::default, PlaceRows::merge).merge(counted);
        }
        Ok(counted)
    }

    /// The items of each shard of a pass.
    fn shards<F: Family>(
        &self,
        gather: &Gather<'_>,
        partitions: &Partitions,
        maker: &KeyMaker<'_>,
        (pass, passes): (usize, usize),
    ) -> io::Result<Vec<Vec<F::Item>>> {
        let parts = (0..partitions.len()).into_par_iter().map(|partition| {
            let mut shards: [Vec<F::Item>; SHARDS] = Default::default();
            gather.for_each(partition, |order| {
                let shard = shard_of(&order, passes * SHARDS);
                if shard % passes == pass {
                    let places = self.of(&order);
                    shards[shard / passes]
                        .extend(places.filter_map(|place| F::item(maker, &order, place)));
                }
            })?;
            Ok(shards.into())
        });
        let none = || std::iter::repeat_with(Vec::new).take(SHARDS).collect();
        parts.try_reduce(none, |mut all: Vec<Vec<F::Item>>, more| {
            all.iter_mut().zip(more).for_each(|(all, more)| all.extend(more));
            Ok(all)
        })
    }
}

/// The shard of an order: all orders of a user are in one.
fn shard_of(order: &TimelineOrder, shards: usize) -> usize {
    (fibonacci(order.user.unwrap_or(order.cell)) >> 32) as usize % shards
}

/// What each layer of a family counts, sorted by key.
#[derive(Default)]
pub(super) struct PlaceRows(pub(super) [Vec<Counted>; LAYERS]);

impl RowSink for PlaceRows {
    fn add(&mut self, layer: usize, rows: impl Iterator<Item = Counted>) {
        self.0[layer].extend(rows);
    }
}

impl PlaceRows {
    fn sort(&mut self) {
        self.0.iter_mut().for_each(|rows| rows.sort_unstable());
    }

    /// Adds up the rows of both.
    fn merge(mut self, more: Self) -> Self {
        for (rows, more) in self.0.iter_mut().zip(more.0) {
            *rows = merge(std::mem::take(rows), more);
        }
        self
    }
}

/// Merges two sorted lists. Counts of equal keys are added.
fn merge(a: Vec<Counted>, b: Vec<Counted>) -> Vec<Counted> {
    if a.is_empty() {
        return b;
    }
    let mut merged = a;
    merged.extend(b);
    // The sort finds both sorted lists and merges them.
    merged.sort_by_key(|(key, _)| *key);
    merged.dedup_by(|(key, more), (last, counts)| {
        let is_equal = key == last;
        if is_equal {
            add(counts, more);
        }
        is_equal
    });
    merged
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn merged_lists_are_added() {
        let counted =
            |keys: &[u64]| -> Vec<Counted> { keys.iter().map(|&key| (key, [1, 0, 0])).collect() };
        let merged = merge(counted(&[4, 8, 12]), counted(&[8, 16]));
        assert_eq!(merged, [(4, [1, 0, 0]), (8, [2, 0, 0]), (12, [1, 0, 0]), (16, [1, 0, 0])]);
    }
}
