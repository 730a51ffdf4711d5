//! The last order of each user of a shard, overall and for each line.

use std::collections::HashMap;
use std::num::NonZeroU64;

use tilecore::CellKey;

use super::first_seen::{FirstSeenLevel, first_new_depth};
use super::shards::user_hash;
use crate::orders::order::PackedOrder;

/// A hash table with open addressing from users to their last orders.
#[derive(Default)]
pub(super) struct LastOrders {
    records: Vec<UserRecord>,
    users: usize,
    /// Keys of the last orders of lines that do not fit into the record of their user.
    overflow_lines: HashMap<(u64, u8), CellKey>,
}

/// Lines that fit into a record: a record is one cache line, so that an order costs one memory
/// access. Few users order from more lines.
const INLINE_LINES: usize = 6;

/// The last order of a user, overall and for each line. An empty record has no last order.
#[derive(Clone, Copy, Default)]
#[repr(align(64))]
struct UserRecord {
    user: u64,
    overall: Option<LastOrder>,
    of_line: [Option<LastOrder>; INLINE_LINES],
}

const _: () = assert!(size_of::<UserRecord>() == 64);

/// Memory for each user whose number is known before: a record in a table with some free places.
pub const USER_BYTES: u64 = size_of::<UserRecord>() as u64 * 7 / 5;

/// Key and line of an order, packed into a number that is never 0.
#[derive(Clone, Copy, PartialEq, Eq)]
struct LastOrder(NonZeroU64);

impl LastOrder {
    #[inline]
    const fn new(order: PackedOrder) -> Self {
        Self(NonZeroU64::MIN.saturating_add(order.key().0 << 9 | (order.line() as u64) << 1))
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

impl LastOrders {
    pub(super) fn with_records(records: usize) -> Self {
        Self { records: vec![UserRecord::default(); records], ..Self::default() }
    }

    /// Stores the next order of a user and returns its first-seen level.
    #[inline]
    pub(super) fn insert(&mut self, user: u64, order: PackedOrder) -> FirstSeenLevel {
        // At most four fifths full, so that linear probing stays short.
        if (self.users + 1) * 5 > self.records.len() * 4 {
            self.grow();
        }
        let at = self.find(user);
        let record = &mut self.records[at];
        self.users += usize::from(record.overall.is_none());
        record.user = user;
        let last = LastOrder::new(order);
        let overall = depth_after(record.overall.replace(last), last);
        let has_same_line = |slot: &LastOrder| slot.line() == last.line();
        let slots = &mut record.of_line;
        match slots.iter_mut().find(|slot| slot.as_ref().is_none_or(has_same_line)) {
            Some(slot) => FirstSeenLevel::new(overall, depth_after(slot.replace(last), last)),
            None => FirstSeenLevel::new(overall, self.depth_of_overflow_line(user, order)),
        }
    }

    #[cold]
    fn depth_of_overflow_line(&mut self, user: u64, order: PackedOrder) -> u8 {
        let previous = self.overflow_lines.insert((user, order.line()), order.key());
        previous.map_or(0, |previous| first_new_depth(order.key().0, previous.0))
    }

    /// Index of the user's record, or of the empty record for a new user.
    #[inline]
    fn find(&self, user: u64) -> usize {
        // Scaling the hash instead of masking it allows tables of any length. The upper bits chose
        // the shard.
        let hash = user_hash(user) & u64::from(u32::MAX);
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
        let bigger = vec![UserRecord::default(); (self.records.len() * 3 / 2).max(16)];
        for record in std::mem::replace(&mut self.records, bigger) {
            if record.overall.is_some() {
                let at = self.find(record.user);
                self.records[at] = record;
            }
        }
    }
}

/// The depth at which an order is new after the previous one, or 0 without one.
#[inline]
fn depth_after(previous: Option<LastOrder>, order: LastOrder) -> u8 {
    previous.map_or(0, |previous| first_new_depth(order.key(), previous.key()))
}
