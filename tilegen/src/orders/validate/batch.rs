//! The columns of one batch of orders, each in the form that validation needs.

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, StringArray};
use arrow::buffer::{NullBuffer, ScalarBuffer};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Float64Type, Int32Type, Int64Type, UInt64Type};
use arrow::record_batch::RecordBatch;
use xxhash_rust::xxh3::xxh3_128;

use super::error::ValidateError;
use super::text_users::TextUsers;
use crate::config::{CityColumn, LineColumn, OrderColumns, OrganicColumn};
use crate::orders::order::Organic;
use crate::orders::source::micros_per_unit;

/// The numbers of a column and its nulls.
struct Numbers<T: arrow::datatypes::ArrowNativeType> {
    values: ScalarBuffer<T>,
    nulls: Option<NullBuffer>,
}

impl<T: arrow::datatypes::ArrowNativeType> Numbers<T> {
    #[inline]
    fn get(&self, row: usize) -> Option<T> {
        match &self.nulls {
            Some(nulls) if nulls.is_null(row) => None,
            _ => Some(self.values[row]),
        }
    }
}

enum CitySource {
    Column(Numbers<i64>),
    Constant(i64),
}

enum LineSource {
    Dictionary { keys: Numbers<i32>, names: StringArray },
    Classes { numbers: Numbers<f64>, breaks: Vec<f64>, names: Vec<String> },
    Constant(String),
}

enum UserSource {
    Integers(Numbers<i64>),
    Dictionary { keys: Numbers<i32>, numbers: Vec<Option<u64>> },
}

enum OrganicSource {
    Integers(Numbers<i64>),
    Flags(BooleanArray),
    AtLeast(Numbers<f64>, f64),
    Constant(bool),
}

enum IdSource {
    None,
    Integers(Numbers<i64>),
    Texts(StringArray),
}

/// Means "no id" among integer ids; no database assigns the lowest number.
pub(crate) const NO_INTEGER_ID: i64 = i64::MIN;

/// Means "no id" among text ids.
pub(crate) const NO_TEXT_ID: u128 = 0;

/// Ids of orders, if the data have them.
#[derive(Debug, Default, PartialEq, Eq)]
pub enum OrderIds {
    /// The data have no id column.
    #[default]
    None,
    /// Integer ids.
    Integers(Vec<i64>),
    /// 128-bit hashes of text ids.
    Texts(Vec<u128>),
}

/// A batch of orders, by column.
pub(super) struct OrderBatch {
    rows: usize,
    time: Numbers<i64>,
    time_scale: (i64, i64),
    is_zoneless: bool,
    city: CitySource,
    line: LineSource,
    lng: (Numbers<f64>, f64),
    lat: (Numbers<f64>, f64),
    user: UserSource,
    organic: OrganicSource,
    id: IdSource,
}

impl OrderBatch {
    pub(super) fn new(
        batch: &RecordBatch,
        columns: &OrderColumns,
        file: &str,
        text_users: &TextUsers,
    ) -> Result<Self, ValidateError> {
        let reader = ColumnReader { batch, file };
        let time = &reader.array(&columns.time.column)?;
        let (lng, lat) = (&columns.lng, &columns.lat);
        Ok(Self {
            rows: batch.num_rows(),
            time: reader.integers(&columns.time.column)?,
            time_scale: micros_per_unit(time.data_type(), columns.time.unit),
            is_zoneless: matches!(time.data_type(), DataType::Timestamp(_, None)),
            city: match &columns.city {
                CityColumn::Named(name) => CitySource::Column(reader.integers(name)?),
                CityColumn::Constant(id) => CitySource::Constant(*id),
            },
            line: reader.line(&columns.line)?,
            lng: (reader.floats(&lng.column)?, lng.scale),
            lat: (reader.floats(&lat.column)?, lat.scale),
            user: reader.user(&columns.user, text_users)?,
            organic: reader.organic(&columns.organic)?,
            id: columns.order_id.as_deref().map_or(Ok(IdSource::None), |name| reader.id(name))?,
        })
    }

    pub(super) const fn rows(&self) -> usize {
        self.rows
    }

    /// Whether the time column has no time zone. Integers count from 1970 UTC, so they have one.
    pub(super) const fn is_zoneless(&self) -> bool {
        self.is_zoneless
    }

    /// Time in microseconds since 1970.
    #[inline]
    pub(super) fn time(&self, row: usize) -> Option<i64> {
        let (factor, divisor) = self.time_scale;
        self.time.get(row).map(|time| time.saturating_mul(factor).div_euclid(divisor))
    }

    #[inline]
    pub(super) fn city(&self, row: usize) -> Option<i64> {
        match &self.city {
            CitySource::Column(numbers) => numbers.get(row),
            CitySource::Constant(id) => Some(*id),
        }
    }

    /// Longitude in degrees.
    #[inline]
    pub(super) fn lng(&self, row: usize) -> Option<f64> {
        self.lng.0.get(row).map(|number| number * self.lng.1)
    }

    /// Latitude in degrees.
    #[inline]
    pub(super) fn lat(&self, row: usize) -> Option<f64> {
        self.lat.0.get(row).map(|number| number * self.lat.1)
    }

    /// Number of distinct line names in the batch.
    pub(super) fn line_name_count(&self) -> usize {
        match &self.line {
            LineSource::Dictionary { names, .. } => names.len(),
            LineSource::Classes { names, .. } => names.len(),
            LineSource::Constant(_) => 1,
        }
    }

    /// The number of the row's line name in the batch.
    #[inline]
    pub(super) fn line(&self, row: usize) -> Option<usize> {
        match &self.line {
            LineSource::Dictionary { keys, names } => {
                keys.get(row).map(|key| key as usize).filter(|&key| names.is_valid(key))
            }
            LineSource::Classes { numbers, breaks, .. } => numbers
                .get(row)
                .filter(|number| !number.is_nan())
                .map(|number| breaks.partition_point(|&limit| limit <= number)),
            LineSource::Constant(_) => Some(0),
        }
    }

    pub(super) fn line_name(&self, number: usize) -> &str {
        match &self.line {
            LineSource::Dictionary { names, .. } => names.value(number),
            LineSource::Classes { names, .. } => &names[number],
            LineSource::Constant(name) => name,
        }
    }

    #[inline]
    pub(super) fn user(&self, row: usize) -> Option<u64> {
        match &self.user {
            UserSource::Integers(numbers) => numbers.get(row).map(i64::cast_unsigned),
            UserSource::Dictionary { keys, numbers } => {
                keys.get(row).and_then(|key| numbers[key as usize])
            }
        }
    }

    /// The organic value, or `None` if it is invalid.
    #[inline]
    pub(super) fn organic(&self, row: usize) -> Option<Organic> {
        let flag = |is_organic| if is_organic { Organic::Yes } else { Organic::No };
        match &self.organic {
            OrganicSource::Integers(numbers) => match numbers.get(row) {
                None => Some(Organic::Unknown),
                Some(number @ 0..=1) => Some(flag(number == 1)),
                Some(_) => None,
            },
            OrganicSource::Flags(flags) if flags.is_null(row) => Some(Organic::Unknown),
            OrganicSource::Flags(flags) => Some(flag(flags.value(row))),
            OrganicSource::AtLeast(numbers, least) => match numbers.get(row) {
                Some(number) if !number.is_nan() => Some(flag(number >= *least)),
                _ => Some(Organic::Unknown),
            },
            OrganicSource::Constant(is_organic) => Some(flag(*is_organic)),
        }
    }

    /// An empty list of ids of the column's kind, with capacity for `rows` ids.
    pub(super) fn empty_ids(&self, rows: usize) -> OrderIds {
        match &self.id {
            IdSource::None => OrderIds::None,
            IdSource::Integers(_) => OrderIds::Integers(Vec::with_capacity(rows)),
            IdSource::Texts(_) => OrderIds::Texts(Vec::with_capacity(rows)),
        }
    }

    /// Appends the row's order id.
    #[inline]
    pub(super) fn push_id(&self, row: usize, ids: &mut OrderIds) {
        match (&self.id, ids) {
            (IdSource::Integers(numbers), OrderIds::Integers(ids)) => {
                ids.push(numbers.get(row).unwrap_or(NO_INTEGER_ID));
            }
            (IdSource::Texts(texts), OrderIds::Texts(ids)) => {
                let hash = || xxh3_128(texts.value(row).as_bytes());
                ids.push(if texts.is_valid(row) { hash() } else { NO_TEXT_ID });
            }
            // All batches of a row group have the same column types.
            _ => {}
        }
    }
}

/// Converts the columns of a batch.
struct ColumnReader<'a> {
    batch: &'a RecordBatch,
    file: &'a str,
}

impl ColumnReader<'_> {
    fn array(&self, column: &str) -> Result<ArrayRef, ValidateError> {
        self.batch
            .column_by_name(column)
            .cloned()
            .ok_or_else(|| arrow::error::ArrowError::SchemaError("the column is missing".into()))
            .map_err(|source| self.failed(column, source))
    }

    fn failed(&self, column: &str, source: arrow::error::ArrowError) -> ValidateError {
        ValidateError::Convert { name: self.file.to_owned(), column: column.to_owned(), source }
    }

    fn cast(&self, column: &str, to: &DataType) -> Result<ArrayRef, ValidateError> {
        let array = self.array(column)?;
        if array.data_type() == to {
            return Ok(array);
        }
        cast(&array, to).map_err(|source| self.failed(column, source))
    }

    fn integers(&self, column: &str) -> Result<Numbers<i64>, ValidateError> {
        let array = self.array(column)?;
        if let Some(numbers) = array.as_primitive_opt::<UInt64Type>() {
            // Ids above the signed range keep their bits, so they stay distinct.
            let signed = numbers.values().iter().map(|&number| number.cast_signed()).collect();
            return Ok(Numbers { values: signed, nulls: nulls(numbers) });
        }
        let array = self.cast(column, &DataType::Int64)?;
        let numbers = array.as_primitive::<Int64Type>();
        Ok(Numbers { values: numbers.values().clone(), nulls: nulls(numbers) })
    }

    fn floats(&self, column: &str) -> Result<Numbers<f64>, ValidateError> {
        let array = self.cast(column, &DataType::Float64)?;
        let numbers = array.as_primitive::<Float64Type>();
        Ok(Numbers { values: numbers.values().clone(), nulls: nulls(numbers) })
    }

    fn dictionary(&self, column: &str) -> Result<(Numbers<i32>, StringArray), ValidateError> {
        let to = DataType::Dictionary(DataType::Int32.into(), DataType::Utf8.into());
        let array = self.cast(column, &to)?;
        let dictionary = array.as_dictionary::<Int32Type>();
        let keys = dictionary.keys();
        let keys = Numbers { values: keys.values().clone(), nulls: nulls(keys) };
        Ok((keys, dictionary.values().as_string::<i32>().clone()))
    }

    fn line(&self, column: &LineColumn) -> Result<LineSource, ValidateError> {
        Ok(match column {
            LineColumn::Named(name) => {
                let (keys, names) = self.dictionary(name)?;
                LineSource::Dictionary { keys, names }
            }
            LineColumn::Constant(name) => LineSource::Constant(name.clone()),
            LineColumn::Classes { column, breaks, names } => LineSource::Classes {
                numbers: self.floats(column)?,
                breaks: breaks.clone(),
                names: names.clone(),
            },
        })
    }

    fn user(&self, column: &str, texts: &TextUsers) -> Result<UserSource, ValidateError> {
        if self.array(column)?.data_type().is_integer() {
            return Ok(UserSource::Integers(self.integers(column)?));
        }
        let (keys, names) = self.dictionary(column)?;
        let collision = || ValidateError::UserHashCollision {
            name: self.file.to_owned(),
            column: column.to_owned(),
        };
        let number = |name: &str| texts.number(name).ok_or_else(collision);
        let numbers = names.iter().map(|name| name.map(number).transpose());
        Ok(UserSource::Dictionary { keys, numbers: numbers.collect::<Result<_, _>>()? })
    }

    fn organic(&self, column: &OrganicColumn) -> Result<OrganicSource, ValidateError> {
        Ok(match column {
            OrganicColumn::Constant(flag) => OrganicSource::Constant(*flag),
            OrganicColumn::AtLeast { column, least } => {
                OrganicSource::AtLeast(self.floats(column)?, *least)
            }
            OrganicColumn::Named(name) => {
                let array = self.array(name)?;
                match array.as_boolean_opt() {
                    Some(flags) => OrganicSource::Flags(flags.clone()),
                    None => OrganicSource::Integers(self.integers(name)?),
                }
            }
        })
    }

    fn id(&self, column: &str) -> Result<IdSource, ValidateError> {
        if self.array(column)?.data_type().is_integer() {
            return Ok(IdSource::Integers(self.integers(column)?));
        }
        let array = self.cast(column, &DataType::Utf8)?;
        Ok(IdSource::Texts(array.as_string::<i32>().clone()))
    }
}

/// The null rows of a column, or `None` if it has no nulls.
fn nulls(array: &dyn Array) -> Option<NullBuffer> {
    array.nulls().filter(|nulls| nulls.null_count() > 0).cloned()
}
