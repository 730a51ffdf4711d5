//! The columns of one batch of orders, each in the form that validation needs.

use arrow_array::cast::AsArray;
use arrow_array::{Array, BooleanArray, StringArray, StringViewArray};
use arrow_buffer::{BooleanBuffer, NullBuffer};
use arrow_schema::DataType;
use tilecore::text::identity;
use xxhash_rust::xxh3::xxh3_128;

use super::columns::{ColumnReader, Numbers, is_decimal};
use super::error::ValidateError;
use super::ids::IdColumn;
use super::unknown_ids::UnknownIds;
use super::users::Users;
use crate::config::{CityColumn, LineColumn, OrderColumns, OrganicColumn};
use crate::files::parse_flag;
use crate::orders::order::Organic;
use crate::orders::source::micros_per_unit;

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
    Rows(Vec<Option<u64>>),
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
    Texts(StringViewArray),
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

/// Which columns of integers are read as text, because a number of the row group does not fit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct IdsAsText {
    user: bool,
    order: bool,
}

impl IdsAsText {
    /// Adds the columns of a batch. Returns whether there are new ones.
    pub(super) fn add(
        &mut self,
        reader: &ColumnReader<'_>,
        columns: &OrderColumns,
    ) -> Result<bool, ValidateError> {
        let before = *self;
        self.user |= reader.needs_text(&columns.user, None)?;
        if let Some(column) = &columns.order_id {
            self.order |= reader.needs_text(column, Some(NO_INTEGER_ID))?;
        }
        Ok(*self != before)
    }
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
        reader: &ColumnReader<'_>,
        columns: &OrderColumns,
        as_text: IdsAsText,
        users: &Users,
        unknown_orders: &UnknownIds,
    ) -> Result<Self, ValidateError> {
        let time = &reader.array(&columns.time.column)?;
        let (lng, lat) = (&columns.lng, &columns.lat);
        let order_id = columns.order_id.as_deref();
        Ok(Self {
            rows: reader.batch.num_rows(),
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
            user: reader.user(&columns.user, as_text.user, users)?,
            organic: reader.organic(&columns.organic)?,
            id: order_id.map_or(Ok(IdSource::None), |name| {
                reader.id(name, as_text.order, unknown_orders)
            })?,
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

    /// The earliest and latest time in the unit of the column, if any row has a time.
    pub(super) fn time_ends(&self) -> Option<(i64, i64)> {
        let Numbers { values, nulls } = &self.time;
        match nulls {
            None => Some((*values.iter().min()?, *values.iter().max()?)),
            Some(nulls) => {
                let valid = || nulls.valid_indices().map(|row| values[row]);
                Some((valid().min()?, valid().max()?))
            }
        }
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
            UserSource::Rows(numbers) => numbers[row],
        }
    }

    /// Whether the users are integers that were not registered as texts.
    pub(super) const fn has_integer_users(&self) -> bool {
        matches!(self.user, UserSource::Integers(_))
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

    /// An empty list of ids of the column's kind.
    pub(super) fn empty_ids(&self, capacity: usize) -> OrderIds {
        match &self.id {
            IdSource::None => OrderIds::None,
            IdSource::Integers(_) => OrderIds::Integers(Vec::with_capacity(capacity)),
            IdSource::Texts(_) => OrderIds::Texts(Vec::with_capacity(capacity)),
        }
    }

    /// Appends the row's order id. An id in `unknown` identifies no order.
    #[inline]
    pub(super) fn push_id(&self, row: usize, unknown: &UnknownIds, ids: &mut OrderIds) {
        match (&self.id, ids) {
            (IdSource::Integers(numbers), OrderIds::Integers(ids)) => {
                ids.push(numbers.get(row).unwrap_or(NO_INTEGER_ID));
            }
            (IdSource::Texts(texts), OrderIds::Texts(ids)) => {
                let id = if texts.is_valid(row) { identity(texts.value(row)) } else { "" };
                let is_known = !id.is_empty() && !unknown.contains(id);
                ids.push(if is_known { xxh3_128(id.as_bytes()) } else { NO_TEXT_ID });
            }
            // All batches of a row group have the same column types.
            _ => {}
        }
    }
}

impl ColumnReader<'_> {
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

    fn user(
        &self,
        column: &str,
        as_text: bool,
        users: &Users,
    ) -> Result<UserSource, ValidateError> {
        let number = |id: Option<&str>| id.map_or(Ok(None), |id| users.number(id));
        let collision = |_| ValidateError::UserCollision {
            name: self.file.to_owned(),
            column: column.to_owned(),
        };
        Ok(match self.ids(column, as_text)? {
            IdColumn::Integers(ids) => UserSource::Integers(without(ids, users.unknown_integers())),
            IdColumn::Texts(texts) => {
                let numbers: Result<_, _> = texts.iter().map(number).collect();
                UserSource::Rows(numbers.map_err(collision)?)
            }
            IdColumn::Dictionary { keys, texts } => {
                let numbers: Result<_, _> = texts.iter().map(number).collect();
                UserSource::Dictionary { keys, numbers: numbers.map_err(collision)? }
            }
        })
    }

    fn organic(&self, column: &OrganicColumn) -> Result<OrganicSource, ValidateError> {
        Ok(match column {
            OrganicColumn::Constant(flag) => OrganicSource::Constant(*flag),
            OrganicColumn::AtLeast { column, least } => {
                OrganicSource::AtLeast(self.floats(column)?, *least)
            }
            OrganicColumn::Named(name) => self.flags(name)?,
        })
    }

    fn flags(&self, column: &str) -> Result<OrganicSource, ValidateError> {
        let array = self.array(column)?;
        let found = array.data_type();
        if let Some(flags) = array.as_boolean_opt() {
            return Ok(OrganicSource::Flags(flags.clone()));
        }
        if found.is_floating() || is_decimal(found) {
            let floats = self.floats(column)?;
            let flag = |row| floats.get(row).filter(|flag| !flag.is_nan()).map(flag_of_number);
            return Ok(OrganicSource::Integers((0..floats.values.len()).map(flag).collect()));
        }
        if found.is_integer() || *found == DataType::Null {
            return Ok(OrganicSource::Integers(self.integers(column)?));
        }
        let (keys, texts) = self.dictionary(column)?;
        let flags: Vec<Option<i64>> = texts.iter().map(|text| flag_of_text(text?)).collect();
        let flag = |row| keys.get(row).and_then(|key| flags[key as usize]);
        Ok(OrganicSource::Integers((0..keys.values.len()).map(flag).collect()))
    }

    fn id(
        &self,
        column: &str,
        as_text: bool,
        unknown: &UnknownIds,
    ) -> Result<IdSource, ValidateError> {
        Ok(match self.ids(column, as_text)? {
            IdColumn::Integers(ids) => IdSource::Integers(without(ids, unknown.integers())),
            IdColumn::Texts(texts) => IdSource::Texts(texts),
            IdColumn::Dictionary { keys, texts } => {
                let text = |row| keys.get(row).map(|key| key as usize);
                let text =
                    |row| text(row).filter(|&key| texts.is_valid(key)).map(|key| texts.value(key));
                IdSource::Texts((0..keys.values.len()).map(text).collect())
            }
        })
    }
}

/// The numbers without the unknown ones.
fn without(numbers: Numbers<i64>, unknown: &[i64]) -> Numbers<i64> {
    if unknown.is_empty() {
        return numbers;
    }
    let known: BooleanBuffer = numbers.values.iter().map(|id| !unknown.contains(id)).collect();
    let nulls = NullBuffer::union(numbers.nulls.as_ref(), Some(&NullBuffer::new(known)));
    Numbers { nulls: nulls.filter(|nulls| nulls.null_count() > 0), ..numbers }
}

/// Neither 0 nor 1.
const INVALID_FLAG: i64 = -1;

fn flag_of_number(number: f64) -> i64 {
    let flag = number as i64;
    if number.fract() == 0.0 && (0..=1).contains(&flag) { flag } else { INVALID_FLAG }
}

/// The flag that a text writes, or `None` if it is blank.
fn flag_of_text(text: &str) -> Option<i64> {
    let is_blank = identity(text).is_empty();
    (!is_blank).then(|| parse_flag(text).map_or(INVALID_FLAG, i64::from))
}
