//! Bin: gathers one bucket's orders out of all runs and sorts them along the curve.

use std::io;
use std::ops::RangeInclusive;

use tilecore::DEEPEST_LEVEL;

use crate::orders::lines::Lines;
use crate::orders::order::OrderWord;
use crate::orders::sort::dedup::Repeats;
use crate::orders::sort::partition::Buckets;
use crate::orders::sort::spill::SealedRuns;

/// Bits that one pass of the sort looks at: its counters stay inside the first-level cache.
const DIGIT_BITS: u32 = 9;

/// A bucket's orders, sorted by cell.
#[derive(Debug, Default)]
pub struct SortedOrders {
    pub(crate) words: Vec<u64>,
    pub(crate) users: Vec<u64>,
}

/// What of the runs is to be counted.
pub struct Selection<'a> {
    /// All orders read.
    pub runs: &'a SealedRuns,
    /// Those that repeat another.
    pub repeats: &'a Repeats,
    /// The lasting indices of lines.
    pub lines: &'a Lines,
    /// The days, counted back from the newest.
    pub days_back: RangeInclusive<u16>,
}

impl Selection<'_> {
    /// The orders of one bucket.
    pub fn gather(&self, buckets: &Buckets, bucket: usize) -> io::Result<SortedOrders> {
        let total = self.runs.runs().iter().map(|run| run.bucket(bucket).len()).sum();
        let (mut words, mut users) = (Vec::with_capacity(total), Vec::with_capacity(total));
        for (index, run) in self.runs.runs().iter().enumerate() {
            for part in self.repeats.parts_without(index, run.bucket(bucket)) {
                self.runs.append_words(run, part.clone(), &mut words)?;
                self.runs.append_users(run, part, &mut users)?;
            }
        }
        self.keep_days(&mut words, &mut users);
        for word in &mut words {
            let order = OrderWord(*word);
            *word = order.with_line(self.lines.index(order.line())).0;
        }
        let key_bits = 2 * u32::from(DEEPEST_LEVEL - buckets.level());
        Ok(sort_by_key(words, users, key_bits))
    }

    fn keep_days(&self, words: &mut Vec<u64>, users: &mut Vec<u64>) {
        let keeps = |word: u64| self.days_back.contains(&OrderWord(word).days_back());
        if words.iter().all(|&word| keeps(word)) {
            return;
        }
        let mut kept = words.iter().map(|&word| keeps(word)).collect::<Vec<_>>().into_iter();
        users.retain(|_| kept.next().unwrap_or(false));
        words.retain(|&word| keeps(word));
    }
}

/// Sorts by the lowest `key_bits` of the keys (all above are equal within a bucket), by the radix
/// method, least digit first.
fn sort_by_key(words: Vec<u64>, users: Vec<u64>, key_bits: u32) -> SortedOrders {
    let mut from = SortedOrders { words, users };
    if from.words.is_sorted_by_key(|&word| OrderWord(word).key()) {
        return from;
    }
    let mut to =
        SortedOrders { words: vec![0; from.words.len()], users: vec![0; from.users.len()] };
    for pass in 0..key_bits.div_ceil(DIGIT_BITS) {
        let digit = |word: u64| {
            (OrderWord(word).key().0 >> (pass * DIGIT_BITS)) as usize & ((1 << DIGIT_BITS) - 1)
        };
        let mut next = [0u32; 1 << DIGIT_BITS];
        for &word in &from.words {
            next[digit(word)] += 1;
        }
        let mut total = 0;
        for count in &mut next {
            total += std::mem::replace(count, total);
        }
        for (&word, &user) in from.words.iter().zip(&from.users) {
            let place = &mut next[digit(word)];
            to.words[*place as usize] = word;
            to.users[*place as usize] = user;
            *place += 1;
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
            let word = |key: u64, index: usize| key << 24 | (index as u64 & 0xff) << 16;
            let words: Vec<_> = keys.iter().enumerate().map(|(i, &key)| word(key, i)).collect();
            let users: Vec<_> = (0..keys.len() as u64).collect();
            let sorted = sort_by_key(words.clone(), users, 20);
            prop_assert!(sorted.words.is_sorted_by_key(|&word| word >> 24));
            for (&found, &user) in sorted.words.iter().zip(&sorted.users) {
                prop_assert_eq!(found, words[user as usize]);
            }
        }
    }
}
