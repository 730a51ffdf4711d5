//! What sums prove about withheld lines: that some of them have 1 to k − 1 orders.
//!
//! The withheld orders of a cell are a table: its shown children, and the withheld ones together, by the lines that the
//! cell shows, and all others together. A client knows the sum of each row and of each column, and which entries are 0
//! because the child shows the line. So some rows have at least as many orders in some columns as do not fit into the
//! other columns, or into the other rows; and at most what the other columns and rows leave.

use std::collections::BTreeMap;

use super::published::{Cell, Place, Published, signed};
use super::report::{Kind, Tally};

/// Up to this number of columns, all sets of columns are tried. Of more columns, each is tried by itself.
const MAX_COLUMNS: usize = 6;

/// A set of rows or columns, one bit each.
type Set = u64;

/// Cells that withhold orders of more lines are not tried.
const MAX_LINES: usize = Set::BITS as usize - 1;

/// Tries every conclusion about the withheld lines of each cell.
pub(super) fn check(archive: &Published, k: u64, tally: &mut Tally) {
    for (&zoom, parents) in &archive.zooms {
        let mut families: BTreeMap<Place, Vec<&Cell>> = BTreeMap::new();
        for (&(column, row), cell) in archive.zooms.get(&(zoom + 1)).into_iter().flatten() {
            families.entry((column / 2, row / 2)).or_default().push(cell);
        }
        for (place, children) in families {
            let Some(parent) = parents.get(&place) else { continue };
            for (least, most) in Withheld::new(parent, &children).intervals() {
                tally.note(Kind::ConcludedLines, least >= 1 && most < signed(k), || {
                    format!(
                        "{least} to {most} withheld orders below {}",
                        archive.describe(zoom, place, None)
                    )
                });
            }
        }
    }
}

/// The withheld orders of a cell, with the sums that are not 0.
struct Withheld {
    rows: Vec<i64>,
    columns: Vec<i64>,
    /// The columns that a row may have orders in.
    possible: Vec<Set>,
}

impl Withheld {
    fn new(parent: &Cell, children: &[&Cell]) -> Self {
        let orders =
            |cell: &Cell, line: &usize| cell.lines.get(line).map_or(0, |of| signed(of.orders));
        let all = |cells: &[&Cell]| cells.iter().map(|cell| signed(cell.all.orders)).sum::<i64>();
        let in_children =
            |line: &usize| children.iter().map(|child| orders(child, line)).sum::<i64>();
        let mut columns: Vec<_> = parent
            .lines
            .iter()
            .map(|(line, of)| (Some(line), signed(of.orders) - in_children(line)))
            .chain([(None, parent.of_withheld_lines())])
            .collect();
        columns.retain(|(_, orders)| *orders != 0);
        let hidden = signed(parent.all.orders) - all(children);
        let mut rows: Vec<_> = children
            .iter()
            .map(|child| (Some(child), child.of_withheld_lines()))
            .chain([(None, hidden)])
            .collect();
        rows.retain(|(_, orders)| *orders != 0);
        if columns.len() > MAX_LINES {
            (rows, columns) = (Vec::new(), Vec::new());
        }
        let is_possible = |child: Option<&&Cell>, line: Option<&usize>| {
            let pair = child.zip(line);
            pair.is_none_or(|(child, line)| !child.lines.contains_key(line))
        };
        let possible = rows.iter().map(|(child, _)| {
            let lines = columns.iter().enumerate();
            let possible = lines.filter(|(_, (line, _))| is_possible(*child, *line));
            possible.fold(0, |all, (at, _)| all | 1 << at)
        });
        Self {
            possible: possible.collect(),
            rows: rows.iter().map(|(_, orders)| *orders).collect(),
            columns: columns.iter().map(|(_, orders)| *orders).collect(),
        }
    }

    /// For sets of rows and columns, the least and the most orders that they have together.
    fn intervals(&self) -> impl Iterator<Item = (i64, i64)> + '_ {
        let all_rows: Set = (1 << self.rows.len()) - 1;
        (1..=all_rows).flat_map(move |rows| {
            let available = self.available(rows);
            let sets = self.column_sets().filter(move |set| set & !available == 0);
            sets.map(move |columns| {
                let from_rows = sum(&self.rows, rows) - self.least(rows, available & !columns);
                let from_columns =
                    sum(&self.columns, columns) - self.least(all_rows & !rows, columns);
                (self.least(rows, columns), from_rows.min(from_columns))
            })
        })
    }

    /// The sets of columns to try.
    fn column_sets(&self) -> impl Iterator<Item = Set> + use<> {
        let count = self.columns.len();
        let all = (count <= MAX_COLUMNS).then(|| 1..1 << count);
        let each = (count > MAX_COLUMNS).then(|| (0..count).map(|at| 1 << at));
        all.into_iter().flatten().chain(each.into_iter().flatten())
    }

    /// The columns that some rows may have orders in.
    fn available(&self, rows: Set) -> Set {
        let of_rows = self.possible.iter().enumerate().filter(|(at, _)| rows >> at & 1 == 1);
        of_rows.fold(0, |all, (_, possible)| all | possible)
    }

    /// The least orders that some rows have in some columns.
    fn least(&self, rows: Set, columns: Set) -> i64 {
        let spare_columns = self.available(rows) & !columns;
        let spare_rows = self
            .possible
            .iter()
            .enumerate()
            .filter(|(at, possible)| rows >> at & 1 == 0 && *possible & columns != 0);
        let spare_rows: i64 = spare_rows.map(|(at, _)| self.rows[at]).sum();
        let by_rows = sum(&self.rows, rows) - sum(&self.columns, spare_columns);
        let by_columns = sum(&self.columns, columns) - spare_rows;
        by_rows.max(by_columns).max(0)
    }
}

/// The sum of some of the numbers.
fn sum(numbers: &[i64], set: Set) -> i64 {
    numbers.iter().enumerate().filter(|(at, _)| set >> at & 1 == 1).map(|(_, number)| number).sum()
}

#[cfg(test)]
mod tests {
    use super::super::published::Counts;
    use super::*;

    fn cell(orders: u64, lines: &[(usize, u64)]) -> Cell {
        let counts = |orders| Counts { orders, users: orders };
        let lines = lines.iter().map(|&(line, orders)| (line, counts(orders)));
        Cell { all: counts(orders), lines: lines.collect() }
    }

    /// The least and most orders of a set of rows and columns, by all tables with the same sums.
    fn by_all_tables(table: &Withheld, rows: Set, columns: Set) -> (i64, i64) {
        let pairs: Vec<(usize, usize)> = (0..table.rows.len())
            .flat_map(|row| (0..table.columns.len()).map(move |column| (row, column)))
            .filter(|&(row, column)| table.possible[row] >> column & 1 == 1)
            .collect();
        let mut found = Vec::new();
        fill(&pairs, &table.rows, &table.columns, (rows, columns, 0), &mut found);
        (*found.iter().min().unwrap(), *found.iter().max().unwrap())
    }

    fn fill(
        pairs: &[(usize, usize)],
        rows: &[i64],
        columns: &[i64],
        (wanted_rows, wanted_columns, orders): (Set, Set, i64),
        found: &mut Vec<i64>,
    ) {
        let Some((&(row, column), rest)) = pairs.split_first() else {
            if rows.iter().chain(columns).all(|left| *left == 0) {
                found.push(orders);
            }
            return;
        };
        let is_wanted = wanted_rows >> row & 1 == 1 && wanted_columns >> column & 1 == 1;
        for entry in 0..=rows[row].min(columns[column]) {
            let (mut rows, mut columns) = (rows.to_vec(), columns.to_vec());
            rows[row] -= entry;
            columns[column] -= entry;
            let orders = if is_wanted { orders + entry } else { orders };
            fill(rest, &rows, &columns, (wanted_rows, wanted_columns, orders), found);
        }
    }

    #[test]
    fn every_interval_contains_every_possible_table() {
        let parent = cell(40, &[(0, 20), (1, 9), (2, 8)]);
        let children = [cell(19, &[(0, 12), (2, 2)]), cell(16, &[(0, 8), (1, 4)])];
        let table = Withheld::new(&parent, &[&children[0], &children[1]]);
        let all_rows = (1 << table.rows.len()) - 1;
        let mut exact = 0;
        for rows in 1..=all_rows {
            let available = table.available(rows);
            for columns in table.column_sets().filter(|set| set & !available == 0) {
                let most = sum(&table.rows, rows) - table.least(rows, available & !columns);
                let (least, true_most) = by_all_tables(&table, rows, columns);
                assert!(table.least(rows, columns) <= least, "rows {rows:b}, columns {columns:b}");
                assert!(most >= true_most, "rows {rows:b}, columns {columns:b}");
                exact += usize::from(table.least(rows, columns) == least);
            }
        }
        assert!(exact > 0);
    }

    #[test]
    fn two_sums_that_leave_three_orders_are_found() {
        // Seven orders of line 1 can only be in the first child, which withholds ten: three are of line 2.
        let parent = cell(52, &[(0, 30), (1, 13), (2, 9)]);
        let children = [cell(30, &[(0, 20)]), cell(22, &[(0, 10), (1, 6)])];
        let table = Withheld::new(&parent, &[&children[0], &children[1]]);
        assert!(table.intervals().any(|interval| interval == (3, 3)));
    }
}
