//! The decoder: a tile becomes rows again. It rejects everything that the encoder never writes.

use std::collections::HashMap;
use std::str::Chars;

use super::encode::{ROWS, length_name};
use super::schema::{MAX_COUNTS, MAX_KEYS, Row, Schema};
use super::text;
use crate::mvt::decode::{DecodeError, Value, decode};

/// Why columns cannot be decoded.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ColumnError {
    /// The tile is not a valid vector tile.
    #[error(transparent)]
    Tile(#[from] DecodeError),
    /// The tile does not consist of one layer of this name with one feature.
    #[error("the tile is not one feature of the layer `{layer}`")]
    Layer {
        /// The name.
        layer: &'static str,
    },
    /// A column is missing or shorter than the others require.
    #[error("the column `{column}` is missing or too short")]
    Short {
        /// The column.
        column: String,
    },
    /// A column is longer than the others require.
    #[error("the column `{column}` is too long")]
    Long {
        /// The column.
        column: String,
    },
    /// A key does not fit into 16 bits, or a count into 32.
    #[error("a number of the column `{column}` is too large")]
    TooLarge {
        /// The column.
        column: String,
    },
    /// The number of decoded rows differs from the number that the tile declares.
    #[error("the tile has {found} rows, but declares {declared}")]
    Rows {
        /// Declared.
        declared: u64,
        /// Found.
        found: u64,
    },
}

/// Decodes the rows of a tile with one layer.
pub fn decode_rows(tile: &[u8], schema: Schema) -> Result<Vec<Row>, ColumnError> {
    let layers = decode(tile)?;
    let wrong = ColumnError::Layer { layer: schema.layer };
    let [layer] = layers.as_slice() else { return Err(wrong) };
    if layer.name != schema.layer || layer.len() != 1 {
        return Err(wrong);
    }
    let (mut texts, mut declared) = (HashMap::new(), 0);
    for feature in layer.features() {
        for tag in layer.tags(feature?) {
            let (key, value) = tag?;
            match layer.values[value] {
                Value::Text(text) => drop(texts.insert(layer.keys[key], text)),
                Value::Uint(rows) if layer.keys[key] == ROWS => declared = rows,
                _ => {}
            }
        }
    }
    let rows = decode_columns(schema, |name| texts.get(name).copied())?;
    match rows.len() as u64 {
        found if found == declared => Ok(rows),
        found => Err(ColumnError::Rows { declared, found }),
    }
}

/// Decodes rows from columns. `text_of` returns the text of a column by its name.
pub fn decode_columns<'a>(
    schema: Schema,
    text_of: impl Fn(&str) -> Option<&'a str>,
) -> Result<Vec<Row>, ColumnError> {
    let mut decoder = Decoder::new(schema, text_of);
    let mut row = Row::default();
    let mut next_cell = 0;
    while !decoder.steps[0].is_at_end() {
        let cell = decoder.steps[0].take_key(next_cell)?;
        row.keys[0] = cell;
        next_cell = u32::from(cell) + 1;
        decoder.read_below(0, &mut row)?;
    }
    decoder.check_ends()?;
    Ok(decoder.rows)
}

struct Decoder<'a> {
    schema: Schema,
    steps: Vec<Column<'a>>,
    lengths: Vec<Column<'a>>,
    counts: Vec<Column<'a>>,
    rows: Vec<Row>,
}

impl<'a> Decoder<'a> {
    fn new(schema: Schema, text_of: impl Fn(&str) -> Option<&'a str>) -> Self {
        let column = |name: String| Column::new(text_of(&name), name);
        Self {
            schema,
            steps: schema.keys.iter().map(|&name| column(name.to_owned())).collect(),
            lengths: schema.keys.iter().map(|name| column(length_name(name))).collect(),
            counts: schema.counts.iter().map(|&name| column(name.to_owned())).collect(),
            rows: Vec::new(),
        }
    }

    /// Reads all rows below a key of this level. `row` contains the keys down to this level.
    fn read_below(&mut self, level: usize, row: &mut Row) -> Result<(), ColumnError> {
        let below = level + 1;
        if below == self.schema.keys.len() {
            row.counts = self.take_counts()?;
            self.rows.push(*row);
            return Ok(());
        }
        debug_assert!(below < MAX_KEYS);
        let mut next = 0;
        for _ in 0..=self.lengths[below].take()? {
            let key = self.steps[below].take_key(next)?;
            row.keys[below] = key;
            next = u32::from(key) + 1;
            self.read_below(below, row)?;
        }
        Ok(())
    }

    fn take_counts(&mut self) -> Result<[u32; MAX_COUNTS], ColumnError> {
        let mut counts = [0; MAX_COUNTS];
        for (index, column) in self.counts.iter_mut().enumerate() {
            counts[index] = match index {
                0 => column.take()?.checked_add(1).ok_or_else(|| column.too_large())?,
                _ if column.is_missing => 0,
                _ => column.take()?,
            };
        }
        Ok(counts)
    }

    fn check_ends(&self) -> Result<(), ColumnError> {
        let mut columns = self.steps.iter().chain(&self.lengths[1..]).chain(&self.counts);
        let long = columns.find(|column| !column.is_at_end());
        long.map_or(Ok(()), |column| Err(ColumnError::Long { column: column.name.clone() }))
    }
}

struct Column<'a> {
    name: String,
    is_missing: bool,
    rest: Chars<'a>,
}

impl<'a> Column<'a> {
    fn new(text: Option<&'a str>, name: String) -> Self {
        Self { name, is_missing: text.is_none(), rest: text.unwrap_or_default().chars() }
    }

    fn is_at_end(&self) -> bool {
        self.rest.as_str().is_empty()
    }

    fn take(&mut self) -> Result<u32, ColumnError> {
        let short = || ColumnError::Short { column: self.name.clone() };
        text::take(&mut self.rest).ok_or_else(short)
    }

    /// Takes a step and returns the key that is this step above `lowest`, the lowest possible key.
    fn take_key(&mut self, lowest: u32) -> Result<u16, ColumnError> {
        let key = self.take()?.checked_add(lowest).and_then(|key| u16::try_from(key).ok());
        key.ok_or_else(|| self.too_large())
    }

    fn too_large(&self) -> ColumnError {
        ColumnError::TooLarge { column: self.name.clone() }
    }
}
