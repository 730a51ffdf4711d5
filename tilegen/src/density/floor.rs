//! The privacy floor: which cells a public archive may show (requirements, section 4).
//!
//! From the top down, a cell is shown only if its parent is shown and it has at least k distinct
//! users. The orders of a shown parent outside its shown children are none, or belong to at least k
//! distinct users. Therefore no subtraction inside an archive isolates fewer than k users.

mod attribution;
mod lines;
mod threshold;

use std::ops::Range;

use tilecore::DEEPEST_LEVEL;

use crate::density::distinct_users::FirstSeenLevel;
use crate::orders::order::PackedOrder;
use crate::orders::sort::partition::MAX_PARTITION_LEVEL;
use crate::orders::sort::radix::SortedOrders;

use attribution::Withheld;
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
            descent.descend_top(range);
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

/// The cell must withhold this line, because its children would reveal too much about what they withhold.
struct WithholdLine(u8);

impl Descent<'_> {
    /// Decides about a shown top cell.
    fn descend_top(&mut self, range: Range<usize>) {
        let mut barred = LineSet::NONE;
        loop {
            let shown_lines = self.lines_of_top(range.clone(), barred);
            match self.descend(MAX_PARTITION_LEVEL, range.clone(), shown_lines) {
                Ok(()) => return,
                Err(WithholdLine(line)) => barred.insert(line),
            }
        }
    }

    /// The lines that a top cell shows. The archive has no totals by line, so the rules between levels
    /// start below the top cells.
    fn lines_of_top(&self, range: Range<usize>, barred: LineSet) -> LineSet {
        if !self.floor.has_lines {
            return LineSet::ALL;
        }
        let level = MAX_PARTITION_LEVEL;
        let mut cell = [Child::new(self.orders, self.first_seen, level, range, true, barred)];
        self.floor.choose_lines(self.orders, &mut cell, LineSet::ALL);
        cell[0].shown_lines()
    }

    /// Decides about the children of a shown cell, which shows the lines `shown_lines`. Fails if the cell
    /// must show one line less. Then the caller decides again.
    fn descend(
        &mut self,
        level: u8,
        range: Range<usize>,
        shown_lines: LineSet,
    ) -> Result<(), WithholdLine> {
        self.record_lines(level, range.clone(), shown_lines);
        if level == DEEPEST_LEVEL {
            self.levels.cells[range].fill(level);
            return Ok(());
        }
        let family = self.family(level, range);
        for (child, _) in family.iter().filter(|(_, is_shown)| !is_shown) {
            self.levels.cells[child.clone()].fill(level);
        }
        let mut barred = vec![LineSet::NONE; family.len()];
        let mut decided = vec![None; family.len()];
        while decided
            .iter()
            .zip(&family)
            .any(|(decided, (_, is_shown))| *is_shown && decided.is_none())
        {
            let lines = self.shown_lines(level + 1, &family, &barred, shown_lines)?;
            decided.iter_mut().zip(&lines).for_each(|(decided, lines)| {
                decided.take_if(|decided| decided != lines);
            });
            for (at, (child, is_shown)) in family.iter().enumerate() {
                if !is_shown || decided[at].is_some() {
                    continue;
                }
                match self.descend(level + 1, child.clone(), lines[at]) {
                    Ok(()) => decided[at] = Some(lines[at]),
                    Err(WithholdLine(line)) => {
                        barred[at].insert(line);
                        break;
                    }
                }
            }
        }
        Ok(())
    }

    /// Records which lines the cell of a range shows. An earlier decision may have shown more.
    fn record_lines(&mut self, level: u8, range: Range<usize>, shown_lines: LineSet) {
        let Some(levels) = &mut self.levels.lines else { return };
        let orders = &self.orders.packed[range.clone()];
        for (deepest, &packed) in levels[range].iter_mut().zip(orders) {
            let is_shown = shown_lines.contains(PackedOrder(packed).line());
            *deepest = if is_shown { level } else { (*deepest).min(level - 1) };
        }
    }

    /// The children of a shown cell of `level`, and whether each is shown.
    fn family(&self, level: u8, range: Range<usize>) -> Vec<(Range<usize>, bool)> {
        let (orders, level) = (self.orders, level + 1);
        let ranges: Vec<_> = children(&orders.packed, range, level).collect();
        let users: Vec<_> = ranges
            .iter()
            .map(|child| FirstSeenLevel::count_new(&self.first_seen[child.clone()], level))
            .collect();
        let is_shown = self.floor.shown_children(&users, |hidden| {
            let children = ranges.iter().zip(hidden).filter(|(_, hidden)| **hidden);
            distinct(children.flat_map(|(child, _)| known_users(orders, child.clone()))).len()
        });
        ranges.into_iter().zip(is_shown).collect()
    }

    /// The lines that each child of a cell shows.
    fn shown_lines(
        &self,
        level: u8,
        family: &[(Range<usize>, bool)],
        barred: &[LineSet],
        parent_lines: LineSet,
    ) -> Result<Vec<LineSet>, WithholdLine> {
        if !self.floor.has_lines {
            return Ok(vec![parent_lines; family.len()]);
        }
        let child = |((range, is_shown), barred): (&(Range<usize>, bool), &LineSet)| {
            Child::new(self.orders, self.first_seen, level, range.clone(), *is_shown, *barred)
        };
        let mut children: Vec<_> = family.iter().zip(barred).map(child).collect();
        self.floor.choose_lines(self.orders, &mut children, parent_lines);
        let withheld = Withheld::new(self.orders, &children, parent_lines);
        match withheld.line_to_withhold(self.floor) {
            Some(line) => Err(WithholdLine(line)),
            None => Ok(children.iter().map(Child::shown_lines).collect()),
        }
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
