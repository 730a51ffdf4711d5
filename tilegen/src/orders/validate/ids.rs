//! Columns that identify users or orders, whatever their physical type.

use arrow_array::cast::AsArray;
use arrow_array::types::{ArrowPrimitiveType, Int64Type, UInt64Type};
use arrow_array::{
    Array, ArrayRef, BinaryArray, BinaryViewArray, PrimitiveArray, StringArray, StringViewArray,
};
use arrow_cast::cast;
use arrow_schema::DataType;

use super::columns::{ColumnReader, Numbers, is_decimal};
use super::error::ValidateError;
use crate::files::MAX_VALUE_BYTES;
use crate::files::column_type::is_binary;

/// The largest float below which every whole number is exact: 2^53.
const MAX_EXACT_FLOAT: f64 = 9_007_199_254_740_992.0;

/// A column of ids. A number within 64 bits is the same id as its decimal text.
pub(super) enum IdColumn {
    Integers(Numbers<i64>),
    Texts(StringViewArray),
    Dictionary { keys: Numbers<i32>, texts: StringArray },
}

impl ColumnReader<'_> {
    /// The ids of a column. `as_text` reads integers as their decimal text.
    pub(super) fn ids(&self, column: &str, as_text: bool) -> Result<IdColumn, ValidateError> {
        let array = self.array(column)?;
        let found = array.data_type();
        if found.is_floating() {
            return self.float_ids(column).map(IdColumn::Integers);
        }
        if is_decimal(found) {
            return self.decimal_ids(column).map(IdColumn::Texts);
        }
        if is_binary(found) {
            return self.binary_ids(column, &array).map(IdColumn::Texts);
        }
        if (found.is_integer() && !as_text) || *found == DataType::Null {
            let integers = self.cast(column, &DataType::Int64)?;
            return Ok(IdColumn::Integers(Numbers::of::<Int64Type>(&integers)));
        }
        if matches!(found, DataType::Dictionary(..)) {
            let (keys, texts) = self.dictionary(column)?;
            return Ok(IdColumn::Dictionary { keys, texts });
        }
        if let Some(texts) = array.as_string_view_opt() {
            self.check_lengths(column, texts.lengths())?;
            return Ok(IdColumn::Texts(texts.clone()));
        }
        let texts = self.cast(column, &DataType::Utf8)?;
        Ok(IdColumn::Texts(texts.as_string::<i32>().into()))
    }

    /// Whether a column of integers contains one that does not fit into signed 64 bits, or that is
    /// `reserved`.
    pub(super) fn needs_text(
        &self,
        column: &str,
        reserved: Option<i64>,
    ) -> Result<bool, ValidateError> {
        let array = self.array(column)?;
        if let Some(numbers) = array.as_primitive_opt::<UInt64Type>() {
            return Ok(contains(numbers, |number| i64::try_from(number).is_err()));
        }
        let integers = array.as_primitive_opt::<Int64Type>().filter(|_| reserved.is_some());
        Ok(integers.is_some_and(|numbers| contains(numbers, |number| Some(number) == reserved)))
    }

    fn float_ids(&self, column: &str) -> Result<Numbers<i64>, ValidateError> {
        let floats = self.floats(column)?;
        let whole = |row: usize| match floats.get(row) {
            None => Ok(None),
            Some(number) if number.is_nan() => Ok(None),
            Some(number) if number.fract() == 0.0 && number.abs() <= MAX_EXACT_FLOAT => {
                Ok(Some(number as i64))
            }
            Some(number) => Err(self.not_whole(column, row, number.to_string())),
        };
        (0..floats.values.len()).map(whole).collect()
    }

    fn decimal_ids(&self, column: &str) -> Result<StringViewArray, ValidateError> {
        let texts = self.cast(column, &DataType::Utf8)?;
        let whole = |(row, text): (usize, Option<&str>)| {
            let Some(text) = text else { return Ok(None) };
            let (number, fraction) = text.split_once('.').unwrap_or((text, ""));
            if fraction.bytes().any(|digit| digit != b'0') {
                return Err(self.not_whole(column, row, text.to_owned()));
            }
            Ok(Some(if number == "-0" { "0" } else { number }.to_owned()))
        };
        texts.as_string::<i32>().iter().enumerate().map(whole).collect()
    }

    fn binary_ids(&self, column: &str, array: &ArrayRef) -> Result<StringViewArray, ValidateError> {
        let invalid = |invalid: Option<usize>, source| match invalid {
            None => self.failed(column, source),
            Some(row) => ValidateError::NotUtf8 {
                name: self.file.to_owned(),
                column: column.to_owned(),
                row: self.first_row + row as u64,
            },
        };
        let is_invalid =
            |bytes: Option<&[u8]>| bytes.is_some_and(|b| std::str::from_utf8(b).is_err());
        if let Some(bytes) = array.as_binary_view_opt() {
            self.check_lengths(column, bytes.lengths())?;
            let bytes: &BinaryViewArray = bytes;
            return bytes
                .clone()
                .to_string_view()
                .map_err(|source| invalid(bytes.iter().position(is_invalid), source));
        }
        let bytes = cast(array, &DataType::Binary).map_err(|source| self.failed(column, source))?;
        let bytes: &BinaryArray = bytes.as_binary();
        let texts = StringArray::try_from_binary(bytes.clone());
        let texts = texts.map_err(|source| invalid(bytes.iter().position(is_invalid), source))?;
        Ok((&texts).into())
    }

    /// Checks that no value of a column is too long. `lengths` are those of the rows of the batch.
    fn check_lengths(
        &self,
        column: &str,
        lengths: impl Iterator<Item = u32>,
    ) -> Result<(), ValidateError> {
        for (row, length) in lengths.enumerate() {
            if length as usize > MAX_VALUE_BYTES {
                return Err(self.too_long(column, row, length as usize));
            }
        }
        Ok(())
    }

    fn not_whole(&self, column: &str, row: usize, value: String) -> ValidateError {
        ValidateError::NotWhole {
            name: self.file.to_owned(),
            column: column.to_owned(),
            row: self.first_row + row as u64,
            value,
        }
    }
}
/// Whether a value that is not null fulfils a condition. Columns without nulls, which are nearly all, are
/// searched without a look at each value's validity.
fn contains<T: ArrowPrimitiveType>(
    numbers: &PrimitiveArray<T>,
    condition: impl Fn(T::Native) -> bool,
) -> bool {
    if numbers.null_count() == 0 {
        // Without an early end, so that the compiler can compare several values at once.
        numbers.values().iter().fold(false, |found, &number| found | condition(number))
    } else {
        numbers.iter().flatten().any(condition)
    }
}
