//! The privacy floor by line: which lines a shown cell may show.
//!
//! Two rules apply under each shown parent. Between levels: the orders of a line that the parent
//! shows and its children do not show are none, or belong to at least k distinct users. Within a
//! cell: the orders of all lines that the cell does not show are none, or belong to at least k
//! distinct users. Where a rule is broken, one more line is hidden in one more child. This repeats
//! until both rules hold. It ends because lines are only ever hidden. `attribution` has a third rule, for
//! which the parent itself hides a line.

use std::ops::Range;

use super::threshold::{Floor, distinct};
use crate::density::distinct_users::FirstSeenLevel;
use crate::orders::lines::MAX_LINES;
use crate::orders::order::PackedOrder;
use crate::orders::sort::radix::SortedOrders;

/// A set of lines, by index.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct LineSet([u64; MAX_LINES.div_ceil(64)]);

impl LineSet {
    pub(super) const NONE: Self = Self([0; MAX_LINES.div_ceil(64)]);
    pub(super) const ALL: Self = Self([u64::MAX; MAX_LINES.div_ceil(64)]);

    pub(super) const fn contains(&self, line: u8) -> bool {
        self.0[(line >> 6) as usize] >> (line & 63) & 1 == 1
    }

    pub(super) fn insert(&mut self, line: u8) {
        self.0[usize::from(line >> 6)] |= 1 << (line & 63);
    }

    fn remove(&mut self, line: u8) {
        self.0[usize::from(line >> 6)] &= !(1 << (line & 63));
    }
}

/// A child cell as the rules see it: its lines by ascending index, each with its distinct users, and
/// the lines that it may show. A hidden child shows no lines.
pub(super) struct Child {
    range: Range<usize>,
    lines: Vec<(u8, usize)>,
    shown_lines: LineSet,
    is_shown: bool,
    /// Lines that it must not show, because of its own children.
    barred: LineSet,
}

impl Child {
    pub(super) fn new(
        orders: &SortedOrders,
        first_seen: &[u8],
        level: u8,
        range: Range<usize>,
        is_shown: bool,
        barred: LineSet,
    ) -> Self {
        let mut users = [None; MAX_LINES + 1];
        for (&packed, &first_seen) in
            orders.packed[range.clone()].iter().zip(&first_seen[range.clone()])
        {
            let users = users[usize::from(PackedOrder(packed).line())].get_or_insert(0);
            *users += usize::from(FirstSeenLevel::from_byte(first_seen).is_new_for_line_at(level));
        }
        let lines =
            (0..=u8::MAX).zip(users).filter_map(|(line, users)| Some((line, users?))).collect();
        Self { range, lines, shown_lines: LineSet::NONE, is_shown, barred }
    }

    pub(super) const fn shown_lines(&self) -> LineSet {
        self.shown_lines
    }

    pub(super) const fn is_shown(&self) -> bool {
        self.is_shown
    }

    pub(super) fn range(&self) -> Range<usize> {
        self.range.clone()
    }

    fn users_of(&self, line: u8) -> Option<usize> {
        let at = self.lines.binary_search_by_key(&line, |&(line, _)| line).ok()?;
        Some(self.lines[at].1)
    }
}

impl Floor {
    /// Decides which lines each child shows. `parent_lines` are the lines that the parent shows.
    pub(super) fn choose_lines(
        self,
        orders: &SortedOrders,
        children: &mut [Child],
        parent_lines: LineSet,
    ) {
        for child in children.iter_mut().filter(|child| child.is_shown) {
            for &(line, users) in &child.lines {
                let may_show = parent_lines.contains(line) && !child.barred.contains(line);
                if may_show && users >= self.min_users {
                    child.shown_lines.insert(line);
                }
            }
        }
        let mut lines: Vec<u8> =
            children.iter().flat_map(|child| &child.lines).map(|&(line, _)| line).collect();
        lines.sort_unstable();
        lines.dedup();
        lines.retain(|&line| parent_lines.contains(line));
        while self.enforce_between_levels(orders, children, &lines)
            | self.enforce_within_cells(orders, children)
        {}
    }

    /// Enforces the rule between levels. Returns whether a line had to be hidden in one more child.
    fn enforce_between_levels(
        self,
        orders: &SortedOrders,
        children: &mut [Child],
        lines: &[u8],
    ) -> bool {
        let mut has_changed = false;
        for &line in lines {
            let hidden = children.iter().filter(|child| {
                child.users_of(line).is_some() && !child.shown_lines.contains(line)
            });
            let ranges = hidden.map(|child| child.range.clone());
            if !self.is_below_floor(orders, ranges, |other| other == line) {
                continue;
            }
            let showing = children.iter_mut().filter(|child| child.shown_lines.contains(line));
            if let Some(smallest) = showing.min_by_key(|child| child.users_of(line)) {
                smallest.shown_lines.remove(line);
                has_changed = true;
            }
        }
        has_changed
    }

    /// Enforces the rule within cells. Returns whether one more line had to be hidden.
    fn enforce_within_cells(self, orders: &SortedOrders, children: &mut [Child]) -> bool {
        let mut has_changed = false;
        for child in children.iter_mut().filter(|child| child.is_shown) {
            let shown_lines = child.shown_lines;
            let ranges = std::iter::once(child.range.clone());
            if !self.is_below_floor(orders, ranges, |line| !shown_lines.contains(line)) {
                continue;
            }
            let others = child.lines.iter().filter(|(line, _)| shown_lines.contains(*line));
            if let Some(&(smallest, _)) = others.min_by_key(|(_, users)| *users) {
                child.shown_lines.remove(smallest);
                has_changed = true;
            }
        }
        has_changed
    }

    /// Whether `ranges` contain orders of the selected lines, but of fewer users than the floor.
    fn is_below_floor(
        self,
        orders: &SortedOrders,
        ranges: impl Iterator<Item = Range<usize>>,
        is_selected: impl Fn(u8) -> bool,
    ) -> bool {
        let selected =
            ranges.flatten().filter(|&at| is_selected(PackedOrder(orders.packed[at]).line()));
        let mut selected = selected.peekable();
        let is_known = |&at: &usize| PackedOrder(orders.packed[at]).is_user_known();
        selected.peek().is_some()
            && distinct(selected.filter(is_known).map(|at| orders.users[at])).len() < self.min_users
    }
}
