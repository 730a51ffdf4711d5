//! The content of a snapshot: what its layers and tables are made from.

use std::collections::BTreeMap;

use tilecore::manifest::City;

use super::area_lookup::{AreaLookup, ContainingAreas};
use super::targets::Targets;
use crate::config::VendorColumn;
use crate::vendors::grade::GradeScale;
use crate::vendors::vendor::Vendor;

/// The input of all layers and tables.
#[derive(Clone, Copy)]
pub(super) struct SnapshotContent<'a> {
    pub(super) cities: &'a [City],
    pub(super) vendors: &'a [Vendor],
    /// For each vendor the areas that contain it.
    pub(super) containing: &'a [ContainingAreas],
    pub(super) area_lookup: &'a AreaLookup<'a>,
    pub(super) targets: &'a Targets,
    pub(super) lines: &'a [String],
    /// The grades, in the order of their indices in tables.
    pub(super) grades: &'a GradeScale,
    /// The delivery radius that is assumed for a grade, in kilometres.
    pub(super) grade_radius_km: &'a BTreeMap<String, f64>,
    /// The optional columns to publish.
    pub(super) columns: &'a [VendorColumn],
}
