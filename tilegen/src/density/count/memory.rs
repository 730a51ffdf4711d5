//! How the memory is divided while orders are counted: orders that are sorted, users, tiles.

use std::collections::HashSet;
use std::io;

use rayon::prelude::*;
use tilecore::hash::fibonacci;

use crate::density::distinct_users::USER_BYTES;
use crate::orders::memory::{MemoryLimit, TooLittleMemory};
use crate::orders::order::PackedOrder;
use crate::orders::sort::partition::Partitions;
use crate::orders::sort::radix::Selection;
use crate::orders::sort::spill::Segment;

/// Most orders of a portion, if memory allows: enough to divide among threads, and few enough that
/// sorted orders are still in the processor's cache when they are counted.
const PORTION_ORDERS: u64 = 1 << 19;

/// Bytes per order while its portion is sorted and counted: packed order and user, both again while they
/// are sorted or divided into shards, two first-seen levels, and the levels down to which it is shown.
const SORTED_BYTES: u64 = 2 * 16 + 2 + 2 + 4;

/// Bytes per order that stays in memory until it is counted: packed order and user.
const STORED_BYTES: u64 = 16;

/// Bytes per order that waits in memory for the second pass of a floor: packed order, user and level.
const QUEUED_BYTES: u64 = 17;

/// Memory for each user in a table that has grown: it may be half empty, because its size was not known.
const GROWN_USER_BYTES: u64 = 128;

/// The share of users that is counted to estimate how many there are: one of this number.
const SAMPLED_USERS: u64 = 64;

/// How orders are counted.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CountMemory {
    /// Most orders to sort and count at once.
    pub(crate) portion_orders: usize,
    /// Number of passes over the orders, each with a share of the users.
    pub(crate) user_passes: u64,
    /// Users of a pass, if it is known.
    pub(crate) users_of_pass: usize,
    /// Most bytes of tiles before they are written into archives.
    pub(crate) tile_bytes: u64,
    /// The limit of the whole process.
    pub(crate) limit: MemoryLimit,
}

/// Why orders could not be counted.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CountError {
    /// Temporary files could not be used.
    #[error(transparent)]
    Temporary(#[from] io::Error),
    /// The memory limit is too low.
    #[error(transparent)]
    Memory(#[from] TooLittleMemory),
}

impl CountMemory {
    /// Divides the memory that stored orders leave. A partition is sorted at once, so the largest one must
    /// fit.
    pub(crate) fn divide(
        limit: MemoryLimit,
        selection: &Selection<'_>,
        partitions: &Partitions,
        is_spilled: bool,
        has_floor: bool,
    ) -> Result<Self, CountError> {
        let orders = selection.spill.len() as u64;
        let queued = if has_floor { QUEUED_BYTES } else { 0 };
        let stored = if is_spilled { 0 } else { orders * (STORED_BYTES + queued) };
        let left = limit.working_bytes().saturating_sub(stored);
        let largest = largest_partition(selection.spill.segments(), partitions);
        let what =
            || format!("{largest} orders lie in one square of the map, and are sorted at once");
        limit.check(stored + 2 * largest * SORTED_BYTES, None, what)?;
        let portion_orders = (left / 4 / SORTED_BYTES).clamp(1, PORTION_ORDERS);
        let left = left - largest.max(portion_orders).min(orders) * SORTED_BYTES;
        let most = orders * GROWN_USER_BYTES;
        let (users, user_bytes) = if most <= left / 2 {
            (0, most)
        } else {
            let users = estimate_users(selection)?.min(orders);
            (users, users * USER_BYTES)
        };
        let user_passes = user_bytes.div_ceil((left / 2).max(1)).max(1);
        Ok(Self {
            portion_orders: usize::try_from(portion_orders).unwrap_or(usize::MAX),
            user_passes,
            users_of_pass: usize::try_from(users / user_passes).unwrap_or(0),
            tile_bytes: left - user_bytes.min(left / 2),
            limit,
        })
    }

    /// Checks the size of the tiles that are built from a part of the orders.
    pub(crate) fn check_tiles(
        &self,
        bytes: u64,
        counted: u64,
        orders: u64,
    ) -> Result<(), TooLittleMemory> {
        if bytes <= self.tile_bytes {
            return Ok(());
        }
        // What all tiles will take if the others are like these, in addition to everything else.
        let share = orders.max(1) as f64 / counted.max(1) as f64;
        let tiles = (bytes as f64 * share.max(1.0)) as u64;
        let other = self.limit.working_bytes().saturating_sub(self.tile_bytes);
        let what =
            || format!("the tiles of {counted} of {orders} orders have {bytes} bytes already");
        self.limit.check(other.saturating_add(tiles), Some("build fewer windows or layers"), what)
    }
}

/// The number of orders in the largest partition.
fn largest_partition(segments: &[Segment], partitions: &Partitions) -> u64 {
    let orders = |partition| segments.iter().map(|one| one.partition(partition).len() as u64).sum();
    (0..partitions.len()).map(orders).max().unwrap_or(0)
}

/// The number of users, from those whose hash has some bits. 50,000 users in the sample of several million
/// give an error of less than two percent; a margin covers it.
fn estimate_users(selection: &Selection<'_>) -> io::Result<u64> {
    let spill = selection.spill;
    let is_sampled = |user: u64| (fibonacci(user ^ user >> 31) >> 40).is_multiple_of(SAMPLED_USERS);
    let sampled = spill.segments().par_iter().map(|segment| {
        let (mut packed, mut users) = (Vec::new(), Vec::new());
        spill.append_packed(segment, 0..segment.len(), &mut packed)?;
        spill.append_users(segment, 0..segment.len(), &mut users)?;
        let orders = users.into_iter().zip(packed);
        let known = orders.filter(|&(_, packed)| PackedOrder(packed).is_user_known());
        let sampled = known.map(|(user, _)| user).filter(|&user| is_sampled(user));
        Ok::<_, io::Error>(sampled.collect::<HashSet<_>>())
    });
    let merge = |mut all: HashSet<u64>, more: HashSet<u64>| {
        all.extend(more);
        Ok(all)
    };
    let sampled: HashSet<u64> = sampled.try_reduce(HashSet::new, merge)?;
    let users = sampled.len() as u64 * SAMPLED_USERS;
    Ok(users + users / 32 + 1024)
}
