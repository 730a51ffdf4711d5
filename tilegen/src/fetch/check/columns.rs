//! The columns of a few rows: what they mean, their types, blank values and time zones.

use std::fmt;

use arrow_array::{Array, ArrayRef, Float64Array, RecordBatch};
use arrow_cast::cast;
use arrow_cast::display::array_value_to_string;
use arrow_schema::{DataType, Field, Schema};
use serde::Serialize;

use crate::config::DegreesColumn;

/// Rows that are shown.
const EXAMPLES: usize = 3;

/// Stands for a value that is not shown.
const BLANKED: &str = "…";

/// A column of the configuration.
pub(super) struct Meaning {
    pub(super) column: String,
    /// Its key in the configuration.
    key: &'static str,
    pub(super) is_required: bool,
    shown: Shown,
}

/// How much of a value is shown.
#[derive(Clone, Copy)]
enum Shown {
    /// All of it.
    Plain,
    /// Degrees to two decimals, about a kilometre; the scale makes degrees of the column.
    Degrees(f64),
    /// Nothing.
    Blanked,
}

impl Meaning {
    pub(super) fn plain(column: &str, key: &'static str) -> Self {
        Self { column: column.to_owned(), key, is_required: true, shown: Shown::Plain }
    }

    pub(super) fn required_if(self, is_required: bool) -> Self {
        Self { is_required, ..self }
    }

    pub(super) fn id(column: &str, key: &'static str) -> Self {
        Self { shown: Shown::Blanked, ..Self::plain(column, key) }
    }

    pub(super) fn position(degrees: &DegreesColumn, key: &'static str) -> Self {
        Self { shown: Shown::Degrees(degrees.scale), ..Self::plain(&degrees.column, key) }
    }
}

/// A column that came.
#[derive(Debug, Serialize)]
pub struct CheckedColumn {
    /// Its name.
    pub name: String,
    /// Its key in the configuration; `None` if builds do not read it.
    pub key: Option<&'static str>,
    /// Its Arrow type.
    #[serde(rename = "type")]
    pub data_type: String,
    /// Blank values among the rows that came.
    pub nulls: usize,
    /// The time zone of its times; `none` if they have none, which `zoneless_time` under `[orders]` explains.
    pub time_zone: Option<String>,
}

impl fmt::Display for CheckedColumn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, data_type, nulls, .. } = self;
        let key = self.key.unwrap_or("not read");
        write!(f, "{name} -> {key}: {data_type}, {nulls} blank")?;
        match &self.time_zone {
            Some(zone) => write!(f, ", time zone {zone}"),
            None => Ok(()),
        }
    }
}

fn meaning_of<'a>(field: &Field, meanings: &'a [Meaning]) -> Option<&'a Meaning> {
    meanings.iter().find(|meaning| meaning.column == *field.name())
}

fn time_zone(data_type: &DataType) -> Option<String> {
    match data_type {
        DataType::Timestamp(_, Some(zone)) => Some(zone.to_string()),
        DataType::Timestamp(_, None) => Some("none".to_owned()),
        _ => None,
    }
}

/// Every column of the rows.
pub(super) fn describe(
    schema: &Schema,
    batches: &[RecordBatch],
    meanings: &[Meaning],
) -> Vec<CheckedColumn> {
    let column = |(index, field): (usize, &arrow_schema::FieldRef)| CheckedColumn {
        name: field.name().clone(),
        key: meaning_of(field, meanings).map(|meaning| meaning.key),
        data_type: field.data_type().to_string(),
        nulls: batches.iter().map(|batch| batch.column(index).logical_null_count()).sum(),
        time_zone: time_zone(field.data_type()),
    };
    schema.fields().iter().enumerate().map(column).collect()
}

/// The first rows. A column that builds do not read may contain anything, so it is not shown.
pub(super) fn examples(
    schema: &Schema,
    batches: &[RecordBatch],
    meanings: &[Meaning],
) -> Vec<Vec<String>> {
    let Some(batch) = batches.first() else { return Vec::new() };
    let row = |row: usize| {
        let fields = schema.fields().iter().zip(batch.columns());
        let value = |(field, array): (&arrow_schema::FieldRef, &ArrayRef)| {
            let shown = meaning_of(field, meanings).map_or(Shown::Blanked, |meaning| meaning.shown);
            value(array, row, shown)
        };
        fields.map(value).collect()
    };
    (0..batch.num_rows().min(EXAMPLES)).map(row).collect()
}

fn value(array: &ArrayRef, row: usize, shown: Shown) -> String {
    if array.is_null(row) {
        return "null".to_owned();
    }
    match shown {
        Shown::Blanked => BLANKED.to_owned(),
        Shown::Plain => plain(array, row),
        Shown::Degrees(scale) => {
            let numbers = cast(&array.slice(row, 1), &DataType::Float64).ok();
            let numbers = numbers.as_ref().and_then(|array| array.as_any().downcast_ref());
            let number = numbers.map(|numbers: &Float64Array| numbers.value(0) * scale);
            number.map_or_else(|| BLANKED.to_owned(), |degrees| format!("{degrees:.2}"))
        }
    }
}

/// A value as text. Times are shown in UTC.
fn plain(array: &ArrayRef, row: usize) -> String {
    let zoneless = match array.data_type() {
        DataType::Timestamp(unit, Some(_)) => cast(array, &DataType::Timestamp(*unit, None)).ok(),
        _ => None,
    };
    array_value_to_string(zoneless.as_ref().unwrap_or(array), row).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow_array::{Int64Array, StringArray, TimestampMicrosecondArray};

    use super::*;

    #[test]
    fn ids_and_exact_positions_are_not_shown() {
        let at = TimestampMicrosecondArray::from(vec![Some(0), None]);
        let columns: [(&str, ArrayRef); 5] = [
            ("lon_e5", Arc::new(Int64Array::from(vec![5_141_234, 5_141_234]))),
            ("user", Arc::new(StringArray::from(vec![Some("secret"), None]))),
            ("phone", Arc::new(StringArray::from(vec!["secret"; 2]))),
            ("line", Arc::new(StringArray::from(vec!["Cafe"; 2]))),
            ("at", Arc::new(at.with_timezone("UTC"))),
        ];
        let batch = RecordBatch::try_from_iter(columns).unwrap();
        let lng = DegreesColumn { column: "lon_e5".into(), scale: 1e-5 };
        let meanings = [
            Meaning::position(&lng, "lng"),
            Meaning::id("user", "user"),
            Meaning::plain("line", "line"),
            Meaning::plain("at", "time"),
        ];
        let batches = [batch.clone()];
        let shown = examples(&batch.schema(), &batches, &meanings);
        assert_eq!(shown[0], ["51.41", "…", "…", "Cafe", "1970-01-01T00:00:00"]);
        assert_eq!(shown[1], ["51.41", "null", "…", "Cafe", "null"]);
        let described = describe(&batch.schema(), &batches, &meanings);
        assert_eq!(described[1].to_string(), "user -> user: Utf8, 1 blank");
        assert_eq!(described[2].key, None);
        assert_eq!(described[4].time_zone.as_deref(), Some("UTC"));
    }
}
