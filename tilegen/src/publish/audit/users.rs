//! What numbers of users prove: who is in two places, and who is in one place only.
//!
//! A published number is rounded down to a multiple of the step s, so it means n to n + s − 1 users. A group is found
//! if it is certain to have 1 to k − 1 people.

use std::collections::BTreeMap;

use super::published::{Cells, Counts, Place, Published, signed};
use super::report::{Kind, Tally};

/// Compares the users of cells with those of their lines and children.
pub(super) fn check(archive: &Published, k: u64, tally: &mut Tally) {
    let step = Step { most: signed(archive.users_step) - 1, k: signed(k) };
    let mut above: Option<&Cells> = None;
    for (&zoom, cells) in &archive.zooms {
        let mut children: BTreeMap<(Place, Option<usize>), Vec<Counts>> = BTreeMap::new();
        for (&place, cell) in cells {
            let describe = || archive.describe(zoom, place, None);
            let parent = (place.0 / 2, place.1 / 2);
            children.entry((parent, None)).or_default().push(cell.all);
            for (&line, &counts) in &cell.lines {
                children.entry((parent, Some(line))).or_default().push(counts);
            }
            let lines: Vec<Counts> = cell.lines.values().copied().collect();
            let mut users = lines.iter().chain([&cell.all]).map(|counts| counts.users);
            tally.note(
                Kind::UnroundedUsers,
                users.any(|users| !users.is_multiple_of(archive.users_step)),
                describe,
            );
            let kinds = (Kind::UsersOfSeveralLines, Kind::UsersOutsideALine);
            step.compare(cell.all, &lines, kinds, tally, &describe);
        }
        for ((place, line), children) in children {
            let Some(parent) = above.and_then(|above| counts_at(above, place, line)) else {
                continue;
            };
            let describe = || archive.describe(zoom - 1, place, line);
            let kinds = (Kind::UsersOfSeveralChildren, Kind::UsersOutsideAChild);
            step.compare(parent, &children, kinds, tally, &describe);
        }
        above = Some(cells);
    }
}

/// The counts of a cell, or of one of its lines, if they are shown.
fn counts_at(cells: &Cells, place: Place, line: Option<usize>) -> Option<Counts> {
    let cell = cells.get(&place)?;
    line.map_or(Some(cell.all), |line| cell.lines.get(&line).copied())
}

/// How exact published numbers of users are.
struct Step {
    /// The most users that rounding leaves out.
    most: i64,
    k: i64,
}

impl Step {
    fn is_small_group(&self, (least, most): (i64, i64)) -> bool {
        least >= 1 && most < self.k
    }

    /// Compares a cell with parts of it.
    fn compare(
        &self,
        whole: Counts,
        parts: &[Counts],
        (several, outside): (Kind, Kind),
        tally: &mut Tally,
        describe: &impl Fn() -> String,
    ) {
        let users = signed(whole.users);
        for part in parts {
            let left = users - signed(part.users);
            let group = (left - self.most, left + self.most);
            tally.note(outside, self.is_small_group(group), || {
                format!("{left} users of {}", describe())
            });
        }
        let orders: u64 = parts.iter().map(|part| part.orders).sum();
        if parts.len() > 1 && orders == whole.orders {
            let overlap = parts.iter().map(|part| signed(part.users)).sum::<i64>() - users;
            let most = overlap + self.most * signed(parts.len() as u64);
            tally.note(several, self.is_small_group((overlap - self.most, most)), || {
                format!("{overlap} users of {}", describe())
            });
        }
    }
}
