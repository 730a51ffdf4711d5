//! The vendor snapshot with every column of the platforms, including nulls.

use std::path::Path;
use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_array::{ArrayRef, Float32Array, Float64Array, Int8Array, Int32Array, StringArray};

use super::writer;
use crate::sample::SampleError;
use crate::sample::city::CITIES;
use crate::sample::lines::LINES;
use crate::sample::random::{Rng, Stream};
use crate::sample::vendors::Vendor;

/// Writes `vendors/snapshot.parquet`.
pub(in crate::sample) fn write(
    vendors: &[Vendor],
    seed: u64,
    path: &Path,
) -> Result<u64, SampleError> {
    let strings = |of: fn(&Vendor) -> &str| -> ArrayRef {
        Arc::new(StringArray::from_iter_values(vendors.iter().map(of)))
    };
    let traits: Vec<Traits> =
        (0..vendors.len()).map(|index| Traits::draw(&vendors[index], seed, index)).collect();
    let flags = |of: fn(&Traits) -> Option<i8>| -> ArrayRef {
        Arc::new(traits.iter().map(of).collect::<Int8Array>())
    };
    let degrees = |of: fn(&Vendor) -> f64| -> ArrayRef {
        let known = |(vendor, traits): (&Vendor, &Traits)| traits.has_position.then(|| of(vendor));
        Arc::new(vendors.iter().zip(&traits).map(known).collect::<Float64Array>())
    };
    let numbers = |of: &dyn Fn(usize) -> Option<i32>| -> ArrayRef {
        Arc::new((0..vendors.len()).map(of).collect::<Int32Array>())
    };
    let batch = RecordBatch::try_from_iter_with_nullable([
        ("vendor_code", strings(|vendor| &vendor.code), false),
        ("vendor_name", strings(|vendor| &vendor.name), true),
        (
            "vendor_source",
            strings(|vendor| if vendor.is_tapsifood { "tapsifood" } else { "snappfood" }),
            true,
        ),
        ("city_id", numbers(&|index| Some(CITIES[vendors[index].city].id)), true),
        ("business_line", strings(|vendor| LINES[vendor.line].name), true),
        ("latitude", degrees(|vendor| vendor.at.y), true),
        ("longitude", degrees(|vendor| vendor.at.x), true),
        ("radius", Arc::new(traits.iter().map(|t| t.radius_km).collect::<Float32Array>()), true),
        ("status_id", numbers(&|index| vendors[index].status), true),
        ("vendor_status", numbers(&|index| traits[index].vendor_status), true),
        ("visible", flags(|traits| traits.visible), true),
        ("open", flags(|traits| traits.open), true),
        (
            "availability",
            Arc::new(traits.iter().map(|t| t.availability).collect::<Float64Array>()),
            true,
        ),
        ("own_delivery", flags(|traits| traits.own_delivery), true),
        ("ofood_delivery", flags(|traits| traits.ofood_delivery), true),
        ("is_express", flags(|traits| traits.is_express), true),
        ("is_dual", flags(|traits| traits.is_dual), true),
    ]);
    writer::write_parquet(path, batch)
}

/// The attributes of a vendor that only the snapshot has.
struct Traits {
    has_position: bool,
    radius_km: Option<f32>,
    vendor_status: Option<i32>,
    visible: Option<i8>,
    open: Option<i8>,
    availability: Option<f64>,
    own_delivery: Option<i8>,
    ofood_delivery: Option<i8>,
    is_express: Option<i8>,
    is_dual: Option<i8>,
}

impl Traits {
    fn draw(vendor: &Vendor, seed: u64, index: usize) -> Self {
        let mut rng = Rng::of(seed, Stream::VendorTraits, index as u64);
        let is_active = vendor.is_active();
        let has_position = !rng.chance(0.004);
        let radius_km = [1.0, 1.5, 2.0, 2.5, 3.0, 3.5, 4.0, 5.0, 7.0]
            [rng.weighted(&[0.03, 0.06, 0.14, 0.2, 0.24, 0.16, 0.1, 0.05, 0.02])];
        let radius_km = (!rng.chance(0.03)).then_some(radius_km);
        let availability = (rng.unit().sqrt() * 100.0).round() / 100.0;
        let mut flag = |share: f64| (!rng.chance(0.015)).then(|| i8::from(rng.chance(share)));
        Self {
            has_position,
            radius_km,
            visible: flag(if is_active { 0.96 } else { 0.2 }),
            open: flag(if is_active { 0.7 } else { 0.05 }),
            own_delivery: flag(0.45),
            ofood_delivery: flag(0.6),
            is_express: flag(0.2),
            is_dual: Some(i8::from(vendor.twin.is_some())),
            vendor_status: (!rng.chance(0.02)).then(|| *rng.pick(&[0, 1, 2, 3])),
            availability: (!rng.chance(0.03)).then_some(availability),
        }
    }
}
