//! Runs: the orders of one row group, sorted by bucket, kept in memory or in a temporary file.

use std::borrow::Cow;
use std::fs::File;
use std::io;
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::orders::order::OrderWord;
use crate::orders::sort::partition::Buckets;
use crate::orders::validate::{OrderIds, ValidOrders};

/// Where runs are kept.
#[derive(Debug)]
enum Keeping {
    Memory,
    File { file: File, next: AtomicU64 },
}

/// One run: columns of equal length, sorted by bucket. Sets of areas are empty unless asked for.
#[derive(Debug)]
pub(crate) struct Run {
    words: Column<u64>,
    users: Column<u64>,
    ids: IdColumn,
    area_sets: Column<u32>,
    ends: Vec<u32>,
}

#[derive(Debug)]
enum Column<T> {
    Memory(Vec<T>),
    File { at: u64, len: usize },
}

#[derive(Debug)]
enum IdColumn {
    None,
    Integers(Column<i64>),
    Texts(Column<u128>),
}

/// The ids of one run.
pub(crate) enum RunIds<'a> {
    None,
    Integers(Cow<'a, [i64]>),
    Texts(Cow<'a, [u128]>),
}

/// All runs of a build.
#[derive(Debug)]
pub struct Runs {
    keeping: Keeping,
    runs: Mutex<Vec<Run>>,
}

/// All runs of a build, none to come.
#[derive(Debug)]
pub struct SealedRuns {
    keeping: Keeping,
    runs: Vec<Run>,
}

impl Runs {
    /// Runs that stay in memory.
    #[must_use]
    pub fn in_memory() -> Self {
        Self { keeping: Keeping::Memory, runs: Mutex::default() }
    }

    /// Runs that go to a temporary file in a folder; the system removes it when the build ends,
    /// however it ends.
    pub fn spilled(folder: &Path) -> io::Result<Self> {
        let file = tempfile::tempfile_in(folder)?;
        Ok(Self {
            keeping: Keeping::File { file, next: AtomicU64::new(0) },
            runs: Mutex::default(),
        })
    }

    /// Sorts orders by bucket and keeps them.
    pub fn add(&self, orders: ValidOrders, buckets: &Buckets) -> io::Result<()> {
        if orders.words.is_empty() {
            return Ok(());
        }
        let (places, ends) = places_by_bucket(&orders.words, buckets);
        let run = Run {
            words: self.keeping.keep(arrange(&orders.words, &places))?,
            users: self.keeping.keep(arrange(&orders.users, &places))?,
            ids: match orders.ids {
                OrderIds::None => IdColumn::None,
                OrderIds::Integers(ids) => {
                    IdColumn::Integers(self.keeping.keep(arrange(&ids, &places))?)
                }
                OrderIds::Texts(ids) => IdColumn::Texts(self.keeping.keep(arrange(&ids, &places))?),
            },
            area_sets: match orders.area_sets {
                none if none.is_empty() => Column::Memory(none),
                sets => self.keeping.keep(arrange(&sets, &places))?,
            },
            ends,
        };
        self.runs.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push(run);
        Ok(())
    }

    /// No more runs will come.
    #[must_use]
    pub fn seal(self) -> SealedRuns {
        let runs = self.runs.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
        SealedRuns { keeping: self.keeping, runs }
    }
}

/// Where each order goes so that buckets lie one behind the other, and where each bucket ends.
fn places_by_bucket(words: &[u64], buckets: &Buckets) -> (Vec<u32>, Vec<u32>) {
    let mut places: Vec<u32> =
        words.iter().map(|&word| buckets.of(OrderWord(word)) as u32).collect();
    let mut next = vec![0u32; buckets.len()];
    for &bucket in &places {
        next[bucket as usize] += 1;
    }
    let mut total = 0;
    for count in &mut next {
        total += std::mem::replace(count, total);
    }
    for place in &mut places {
        let next = &mut next[*place as usize];
        *place = std::mem::replace(next, *next + 1);
    }
    (places, next)
}

fn arrange<T: Copy + Default>(values: &[T], places: &[u32]) -> Vec<T> {
    let mut arranged = vec![T::default(); values.len()];
    for (&value, &place) in values.iter().zip(places) {
        arranged[place as usize] = value;
    }
    arranged
}

impl Keeping {
    fn keep<T: bytemuck::NoUninit>(&self, values: Vec<T>) -> io::Result<Column<T>> {
        match self {
            Self::Memory => Ok(Column::Memory(values)),
            Self::File { file, next } => {
                let bytes: &[u8] = bytemuck::cast_slice(&values);
                let at = next.fetch_add(bytes.len() as u64, Ordering::Relaxed);
                file.write_all_at(bytes, at)?;
                Ok(Column::File { at, len: values.len() })
            }
        }
    }

    /// A whole column, as it lies in memory or read into it.
    fn whole<'a, T: bytemuck::Pod>(&self, column: &'a Column<T>) -> io::Result<Cow<'a, [T]>> {
        match column {
            Column::Memory(values) => Ok(Cow::Borrowed(values)),
            Column::File { len, .. } => {
                let mut values = Vec::with_capacity(*len);
                self.append(column, 0..*len, &mut values)?;
                Ok(Cow::Owned(values))
            }
        }
    }

    /// Appends a part of a column to `out`.
    fn append<T: bytemuck::Pod>(
        &self,
        column: &Column<T>,
        range: Range<usize>,
        out: &mut Vec<T>,
    ) -> io::Result<()> {
        match (column, self) {
            (Column::Memory(values), _) => out.extend_from_slice(&values[range]),
            (Column::File { at, .. }, Self::File { file, .. }) => {
                let old = out.len();
                out.resize(old + range.len(), T::zeroed());
                let start = at + (range.start * size_of::<T>()) as u64;
                file.read_exact_at(bytemuck::cast_slice_mut(&mut out[old..]), start)?;
            }
            (Column::File { .. }, Self::Memory) => unreachable!("memory keeps no files"),
        }
        Ok(())
    }
}

impl<T> Column<T> {
    const fn len(&self) -> usize {
        match self {
            Self::Memory(values) => values.len(),
            Self::File { len, .. } => *len,
        }
    }
}

impl Run {
    pub(crate) const fn len(&self) -> usize {
        self.words.len()
    }

    /// Where a bucket lies in the run.
    pub(crate) fn bucket(&self, bucket: usize) -> Range<usize> {
        let start = bucket.checked_sub(1).map_or(0, |before| self.ends[before]);
        start as usize..self.ends[bucket] as usize
    }
}

impl SealedRuns {
    pub(crate) fn runs(&self) -> &[Run] {
        &self.runs
    }

    /// Orders in all runs.
    #[must_use]
    pub fn len(&self) -> usize {
        self.runs.iter().map(Run::len).sum()
    }

    /// Whether there is no order.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.runs.is_empty()
    }

    pub(crate) fn append_words(
        &self,
        run: &Run,
        range: Range<usize>,
        out: &mut Vec<u64>,
    ) -> io::Result<()> {
        self.keeping.append(&run.words, range, out)
    }

    pub(crate) fn append_users(
        &self,
        run: &Run,
        range: Range<usize>,
        out: &mut Vec<u64>,
    ) -> io::Result<()> {
        self.keeping.append(&run.users, range, out)
    }

    pub(crate) fn append_area_sets(
        &self,
        run: &Run,
        range: Range<usize>,
        out: &mut Vec<u32>,
    ) -> io::Result<()> {
        self.keeping.append(&run.area_sets, range, out)
    }

    /// The ids of a run, where orders have them.
    pub(crate) fn ids<'a>(&self, run: &'a Run) -> io::Result<RunIds<'a>> {
        Ok(match &run.ids {
            IdColumn::None => RunIds::None,
            IdColumn::Integers(column) => RunIds::Integers(self.keeping.whole(column)?),
            IdColumn::Texts(column) => RunIds::Texts(self.keeping.whole(column)?),
        })
    }

    /// Forgets the ids, which nobody needs once duplicates are found.
    pub(crate) fn drop_ids(&mut self) {
        for run in &mut self.runs {
            run.ids = IdColumn::None;
        }
    }
}
