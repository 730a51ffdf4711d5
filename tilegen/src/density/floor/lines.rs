//! The floor by line (`--floor-lines`): of which lines a shown cell may tell.
//!
//! Under each shown parent two rules are held together until both hold. Down the tree: the orders
//! of a line that a parent tells of and its children do not are none, or belong to at least k
//! distinct users. Within a cell: so are the orders of all lines that it does not tell of. What
//! breaks a rule hides one more line in one more child, so it ends.

use std::ops::Range;

use super::threshold::{Floor, distinct};
use crate::density::distinct_users::NewUser;
use crate::orders::lines::MAX_LINES;
use crate::orders::order::OrderWord;
use crate::orders::sort::radix::SortedOrders;

/// A set of lines, by index.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct LineSet([u64; MAX_LINES.div_ceil(64)]);

impl LineSet {
    pub(super) const NONE: Self = Self([0; MAX_LINES.div_ceil(64)]);
    pub(super) const ALL: Self = Self([u64::MAX; MAX_LINES.div_ceil(64)]);

    pub(super) const fn has(&self, line: u8) -> bool {
        self.0[(line >> 6) as usize] >> (line & 63) & 1 == 1
    }

    fn add(&mut self, line: u8) {
        self.0[usize::from(line >> 6)] |= 1 << (line & 63);
    }

    fn remove(&mut self, line: u8) {
        self.0[usize::from(line >> 6)] &= !(1 << (line & 63));
    }
}

/// A child as the rules see it: its lines by rising index, each with its distinct users, and those
/// that it may tell of; none if the child itself is hidden.
pub(super) struct Child {
    range: Range<usize>,
    lines: Vec<(u8, usize)>,
    told: LineSet,
    is_shown: bool,
}

impl Child {
    pub(super) fn new(
        orders: &SortedOrders,
        news: &[u8],
        level: u8,
        range: Range<usize>,
        is_shown: bool,
    ) -> Self {
        let mut users = [None; MAX_LINES + 1];
        for (&word, &new) in orders.words[range.clone()].iter().zip(&news[range.clone()]) {
            let users = users[usize::from(OrderWord(word).line())].get_or_insert(0);
            *users += usize::from(NewUser::from_byte(new).is_new_of_line(level));
        }
        let lines = (0..).zip(users).filter_map(|(line, users)| Some((line, users?))).collect();
        Self { range, lines, told: LineSet::NONE, is_shown }
    }

    pub(super) fn told(&self) -> LineSet {
        self.told
    }

    fn users_of(&self, line: u8) -> Option<usize> {
        let at = self.lines.binary_search_by_key(&line, |&(line, _)| line).ok()?;
        Some(self.lines[at].1)
    }
}

impl Floor {
    /// Decides of which lines the children of a parent tell, which itself tells of `by_parent`.
    pub(super) fn choose_lines(
        self,
        orders: &SortedOrders,
        children: &mut [Child],
        by_parent: LineSet,
    ) {
        for child in children.iter_mut().filter(|child| child.is_shown) {
            for &(line, users) in &child.lines {
                if by_parent.has(line) && users >= self.min_users {
                    child.told.add(line);
                }
            }
        }
        let mut lines: Vec<u8> =
            children.iter().flat_map(|child| &child.lines).map(|&(line, _)| line).collect();
        lines.sort_unstable();
        lines.dedup();
        lines.retain(|&line| by_parent.has(line));
        while self.mend_children(orders, children, &lines) | self.mend_cells(orders, children) {}
    }

    /// Down the tree: whether a line had to be hidden in one more child.
    fn mend_children(self, orders: &SortedOrders, children: &mut [Child], lines: &[u8]) -> bool {
        let mut has_mended = false;
        for &line in lines {
            let hidden = children
                .iter()
                .filter(|child| child.users_of(line).is_some() && !child.told.has(line));
            let ranges = hidden.map(|child| child.range.clone());
            if !self.is_too_few(orders, ranges, |of| of == line) {
                continue;
            }
            let telling = children.iter_mut().filter(|child| child.told.has(line));
            if let Some(smallest) = telling.min_by_key(|child| child.users_of(line)) {
                smallest.told.remove(line);
                has_mended = true;
            }
        }
        has_mended
    }

    /// Within a cell: whether one more line had to be hidden.
    fn mend_cells(self, orders: &SortedOrders, children: &mut [Child]) -> bool {
        let mut has_mended = false;
        for child in children.iter_mut().filter(|child| child.is_shown) {
            let told = child.told;
            let ranges = std::iter::once(child.range.clone());
            if !self.is_too_few(orders, ranges, |line| !told.has(line)) {
                continue;
            }
            let others = child.lines.iter().filter(|(line, _)| told.has(*line));
            if let Some(&(smallest, _)) = others.min_by_key(|(_, users)| *users) {
                child.told.remove(smallest);
                has_mended = true;
            }
        }
        has_mended
    }

    /// Whether the orders of some lines in some ranges are there, but of too few users.
    fn is_too_few(
        self,
        orders: &SortedOrders,
        ranges: impl Iterator<Item = Range<usize>>,
        of: impl Fn(u8) -> bool,
    ) -> bool {
        let chosen = ranges.flatten().filter(|&at| of(OrderWord(orders.words[at]).line()));
        let mut chosen = chosen.peekable();
        let is_known = |&at: &usize| OrderWord(orders.words[at]).is_user_known();
        chosen.peek().is_some()
            && distinct(chosen.filter(is_known).map(|at| orders.users[at])).len() < self.min_users
    }
}
