//! Vendors in a Parquet file.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::Float64Type;
use arrow_array::{Array, ArrayRef, BinaryArray, RecordBatch, StringArray};
use arrow_cast::{CastOptions, cast, cast_with_options};
use arrow_schema::ArrowError;
use arrow_schema::DataType;
use bytes::Bytes;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use super::row::{
    CODE, COLUMNS, FieldValue, RowHandler, RowPlace, VendorFile, VendorRow, is_text, whole_code,
};
use crate::files::column_type;
use crate::vendors::snapshot::error::SnapshotError;

/// Calls `on_row` with each row of a Parquet file.
pub(super) fn read(
    file: VendorFile<'_>,
    bytes: Bytes,
    on_row: RowHandler<'_>,
) -> Result<(), SnapshotError> {
    if bytes.is_empty() {
        let file = file.name.to_owned();
        return Err(crate::files::EncodingError::Empty { file }.into());
    }
    let damaged = |source| SnapshotError::Parquet { name: file.name.to_owned(), source };
    let builder = ParquetRecordBatchReaderBuilder::try_new(bytes).map_err(damaged)?;
    let schema = builder.schema().clone();
    let names: Vec<_> = schema.fields().iter().map(|field| field.name().as_str()).collect();
    let column_indices = file.column_indices(&names)?;
    for (column, place) in COLUMNS.into_iter().zip(&column_indices) {
        if let &Some(place) = place {
            check_type(file, column, schema.field(place).data_type())?;
        }
    }
    let mask =
        ProjectionMask::roots(builder.parquet_schema(), column_indices.into_iter().flatten());
    let reader = builder.with_projection(mask).build().map_err(damaged)?;
    let mut first = 1;
    for batch in reader {
        let batch = batch.map_err(|source| decode_error(file, source))?;
        read_batch(file, &batch, first, on_row)?;
        first += batch.num_rows() as u64;
    }
    Ok(())
}

fn decode_error(file: VendorFile<'_>, source: ArrowError) -> SnapshotError {
    SnapshotError::Decode { name: file.name.to_owned(), source }
}

fn read_batch(
    file: VendorFile<'_>,
    batch: &RecordBatch,
    first: u64,
    on_row: RowHandler<'_>,
) -> Result<(), SnapshotError> {
    let mut columns = Vec::with_capacity(COLUMNS.len());
    for column in COLUMNS {
        let array = batch.column_by_name(file.columns.of(column));
        let read = array.map(|array| Reader { file, column, first }.read(array));
        columns.push(read.transpose()?);
    }
    for row in 0..batch.num_rows() {
        let value = |index: usize| match &columns[index] {
            Some(array) if array.is_valid(row) => match array.data_type() {
                DataType::Utf8 => FieldValue::Text(array.as_string::<i32>().value(row)),
                _ => FieldValue::Number(array.as_primitive::<Float64Type>().value(row)),
            },
            _ => FieldValue::Null,
        };
        let place = RowPlace::Row(first + row as u64);
        on_row(&VendorRow { place, values: std::array::from_fn(value) })?;
    }
    Ok(())
}

/// Reads one column of a batch as texts or numbers.
struct Reader<'a> {
    file: VendorFile<'a>,
    column: &'static str,
    /// Number of the first row, from 1.
    first: u64,
}

impl Reader<'_> {
    fn read(&self, array: &ArrayRef) -> Result<ArrayRef, SnapshotError> {
        let array = match array.data_type() {
            DataType::Dictionary(_, values) => self.cast(array, values)?,
            _ => Arc::clone(array),
        };
        match array.data_type() {
            kind if column_type::is_binary(kind) => self.binary(&array),
            kind if column_type::is_text(kind)
                || *kind == DataType::Null && is_text(self.column) =>
            {
                self.cast(&array, &DataType::Utf8)
            }
            kind if self.column == CODE && kind.is_floating() => self.float_codes(&array),
            kind if self.column == CODE && kind.is_decimal() => self.decimal_codes(&array),
            _ if self.column == CODE => self.cast(&array, &DataType::Utf8),
            _ => cast(&array, &DataType::Float64).map_err(|source| decode_error(self.file, source)),
        }
    }

    fn cast(&self, array: &ArrayRef, kind: &DataType) -> Result<ArrayRef, SnapshotError> {
        let strict = CastOptions { safe: false, ..CastOptions::default() };
        cast_with_options(array, kind, &strict).map_err(|source| decode_error(self.file, source))
    }

    fn binary(&self, array: &ArrayRef) -> Result<ArrayRef, SnapshotError> {
        let array = self.cast(array, &DataType::Binary)?;
        let binary: &BinaryArray = array.as_binary();
        let text = |(row, bytes): (u64, Option<_>)| {
            let Some(bytes) = bytes else { return Ok(None) };
            let text = std::str::from_utf8(bytes).map(Some);
            text.map_err(|_| SnapshotError::BinaryNotUtf8 {
                name: self.file.name.to_owned(),
                row,
                column: self.file.columns.of(self.column).to_owned(),
            })
        };
        let texts: StringArray =
            (self.first..).zip(binary.iter()).map(text).collect::<Result<_, _>>()?;
        Ok(Arc::new(texts))
    }

    /// Codes that pandas wrote as floats, because some rows have none.
    fn float_codes(&self, array: &ArrayRef) -> Result<ArrayRef, SnapshotError> {
        let floats = self.cast(array, &DataType::Float64)?;
        let floats = floats.as_primitive::<Float64Type>().iter();
        let code = |(row, value): (u64, Option<f64>)| match value {
            None => Ok(None),
            Some(value) if value.is_nan() => Ok(None),
            Some(value) => {
                whole_code(value).map(Some).ok_or_else(|| self.fraction(row, value.to_string()))
            }
        };
        let codes: StringArray = (self.first..).zip(floats).map(code).collect::<Result<_, _>>()?;
        Ok(Arc::new(codes))
    }

    fn decimal_codes(&self, array: &ArrayRef) -> Result<ArrayRef, SnapshotError> {
        let texts = self.cast(array, &DataType::Utf8)?;
        let texts: &StringArray = texts.as_string();
        let code = |(row, text): (u64, Option<&str>)| match text {
            None => Ok(None),
            Some(text) => match text.split_once('.') {
                None => Ok(Some(text.to_owned())),
                Some((whole, fraction)) if fraction.bytes().all(|byte| byte == b'0') => {
                    Ok(Some(whole.to_owned()))
                }
                Some(_) => Err(self.fraction(row, text.to_owned())),
            },
        };
        let codes: StringArray =
            (self.first..).zip(texts.iter()).map(code).collect::<Result<_, _>>()?;
        Ok(Arc::new(codes))
    }

    fn fraction(&self, row: u64, value: String) -> SnapshotError {
        let column = self.file.columns.of(self.column).to_owned();
        SnapshotError::FractionalCode { name: self.file.name.to_owned(), row, column, value }
    }
}

fn check_type(file: VendorFile<'_>, column: &str, found: &DataType) -> Result<(), SnapshotError> {
    let kind = match found {
        DataType::Dictionary(_, values) => values,
        found => found,
    };
    let is_number = kind.is_numeric() || *kind == DataType::Boolean;
    let fits = *kind == DataType::Null
        || column_type::is_text(kind)
        || column_type::is_binary(kind)
        || column == CODE && kind.is_numeric()
        || !is_text(column) && is_number;
    if fits {
        return Ok(());
    }
    Err(SnapshotError::WrongType {
        name: file.name.to_owned(),
        column: file.columns.of(column).to_owned(),
        found: type_name(kind),
        expected: match column {
            CODE => "text or whole numbers",
            column if is_text(column) => "text",
            _ => "numbers",
        },
    })
}

/// The type in words.
fn type_name(kind: &DataType) -> String {
    match kind {
        DataType::Boolean => "flags".to_owned(),
        DataType::Timestamp(..) => "times".to_owned(),
        DataType::Date32 | DataType::Date64 => "dates".to_owned(),
        DataType::List(_) | DataType::LargeList(_) => "lists".to_owned(),
        kind if kind.is_numeric() => "numbers".to_owned(),
        other => other.to_string().to_lowercase(),
    }
}
