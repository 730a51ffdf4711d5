//! The report of an import.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::polygons::AreaKind;

/// What an import read, changed and skipped.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ImportReport {
    /// Number of files read.
    pub files: u64,
    /// Number of areas, by kind.
    pub areas: BTreeMap<AreaKind, u64>,
    /// Areas whose normalised name differs from their name.
    pub names_normalised: u64,
    /// Rows that were skipped because they have no polygon.
    pub rows_without_polygon: u64,
    /// Rows that were merged with an earlier row of the same name.
    pub rows_joined: u64,
    /// Neighbourhoods whose region is missing.
    pub regions_unknown: u64,
    /// Repairs of texts and rings.
    #[serde(flatten)]
    pub repairs: Repairs,
}

/// Repairs of texts and rings.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Repairs {
    /// Texts that were encoded twice.
    pub texts_repaired: u64,
    /// Texts whose last character was cut off by the end of the field.
    pub texts_cut: u64,
    /// Outer rings with the winding order of a hole.
    pub rings_turned: u64,
}
