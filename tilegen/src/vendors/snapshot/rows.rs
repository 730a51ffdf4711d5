//! Reads the rows of a vendor file in Parquet, CSV or JSON Lines format.

mod parquet;
mod row;
pub(super) mod union;

use bytes::Bytes;
use serde_json::Value;
use tilecore::text::strip_bom;

use super::SnapshotError;
use crate::files::{CsvError, JsonObject, canonical_code, csv_columns, csv_text, utf8_text};
use row::{CODE, RowHandler, RowPlace, TEXT_COLUMNS, is_blank, is_text, whole_code};
pub(super) use row::{COLUMNS, FieldValue, VendorFile, VendorRow};

/// The format of a file, by its extension.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum FileFormat {
    Parquet,
    Csv,
    JsonLines,
}

fn file_format(name: &str) -> Result<FileFormat, SnapshotError> {
    let lower = name.to_lowercase();
    let ends = |ending: &str| lower.ends_with(ending);
    match () {
        () if ends(".parquet") => Ok(FileFormat::Parquet),
        () if ends(".csv") => Ok(FileFormat::Csv),
        () if ends(".jsonl") || ends(".ndjson") => Ok(FileFormat::JsonLines),
        () => Err(SnapshotError::UnknownFormat { name: name.to_owned() }),
    }
}

/// Calls `on_row` with each row.
pub(super) fn read(
    file: VendorFile<'_>,
    bytes: &Bytes,
    mut on_row: impl FnMut(&VendorRow<'_>) -> Result<(), SnapshotError>,
) -> Result<(), SnapshotError> {
    match file_format(file.name)? {
        FileFormat::Parquet => parquet::read(file, bytes, &mut on_row),
        FileFormat::Csv => read_csv(file, bytes, &mut on_row),
        FileFormat::JsonLines => read_json_lines(file, bytes, &mut on_row),
    }
}

fn read_csv(
    file: VendorFile<'_>,
    bytes: &[u8],
    on_row: RowHandler<'_>,
) -> Result<(), SnapshotError> {
    let csv_error = |source| SnapshotError::from(CsvError::new(file.name, source));
    let mut reader = csv::Reader::from_reader(csv_text(file.name, bytes)?.as_bytes());
    let header = reader.headers().map_err(csv_error)?.clone();
    let column_indices = file.column_indices(&csv_columns(&header))?;
    let mut record = csv::StringRecord::new();
    while reader.read_record(&mut record).map_err(csv_error)? {
        let value = |index: usize| match column_indices[index].and_then(|place| record.get(place)) {
            Some(text) if is_blank(text) => FieldValue::Null,
            Some(text) if COLUMNS[index] == CODE => FieldValue::Text(canonical_code(text)),
            Some(text) => FieldValue::Text(text),
            None => FieldValue::Null,
        };
        let place = RowPlace::Line(record.position().map_or(0, csv::Position::line));
        on_row(&VendorRow { place, values: std::array::from_fn(value) })?;
    }
    Ok(())
}

fn read_json_lines(
    file: VendorFile<'_>,
    bytes: &[u8],
    on_row: RowHandler<'_>,
) -> Result<(), SnapshotError> {
    utf8_text(file.name, bytes)?;
    let text = std::str::from_utf8(strip_bom(bytes)).unwrap_or_default();
    let mut seen = [false; COLUMNS.len()];
    let mut rows = 0;
    for (line, text) in (1..).zip(text.lines()) {
        if is_blank(text) {
            continue;
        }
        rows += 1;
        let json_error = |source| SnapshotError::Json { name: file.name.to_owned(), line, source };
        let JsonObject { entries: object, repeated } =
            serde_json::from_str(text).map_err(json_error)?;
        if let Some(key) = repeated {
            let name = file.name.to_owned();
            return Err(SnapshotError::RepeatedKey { name, line, key });
        }
        let mut values = [FieldValue::Null; COLUMNS.len()];
        let mut code = None;
        for (index, column) in COLUMNS.into_iter().enumerate() {
            let Some(value) = object.get(file.columns.of(column)) else { continue };
            seen[index] = true;
            values[index] = match value {
                Value::Null => FieldValue::Null,
                Value::String(text) if is_blank(text) => FieldValue::Null,
                Value::String(text) => FieldValue::Text(text),
                Value::Number(number) if column == CODE => {
                    code = Some(number_code(file, line, number)?);
                    FieldValue::Null
                }
                Value::Number(number) if !TEXT_COLUMNS.contains(&column) => {
                    FieldValue::Number(number.as_f64().unwrap_or(f64::NAN))
                }
                Value::Bool(value) if !is_text(column) => FieldValue::Bool(*value),
                other => {
                    return Err(SnapshotError::WrongType {
                        name: format!("{}, line {line}", file.name),
                        column: file.columns.of(column).to_owned(),
                        found: other.to_string(),
                        expected: if is_text(column) { "text" } else { "a number" },
                    });
                }
            };
        }
        if let Some(code) = &code {
            values[0] = FieldValue::Text(code);
        }
        on_row(&VendorRow { place: RowPlace::Line(line), values })?;
    }
    if rows == 0 {
        return Ok(());
    }
    let names = (0..COLUMNS.len()).filter(|&index| seen[index]).map(|index| COLUMNS[index]);
    let names: Vec<_> = names.map(|column| file.columns.of(column)).collect();
    file.column_indices(&names).map(|_| ())
}

/// The code of a JSON number, whose fraction must be zero.
fn number_code(
    file: VendorFile<'_>,
    line: u64,
    number: &serde_json::Number,
) -> Result<String, SnapshotError> {
    if number.is_i64() || number.is_u64() {
        return Ok(number.to_string());
    }
    let value = number.as_f64().unwrap_or(f64::NAN);
    whole_code(value).ok_or_else(|| SnapshotError::FractionalCode {
        name: file.name.to_owned(),
        row: line,
        column: file.columns.of(CODE).to_owned(),
        value: number.to_string(),
    })
}
