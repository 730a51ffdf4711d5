//! Vendors of both platforms, and the snapshot file that holds them.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use arrow::array::{ArrayRef, Float32Array, Float64Array, Int8Array, Int32Array, StringArray};
use arrow::record_batch::RecordBatch;
use geo::Coord;

use super::SampleError;
use super::city::{CITIES, City, moved, rounded};
use super::file;
use super::random::{Draws, Topic};

/// The business lines of today: name, part of the orders, part of the vendors, and what a
/// vendor of the line is called in front of its own name.
pub(super) const LINES: [Line; 7] = [
    Line {
        name: "Restaurant",
        orders: 0.55,
        vendors: 0.46,
        titles: &["رستوران", "کبابی", "پیتزا", "فست‌فود", "تهیه غذای"],
    },
    Line { name: "Cafe", orders: 0.12, vendors: 0.14, titles: &["کافه", "کافی‌شاپ"] },
    Line { name: "Bakery", orders: 0.09, vendors: 0.12, titles: &["نانوایی", "نان"] },
    Line {
        name: "Ice Cream and Juice Shop",
        orders: 0.08,
        vendors: 0.08,
        titles: &["آبمیوه و بستنی", "بستنی"],
    },
    Line { name: "Pastry", orders: 0.07, vendors: 0.09, titles: &["قنادی", "شیرینی"] },
    Line {
        name: "Fruit Shop",
        orders: 0.05,
        vendors: 0.06,
        titles: &["میوه‌فروشی", "میوه و تره‌بار"],
    },
    Line {
        name: "Meat Shop", orders: 0.04, vendors: 0.05, titles: &["پروتئینی", "قصابی"]
    },
];

/// A business line.
#[derive(Debug)]
pub(super) struct Line {
    pub(super) name: &'static str,
    pub(super) orders: f64,
    vendors: f64,
    titles: &'static [&'static str],
}

const OWN_NAMES: &[&str] = &[
    "نایب",
    "البرز",
    "شاندیز",
    "رفتاری",
    "مسلم",
    "هانی",
    "باروژ",
    "ریحون",
    "ترنج",
    "زعفران",
    "گیلانه",
    "دیزی‌سرا",
    "شهرزاد",
    "بهشت",
    "لقمه",
    "آریا",
    "پارسا",
    "کوروش",
    "یاس",
    "نارنج",
    "پونه",
    "باران",
    "ماهان",
    "سپید",
    "آفتاب",
    "مهتاب",
    "خورشید",
    "گلستان",
    "بوستان",
    "کیمیا",
    "پدیده",
    "نگین",
    "مروارید",
    "صدف",
    "الماس",
    "ستاره",
    "رویال",
    "پارک",
    "میلاد",
    "ایرانیان",
    "نوین",
    "سنتی",
    "مادر",
    "خانگی",
    "برادران کریمی",
    "حاج‌محمود",
    "عمو حسین",
    "لیالی",
    "تیفانی",
    "بی‌بی",
    "فرانسه",
    "ناتلی",
    "لمیز",
    "سام",
    "رئیس",
    "دنج",
    "کوچه",
    "ایوان",
    "هفت‌خوان",
    "چنار",
];

const VENDORS: usize = 9_000;
const TAPSIFOOD: usize = 6_000;
/// Snappfood vendors that are a Tapsifood vendor too; they are the first after those.
const DUAL: usize = 1_100;
/// Vendor codes made of digits alone: they are codes, not numbers, some with leading zeros.
const ALL_DIGITS: usize = 80;
/// The status of an active vendor.
const ACTIVE: i32 = 5;

/// A vendor as both the snapshot and the grades need it.
#[derive(Clone, Debug)]
pub(super) struct Vendor {
    pub(super) code: String,
    pub(super) name: String,
    /// Index into `CITIES`.
    pub(super) city: usize,
    /// Index into `LINES`.
    pub(super) line: usize,
    /// Index into the city's places.
    pub(super) area: usize,
    at: Coord,
    pub(super) is_tapsifood: bool,
    status: Option<i32>,
    /// For a dual vendor the index of its other self.
    pub(super) twin: Option<usize>,
}

/// All vendors of a sample, Tapsifood first.
pub(super) fn vendors(cities: &[City], seed: u64) -> Vec<Vendor> {
    let mut codes = BTreeSet::new();
    let mut vendors: Vec<Vendor> = Vec::with_capacity(VENDORS);
    for index in 0..VENDORS {
        let mut draws = Draws::of(seed, Topic::Vendor, index as u64);
        let code = new_code(index, &mut codes, &mut draws);
        let twin = index.checked_sub(TAPSIFOOD).filter(|&dual| dual < DUAL).map(|dual| dual * 5);
        let vendor = match twin {
            Some(other) => Vendor { code, twin, is_tapsifood: false, ..vendors[other].clone() },
            None => new_vendor(code, index < TAPSIFOOD, cities, &mut draws),
        };
        vendors.push(vendor);
        if let Some(other) = twin {
            vendors[other].twin = Some(index);
        }
    }
    vendors
}

fn new_vendor(code: String, is_tapsifood: bool, cities: &[City], draws: &mut Draws) -> Vendor {
    let city = draws.weighted(&CITIES.each_ref().map(|plan| plan.share));
    let line = draws.weighted(&LINES.each_ref().map(|line| line.vendors));
    let building = cities[city].draw_building(draws);
    let shop = moved(building.at, draws.between(-25.0, 25.0), draws.between(-25.0, 25.0));
    let place = CITIES[city].places[building.area].0;
    Vendor {
        code,
        name: new_name(line, place, draws),
        city,
        line,
        area: building.area,
        at: Coord { x: rounded(shop.x), y: rounded(shop.y) },
        is_tapsifood,
        status: [Some(ACTIVE), Some(1), Some(2), Some(7), None]
            [draws.weighted(&[0.63, 0.12, 0.13, 0.11, 0.01])],
        twin: None,
    }
}

/// Six letters and digits that no other vendor has.
fn new_code(index: usize, taken: &mut BTreeSet<String>, draws: &mut Draws) -> String {
    let alphabet: &[u8] = if index % TAPSIFOOD < ALL_DIGITS / 2 {
        b"0123456789"
    } else {
        b"0123456789abcdefghijklmnopqrstuvwxyz"
    };
    loop {
        let code: String = (0..6).map(|_| char::from(*draws.pick(alphabet))).collect();
        let is_digits = code.bytes().all(|byte| byte.is_ascii_digit());
        if is_digits == (alphabet.len() == 10) && taken.insert(code.clone()) {
            return code;
        }
    }
}

/// A Persian name, now and then with what people leave in it: outer blanks, no-break spaces, an
/// Arabic yeh or kaf.
fn new_name(line: usize, place: &str, draws: &mut Draws) -> String {
    let (title, own) = (*draws.pick(LINES[line].titles), *draws.pick(OWN_NAMES));
    let name = match draws.below(3) {
        0 => format!("{title} {own} ({place})"),
        1 => format!("{title} {own} شعبه {place}"),
        _ => format!("{title} {own}"),
    };
    match draws.below(25) {
        0 => format!(" {name}  "),
        1 => format!("{name}\u{a0}"),
        2 => name.replace('ی', "ي").replace('ک', "ك"),
        _ => name,
    }
}

/// Where orders find a vendor: active Tapsifood vendors by city and line, by area where there
/// are any.
#[derive(Debug)]
pub(super) struct Directory {
    in_area: Vec<Vec<Vec<u32>>>,
    in_city: Vec<Vec<u32>>,
}

impl Directory {
    pub(super) fn of(vendors: &[Vendor]) -> Self {
        let by_area =
            |plan: &super::city::CityPlan| vec![Vec::new(); plan.places.len() * LINES.len()];
        let mut directory = Self {
            in_area: CITIES.iter().map(by_area).collect(),
            in_city: vec![Vec::new(); CITIES.len() * LINES.len()],
        };
        for (index, vendor) in vendors.iter().enumerate() {
            if vendor.is_tapsifood && vendor.status == Some(ACTIVE) {
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

/// Writes `vendors/snapshot.parquet`.
pub(super) fn write_snapshot(
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
        let known = |(vendor, traits): (&Vendor, &Traits)| traits.is_placed.then(|| of(vendor));
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
    file::write_parquet(path, batch)
}

/// What only the snapshot says about a vendor.
struct Traits {
    is_placed: bool,
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
        let mut draws = Draws::of(seed, Topic::VendorTraits, index as u64);
        let is_active = vendor.status == Some(ACTIVE);
        let is_placed = !draws.chance(0.004);
        let radius_km = [1.0, 1.5, 2.0, 2.5, 3.0, 3.5, 4.0, 5.0, 7.0]
            [draws.weighted(&[0.03, 0.06, 0.14, 0.2, 0.24, 0.16, 0.1, 0.05, 0.02])];
        let radius_km = (!draws.chance(0.03)).then_some(radius_km);
        let availability = (draws.unit().sqrt() * 100.0).round() / 100.0;
        let mut flag = |share: f64| (!draws.chance(0.015)).then(|| i8::from(draws.chance(share)));
        Self {
            is_placed,
            radius_km,
            visible: flag(if is_active { 0.96 } else { 0.2 }),
            open: flag(if is_active { 0.7 } else { 0.05 }),
            own_delivery: flag(0.45),
            ofood_delivery: flag(0.6),
            is_express: flag(0.2),
            is_dual: Some(i8::from(vendor.twin.is_some())),
            vendor_status: (!draws.chance(0.02)).then(|| *draws.pick(&[0, 1, 2, 3])),
            availability: (!draws.chance(0.03)).then_some(availability),
        }
    }
}
