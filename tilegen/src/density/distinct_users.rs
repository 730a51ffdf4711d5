//! Distinct users at every level from one walk along the curve.
//!
//! Walking a user's orders by rising key, each is compared with the one before: the level at which
//! their keys first differ is the level from which the order brings a new user to its cell. The
//! distinct users of a cell at level L are then the orders in it that are new from a level ≤ L.
//! The same holds for the orders of one business line. Nothing is estimated.

use std::collections::HashMap;
use std::num::NonZeroU64;

use rayon::prelude::*;
use tilecore::{CellKey, DEEPEST_LEVEL};

use crate::orders::order::OrderWord;
use crate::orders::sort::partition::DEEPEST_BUCKET;
use crate::orders::sort::radix::SortedOrders;

/// Orders per part of the users: its table stays inside the second-level cache.
const ORDERS_PER_PART: usize = 1 << 14;

/// Most parts.
const MAX_PARTS: usize = 1 << 12;

/// The step that says "never new": some order of the same user lies in the same deepest cell.
const NEVER: u8 = 0xf;

const _: () = assert!(DEEPEST_LEVEL - DEEPEST_BUCKET < NEVER);

/// From which level on an order brings a new user: among all orders, and among those of its line.
/// Levels are counted from that of the shallowest zoom's cells; there every first order is new.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct NewUser(u8);

impl NewUser {
    /// An order that brings nobody.
    pub const NOBODY: Self = Self(NEVER << 4 | NEVER);

    #[inline]
    const fn new(overall: u8, of_line: u8) -> Self {
        Self(overall << 4 | of_line)
    }

    /// Whether the user is new in the order's cell at `level`.
    #[inline]
    #[must_use]
    pub const fn is_new(self, level: u8) -> bool {
        self.0 >> 4 <= level - DEEPEST_BUCKET
    }

    /// Whether the user is new among the orders of the same line in the order's cell at `level`.
    #[inline]
    #[must_use]
    pub const fn is_new_of_line(self, level: u8) -> bool {
        self.0 & 0xf <= level - DEEPEST_BUCKET
    }

    /// The same as far as levels down to `level` can tell.
    #[inline]
    #[must_use]
    pub fn down_to(self, level: u8) -> Self {
        let clip = |step: u8| if step <= level - DEEPEST_BUCKET { step } else { NEVER };
        Self::new(clip(self.0 >> 4), clip(self.0 & 0xf))
    }

    /// The bare byte.
    #[inline]
    #[must_use]
    pub const fn byte(self) -> u8 {
        self.0
    }

    /// What a bare byte means.
    #[inline]
    #[must_use]
    pub const fn from_byte(byte: u8) -> Self {
        Self(byte)
    }
}

impl NewUser {
    /// How many of the orders bring a new user to their cell at `level`.
    #[must_use]
    pub fn count(bytes: &[u8], level: u8) -> usize {
        let last = (level - DEEPEST_BUCKET) << 4 | 0xf;
        bytes.iter().filter(|&&byte| byte <= last).count()
    }
}

/// The step from which a key is new after another.
#[inline]
fn step_of(key: u64, before: u64) -> u8 {
    match key ^ before {
        0 => NEVER,
        differ => {
            let levels_above_deepest = (differ.ilog2() / 2) as u8;
            (DEEPEST_LEVEL - DEEPEST_BUCKET).saturating_sub(levels_above_deepest)
        }
    }
}

/// Remembers, part by part, where each user's last order was. It must be shown buckets along the
/// curve, in as many portions as memory asks for.
pub struct UserWalk {
    part_bits: u32,
    last_seen: Vec<LastSeen>,
}

/// A bucket's orders of known users, sorted into parts: user and word.
struct SplitOrders {
    orders: Vec<(u64, u64)>,
    ends: Vec<u32>,
}

impl UserWalk {
    /// A walk over about so many orders.
    #[must_use]
    pub fn new(orders: usize) -> Self {
        let parts = (orders / ORDERS_PER_PART).clamp(1, MAX_PARTS).next_power_of_two();
        let last_seen = (0..parts).map(|_| LastSeen::default()).collect();
        Self { part_bits: parts.trailing_zeros(), last_seen }
    }

    /// Goes on over the next buckets and says of each order whom it brings.
    #[must_use]
    pub fn walk(&mut self, buckets: &[SortedOrders]) -> Vec<Vec<u8>> {
        let part_bits = self.part_bits;
        let split: Vec<_> =
            buckets.par_iter().map(|bucket| SplitOrders::of(bucket, part_bits)).collect();
        let brought: Vec<Vec<u8>> = self
            .last_seen
            .par_iter_mut()
            .enumerate()
            .map(|(part, last_seen)| {
                let mut brought = Vec::with_capacity(split.iter().map(|all| all.len(part)).sum());
                for &(user, word) in split.iter().flat_map(|all| all.part(part)) {
                    brought.push(last_seen.meet(user, OrderWord(word)).0);
                }
                brought
            })
            .collect();
        let mut next = vec![0u32; self.last_seen.len()];
        let starts: Vec<Vec<u32>> = split
            .iter()
            .map(|bucket| {
                let starts = next.clone();
                for (part, next) in next.iter_mut().enumerate() {
                    *next += bucket.len(part) as u32;
                }
                starts
            })
            .collect();
        drop(split);
        let buckets = buckets.par_iter().zip(starts);
        buckets.map(|(bucket, starts)| unsplit(bucket, part_bits, &brought, starts)).collect()
    }
}

/// Fibonacci hashing: 2^64 divided by the golden ratio (Knuth, volume 3, section 6.4).
#[inline]
const fn spread(number: u64) -> u64 {
    (number ^ number >> 32).wrapping_mul(0x9E37_79B9_7F4A_7C15)
}

#[inline]
const fn part_of(user: u64, part_bits: u32) -> usize {
    (spread(user) >> 32 >> (32 - part_bits)) as usize
}

impl SplitOrders {
    fn of(bucket: &SortedOrders, part_bits: u32) -> Self {
        let known = || {
            let orders = bucket.users.iter().copied().zip(bucket.words.iter().copied());
            orders.filter(|&(_, word)| OrderWord(word).is_user_known())
        };
        let mut next = vec![0u32; 1 << part_bits];
        for (user, _) in known() {
            next[part_of(user, part_bits)] += 1;
        }
        let mut total = 0;
        for count in &mut next {
            total += std::mem::replace(count, total);
        }
        let mut orders = vec![(0, 0); total as usize];
        for order in known() {
            let next = &mut next[part_of(order.0, part_bits)];
            orders[*next as usize] = order;
            *next += 1;
        }
        Self { orders, ends: next }
    }

    fn part(&self, part: usize) -> &[(u64, u64)] {
        let start = part.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.orders[start as usize..self.ends[part] as usize]
    }

    fn len(&self, part: usize) -> usize {
        self.part(part).len()
    }
}

/// Puts what was found part by part back into the order of the bucket, given where the bucket's
/// share of each part begins.
fn unsplit(
    bucket: &SortedOrders,
    part_bits: u32,
    brought: &[Vec<u8>],
    mut next: Vec<u32>,
) -> Vec<u8> {
    let orders = bucket.words.iter().zip(&bucket.users);
    let news = orders.map(|(&word, &user)| {
        if !OrderWord(word).is_user_known() {
            return NewUser::NOBODY.0;
        }
        let part = part_of(user, part_bits);
        let place = next[part];
        next[part] += 1;
        brought[part][place as usize]
    });
    news.collect()
}

/// A hash table from users to where their last orders were, open addressing.
#[derive(Default)]
struct LastSeen {
    records: Vec<Record>,
    users: usize,
    /// Last orders of lines that found no room in their user's record.
    more_lines: HashMap<(u64, u8), CellKey>,
}

/// Lines that a record has room for: as many as make it one cache line, so that an order costs one
/// access to memory. Few people order from more.
const LINES_AT_HAND: usize = 6;

/// A user's last order, and the last of each line; an empty record has no last order.
#[derive(Clone, Copy, Default)]
#[repr(align(64))]
struct Record {
    user: u64,
    overall: Option<LastOrder>,
    of_line: [Option<LastOrder>; LINES_AT_HAND],
}

const _: () = assert!(size_of::<Record>() == 64);

/// Key and line of an order, in a number that is never 0.
#[derive(Clone, Copy, PartialEq, Eq)]
struct LastOrder(NonZeroU64);

impl LastOrder {
    #[inline]
    const fn new(word: OrderWord) -> Self {
        Self(NonZeroU64::MIN.saturating_add(word.key().0 << 9 | (word.line() as u64) << 1))
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

impl LastSeen {
    /// Takes the user's next order and says from which level it is new.
    #[inline]
    fn meet(&mut self, user: u64, word: OrderWord) -> NewUser {
        // At most four fifths full, so that linear probing stays short.
        if (self.users + 1) * 5 > self.records.len() * 4 {
            self.grow();
        }
        let at = self.find(user);
        let record = &mut self.records[at];
        self.users += usize::from(record.overall.is_none());
        record.user = user;
        let order = LastOrder::new(word);
        let overall = step_after(record.overall.replace(order), order);
        let same_line = |last: &LastOrder| last.line() == order.line();
        let slots = &mut record.of_line;
        match slots.iter_mut().find(|slot| slot.as_ref().is_none_or(same_line)) {
            Some(slot) => NewUser::new(overall, step_after(slot.replace(order), order)),
            None => NewUser::new(overall, self.step_of_more_lines(user, word)),
        }
    }

    #[cold]
    fn step_of_more_lines(&mut self, user: u64, word: OrderWord) -> u8 {
        let before = self.more_lines.insert((user, word.line()), word.key());
        before.map_or(0, |before| step_of(word.key().0, before.0))
    }

    /// The place of a user's record, or the empty one where it belongs.
    #[inline]
    fn find(&self, user: u64) -> usize {
        // A share of the table instead of a mask, so that tables may have any length. The upper
        // bits chose the part.
        let hash = spread(user) & u64::from(u32::MAX);
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
        let bigger = vec![Record::default(); (self.records.len() * 3 / 2).max(16)];
        for record in std::mem::replace(&mut self.records, bigger) {
            if record.overall.is_some() {
                let at = self.find(record.user);
                self.records[at] = record;
            }
        }
    }
}

/// The step from which an order is new after the one before, if there was one.
#[inline]
fn step_after(before: Option<LastOrder>, order: LastOrder) -> u8 {
    before.map_or(0, |before| step_of(order.key(), before.key()))
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use proptest::prelude::*;

    use super::*;
    use crate::orders::order::Organic;

    fn bucket(orders: &[(u64, u64, u8, bool)]) -> SortedOrders {
        let mut orders = orders.to_vec();
        orders.sort_unstable();
        let word = |&(key, _, line, known): &(u64, u64, u8, bool)| {
            OrderWord::new(CellKey(key), line, 0, Organic::No, known).0
        };
        SortedOrders {
            words: orders.iter().map(word).collect(),
            users: orders.iter().map(|&(_, user, ..)| user).collect(),
        }
    }

    proptest! {
        #[test]
        fn users_are_those_of_a_set_at_every_level(
            orders in proptest::collection::vec(
                (prop_oneof![0u64..300, 0u64..1 << 40], 0u64..20, 0u8..9, prop::bool::weighted(0.9)),
                1..300,
            ),
            portions in 1usize..4,
        ) {
            let bucket = bucket(&orders);
            let cuts: Vec<_> = (0..=portions).map(|n| bucket.words.len() * n / portions).collect();
            let portions: Vec<_> = cuts
                .windows(2)
                .map(|cut| SortedOrders {
                    words: bucket.words[cut[0]..cut[1]].to_vec(),
                    users: bucket.users[cut[0]..cut[1]].to_vec(),
                })
                .collect();
            let mut walk = UserWalk::new(40 * ORDERS_PER_PART);
            let news: Vec<u8> =
                portions.chunks(1).flat_map(|portion| walk.walk(portion).concat()).collect();
            for level in DEEPEST_BUCKET..=DEEPEST_LEVEL {
                for line in [None, Some(0), Some(4), Some(8)] {
                    let (mut counted, mut wanted) = (0, HashSet::new());
                    for ((&word, &user), &new) in bucket.words.iter().zip(&bucket.users).zip(&news) {
                        let word = OrderWord(word);
                        if line.is_some_and(|line| line != word.line()) || !word.is_user_known() {
                            continue;
                        }
                        wanted.insert((word.key().zoom_out(DEEPEST_LEVEL - level), user));
                        let new = NewUser::from_byte(new);
                        let is_new = match line {
                            None => new.is_new(level),
                            Some(_) => new.is_new_of_line(level),
                        };
                        counted += usize::from(is_new);
                    }
                    prop_assert_eq!(counted, wanted.len(), "level {} line {:?}", level, line);
                }
            }
        }
    }

    #[test]
    fn an_order_is_new_from_the_level_where_keys_part() {
        for (key, before, step) in
            [(0b0101, 0b0101, NEVER), (0b01, 0b00, 9), (0b0100, 0b0001, 8), (1 << 39, 0, 0)]
        {
            assert_eq!(step_of(key, before), step, "{key:b} after {before:b}");
        }
    }
}
