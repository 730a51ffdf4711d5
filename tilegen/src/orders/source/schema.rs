//! The columns of a file against those that the configuration names.

use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Schema, SchemaRef};

use super::error::SourceError;
use crate::config::{CityColumn, LineColumn, OrderColumns, OrganicColumn};

impl OrderColumns {
    /// Names of all columns that are read.
    pub(crate) fn names(&self) -> Vec<&str> {
        let city = match &self.city {
            CityColumn::Named(name) => Some(name),
            CityColumn::Constant(_) => None,
        };
        let line = match &self.line {
            LineColumn::Named(name) | LineColumn::Classes { column: name, .. } => Some(name),
            LineColumn::Constant(_) => None,
        };
        let organic = match &self.organic {
            OrganicColumn::Named(name) | OrganicColumn::AtLeast { column: name, .. } => Some(name),
            OrganicColumn::Constant(_) => None,
        };
        [
            self.order_id.as_ref(),
            city,
            line,
            Some(&self.lng.column),
            Some(&self.lat.column),
            Some(&self.user),
            organic,
            Some(&self.time.column),
        ]
        .into_iter()
        .flatten()
        .map(String::as_str)
        .collect()
    }
}

/// What a column may hold.
#[derive(Clone, Copy)]
enum Wanted {
    Number,
    Integer,
    Text,
    Identity,
    Flag,
    Time { unit_given: bool },
}

impl Wanted {
    const fn words(self) -> &'static str {
        match self {
            Self::Number => "a number",
            Self::Integer => "an integer",
            Self::Text => "text",
            Self::Identity => "an integer or text",
            Self::Flag => "0/1 or true/false",
            Self::Time { .. } => "a timestamp (or an integer with `unit` in the configuration)",
        }
    }

    fn accepts(self, found: &DataType) -> bool {
        match self {
            Self::Number => found.is_numeric(),
            Self::Integer | Self::Time { unit_given: true } => found.is_integer(),
            Self::Text => is_text(found),
            Self::Identity => found.is_integer() || is_text(found),
            Self::Flag => found.is_integer() || *found == DataType::Boolean,
            Self::Time { unit_given: false } => matches!(found, DataType::Timestamp(..)),
        }
    }
}

fn is_text(found: &DataType) -> bool {
    match found {
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => true,
        DataType::Dictionary(_, values) => is_text(values),
        _ => false,
    }
}

/// The schema to read the file with: text comes as dictionaries, so that each spelling is looked
/// at once; but order ids, which hardly repeat, come plain.
pub(super) fn check(
    name: &str,
    schema: &SchemaRef,
    columns: &OrderColumns,
) -> Result<SchemaRef, SourceError> {
    let mut fields: Vec<Arc<Field>> = schema.fields().iter().cloned().collect();
    for (column, wanted) in wanted(columns) {
        let index = schema.index_of(column).map_err(|_| missing(name, column, schema))?;
        let found = schema.field(index).data_type();
        if !wanted.accepts(found) {
            return Err(SourceError::WrongType {
                name: name.to_owned(),
                column: column.to_owned(),
                found: found.to_string(),
                wanted: wanted.words(),
            });
        }
        if is_text(found) {
            let plain = columns.order_id.as_deref() == Some(column);
            let dictionary = DataType::Dictionary(DataType::Int32.into(), DataType::Utf8.into());
            let read_as = if plain { DataType::Utf8 } else { dictionary };
            fields[index] = Arc::new(fields[index].as_ref().clone().with_data_type(read_as));
        }
    }
    Ok(Arc::new(Schema::new(fields)))
}

fn wanted(columns: &OrderColumns) -> Vec<(&str, Wanted)> {
    let mut wanted = vec![
        (columns.lng.column.as_str(), Wanted::Number),
        (columns.lat.column.as_str(), Wanted::Number),
        (columns.user.as_str(), Wanted::Identity),
        (columns.time.column.as_str(), Wanted::Time { unit_given: columns.time.unit.is_some() }),
    ];
    if let Some(order_id) = &columns.order_id {
        wanted.push((order_id, Wanted::Identity));
    }
    if let CityColumn::Named(name) = &columns.city {
        wanted.push((name, Wanted::Integer));
    }
    match &columns.line {
        LineColumn::Named(name) => wanted.push((name, Wanted::Text)),
        LineColumn::Classes { column, .. } => wanted.push((column, Wanted::Number)),
        LineColumn::Constant(_) => {}
    }
    match &columns.organic {
        OrganicColumn::Named(name) => wanted.push((name, Wanted::Flag)),
        OrganicColumn::AtLeast { column, .. } => wanted.push((column, Wanted::Number)),
        OrganicColumn::Constant(_) => {}
    }
    wanted
}

fn missing(name: &str, column: &str, schema: &Schema) -> SourceError {
    let found: Vec<_> = schema.fields().iter().map(|field| field.name().as_str()).collect();
    SourceError::MissingColumn {
        name: name.to_owned(),
        column: column.to_owned(),
        found: found.join(", "),
    }
}
