//! Subtractions inside one archive. Fewer than k orders are of fewer than k people.

use std::collections::BTreeMap;

use super::published::{Cell, Cells, Place, Published, signed};
use super::report::{Kind, Tally};

/// Tries every subtraction of orders.
pub(super) fn check(archive: &Published, k: u64, tally: &mut Tally) {
    let few = |rest: i64| rest != 0 && rest < signed(k);
    let mut above: Option<&Cells> = None;
    for (&zoom, cells) in &archive.zooms {
        for (&place, cell) in cells {
            of_cell(archive, zoom, place, cell, k, tally);
        }
        if let Some(above) = above {
            of_children(archive, zoom, above, cells, k, tally);
        }
        let sum: i64 = cells.values().map(|cell| signed(cell.all.orders)).sum();
        let total = archive.totals.get(&zoom).copied().unwrap_or_default();
        tally.note(Kind::WholeRest, few(signed(total) - sum), || {
            format!("{}: the totals of zoom {zoom} minus its cells", archive.label)
        });
        if above.is_none() {
            tally.note(Kind::WholeRest, few(signed(archive.orders) - sum), || {
                format!("{}: the whole minus the cells of zoom {zoom}", archive.label)
            });
        }
        above = Some(cells);
    }
    named_lines(archive, tally);
}

fn of_cell(archive: &Published, zoom: u8, place: Place, cell: &Cell, k: u64, tally: &mut Tally) {
    let describe = |line| archive.describe(zoom, place, line);
    let few = |rest: i64| rest != 0 && rest < signed(k);
    tally.note(Kind::Cell, cell.all.orders.min(cell.all.users) < k, || {
        format!("{} has {} users", describe(None), cell.all.users)
    });
    let most_users = |but: usize| {
        let others = cell.lines.iter().filter(|(line, _)| **line != but);
        others.map(|(_, counts)| counts.users).max().unwrap_or_default()
    };
    for (&line, counts) in &cell.lines {
        tally.note(Kind::Line, counts.orders.min(counts.users) < k, || {
            format!("{} has {} users", describe(Some(line)), counts.users)
        });
        let others = signed(cell.all.orders) - signed(counts.orders);
        tally.note(Kind::AllButOneLine, few(others) && most_users(line) < k, || {
            format!("{others} orders of {} without this line", describe(Some(line)))
        });
    }
    let withheld = cell.of_withheld_lines();
    tally.note(Kind::WithheldLines, few(withheld), || {
        format!("{withheld} orders of withheld lines of {}", describe(None))
    });
}

/// What the shown children of each cell leave, for all lines together and for each line.
fn of_children(
    archive: &Published,
    zoom: u8,
    above: &Cells,
    cells: &Cells,
    k: u64,
    tally: &mut Tally,
) {
    let few = |rest: i64| rest != 0 && rest < signed(k);
    let mut left: BTreeMap<(Place, Option<usize>), i64> = BTreeMap::new();
    for (&place, cell) in above {
        left.insert((place, None), signed(cell.all.orders));
        let lines = cell.lines.iter();
        left.extend(lines.map(|(&line, counts)| ((place, Some(line)), signed(counts.orders))));
    }
    for (&(column, row), cell) in cells {
        let parent = (column / 2, row / 2);
        tally.note(Kind::Orphan, !above.contains_key(&parent), || {
            archive.describe(zoom, (column, row), None)
        });
        *left.entry((parent, None)).or_default() -= signed(cell.all.orders);
        for (&line, counts) in &cell.lines {
            *left.entry((parent, Some(line))).or_default() -= signed(counts.orders);
        }
    }
    for ((place, line), rest) in left {
        let kind = if line.is_none() { Kind::ChildrenRest } else { Kind::LineRest };
        tally.note(kind, few(rest), || {
            format!(
                "{rest} orders of {} minus its children",
                archive.describe(zoom - 1, place, line)
            )
        });
    }
}

fn named_lines(archive: &Published, tally: &mut Tally) {
    for (line, name) in archive.lines.iter().enumerate() {
        let Some(name) = name else { continue };
        let is_shown = archive
            .zooms
            .values()
            .flat_map(BTreeMap::values)
            .any(|cell| cell.lines.contains_key(&line));
        tally.note(Kind::NamedLine, !is_shown, || format!("{}: {name}", archive.label));
    }
}
