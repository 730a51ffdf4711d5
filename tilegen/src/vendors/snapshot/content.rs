//! The content of a snapshot: what its layers and tables are made from.

use std::collections::BTreeMap;

use jiff::civil::Date;
use tilecore::manifest::City;

use super::area_lookup::{AreaLookup, ContainingAreas};
use super::targets::Targets;
use crate::config::VendorColumn;
use crate::publish::guards::areas::count_areas;
use crate::publish::guards::baseline::KnownVendors;
use crate::publish::guards::vendors::VendorCounts;
use crate::vendors::coverage::Coverage;
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

impl SnapshotContent<'_> {
    /// The counts that the guards compare with those of the published snapshot.
    pub(super) fn guard_counts(&self, coverages: &[Coverage], today: Date) -> VendorCounts {
        let areas = self.area_lookup.areas.iter().map(|area| (area.city, area.kind.to_string()));
        let areas = count_areas(areas, self.cities);
        let mut counts = VendorCounts { areas, ..VendorCounts::default() };
        let ungraded = self.grades.ungraded();
        let mut radii = Vec::new();
        for vendor in self.vendors {
            let city = self.cities[vendor.city].key.clone();
            let platform = vendor.platform.as_str().to_owned();
            *counts.vendors.entry(city).or_default().entry(platform).or_default() += 1;
            counts.graded += u64::from(vendor.grade != ungraded);
            if !vendor.is_radius_assumed {
                radii.push(vendor.radius_m);
            }
        }
        let vendors = self.vendors.iter();
        let vendors = vendors
            .map(|vendor| (vendor.platform.as_str(), &*vendor.code, vendor.grade != ungraded));
        counts.known = KnownVendors::sample(vendors, today);
        radii.sort_unstable();
        counts.median_radius_m = radii.get(radii.len() / 2).copied();
        for (city, coverage) in self.cities.iter().zip(coverages) {
            counts.covered.insert(city.key.clone(), coverage.covered_cells());
        }
        for (index, area) in self.area_lookup.areas.iter().enumerate() {
            let targets = self.targets.of(index).into_iter().flatten().flatten().count() as u64;
            let city = self.cities.iter().find(|city| city.id == area.city);
            if let Some(city) = city.filter(|_| targets > 0) {
                *counts.targets.entry(city.key.clone()).or_default() += targets;
            }
        }
        counts
    }
}
