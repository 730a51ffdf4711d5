//! Visits of users: the days on which a user ordered somewhere, and the previous such day of each.

use std::cmp::Ordering;

use super::zoom_out::CellRow;
use crate::orders::lines::LineCode;

/// An order of a known user in a cell, or in another place with a number. Visits sort by cell, user, day and
/// line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::timeline) struct Visit(u128);

/// Bit offset of each field: cell 32 bits, user 64, day 16, line 8.
mod shift {
    pub(super) const CELL: u32 = 96;
    pub(super) const USER: u32 = 32;
    pub(super) const DAY: u32 = 8;
}

impl Visit {
    /// A visit. `day` is counted from the first day of the look-back.
    #[inline]
    pub(super) const fn new(cell: u32, user: u64, day: u16, line: LineCode) -> Self {
        Self(
            (cell as u128) << shift::CELL
                | (user as u128) << shift::USER
                | (day as u128) << shift::DAY
                | line as u128,
        )
    }

    #[inline]
    pub(super) const fn cell(self) -> u32 {
        (self.0 >> shift::CELL) as u32
    }

    #[inline]
    const fn user(self) -> u64 {
        (self.0 >> shift::USER) as u64
    }

    #[inline]
    const fn day(self) -> u16 {
        (self.0 >> shift::DAY) as u16
    }

    #[inline]
    const fn line(self) -> LineCode {
        self.0 as LineCode
    }

    const fn in_cell(self) -> u128 {
        self.0 & ((1 << shift::CELL) - 1)
    }
}

impl CellRow for Visit {
    #[inline]
    fn is_same_cell(&self, other: &Self) -> bool {
        self.cell() == other.cell()
    }

    #[inline]
    fn is_same_parent(&self, other: &Self) -> bool {
        self.cell() >> 2 == other.cell() >> 2
    }

    #[inline]
    fn order(&self, other: &Self) -> Ordering {
        self.in_cell().cmp(&other.in_cell())
    }

    /// Two orders of a user on a day and of a line are one visit.
    #[inline]
    fn add(&mut self, _: &Self) {}

    #[inline]
    fn move_to_parent(&mut self) {
        self.0 = self.in_cell() | u128::from(self.cell() >> 2) << shift::CELL;
    }
}

/// A day on which a user ordered in a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Event {
    /// The line; `None` for all lines.
    pub(super) line: Option<LineCode>,
    pub(super) day: u16,
    /// The previous day in the look-back on which the same user ordered here, of the same line if there is one.
    pub(super) previous: Option<u16>,
}

/// Calls `on_event` for each event of one place, from its sorted visits.
pub(super) fn for_each_event(visits: &[Visit], mut on_event: impl FnMut(Event)) {
    let mut last_by_line: Vec<(LineCode, u16)> = Vec::new();
    for visits in visits.chunk_by(|a, b| a.user() == b.user()) {
        last_by_line.clear();
        let mut last_day = None;
        for &visit in visits {
            let (day, line) = (visit.day(), visit.line());
            if last_day != Some(day) {
                on_event(Event { line: None, day, previous: last_day });
                last_day = Some(day);
            }
            match last_by_line.iter_mut().find(|(other, _)| *other == line) {
                Some((_, last)) if *last == day => {}
                Some((_, last)) => {
                    on_event(Event { line: Some(line), day, previous: Some(*last) });
                    *last = day;
                }
                None => {
                    on_event(Event { line: Some(line), day, previous: None });
                    last_by_line.push((line, day));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::super::zoom_out::zoom_out;
    use super::*;

    proptest! {
        #[test]
        fn the_level_above_has_the_sorted_visits_of_its_cells(
            visits in proptest::collection::vec((0u32..40, 0u64..9, 0u16..9, 0u8..3), 0..150),
        ) {
            let at = |levels: u32| {
                let visit = |&(cell, user, day, line)| Visit::new(cell >> (2 * levels), user, day, line);
                let mut sorted: Vec<Visit> = visits.iter().map(visit).collect();
                sorted.sort_unstable();
                sorted.dedup();
                sorted
            };
            prop_assert_eq!(zoom_out(&at(0)), at(1));
            prop_assert_eq!(zoom_out(&at(1)), at(2));
        }


        /// The rule that makes ranges exact: an event counts if its previous day is before the range.
        #[test]
        fn events_count_the_distinct_users_of_any_range(
            visits in proptest::collection::vec((0u64..9, 0u16..40, 0u8..3), 0..150),
            first in 0u16..40, length in 0u16..40,
        ) {
            let visit = |&(user, day, line)| Visit::new(7, user, day, line);
            let mut sorted: Vec<Visit> = visits.iter().map(visit).collect();
            sorted.sort_unstable();
            let mut events = Vec::new();
            for_each_event(&sorted, |event| events.push(event));
            let range = first..=first + length;
            for line in [None, Some(0), Some(1), Some(2)] {
                let users: BTreeSet<u64> = visits
                    .iter()
                    .filter(|(_, day, of)| range.contains(day) && line.is_none_or(|line| line == *of))
                    .map(|&(user, ..)| user)
                    .collect();
                let counted = events.iter().filter(|event| {
                    event.line == line
                        && range.contains(&event.day)
                        && event.previous.is_none_or(|previous| previous < first)
                });
                prop_assert_eq!(counted.count(), users.len());
            }
        }
    }
}
