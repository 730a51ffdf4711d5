//! Sorted rows of one level become those of the level above.

use std::cmp::Ordering;

/// A row of a cell. Rows are sorted by cell, and by `order` inside a cell.
pub(in crate::timeline) trait CellRow: Copy {
    /// Whether two rows are of the same cell, and of whatever else comes before the cell in the order of rows.
    fn is_same_cell(&self, other: &Self) -> bool;
    /// Whether their cells have the same parent.
    fn is_same_parent(&self, other: &Self) -> bool;
    /// The order of two rows, without regard to their cells.
    fn order(&self, other: &Self) -> Ordering;
    /// Adds an equal row.
    fn add(&mut self, other: &Self);
    /// Moves to the parent of the cell.
    fn move_to_parent(&mut self);
}

/// The sorted rows of the level above: those of four cells are merged into those of their parent.
pub(in crate::timeline) fn zoom_out<R: CellRow>(rows: &[R]) -> Vec<R> {
    let mut all = Vec::with_capacity(rows.len());
    let (mut west, mut east) = (Vec::new(), Vec::new());
    for rows in rows.chunk_by(R::is_same_parent) {
        let mut cells = rows.chunk_by(R::is_same_cell);
        let [a, b, c, d] = std::array::from_fn(|_| cells.next().unwrap_or_default());
        if c.is_empty() {
            merge(a, b, &mut all);
        } else {
            west.clear();
            merge(a, b, &mut west);
            east.clear();
            merge(c, d, &mut east);
            merge(&west, &east, &mut all);
        }
    }
    all.iter_mut().for_each(R::move_to_parent);
    all
}

/// Merges two sorted lists. Rows that are in both are added.
fn merge<R: CellRow>(mut a: &[R], mut b: &[R], merged: &mut Vec<R>) {
    while let ([first, more_a @ ..], [second, more_b @ ..]) = (a, b) {
        match first.order(second) {
            Ordering::Less => {
                merged.push(*first);
                a = more_a;
            }
            Ordering::Greater => {
                merged.push(*second);
                b = more_b;
            }
            Ordering::Equal => {
                let mut both = *first;
                both.add(second);
                merged.push(both);
                (a, b) = (more_a, more_b);
            }
        }
    }
    merged.extend_from_slice(a);
    merged.extend_from_slice(b);
}
