//! Spill: validated orders, sorted by partition, in memory or in a temporary file.
//!
//! Each row group becomes one or more segments. [`SpillWriter`] accepts segments from all threads;
//! [`OrderSpill`] is the finished spill, ready to read.

use std::borrow::Cow;
use std::fs::File;
use std::io;
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::orders::order::PackedOrder;
use crate::orders::sort::partition::Partitions;
use crate::orders::validate::{OrderIds, ValidOrders};

/// Where the columns of segments are stored.
#[derive(Debug)]
enum Storage {
    Memory,
    File { file: File, end: AtomicU64 },
}

/// Orders of one row group: columns of equal length, sorted by partition. `area_sets` and `details` are empty
/// unless the caller asked for them.
#[derive(Debug)]
pub(crate) struct Segment {
    packed: StoredColumn<u64>,
    users: StoredColumn<u64>,
    ids: StoredIds,
    area_sets: StoredColumn<u32>,
    details: StoredColumn<u32>,
    partition_ends: Vec<u32>,
    has_integer_users: bool,
}

#[derive(Debug)]
enum StoredColumn<T> {
    Memory(Vec<T>),
    File { offset: u64, len: usize },
}

#[derive(Debug)]
enum StoredIds {
    None,
    Integers(StoredColumn<i64>),
    Texts(StoredColumn<u128>),
}

/// The kind of the order ids of a segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum IdKind {
    None,
    Integers,
    Texts,
}

/// The order ids of one segment.
pub(crate) enum SegmentIds<'a> {
    None,
    Integers(Cow<'a, [i64]>),
    Texts(Cow<'a, [u128]>),
}

/// Accepts the segments of a build, from any thread.
#[derive(Debug)]
pub struct SpillWriter {
    storage: Storage,
    segments: Mutex<Vec<Segment>>,
}

/// All segments of a build.
#[derive(Debug)]
pub struct OrderSpill {
    storage: Storage,
    segments: Vec<Segment>,
}

impl SpillWriter {
    /// Spills to a temporary file in `folder`, or keeps segments in memory without one. The
    /// operating system removes the file when the process ends, even after a crash.
    pub fn new(folder: Option<&Path>) -> io::Result<Self> {
        let storage = match folder {
            Some(folder) => {
                Storage::File { file: tempfile::tempfile_in(folder)?, end: AtomicU64::new(0) }
            }
            None => Storage::Memory,
        };
        Ok(Self { storage, segments: Mutex::default() })
    }

    /// Sorts orders by partition and stores them as a segment.
    pub fn add(&self, orders: ValidOrders, partitions: &Partitions) -> io::Result<()> {
        if orders.packed.is_empty() {
            return Ok(());
        }
        let (positions, partition_ends) = positions_by_partition(&orders.packed, partitions);
        let segment = Segment {
            packed: self.storage.store(reorder(&orders.packed, &positions))?,
            users: self.storage.store(reorder(&orders.users, &positions))?,
            ids: match orders.ids {
                OrderIds::None => StoredIds::None,
                OrderIds::Integers(ids) => {
                    StoredIds::Integers(self.storage.store(reorder(&ids, &positions))?)
                }
                OrderIds::Texts(ids) => {
                    StoredIds::Texts(self.storage.store(reorder(&ids, &positions))?)
                }
            },
            area_sets: self.storage.store_optional(&orders.area_sets, &positions)?,
            details: self.storage.store_optional(&orders.details, &positions)?,
            partition_ends,
            has_integer_users: orders.has_integer_users,
        };
        self.segments.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push(segment);
        Ok(())
    }

    /// Finishes writing.
    #[must_use]
    pub fn finish(self) -> OrderSpill {
        let segments =
            self.segments.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
        OrderSpill { storage: self.storage, segments }
    }
}

/// A counting sort by partition: the new position of each order, and the end of each partition.
fn positions_by_partition(packed: &[u64], partitions: &Partitions) -> (Vec<u32>, Vec<u32>) {
    let mut positions: Vec<u32> =
        packed.iter().map(|&packed| partitions.index_of(PackedOrder(packed)) as u32).collect();
    let mut next = vec![0u32; partitions.len()];
    for &partition in &positions {
        next[partition as usize] += 1;
    }
    let mut total = 0;
    for count in &mut next {
        total += std::mem::replace(count, total);
    }
    for position in &mut positions {
        let next = &mut next[*position as usize];
        *position = std::mem::replace(next, *next + 1);
    }
    (positions, next)
}

/// Moves each value to its position.
fn reorder<T: Copy + Default>(values: &[T], positions: &[u32]) -> Vec<T> {
    let mut reordered = vec![T::default(); values.len()];
    for (&value, &position) in values.iter().zip(positions) {
        reordered[position as usize] = value;
    }
    reordered
}

impl Storage {
    fn store<T: bytemuck::NoUninit>(&self, values: Vec<T>) -> io::Result<StoredColumn<T>> {
        match self {
            Self::Memory => Ok(StoredColumn::Memory(values)),
            Self::File { file, end } => {
                let bytes: &[u8] = bytemuck::cast_slice(&values);
                let offset = end.fetch_add(bytes.len() as u64, Ordering::Relaxed);
                file.write_all_at(bytes, offset)?;
                Ok(StoredColumn::File { offset, len: values.len() })
            }
        }
    }

    /// Stores a reordered column that may be empty, because not every caller asks for it.
    fn store_optional<T: bytemuck::NoUninit + Default>(
        &self,
        values: &[T],
        positions: &[u32],
    ) -> io::Result<StoredColumn<T>> {
        if values.is_empty() {
            return Ok(StoredColumn::Memory(Vec::new()));
        }
        self.store(reorder(values, positions))
    }

    /// A whole column, borrowed from memory or read from the file.
    fn read<'a, T: bytemuck::Pod>(&self, column: &'a StoredColumn<T>) -> io::Result<Cow<'a, [T]>> {
        match column {
            StoredColumn::Memory(values) => Ok(Cow::Borrowed(values)),
            StoredColumn::File { len, .. } => {
                let mut values = Vec::with_capacity(*len);
                self.append(column, 0..*len, &mut values)?;
                Ok(Cow::Owned(values))
            }
        }
    }

    /// Appends a range of a column to `out`.
    fn append<T: bytemuck::Pod>(
        &self,
        column: &StoredColumn<T>,
        range: Range<usize>,
        out: &mut Vec<T>,
    ) -> io::Result<()> {
        match (column, self) {
            (StoredColumn::Memory(values), _) => out.extend_from_slice(&values[range]),
            (StoredColumn::File { offset, .. }, Self::File { file, .. }) => {
                let old_len = out.len();
                out.resize(old_len + range.len(), T::zeroed());
                let start = offset + (range.start * size_of::<T>()) as u64;
                file.read_exact_at(bytemuck::cast_slice_mut(&mut out[old_len..]), start)?;
            }
            (StoredColumn::File { .. }, Self::Memory) => {
                unreachable!("memory storage creates no file columns")
            }
        }
        Ok(())
    }
}

impl<T> StoredColumn<T> {
    const fn len(&self) -> usize {
        match self {
            Self::Memory(values) => values.len(),
            Self::File { len, .. } => *len,
        }
    }
}

impl Segment {
    pub(crate) const fn len(&self) -> usize {
        self.packed.len()
    }

    /// The kind of its order ids.
    pub(crate) const fn id_kind(&self) -> IdKind {
        match self.ids {
            StoredIds::None => IdKind::None,
            StoredIds::Integers(_) => IdKind::Integers,
            StoredIds::Texts(_) => IdKind::Texts,
        }
    }

    /// Whether its users come from a column of integers.
    pub(crate) const fn has_integer_users(&self) -> bool {
        self.has_integer_users
    }

    /// Whether its orders have details.
    pub(crate) const fn has_details(&self) -> bool {
        self.details.len() > 0
    }

    /// The range of a partition's orders.
    pub(crate) fn partition(&self, partition: usize) -> Range<usize> {
        let start = partition.checked_sub(1).map_or(0, |previous| self.partition_ends[previous]);
        start as usize..self.partition_ends[partition] as usize
    }
}

impl OrderSpill {
    pub(crate) fn segments(&self) -> &[Segment] {
        &self.segments
    }

    /// Number of orders in all segments.
    #[must_use]
    pub fn len(&self) -> usize {
        self.segments.iter().map(Segment::len).sum()
    }

    /// Whether there are no orders.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.segments.is_empty()
    }

    pub(crate) fn append_packed(
        &self,
        segment: &Segment,
        range: Range<usize>,
        out: &mut Vec<u64>,
    ) -> io::Result<()> {
        self.storage.append(&segment.packed, range, out)
    }

    pub(crate) fn append_users(
        &self,
        segment: &Segment,
        range: Range<usize>,
        out: &mut Vec<u64>,
    ) -> io::Result<()> {
        self.storage.append(&segment.users, range, out)
    }

    pub(crate) fn append_area_sets(
        &self,
        segment: &Segment,
        range: Range<usize>,
        out: &mut Vec<u32>,
    ) -> io::Result<()> {
        self.storage.append(&segment.area_sets, range, out)
    }

    pub(crate) fn append_details(
        &self,
        segment: &Segment,
        range: Range<usize>,
        out: &mut Vec<u32>,
    ) -> io::Result<()> {
        self.storage.append(&segment.details, range, out)
    }

    /// The order ids of a segment, if its orders have ids.
    pub(crate) fn ids<'a>(&self, segment: &'a Segment) -> io::Result<SegmentIds<'a>> {
        Ok(match &segment.ids {
            StoredIds::None => SegmentIds::None,
            StoredIds::Integers(column) => SegmentIds::Integers(self.storage.read(column)?),
            StoredIds::Texts(column) => SegmentIds::Texts(self.storage.read(column)?),
        })
    }

    /// Frees the order ids, which are not needed after duplicates are found.
    pub(crate) fn drop_ids(&mut self) {
        for segment in &mut self.segments {
            segment.ids = StoredIds::None;
        }
    }
}
