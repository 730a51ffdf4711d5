//! Distinct users of every cell at every level, from one pass along the Hilbert curve.
//!
//! The orders of a user arrive by ascending key. Each is compared with the previous one: the level
//! at which their keys first differ is the first level at which the user is new to the order's cell.
//! The distinct users of a cell at level L are therefore the orders in it whose first-seen level is
//! at most L. The same holds for the orders of one business line. Nothing is estimated.

mod earlier_levels;
mod first_seen;
mod last_orders;
mod shards;
mod user_share;

use rayon::prelude::*;

use self::last_orders::LastOrders;
use self::shards::{ShardedOrders, merge_shards};
use crate::orders::order::PackedOrder;
use crate::orders::sort::radix::SortedOrders;

pub(super) use self::earlier_levels::EarlierLevels;
pub use self::first_seen::FirstSeenLevel;
pub use self::last_orders::USER_BYTES;
pub use self::user_share::UserShare;

/// Orders per shard of users: the table of a shard fits into the second-level cache.
const ORDERS_PER_SHARD: usize = 1 << 14;

/// The maximum number of shards.
const MAX_SHARDS: usize = 1 << 12;

/// Finds the first-seen levels of orders. It stores the last order of each user, in shards by user.
/// It must receive partitions along the Hilbert curve, in any number of portions.
pub struct DistinctUsers {
    share: UserShare,
    shard_bits: u32,
    last_orders: Vec<LastOrders>,
}

impl DistinctUsers {
    /// Prepares for about this number of orders.
    #[must_use]
    pub fn new(orders: usize) -> Self {
        Self::of_share(UserShare::ALL, orders, 0)
    }

    /// Prepares for about this number of orders, and of users that belong to a share. The levels of all
    /// other orders are [`FirstSeenLevel::NEVER`].
    #[must_use]
    pub fn of_share(share: UserShare, orders: usize, users: usize) -> Self {
        let shards = (orders / ORDERS_PER_SHARD).clamp(1, MAX_SHARDS).next_power_of_two();
        let records = (users / shards) * 27 / 20;
        let last_orders = (0..shards).map(|_| LastOrders::with_records(records)).collect();
        Self { share, shard_bits: shards.trailing_zeros(), last_orders }
    }

    /// The first-seen levels of the orders of the next partitions, as bytes.
    #[must_use]
    pub fn first_seen_levels(&mut self, partitions: &[SortedOrders]) -> Vec<Vec<u8>> {
        let (shard_bits, share) = (self.shard_bits, self.share);
        let split: Vec<_> = partitions
            .par_iter()
            .map(|partition| ShardedOrders::new(partition, shard_bits, share))
            .collect();
        let levels: Vec<Vec<u8>> = self
            .last_orders
            .par_iter_mut()
            .enumerate()
            .map(|(shard, last_orders)| {
                let mut levels =
                    Vec::with_capacity(split.iter().map(|orders| orders.len(shard)).sum());
                for &(user, packed) in split.iter().flat_map(|orders| orders.shard(shard)) {
                    levels.push(last_orders.insert(user, PackedOrder(packed)).byte());
                }
                levels
            })
            .collect();
        let mut next = vec![0u32; self.last_orders.len()];
        let starts: Vec<Vec<u32>> = split
            .iter()
            .map(|partition| {
                let starts = next.clone();
                for (shard, next) in next.iter_mut().enumerate() {
                    *next += partition.len(shard) as u32;
                }
                starts
            })
            .collect();
        drop(split);
        let partitions = partitions.par_iter().zip(starts);
        partitions
            .map(|(partition, starts)| merge_shards(partition, shard_bits, share, &levels, starts))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use proptest::prelude::*;
    use tilecore::{CellKey, DEEPEST_LEVEL};

    use super::*;
    use crate::orders::order::Organic;
    use crate::orders::sort::partition::MAX_PARTITION_LEVEL;

    fn partition(orders: &[(u64, u64, u8, bool)]) -> SortedOrders {
        let mut orders = orders.to_vec();
        orders.sort_unstable();
        let pack = |&(key, _, line, known): &(u64, u64, u8, bool)| {
            PackedOrder::new(CellKey(key), line, 0, Organic::No, known).0
        };
        SortedOrders {
            packed: orders.iter().map(pack).collect(),
            users: orders.iter().map(|&(_, user, ..)| user).collect(),
        }
    }

    proptest! {
        #[test]
        fn distinct_users_match_sets_at_every_level(
            orders in proptest::collection::vec(
                (prop_oneof![0u64..300, 0u64..1 << 40], 0u64..20, 0u8..9, prop::bool::weighted(0.9)),
                1..300,
            ),
            portions in 1usize..4,
        ) {
            let partition = partition(&orders);
            let cuts: Vec<_> = (0..=portions).map(|n| partition.packed.len() * n / portions).collect();
            let portions: Vec<_> = cuts
                .windows(2)
                .map(|cut| SortedOrders {
                    packed: partition.packed[cut[0]..cut[1]].to_vec(),
                    users: partition.users[cut[0]..cut[1]].to_vec(),
                })
                .collect();
            let mut distinct_users = DistinctUsers::new(40 * ORDERS_PER_SHARD);
            let first_seen: Vec<u8> =
                portions.chunks(1).flat_map(|portion| distinct_users.first_seen_levels(portion).concat()).collect();
            for level in MAX_PARTITION_LEVEL..=DEEPEST_LEVEL {
                for line in [None, Some(0), Some(4), Some(8)] {
                    let (mut counted, mut expected) = (0, HashSet::new());
                    for ((&packed, &user), &first_seen) in partition.packed.iter().zip(&partition.users).zip(&first_seen) {
                        let order = PackedOrder(packed);
                        if line.is_some_and(|line| line != order.line()) || !order.is_user_known() {
                            continue;
                        }
                        expected.insert((order.key().zoom_out(DEEPEST_LEVEL - level), user));
                        let first_seen = FirstSeenLevel::from_byte(first_seen);
                        let is_new = match line {
                            None => first_seen.is_new_at(level),
                            Some(_) => first_seen.is_new_for_line_at(level),
                        };
                        counted += usize::from(is_new);
                    }
                    prop_assert_eq!(counted, expected.len(), "level {} line {:?}", level, line);
                }
            }
        }
    }

    proptest! {
        #[test]
        fn the_levels_of_all_shares_together_are_those_of_all_users(
            orders in proptest::collection::vec(
                (0u64..1 << 20, 0u64..40, 0u8..3, prop::bool::weighted(0.9)), 1..300,
            ),
            of in 1u64..6,
        ) {
            let partition = partition(&orders);
            let all = DistinctUsers::new(orders.len())
                .first_seen_levels(std::slice::from_ref(&partition))
                .concat();
            let mut together = vec![FirstSeenLevel::NEVER.byte(); orders.len()];
            for share in 0..of {
                let mut users = DistinctUsers::of_share(UserShare { share, of }, orders.len(), 7);
                let levels = users.first_seen_levels(std::slice::from_ref(&partition)).concat();
                together.iter_mut().zip(levels).for_each(|(level, found)| *level &= found);
            }
            prop_assert_eq!(together, all);
        }
    }
}
