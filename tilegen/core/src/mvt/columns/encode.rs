//! The encoder: sorted rows become columns, and columns a tile with one feature.

use super::schema::{MAX_COUNTS, MAX_KEYS, Row, Schema};
use super::text;
use crate::mvt::PointLayerEncoder;

/// Width and height of a tile in the units of its one point.
const EXTENT: u32 = 4096;

/// Writes rows, which must ascend by their keys, as columns.
#[derive(Debug)]
pub struct ColumnWriter {
    columns: Columns,
    /// Number of keys of each level under the last key of the level above.
    open: [u32; MAX_KEYS],
}

/// The columns of at least one row. Columns of higher cells can be appended without decoding them.
#[derive(Clone, Debug)]
pub struct Columns {
    schema: Schema,
    rows: u64,
    /// Sum of the first count of all rows.
    total: u64,
    first_cell: u16,
    last: Row,
    /// The steps of each key. The first step of the cells is left out, because it depends on what this is
    /// appended to.
    steps: [String; MAX_KEYS],
    /// For each key but the first, how many there are under each key of the level above.
    lengths: [String; MAX_KEYS],
    counts: [String; MAX_COUNTS],
    has_count: [bool; MAX_COUNTS],
}

impl ColumnWriter {
    /// Starts with the first row.
    #[must_use]
    pub fn new(schema: Schema, row: Row) -> Self {
        let mut columns = Columns {
            schema,
            rows: 0,
            total: 0,
            first_cell: row.keys[0],
            last: row,
            steps: Default::default(),
            lengths: Default::default(),
            counts: Default::default(),
            has_count: [false; MAX_COUNTS],
        };
        for level in 1..schema.keys.len() {
            text::push(&mut columns.steps[level], u32::from(row.keys[level]));
        }
        columns.push_counts(row);
        Self { columns, open: [1; MAX_KEYS] }
    }

    /// Adds the next row. Its keys must be higher than those of the row before.
    ///
    /// # Panics
    /// If they are not.
    pub fn push(&mut self, row: Row) {
        let Self { columns, open } = self;
        let (before, keys) = (columns.last.keys, row.keys);
        assert!(before < keys, "row {keys:?} follows {before:?}");
        let changed = (0..MAX_KEYS).find(|&level| before[level] != keys[level]).unwrap_or(0);
        text::push(&mut columns.steps[changed], u32::from(keys[changed] - before[changed]) - 1);
        open[changed] += 1;
        for level in changed + 1..columns.schema.keys.len() {
            text::push(&mut columns.lengths[level], open[level] - 1);
            text::push(&mut columns.steps[level], u32::from(keys[level]));
            open[level] = 1;
        }
        columns.last = row;
        columns.push_counts(row);
    }

    /// The columns of all rows.
    #[must_use]
    pub fn finish(mut self) -> Columns {
        for level in 1..self.columns.schema.keys.len() {
            text::push(&mut self.columns.lengths[level], self.open[level] - 1);
        }
        self.columns
    }
}

impl Columns {
    /// The columns of rows that ascend by their keys; `None` without rows.
    ///
    /// # Panics
    /// If the keys do not ascend.
    pub fn of(schema: Schema, rows: impl IntoIterator<Item = Row>) -> Option<Self> {
        let mut rows = rows.into_iter();
        let mut writer = ColumnWriter::new(schema, rows.next()?);
        rows.for_each(|row| writer.push(row));
        Some(writer.finish())
    }

    fn push_counts(&mut self, row: Row) {
        for (index, &count) in row.counts.iter().enumerate().take(self.schema.counts.len()) {
            text::push(&mut self.counts[index], if index == 0 { count - 1 } else { count });
            self.has_count[index] |= count > 0;
        }
        self.rows += 1;
        self.total += u64::from(row.counts[0]);
    }

    /// Number of rows.
    #[must_use]
    pub const fn rows(&self) -> u64 {
        self.rows
    }

    /// Sum of the first count of all rows.
    #[must_use]
    pub const fn total(&self) -> u64 {
        self.total
    }

    /// Bytes of all columns.
    #[must_use]
    pub fn bytes(&self) -> usize {
        let texts = self.steps.iter().chain(&self.lengths).chain(&self.counts);
        texts.map(String::len).sum()
    }

    /// Appends columns of the same schema whose cells are all higher.
    ///
    /// # Panics
    /// If their cells are not higher.
    pub fn append(&mut self, other: &Self) {
        let (last, next) = (self.last.keys[0], other.first_cell);
        assert!(last < next, "cell {next} follows {last}");
        text::push(&mut self.steps[0], u32::from(next - last) - 1);
        let push = |texts: &mut [String], more: &[String]| {
            texts.iter_mut().zip(more).for_each(|(text, more)| text.push_str(more));
        };
        push(&mut self.steps, &other.steps);
        push(&mut self.lengths, &other.lengths);
        push(&mut self.counts, &other.counts);
        self.has_count.iter_mut().zip(other.has_count).for_each(|(has, more)| *has |= more);
        self.rows += other.rows;
        self.total += other.total;
        self.last = other.last;
    }

    /// The columns by name. A column of counts that are all 0 is left out.
    pub fn texts(&self) -> impl Iterator<Item = (String, String)> {
        let mut cells = String::new();
        text::push(&mut cells, u32::from(self.first_cell));
        cells.push_str(&self.steps[0]);
        let keys = self.schema.keys.iter().enumerate().skip(1).flat_map(move |(level, name)| {
            [(length_name(name), &self.lengths[level]), ((*name).to_owned(), &self.steps[level])]
        });
        let keys = keys.map(|(name, text)| (name, text.clone()));
        let counts = self.schema.counts.iter().zip(&self.counts).zip(self.has_count);
        let counts = counts
            .filter(|(_, has_count)| *has_count)
            .map(|((name, text), _)| ((*name).to_owned(), text.clone()));
        std::iter::once((self.schema.keys[0].to_owned(), cells)).chain(keys).chain(counts)
    }

    /// A tile with one feature that has these columns as attributes.
    #[must_use]
    pub fn tile(&self) -> Vec<u8> {
        let (names, texts): (Vec<_>, Vec<_>) = self.texts().unzip();
        let keys = names.into_iter().chain([ROWS.to_owned()]).collect();
        let mut encoder = PointLayerEncoder::new(self.schema.layer, EXTENT, keys);
        encoder.point(EXTENT / 2, EXTENT / 2, |tags| {
            texts.iter().enumerate().for_each(|(key, text)| tags.push_text(key, text));
            tags.push(texts.len(), self.rows);
        });
        encoder.finish()
    }
}

/// The attribute with the number of rows.
pub(super) const ROWS: &str = "rows";

/// The column that says how many keys of this name follow each other.
pub(super) fn length_name(key: &str) -> String {
    format!("{key}_count")
}
