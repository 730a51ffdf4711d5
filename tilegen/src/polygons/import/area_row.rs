//! A row of an area file, before validation.

use std::collections::HashMap;
use std::path::Path;

use super::rings::Rings;
use crate::polygons::{AreaAttributes, AreaError, AreaFault, AreaKind, normalise_name};

/// A row of a CSV file, a record of a shapefile, or a feature of a GeoJSON file.
#[derive(Clone, Debug)]
pub(super) struct AreaRow {
    pub(super) number: u64,
    /// Values by lower-case column name.
    pub(super) fields: HashMap<String, String>,
    pub(super) rings: Option<Rings>,
}

impl AreaRow {
    pub(super) fn new(number: u64) -> Self {
        Self { number, fields: HashMap::new(), rings: None }
    }

    /// An error about this row.
    pub(super) fn error(&self, path: &Path, fault: AreaFault) -> AreaError {
        let mut names = AreaKind::ALL.into_iter().flat_map(name_columns);
        let name = names.find_map(|column| self.text(column)).unwrap_or_default();
        AreaError::Area { path: path.to_owned(), row: self.number, name: name.to_owned(), fault }
    }

    pub(super) fn text(&self, column: &str) -> Option<&str> {
        let text = self.fields.get(column)?;
        (!normalise_name(text).is_empty()).then_some(text)
    }

    fn number(&self, column: &str) -> Option<f64> {
        let number: f64 = self.text(column)?.trim().parse().ok()?;
        (number.is_finite() && number >= 0.0).then_some(number)
    }

    fn whole_number(&self, column: &str) -> Option<u64> {
        self.number(column).map(|number| number.round() as u64)
    }

    pub(super) fn attributes(&self) -> AreaAttributes {
        AreaAttributes {
            region: self.whole_number("region").and_then(|region| u32::try_from(region).ok()),
            population: self.whole_number("pop"),
            hectares: self.number("area"),
        }
    }

    /// The number that identifies an area, for kinds whose names repeat.
    pub(super) fn numeric_key(&self, kind: AreaKind) -> Option<u64> {
        let columns: &[&str] = match kind {
            AreaKind::Marketing => &[],
            AreaKind::Region => &["region"],
            AreaKind::Neighbourhood => &["objectid_1", "code"],
        };
        columns.iter().find_map(|column| self.whole_number(column))
    }
}

/// Columns that can contain the name, in lower case.
pub(super) fn name_columns(kind: AreaKind) -> &'static [&'static str] {
    match kind {
        AreaKind::Marketing => &["name", "marketing_area"],
        AreaKind::Region => &["name"],
        AreaKind::Neighbourhood => &["name_mahal", "name"],
    }
}
