//! Distinct users of every cell at every level, from one pass along the Hilbert curve.
//!
//! The orders of a user arrive by ascending key. Each is compared with the previous one: the level
//! at which their keys first differ is the first level at which the user is new to the order's cell.
//! The distinct users of a cell at level L are therefore the orders in it whose first-seen level is
//! at most L. The same holds for the orders of one business line. Nothing is estimated.

use std::collections::HashMap;
use std::num::NonZeroU64;

use rayon::prelude::*;
use tilecore::hash::fibonacci;
use tilecore::{CellKey, DEEPEST_LEVEL};

use crate::orders::order::PackedOrder;
use crate::orders::sort::partition::MAX_PARTITION_LEVEL;
use crate::orders::sort::radix::SortedOrders;

/// Orders per shard of users: the table of a shard fits into the second-level cache.
const ORDERS_PER_SHARD: usize = 1 << 14;

/// Most shards.
const MAX_SHARDS: usize = 1 << 12;

/// The depth of an order that is new at no level: an earlier order of the same user lies in the same
/// deepest cell.
const NEVER: u8 = 0xf;

const _: () = assert!(DEEPEST_LEVEL - MAX_PARTITION_LEVEL < NEVER);

/// The first level at which the user of an order is new to the order's cell: among all orders, and
/// among the orders of the same line. Stored as depths below the cells of the shallowest zoom, where
/// the first order of each user is new.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct FirstSeenLevel(u8);

impl FirstSeenLevel {
    /// New at no level.
    pub const NEVER: Self = Self(NEVER << 4 | NEVER);

    #[inline]
    const fn new(overall: u8, of_line: u8) -> Self {
        Self(overall << 4 | of_line)
    }

    /// Whether the user is new to the order's cell at `level`.
    #[inline]
    #[must_use]
    pub const fn is_new_at(self, level: u8) -> bool {
        self.0 >> 4 <= level - MAX_PARTITION_LEVEL
    }

    /// Whether the user is new among the orders of the same line in the order's cell at `level`.
    #[inline]
    #[must_use]
    pub const fn is_new_for_line_at(self, level: u8) -> bool {
        self.0 & 0xf <= level - MAX_PARTITION_LEVEL
    }

    /// The same for cells down to `level`; deeper first-seen levels become [`Self::NEVER`].
    #[inline]
    #[must_use]
    pub fn clamped_to(self, level: u8) -> Self {
        let clamp = |depth: u8| if depth <= level - MAX_PARTITION_LEVEL { depth } else { NEVER };
        Self::new(clamp(self.0 >> 4), clamp(self.0 & 0xf))
    }

    /// The value as a byte.
    #[inline]
    #[must_use]
    pub const fn byte(self) -> u8 {
        self.0
    }

    /// The value of a byte.
    #[inline]
    #[must_use]
    pub const fn from_byte(byte: u8) -> Self {
        Self(byte)
    }
}

impl FirstSeenLevel {
    /// Number of orders whose user is new to their cell at `level`.
    #[must_use]
    pub fn count_new(bytes: &[u8], level: u8) -> usize {
        let last = (level - MAX_PARTITION_LEVEL) << 4 | 0xf;
        bytes.iter().filter(|&&byte| byte <= last).count()
    }
}

/// The depth at which a key first differs from the previous key.
#[inline]
fn first_new_depth(key: u64, previous: u64) -> u8 {
    match key ^ previous {
        0 => NEVER,
        differ => {
            let levels_above_deepest = (differ.ilog2() / 2) as u8;
            (DEEPEST_LEVEL - MAX_PARTITION_LEVEL).saturating_sub(levels_above_deepest)
        }
    }
}

/// A share of all users. With little memory, the users are taken in several passes over the orders.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UserShare {
    /// Number of the share, counted from 0.
    pub share: u64,
    /// Number of shares.
    pub of: u64,
}

impl UserShare {
    /// All users.
    pub const ALL: Self = Self { share: 0, of: 1 };

    /// Whether a user belongs to the share. It depends on other bits of the hash than the shards and
    /// their tables.
    #[inline]
    #[must_use]
    pub const fn contains(self, user: u64) -> bool {
        self.of == 1 || (fibonacci(user ^ user >> 29) >> 24) % self.of == self.share
    }
}

/// Memory for each user whose number is known before: a record in a table with some free places.
pub const USER_BYTES: u64 = size_of::<UserRecord>() as u64 * 7 / 5;

/// Finds the first-seen levels of orders. It stores the last order of each user, in shards by user.
/// It must receive partitions along the Hilbert curve, in any number of portions.
pub struct DistinctUsers {
    share: UserShare,
    shard_bits: u32,
    last_orders: Vec<LastOrders>,
}

/// The orders of known users in a partition, divided into shards: user and packed order.
struct ShardedOrders {
    orders: Vec<(u64, u64)>,
    ends: Vec<u32>,
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
                    levels.push(last_orders.insert(user, PackedOrder(packed)).0);
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

/// A hash whose high bits depend on all bits of the number.
#[inline]
const fn hash(number: u64) -> u64 {
    fibonacci(number ^ number >> 32)
}

#[inline]
const fn shard_of(user: u64, shard_bits: u32) -> usize {
    (hash(user) >> 32 >> (32 - shard_bits)) as usize
}

impl ShardedOrders {
    fn new(partition: &SortedOrders, shard_bits: u32, share: UserShare) -> Self {
        let known = || {
            let orders = partition.users.iter().copied().zip(partition.packed.iter().copied());
            orders.filter(|&(user, packed)| {
                PackedOrder(packed).is_user_known() && share.contains(user)
            })
        };
        let mut next = vec![0u32; 1 << shard_bits];
        for (user, _) in known() {
            next[shard_of(user, shard_bits)] += 1;
        }
        let mut total = 0;
        for count in &mut next {
            total += std::mem::replace(count, total);
        }
        let mut orders = vec![(0, 0); total as usize];
        for order in known() {
            let next = &mut next[shard_of(order.0, shard_bits)];
            orders[*next as usize] = order;
            *next += 1;
        }
        Self { orders, ends: next }
    }

    fn shard(&self, shard: usize) -> &[(u64, u64)] {
        let start = shard.checked_sub(1).map_or(0, |previous| self.ends[previous]);
        &self.orders[start as usize..self.ends[shard] as usize]
    }

    fn len(&self, shard: usize) -> usize {
        self.shard(shard).len()
    }
}

/// Puts the levels found in each shard back into the order of the partition. `next` contains the
/// start of the partition's levels in each shard.
fn merge_shards(
    partition: &SortedOrders,
    shard_bits: u32,
    share: UserShare,
    levels: &[Vec<u8>],
    mut next: Vec<u32>,
) -> Vec<u8> {
    let orders = partition.packed.iter().zip(&partition.users);
    let merged = orders.map(|(&packed, &user)| {
        if !(PackedOrder(packed).is_user_known() && share.contains(user)) {
            return FirstSeenLevel::NEVER.0;
        }
        let shard = shard_of(user, shard_bits);
        let position = next[shard];
        next[shard] += 1;
        levels[shard][position as usize]
    });
    merged.collect()
}

/// A hash table with open addressing from users to their last orders.
#[derive(Default)]
struct LastOrders {
    records: Vec<UserRecord>,
    users: usize,
    /// Keys of the last orders of lines that do not fit into the record of their user.
    overflow_lines: HashMap<(u64, u8), CellKey>,
}

/// Lines that fit into a record: a record is one cache line, so that an order costs one memory
/// access. Few users order from more lines.
const INLINE_LINES: usize = 6;

/// The last order of a user, overall and for each line. An empty record has no last order.
#[derive(Clone, Copy, Default)]
#[repr(align(64))]
struct UserRecord {
    user: u64,
    overall: Option<LastOrder>,
    of_line: [Option<LastOrder>; INLINE_LINES],
}

const _: () = assert!(size_of::<UserRecord>() == 64);

/// Key and line of an order, packed into a number that is never 0.
#[derive(Clone, Copy, PartialEq, Eq)]
struct LastOrder(NonZeroU64);

impl LastOrder {
    #[inline]
    const fn new(order: PackedOrder) -> Self {
        Self(NonZeroU64::MIN.saturating_add(order.key().0 << 9 | (order.line() as u64) << 1))
    }

    #[inline]
    const fn key(self) -> u64 {
        self.0.get() >> 9
    }

    #[inline]
    const fn line(self) -> u8 {
        (self.0.get() >> 1) as u8
    }
}

impl LastOrders {
    fn with_records(records: usize) -> Self {
        Self { records: vec![UserRecord::default(); records], ..Self::default() }
    }

    /// Stores the next order of a user and returns its first-seen level.
    #[inline]
    fn insert(&mut self, user: u64, order: PackedOrder) -> FirstSeenLevel {
        // At most four fifths full, so that linear probing stays short.
        if (self.users + 1) * 5 > self.records.len() * 4 {
            self.grow();
        }
        let at = self.find(user);
        let record = &mut self.records[at];
        self.users += usize::from(record.overall.is_none());
        record.user = user;
        let last = LastOrder::new(order);
        let overall = depth_after(record.overall.replace(last), last);
        let has_same_line = |slot: &LastOrder| slot.line() == last.line();
        let slots = &mut record.of_line;
        match slots.iter_mut().find(|slot| slot.as_ref().is_none_or(has_same_line)) {
            Some(slot) => FirstSeenLevel::new(overall, depth_after(slot.replace(last), last)),
            None => FirstSeenLevel::new(overall, self.depth_of_overflow_line(user, order)),
        }
    }

    #[cold]
    fn depth_of_overflow_line(&mut self, user: u64, order: PackedOrder) -> u8 {
        let previous = self.overflow_lines.insert((user, order.line()), order.key());
        previous.map_or(0, |previous| first_new_depth(order.key().0, previous.0))
    }

    /// Index of the user's record, or of the empty record for a new user.
    #[inline]
    fn find(&self, user: u64) -> usize {
        // Scaling the hash instead of masking it allows tables of any length. The upper bits chose
        // the shard.
        let hash = hash(user) & u64::from(u32::MAX);
        let mut at = ((hash * self.records.len() as u64) >> 32) as usize;
        while self.records[at].overall.is_some() && self.records[at].user != user {
            at += 1;
            if at == self.records.len() {
                at = 0;
            }
        }
        at
    }

    #[cold]
    fn grow(&mut self) {
        let bigger = vec![UserRecord::default(); (self.records.len() * 3 / 2).max(16)];
        for record in std::mem::replace(&mut self.records, bigger) {
            if record.overall.is_some() {
                let at = self.find(record.user);
                self.records[at] = record;
            }
        }
    }
}

/// The depth at which an order is new after the previous one, or 0 without one.
#[inline]
fn depth_after(previous: Option<LastOrder>, order: LastOrder) -> u8 {
    previous.map_or(0, |previous| first_new_depth(order.key(), previous.key()))
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use proptest::prelude::*;

    use super::*;
    use crate::orders::order::Organic;

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

    #[test]
    fn an_order_is_new_at_the_level_where_keys_differ() {
        for (key, previous, depth) in
            [(0b0101, 0b0101, NEVER), (0b01, 0b00, 9), (0b0100, 0b0001, 8), (1 << 39, 0, 0)]
        {
            assert_eq!(first_new_depth(key, previous), depth, "{key:b} after {previous:b}");
        }
    }
}
