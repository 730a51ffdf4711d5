//! A JSON export, read row by row while it arrives.

mod values;

use std::io::{self, Read};
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;

use arrow_array::RecordBatch;
use arrow_schema::{Field, Schema, SchemaRef};
use bytes::{Buf, Bytes};
use jiff::tz::TimeZone;
use parquet::errors::ParquetError;
use struson::reader::{
    JsonReader, JsonStreamReader, ReaderError, ReaderSettings, ValueType as JsonType,
};

use crate::config::fetch::ValueType;
use crate::fetch::error::QueryError;
use crate::fetch::part::{PartError, PartFile, PartWriter};
use values::Values;

/// Rows of a batch that is passed to the encoder.
const BATCH_ROWS: usize = 16_384;

/// Parts of a body that wait for the reader.
const QUEUE: usize = 16;

/// The rows of one or several exports.
pub(super) struct Export {
    schema: SchemaRef,
    values: Vec<Values>,
    rows: u64,
    /// Rows after which reading stops, for a sample.
    most_rows: Option<u64>,
    writer: PartWriter,
}

impl Export {
    /// An empty file in a folder for temporary files.
    pub(super) fn create(
        columns: &[(String, ValueType)],
        zoneless: &TimeZone,
        most_rows: Option<u64>,
        folder: &Path,
    ) -> Result<Self, QueryError> {
        let values: Vec<_> =
            columns.iter().map(|&(_, of)| Values::new(of, zoneless.clone())).collect();
        let field = |((name, _), values): (&(String, ValueType), &Values)| {
            Field::new(name, values.data_type(), true)
        };
        let fields: Vec<_> = columns.iter().zip(&values).map(field).collect();
        let schema = Arc::new(Schema::new(fields));
        let writer = PartWriter::create(folder, &schema)?;
        Ok(Self { schema, values, rows: 0, most_rows, writer })
    }

    /// Rows read so far.
    pub(super) const fn rows(&self) -> u64 {
        self.rows
    }

    /// Starts to read a body from the channel.
    pub(super) fn start(mut self) -> (SyncSender<Bytes>, JoinHandle<Result<Self, QueryError>>) {
        let (sender, chunks) = sync_channel(QUEUE);
        let reader = std::thread::spawn(move || {
            let body = Body { chunks, chunk: Bytes::new() };
            let settings = ReaderSettings { track_path: false, ..ReaderSettings::default() };
            self.read_rows(JsonStreamReader::new_custom(body, settings))?;
            Ok(self)
        });
        (sender, reader)
    }

    /// Reads the array of rows. Metabase writes an object instead if the query failed.
    fn read_rows(&mut self, mut json: JsonStreamReader<Body>) -> Result<(), QueryError> {
        match json.peek()? {
            JsonType::Array => json.begin_array()?,
            JsonType::Object => return Err(export_error(server_error(&mut json)?)),
            other => return Err(export_error(format!("Metabase sent a {other} instead of rows"))),
        }
        while json.has_next()? {
            self.read_row(&mut json)?;
            self.end_row()?;
            if self.most_rows == Some(self.rows) {
                return Ok(());
            }
        }
        json.end_array()?;
        Ok(json.consume_trailing_whitespace()?)
    }

    /// Reads a row. Every column must be there exactly once, and columns that are not configured are skipped.
    fn read_row(&mut self, json: &mut JsonStreamReader<Body>) -> Result<(), QueryError> {
        let row = self.rows + 1;
        if json.peek()? != JsonType::Object {
            return Err(export_error(format!("row {row} is not an object")));
        }
        json.begin_object()?;
        let (mut found, mut expected) = (vec![false; self.values.len()], 0);
        while json.has_next()? {
            let Some(index) = self.column(json.next_name()?, expected) else {
                json.skip_value()?;
                continue;
            };
            let name = self.schema.field(index).name();
            if std::mem::replace(&mut found[index], true) {
                return Err(export_error(format!("row {row} has two columns {name}")));
            }
            let wrong = |what| export_error(format!("column {name} of row {row}: {what}"));
            self.values[index].read(json)?.map_err(wrong)?;
            expected = index + 1;
        }
        json.end_object()?;
        match found.iter().position(|found| !found) {
            None => Ok(()),
            Some(index) => {
                let name = self.schema.field(index).name();
                Err(export_error(format!("row {row} has no column {name}")))
            }
        }
    }

    /// The index of a column by its name, or `None` if it is not configured. `expected` is the index that comes next
    /// if the columns are in order.
    fn column(&self, name: &str, expected: usize) -> Option<usize> {
        let fields = self.schema.fields();
        let is_next = fields.get(expected).is_some_and(|field| field.name() == name);
        let position = || fields.iter().position(|field| field.name() == name);
        if is_next { Some(expected) } else { position() }
    }

    /// Completes the file.
    pub(super) fn finish(mut self) -> Result<PartFile, QueryError> {
        let written = self.write_batch();
        let part = self.writer.finish()?;
        written.map(|()| part)
    }

    fn write_batch(&mut self) -> Result<(), QueryError> {
        let arrays = self.values.iter_mut().map(Values::take_array).collect();
        let batch = RecordBatch::try_new(Arc::clone(&self.schema), arrays);
        let batch = batch.map_err(|source| PartError::Parquet(ParquetError::from(source)))?;
        Ok(self.writer.write(batch)?)
    }

    /// Ends a row. A batch that is full goes to the encoder.
    fn end_row(&mut self) -> Result<(), QueryError> {
        self.rows += 1;
        if self.rows.is_multiple_of(BATCH_ROWS as u64) { self.write_batch() } else { Ok(()) }
    }
}

/// Values that do not fit their column will not fit the next time.
fn export_error(what: String) -> QueryError {
    QueryError::Export { what }
}

/// A body that is not JSON was cut or damaged on the way.
impl From<ReaderError> for QueryError {
    fn from(error: ReaderError) -> Self {
        Self::Incomplete { what: format!("the export is not complete JSON: {error}") }
    }
}

/// The message of an object that Metabase sends instead of rows.
fn server_error(json: &mut JsonStreamReader<Body>) -> Result<String, ReaderError> {
    let mut message = "Metabase sent an object instead of rows".to_owned();
    json.begin_object()?;
    while json.has_next()? {
        let is_message = json.next_name()? == "error";
        if is_message && json.peek()? == JsonType::String {
            message = format!("Metabase reports the error `{}`", json.next_str()?);
        } else {
            json.skip_value()?;
        }
    }
    json.end_object()?;
    Ok(message)
}

/// A body as it arrives.
struct Body {
    chunks: Receiver<Bytes>,
    chunk: Bytes,
}

impl Read for Body {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.chunk.is_empty() {
            match self.chunks.recv() {
                Ok(chunk) => self.chunk = chunk,
                Err(_) => return Ok(0),
            }
        }
        let len = buffer.len().min(self.chunk.len());
        self.chunk.copy_to_slice(&mut buffer[..len]);
        Ok(len)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The rows of a body that comes in pieces of a few bytes.
    fn rows_of(json: &str) -> Result<u64, QueryError> {
        let folder = tempfile::tempdir().unwrap();
        let columns = [("id".to_owned(), ValueType::Integer), ("line".to_owned(), ValueType::Text)];
        let export = Export::create(&columns, &TimeZone::UTC, None, folder.path())?;
        let (sender, reader) = export.start();
        for piece in json.as_bytes().chunks(7) {
            if sender.send(Bytes::copy_from_slice(piece)).is_err() {
                break;
            }
        }
        drop(sender);
        Ok(reader.join().unwrap()?.finish()?.rows)
    }

    #[test]
    fn rows_are_read_in_any_order_of_columns_and_others_are_skipped() {
        let json = r#"[{"id": 1, "line": "Cafe"}, {"more": [{"id": 5}], "line": null, "id": "2"}]"#;
        assert_eq!(rows_of(json).unwrap(), 2);
        assert_eq!(rows_of("[]").unwrap(), 0);
    }

    #[test]
    fn an_export_that_was_cut_at_any_byte_is_not_complete() {
        let json = r#"[{"id": 1, "line": "Cafe"}, {"id": 2, "line": "کافه"}]"#;
        for end in 0..json.len() {
            let cut = String::from_utf8_lossy(&json.as_bytes()[..end]).into_owned();
            let error = rows_of(&cut).unwrap_err();
            assert!(error.is_transient(), "{end}: {error}");
        }
        assert!(rows_of(&format!("{json}]")).unwrap_err().is_transient());
    }

    #[test]
    fn other_columns_and_values_are_refused() {
        for (json, part) in [
            (r#"[{"id": 1}]"#, "row 1 has no column line"),
            (r#"[{"id": 1, "line": "a"}, {"Id": 1, "line": "a"}]"#, "row 2 has no column id"),
            (r#"[{"id": 1, "id": 1, "line": "a"}]"#, "two columns id"),
            (r#"[{"id": "1,234", "line": "a"}]"#, "column id of row 1: `1,234`"),
            (r#"{"status": "failed", "error": "Timed out"}"#, "Timed out"),
            (r#"{"data": []}"#, "an object instead of rows"),
        ] {
            let error = rows_of(json).unwrap_err();
            assert!(!error.is_transient(), "{json}");
            assert!(error.to_string().contains(part), "{part}: {error}");
        }
    }
}
