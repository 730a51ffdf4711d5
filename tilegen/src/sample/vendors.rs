//! The vendors of both platforms.

use std::collections::BTreeSet;

use geo::Coord;

use super::city::{CITIES, City, moved, rounded};
use super::lines::LINES;
use super::random::{Rng, Stream};

/// Names of vendors, used after the title of their business line.
#[rustfmt::skip]
const OWN_NAMES: &[&str] = &[
    "نایب", "البرز", "شاندیز", "رفتاری", "مسلم", "هانی", "باروژ", "ریحون", "ترنج", "زعفران",
    "گیلانه", "دیزی‌سرا", "شهرزاد", "بهشت", "لقمه", "آریا", "پارسا", "کوروش", "یاس", "نارنج",
    "پونه", "باران", "ماهان", "سپید", "آفتاب", "مهتاب", "خورشید", "گلستان", "بوستان", "کیمیا",
    "پدیده", "نگین", "مروارید", "صدف", "الماس", "ستاره", "رویال", "پارک", "میلاد", "ایرانیان",
    "نوین", "سنتی", "مادر", "خانگی", "برادران کریمی", "حاج‌محمود", "عمو حسین", "لیالی", "تیفانی", "بی‌بی",
    "فرانسه", "ناتلی", "لمیز", "سام", "رئیس", "دنج", "کوچه", "ایوان", "هفت‌خوان", "چنار",
];

const VENDORS: usize = 9_000;
const TAPSIFOOD: usize = 6_000;
/// Number of Snappfood vendors that are also Tapsifood vendors. They follow the Tapsifood vendors.
const DUAL: usize = 1_100;
/// Number of vendor codes that consist of digits only, some with leading zeros.
const ALL_DIGITS: usize = 80;
/// The status of an active vendor.
const ACTIVE: i32 = 5;

/// A vendor.
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
    pub(super) at: Coord,
    pub(super) is_tapsifood: bool,
    pub(super) status: Option<i32>,
    /// Index of the same vendor on the other platform, if it is on both.
    pub(super) twin: Option<usize>,
}

/// All vendors of a sample, Tapsifood first.
pub(super) fn vendors(cities: &[City], seed: u64) -> Vec<Vendor> {
    let mut codes = BTreeSet::new();
    let mut vendors: Vec<Vendor> = Vec::with_capacity(VENDORS);
    for index in 0..VENDORS {
        let mut rng = Rng::of(seed, Stream::Vendor, index as u64);
        let code = new_code(index, &mut codes, &mut rng);
        let twin = index.checked_sub(TAPSIFOOD).filter(|&dual| dual < DUAL).map(|dual| dual * 5);
        let vendor = match twin {
            Some(other) => Vendor { code, twin, is_tapsifood: false, ..vendors[other].clone() },
            None => new_vendor(code, index < TAPSIFOOD, cities, &mut rng),
        };
        vendors.push(vendor);
        if let Some(other) = twin {
            vendors[other].twin = Some(index);
        }
    }
    vendors
}

impl Vendor {
    pub(super) fn is_active(&self) -> bool {
        self.status == Some(ACTIVE)
    }
}

fn new_vendor(code: String, is_tapsifood: bool, cities: &[City], rng: &mut Rng) -> Vendor {
    let city = rng.weighted(&CITIES.each_ref().map(|plan| plan.share));
    let line = rng.weighted(&LINES.each_ref().map(|line| line.vendors));
    let building = cities[city].draw_building(rng);
    let shop = moved(building.at, rng.between(-25.0, 25.0), rng.between(-25.0, 25.0));
    let place = CITIES[city].places[building.area].0;
    Vendor {
        code,
        name: new_name(line, place, rng),
        city,
        line,
        area: building.area,
        at: Coord { x: rounded(shop.x), y: rounded(shop.y) },
        is_tapsifood,
        status: [Some(ACTIVE), Some(1), Some(2), Some(7), None]
            [rng.weighted(&[0.63, 0.12, 0.13, 0.11, 0.01])],
        twin: None,
    }
}

/// A unique code of six letters and digits.
fn new_code(index: usize, taken: &mut BTreeSet<String>, rng: &mut Rng) -> String {
    let alphabet: &[u8] = if index % TAPSIFOOD < ALL_DIGITS / 2 {
        b"0123456789"
    } else {
        b"0123456789abcdefghijklmnopqrstuvwxyz"
    };
    loop {
        let code: String = (0..6).map(|_| char::from(*rng.pick(alphabet))).collect();
        let is_digits = code.bytes().all(|byte| byte.is_ascii_digit());
        if is_digits == (alphabet.len() == 10) && taken.insert(code.clone()) {
            return code;
        }
    }
}

/// A Persian name, sometimes with typing errors: surrounding spaces, no-break spaces, an Arabic yeh or
/// kaf.
fn new_name(line: usize, place: &str, rng: &mut Rng) -> String {
    let (title, own) = (*rng.pick(LINES[line].titles), *rng.pick(OWN_NAMES));
    let name = match rng.below(3) {
        0 => format!("{title} {own} ({place})"),
        1 => format!("{title} {own} شعبه {place}"),
        _ => format!("{title} {own}"),
    };
    match rng.below(25) {
        0 => format!(" {name}  "),
        1 => format!("{name}\u{a0}"),
        2 => name.replace('ی', "ي").replace('ک', "ك"),
        _ => name,
    }
}
