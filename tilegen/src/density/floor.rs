//! The privacy floor: which cells a public archive may show (requirements, section 4).
//!
//! From the top down, a cell is shown only if its parent is shown and it has at least k distinct
//! users. The orders of a shown parent outside its shown children are none, or belong to at least k
//! distinct users. Therefore no subtraction inside an archive isolates fewer than k users.

mod lines;
mod threshold;

use std::ops::Range;

use tilecore::DEEPEST_LEVEL;

use crate::density::distinct_users::FirstSeenLevel;
use crate::orders::order::PackedOrder;
use crate::orders::sort::partition::MAX_PARTITION_LEVEL;
use crate::orders::sort::radix::SortedOrders;

use lines::{Child, LineSet};
pub use threshold::Floor;
use threshold::distinct;

/// The deepest levels at which each order of a partition is shown.
pub(crate) struct ShownLevels {
    /// The deepest level at which the cell of the order is shown; 0 if none.
    pub(crate) cells: Vec<u8>,
    /// The deepest level at which that cell shows the line of the order, if the floor applies by
    /// line.
    pub(crate) lines: Option<Vec<u8>>,
}

/// A cell of the shallowest zoom. Its parent is the whole archive.
#[derive(Clone, Debug)]
pub(crate) struct TopCell {
    partition: usize,
    range: Range<usize>,
    users: usize,
    /// The users themselves, if they are too few for the cell to be shown.
    few_users: Vec<u64>,
}

impl Floor {
    /// The top cells of a partition.
    pub(crate) fn top_cells(
        self,
        partition: usize,
        orders: &SortedOrders,
        first_seen: &[u8],
    ) -> Vec<TopCell> {
        let whole = 0..orders.packed.len();
        children(&orders.packed, whole, MAX_PARTITION_LEVEL)
            .map(|range| {
                let users =
                    FirstSeenLevel::count_new(&first_seen[range.clone()], MAX_PARTITION_LEVEL);
                let few_users = if users < self.min_users {
                    distinct(known_users(orders, range.clone()))
                } else {
                    Vec::new()
                };
                TopCell { partition, range, users, few_users }
            })
            .collect()
    }

    /// The top cells of the archive that are shown, as ranges by partition.
    pub(crate) fn shown_top_cells(self, cells: &[TopCell]) -> Vec<(usize, Range<usize>)> {
        let users: Vec<_> = cells.iter().map(|cell| cell.users).collect();
        let is_shown = self.shown_children(&users, |hidden| {
            let users = cells.iter().zip(hidden).filter(|(_, hidden)| **hidden);
            distinct(users.flat_map(|(cell, _)| cell.few_users.iter().copied())).len()
        });
        let shown = cells.iter().zip(is_shown).filter(|(_, is_shown)| *is_shown);
        shown.map(|(cell, _)| (cell.partition, cell.range.clone())).collect()
    }

    /// The deepest levels at which each order of a partition is shown, given the shown top cells of
    /// the partition.
    pub(crate) fn shown_levels(
        self,
        orders: &SortedOrders,
        first_seen: &[u8],
        top_cells: impl IntoIterator<Item = Range<usize>>,
    ) -> ShownLevels {
        let hidden = || vec![0; orders.packed.len()];
        let levels = ShownLevels { cells: hidden(), lines: self.has_lines.then(hidden) };
        let mut descent = Descent { floor: self, orders, first_seen, levels };
        for range in top_cells {
            let shown_lines = if self.has_lines {
                // The archive has no totals by line, so the rule between levels starts below the top cells.
                let mut top_cell =
                    [Child::new(orders, first_seen, MAX_PARTITION_LEVEL, range.clone(), true)];
                self.choose_lines(orders, &mut top_cell, LineSet::ALL);
                top_cell[0].shown_lines()
            } else {
                LineSet::ALL
            };
            descent.descend(MAX_PARTITION_LEVEL, range, shown_lines);
        }
        descent.levels
    }
}

/// Descends from shown cells to their children.
struct Descent<'a> {
    floor: Floor,
    orders: &'a SortedOrders,
    first_seen: &'a [u8],
    levels: ShownLevels,
}

impl Descent<'_> {
    /// Decides about the children of a shown cell, which shows the lines `shown_lines`.
    fn descend(&mut self, level: u8, range: Range<usize>, shown_lines: LineSet) {
        if let Some(levels) = &mut self.levels.lines {
            for (deepest, &packed) in
                levels[range.clone()].iter_mut().zip(&self.orders.packed[range.clone()])
            {
                if shown_lines.contains(PackedOrder(packed).line()) {
                    *deepest = level;
                }
            }
        }
        if level == DEEPEST_LEVEL {
            self.levels.cells[range].fill(level);
            return;
        }
        let (parent, level) = (level, level + 1);
        let (orders, first_seen) = (self.orders, self.first_seen);
        let ranges: Vec<_> = children(&orders.packed, range, level).collect();
        let users: Vec<_> = ranges
            .iter()
            .map(|child| FirstSeenLevel::count_new(&first_seen[child.clone()], level))
            .collect();
        let is_shown = self.floor.shown_children(&users, |hidden| {
            let children = ranges.iter().zip(hidden).filter(|(_, hidden)| **hidden);
            distinct(children.flat_map(|(child, _)| known_users(orders, child.clone()))).len()
        });
        let shown_lines = self.shown_lines(level, &ranges, &is_shown, shown_lines);
        for ((child, is_shown), shown_lines) in ranges.into_iter().zip(is_shown).zip(shown_lines) {
            if is_shown {
                self.descend(level, child, shown_lines);
            } else {
                self.levels.cells[child].fill(parent);
            }
        }
    }

    /// The lines that each child of a cell shows.
    fn shown_lines(
        &self,
        level: u8,
        children: &[Range<usize>],
        is_shown: &[bool],
        parent_lines: LineSet,
    ) -> Vec<LineSet> {
        if !self.floor.has_lines {
            return vec![parent_lines; children.len()];
        }
        let child = |(range, is_shown): (&Range<usize>, &bool)| {
            Child::new(self.orders, self.first_seen, level, range.clone(), *is_shown)
        };
        let mut children: Vec<_> = children.iter().zip(is_shown).map(child).collect();
        self.floor.choose_lines(self.orders, &mut children, parent_lines);
        children.iter().map(Child::shown_lines).collect()
    }
}

/// Ranges of the cells of `level` inside a range of sorted orders.
fn children(packed: &[u64], range: Range<usize>, level: u8) -> impl Iterator<Item = Range<usize>> {
    let key = move |packed: u64| PackedOrder(packed).key().zoom_out(DEEPEST_LEVEL - level);
    let mut start = range.start;
    std::iter::from_fn(move || {
        let rest = packed.get(start..range.end).filter(|rest| !rest.is_empty())?;
        let first = key(rest[0]);
        let child = start..start + rest.partition_point(|&packed| key(packed) == first);
        start = child.end;
        Some(child)
    })
}

fn known_users(orders: &SortedOrders, range: Range<usize>) -> impl Iterator<Item = u64> {
    let known = orders.packed[range.clone()].iter().zip(&orders.users[range]);
    known.filter(|(packed, _)| PackedOrder(**packed).is_user_known()).map(|(_, &user)| user)
}

#[cfg(test)]
mod tests;

#[cfg(test)]
mod line_tests;
