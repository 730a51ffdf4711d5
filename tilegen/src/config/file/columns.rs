//! The columns of orders in the configuration file.

use serde::Deserialize;
use toml::Value;

use super::column::{ColumnFile, ColumnTable, wrong_form};
use crate::config::values::{
    CityColumn, DegreesColumn, LineColumn, OrderColumns, OrganicColumn, TimeColumn,
};

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ColumnsFile {
    order_id: Option<ColumnFile>,
    city: Option<ColumnFile>,
    line: Option<ColumnFile>,
    lng: Option<ColumnFile>,
    lat: Option<ColumnFile>,
    user: Option<ColumnFile>,
    organic: Option<ColumnFile>,
    time: Option<ColumnFile>,
}

impl ColumnsFile {
    pub(super) fn with_defaults(self, defaults: Self) -> Self {
        Self {
            order_id: self.order_id.or(defaults.order_id),
            city: self.city.or(defaults.city),
            line: self.line.or(defaults.line),
            lng: self.lng.or(defaults.lng),
            lat: self.lat.or(defaults.lat),
            user: self.user.or(defaults.user),
            organic: self.organic.or(defaults.organic),
            time: self.time.or(defaults.time),
        }
    }

    pub(super) fn validate(self, errors: &mut Vec<String>) -> OrderColumns {
        OrderColumns {
            order_id: optional(self.order_id, errors),
            city: city(self.city, errors),
            line: line(self.line, errors),
            lng: degrees("lng", self.lng, errors),
            lat: degrees("lat", self.lat, errors),
            user: named("user", self.user, errors),
            organic: organic(self.organic, errors),
            time: time(self.time, errors),
        }
    }
}

fn optional(column: Option<ColumnFile>, errors: &mut Vec<String>) -> Option<String> {
    const FORM: &str = "a column name or { absent = true }";
    match ColumnFile::table("order_id", FORM, column, errors)? {
        ColumnTable { absent: true, column: None, .. } => None,
        ColumnTable { column: Some(column), absent: false, .. } => Some(column),
        _ => {
            wrong_form("order_id", FORM, errors);
            None
        }
    }
}

fn city(column: Option<ColumnFile>, errors: &mut Vec<String>) -> CityColumn {
    const FORM: &str = "a column name or { constant = NUMBER }";
    match ColumnFile::table("city", FORM, column, errors) {
        Some(ColumnTable { column: Some(column), constant: None, .. }) => CityColumn::Named(column),
        Some(ColumnTable { constant: Some(Value::Integer(id)), column: None, .. }) => {
            CityColumn::Constant(id)
        }
        Some(_) => {
            wrong_form("city", FORM, errors);
            CityColumn::Constant(0)
        }
        None => CityColumn::Constant(0),
    }
}

fn line(column: Option<ColumnFile>, errors: &mut Vec<String>) -> LineColumn {
    const FORM: &str = "a column name, { constant = TEXT } or { column, breaks, names }";
    let table = ColumnFile::table("line", FORM, column, errors);
    let Some(table) = table else { return LineColumn::Constant(String::new()) };
    match table {
        ColumnTable { column: Some(column), breaks: None, names: None, constant: None, .. } => {
            LineColumn::Named(column)
        }
        ColumnTable { column: Some(column), breaks: Some(breaks), names: Some(names), .. } => {
            if !breaks.is_sorted_by(|a, b| a < b) {
                wrong_form("line", "given with breaks in ascending order", errors);
            }
            if names.len() != breaks.len() + 1 {
                wrong_form("line", "given with one more name than breaks", errors);
            }
            LineColumn::Classes { column, breaks, names }
        }
        ColumnTable { constant: Some(Value::String(name)), column: None, .. } => {
            LineColumn::Constant(name)
        }
        _ => {
            wrong_form("line", FORM, errors);
            LineColumn::Constant(String::new())
        }
    }
}

fn degrees(key: &str, column: Option<ColumnFile>, errors: &mut Vec<String>) -> DegreesColumn {
    const FORM: &str = "a column name or { column, scale }, where scale is not 0";
    let table = ColumnFile::table(key, FORM, column, errors);
    let is_read = table.is_some();
    let table = table.unwrap_or_default();
    let scale = table.scale.unwrap_or(1.0);
    if is_read && (table.column.is_none() || !(scale.is_finite() && scale != 0.0)) {
        wrong_form(key, FORM, errors);
    }
    DegreesColumn { column: table.column.unwrap_or_default(), scale }
}

fn named(key: &str, column: Option<ColumnFile>, errors: &mut Vec<String>) -> String {
    const FORM: &str = "a column name";
    let Some(table) = ColumnFile::table(key, FORM, column, errors) else { return String::new() };
    if table.column.is_none() {
        wrong_form(key, FORM, errors);
    }
    table.column.unwrap_or_default()
}

fn organic(column: Option<ColumnFile>, errors: &mut Vec<String>) -> OrganicColumn {
    const FORM: &str = "a column name, { column, at_least } or { constant = 0 or 1 }";
    match ColumnFile::table("organic", FORM, column, errors) {
        Some(ColumnTable { column: Some(column), at_least: None, constant: None, .. }) => {
            OrganicColumn::Named(column)
        }
        Some(ColumnTable { column: Some(column), at_least: Some(least), .. }) => {
            OrganicColumn::AtLeast { column, least }
        }
        Some(ColumnTable { constant: Some(Value::Integer(flag @ 0..=1)), .. }) => {
            OrganicColumn::Constant(flag == 1)
        }
        Some(_) => {
            wrong_form("organic", FORM, errors);
            OrganicColumn::Constant(false)
        }
        None => OrganicColumn::Constant(false),
    }
}

fn time(column: Option<ColumnFile>, errors: &mut Vec<String>) -> TimeColumn {
    const FORM: &str = "a column name or { column, unit }, where unit is s, ms, us or ns";
    let table = ColumnFile::table("time", FORM, column, errors);
    if table.as_ref().is_some_and(|table| table.column.is_none()) {
        wrong_form("time", FORM, errors);
    }
    let table = table.unwrap_or_default();
    TimeColumn { column: table.column.unwrap_or_default(), unit: table.unit }
}
