//! The columns of a result: values in PostgreSQL's binary form become Arrow columns.

use std::sync::Arc;

use arrow_array::builder::{
    BinaryBuilder, BooleanBuilder, Date32Builder, Float32Builder, Float64Builder, Int16Builder,
    Int32Builder, Int64Builder, StringBuilder, TimestampMicrosecondBuilder,
};
use arrow_array::{ArrayRef, RecordBatch};
use arrow_schema::{DataType, Field, Schema, SchemaRef, TimeUnit};
use tokio_postgres::binary_copy::BinaryCopyOutRow;
use tokio_postgres::types::{FromSql, Kind, Type};

use crate::fetch::error::QueryError;

/// 2000-01-01, from which PostgreSQL counts, in microseconds and days since 1970-01-01.
const EPOCH_MICROS: i64 = 946_684_800_000_000;
const EPOCH_DAYS: i32 = 10_957;

/// The columns of the rows that were added since the last batch.
pub(super) struct Columns {
    schema: SchemaRef,
    values: Vec<Values>,
    rows: usize,
}

impl Columns {
    /// Empty columns of a result. Fails if a column has a type that is not read.
    pub(super) fn new(columns: &[tokio_postgres::Column]) -> Result<Self, QueryError> {
        let error = |column: &tokio_postgres::Column, what| {
            Err(QueryError::Column { column: column.name().to_owned(), what })
        };
        let (mut fields, mut values): (Vec<Field>, Vec<_>) = (Vec::new(), Vec::new());
        for column in columns {
            let Some(of_type) = Values::of_type(column.type_()) else {
                return error(column, unread_type(column.type_()));
            };
            if fields.iter().any(|field| field.name() == column.name()) {
                return error(column, "the query returns two columns of this name".to_owned());
            }
            fields.push(Field::new(column.name(), of_type.data_type(), true));
            values.push(of_type);
        }
        Ok(Self { schema: Arc::new(Schema::new(fields)), values, rows: 0 })
    }

    pub(super) const fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    /// Rows since the last batch.
    pub(super) const fn rows(&self) -> usize {
        self.rows
    }

    /// Adds a row.
    pub(super) fn push(&mut self, row: &BinaryCopyOutRow) -> Result<(), QueryError> {
        for (index, values) in self.values.iter_mut().enumerate() {
            let raw = row.try_get::<Option<Raw<'_>>>(index)?;
            values.push(raw.map(|raw| raw.0)).map_err(|what| QueryError::Column {
                column: self.schema.field(index).name().clone(),
                what: what.to_owned(),
            })?;
        }
        self.rows += 1;
        Ok(())
    }

    /// The rows since the last batch.
    pub(super) fn take_batch(&mut self) -> Result<RecordBatch, QueryError> {
        self.rows = 0;
        let arrays = self.values.iter_mut().map(Values::take_array).collect();
        RecordBatch::try_new(Arc::clone(&self.schema), arrays)
            .map_err(|source| QueryError::Part(parquet::errors::ParquetError::from(source).into()))
    }
}

fn unread_type(of: &Type) -> String {
    let cast = match *of {
        Type::NUMERIC => "::bigint, ::float8 or ::text",
        _ => "::text",
    };
    format!("its type {of} is not read; cast it in the query, such as with {cast}")
}

/// The bytes of a value.
struct Raw<'a>(&'a [u8]);

impl<'a> FromSql<'a> for Raw<'a> {
    fn from_sql(_: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn std::error::Error + Sync + Send>> {
        Ok(Self(raw))
    }

    fn accepts(_: &Type) -> bool {
        true
    }
}

/// The values of one column.
enum Values {
    Boolean(BooleanBuilder),
    Int16(Int16Builder),
    Int32(Int32Builder),
    Int64(Int64Builder),
    Float32(Float32Builder),
    Float64(Float64Builder),
    Text(StringBuilder),
    Uuid(StringBuilder),
    Bytes(BinaryBuilder),
    Date(Date32Builder),
    /// Whether the times have a zone.
    Time(TimestampMicrosecondBuilder, bool),
}

impl Values {
    /// `None` if the type is not read.
    fn of_type(of: &Type) -> Option<Self> {
        Some(match *of {
            Type::BOOL => Self::Boolean(BooleanBuilder::new()),
            Type::INT2 => Self::Int16(Int16Builder::new()),
            Type::INT4 => Self::Int32(Int32Builder::new()),
            Type::INT8 => Self::Int64(Int64Builder::new()),
            Type::FLOAT4 => Self::Float32(Float32Builder::new()),
            Type::FLOAT8 => Self::Float64(Float64Builder::new()),
            Type::TEXT | Type::VARCHAR | Type::BPCHAR | Type::NAME => {
                Self::Text(StringBuilder::new())
            }
            Type::UUID => Self::Uuid(StringBuilder::new()),
            Type::BYTEA => Self::Bytes(BinaryBuilder::new()),
            Type::DATE => Self::Date(Date32Builder::new()),
            Type::TIMESTAMP => Self::Time(TimestampMicrosecondBuilder::new(), false),
            Type::TIMESTAMPTZ => Self::Time(TimestampMicrosecondBuilder::new(), true),
            _ if matches!(of.kind(), Kind::Enum(_)) || of.name() == "citext" => {
                Self::Text(StringBuilder::new())
            }
            _ => return None,
        })
    }

    fn data_type(&self) -> DataType {
        match self {
            Self::Boolean(_) => DataType::Boolean,
            Self::Int16(_) => DataType::Int16,
            Self::Int32(_) => DataType::Int32,
            Self::Int64(_) => DataType::Int64,
            Self::Float32(_) => DataType::Float32,
            Self::Float64(_) => DataType::Float64,
            Self::Text(_) | Self::Uuid(_) => DataType::Utf8,
            Self::Bytes(_) => DataType::Binary,
            Self::Date(_) => DataType::Date32,
            Self::Time(_, zoned) => {
                DataType::Timestamp(TimeUnit::Microsecond, zoned.then(|| "UTC".into()))
            }
        }
    }

    fn push(&mut self, raw: Option<&[u8]>) -> Result<(), &'static str> {
        match self {
            Self::Boolean(to) => to.append_option(read(raw, |[byte]: [u8; 1]| byte != 0)?),
            Self::Int16(to) => to.append_option(read(raw, i16::from_be_bytes)?),
            Self::Int32(to) => to.append_option(read(raw, i32::from_be_bytes)?),
            Self::Int64(to) => to.append_option(read(raw, i64::from_be_bytes)?),
            Self::Float32(to) => to.append_option(read(raw, f32::from_be_bytes)?),
            Self::Float64(to) => to.append_option(read(raw, f64::from_be_bytes)?),
            Self::Text(to) => to.append_option(raw.map(text).transpose()?),
            Self::Uuid(to) => to.append_option(read(raw, uuid)?),
            Self::Bytes(to) => to.append_option(raw),
            Self::Date(to) => to.append_option(raw.map(date).transpose()?),
            Self::Time(to, _) => to.append_option(raw.map(time).transpose()?),
        }
        Ok(())
    }

    fn take_array(&mut self) -> ArrayRef {
        match self {
            Self::Boolean(of) => Arc::new(of.finish()),
            Self::Int16(of) => Arc::new(of.finish()),
            Self::Int32(of) => Arc::new(of.finish()),
            Self::Int64(of) => Arc::new(of.finish()),
            Self::Float32(of) => Arc::new(of.finish()),
            Self::Float64(of) => Arc::new(of.finish()),
            Self::Text(of) | Self::Uuid(of) => Arc::new(of.finish()),
            Self::Bytes(of) => Arc::new(of.finish()),
            Self::Date(of) => Arc::new(of.finish()),
            Self::Time(of, false) => Arc::new(of.finish()),
            Self::Time(of, true) => Arc::new(of.finish().with_timezone("UTC")),
        }
    }
}

/// A value of a fixed length, or null.
fn read<T, const N: usize>(
    raw: Option<&[u8]>,
    value: impl FnOnce([u8; N]) -> T,
) -> Result<Option<T>, &'static str> {
    raw.map(|raw| fixed(raw).map(value)).transpose()
}

fn fixed<const N: usize>(raw: &[u8]) -> Result<[u8; N], &'static str> {
    raw.try_into().map_err(|_| "a value has another length than its type")
}

fn text(raw: &[u8]) -> Result<&str, &'static str> {
    std::str::from_utf8(raw).map_err(|_| "a text is not UTF-8")
}

fn uuid(bytes: [u8; 16]) -> String {
    let hex = format!("{:032x}", u128::from_be_bytes(bytes));
    format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
}

fn date(raw: &[u8]) -> Result<i32, &'static str> {
    let days = i32::from_be_bytes(fixed(raw)?);
    let days = days.checked_add(EPOCH_DAYS).filter(|_| days != i32::MIN);
    days.ok_or("a date is infinity or -infinity; leave it out in the query")
}

fn time(raw: &[u8]) -> Result<i64, &'static str> {
    let micros = i64::from_be_bytes(fixed(raw)?);
    let micros = micros.checked_add(EPOCH_MICROS).filter(|_| micros != i64::MIN);
    micros.ok_or("a time is infinity or -infinity; leave it out in the query")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_times_are_counted_from_1970() {
        assert_eq!(date(&0i32.to_be_bytes()), Ok(10_957));
        assert_eq!(time(&(-1i64).to_be_bytes()), Ok(946_684_799_999_999));
        for infinity in [i64::MAX, i64::MIN] {
            assert!(time(&infinity.to_be_bytes()).is_err());
        }
        for infinity in [i32::MAX, i32::MIN] {
            assert!(date(&infinity.to_be_bytes()).is_err());
        }
    }

    #[test]
    fn a_uuid_is_written_as_postgresql_writes_it() {
        let bytes = 0xa0ee_bc99_9c0b_4ef8_bb6d_6bb9_bd38_0a11_u128.to_be_bytes();
        assert_eq!(uuid(bytes), "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11");
    }

    #[test]
    fn a_numeric_column_is_refused_with_the_casts_that_help() {
        assert!(Values::of_type(&Type::NUMERIC).is_none());
        assert!(unread_type(&Type::NUMERIC).contains("::bigint"));
        assert!(Values::of_type(&Type::TIMESTAMPTZ).is_some());
    }
}
