//! Finds the areas that contain vendors and cells.

use rayon::prelude::*;
use tilecore::LngLat;

use crate::polygons::{Area, AreaIndex, AreaKind};
use crate::vendors::vendor::Vendor;

/// The areas that contain a position, by kind, as indices into the list of areas; the lowest id first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct ContainingAreas([Vec<u32>; 3]);

impl ContainingAreas {
    pub(super) fn of(&self, kind: AreaKind) -> &[u32] {
        let index = AreaKind::ALL.iter().position(|&known| known == kind);
        index.map_or(&[], |index| &self.0[index])
    }
}

/// The areas of a build, and the index that finds them by position.
pub(super) struct AreaLookup<'a> {
    pub(super) areas: &'a [Area],
    index: AreaIndex,
}

impl<'a> AreaLookup<'a> {
    pub(super) fn new(areas: &'a [Area]) -> Self {
        Self { areas, index: AreaIndex::new(areas) }
    }

    fn containing(&self, position: LngLat) -> ContainingAreas {
        let mut containing = ContainingAreas::default();
        for area in self.index.containing(position) {
            let kind = AreaKind::ALL.iter().position(|&kind| kind == self.areas[area].kind);
            containing.0[kind.unwrap_or_default()].push(area as u32);
        }
        containing
    }

    /// The areas that contain each vendor.
    pub(super) fn for_vendors(&self, vendors: &[Vendor]) -> Vec<ContainingAreas> {
        vendors.par_iter().map(|vendor| self.containing(vendor.position())).collect()
    }

    /// The marketing area that contains a position; of several the one with the lowest id.
    pub(super) fn marketing_area_at(&self, position: LngLat) -> Option<u32> {
        let mut containing = self.index.containing(position);
        containing
            .find(|&area| self.areas[area].kind == AreaKind::Marketing)
            .map(|area| area as u32)
    }
}
