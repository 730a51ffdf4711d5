//! Row keys: what a layer counts, packed into 64 bits that sort like the rows of its tiles.

use std::cmp::Ordering;

use tilecore::mvt::{Columns, MAX_COUNTS, MAX_KEYS, Row, Schema};

use super::months::MAX_LOOK_BACK;
use crate::orders::order::Organic;

/// Levels between a tile and its cells: 2⁵ = 32 cells along each side.
pub(super) const CELL_LEVELS: u8 = 5;

/// Bit offset of each field: month 6 bits, cell 32, line 8, day 5, part 11, organic 2.
mod shift {
    pub(super) const MONTH: u32 = 58;
    pub(super) const CELL: u32 = 26;
    pub(super) const LINE: u32 = 18;
    pub(super) const DAY: u32 = 13;
    pub(super) const PART: u32 = 2;
}

/// Most bits of a cell.
pub(super) const CELL_BITS: u32 = shift::MONTH - shift::CELL;

/// Bits of a cell below its tile.
pub(super) const TILE_BITS: u32 = 2 * CELL_LEVELS as u32;

const _: () = assert!(MAX_LOOK_BACK + 31 < 1 << (shift::DAY - shift::PART));
const _: () = assert!(MAX_LOOK_BACK / 28 + 2 < 1 << (64 - shift::MONTH));

const CELL_MASK: u64 = ((1 << CELL_BITS) - 1) << shift::CELL;

/// Bits of the organic mark, which is not part of the row.
const ORGANIC_MASK: u64 = 3;

/// The key without the hour.
pub(super) const WITHOUT_HOUR: u64 = !0 << shift::DAY;

/// The key without the hour and the day.
pub(super) const WITHOUT_DAY: u64 = !0 << shift::LINE;

/// The key of one order or event. `part` is what the last key of the layer counts: an hour, or days since or
/// before another day.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct RowKey {
    pub(super) month: u8,
    pub(super) cell: u32,
    pub(super) line: u8,
    pub(super) day: u8,
    pub(super) part: u16,
}

impl RowKey {
    /// The key of an order.
    #[inline]
    pub(super) const fn of_order(self, organic: Organic) -> u64 {
        self.packed() | organic as u64
    }

    /// The key of a user.
    #[inline]
    pub(super) const fn packed(self) -> u64 {
        (self.month as u64) << shift::MONTH
            | (self.cell as u64) << shift::CELL
            | (self.line as u64) << shift::LINE
            | (self.day as u64) << shift::DAY
            | (self.part as u64) << shift::PART
    }

    /// The fields of a key.
    #[inline]
    pub(super) const fn unpack(key: u64) -> Self {
        Self {
            month: (key >> shift::MONTH) as u8,
            cell: (key >> shift::CELL) as u32,
            line: (key >> shift::LINE) as u8,
            day: (key >> shift::DAY) as u8 & 31,
            part: (key >> shift::PART) as u16 & ((1 << (shift::DAY - shift::PART)) - 1),
        }
    }
}

/// The month of a key.
#[inline]
pub(super) const fn month_of(key: u64) -> usize {
    (key >> shift::MONTH) as usize
}

/// The cell or place of a key.
#[inline]
pub(super) const fn cell_of(key: u64) -> u32 {
    (key >> shift::CELL) as u32
}

/// The same key with another cell or place.
#[inline]
pub(super) const fn with_cell(key: u64, cell: u32) -> u64 {
    key & !CELL_MASK | (cell as u64) << shift::CELL
}

/// Whether two keys have the same month and cell.
#[inline]
pub(super) const fn is_same_cell(a: u64, b: u64) -> bool {
    (a ^ b) >> shift::CELL == 0
}

/// Whether two keys have the same month, and cells with the same parent.
#[inline]
pub(super) const fn is_same_parent(a: u64, b: u64) -> bool {
    (a ^ b) >> (shift::CELL + 2) == 0
}

/// Whether two keys have the same month, and cells of the same tile.
#[inline]
pub(super) const fn is_same_tile(a: u64, b: u64) -> bool {
    (a ^ b) >> (shift::CELL + TILE_BITS) == 0
}

/// The same key with the parent of its cell.
#[inline]
pub(super) const fn parent(key: u64) -> u64 {
    with_cell(key, cell_of(key) >> 2)
}

/// Compares what two keys of a month have below their cells.
#[inline]
pub(super) fn compare_in_cell(a: u64, b: u64) -> Ordering {
    (a & !CELL_MASK).cmp(&(b & !CELL_MASK))
}

/// A key without its organic mark, and what was counted with it.
pub(super) type Counted = (u64, [u32; MAX_COUNTS]);

/// Counts the sorted keys of orders.
pub(super) fn count_orders(sorted: &[u64]) -> impl Iterator<Item = Counted> {
    sorted.chunk_by(|a, b| (a ^ b) & !ORGANIC_MASK == 0).map(|same| {
        let mut counts = [same.len() as u32, 0, 0];
        for key in same {
            let [_, organic, unknown] = &mut counts;
            *organic += u32::from(key & ORGANIC_MASK == Organic::Yes as u64);
            *unknown += u32::from(key & ORGANIC_MASK == Organic::Unknown as u64);
        }
        (same[0] & !ORGANIC_MASK, counts)
    })
}

/// Counts the sorted keys of users.
pub(super) fn count_users(sorted: &[u64]) -> impl Iterator<Item = Counted> {
    sorted.chunk_by(|a, b| a == b).map(|same| (same[0], [same.len() as u32, 0, 0]))
}

/// Adds sorted counts whose keys are equal under a mask.
pub(super) fn group(sorted: &[Counted], mask: u64) -> impl Iterator<Item = Counted> {
    sorted.chunk_by(move |a, b| (a.0 ^ b.0) & mask == 0).map(move |same| {
        let mut counts = same[0].1;
        same[1..].iter().for_each(|(_, more)| add(&mut counts, more));
        (same[0].0 & mask, counts)
    })
}

/// Adds counts.
#[inline]
pub(super) fn add(counts: &mut [u32; MAX_COUNTS], more: &[u32; MAX_COUNTS]) {
    counts.iter_mut().zip(more).for_each(|(count, more)| *count += more);
}

/// Which part of a row key becomes each key of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Field {
    Cell,
    Line,
    Day,
    Part,
    None,
}

/// Turns counted keys into the columns of a layer.
#[derive(Clone, Copy, Debug)]
pub(super) struct RowLayout {
    schema: Schema,
    fields: [Field; MAX_KEYS],
}

impl RowLayout {
    /// The layout of a schema.
    pub(super) fn new(schema: Schema) -> Self {
        let mut fields = [Field::None; MAX_KEYS];
        for (field, name) in fields.iter_mut().zip(schema.keys) {
            *field = match *name {
                "cell" => Field::Cell,
                "line" => Field::Line,
                "day" | "weekday" => Field::Day,
                _ => Field::Part,
            };
        }
        Self { schema, fields }
    }

    /// The columns of counted keys of one month, which must ascend and have cells or places of 16 bits; `None`
    /// without keys.
    pub(super) fn columns(&self, counted: impl IntoIterator<Item = Counted>) -> Option<Columns> {
        Columns::of(self.schema, counted.into_iter().map(|counted| self.row(counted)))
    }

    #[inline]
    fn row(&self, (key, mut counts): Counted) -> Row {
        let key = RowKey::unpack(key);
        let keys = self.fields.map(|field| match field {
            Field::Cell => key.cell as u16,
            Field::Line => u16::from(key.line),
            Field::Day => u16::from(key.day),
            Field::Part => key.part,
            Field::None => 0,
        });
        counts[self.schema.counts.len()..].fill(0);
        Row { keys, counts }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_keys_are_counted_by_organic_mark() {
        let key = RowKey { month: 2, cell: 1023, line: 3, day: 30, part: 429 };
        let other = RowKey { part: 430, ..key };
        let mut keys = vec![
            other.of_order(Organic::No),
            key.of_order(Organic::Unknown),
            key.of_order(Organic::Yes),
            key.of_order(Organic::No),
            key.of_order(Organic::Yes),
        ];
        keys.sort_unstable();
        let counted: Vec<_> = count_orders(&keys).collect();
        assert_eq!(counted, [(key.packed(), [4, 2, 1]), (other.packed(), [1, 0, 0])]);
        assert_eq!((month_of(counted[0].0), cell_of(counted[0].0)), (2, 1023));
        let layout = RowLayout::new(Schema::of("timeline-line-users").unwrap());
        assert_eq!(layout.row(counted[0]), Row { keys: [1023, 3, 30, 429], counts: [4, 0, 0] });
        assert_eq!(cell_of(with_cell(counted[0].0, 7)), 7);
        assert_eq!(parent(key.packed()), RowKey { cell: 255, ..key }.packed());
    }

    #[test]
    fn counts_are_added_by_day_and_by_line() {
        let row =
            |line, day, part| (RowKey { month: 63, cell: 9, line, day, part }.packed(), [2, 1, 0]);
        let hours = [row(0, 3, 1), row(0, 3, 23), row(0, 4, 1), row(1, 3, 1)];
        let days: Vec<Counted> = group(&hours, WITHOUT_HOUR).collect();
        assert_eq!(days, [(row(0, 3, 0).0, [4, 2, 0]), row(0, 4, 0), row(1, 3, 0)]);
        let lines: Vec<Counted> = group(&days, WITHOUT_DAY).collect();
        assert_eq!(lines, [(row(0, 0, 0).0, [6, 3, 0]), row(1, 0, 0)]);
    }
}
