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
use parquet::file::metadata::ParquetMetaData;
use tilecore::text::counted;

use super::row::{
    CODE, COLUMNS, FieldValue, RowHandler, RowPlace, VendorFile, VendorRow, is_text, whole_code,
};
use crate::files::{
    DamagedParquet, Expansion, MAX_VALUE_BYTES, check_footer, check_nesting, column_type,
    footer_len, guarded, scan_pages,
};
use crate::vendors::snapshot::error::SnapshotError;

/// Calls `on_row` with each row of a Parquet file.
pub(super) fn read(
    file: VendorFile<'_>,
    bytes: &Bytes,
    on_row: RowHandler<'_>,
) -> Result<(), SnapshotError> {
    if bytes.is_empty() {
        let file = file.name.to_owned();
        return Err(crate::files::EncodingError::Empty { file }.into());
    }
    let damaged = |source| SnapshotError::from(DamagedParquet::undecodable(file.name)(source));
    let wrong = |what| SnapshotError::from(DamagedParquet::new(file.name, what));
    check_footer_bytes(bytes).map_err(wrong)?;
    let open = || ParquetRecordBatchReaderBuilder::try_new(bytes.clone());
    let builder = guarded(open).map_err(wrong)?.map_err(damaged)?;
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
    let metadata = Arc::clone(builder.metadata());
    check_footer(&metadata, &mask, bytes.len() as u64).map_err(wrong)?;
    let batch_rows = check_pages(file, &metadata, &mask, bytes)?;
    let build = || builder.with_projection(mask).with_batch_size(batch_rows).build();
    let mut reader = guarded(build).map_err(wrong)?.map_err(damaged)?;
    let mut first = 1;
    while let Some(batch) = guarded(|| reader.next()).map_err(wrong)? {
        let batch = batch.map_err(|source| decode_error(file, source))?;
        read_batch(file, &batch, first, on_row)?;
        first += batch.num_rows() as u64;
    }
    let rows = metadata.file_metadata().num_rows();
    if i64::try_from(first - 1) != Ok(rows) {
        return Err(wrong(format!(
            "it has {}, and its footer says {rows}",
            counted(first - 1, "row")
        )));
    }
    Ok(())
}

/// Most bytes of a page, and of the texts that a batch repeats from a dictionary.
const MAX_PAGE_BYTES: u64 = 64 << 20;

/// Most rows of a batch.
const BATCH_ROWS: u64 = 1024;

/// Checks the length of the footer and the nesting of its columns.
fn check_footer_bytes(bytes: &[u8]) -> Result<(), String> {
    let Some(footer) = footer_len(bytes) else { return Ok(()) };
    let end = bytes.len() as u64 - 8;
    let Some(start) = end.checked_sub(footer) else {
        return Err(format!("its footer has {footer} bytes, and the file has {}", bytes.len()));
    };
    check_nesting(&bytes[start as usize..end as usize])
}

/// Checks the pages of the columns that are read, and returns how many rows to decode at once.
fn check_pages(
    file: VendorFile<'_>,
    metadata: &ParquetMetaData,
    columns: &ProjectionMask,
    bytes: &[u8],
) -> Result<usize, SnapshotError> {
    let mut repeated = 1;
    for group in metadata.row_groups() {
        let chunks = group.columns().iter().enumerate();
        for (_, chunk) in chunks.filter(|(index, _)| columns.leaf_included(*index)) {
            let column = chunk.column_path().string();
            let (start, length) = chunk.byte_range();
            let stored = &bytes[start as usize..(start + length) as usize];
            let expansion =
                Expansion { compression: chunk.compression(), harmless_bytes: MAX_PAGE_BYTES };
            let rows = u64::try_from(group.num_rows()).unwrap_or(0);
            let pages = scan_pages(stored, rows, expansion);
            let pages = pages.map_err(|what| {
                DamagedParquet::new(file.name, format!("column `{column}`: {what}"))
            })?;
            let longest = pages.longest_page().max(pages.dictionary_bytes);
            if longest > MAX_PAGE_BYTES {
                return Err(SnapshotError::LongPage {
                    name: file.name.to_owned(),
                    column,
                    bytes: longest,
                    max: MAX_PAGE_BYTES,
                });
            }
            // Each row copies its entry of the dictionary, or the beginning of the value before.
            let shared = if pages.has_shared_prefixes { pages.longest_page() } else { 0 };
            repeated = repeated.max(pages.dictionary_bytes).max(shared);
        }
    }
    Ok(usize::try_from((MAX_PAGE_BYTES / repeated).clamp(1, BATCH_ROWS)).unwrap_or(1))
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
        let read = self.convert(array)?;
        if let Some(texts) = read.as_string_opt::<i32>() {
            let is_long = |ends: &[i32]| (ends[1] - ends[0]) as usize > MAX_VALUE_BYTES;
            if let Some(row) = texts.value_offsets().windows(2).position(is_long) {
                return Err(SnapshotError::LongText {
                    name: self.file.name.to_owned(),
                    row: self.first + row as u64,
                    column: self.file.columns.of(self.column).to_owned(),
                    bytes: texts.value(row).len(),
                });
            }
        }
        Ok(read)
    }

    fn convert(&self, array: &ArrayRef) -> Result<ArrayRef, SnapshotError> {
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
