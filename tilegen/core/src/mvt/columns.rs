//! Packed columns: the rows of a timeline tile as the text attributes of one feature.
//!
//! `docs/formats.md` describes the format, and `data/timeline-columns.json` has test vectors for this
//! encoder, this decoder and that of the page. `schema` lists the layers and their columns, `text` writes
//! numbers as characters, `encode` turns sorted rows into columns and columns into tiles, and `decode`
//! reads a tile back and validates it.

mod decode;
mod encode;
mod schema;
mod text;

#[cfg(test)]
mod tests;

pub use decode::{ColumnError, decode_columns, decode_rows};
pub use encode::{ColumnWriter, Columns};
pub use schema::{MAX_COUNTS, MAX_KEYS, Row, Schema};
