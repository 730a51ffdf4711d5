//! Checks the columns of a file against the configuration.

use std::sync::Arc;

use arrow_schema::{DataType, Field, Schema, SchemaRef};

use super::column_key::ColumnKey;
use super::error::SourceError;
use crate::config::{LineColumn, OrderColumns, OrganicColumn};
use crate::files::column_type::{is_binary, is_text};

/// A column to read.
struct ExpectedColumn<'a> {
    /// Its key in the configuration.
    key: ColumnKey,
    name: &'a str,
    expected: ExpectedType,
}

impl OrderColumns {
    /// Names of all columns to read.
    pub(crate) fn names(&self) -> Vec<&str> {
        expected_columns(self).into_iter().map(|column| column.name).collect()
    }
}

/// The type that a column must have.
#[derive(Clone, Copy)]
enum ExpectedType {
    Number,
    Integer,
    Text,
    Id,
    Flag,
    Time { has_unit: bool },
}

impl ExpectedType {
    const fn description(self) -> &'static str {
        match self {
            Self::Number => "a number",
            Self::Integer => "a whole number",
            Self::Text => "text",
            Self::Id => "a number or text",
            Self::Flag => "0/1 or true/false",
            Self::Time { .. } => "a timestamp (or an integer with `unit` in the configuration)",
        }
    }

    fn accepts(self, found: &DataType) -> bool {
        if *found == DataType::Null {
            return true;
        }
        match self {
            Self::Number | Self::Integer => found.is_numeric(),
            Self::Time { has_unit: true } => found.is_integer(),
            Self::Text => is_text(found),
            Self::Id => found.is_numeric() || is_text(found) || is_binary(found),
            Self::Flag => found.is_numeric() || *found == DataType::Boolean || is_text(found),
            Self::Time { has_unit: false } => matches!(found, DataType::Timestamp(..)),
        }
    }
}

/// The type of a column's values: for a dictionary of numbers, flags or times, the type of its values.
fn plain_type(found: &DataType) -> &DataType {
    match found {
        DataType::Dictionary(_, values) if !is_text(found) && !is_binary(found) => {
            plain_type(values)
        }
        _ => found,
    }
}

/// Describes a type for an error message.
fn description(found: &DataType) -> String {
    match found {
        DataType::Boolean => "true/false".to_owned(),
        DataType::List(_) | DataType::LargeList(_) | DataType::FixedSizeList(..) => {
            "list".to_owned()
        }
        DataType::Struct(_) => "struct".to_owned(),
        DataType::Dictionary(_, values) => description(values),
        text if is_text(text) => "text".to_owned(),
        bytes if is_binary(bytes) => "binary".to_owned(),
        other => other.to_string().to_lowercase(),
    }
}

fn is_fixed(found: &DataType) -> bool {
    match found {
        DataType::FixedSizeBinary(_) => true,
        DataType::Dictionary(_, values) => is_fixed(values),
        _ => false,
    }
}

/// Checks the columns and returns the schema to read the file with. Text is read as dictionaries, so that each
/// distinct value is looked up once. Order ids rarely repeat, so they are read as views of the decoded pages.
/// Binary ids are read as views too. Neither form copies a value into each row, so a long text that many rows
/// share is in memory once.
pub(super) fn read_schema(
    name: &str,
    schema: &SchemaRef,
    columns: &OrderColumns,
) -> Result<SchemaRef, SourceError> {
    let mut fields: Vec<Arc<Field>> = schema.fields().iter().cloned().collect();
    for ExpectedColumn { key, name: column, expected } in expected_columns(columns) {
        let index =
            schema.index_of(column).map_err(|_| missing_column(name, column, key, schema))?;
        if schema.fields().iter().filter(|field| field.name() == column).count() > 1 {
            let (name, column) = (name.to_owned(), column.to_owned());
            return Err(SourceError::RepeatedColumn { name, column });
        }
        let found = plain_type(schema.field(index).data_type());
        if !expected.accepts(found) {
            return Err(SourceError::WrongType {
                name: name.to_owned(),
                column: column.to_owned(),
                key,
                found: description(found),
                expected: expected.description(),
            });
        }
        if is_text(found) {
            let plain = columns.order_id.as_deref() == Some(column);
            let dictionary = DataType::Dictionary(DataType::Int32.into(), DataType::Utf8.into());
            let read_as = if plain { DataType::Utf8View } else { dictionary };
            fields[index] = Arc::new(fields[index].as_ref().clone().with_data_type(read_as));
        } else if found != schema.field(index).data_type() {
            // A dictionary of numbers is read as numbers.
            fields[index] = Arc::new(fields[index].as_ref().clone().with_data_type(found.clone()));
        } else if is_binary(found) && !is_fixed(found) {
            fields[index] =
                Arc::new(fields[index].as_ref().clone().with_data_type(DataType::BinaryView));
        }
    }
    Ok(Arc::new(Schema::new(fields)))
}

fn expected_columns(columns: &OrderColumns) -> Vec<ExpectedColumn<'_>> {
    let line_type = match columns.line {
        LineColumn::Classes { .. } => ExpectedType::Number,
        LineColumn::Named(_) | LineColumn::Constant(_) => ExpectedType::Text,
    };
    let organic_type = match columns.organic {
        OrganicColumn::AtLeast { .. } => ExpectedType::Number,
        OrganicColumn::Named(_) | OrganicColumn::Constant(_) => ExpectedType::Flag,
    };
    let time_type = ExpectedType::Time { has_unit: columns.time.unit.is_some() };
    let all = [
        (ColumnKey::Lng, Some(columns.lng.column.as_str()), ExpectedType::Number),
        (ColumnKey::Lat, Some(columns.lat.column.as_str()), ExpectedType::Number),
        (ColumnKey::User, Some(columns.user.as_str()), ExpectedType::Id),
        (ColumnKey::Time, Some(columns.time.column.as_str()), time_type),
        (ColumnKey::OrderId, columns.order_id.as_deref(), ExpectedType::Id),
        (ColumnKey::City, columns.city.name(), ExpectedType::Integer),
        (ColumnKey::Line, columns.line.name(), line_type),
        (ColumnKey::Organic, columns.organic.name(), organic_type),
    ];
    let expected = all.into_iter().filter_map(|(key, name, expected)| {
        name.map(|name| ExpectedColumn { key, name, expected })
    });
    expected.collect()
}

fn missing_column(name: &str, column: &str, key: ColumnKey, schema: &Schema) -> SourceError {
    let found: Vec<_> = schema.fields().iter().map(|field| field.name().as_str()).collect();
    let found = if found.is_empty() { "no columns".to_owned() } else { found.join(", ") };
    SourceError::MissingColumn { name: name.to_owned(), column: column.to_owned(), key, found }
}
