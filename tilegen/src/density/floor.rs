//! The privacy floor: which cells a public archive may show (requirements, section 4).
//!
//! From the top down: a cell is shown only under shown parents and with at least k distinct users;
//! and the orders that a shown parent has beyond its shown children are none, or belong to at
//! least k distinct users. So no subtraction inside an archive leaves fewer than k people.

mod lines;
mod threshold;

use std::ops::Range;

use tilecore::DEEPEST_LEVEL;

use crate::density::distinct_users::NewUser;
use crate::orders::order::OrderWord;
use crate::orders::sort::partition::DEEPEST_BUCKET;
use crate::orders::sort::radix::SortedOrders;

use lines::{Child, LineSet};
pub use threshold::Floor;
use threshold::distinct;

/// How deep each order of a bucket is shown.
pub(crate) struct ShownLevels {
    /// The deepest level at which its cell is shown, 0 for none.
    pub(crate) cells: Vec<u8>,
    /// The deepest level at which its cell tells of its line, where that is a question of its own.
    pub(crate) lines: Option<Vec<u8>>,
}

/// A cell of the shallowest zoom: the whole archive is its parent.
#[derive(Clone, Debug)]
pub(crate) struct TopCell {
    bucket: usize,
    range: Range<usize>,
    users: usize,
    /// The users themselves, where they are too few to be shown.
    few: Vec<u64>,
}

impl Floor {
    /// The shallowest cells of a bucket.
    pub(crate) fn top_cells(
        self,
        bucket: usize,
        orders: &SortedOrders,
        news: &[u8],
    ) -> Vec<TopCell> {
        let whole = 0..orders.words.len();
        children(&orders.words, whole, DEEPEST_BUCKET)
            .map(|range| {
                let users = NewUser::count(&news[range.clone()], DEEPEST_BUCKET);
                let few = if users < self.min_users {
                    distinct(known_users(orders, range.clone()))
                } else {
                    Vec::new()
                };
                TopCell { bucket, range, users, few }
            })
            .collect()
    }

    /// Of all shallowest cells of the archive, those that are shown: ranges by bucket.
    pub(crate) fn shown_top_cells(self, cells: &[TopCell]) -> Vec<(usize, Range<usize>)> {
        let users: Vec<_> = cells.iter().map(|cell| cell.users).collect();
        let is_shown = self.choose(&users, |hidden| {
            let users = cells.iter().zip(hidden).filter(|(_, hidden)| **hidden);
            distinct(users.flat_map(|(cell, _)| cell.few.iter().copied())).len()
        });
        let shown = cells.iter().zip(is_shown).filter(|(_, is_shown)| *is_shown);
        shown.map(|(cell, _)| (cell.bucket, cell.range.clone())).collect()
    }

    /// How deep each order of a bucket is shown, given the shown shallowest cells of the bucket.
    pub(crate) fn shown_levels(
        self,
        orders: &SortedOrders,
        news: &[u8],
        top: impl IntoIterator<Item = Range<usize>>,
    ) -> ShownLevels {
        let nothing = || vec![0; orders.words.len()];
        let levels = ShownLevels { cells: nothing(), lines: self.has_lines.then(nothing) };
        let mut descent = Descent { floor: self, orders, news, levels };
        for range in top {
            let told = if self.has_lines {
                // The archive tells nothing of a line as a whole, so its root is no parent here.
                let mut top = [Child::new(orders, news, DEEPEST_BUCKET, range.clone(), true)];
                self.choose_lines(orders, &mut top, LineSet::ALL);
                top[0].told()
            } else {
                LineSet::ALL
            };
            descent.descend(DEEPEST_BUCKET, range, told);
        }
        descent.levels
    }
}

/// The way down from shown cells to their children.
struct Descent<'a> {
    floor: Floor,
    orders: &'a SortedOrders,
    news: &'a [u8],
    levels: ShownLevels,
}

impl Descent<'_> {
    /// Decides about the children of a shown cell, which tells of the lines `told`.
    fn descend(&mut self, level: u8, range: Range<usize>, told: LineSet) {
        if let Some(levels) = &mut self.levels.lines {
            for (deepest, &word) in
                levels[range.clone()].iter_mut().zip(&self.orders.words[range.clone()])
            {
                if told.has(OrderWord(word).line()) {
                    *deepest = level;
                }
            }
        }
        if level == DEEPEST_LEVEL {
            self.levels.cells[range].fill(level);
            return;
        }
        let (parent, level) = (level, level + 1);
        let (orders, news) = (self.orders, self.news);
        let ranges: Vec<_> = children(&orders.words, range, level).collect();
        let users: Vec<_> =
            ranges.iter().map(|child| NewUser::count(&news[child.clone()], level)).collect();
        let is_shown = self.floor.choose(&users, |hidden| {
            let parts = ranges.iter().zip(hidden).filter(|(_, hidden)| **hidden);
            distinct(parts.flat_map(|(child, _)| known_users(orders, child.clone()))).len()
        });
        let told = self.told(level, &ranges, &is_shown, told);
        for ((child, is_shown), told) in ranges.into_iter().zip(is_shown).zip(told) {
            if is_shown {
                self.descend(level, child, told);
            } else {
                self.levels.cells[child].fill(parent);
            }
        }
    }

    /// Of which lines each child of a cell tells.
    fn told(
        &self,
        level: u8,
        children: &[Range<usize>],
        is_shown: &[bool],
        by_parent: LineSet,
    ) -> Vec<LineSet> {
        if !self.floor.has_lines {
            return vec![by_parent; children.len()];
        }
        let child = |(range, is_shown): (&Range<usize>, &bool)| {
            Child::new(self.orders, self.news, level, range.clone(), *is_shown)
        };
        let mut children: Vec<_> = children.iter().zip(is_shown).map(child).collect();
        self.floor.choose_lines(self.orders, &mut children, by_parent);
        children.iter().map(Child::told).collect()
    }
}

/// Ranges of the cells of `level` inside a range of sorted orders.
fn children(words: &[u64], range: Range<usize>, level: u8) -> impl Iterator<Item = Range<usize>> {
    let key = move |word: u64| OrderWord(word).key().zoom_out(DEEPEST_LEVEL - level);
    let mut start = range.start;
    std::iter::from_fn(move || {
        let rest = words.get(start..range.end).filter(|rest| !rest.is_empty())?;
        let first = key(rest[0]);
        let child = start..start + rest.partition_point(|&word| key(word) == first);
        start = child.end;
        Some(child)
    })
}

fn known_users(orders: &SortedOrders, range: Range<usize>) -> impl Iterator<Item = u64> {
    let known = orders.words[range.clone()].iter().zip(&orders.users[range]);
    known.filter(|(word, _)| OrderWord(**word).is_user_known()).map(|(_, &user)| user)
}

#[cfg(test)]
mod tests;

#[cfg(test)]
mod line_tests;
