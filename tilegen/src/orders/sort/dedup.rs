//! Dedup: an order that stands in the data twice is counted once, and always the same one of the two.

use std::borrow::Cow;
use std::collections::HashSet;
use std::hash::Hash;
use std::io;
use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};

use rayon::prelude::*;

use crate::orders::lines::Lines;
use crate::orders::order::OrderWord;
use crate::orders::sort::spill::{Run, RunIds, SealedRuns};
use crate::orders::validate::{NO_INTEGER_ID, NO_TEXT_ID};

/// Places of the orders that repeat another, by run, rising.
#[derive(Debug, Default)]
pub struct Repeats(Vec<Vec<u32>>);

impl Repeats {
    /// How many orders repeat another.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.0.iter().map(|places| places.len() as u64).sum()
    }

    /// The parts of a range of a run between orders that are repeats.
    pub(crate) fn parts_without(
        &self,
        run: usize,
        range: Range<usize>,
    ) -> impl Iterator<Item = Range<usize>> {
        parts_without(self.0.get(run).map_or(&[], Vec::as_slice), range)
    }
}

/// The parts of a range between places that are left out.
fn parts_without(left_out: &[u32], range: Range<usize>) -> impl Iterator<Item = Range<usize>> {
    let first = left_out.partition_point(|&place| (place as usize) < range.start);
    let last = left_out.partition_point(|&place| (place as usize) < range.end);
    let mut start = range.start;
    let holes = left_out[first..last].iter().map(|&place| place as usize);
    holes.chain([range.end]).filter_map(move |end| {
        let part = start..end;
        start = end + 1;
        (!part.is_empty()).then_some(part)
    })
}

/// An order whose id stands at several places. Of equal ids the first in this order is kept: the
/// newest day, so that every window that ends on the same day keeps the same one, then the least
/// word and user, so that the order of files does not matter.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Claim<T> {
    id: T,
    days_back: u16,
    word: u64,
    user: u64,
    run: u32,
    place: u32,
}

/// An identity that can be compared, and its stand-in for "none".
trait Id: Copy + Ord + Hash + Send + Sync {
    const NONE: Self;
    /// Bits that spread ids evenly.
    fn spread(self) -> u64;
    /// Distance from a lower id, where ids are numbers.
    fn distance(self, from: Self) -> Option<u64>;
}

impl Id for i64 {
    const NONE: Self = NO_INTEGER_ID;

    fn spread(self) -> u64 {
        // Fibonacci hashing: 2^64 divided by the golden ratio (Knuth, volume 3, section 6.4).
        self.cast_unsigned().wrapping_mul(0x9E37_79B9_7F4A_7C15)
    }

    fn distance(self, from: Self) -> Option<u64> {
        Some(self.wrapping_sub(from).cast_unsigned())
    }
}

impl Id for u128 {
    const NONE: Self = NO_TEXT_ID;

    fn spread(self) -> u64 {
        self as u64
    }

    fn distance(self, _: Self) -> Option<u64> {
        None
    }
}

/// Finds the orders that repeat another one's id.
pub fn find_repeats(runs: &SealedRuns, lines: &Lines) -> io::Result<Repeats> {
    let ids: Vec<RunIds<'_>> =
        runs.runs().par_iter().map(|run| runs.ids(run)).collect::<io::Result<_>>()?;
    let has_texts = ids.iter().any(|ids| matches!(ids, RunIds::Texts(_)));
    let has_integers = ids.iter().any(|ids| matches!(ids, RunIds::Integers(_)));
    if has_texts {
        // Some files may write ids as numbers and some as text: then compare all as text.
        let ids = ids.into_iter().map(RunIds::into_texts).collect();
        Finder { runs, lines, ids }.find()
    } else if has_integers {
        let ids = ids.into_iter().map(RunIds::into_integers).collect();
        Finder { runs, lines, ids }.find()
    } else {
        Ok(Repeats::default())
    }
}

impl<'a> RunIds<'a> {
    fn into_texts(self) -> Cow<'a, [u128]> {
        let text = |id: &i64| match *id {
            i64::NONE => u128::NONE,
            id => xxhash_rust::xxh3::xxh3_128(id.to_string().as_bytes()),
        };
        match self {
            Self::None => Cow::default(),
            Self::Integers(ids) => ids.iter().map(text).collect(),
            Self::Texts(ids) => ids,
        }
    }

    fn into_integers(self) -> Cow<'a, [i64]> {
        match self {
            Self::Integers(ids) => ids,
            Self::None | Self::Texts(_) => Cow::default(),
        }
    }
}

struct Finder<'a, T: Id> {
    runs: &'a SealedRuns,
    lines: &'a Lines,
    /// By run; a run without ids has none.
    ids: Vec<Cow<'a, [T]>>,
}

impl<T: Id> Finder<'_, T> {
    fn find(&self) -> io::Result<Repeats> {
        let seen_twice = self.seen_twice();
        let mut claims: Vec<Claim<T>> = self
            .ids
            .par_iter()
            .enumerate()
            .map(|(run, ids)| self.claims(run, ids, &seen_twice))
            .collect::<io::Result<Vec<_>>>()?
            .concat();
        claims.par_sort_unstable();
        let mut repeats = vec![Vec::new(); self.ids.len()];
        for pair in claims.windows(2) {
            if pair[0].id == pair[1].id {
                repeats[pair[1].run as usize].push(pair[1].place);
            }
        }
        for places in &mut repeats {
            places.sort_unstable();
        }
        Ok(Repeats(repeats))
    }

    fn claims(
        &self,
        run: usize,
        ids: &[T],
        seen_twice: &SeenTwice<T>,
    ) -> io::Result<Vec<Claim<T>>> {
        let places: Vec<usize> = (0..ids.len()).filter(|&at| seen_twice.has(ids[at])).collect();
        let claim = |place: usize| {
            let (word, user) = self.order(&self.runs.runs()[run], place)?;
            let word = word.with_line(self.lines.index(word.line()));
            Ok(Claim {
                id: ids[place],
                days_back: word.days_back(),
                word: word.0,
                user,
                run: run as u32,
                place: place as u32,
            })
        };
        places.into_iter().map(claim).collect()
    }

    fn order(&self, run: &Run, place: usize) -> io::Result<(OrderWord, u64)> {
        let (mut words, mut users) = (Vec::with_capacity(1), Vec::with_capacity(1));
        self.runs.append_words(run, place..place + 1, &mut words)?;
        self.runs.append_users(run, place..place + 1, &mut users)?;
        Ok((OrderWord(words[0]), users[0]))
    }

    /// The ids that stand at more than one place.
    fn seen_twice(&self) -> SeenTwice<T> {
        let known = || self.ids.par_iter().flat_map_iter(|ids| ids.iter().copied());
        let known = || known().filter(|&id| id != T::NONE);
        let total: usize = self.ids.iter().map(|ids| ids.len()).sum();
        let (Some(low), Some(high)) = (known().min(), known().max()) else {
            return SeenTwice::List(HashSet::new());
        };
        // A bit an id, as long as that takes no more memory than the ids themselves.
        match high.distance(low) {
            Some(span) if span / 64 < total as u64 => self.by_bits(low, span),
            _ => SeenTwice::List(self.by_sorting(total)),
        }
    }

    fn by_bits(&self, low: T, span: u64) -> SeenTwice<T> {
        let blank = || (0..=span / 64).map(|_| AtomicU64::new(0)).collect::<Vec<_>>();
        let (once, twice) = (blank(), blank());
        self.ids.par_iter().for_each(|ids| {
            for (at, bit) in ids.iter().filter_map(|&id| bit_of(id, low)) {
                if once[at].fetch_or(bit, Ordering::Relaxed) & bit != 0 {
                    twice[at].fetch_or(bit, Ordering::Relaxed);
                }
            }
        });
        SeenTwice::Bits { low, bits: twice }
    }

    fn by_sorting(&self, total: usize) -> HashSet<T> {
        const IDS_PER_PART: usize = 1 << 16;
        let bits = (total / IDS_PER_PART).next_power_of_two().trailing_zeros().max(1);
        let part_of = |id: T| (id.spread() >> (64 - bits)) as usize;
        let split: Vec<Vec<Vec<T>>> = self
            .ids
            .par_iter()
            .map(|ids| {
                let mut parts = vec![Vec::new(); 1 << bits];
                for &id in ids.iter().filter(|&&id| id != T::NONE) {
                    parts[part_of(id)].push(id);
                }
                parts
            })
            .collect();
        let repeated = (0..1usize << bits).into_par_iter().flat_map_iter(|part| {
            let mut ids: Vec<T> = split.iter().flat_map(|parts| &parts[part]).copied().collect();
            ids.sort_unstable();
            let twice = ids.windows(2).filter(|pair| pair[0] == pair[1]).map(|pair| pair[0]);
            twice.collect::<Vec<_>>()
        });
        repeated.collect()
    }
}

fn bit_of<T: Id>(id: T, low: T) -> Option<(usize, u64)> {
    let distance = id.distance(low).filter(|_| id != T::NONE)?;
    Some(((distance / 64) as usize, 1 << (distance % 64)))
}

enum SeenTwice<T> {
    Bits { low: T, bits: Vec<AtomicU64> },
    List(HashSet<T>),
}

impl<T: Id> SeenTwice<T> {
    fn has(&self, id: T) -> bool {
        match self {
            Self::Bits { low, bits } => bit_of(id, *low)
                .is_some_and(|(at, bit)| bits[at].load(Ordering::Relaxed) & bit != 0),
            Self::List(list) => !list.is_empty() && list.contains(&id),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn parts_are_what_is_not_left_out(
            holes in proptest::collection::btree_set(0u32..60, 0..20), start in 0usize..60, len in 0usize..60
        ) {
            let range = start..(start + len).min(60);
            let left_out: Vec<_> = holes.iter().copied().collect();
            let found: Vec<_> = parts_without(&left_out, range.clone()).flatten().collect();
            let wanted: Vec<_> = range.filter(|&at| !holes.contains(&(at as u32))).collect();
            prop_assert_eq!(found, wanted);
        }
    }
}
