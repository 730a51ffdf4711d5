//! A column as the configuration file writes it: a name or a table.

use serde::Deserialize;
use tilecore::config_file::read_keys;
use toml::Value;

use crate::config::values::TimeUnit;

/// A column as it is written: a name or a table. It is read later, so that every error is reported.
#[derive(Debug, Deserialize)]
#[serde(transparent)]
pub(super) struct ColumnFile(Value);

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ColumnTable {
    pub(super) column: Option<String>,
    pub(super) constant: Option<Value>,
    #[serde(default)]
    pub(super) absent: bool,
    pub(super) scale: Option<f64>,
    pub(super) unit: Option<TimeUnit>,
    pub(super) breaks: Option<Vec<f64>>,
    pub(super) names: Option<Vec<String>>,
    pub(super) at_least: Option<f64>,
}

impl ColumnFile {
    /// The table that is written, or that a name stands for. Every error is reported, together with the
    /// form that is expected.
    pub(super) fn table(
        key: &str,
        expected: &str,
        column: Option<Self>,
        errors: &mut Vec<String>,
    ) -> Option<ColumnTable> {
        match column.map(|column| column.0) {
            None => return Some(ColumnTable::default()),
            Some(Value::String(name)) if name.trim().is_empty() => {
                errors.push(format!("orders.columns.{key} is blank; it must be {expected}"));
            }
            Some(Value::String(name)) => {
                return Some(ColumnTable { column: Some(name), ..ColumnTable::default() });
            }
            Some(Value::Table(written)) => {
                let errors_before = errors.len();
                let table: ColumnTable =
                    read_keys(&format!("orders.columns.{key}"), &written, errors);
                let is_blank = table.column.as_ref().is_some_and(|column| column.trim().is_empty());
                if errors.len() == errors_before && !is_blank {
                    return Some(table);
                }
                wrong_form(key, expected, errors);
            }
            Some(other) => {
                errors.push(format!("orders.columns.{key} is {other}; it must be {expected}"));
            }
        }
        None
    }
}

/// Reports that a column is not written in the form that is wanted.
pub(super) fn wrong_form(key: &str, wanted: &str, errors: &mut Vec<String>) {
    errors.push(format!("orders.columns.{key} must be {wanted}"));
}
