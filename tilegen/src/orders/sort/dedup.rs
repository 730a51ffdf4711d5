//! Deduplication: of orders with the same id exactly one is counted, always the same one.

use std::borrow::Cow;
use std::collections::HashSet;
use std::hash::Hash;
use std::io;
use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};

use rayon::prelude::*;
use tilecore::hash::fibonacci;

use crate::orders::lines::{LineCode, Lines};
use crate::orders::order::PackedOrder;
use crate::orders::sort::spill::{OrderSpill, Segment, SegmentIds};
use crate::orders::validate::{NO_INTEGER_ID, NO_TEXT_ID};

/// Positions of the orders to leave out, by segment, ascending.
#[derive(Debug, Default)]
pub struct Duplicates(Vec<Vec<u32>>);

impl Duplicates {
    /// Number of orders to leave out.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.0.iter().map(|positions| positions.len() as u64).sum()
    }

    /// The duplicates themselves.
    pub(crate) fn orders<'a>(
        &'a self,
        spill: &'a OrderSpill,
    ) -> impl Iterator<Item = io::Result<PackedOrder>> + 'a {
        spill.segments().iter().zip(&self.0).flat_map(move |(segment, positions)| {
            positions.iter().map(move |&position| {
                let (mut packed, position) = (Vec::with_capacity(1), position as usize);
                spill.append_packed(segment, position..position + 1, &mut packed)?;
                Ok(PackedOrder(packed[0]))
            })
        })
    }

    /// The sub-ranges of a segment's range that contain no duplicates.
    pub(crate) fn ranges_without(
        &self,
        segment: usize,
        range: Range<usize>,
    ) -> impl Iterator<Item = Range<usize>> {
        ranges_without(self.0.get(segment).map_or(&[], Vec::as_slice), range)
    }
}

/// The sub-ranges of a range between excluded positions.
fn ranges_without(excluded: &[u32], range: Range<usize>) -> impl Iterator<Item = Range<usize>> {
    let first = excluded.partition_point(|&position| (position as usize) < range.start);
    let last = excluded.partition_point(|&position| (position as usize) < range.end);
    let mut start = range.start;
    let gaps = excluded[first..last].iter().map(|&position| position as usize);
    gaps.chain([range.end]).filter_map(move |end| {
        let included = start..end;
        start = end + 1;
        (!included.is_empty()).then_some(included)
    })
}

/// An order whose id occurs more than once. Of equal ids the first in this sort order is kept: the
/// one of the newest day, so that every window that ends on the same day keeps the same order; then
/// the one with the lowest cell, name of the line, organic flag and user, so that neither the order of
/// files nor the types of their columns matter.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Candidate<T> {
    id: T,
    days_back: u16,
    packed: u64,
    user: u64,
    segment: u32,
    position: u32,
}

/// An order id that can be compared. One value is reserved for orders without an id.
trait Id: Copy + Ord + Hash + Send + Sync {
    const NONE: Self;
    /// A hash whose high bits are evenly distributed.
    fn hash_bits(self) -> u64;
    /// Distance from a lower id, if ids are integers.
    fn distance(self, from: Self) -> Option<u64>;
}

impl Id for i64 {
    const NONE: Self = NO_INTEGER_ID;

    fn hash_bits(self) -> u64 {
        fibonacci(self.cast_unsigned())
    }

    fn distance(self, from: Self) -> Option<u64> {
        Some(self.wrapping_sub(from).cast_unsigned())
    }
}

impl Id for u128 {
    const NONE: Self = NO_TEXT_ID;

    fn hash_bits(self) -> u64 {
        self as u64
    }

    fn distance(self, _: Self) -> Option<u64> {
        None
    }
}

/// Finds the orders whose id another, preferred order has.
pub fn find_duplicates(spill: &OrderSpill, lines: &Lines) -> io::Result<Duplicates> {
    let ids: Vec<SegmentIds<'_>> =
        spill.segments().par_iter().map(|segment| spill.ids(segment)).collect::<io::Result<_>>()?;
    let has_texts = ids.iter().any(|ids| matches!(ids, SegmentIds::Texts(_)));
    let has_integers = ids.iter().any(|ids| matches!(ids, SegmentIds::Integers(_)));
    if has_texts {
        // Some files may store ids as integers and others as text: then compare all ids as text.
        let ids = ids.into_iter().map(SegmentIds::into_texts).collect();
        DuplicateFinder { spill, line_ranks: lines.ranks(), ids }.find()
    } else if has_integers {
        let ids = ids.into_iter().map(SegmentIds::into_integers).collect();
        DuplicateFinder { spill, line_ranks: lines.ranks(), ids }.find()
    } else {
        Ok(Duplicates::default())
    }
}

impl<'a> SegmentIds<'a> {
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

struct DuplicateFinder<'a, T: Id> {
    spill: &'a OrderSpill,
    /// The rank of each line among all names, by code.
    line_ranks: Vec<LineCode>,
    /// By segment; empty for a segment without ids.
    ids: Vec<Cow<'a, [T]>>,
}

impl<T: Id> DuplicateFinder<'_, T> {
    fn find(&self) -> io::Result<Duplicates> {
        let repeated_ids = self.repeated_ids();
        let mut candidates: Vec<Candidate<T>> = self
            .ids
            .par_iter()
            .enumerate()
            .map(|(segment, ids)| self.candidates(segment, ids, &repeated_ids))
            .collect::<io::Result<Vec<_>>>()?
            .concat();
        candidates.par_sort_unstable();
        let mut duplicates = vec![Vec::new(); self.ids.len()];
        for pair in candidates.windows(2) {
            if pair[0].id == pair[1].id {
                duplicates[pair[1].segment as usize].push(pair[1].position);
            }
        }
        for positions in &mut duplicates {
            positions.sort_unstable();
        }
        Ok(Duplicates(duplicates))
    }

    fn candidates(
        &self,
        segment: usize,
        ids: &[T],
        repeated_ids: &RepeatedIds<T>,
    ) -> io::Result<Vec<Candidate<T>>> {
        let is_repeated = |&position: &usize| repeated_ids.contains(ids[position]);
        let candidate = |position: usize| {
            let (order, user) = self.order(&self.spill.segments()[segment], position)?;
            let order = order.with_line(self.line_ranks[usize::from(order.line())]);
            Ok(Candidate {
                id: ids[position],
                days_back: order.days_back(),
                packed: order.0,
                user,
                segment: segment as u32,
                position: position as u32,
            })
        };
        (0..ids.len()).filter(is_repeated).map(candidate).collect()
    }

    fn order(&self, segment: &Segment, position: usize) -> io::Result<(PackedOrder, u64)> {
        let (mut packed, mut users) = (Vec::with_capacity(1), Vec::with_capacity(1));
        self.spill.append_packed(segment, position..position + 1, &mut packed)?;
        self.spill.append_users(segment, position..position + 1, &mut users)?;
        Ok((PackedOrder(packed[0]), users[0]))
    }

    /// The ids that occur more than once.
    fn repeated_ids(&self) -> RepeatedIds<T> {
        let known = || self.ids.par_iter().flat_map_iter(|ids| ids.iter().copied());
        let known = || known().filter(|&id| id != T::NONE);
        let total: usize = self.ids.iter().map(|ids| ids.len()).sum();
        let (Some(low), Some(high)) = (known().min(), known().max()) else {
            return RepeatedIds::Set(HashSet::new());
        };
        // A bitmap with one bit for each possible id, unless it needs more memory than the ids.
        match high.distance(low) {
            Some(span) if span / 64 < total as u64 => self.find_with_bitmap(low, span),
            _ => RepeatedIds::Set(self.find_by_sorting(total)),
        }
    }

    fn find_with_bitmap(&self, low: T, span: u64) -> RepeatedIds<T> {
        let empty_bitmap = || (0..=span / 64).map(|_| AtomicU64::new(0)).collect::<Vec<_>>();
        let (once, twice) = (empty_bitmap(), empty_bitmap());
        self.ids.par_iter().for_each(|ids| {
            for (at, bit) in ids.iter().filter_map(|&id| bit_of(id, low)) {
                if once[at].fetch_or(bit, Ordering::Relaxed) & bit != 0 {
                    twice[at].fetch_or(bit, Ordering::Relaxed);
                }
            }
        });
        RepeatedIds::Bitmap { low, bits: twice }
    }

    fn find_by_sorting(&self, total: usize) -> HashSet<T> {
        const IDS_PER_SHARD: usize = 1 << 16;
        let bits = (total / IDS_PER_SHARD).next_power_of_two().trailing_zeros().max(1);
        let shard_of = |id: T| (id.hash_bits() >> (64 - bits)) as usize;
        let split: Vec<Vec<Vec<T>>> = self
            .ids
            .par_iter()
            .map(|ids| {
                let mut shards = vec![Vec::new(); 1 << bits];
                for &id in ids.iter().filter(|&&id| id != T::NONE) {
                    shards[shard_of(id)].push(id);
                }
                shards
            })
            .collect();
        let repeated = (0..1usize << bits).into_par_iter().flat_map_iter(|shard| {
            let mut ids: Vec<T> = split.iter().flat_map(|shards| &shards[shard]).copied().collect();
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

enum RepeatedIds<T> {
    Bitmap { low: T, bits: Vec<AtomicU64> },
    Set(HashSet<T>),
}

impl<T: Id> RepeatedIds<T> {
    fn contains(&self, id: T) -> bool {
        match self {
            Self::Bitmap { low, bits } => bit_of(id, *low)
                .is_some_and(|(at, bit)| bits[at].load(Ordering::Relaxed) & bit != 0),
            Self::Set(ids) => !ids.is_empty() && ids.contains(&id),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn ranges_contain_every_position_that_is_not_excluded(
            gaps in proptest::collection::btree_set(0u32..60, 0..20), start in 0usize..60, len in 0usize..60
        ) {
            let range = start..(start + len).min(60);
            let excluded: Vec<_> = gaps.iter().copied().collect();
            let found: Vec<_> = ranges_without(&excluded, range.clone()).flatten().collect();
            let expected: Vec<_> = range.filter(|&at| !gaps.contains(&(at as u32))).collect();
            prop_assert_eq!(found, expected);
        }
    }
}
