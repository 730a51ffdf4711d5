//! The memory limit of a build, and how much of it a step may use.
//!
//! The limit is that of the whole process. A fixed part is for the program itself, and the steps of a build
//! divide the rest: threads that read row groups, order ids, users, orders that are sorted, tiles. What
//! cannot be made smaller is compared with the rest before it is allocated, and the build stops with the least
//! limit that is enough.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// Memory of the program itself, without any data: code, configuration, time zones, archive writer,
/// allocator. Measured as the peak of a build of a few orders, with a margin.
const PROGRAM_BYTES: u64 = 46_000_000;

/// Memory of each thread without data: its stack, its part of the allocator, its encoders.
const THREAD_BYTES: u64 = 1_000_000;

/// The least memory for data with which a build is attempted.
const LEAST_WORKING_BYTES: u64 = 16_000_000;

/// Bytes per order while a segment is validated and divided into partitions: packed order, user, id and area
/// set, and one of the columns again.
const SEGMENT_ORDER_BYTES: u64 = 8 + 8 + 16 + 4 + 16 + 4;

/// Most and least orders of a segment.
const SEGMENT_ORDERS: (u64, u64) = (1 << 14, 1 << 18);

/// The memory limit is too low for the data.
#[derive(Debug, thiserror::Error)]
#[error(
    "the memory limit of {limit} is too low: {what}; give at least --memory {least}{}",
    remedy.map(|remedy| format!(", or {remedy}")).unwrap_or_default()
)]
pub struct TooLittleMemory {
    /// What needs the memory.
    what: String,
    /// The limit.
    limit: String,
    /// The least limit that is enough.
    least: String,
    /// Another remedy.
    remedy: Option<&'static str>,
}

/// A size in megabytes, as `--memory` accepts it.
pub(crate) fn megabytes(bytes: u64) -> String {
    format!("{}MB", bytes.div_ceil(1_000_000))
}

/// The memory limit of a build.
#[derive(Clone, Copy, Debug)]
pub(crate) struct MemoryLimit {
    limit: u64,
    threads: u64,
}

impl MemoryLimit {
    /// A limit for this number of threads. It must leave some memory for data.
    pub(crate) fn new(limit: u64, threads: usize) -> Result<Self, TooLittleMemory> {
        let limit = Self { limit, threads: threads as u64 };
        let what = || format!("a build with {threads} threads needs more");
        limit.check(LEAST_WORKING_BYTES, Some("use fewer threads"), what)?;
        Ok(limit)
    }

    const fn program_bytes(self) -> u64 {
        PROGRAM_BYTES + self.threads * THREAD_BYTES
    }

    /// Memory for data.
    pub(crate) const fn working_bytes(self) -> u64 {
        self.limit.saturating_sub(self.program_bytes())
    }

    /// Checks that data of a size fit.
    pub(crate) fn check(
        self,
        bytes: u64,
        remedy: Option<&'static str>,
        what: impl FnOnce() -> String,
    ) -> Result<(), TooLittleMemory> {
        if bytes <= self.working_bytes() {
            return Ok(());
        }
        Err(TooLittleMemory {
            what: what(),
            limit: megabytes(self.limit),
            least: megabytes(bytes.saturating_add(self.program_bytes())),
            remedy,
        })
    }

    /// Most orders that a thread validates before it stores them: all threads together use at most a
    /// quarter of the memory.
    pub(crate) fn segment_orders(self) -> usize {
        let orders = self.working_bytes() / 4 / self.threads.max(1) / SEGMENT_ORDER_BYTES;
        usize::try_from(orders.clamp(SEGMENT_ORDERS.0, SEGMENT_ORDERS.1)).unwrap_or(usize::MAX)
    }

    /// Memory of a segment until it is stored.
    pub(crate) fn segment_bytes(self) -> u64 {
        self.segment_orders() as u64 * SEGMENT_ORDER_BYTES
    }
}

/// The memory that threads share while they read row groups. A thread waits until its part is free, so that
/// a small limit means fewer row groups at a time.
#[derive(Debug)]
pub(crate) struct ReadMemory {
    pub(crate) limit: MemoryLimit,
    free: Mutex<u64>,
    released: Condvar,
    /// Memory of what grows while row groups are read: the table of users whose ids are texts.
    growing: AtomicU64,
}

/// A part of the memory, until it is dropped.
#[derive(Debug)]
pub(crate) struct Reserved<'a> {
    memory: &'a ReadMemory,
    bytes: u64,
}

impl ReadMemory {
    pub(crate) fn new(limit: MemoryLimit) -> Self {
        let free = Mutex::new(limit.working_bytes());
        Self { limit, free, released: Condvar::new(), growing: AtomicU64::new(0) }
    }

    /// Memory of what grows while row groups are read.
    pub(crate) fn growing_bytes(&self) -> u64 {
        self.growing.load(Ordering::Relaxed)
    }

    /// Sets the memory of what grows. Row groups that are read from now on have the rest. At least a quarter
    /// must remain for them.
    pub(crate) fn set_growing(
        &self,
        bytes: u64,
        what: impl FnOnce() -> String,
    ) -> Result<(), TooLittleMemory> {
        self.growing.store(bytes, Ordering::Relaxed);
        self.limit.check(bytes.saturating_mul(4) / 3, Some("write ids as integers"), what)
    }

    fn free(&self) -> MutexGuard<'_, u64> {
        self.free.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for a part of the memory: for all of it, if the part is larger.
    pub(crate) fn reserve(&self, bytes: u64) -> Reserved<'_> {
        let growing = self.growing_bytes().min(self.limit.working_bytes());
        let bytes = bytes.min(self.limit.working_bytes() - growing);
        let free = self.free();
        let wait = self.released.wait_while(free, |free| *free < bytes + growing);
        *wait.unwrap_or_else(PoisonError::into_inner) -= bytes;
        Reserved { memory: self, bytes }
    }
}

impl Reserved<'_> {
    /// Changes the size. A larger part is released first, because two threads that keep their parts
    /// while they wait for more would wait forever.
    pub(crate) fn resize(&mut self, bytes: u64) {
        let memory = self.memory;
        if bytes > self.bytes {
            self.release();
            *self = memory.reserve(bytes);
        }
    }

    fn release(&mut self) {
        *self.memory.free() += std::mem::take(&mut self.bytes);
        self.memory.released.notify_all();
    }
}

impl Drop for Reserved<'_> {
    fn drop(&mut self) {
        self.release();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};

    use super::*;

    #[test]
    fn a_limit_below_the_program_names_the_least_one() {
        let error = MemoryLimit::new(2_000_000, 2).unwrap_err().to_string();
        assert_eq!(
            error,
            "the memory limit of 2MB is too low: a build with 2 threads needs more; give at least --memory 64MB, or use fewer threads"
        );
        let limit = MemoryLimit::new(64_000_000, 2).unwrap();
        assert_eq!(limit.working_bytes(), LEAST_WORKING_BYTES);
        assert!(limit.check(16_000_000, None, String::new).is_ok());
        let error = limit.check(400_000_001, None, || "x".to_owned()).unwrap_err().to_string();
        assert!(error.ends_with("give at least --memory 449MB"), "{error}");
    }

    #[test]
    fn segments_of_all_threads_fit_into_a_quarter_of_the_memory() {
        for (limit, threads) in
            [(100_000_000, 2), (500_000_000, 2), (500_000_000, 8), (1 << 40, 64)]
        {
            let limit = MemoryLimit::new(limit, threads).unwrap();
            let all = limit.segment_bytes() * threads as u64;
            assert!(all <= limit.working_bytes() / 4, "{limit:?}: {all} bytes");
        }
    }

    #[test]
    fn what_grows_leaves_less_for_row_groups() {
        let memory = ReadMemory::new(MemoryLimit::new(100_000_000, 2).unwrap());
        memory.set_growing(30_000_000, String::new).unwrap();
        assert_eq!(memory.reserve(50_000_000).bytes, 22_000_000);
        let error = memory.set_growing(60_000_000, || "users".to_owned()).unwrap_err().to_string();
        assert!(error.contains("users; give at least --memory 128MB, or write ids as"), "{error}");
    }

    #[test]
    fn threads_together_never_have_more_than_the_memory() {
        let memory = ReadMemory::new(MemoryLimit::new(100_000_000, 2).unwrap());
        let all = memory.limit.working_bytes();
        let used = AtomicU64::new(0);
        let take = |bytes: u64| {
            let now = used.fetch_add(bytes, Ordering::SeqCst) + bytes;
            assert!(now <= all, "{now} of {all} bytes");
        };
        std::thread::scope(|scope| {
            for thread in 1..=4 {
                let (memory, used, take) = (&memory, &used, &take);
                scope.spawn(move || {
                    for round in 0..200 {
                        let mut reserved = memory.reserve((round * thread * 7_000_003) % (2 * all));
                        take(reserved.bytes);
                        used.fetch_sub(reserved.bytes, Ordering::SeqCst);
                        reserved.resize(reserved.bytes + 9_000_000);
                        take(reserved.bytes);
                        used.fetch_sub(reserved.bytes, Ordering::SeqCst);
                    }
                });
            }
        });
        assert_eq!(*memory.free(), all);
    }
}
