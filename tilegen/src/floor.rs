//! The privacy floor: which cells a public archive may show (requirements, section 4).
//!
//! From the top down: a cell is shown only under shown parents and with at least k distinct users;
//! and the orders that a shown parent has beyond its shown children are none, or belong to at
//! least k distinct users. So no subtraction inside an archive leaves fewer than k people.

use std::ops::Range;

use tilecore::DEEPEST_LEVEL;

use crate::bin::SortedOrders;
use crate::buckets::DEEPEST_BUCKET;
use crate::distinct::NewUser;
use crate::order::OrderWord;

/// Least number of distinct users that anything shown, or any difference, must have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Floor {
    min_users: usize,
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
    /// A floor of `min_users`; with 1 or less there is none.
    #[must_use]
    pub const fn new(min_users: u16) -> Option<Self> {
        if min_users > 1 { Some(Self { min_users: min_users as usize }) } else { None }
    }

    /// Least number of distinct users.
    #[must_use]
    pub const fn min_users(self) -> usize {
        self.min_users
    }

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

    /// The deepest level at which each order's cell is shown, 0 for none, given the shown
    /// shallowest cells of the bucket.
    pub(crate) fn shown_levels(
        self,
        orders: &SortedOrders,
        news: &[u8],
        top: impl IntoIterator<Item = Range<usize>>,
    ) -> Vec<u8> {
        let mut levels = vec![0; orders.words.len()];
        for range in top {
            self.descend(orders, news, DEEPEST_BUCKET, range, &mut levels);
        }
        levels
    }

    /// Decides about the children of a shown cell.
    fn descend(
        self,
        orders: &SortedOrders,
        news: &[u8],
        level: u8,
        range: Range<usize>,
        levels: &mut [u8],
    ) {
        if level == DEEPEST_LEVEL {
            levels[range].fill(level);
            return;
        }
        let children: Vec<_> = children(&orders.words, range, level + 1).collect();
        let users: Vec<_> =
            children.iter().map(|child| NewUser::count(&news[child.clone()], level + 1)).collect();
        let is_shown = self.choose(&users, |hidden| {
            let parts = children.iter().zip(hidden).filter(|(_, hidden)| **hidden);
            distinct(parts.flat_map(|(child, _)| known_users(orders, child.clone()))).len()
        });
        for (child, is_shown) in children.into_iter().zip(is_shown) {
            if is_shown {
                self.descend(orders, news, level + 1, child, levels);
            } else {
                levels[child].fill(level);
            }
        }
    }

    /// Which of a parent's children are shown, given their distinct users. `hidden_users` counts
    /// the distinct users of the children marked as hidden, taken together.
    fn choose(self, users: &[usize], hidden_users: impl FnOnce(&[bool]) -> usize) -> Vec<bool> {
        let mut hidden: Vec<bool> = users.iter().map(|&users| users < self.min_users).collect();
        if hidden.contains(&true) && hidden_users(&hidden) < self.min_users {
            // Any other child has enough users by itself, so hiding one more is enough; the
            // smallest costs least. `min_by_key` takes the first of equals along the curve.
            let others = (0..users.len()).filter(|&child| !hidden[child]);
            if let Some(smallest) = others.min_by_key(|&child| users[child]) {
                hidden[smallest] = true;
            }
        }
        hidden.into_iter().map(|hidden| !hidden).collect()
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

fn distinct(users: impl Iterator<Item = u64>) -> Vec<u64> {
    let mut users: Vec<_> = users.collect();
    users.sort_unstable();
    users.dedup();
    users
}

#[cfg(test)]
mod tests;
