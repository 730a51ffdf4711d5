//! Chooses the vendor of an order.

use super::city::{CITIES, CityPlan};
use super::lines::LINES;
use super::random::Rng;
use super::vendors::Vendor;

/// Active Tapsifood vendors by city and business line, and by area.
#[derive(Debug)]
pub(super) struct VendorIndex {
    in_area: Vec<Vec<Vec<u32>>>,
    in_city: Vec<Vec<u32>>,
}

impl VendorIndex {
    pub(super) fn of(vendors: &[Vendor]) -> Self {
        let by_area = |plan: &CityPlan| vec![Vec::new(); plan.places.len() * LINES.len()];
        let mut vendor_index = Self {
            in_area: CITIES.iter().map(by_area).collect(),
            in_city: vec![Vec::new(); CITIES.len() * LINES.len()],
        };
        for (index, vendor) in vendors.iter().enumerate() {
            if vendor.is_tapsifood && vendor.is_active() {
                let index = index as u32;
                vendor_index.in_area[vendor.city][vendor.area * LINES.len() + vendor.line]
                    .push(index);
                vendor_index.in_city[vendor.city * LINES.len() + vendor.line].push(index);
            }
        }
        vendor_index
    }

    /// A vendor for one order: in the area if it has any, else in the city. Vendors at the start of a
    /// list are more likely. `None` if the city has no vendor of the line.
    pub(super) fn draw(&self, city: usize, area: usize, line: usize, rng: &mut Rng) -> Option<u32> {
        let near = &self.in_area[city][area * LINES.len() + line];
        let all = &self.in_city[city * LINES.len() + line];
        let list = if near.is_empty() { all } else { near };
        let popular = rng.unit() * rng.unit();
        list.get((popular * list.len() as f64) as usize).copied()
    }
}
