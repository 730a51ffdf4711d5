//! Places: which areas hold the vendors and the cells.

use rayon::prelude::*;
use tilecore::LngLat;

use crate::polygons::{Area, AreaIndex, AreaKind};
use crate::vendors::vendor::Vendor;

/// The areas that hold a position, by kind, as places in the list of areas; the lowest id first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Held([Vec<u32>; 3]);

impl Held {
    pub(super) fn of(&self, kind: AreaKind) -> &[u32] {
        let place = AreaKind::ALL.iter().position(|&known| known == kind);
        place.map_or(&[], |place| &self.0[place])
    }
}

/// The areas of a build, and the index that finds them by position.
pub(super) struct Places<'a> {
    pub(super) areas: &'a [Area],
    index: AreaIndex,
}

impl<'a> Places<'a> {
    pub(super) fn new(areas: &'a [Area]) -> Self {
        Self { areas, index: AreaIndex::new(areas) }
    }

    fn held(&self, position: LngLat) -> Held {
        let mut held = Held::default();
        for area in self.index.holding(position) {
            let kind = AreaKind::ALL.iter().position(|&kind| kind == self.areas[area].kind);
            held.0[kind.unwrap_or_default()].push(area as u32);
        }
        held
    }

    /// Where each vendor lies.
    pub(super) fn of_vendors(&self, vendors: &[Vendor]) -> Vec<Held> {
        vendors.par_iter().map(|vendor| self.held(vendor.at())).collect()
    }

    /// The marketing area that holds a position; of several the one with the lowest id.
    pub(super) fn marketing(&self, position: LngLat) -> Option<u32> {
        let mut holding = self.index.holding(position);
        holding.find(|&area| self.areas[area].kind == AreaKind::Marketing).map(|area| area as u32)
    }
}
