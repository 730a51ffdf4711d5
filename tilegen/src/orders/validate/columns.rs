//! The columns of one batch, each in the one form that checking a row needs.

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

/// Numbers of a column, with the rows that have none.
struct Numbers<T: arrow::datatypes::ArrowNativeType> {
    values: ScalarBuffer<T>,
    nulls: Option<NullBuffer>,
}

impl<T: arrow::datatypes::ArrowNativeType> Numbers<T> {
    #[inline]
    fn at(&self, row: usize) -> Option<T> {
        match &self.nulls {
            Some(nulls) if nulls.is_null(row) => None,
            _ => Some(self.values[row]),
        }
    }
}

enum City {
    Column(Numbers<i64>),
    Constant(i64),
}

enum Line {
    Dictionary { keys: Numbers<i32>, names: StringArray },
    Classes { numbers: Numbers<f64>, breaks: Vec<f64>, names: Vec<String> },
    Constant(String),
}

enum User {
    Integers(Numbers<i64>),
    Dictionary { keys: Numbers<i32>, numbers: Vec<Option<u64>> },
}

enum OrganicMark {
    Integers(Numbers<i64>),
    Flags(BooleanArray),
    AtLeast(Numbers<f64>, f64),
    Constant(bool),
}

enum Id {
    None,
    Integers(Numbers<i64>),
    Texts(StringArray),
}

/// Stands for "no id" among integers; no database hands out its lowest number.
pub(crate) const NO_INTEGER_ID: i64 = i64::MIN;

/// Stands for "no id" among hashes of texts.
pub(crate) const NO_TEXT_ID: u128 = 0;

/// Identities of orders, as far as the data have them.
#[derive(Debug, Default, PartialEq, Eq)]
pub enum OrderIds {
    /// No such column.
    #[default]
    None,
    /// Integers.
    Integers(Vec<i64>),
    /// 128-bit hashes of texts.
    Texts(Vec<u128>),
}

/// The columns of a batch.
pub(super) struct Columns {
    rows: usize,
    time: Numbers<i64>,
    time_scale: (i64, i64),
    is_zoneless: bool,
    city: City,
    line: Line,
    lng: (Numbers<f64>, f64),
    lat: (Numbers<f64>, f64),
    user: User,
    organic: OrganicMark,
    id: Id,
}

impl Columns {
    pub(super) fn of(
        batch: &RecordBatch,
        columns: &OrderColumns,
        file: &str,
        text_users: &TextUsers,
    ) -> Result<Self, ValidateError> {
        let reader = Reader { batch, file };
        let time = &reader.array(&columns.time.column)?;
        let (lng, lat) = (&columns.lng, &columns.lat);
        Ok(Self {
            rows: batch.num_rows(),
            time: reader.integers(&columns.time.column)?,
            time_scale: micros_per_unit(time.data_type(), columns.time.unit),
            is_zoneless: matches!(time.data_type(), DataType::Timestamp(_, None)),
            city: match &columns.city {
                CityColumn::Named(name) => City::Column(reader.integers(name)?),
                CityColumn::Constant(id) => City::Constant(*id),
            },
            line: reader.line(&columns.line)?,
            lng: (reader.floats(&lng.column)?, lng.scale),
            lat: (reader.floats(&lat.column)?, lat.scale),
            user: reader.user(&columns.user, text_users)?,
            organic: reader.organic(&columns.organic)?,
            id: columns.order_id.as_deref().map_or(Ok(Id::None), |name| reader.id(name))?,
        })
    }

    pub(super) const fn rows(&self) -> usize {
        self.rows
    }

    /// Whether times carry no zone. Integers count from 1970 UTC, so they have one.
    pub(super) const fn is_zoneless(&self) -> bool {
        self.is_zoneless
    }

    /// Microseconds since 1970.
    #[inline]
    pub(super) fn time(&self, row: usize) -> Option<i64> {
        let (factor, divisor) = self.time_scale;
        self.time.at(row).map(|time| time.saturating_mul(factor).div_euclid(divisor))
    }

    #[inline]
    pub(super) fn city(&self, row: usize) -> Option<i64> {
        match &self.city {
            City::Column(numbers) => numbers.at(row),
            City::Constant(id) => Some(*id),
        }
    }

    /// Degrees east.
    #[inline]
    pub(super) fn lng(&self, row: usize) -> Option<f64> {
        self.lng.0.at(row).map(|number| number * self.lng.1)
    }

    /// Degrees north.
    #[inline]
    pub(super) fn lat(&self, row: usize) -> Option<f64> {
        self.lat.0.at(row).map(|number| number * self.lat.1)
    }

    /// How many spellings of lines the batch may use.
    pub(super) fn line_spellings(&self) -> usize {
        match &self.line {
            Line::Dictionary { names, .. } => names.len(),
            Line::Classes { names, .. } => names.len(),
            Line::Constant(_) => 1,
        }
    }

    /// Which spelling the row uses.
    #[inline]
    pub(super) fn line(&self, row: usize) -> Option<usize> {
        match &self.line {
            Line::Dictionary { keys, names } => {
                keys.at(row).map(|key| key as usize).filter(|&key| names.is_valid(key))
            }
            Line::Classes { numbers, breaks, .. } => numbers
                .at(row)
                .filter(|number| !number.is_nan())
                .map(|number| breaks.partition_point(|&limit| limit <= number)),
            Line::Constant(_) => Some(0),
        }
    }

    pub(super) fn line_name(&self, spelling: usize) -> &str {
        match &self.line {
            Line::Dictionary { names, .. } => names.value(spelling),
            Line::Classes { names, .. } => &names[spelling],
            Line::Constant(name) => name,
        }
    }

    #[inline]
    pub(super) fn user(&self, row: usize) -> Option<u64> {
        match &self.user {
            User::Integers(numbers) => numbers.at(row).map(i64::cast_unsigned),
            User::Dictionary { keys, numbers } => {
                keys.at(row).and_then(|key| numbers[key as usize])
            }
        }
    }

    /// The organic mark; nothing when it is none.
    #[inline]
    pub(super) fn organic(&self, row: usize) -> Option<Organic> {
        let flag = |is_organic| if is_organic { Organic::Yes } else { Organic::No };
        match &self.organic {
            OrganicMark::Integers(numbers) => match numbers.at(row) {
                None => Some(Organic::Unknown),
                Some(number @ 0..=1) => Some(flag(number == 1)),
                Some(_) => None,
            },
            OrganicMark::Flags(flags) if flags.is_null(row) => Some(Organic::Unknown),
            OrganicMark::Flags(flags) => Some(flag(flags.value(row))),
            OrganicMark::AtLeast(numbers, least) => match numbers.at(row) {
                Some(number) if !number.is_nan() => Some(flag(number >= *least)),
                _ => Some(Organic::Unknown),
            },
            OrganicMark::Constant(is_organic) => Some(flag(*is_organic)),
        }
    }

    /// Room for so many ids, of the kind that the column holds.
    pub(super) fn room_for_ids(&self, rows: usize) -> OrderIds {
        match &self.id {
            Id::None => OrderIds::None,
            Id::Integers(_) => OrderIds::Integers(Vec::with_capacity(rows)),
            Id::Texts(_) => OrderIds::Texts(Vec::with_capacity(rows)),
        }
    }

    /// Appends the row's order id.
    #[inline]
    pub(super) fn push_id(&self, row: usize, ids: &mut OrderIds) {
        match (&self.id, ids) {
            (Id::Integers(numbers), OrderIds::Integers(ids)) => {
                ids.push(numbers.at(row).unwrap_or(NO_INTEGER_ID));
            }
            (Id::Texts(texts), OrderIds::Texts(ids)) => {
                let hash = || xxh3_128(texts.value(row).as_bytes());
                ids.push(if texts.is_valid(row) { hash() } else { NO_TEXT_ID });
            }
            // A row group's batches all have columns of one type.
            _ => {}
        }
    }
}

/// Takes columns out of a batch.
struct Reader<'a> {
    batch: &'a RecordBatch,
    file: &'a str,
}

impl Reader<'_> {
    fn array(&self, column: &str) -> Result<ArrayRef, ValidateError> {
        self.batch
            .column_by_name(column)
            .cloned()
            .ok_or_else(|| arrow::error::ArrowError::SchemaError("the column vanished".into()))
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
            // An identity above the signed range stays one: the same bits, read as signed.
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

    fn line(&self, column: &LineColumn) -> Result<Line, ValidateError> {
        Ok(match column {
            LineColumn::Named(name) => {
                let (keys, names) = self.dictionary(name)?;
                Line::Dictionary { keys, names }
            }
            LineColumn::Constant(name) => Line::Constant(name.clone()),
            LineColumn::Classes { column, breaks, names } => Line::Classes {
                numbers: self.floats(column)?,
                breaks: breaks.clone(),
                names: names.clone(),
            },
        })
    }

    fn user(&self, column: &str, texts: &TextUsers) -> Result<User, ValidateError> {
        if self.array(column)?.data_type().is_integer() {
            return Ok(User::Integers(self.integers(column)?));
        }
        let (keys, names) = self.dictionary(column)?;
        let same =
            || ValidateError::Users { name: self.file.to_owned(), column: column.to_owned() };
        let number = |name: &str| texts.number(name).ok_or_else(same);
        let numbers = names.iter().map(|name| name.map(number).transpose());
        Ok(User::Dictionary { keys, numbers: numbers.collect::<Result<_, _>>()? })
    }

    fn organic(&self, column: &OrganicColumn) -> Result<OrganicMark, ValidateError> {
        Ok(match column {
            OrganicColumn::Constant(flag) => OrganicMark::Constant(*flag),
            OrganicColumn::AtLeast { column, least } => {
                OrganicMark::AtLeast(self.floats(column)?, *least)
            }
            OrganicColumn::Named(name) => {
                let array = self.array(name)?;
                match array.as_boolean_opt() {
                    Some(flags) => OrganicMark::Flags(flags.clone()),
                    None => OrganicMark::Integers(self.integers(name)?),
                }
            }
        })
    }

    fn id(&self, column: &str) -> Result<Id, ValidateError> {
        if self.array(column)?.data_type().is_integer() {
            return Ok(Id::Integers(self.integers(column)?));
        }
        let array = self.cast(column, &DataType::Utf8)?;
        Ok(Id::Texts(array.as_string::<i32>().clone()))
    }
}

/// The rows without a value, unless every row has one.
fn nulls(array: &dyn Array) -> Option<NullBuffer> {
    array.nulls().filter(|nulls| nulls.null_count() > 0).cloned()
}
