//! The checks that a file must pass before the manifest of its day names it.

use jiff::civil::Date;

use super::spec::OrdersFetch;
use crate::fetch::source::Delivery;
use crate::orders::calendar::Day;
use crate::orders::check_day_file;
use crate::orders::day_manifest::{Column, DayManifest};
use crate::orders::read::{OrderInput, OrdersError};
use crate::orders::validate::RowCounts;

/// Why a delivery cannot be the orders of a day.
#[derive(Debug, thiserror::Error)]
pub enum CheckError {
    /// The date is the last one that can be represented.
    #[error("{day} is the last date that can be represented; fetch an earlier day")]
    NoSuchDay {
        /// The date.
        day: Date,
    },
    /// The source has no rows.
    #[error(
        "the source has no orders of {day}; if its data come late, fetch the day again later. A day without orders is accepted if the source counts none and has orders of the day after it"
    )]
    NoRows {
        /// The day.
        day: Date,
    },
    /// Rows of other days came.
    #[error(
        "{rows} of {all} rows are not of {day} in {zone}; check the conditions with {{from}} and {{to}} in the query, and the time zone of the time column"
    )]
    OtherDays {
        /// The day.
        day: Date,
        /// Rows of other days.
        rows: u64,
        /// All rows.
        all: u64,
        /// Name of the time zone.
        zone: String,
    },
    /// Columns changed.
    #[error(
        "the columns are not those of {last}: {changes}; correct the query, or give --accept-columns if the change is intended"
    )]
    Columns {
        /// The day of the last file.
        last: Date,
        /// The changes.
        changes: String,
    },
    /// The rules for inputs refuse the rows.
    #[error("the rows break the rules for orders")]
    Orders(#[from] OrdersError),
}

/// Checks what came for a day. The counts say what the build will do with the rows. A day without rows is one only if
/// the source says so.
pub(super) fn check(
    spec: &OrdersFetch,
    day: Date,
    delivery: &Delivery,
    last: Option<&DayManifest>,
    is_empty_in_source: bool,
) -> Result<RowCounts, CheckError> {
    let rows = delivery.part.rows;
    if rows == 0 && !is_empty_in_source {
        return Err(CheckError::NoRows { day });
    }
    if let Some(last) = last.filter(|_| !spec.accept_columns) {
        check_columns(last, &delivery.part.columns)?;
    }
    if rows == 0 {
        return Ok(RowCounts::default());
    }
    let counts = check_day_file(&input(spec, delivery), delivery.part.path(), Day::from_date(day))?;
    if counts.outside_window == 0 {
        return Ok(counts);
    }
    let zone = spec.config.time_zone_name.clone();
    Err(CheckError::OtherDays { day, rows: counts.outside_window, all: rows, zone })
}

fn input(spec: &OrdersFetch, delivery: &Delivery) -> OrderInput {
    OrderInput {
        orders: delivery.part.path().display().to_string(),
        config: spec.config.clone(),
        now: spec.now,
        as_of: None,
        include_today: false,
        memory_bytes: spec.memory_bytes,
        temp_dir: spec.temp_dir.clone(),
    }
}

/// New columns are accepted. A column that is gone or has another type is an error.
fn check_columns(last: &DayManifest, columns: &[Column]) -> Result<(), CheckError> {
    let change = |old: &Column| match columns.iter().find(|new| new.name == old.name) {
        None => Some(format!("{} is missing", old.name)),
        Some(new) if new.data_type != old.data_type => {
            Some(format!("{} was {} and is {}", old.name, old.data_type, new.data_type))
        }
        Some(_) => None,
    };
    let changes: Vec<_> = last.columns.iter().filter_map(change).collect();
    if changes.is_empty() {
        return Ok(());
    }
    Err(CheckError::Columns { last: last.date, changes: changes.join(", ") })
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::orders::day_manifest::CheckedFile;

    fn columns(written: &[(&str, &str)]) -> Vec<Column> {
        let column = |&(name, data_type): &(&str, &str)| Column {
            name: name.to_owned(),
            data_type: data_type.to_owned(),
        };
        written.iter().map(column).collect()
    }

    #[test]
    fn missing_columns_and_other_types_are_refused_and_new_columns_are_not() {
        let file = CheckedFile {
            name: "a.parquet".into(),
            rows: 1,
            bytes: 1,
            source_rows: None,
            columns: columns(&[("id", "Int64"), ("line", "Utf8")]),
        };
        let date = Date::constant(2026, 11, 22);
        let last = DayManifest::new(date, file, "postgresql", Timestamp::UNIX_EPOCH);
        let same = columns(&[("line", "Utf8"), ("new", "Utf8"), ("id", "Int64")]);
        assert!(check_columns(&last, &same).is_ok());
        let changed = columns(&[("id", "Utf8")]);
        let error = check_columns(&last, &changed).unwrap_err().to_string();
        assert!(error.contains("id was Int64 and is Utf8, line is missing"), "{error}");
    }
}
