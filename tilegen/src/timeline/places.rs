//! Counts the orders and users of whole cities and of areas.

use std::io;

use rayon::prelude::*;
use tilecore::hash::fibonacci;

use super::families::{Family, KeyMaker, LAYERS, PlaceNumbers};
use super::gather::{Gather, TimelineOrder};
use super::keys::{Counted, count, merge};
use crate::orders::sort::partition::Partitions;

/// Orders that are counted at once. Each is in its city and in a few areas.
const ORDERS_PER_SHARD: usize = 4_000_000;

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
    fn of(&self, order: &TimelineOrder) -> impl Iterator<Item = u64> {
        let areas = self.sets.get(order.area_set as usize).map_or(&[][..], |set| set);
        let areas = areas.iter().map(|&area| self.cities as u64 + u64::from(area));
        std::iter::once(order.city as u64).chain(areas)
    }

    /// Counts what the layers of a family count, by place. The orders of a user are counted together, and only a
    /// share of the users at once.
    pub(super) fn count<F: Family>(
        &self,
        gather: &Gather<'_>,
        partitions: &Partitions,
        maker: &KeyMaker<'_>,
    ) -> io::Result<[Vec<Counted>; LAYERS]> {
        let shards = gather.read.spill.len().div_ceil(ORDERS_PER_SHARD).max(1) as u64;
        let mut counted: [Vec<Counted>; LAYERS] = Default::default();
        for shard in 0..shards {
            let items = (0..partitions.len()).into_par_iter().map(|partition| {
                let mut items = Vec::new();
                gather.for_each(partition, |order| {
                    if shard_of(&order, shards) == shard {
                        items.extend(self.of(&order).filter_map(|place| F::item(&order, place)));
                    }
                })?;
                Ok(items)
            });
            let items: Vec<Vec<F::Item>> = items.collect::<io::Result<_>>()?;
            let mut items = items.concat();
            items.par_sort_unstable_by_key(F::place);
            let numbers = PlaceNumbers { shift: 0, mask: MAX_PLACES as u64 - 1 };
            for (all, keys) in counted.iter_mut().zip(F::keys(maker, numbers, &mut items)) {
                *all = merge(std::mem::take(all), count(&keys).collect());
            }
        }
        Ok(counted)
    }
}

/// The shard of an order: all orders of a user are in one.
fn shard_of(order: &TimelineOrder, shards: u64) -> u64 {
    (fibonacci(order.user.unwrap_or(order.cell)) >> 32) % shards
}
