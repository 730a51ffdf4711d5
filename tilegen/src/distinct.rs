//! Distinct users at every level from one walk along the curve.
//!
//! Walking a user's orders by rising key, each is compared with the one before: the level at which
//! their keys first differ is the level from which the order brings a new user to its cell. The
//! distinct users of a cell at level L are then the orders in it that are new from a level ≤ L.
//! The same holds for the orders of one business line. Nothing is estimated.

use std::sync::atomic::{AtomicU8, Ordering};

use rayon::prelude::*;
use tilecore::{CellKey, DEEPEST_LEVEL};

use crate::bin::SortedOrders;
use crate::buckets::DEEPEST_BUCKET;
use crate::order::OrderWord;

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

/// A bucket's known users, sorted into parts.
struct SplitUsers {
    users: Vec<u64>,
    places: Vec<u32>,
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
            buckets.par_iter().map(|bucket| split_users(bucket, part_bits)).collect();
        let news: Vec<Vec<AtomicU8>> = buckets
            .iter()
            .map(|bucket| bucket.words.iter().map(|_| AtomicU8::new(NewUser::NOBODY.0)).collect())
            .collect();
        self.last_seen.par_iter_mut().enumerate().for_each(|(part, last_seen)| {
            for ((bucket, split), news) in buckets.iter().zip(&split).zip(&news) {
                let start = part.checked_sub(1).map_or(0, |before| split.ends[before] as usize);
                let range = start..split.ends[part] as usize;
                for (&user, &place) in split.users[range.clone()].iter().zip(&split.places[range]) {
                    let word = OrderWord(bucket.words[place as usize]);
                    let new = last_seen.meet(user, word);
                    news[place as usize].store(new.0, Ordering::Relaxed);
                }
            }
        });
        news.into_par_iter()
            .map(|news| news.into_iter().map(AtomicU8::into_inner).collect())
            .collect()
    }
}

/// Fibonacci hashing: 2^64 divided by the golden ratio (Knuth, volume 3, section 6.4).
#[inline]
const fn spread(number: u64) -> u64 {
    (number ^ number >> 32).wrapping_mul(0x9E37_79B9_7F4A_7C15)
}

fn split_users(bucket: &SortedOrders, part_bits: u32) -> SplitUsers {
    let part_of = |user: u64| (spread(user) >> 32 >> (32 - part_bits)) as usize;
    let known = || {
        let orders = bucket.words.iter().zip(&bucket.users).enumerate();
        orders.filter(|(_, (word, _))| OrderWord(**word).is_user_known())
    };
    let mut next = vec![0u32; 1 << part_bits];
    for (_, (_, &user)) in known() {
        next[part_of(user)] += 1;
    }
    let mut total = 0;
    for count in &mut next {
        total += std::mem::replace(count, total);
    }
    let mut users = vec![0; total as usize];
    let mut places = vec![0; total as usize];
    for (place, (_, &user)) in known() {
        let next = &mut next[part_of(user)];
        users[*next as usize] = user;
        places[*next as usize] = place as u32;
        *next += 1;
    }
    SplitUsers { users, places, ends: next }
}

/// A hash table from (user, line or any line) to the key of the last order, open addressing. A slot
/// holds the user, and in one number the key, the line and a mark that tells it from an empty one.
#[derive(Default)]
struct LastSeen {
    slots: Vec<(u64, u64)>,
    used: usize,
}

/// The line that stands for all of them; real lines are below.
const ANY_LINE: u64 = 0x100;
const LINE_BITS: u32 = 9;
const OCCUPIED: u64 = 1 << 63;

impl LastSeen {
    /// Takes the user's next order and says from which level it is new.
    #[inline]
    fn meet(&mut self, user: u64, word: OrderWord) -> NewUser {
        // At most three quarters full: linear probing stays short, and the table small.
        if (self.used + 2) * 4 > self.slots.len() * 3 {
            self.grow();
        }
        let key = word.key();
        let overall = self.replace(user, ANY_LINE, key);
        let of_line = self.replace(user, u64::from(word.line()), key);
        NewUser::new(overall, of_line)
    }

    #[inline]
    fn replace(&mut self, user: u64, line: u64, key: CellKey) -> u8 {
        let entry = OCCUPIED | key.0 << LINE_BITS | line;
        let at = self.find(user, line);
        let (_, before) = std::mem::replace(&mut self.slots[at], (user, entry));
        if before == 0 {
            self.used += 1;
            return 0;
        }
        step_of(key.0, (before & !OCCUPIED) >> LINE_BITS)
    }

    /// The slot of a user and line, or the empty one where they belong.
    #[inline]
    fn find(&self, user: u64, line: u64) -> usize {
        let mask = self.slots.len() - 1;
        let mut at = spread(spread(user).wrapping_add(line)) as usize >> 20 & mask;
        loop {
            let (found, entry) = self.slots[at];
            let same_line = entry & ((1 << LINE_BITS) - 1) == line;
            if entry == 0 || (found == user && same_line) {
                return at;
            }
            at = (at + 1) & mask;
        }
    }

    #[cold]
    fn grow(&mut self) {
        let bigger = vec![(0, 0); (self.slots.len() * 2).max(64)];
        for (user, entry) in std::mem::replace(&mut self.slots, bigger) {
            if entry != 0 {
                let at = self.find(user, entry & ((1 << LINE_BITS) - 1));
                self.slots[at] = (user, entry);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use proptest::prelude::*;

    use super::*;
    use crate::order::Organic;

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
                (prop_oneof![0u64..300, 0u64..1 << 40], 0u64..20, 0u8..3, prop::bool::weighted(0.9)),
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
                for line in [None, Some(0), Some(1), Some(2)] {
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
