//! What is counted: orders that count alike, and the counts of a cell.

use super::distinct_users::NewUser;
use crate::orders::order::{OrderWord, Organic};

/// Orders that count alike: one of them, or many of one cell.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Row {
    /// Key of a deepest cell in the cell that all of them lie in.
    pub(crate) key: u64,
    /// Index of the line, or [`WITHHELD`](crate::orders::lines::WITHHELD).
    pub(crate) line: u8,
    pub(crate) new: NewUser,
    pub(crate) orders: u32,
    pub(crate) organic: u32,
    pub(crate) unknown: u32,
}

impl Row {
    /// A single order.
    #[inline]
    pub(crate) fn of(word: OrderWord, new: NewUser) -> Self {
        let organic = word.organic();
        Self {
            key: word.key().0,
            line: word.line(),
            new,
            orders: 1,
            organic: u32::from(organic == Organic::Yes),
            unknown: u32::from(organic == Organic::Unknown),
        }
    }
}

/// Counts of a cell, over all lines or of one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) orders: u32,
    pub(crate) organic: u32,
    pub(crate) unknown: u32,
    pub(crate) users: u32,
}

impl Counts {
    #[inline]
    pub(super) fn add(&mut self, row: &Row, is_new: bool) {
        self.orders += row.orders;
        self.organic += row.organic;
        self.unknown += row.unknown;
        // Of several orders that count alike, each brings a user of its own or none does.
        self.users += if is_new { row.orders } else { 0 };
    }

    pub(crate) const fn nonorganic(&self) -> u32 {
        self.orders - self.organic - self.unknown
    }
}
