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
use crate::orders::sort::spill::{IdKind, OrderSpill, Segment, SegmentIds};
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
/// the one with the lowest cell, name of the line, organic flag, user, areas, city and hour, so that neither
/// the order of files nor the types of their columns matter.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Candidate<T> {
    id: T,
    days_back: u16,
    packed: u64,
    user: u64,
    /// Rank of its set of areas. Two orders of one cell may lie in different areas.
    area_rank: u32,
    /// Its city and hour, if the orders have them.
    detail: u32,
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

/// Finds the orders whose id another, preferred order has. `area_ranks` has the rank of each set of areas by
/// its number; it is empty if the orders have no areas. Ids that are compared at once take about
/// `memory_bytes` at most; if there are more, they are compared in several passes.
pub fn find_duplicates(
    spill: &OrderSpill,
    lines: &Lines,
    area_ranks: &[u32],
    memory_bytes: u64,
) -> io::Result<Duplicates> {
    let has = |kind| spill.segments().iter().any(|segment| segment.id_kind() == kind);
    let line_ranks = lines.ranks();
    if has(IdKind::Texts) {
        // Some files may store ids as integers and others as text: then compare all ids as text.
        let ids_of = |segment| spill.ids(segment).map(SegmentIds::into_texts);
        DuplicateFinder { spill, line_ranks, area_ranks, ids_of, memory_bytes }.find()
    } else if has(IdKind::Integers) {
        let ids_of = |segment| spill.ids(segment).map(SegmentIds::into_integers);
        DuplicateFinder { spill, line_ranks, area_ranks, ids_of, memory_bytes }.find()
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

/// Finds duplicates among ids of type `T`. `ids_of` returns those of a segment, or none for a segment without
/// ids.
struct DuplicateFinder<'a, F> {
    spill: &'a OrderSpill,
    /// The rank of each line among all names, by code.
    line_ranks: Vec<LineCode>,
    /// The rank of each set of areas, by number.
    area_ranks: &'a [u32],
    ids_of: F,
    memory_bytes: u64,
}

impl<'a, T, F> DuplicateFinder<'a, F>
where
    T: Id + 'a,
    F: Fn(&'a Segment) -> io::Result<Cow<'a, [T]>> + Sync,
{
    fn find(&self) -> io::Result<Duplicates> {
        let mut duplicates = vec![Vec::new(); self.spill.segments().len()];
        let total: usize = self.spill.segments().iter().map(Segment::len).sum();
        if let Some((low, span)) = self.dense_ids(total as u64)? {
            let repeated = self.find_with_bitmap(low, span)?;
            self.add_duplicates(&repeated, &mut duplicates)?;
        } else {
            let shards = Shards::new(total);
            let bytes = total as u64 * 2 * size_of::<T>() as u64;
            let passes = bytes.div_ceil(self.memory_bytes.max(1)).clamp(1, shards.count());
            let shards_per_pass = shards.count().div_ceil(passes);
            for first in (0..shards.count()).step_by(shards_per_pass as usize) {
                let pass = first..(first + shards_per_pass).min(shards.count());
                let repeated = RepeatedIds::Set(self.find_by_sorting(&shards, pass)?);
                self.add_duplicates(&repeated, &mut duplicates)?;
            }
        }
        for positions in &mut duplicates {
            positions.sort_unstable();
        }
        Ok(Duplicates(duplicates))
    }

    /// Calls `work` with the ids of each segment.
    fn for_each_segment<R: Send>(
        &self,
        work: impl Fn(usize, &[T]) -> io::Result<R> + Sync,
    ) -> io::Result<Vec<R>> {
        let segments = self.spill.segments().par_iter().enumerate();
        segments.map(|(index, segment)| work(index, &(self.ids_of)(segment)?)).collect()
    }

    /// Finds the orders to leave out among those with repeated ids. If most ids are repeated, it takes them
    /// in parts.
    fn add_duplicates(
        &self,
        repeated: &RepeatedIds<T>,
        duplicates: &mut [Vec<u32>],
    ) -> io::Result<()> {
        // Most repeated ids occur twice.
        let bytes = repeated.count() * 2 * size_of::<Candidate<T>>() as u64;
        let parts = bytes.div_ceil(self.memory_bytes.max(1)).max(1);
        for part in 0..parts {
            let is_wanted = |id: T| {
                repeated.contains(id) && (parts == 1 || (id.hash_bits() >> 16) % parts == part)
            };
            let candidates =
                self.for_each_segment(|segment, ids| self.candidates(segment, ids, is_wanted))?;
            let mut candidates = candidates.concat();
            candidates.par_sort_unstable();
            for pair in candidates.windows(2) {
                if pair[0].id == pair[1].id {
                    duplicates[pair[1].segment as usize].push(pair[1].position);
                }
            }
        }
        Ok(())
    }

    fn candidates(
        &self,
        segment: usize,
        ids: &[T],
        is_wanted: impl Fn(T) -> bool,
    ) -> io::Result<Vec<Candidate<T>>> {
        let candidate = |position: usize| {
            let stored = &self.spill.segments()[segment];
            let (order, user) = self.order(stored, position)?;
            let order = order.with_line(self.line_ranks[usize::from(order.line())]);
            Ok(Candidate {
                id: ids[position],
                days_back: order.days_back(),
                packed: order.0,
                user,
                area_rank: self.area_rank(stored, position)?,
                detail: self.detail(stored, position)?,
                segment: segment as u32,
                position: position as u32,
            })
        };
        (0..ids.len()).filter(|&position| is_wanted(ids[position])).map(candidate).collect()
    }

    fn order(&self, segment: &Segment, position: usize) -> io::Result<(PackedOrder, u64)> {
        let (mut packed, mut users) = (Vec::with_capacity(1), Vec::with_capacity(1));
        self.spill.append_packed(segment, position..position + 1, &mut packed)?;
        self.spill.append_users(segment, position..position + 1, &mut users)?;
        Ok((PackedOrder(packed[0]), users[0]))
    }

    fn detail(&self, segment: &Segment, position: usize) -> io::Result<u32> {
        if !segment.has_details() {
            return Ok(0);
        }
        let mut details = Vec::with_capacity(1);
        self.spill.append_details(segment, position..position + 1, &mut details)?;
        Ok(details[0])
    }

    fn area_rank(&self, segment: &Segment, position: usize) -> io::Result<u32> {
        if self.area_ranks.is_empty() {
            return Ok(0);
        }
        let mut sets = Vec::with_capacity(1);
        self.spill.append_area_sets(segment, position..position + 1, &mut sets)?;
        Ok(self.area_ranks[sets[0] as usize])
    }

    /// The lowest id and the distance to the highest, if two bitmaps with one bit for each possible id need
    /// less memory than the ids and fit into the limit.
    fn dense_ids(&self, total: u64) -> io::Result<Option<(T, u64)>> {
        let ends = self.for_each_segment(|_, ids| {
            let known = || ids.iter().copied().filter(|&id| id != T::NONE);
            Ok(known().min().zip(known().max()))
        })?;
        let ends = ends.into_iter().flatten();
        let Some((low, high)) = ends.reduce(|a, b| (a.0.min(b.0), a.1.max(b.1))) else {
            return Ok(None);
        };
        let is_dense = |span: &u64| span / 64 < total && span / 4 <= self.memory_bytes;
        Ok(high.distance(low).filter(is_dense).map(|span| (low, span)))
    }

    fn find_with_bitmap(&self, low: T, span: u64) -> io::Result<RepeatedIds<T>> {
        let empty_bitmap = || (0..=span / 64).map(|_| AtomicU64::new(0)).collect::<Vec<_>>();
        let (once, twice) = (empty_bitmap(), empty_bitmap());
        self.for_each_segment(|_, ids| {
            for (at, bit) in ids.iter().filter_map(|&id| bit_of(id, low)) {
                if once[at].fetch_or(bit, Ordering::Relaxed) & bit != 0 {
                    twice[at].fetch_or(bit, Ordering::Relaxed);
                }
            }
            Ok(())
        })?;
        Ok(RepeatedIds::Bitmap { low, bits: twice })
    }

    /// The repeated ids of a range of shards.
    fn find_by_sorting(&self, shards: &Shards, pass: Range<u64>) -> io::Result<HashSet<T>> {
        let split: Vec<Vec<Vec<T>>> = self.for_each_segment(|_, ids| {
            let mut split = vec![Vec::new(); (pass.end - pass.start) as usize];
            for &id in ids.iter().filter(|&&id| id != T::NONE) {
                let shard = shards.of(id);
                if pass.contains(&shard) {
                    split[(shard - pass.start) as usize].push(id);
                }
            }
            Ok(split)
        })?;
        let repeated =
            (0..(pass.end - pass.start) as usize).into_par_iter().flat_map_iter(|shard| {
                let mut ids: Vec<T> =
                    split.iter().flat_map(|shards| &shards[shard]).copied().collect();
                ids.sort_unstable();
                let twice = ids.windows(2).filter(|pair| pair[0] == pair[1]).map(|pair| pair[0]);
                twice.collect::<Vec<_>>()
            });
        Ok(repeated.collect())
    }
}

/// Divides ids by their hash.
struct Shards {
    bits: u32,
}

impl Shards {
    const IDS_PER_SHARD: usize = 1 << 16;

    fn new(ids: usize) -> Self {
        let shards = (ids / Self::IDS_PER_SHARD).next_power_of_two();
        Self { bits: shards.trailing_zeros().max(1) }
    }

    const fn count(&self) -> u64 {
        1 << self.bits
    }

    fn of<T: Id>(&self, id: T) -> u64 {
        id.hash_bits() >> (64 - self.bits)
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
    fn count(&self) -> u64 {
        match self {
            Self::Bitmap { bits, .. } => {
                bits.iter().map(|bits| u64::from(bits.load(Ordering::Relaxed).count_ones())).sum()
            }
            Self::Set(ids) => ids.len() as u64,
        }
    }

    fn contains(&self, id: T) -> bool {
        match self {
            Self::Bitmap { low, bits } => bit_of(id, *low)
                .is_some_and(|(at, bit)| bits[at].load(Ordering::Relaxed) & bit != 0),
            Self::Set(ids) => !ids.is_empty() && ids.contains(&id),
        }
    }
}

#[cfg(test)]
mod tests;
