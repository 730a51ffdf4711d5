//! Orders. A row is a pure function of the seed, its day and its number, so files are made in
//! parallel, and a copy of a row is made by asking for that row again.

use super::calendar::{Calendar, Day};
use super::city::{CITIES, City};
use super::directory::Directory;
use super::flaws::{Flaw, shape};
use super::lines::LINES;
use super::people::{People, Stay};
use super::random::{Alias, Draws, Topic};
use super::vendors::Vendor;

const FIRST_ORDER_ID: i64 = 500_000_000;
const ORGANIC: f64 = 0.35;
const DAY_US: i64 = 86_400_000_000;
/// What a flawed `business_line` holds when it is not null; these follow the lines' names.
pub(super) const BLANK_LINES: [&str; 2] = ["", "  "];
/// A number of no configured city.
const UNKNOWN_CITY: i32 = 9;

/// Everything a row is drawn from.
#[derive(Debug)]
pub(super) struct Orders<'a> {
    seed: u64,
    pub(super) calendar: &'a Calendar,
    people: People,
    cities: &'a [City],
    pub(super) vendors: &'a [Vendor],
    directory: Directory,
    lines: Alias,
}

/// One row of an order file; `None` is null.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Order {
    pub(super) id: i64,
    pub(super) city_id: Option<i32>,
    /// Index into the lines' names and, after those, the blank ones.
    pub(super) line: Option<u8>,
    /// Index into the names of all places of all cities.
    pub(super) area: Option<u16>,
    /// Index of the vendor.
    pub(super) vendor: Option<u32>,
    pub(super) latitude: Option<f64>,
    pub(super) longitude: Option<f64>,
    pub(super) user_id: Option<i64>,
    pub(super) organic: Option<i8>,
    pub(super) created_us: Option<i64>,
}

impl<'a> Orders<'a> {
    pub(super) fn new(
        seed: u64,
        calendar: &'a Calendar,
        people: People,
        cities: &'a [City],
        vendors: &'a [Vendor],
    ) -> Self {
        let directory = Directory::of(vendors);
        let lines = Alias::new(&LINES.each_ref().map(|line| line.orders));
        Self { seed, calendar, people, cities, vendors, directory, lines }
    }

    /// Row `row` of a day as it is in the file, and what is wrong with it.
    pub(super) fn order(&self, day: &Day, row: u64) -> (Order, Option<Flaw>) {
        let number = day.first_row + row;
        match Flaw::of_row(self.seed, number) {
            None => (self.sound(day, row), None),
            Some(Flaw::Copy | Flaw::LateCopy) => self.copy(day, row),
            Some(flaw) => (spoilt(self.sound(day, row), flaw, shape(number)), Some(flaw)),
        }
    }

    /// A row with nothing wrong.
    fn sound(&self, day: &Day, row: u64) -> Order {
        let number = day.first_row + row;
        let mut draws = Draws::of(self.seed, Topic::Order, number);
        let rank = self.people.draw(&mut draws);
        let Stay { city, at, area } = self.people.stay(rank, self.cities, &mut draws);
        let line = self.lines.draw(&mut draws);
        let done = (row as f64 + draws.unit()) / day.rows as f64;
        Order {
            id: FIRST_ORDER_ID + number.cast_signed(),
            city_id: Some(CITIES[city].id),
            line: Some(line as u8),
            area: Some((first_place(city) + area) as u16),
            vendor: self.directory.draw(city, area, line, &mut draws),
            latitude: Some(at.y),
            longitude: Some(at.x),
            user_id: Some(self.people.id(rank)),
            organic: Some(i8::from(draws.chance(ORGANIC))),
            created_us: Some(self.calendar.moment_us(day, done)),
        }
    }

    /// A copy of a row without flaw: of the day before at the same time today, or of this day.
    /// In a sample too small to find one soon, the row is a sound one.
    fn copy(&self, day: &Day, row: u64) -> (Order, Option<Flaw>) {
        let number = day.first_row + row;
        let before = self.calendar.days.iter().take_while(|other| other.date < day.date).last();
        let late = before.filter(|_| Flaw::of_row(self.seed, number) == Some(Flaw::LateCopy));
        let (source, flaw) = late.map_or((day, Flaw::Copy), |before| (before, Flaw::LateCopy));
        let mut draws = Draws::of(self.seed, Topic::Copy, number);
        let is_sound = |row: &u64| Flaw::of_row(self.seed, source.first_row + row).is_none();
        let original = (0..32)
            .filter(|_| source.rows > 0)
            .map(|_| draws.below(source.rows as usize) as u64)
            .find(is_sound);
        let Some(original) = original else {
            return (self.sound(day, row), None);
        };
        let mut order = self.sound(source, original);
        if flaw == Flaw::LateCopy {
            order.created_us = order.created_us.map(|us| us + DAY_US);
        }
        (order, Some(flaw))
    }
}

/// The row with its flaw; `shape` chooses between the shapes a flaw has.
fn spoilt(order: Order, flaw: Flaw, shape: u64) -> Order {
    let position = |latitude, longitude| Order { latitude, longitude, ..order };
    let (lat, lng) = (order.latitude, order.longitude);
    match flaw {
        Flaw::TimeMissing => Order { created_us: None, ..order },
        Flaw::TimeBefore2000 => Order { created_us: Some(0), ..order },
        Flaw::CityUnknown => Order { city_id: Some(UNKNOWN_CITY), ..order },
        Flaw::CityMissing => Order { city_id: None, ..order },
        Flaw::PositionMissing => match shape % 3 {
            0 => position(None, lng),
            1 => position(lat, None),
            _ => position(None, None),
        },
        Flaw::PositionNotANumber => match shape % 3 {
            0 => position(Some(f64::NAN), lng),
            1 => position(lat, Some(f64::NAN)),
            _ => position(Some(f64::NAN), Some(f64::NAN)),
        },
        Flaw::PositionZero => position(Some(0.0), Some(0.0)),
        Flaw::PositionOutsideCity => match shape % 2 {
            0 => position(lng, lat),
            _ => position(lat.map(|lat| lat + 1.0), lng),
        },
        Flaw::LineMissing => {
            let line = (shape % 3).checked_sub(1).map(|blank| LINES.len() as u8 + blank as u8);
            Order { line, ..order }
        }
        Flaw::OrganicInvalid => Order { organic: Some(2), ..order },
        Flaw::OrganicUnknown => Order { organic: None, ..order },
        Flaw::UserMissing => Order { user_id: None, ..order },
        Flaw::VendorMissing => Order { vendor: None, ..order },
        Flaw::AreaMissing => Order { area: None, ..order },
        Flaw::Copy | Flaw::LateCopy => order,
    }
}

/// Number of a city's first place when the places of all cities are counted through.
fn first_place(city: usize) -> usize {
    CITIES[..city].iter().map(|plan| plan.places.len()).sum()
}
