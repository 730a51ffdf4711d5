//! Which vendor an order goes to.

use super::city::{CITIES, CityPlan};
use super::lines::LINES;
use super::random::Draws;
use super::vendors::Vendor;

/// Where orders find a vendor: active Tapsifood vendors by city and line, by area where there
/// are any.
#[derive(Debug)]
pub(super) struct Directory {
    in_area: Vec<Vec<Vec<u32>>>,
    in_city: Vec<Vec<u32>>,
}

impl Directory {
    pub(super) fn of(vendors: &[Vendor]) -> Self {
        let by_area = |plan: &CityPlan| vec![Vec::new(); plan.places.len() * LINES.len()];
        let mut directory = Self {
            in_area: CITIES.iter().map(by_area).collect(),
            in_city: vec![Vec::new(); CITIES.len() * LINES.len()],
        };
        for (index, vendor) in vendors.iter().enumerate() {
            if vendor.is_tapsifood && vendor.is_active() {
                let index = index as u32;
                directory.in_area[vendor.city][vendor.area * LINES.len() + vendor.line].push(index);
                directory.in_city[vendor.city * LINES.len() + vendor.line].push(index);
            }
        }
        directory
    }

    /// A vendor for one order, the first in a list the likeliest; none if the city has no such.
    pub(super) fn draw(
        &self,
        city: usize,
        area: usize,
        line: usize,
        draws: &mut Draws,
    ) -> Option<u32> {
        let near = &self.in_area[city][area * LINES.len() + line];
        let all = &self.in_city[city * LINES.len() + line];
        let list = if near.is_empty() { all } else { near };
        let popular = draws.unit() * draws.unit();
        list.get((popular * list.len() as f64) as usize).copied()
    }
}
