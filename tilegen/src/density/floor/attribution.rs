//! What a reader can conclude about the withheld orders of a cell without computing them exactly.
//!
//! The withheld orders of a family are a table. Its rows are the shown children, and the hidden ones
//! together. Its columns are the lines that the parent shows, and all others together. Subtraction gives
//! the sum of each row and of each column, and which entries are 0 because the child shows the line. No
//! entry is negative. Therefore rows R hold at least (sum of the columns C) − T orders in columns C, where
//! T are the orders outside R in the columns that R can have. If that is above 0, the reader knows that
//! someone in R ordered from C. This follows from the duality of flows and cuts: no other conclusion
//! about a group of entries is possible from these sums.

use std::ops::Range;

use super::lines::{Child, LineSet};
use super::threshold::Floor;
use crate::orders::lines::WITHHELD;
use crate::orders::order::PackedOrder;
use crate::orders::sort::radix::SortedOrders;

/// Four children, and the hidden ones together.
const MAX_ROWS: usize = 5;

/// The row of the hidden children.
const HIDDEN: usize = MAX_ROWS - 1;

/// Most sets of columns to try for some rows. Beyond that, the family counts as revealing.
const MAX_TRIES: u32 = 1 << 16;

/// The withheld orders of a family in one column.
#[derive(Clone, Debug)]
struct Column {
    /// The line, or [`WITHHELD`] for the lines that the parent withholds.
    line: u8,
    /// Orders by row.
    orders: [u64; MAX_ROWS],
    /// Distinct users by row, sorted.
    users: [Vec<u64>; MAX_ROWS],
    /// Rows that may have orders in this column, as a reader sees it; one bit each.
    possible: u8,
}

impl Column {
    fn new(line: u8) -> Self {
        Self { line, orders: [0; MAX_ROWS], users: Default::default(), possible: 0 }
    }

    fn total(&self) -> u64 {
        self.orders.iter().sum()
    }

    fn users_in(&self, rows: u8) -> Vec<u64> {
        union(
            (0..MAX_ROWS).filter(|row| rows >> row & 1 == 1).map(|row| self.users[row].as_slice()),
        )
    }
}

/// The users of several sorted lists, sorted, without duplicates.
fn union<'a>(lists: impl Iterator<Item = &'a [u64]>) -> Vec<u64> {
    let mut users: Vec<u64> = lists.flatten().copied().collect();
    users.sort_unstable();
    users.dedup();
    users
}

/// The withheld orders of the children of one cell.
pub(super) struct Withheld {
    /// Columns that have orders, by line.
    columns: Vec<Column>,
}

impl Withheld {
    /// The withheld orders of `children`, whose parent shows `parent_lines`.
    pub(super) fn new(orders: &SortedOrders, children: &[Child], parent_lines: LineSet) -> Self {
        let mut columns: Vec<Column> = Vec::new();
        let mut index_of_line = [None; WITHHELD as usize + 1];
        for (position, child) in children.iter().enumerate() {
            let row = if child.is_shown() { position } else { HIDDEN };
            for (line, at) in withheld_orders(orders, child, parent_lines) {
                let index = index_of_line[usize::from(line)].get_or_insert_with(|| {
                    columns.push(Column::new(line));
                    columns.len() - 1
                });
                let column = &mut columns[*index];
                column.orders[row] += 1;
                if PackedOrder(orders.packed[at]).is_user_known() {
                    column.users[row].push(orders.users[at]);
                }
            }
        }
        columns.sort_unstable_by_key(|column| column.line);
        for column in &mut columns {
            for users in &mut column.users {
                users.sort_unstable();
                users.dedup();
            }
            let shows =
                |child: &Child| child.is_shown() && child.shown_lines().contains(column.line);
            let rows = children.iter().enumerate().filter(|(_, child)| !shows(child));
            let bit =
                |(row, child): (usize, &Child)| 1u8 << if child.is_shown() { row } else { HIDDEN };
            column.possible = if column.line == WITHHELD {
                (1 << MAX_ROWS) - 1
            } else {
                rows.map(bit).fold(0, |all, bit| all | bit)
            };
        }
        Self { columns }
    }

    /// The line that the parent has to withhold too, if a reader could attribute withheld orders of
    /// fewer users than the floor. It is the one with the fewest withheld orders.
    pub(super) fn line_to_withhold(&self, floor: Floor) -> Option<u8> {
        if !self.reveals(floor.min_users()) {
            return None;
        }
        let of_parent = self.columns.iter().filter(|column| column.line != WITHHELD);
        of_parent.min_by_key(|column| (column.total(), column.line)).map(|column| column.line)
    }

    /// Whether some rows and columns hold orders of fewer than `k` users, and a reader can conclude that
    /// they hold at least one order.
    fn reveals(&self, k: usize) -> bool {
        let has_orders = |row: usize| self.columns.iter().any(|column| column.orders[row] > 0);
        let filled =
            (0..MAX_ROWS).filter(|&row| has_orders(row)).fold(0u8, |all, row| all | 1 << row);
        (1..=filled).filter(|rows| rows & !filled == 0).any(|rows| self.reveals_in(rows, k))
    }

    fn reveals_in(&self, rows: u8, k: usize) -> bool {
        let available = self.columns.iter().filter(|column| column.possible & rows != 0);
        let (mut outside, mut groups) = (0, Vec::new());
        for column in available {
            let is_outside = |row: &usize| rows >> row & 1 == 0;
            outside += (0..MAX_ROWS).filter(is_outside).map(|row| column.orders[row]).sum::<u64>();
            let users = column.users_in(rows);
            if users.len() < k {
                groups.push((column.total(), users));
            }
        }
        Search { k, outside, tries: 0 }.finds(&groups, &[], 0)
    }
}

/// The withheld orders of a child with their columns, by position.
fn withheld_orders<'a>(
    orders: &'a SortedOrders,
    child: &Child,
    parent_lines: LineSet,
) -> impl Iterator<Item = (u8, usize)> + use<'a> {
    let (range, shown): (Range<usize>, LineSet) = (child.range(), child.shown_lines());
    range.filter_map(move |at| {
        let line = PackedOrder(orders.packed[at]).line();
        let column = if parent_lines.contains(line) { line } else { WITHHELD };
        (!shown.contains(line)).then_some((column, at))
    })
}

/// Searches for columns that have more orders than `outside`, of fewer than `k` users together.
struct Search {
    k: usize,
    outside: u64,
    tries: u32,
}

impl Search {
    /// Continues with the columns `groups`, given the users and orders of the columns taken so far.
    fn finds(&mut self, groups: &[(u64, Vec<u64>)], users: &[u64], orders: u64) -> bool {
        self.tries += 1;
        if orders > self.outside || self.tries > MAX_TRIES {
            return true;
        }
        let left: u64 = groups.iter().map(|(orders, _)| orders).sum();
        let Some(((more, its_users), rest)) = groups.split_first() else { return false };
        if orders + left <= self.outside {
            return false;
        }
        let with_it = union([users, its_users.as_slice()].into_iter());
        (with_it.len() < self.k && self.finds(rest, &with_it, orders + more))
            || self.finds(rest, users, orders)
    }
}
