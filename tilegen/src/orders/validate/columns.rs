//! Reads the columns of one batch as numbers.

use arrow_array::RecordBatch;
use arrow_array::cast::AsArray;
use arrow_array::types::{ArrowPrimitiveType, Float64Type, Int32Type, Int64Type};
use arrow_array::{Array, ArrayRef, StringArray};
use arrow_buffer::ArrowNativeType;
use arrow_buffer::{NullBuffer, ScalarBuffer};
use arrow_cast::cast;
use arrow_cast::display::array_value_to_string;
use arrow_schema::ArrowError;
use arrow_schema::DataType;

use super::error::ValidateError;
use crate::files::MAX_VALUE_BYTES;

/// The numbers of a column and its nulls.
pub(super) struct Numbers<T: ArrowNativeType> {
    pub(super) values: ScalarBuffer<T>,
    pub(super) nulls: Option<NullBuffer>,
}

impl<T: ArrowNativeType> Numbers<T> {
    /// The numbers of an array.
    pub(super) fn of<A: ArrowPrimitiveType<Native = T>>(array: &dyn Array) -> Self {
        let numbers = array.as_primitive::<A>();
        let nulls = array.nulls().filter(|nulls| nulls.null_count() > 0);
        Self { values: numbers.values().clone(), nulls: nulls.cloned() }
    }

    /// The number of a row.
    #[inline]
    pub(super) fn get(&self, row: usize) -> Option<T> {
        match &self.nulls {
            Some(nulls) if nulls.is_null(row) => None,
            _ => Some(self.values[row]),
        }
    }
}

impl<T: ArrowNativeType> FromIterator<Option<T>> for Numbers<T> {
    fn from_iter<I: IntoIterator<Item = Option<T>>>(rows: I) -> Self {
        let (values, valid): (Vec<T>, Vec<bool>) =
            rows.into_iter().map(|row| (row.unwrap_or_default(), row.is_some())).unzip();
        let nulls = NullBuffer::from(valid);
        Self { values: values.into(), nulls: (nulls.null_count() > 0).then_some(nulls) }
    }
}

/// Converts the columns of a batch.
pub(super) struct ColumnReader<'a> {
    pub(super) batch: &'a RecordBatch,
    /// Name of the file.
    pub(super) file: &'a str,
    /// Number of the batch's first row in the file, counted from 1.
    pub(super) first_row: u64,
}

impl ColumnReader<'_> {
    pub(super) fn array(&self, column: &str) -> Result<ArrayRef, ValidateError> {
        self.batch
            .column_by_name(column)
            .cloned()
            .ok_or_else(|| ArrowError::SchemaError("the column is missing".into()))
            .map_err(|source| self.failed(column, source))
    }

    pub(super) fn failed(&self, column: &str, source: ArrowError) -> ValidateError {
        ValidateError::Convert { name: self.file.to_owned(), column: column.to_owned(), source }
    }

    pub(super) fn cast(&self, column: &str, to: &DataType) -> Result<ArrayRef, ValidateError> {
        let array = self.array(column)?;
        if array.data_type() == to {
            return Ok(array);
        }
        cast(&array, to).map_err(|source| self.failed(column, source))
    }

    /// Integers and times as they are. Of other numbers, only the whole ones.
    pub(super) fn integers(&self, column: &str) -> Result<Numbers<i64>, ValidateError> {
        let found = self.array(column)?;
        if found.data_type().is_floating() || is_decimal(found.data_type()) {
            let floats = self.floats(column)?;
            let whole = |number: &f64| number.fract() == 0.0;
            let rows = (0..floats.values.len()).map(|row| floats.get(row).filter(whole));
            return Ok(rows.map(|number| number.map(|number| number as i64)).collect());
        }
        Ok(Numbers::of::<Int64Type>(&self.cast(column, &DataType::Int64)?))
    }

    pub(super) fn floats(&self, column: &str) -> Result<Numbers<f64>, ValidateError> {
        Ok(Numbers::of::<Float64Type>(&self.cast(column, &DataType::Float64)?))
    }

    /// Texts as keys of a dictionary.
    pub(super) fn dictionary(
        &self,
        column: &str,
    ) -> Result<(Numbers<i32>, StringArray), ValidateError> {
        let to = DataType::Dictionary(DataType::Int32.into(), DataType::Utf8.into());
        let array = self.cast(column, &to)?;
        let dictionary = array.as_dictionary::<Int32Type>();
        let texts = dictionary.values().as_string::<i32>().clone();
        let keys = Numbers::of::<Int32Type>(dictionary.keys());
        // The reader checks keys, but not those of an empty dictionary.
        if texts.is_empty() && (0..keys.values.len()).any(|row| keys.get(row).is_some()) {
            let source = ArrowError::InvalidArgumentError("its dictionary is empty".into());
            return Err(self.failed(column, source));
        }
        let is_long = |ends: &[i32]| (ends[1] - ends[0]) as usize > MAX_VALUE_BYTES;
        if let Some(key) = texts.value_offsets().windows(2).position(is_long) {
            let has_key = |row: &usize| keys.get(*row).is_some_and(|found| found as usize == key);
            let row = (0..keys.values.len()).find(has_key).unwrap_or(0);
            return Err(self.too_long(column, row, texts.value(key).len()));
        }
        Ok((keys, texts))
    }

    /// The value of a row as text; `None` if it is null.
    pub(super) fn value_text(&self, column: &str, row: usize) -> Option<String> {
        let array = self.batch.column_by_name(column)?;
        array.is_valid(row).then(|| array_value_to_string(array, row).ok()).flatten()
    }

    /// The error for a value that is too long.
    pub(super) fn too_long(&self, column: &str, row: usize, bytes: usize) -> ValidateError {
        ValidateError::TooLong {
            name: self.file.to_owned(),
            column: column.to_owned(),
            row: self.first_row + row as u64,
            bytes,
        }
    }
}

/// Whether a type is a decimal of any width.
pub(super) const fn is_decimal(found: &DataType) -> bool {
    matches!(
        found,
        DataType::Decimal32(..)
            | DataType::Decimal64(..)
            | DataType::Decimal128(..)
            | DataType::Decimal256(..)
    )
}
