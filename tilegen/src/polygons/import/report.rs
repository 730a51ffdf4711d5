//! The report of an import.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::files::{UnreadFiles, Unreadable};
use crate::polygons::AreaKind;

/// What an import read, changed and skipped.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ImportReport {
    /// Number of files read.
    pub files: u64,
    /// Files and folders next to them that were not read.
    pub files_not_read: UnreadFiles,
    /// Number of areas, by kind.
    pub areas: BTreeMap<AreaKind, u64>,
    /// Areas whose normalised name differs from their name.
    pub names_normalised: u64,
    /// Names that lost control characters or marks that reorder text.
    pub names_cleaned: u64,
    /// Numbers that could not be read.
    pub unreadable: Unreadable,
    /// Areas whose surface was computed from the polygon, because the one in the file is neither m², nor
    /// hectares, nor km².
    pub surfaces_computed: u64,
    /// The first of them: file, row and surface.
    pub surface_examples: Vec<String>,
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
