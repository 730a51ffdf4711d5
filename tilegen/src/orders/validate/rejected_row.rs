//! The first row that is rejected for each reason, so that an error message can name it.

use std::collections::BTreeMap;
use std::fmt;

use jiff::Timestamp;
use serde::Serialize;
use tilecore::text::identity;

use super::batch::OrderBatch;
use super::columns::ColumnReader;
use crate::config::OrderColumns;
use crate::files::short_name;
use crate::orders::rejects::RejectReason;

/// The first rejected row for each reason, in the order of file names and rows.
pub type RejectedRows = BTreeMap<RejectReason, RejectedRow>;

/// A rejected row.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RejectedRow {
    file: String,
    /// Counted from 1.
    row: u64,
    /// The column that is the reason, and its value. Positions are not shown: they are those of customers.
    cause: Option<(String, Value)>,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Value {
    Missing,
    Blank,
    Text(String),
}

impl RejectedRow {
    /// A row of a batch.
    pub(super) fn new(
        reader: &ColumnReader<'_>,
        batch: &OrderBatch,
        row: usize,
        columns: &OrderColumns,
        reason: RejectReason,
    ) -> Self {
        let cause = column_of(columns, reason).map(|column| {
            let value = match is_of_time(reason).then(|| batch.time(row)).flatten() {
                Some(time) => Some(time_text(time)),
                None => reader.value_text(column, row),
            };
            (column.to_owned(), Value::of(value.as_deref()))
        });
        Self { file: reader.file.to_owned(), row: reader.first_row + row as u64, cause }
    }
}

impl Value {
    fn of(text: Option<&str>) -> Self {
        match text {
            None => Self::Missing,
            Some(text) if identity(text).is_empty() => Self::Blank,
            Some(text) => Self::Text(short_name(text)),
        }
    }
}

const fn is_of_time(reason: RejectReason) -> bool {
    use RejectReason as Reason;
    matches!(
        reason,
        Reason::TimeMissing | Reason::TimeOutOfRange | Reason::TimeInFuture | Reason::TimeTooOld
    )
}

/// The column that is the reason, unless it is a position or an id.
fn column_of(columns: &OrderColumns, reason: RejectReason) -> Option<&str> {
    use RejectReason as Reason;
    match reason {
        Reason::TimeMissing
        | Reason::TimeOutOfRange
        | Reason::TimeInFuture
        | Reason::TimeTooOld => Some(&columns.time.column),
        Reason::CityUnknown => columns.city.name(),
        Reason::LineMissing | Reason::LineTooLong | Reason::LineUnknown => columns.line.name(),
        Reason::OrganicInvalid => columns.organic.name(),
        Reason::PositionMissing
        | Reason::PositionNotFinite
        | Reason::PositionZero
        | Reason::PositionOutsideCity
        | Reason::Duplicate => None,
    }
}

/// A time in microseconds since 1970 as text.
fn time_text(micros: i64) -> String {
    let time = Timestamp::from_microsecond(micros);
    time.map_or_else(|_| format!("{micros} microseconds"), |time| format!("{time:.0}"))
}

impl Serialize for RejectedRow {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl fmt::Display for RejectedRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "row {} of {}", self.row, self.file)?;
        match &self.cause {
            None => Ok(()),
            Some((column, Value::Missing)) => write!(f, ", where `{column}` is missing"),
            Some((column, Value::Blank)) => write!(f, ", where `{column}` is blank"),
            Some((column, Value::Text(text))) => write!(f, ", where `{column}` is `{text}`"),
        }
    }
}
