//! What an import read, changed and left out.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::polygons::AreaKind;

/// What importers read, changed and left out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ImportReport {
    /// Files read.
    pub files: u64,
    /// Areas, by kind.
    pub areas: BTreeMap<AreaKind, u64>,
    /// Areas whose name is normalised into another one for matching.
    pub names_normalised: u64,
    /// Rows left out because they have no polygon.
    pub rows_without_polygon: u64,
    /// Rows joined to an earlier row of the same name.
    pub rows_joined: u64,
    /// Neighbourhoods whose region is not among the regions.
    pub regions_unknown: u64,
    /// What had to be mended.
    #[serde(flatten)]
    pub changes: Repairs,
}

/// What had to be mended inside files.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Repairs {
    /// Texts that had been encoded twice.
    pub texts_repaired: u64,
    /// Texts whose last letter was cut by the end of its field.
    pub texts_cut: u64,
    /// Outer rings that were wound like holes.
    pub rings_turned: u64,
}
