//! Groups of orders that count alike, and the counts of a cell.

use super::distinct_users::FirstSeenLevel;
use crate::orders::order::{Organic, PackedOrder};

/// Orders that count alike: a single order, or several orders of one cell and line.
#[derive(Clone, Copy, Debug)]
pub(crate) struct OrderGroup {
    /// Key of a deepest cell inside the cell that contains all orders of the group.
    pub(crate) key: u64,
    /// Index of the line, or [`WITHHELD`](crate::orders::lines::WITHHELD).
    pub(crate) line: u8,
    pub(crate) first_seen: FirstSeenLevel,
    pub(crate) orders: u32,
    pub(crate) organic: u32,
    pub(crate) unknown: u32,
}

impl OrderGroup {
    /// A group of a single order.
    #[inline]
    pub(crate) fn single(order: PackedOrder, first_seen: FirstSeenLevel) -> Self {
        let organic = order.organic();
        Self {
            key: order.key().0,
            line: order.line(),
            first_seen,
            orders: 1,
            organic: u32::from(organic == Organic::Yes),
            unknown: u32::from(organic == Organic::Unknown),
        }
    }
}

/// Counts of a cell, for all lines together or for one line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) orders: u32,
    pub(crate) organic: u32,
    pub(crate) unknown: u32,
    pub(crate) users: u32,
}

impl Counts {
    #[inline]
    pub(super) fn add(&mut self, group: &OrderGroup, is_new_user: bool) {
        self.orders += group.orders;
        self.organic += group.organic;
        self.unknown += group.unknown;
        // In a group, either every order has a new user of its own or no order has one.
        self.users += if is_new_user { group.orders } else { 0 };
    }

    /// The same counts with the number of users rounded down to a multiple of `step`.
    #[inline]
    pub(super) const fn with_users_in_steps(self, step: u32) -> Self {
        Self { users: self.users - self.users % step, ..self }
    }

    pub(crate) const fn nonorganic(&self) -> u32 {
        self.orders - self.organic - self.unknown
    }
}
