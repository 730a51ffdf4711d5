//! Time ranges of row groups from the footer, so that row groups outside every window are never
//! read, and the proof that the footer is true.

use arrow_array::types::Int64Type;
use arrow_array::{Array, PrimitiveArray};
use arrow_cast::cast;
use arrow_schema::{DataType, TimeUnit as ArrowUnit};
use jiff::Timestamp;
use parquet::file::statistics::Statistics;

use super::error::SourceError;
use super::order_file::RowGroup;
use crate::config::{TimeColumn, TimeUnit};

/// Earliest and latest time of a row group, in units of its column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RowGroupTimes {
    /// Both ends, inclusive.
    Between(i64, i64),
    /// No row has a time.
    NoTimes,
}

/// Factor and divisor that convert the unit of a column to microseconds.
#[must_use]
pub fn micros_per_unit(data_type: &DataType, unit: Option<TimeUnit>) -> (i64, i64) {
    let unit = match (data_type, unit) {
        (DataType::Timestamp(ArrowUnit::Second, _), _) | (_, Some(TimeUnit::Second)) => {
            return (1_000_000, 1);
        }
        (DataType::Timestamp(unit, _), _) => *unit,
        (_, Some(TimeUnit::Millisecond)) => ArrowUnit::Millisecond,
        (_, Some(TimeUnit::Nanosecond)) => ArrowUnit::Nanosecond,
        (_, Some(TimeUnit::Microsecond) | None) => ArrowUnit::Microsecond,
    };
    match unit {
        ArrowUnit::Second => (1_000_000, 1),
        ArrowUnit::Millisecond => (1_000, 1),
        ArrowUnit::Microsecond => (1, 1),
        ArrowUnit::Nanosecond => (1, 1_000),
    }
}

impl RowGroup<'_> {
    /// The type of the time column.
    pub(crate) fn time_type(&self, column: &TimeColumn) -> &DataType {
        self.file
            .metadata
            .schema()
            .field_with_name(&column.column)
            .map_or(&DataType::Null, |field| field.data_type())
    }

    /// Earliest and latest time, in the unit of the column: from the footer if it has statistics,
    /// otherwise from the column itself.
    pub fn times(&self, column: &TimeColumn) -> Result<RowGroupTimes, SourceError> {
        match self.claimed_times(column) {
            Some((low, high)) => Ok(RowGroupTimes::Between(low, high)),
            None => self.read_times(column),
        }
    }

    /// Fails if a time is outside the range that the footer claims: then the footer says nothing about
    /// which row groups a window needs. Reads the time column only.
    pub(crate) fn verify_times(&self, column: &TimeColumn) -> Result<(), SourceError> {
        if self.claimed_times(column).is_some()
            && let RowGroupTimes::Between(low, high) = self.read_times(column)?
        {
            self.check_claim(column, low, high)?;
        }
        Ok(())
    }

    /// Fails if the footer claims that all times are later than `low` or earlier than `high`, the
    /// earliest and latest time that were found, in the unit of the column.
    pub(crate) fn check_claim(
        &self,
        column: &TimeColumn,
        low: i64,
        high: i64,
    ) -> Result<(), SourceError> {
        let Some((least, most)) = self.claimed_times(column) else { return Ok(()) };
        if (least..=most).contains(&low) && (least..=most).contains(&high) {
            return Ok(());
        }
        let (factor, divisor) = micros_per_unit(self.time_type(column), column.unit);
        let shown = |time: i64| {
            let micros = time.saturating_mul(factor).div_euclid(divisor);
            Timestamp::from_microsecond(micros)
                .map_or_else(|_| time.to_string(), |time| time.to_string())
        };
        Err(SourceError::FalseTimes {
            name: self.file.name.clone(),
            row_group: self.index,
            column: column.column.clone(),
            claimed: (shown(least), shown(most)),
            found: shown(if low < least { low } else { high }),
        })
    }

    /// The earliest and latest time of the column itself.
    fn read_times(&self, column: &TimeColumn) -> Result<RowGroupTimes, SourceError> {
        let mut ends: Option<(i64, i64)> = None;
        for batch in self.read_column(&column.column)? {
            let batch = batch?;
            let decode = |source| SourceError::Decode {
                name: self.file.name.clone(),
                row_group: self.index,
                source,
            };
            let numbers = cast(batch.column(0), &DataType::Int64).map_err(decode)?;
            let numbers = PrimitiveArray::<Int64Type>::from(numbers.to_data());
            if let (Some(low), Some(high)) =
                (numbers.iter().flatten().min(), numbers.iter().flatten().max())
            {
                let (lowest, highest) = ends.unwrap_or((low, high));
                ends = Some((lowest.min(low), highest.max(high)));
            }
        }
        Ok(ends.map_or(RowGroupTimes::NoTimes, |(low, high)| RowGroupTimes::Between(low, high)))
    }

    /// The earliest and latest time that the footer claims.
    fn claimed_times(&self, column: &TimeColumn) -> Option<(i64, i64)> {
        // Statistics of unsigned numbers are not read: their order is another one.
        if self.time_type(column).is_unsigned_integer() {
            return None;
        }
        let footer = self.file.metadata.metadata().row_group(self.index);
        let chunk = footer.columns().iter().find(|chunk| {
            chunk.column_path().parts().len() == 1
                && chunk.column_path().parts()[0] == column.column
        })?;
        let (low, high) = match chunk.statistics()? {
            Statistics::Int64(found) => (*found.min_opt()?, *found.max_opt()?),
            Statistics::Int32(found) => {
                (i64::from(*found.min_opt()?), i64::from(*found.max_opt()?))
            }
            _ => return None,
        };
        // A row group whose earliest time is later than its latest has a false footer.
        (low <= high).then_some((low, high))
    }
}
