//! Archives that count the same day: their differences isolate people, so there should be none.

use std::collections::BTreeMap;

use super::published::{Cell, Counts, Published, signed};
use super::report::{AuditOptions, Kind, Tally};

/// Compares two archives. Those that share no day prove nothing together.
pub(super) fn check(
    first: &Published,
    second: &Published,
    options: AuditOptions,
    tally: &mut Tally,
) {
    let shares = first.shares_a_day(second);
    tally.note(Kind::SharedDays, shares && !options.may_overlap, || {
        format!("{} and {}", first.label, second.label)
    });
    if !shares {
        return;
    }
    for (&zoom, cells) in &first.zooms {
        let others = second.zooms.get(&zoom);
        for (&place, cell) in cells {
            let Some(other) = others.and_then(|others| others.get(&place)) else { continue };
            for (line, one, two) in both(cell, other) {
                let change = signed(one.orders) - signed(two.orders);
                let is_few = change != 0 && change.unsigned_abs() < options.min_users;
                tally.note(Kind::ChangedPlace, is_few, || {
                    let place = first.describe(zoom, place, line);
                    format!("{place} differs by {change} orders from {}", second.label)
                });
            }
        }
    }
}

/// What both cells show: all lines together, and each line.
fn both<'a>(
    cell: &'a Cell,
    other: &'a Cell,
) -> impl Iterator<Item = (Option<usize>, Counts, Counts)> + 'a {
    let of_line = |lines: &'a BTreeMap<usize, Counts>| {
        move |(&line, &counts): (&usize, &Counts)| Some((Some(line), counts, *lines.get(&line)?))
    };
    let lines = cell.lines.iter().filter_map(of_line(&other.lines));
    std::iter::once((None, cell.all, other.all)).chain(lines)
}
