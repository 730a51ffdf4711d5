//! Reads the rows of a vendor file in Parquet, CSV or JSON Lines format.

use std::io::{BufRead, BufReader};

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Float64Type};
use bytes::Bytes;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use serde_json::Value;
use tilecore::text::{strip_bom, trim_blanks};

use super::SnapshotError;

/// The required columns.
pub(super) const REQUIRED: [&str; 8] = [
    "vendor_code",
    "city_id",
    "business_line",
    "latitude",
    "longitude",
    "radius",
    "status_id",
    "visible",
];

/// Every column that is read, required columns first. Other columns are ignored.
pub(super) const COLUMNS: [&str; 17] = [
    "vendor_code",
    "city_id",
    "business_line",
    "latitude",
    "longitude",
    "radius",
    "status_id",
    "visible",
    "vendor_name",
    "vendor_source",
    "vendor_status",
    "open",
    "availability",
    "own_delivery",
    "ofood_delivery",
    "is_express",
    "is_dual",
];

/// Text columns. The other columns contain numbers or booleans.
const TEXT_COLUMNS: [&str; 4] = ["vendor_code", "business_line", "vendor_name", "vendor_source"];

/// One value of a row.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum FieldValue<'a> {
    Null,
    Text(&'a str),
    Number(f64),
    Bool(bool),
}

/// A row, in the order of [`COLUMNS`].
pub(super) type VendorRow<'a> = [FieldValue<'a>; COLUMNS.len()];

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

/// Calls `on_row` with each row. With `force`, a text file without a final line break is accepted.
pub(super) fn read(
    name: &str,
    bytes: Bytes,
    force: bool,
    mut on_row: impl FnMut(&VendorRow<'_>) -> Result<(), SnapshotError>,
) -> Result<(), SnapshotError> {
    let format = file_format(name)?;
    if bytes.is_empty() {
        return Err(SnapshotError::EmptyFile { name: name.to_owned() });
    }
    // Programs end each line with a line break; a missing one at the end means a truncated file.
    if format != FileFormat::Parquet && !bytes.ends_with(b"\n") && !force {
        return Err(SnapshotError::Incomplete { name: name.to_owned() });
    }
    match format {
        FileFormat::Parquet => read_parquet(name, bytes, &mut on_row),
        FileFormat::Csv => read_csv(name, &bytes, &mut on_row),
        FileFormat::JsonLines => read_json_lines(name, &bytes, &mut on_row),
    }
}

type RowHandler<'t> = &'t mut dyn FnMut(&VendorRow<'_>) -> Result<(), SnapshotError>;

fn read_parquet(name: &str, bytes: Bytes, on_row: RowHandler<'_>) -> Result<(), SnapshotError> {
    let damaged = |source| SnapshotError::Parquet { name: name.to_owned(), source };
    let builder = ParquetRecordBatchReaderBuilder::try_new(bytes).map_err(damaged)?;
    let schema = builder.schema().clone();
    let names: Vec<_> = schema.fields().iter().map(|field| field.name().as_str()).collect();
    let column_indices = column_indices(name, &names)?;
    for (column, place) in COLUMNS.into_iter().zip(&column_indices) {
        if let &Some(place) = place {
            check_type(name, column, schema.field(place).data_type())?;
        }
    }
    let mask =
        ProjectionMask::roots(builder.parquet_schema(), column_indices.into_iter().flatten());
    let reader = builder.with_projection(mask).build().map_err(damaged)?;
    for batch in reader {
        let decode = |source| SnapshotError::Decode { name: name.to_owned(), source };
        read_batch(&batch.map_err(decode)?, on_row, &decode)?;
    }
    Ok(())
}

fn read_batch(
    batch: &RecordBatch,
    on_row: RowHandler<'_>,
    decode: &dyn Fn(arrow::error::ArrowError) -> SnapshotError,
) -> Result<(), SnapshotError> {
    let mut columns = Vec::with_capacity(COLUMNS.len());
    for column in COLUMNS {
        let read_as =
            if TEXT_COLUMNS.contains(&column) { DataType::Utf8 } else { DataType::Float64 };
        let array = batch.column_by_name(column).map(|array| cast(array, &read_as));
        columns.push(array.transpose().map_err(decode)?);
    }
    for row in 0..batch.num_rows() {
        let value = |index: usize| match &columns[index] {
            Some(array) if array.is_valid(row) => match array.data_type() {
                DataType::Utf8 => FieldValue::Text(array.as_string::<i32>().value(row)),
                _ => FieldValue::Number(array.as_primitive::<Float64Type>().value(row)),
            },
            _ => FieldValue::Null,
        };
        on_row(&std::array::from_fn(value))?;
    }
    Ok(())
}

fn check_type(name: &str, column: &str, found: &DataType) -> Result<(), SnapshotError> {
    let is_text = |found: &DataType| {
        matches!(found, DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View)
    };
    let fits = match found {
        DataType::Null => true,
        DataType::Dictionary(_, values) => TEXT_COLUMNS.contains(&column) && is_text(values),
        found if TEXT_COLUMNS.contains(&column) => is_text(found),
        found => found.is_numeric() || *found == DataType::Boolean,
    };
    if fits {
        return Ok(());
    }
    Err(SnapshotError::WrongType {
        name: name.to_owned(),
        column: column.to_owned(),
        found: found.to_string(),
        expected: if TEXT_COLUMNS.contains(&column) { "text" } else { "a number" },
    })
}

fn read_csv(name: &str, bytes: &[u8], on_row: RowHandler<'_>) -> Result<(), SnapshotError> {
    let csv_error = |source| SnapshotError::Csv { name: name.to_owned(), source };
    let mut reader = csv::Reader::from_reader(strip_bom(bytes));
    let names = reader.headers().map_err(csv_error)?.clone();
    let names: Vec<_> = names.iter().map(trim_blanks).collect();
    let column_indices = column_indices(name, &names)?;
    let mut record = csv::StringRecord::new();
    while reader.read_record(&mut record).map_err(csv_error)? {
        let value = |index: usize| match column_indices[index].and_then(|place| record.get(place)) {
            Some(text) if !is_blank(text) => FieldValue::Text(text),
            _ => FieldValue::Null,
        };
        on_row(&std::array::from_fn(value))?;
    }
    Ok(())
}

fn read_json_lines(name: &str, bytes: &[u8], on_row: RowHandler<'_>) -> Result<(), SnapshotError> {
    let mut seen = [false; COLUMNS.len()];
    for (line, text) in (1..).zip(BufReader::new(strip_bom(bytes)).lines()) {
        let json_error = |source| SnapshotError::Json { name: name.to_owned(), line, source };
        let text = text.map_err(|error| json_error(serde_json::Error::io(error)))?;
        if is_blank(&text) {
            continue;
        }
        let object: serde_json::Map<String, Value> =
            serde_json::from_str(&text).map_err(json_error)?;
        let mut row: VendorRow<'_> = [FieldValue::Null; COLUMNS.len()];
        for (index, column) in COLUMNS.into_iter().enumerate() {
            let Some(value) = object.get(column) else { continue };
            seen[index] = true;
            let is_text = TEXT_COLUMNS.contains(&column);
            row[index] = match value {
                Value::Null => FieldValue::Null,
                Value::String(text) if is_blank(text) => FieldValue::Null,
                Value::String(text) => FieldValue::Text(text),
                Value::Number(number) if !is_text => {
                    FieldValue::Number(number.as_f64().unwrap_or(f64::NAN))
                }
                Value::Bool(value) if !is_text => FieldValue::Bool(*value),
                other => {
                    return Err(SnapshotError::WrongType {
                        name: format!("{name}, line {line}"),
                        column: column.to_owned(),
                        found: other.to_string(),
                        expected: if is_text { "text" } else { "a number" },
                    });
                }
            };
        }
        on_row(&row)?;
    }
    match COLUMNS.iter().zip(seen).find(|(column, seen)| !seen && REQUIRED.contains(column)) {
        None => Ok(()),
        Some((column, _)) => Err(SnapshotError::MissingColumn {
            name: name.to_owned(),
            column: (*column).to_owned(),
            found: COLUMNS
                .iter()
                .zip(seen)
                .filter_map(|(column, seen)| seen.then_some(*column))
                .collect::<Vec<_>>()
                .join(", "),
        }),
    }
}

/// The index of each column in the file.
fn column_indices(
    name: &str,
    found: &[&str],
) -> Result<[Option<usize>; COLUMNS.len()], SnapshotError> {
    let column_indices = COLUMNS.map(|column| found.iter().position(|&found| found == column));
    match REQUIRED.iter().zip(column_indices).find(|(_, place)| place.is_none()) {
        None => Ok(column_indices),
        Some((column, _)) => Err(SnapshotError::MissingColumn {
            name: name.to_owned(),
            column: (*column).to_owned(),
            found: found.join(", "),
        }),
    }
}

fn is_blank(text: &str) -> bool {
    trim_blanks(text).is_empty()
}
