//! Visits of users: the days on which a user ordered somewhere, and the previous such day of each.

use crate::orders::lines::LineCode;

/// An order of a known user in a cell, or in another place with a number.
#[derive(Clone, Copy, Debug)]
pub(super) struct Visit {
    pub(super) place: u64,
    pub(super) user: u64,
    /// Counted from the first day of the look-back.
    pub(super) day: u16,
    pub(super) line: LineCode,
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

/// Sorts the visits of one place by user, day and line. Lists that are sorted already are merged.
pub(super) fn sort(visits: &mut [Visit]) {
    visits.sort_by_key(|visit| (visit.user, visit.day, visit.line));
}

/// Calls `on_event` for each event of one place, from its sorted visits.
pub(super) fn for_each_event(visits: &[Visit], mut on_event: impl FnMut(Event)) {
    let mut last_by_line: Vec<(LineCode, u16)> = Vec::new();
    for visits in visits.chunk_by(|a, b| a.user == b.user) {
        last_by_line.clear();
        let mut last_day = None;
        for visit in visits {
            let day = visit.day;
            if last_day != Some(day) {
                on_event(Event { line: None, day, previous: last_day });
                last_day = Some(day);
            }
            let line = Some(visit.line);
            match last_by_line.iter_mut().find(|(line, _)| *line == visit.line) {
                Some((_, last)) if *last == day => {}
                Some((_, last)) => {
                    on_event(Event { line, day, previous: Some(*last) });
                    *last = day;
                }
                None => {
                    on_event(Event { line, day, previous: None });
                    last_by_line.push((visit.line, day));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// The rule that makes ranges exact: an event counts if its previous day is before the range.
        #[test]
        fn events_count_the_distinct_users_of_any_range(
            visits in proptest::collection::vec((0u64..9, 0u16..40, 0u8..3), 0..150),
            first in 0u16..40, length in 0u16..40,
        ) {
            let visit = |&(user, day, line)| Visit { place: 0, user, day, line };
            let mut sorted: Vec<Visit> = visits.iter().map(visit).collect();
            sort(&mut sorted);
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
