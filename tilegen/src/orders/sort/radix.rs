//! Radix sort: collects the orders of one partition from all segments and sorts them along the
//! Hilbert curve.

use std::io;
use std::ops::RangeInclusive;

use tilecore::DEEPEST_LEVEL;

use crate::orders::lines::Lines;
use crate::orders::order::PackedOrder;
use crate::orders::sort::dedup::Duplicates;
use crate::orders::sort::partition::Partitions;
use crate::orders::sort::spill::OrderSpill;

/// Bits that one pass of the sort looks at: its counters fit into the first-level cache.
const DIGIT_BITS: u32 = 9;

/// The orders of a partition, sorted by cell.
#[derive(Debug, Default)]
pub struct SortedOrders {
    pub(crate) packed: Vec<u64>,
    pub(crate) users: Vec<u64>,
}

/// The orders to count: some days of a spill, without duplicates.
pub struct Selection<'a> {
    /// All orders read.
    pub spill: &'a OrderSpill,
    /// The orders to leave out.
    pub duplicates: &'a Duplicates,
    /// The permanent index of each line.
    pub lines: &'a Lines,
    /// The days to count, counted back from the newest.
    pub days_back: RangeInclusive<u16>,
}

impl Selection<'_> {
    /// The selected orders of one partition, sorted.
    pub fn sorted_partition(
        &self,
        partitions: &Partitions,
        partition: usize,
    ) -> io::Result<SortedOrders> {
        let segments = self.spill.segments();
        let total = segments.iter().map(|segment| segment.partition(partition).len()).sum();
        let (mut packed, mut users) = (Vec::with_capacity(total), Vec::with_capacity(total));
        for (index, segment) in segments.iter().enumerate() {
            for range in self.duplicates.ranges_without(index, segment.partition(partition)) {
                self.spill.append_packed(segment, range.clone(), &mut packed)?;
                self.spill.append_users(segment, range, &mut users)?;
            }
        }
        self.retain_days(&mut packed, &mut users);
        for packed in &mut packed {
            let order = PackedOrder(*packed);
            *packed = order.with_line(self.lines.index(order.line())).0;
        }
        let key_bits = 2 * u32::from(DEEPEST_LEVEL - partitions.level());
        Ok(sort_by_key(packed, users, key_bits))
    }

    fn retain_days(&self, packed: &mut Vec<u64>, users: &mut Vec<u64>) {
        let is_selected = |packed: u64| self.days_back.contains(&PackedOrder(packed).days_back());
        if packed.iter().all(|&packed| is_selected(packed)) {
            return;
        }
        let selected: Vec<bool> = packed.iter().map(|&packed| is_selected(packed)).collect();
        let mut selected = selected.into_iter();
        users.retain(|_| selected.next().unwrap_or(false));
        packed.retain(|&packed| is_selected(packed));
    }
}

/// Sorts by the lowest `key_bits` of the keys with a least-significant-digit radix sort. The higher
/// bits are equal within a partition.
fn sort_by_key(packed: Vec<u64>, users: Vec<u64>, key_bits: u32) -> SortedOrders {
    let mut from = SortedOrders { packed, users };
    if from.packed.is_sorted_by_key(|&packed| PackedOrder(packed).key()) {
        return from;
    }
    let mut to =
        SortedOrders { packed: vec![0; from.packed.len()], users: vec![0; from.users.len()] };
    for pass in 0..key_bits.div_ceil(DIGIT_BITS) {
        let digit = |packed: u64| {
            (PackedOrder(packed).key().0 >> (pass * DIGIT_BITS)) as usize & ((1 << DIGIT_BITS) - 1)
        };
        let mut next = [0u32; 1 << DIGIT_BITS];
        for &packed in &from.packed {
            next[digit(packed)] += 1;
        }
        let mut total = 0;
        for count in &mut next {
            total += std::mem::replace(count, total);
        }
        for (&packed, &user) in from.packed.iter().zip(&from.users) {
            let position = &mut next[digit(packed)];
            to.packed[*position as usize] = packed;
            to.users[*position as usize] = user;
            *position += 1;
        }
        std::mem::swap(&mut from, &mut to);
    }
    from
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn sorting_keeps_each_order_with_its_user(
            keys in proptest::collection::vec(0u64..1 << 20, 0..3000)
        ) {
            let pack = |key: u64, index: usize| key << 24 | (index as u64 & 0xff) << 16;
            let packed: Vec<_> = keys.iter().enumerate().map(|(i, &key)| pack(key, i)).collect();
            let users: Vec<_> = (0..keys.len() as u64).collect();
            let sorted = sort_by_key(packed.clone(), users, 20);
            prop_assert!(sorted.packed.is_sorted_by_key(|&packed| packed >> 24));
            for (&found, &user) in sorted.packed.iter().zip(&sorted.users) {
                prop_assert_eq!(found, packed[user as usize]);
            }
        }
    }
}
