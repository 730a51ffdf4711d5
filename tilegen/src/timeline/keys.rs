//! Row keys: what a layer counts, packed into 64 bits that sort like the rows of its tiles.

use tilecore::mvt::{Columns, MAX_COUNTS, MAX_KEYS, Row, Schema};

use crate::orders::order::Organic;

/// Bit offset of each field: month 8 bits, cell 16, line 8, day 5, part 16, organic 2.
mod shift {
    pub(super) const MONTH: u32 = 47;
    pub(super) const CELL: u32 = 31;
    pub(super) const LINE: u32 = 23;
    pub(super) const DAY: u32 = 18;
    pub(super) const PART: u32 = 2;
}

/// Bits of the organic mark, which is not part of the row.
const ORGANIC_MASK: u64 = 3;

/// The key of one order or event. `part` is what the last key of the layer counts: an hour, or days since or
/// before another day.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct RowKey {
    pub(super) month: u8,
    pub(super) cell: u16,
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

    #[inline]
    const fn unpack(key: u64) -> Self {
        Self {
            month: (key >> shift::MONTH) as u8,
            cell: (key >> shift::CELL) as u16,
            line: (key >> shift::LINE) as u8,
            day: (key >> shift::DAY) as u8 & 31,
            part: (key >> shift::PART) as u16,
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
pub(super) const fn cell_of(key: u64) -> u16 {
    (key >> shift::CELL) as u16
}

/// The same key with another cell or place.
#[inline]
pub(super) const fn with_cell(key: u64, cell: u16) -> u64 {
    key & !(0xffff << shift::CELL) | (cell as u64) << shift::CELL
}

/// A key without its organic mark, and what was counted with it.
pub(super) type Counted = (u64, [u32; MAX_COUNTS]);

/// Counts sorted keys. Equal keys need only be adjacent.
pub(super) fn count(sorted: &[u64]) -> impl Iterator<Item = Counted> {
    sorted.chunk_by(|a, b| a & !ORGANIC_MASK == b & !ORGANIC_MASK).map(|same| {
        let of = |organic: Organic| {
            same.iter().filter(|&&key| key & ORGANIC_MASK == organic as u64).count() as u32
        };
        let counts = [same.len() as u32, of(Organic::Yes), of(Organic::Unknown)];
        (same[0] & !ORGANIC_MASK, counts)
    })
}

/// Adds two sorted lists.
pub(super) fn merge(a: Vec<Counted>, b: Vec<Counted>) -> Vec<Counted> {
    if a.is_empty() {
        return b;
    }
    let mut merged = Vec::with_capacity(a.len().max(b.len()));
    let (mut a, mut b) = (a.into_iter().peekable(), b.into_iter().peekable());
    loop {
        let next = match (a.peek(), b.peek()) {
            (None, None) => return merged,
            (Some(_), None) => a.next(),
            (None, Some(_)) => b.next(),
            (Some((left, _)), Some((right, _))) if left < right => a.next(),
            (Some((left, _)), Some((right, _))) if left > right => b.next(),
            (Some(_), Some(_)) => a.next().zip(b.next()).map(|((key, left), (_, right))| {
                (key, std::array::from_fn(|index| left[index] + right[index]))
            }),
        };
        merged.extend(next);
    }
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

    /// The columns of counted keys of one month, which must ascend; `None` without keys.
    pub(super) fn columns(&self, counted: impl IntoIterator<Item = Counted>) -> Option<Columns> {
        Columns::of(self.schema, counted.into_iter().map(|counted| self.row(counted)))
    }

    #[inline]
    fn row(&self, (key, mut counts): Counted) -> Row {
        let key = RowKey::unpack(key);
        let keys = self.fields.map(|field| match field {
            Field::Cell => key.cell,
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
        let counted: Vec<_> = count(&keys).collect();
        assert_eq!(counted, [(key.packed(), [4, 2, 1]), (other.packed(), [1, 0, 0])]);
        assert_eq!((month_of(counted[0].0), cell_of(counted[0].0)), (2, 1023));
        let layout = RowLayout::new(Schema::of("timeline-line-users").unwrap());
        assert_eq!(layout.row(counted[0]), Row { keys: [1023, 3, 30, 429], counts: [4, 0, 0] });
        assert_eq!(cell_of(with_cell(counted[0].0, 7)), 7);
    }

    #[test]
    fn merged_lists_are_added() {
        let counted =
            |keys: &[u64]| -> Vec<Counted> { keys.iter().map(|&key| (key, [1, 0, 0])).collect() };
        let merged = merge(counted(&[4, 8, 12]), counted(&[8, 16]));
        assert_eq!(merged, [(4, [1, 0, 0]), (8, [2, 0, 0]), (12, [1, 0, 0]), (16, [1, 0, 0])]);
    }
}
