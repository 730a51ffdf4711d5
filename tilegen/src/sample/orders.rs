//! The orders. A row is a pure function of the seed, its day and its number, so files can be written in
//! parallel, and a row is copied by generating it again.

use super::calendar::{Calendar, Day};
use super::city::{CITIES, City};
use super::flaws::{Flaw, variant};
use super::lines::LINES;
use super::random::{AliasTable, Rng, Stream};
use super::trends;
use super::users::{OrderLocation, Users};
use super::vendor_index::VendorIndex;
use super::vendors::Vendor;

const FIRST_ORDER_ID: i64 = 500_000_000;
const ORGANIC: f64 = 0.35;
const DAY_US: i64 = 86_400_000_000;
const HOUR_US: f64 = 3_600_000_000.0;
/// Values of a flawed `business_line` that is not null. Their indexes follow those of the lines.
pub(super) const BLANK_LINES: [&str; 2] = ["", "  "];
/// A number that is not the id of a configured city.
const UNKNOWN_CITY: i32 = 9;

/// Everything that rows are generated from.
#[derive(Debug)]
pub(super) struct Orders<'a> {
    seed: u64,
    pub(super) calendar: &'a Calendar,
    users: Users,
    cities: &'a [City],
    pub(super) vendors: &'a [Vendor],
    vendor_index: VendorIndex,
    /// The lines before the newest one, and all of them.
    lines: [AliasTable; 2],
}

/// One row of an order file; `None` is null.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Order {
    pub(super) id: i64,
    pub(super) city_id: Option<i32>,
    /// Index into the names of the lines, followed by `BLANK_LINES`.
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
        users: Users,
        cities: &'a [City],
        vendors: &'a [Vendor],
    ) -> Self {
        let vendor_index = VendorIndex::of(vendors);
        let shares = LINES.each_ref().map(|line| line.orders);
        let old = &shares[..shares.len() - 1];
        let lines = [AliasTable::new(old), AliasTable::new(&shares)];
        Self { seed, calendar, users, cities, vendors, vendor_index, lines }
    }

    /// Row `row` of a day as it is written, and its flaw.
    pub(super) fn order(&self, day: &Day, row: u64) -> (Order, Option<Flaw>) {
        let number = day.first_row + row;
        match Flaw::of_row(self.seed, number) {
            None => (self.clean_order(day, row), None),
            Some(Flaw::Copy | Flaw::LateCopy) => self.copy(day, row),
            Some(flaw) => {
                (with_flaw(self.clean_order(day, row), flaw, variant(number)), Some(flaw))
            }
        }
    }

    /// A row without a flaw.
    fn clean_order(&self, day: &Day, row: u64) -> Order {
        let number = day.first_row + row;
        let mut rng = Rng::of(self.seed, Stream::Order, number);
        let done = (row as f64 + rng.unit()) / day.rows as f64;
        let created_us = self.calendar.moment_us(day, done);
        let hour = (created_us - day.from_us) as f64 / HOUR_US;
        let (rank, OrderLocation { city, at, area }) = self.user(day, hour, &mut rng);
        let line = self.lines[usize::from(day.has_new_line)].draw(&mut rng);
        Order {
            id: FIRST_ORDER_ID + number.cast_signed(),
            city_id: Some(CITIES[city].id),
            line: Some(line as u8),
            area: Some((first_place(city) + area) as u16),
            vendor: self.vendor_index.draw(city, area, line, &mut rng),
            latitude: Some(at.y),
            longitude: Some(at.x),
            user_id: Some(self.users.id(rank)),
            organic: Some(i8::from(rng.chance(ORGANIC))),
            created_us: Some(created_us),
        }
    }

    /// Draws the user and the location of an order of a day and time. Cities and areas have orders in proportion to
    /// their levels.
    fn user(&self, day: &Day, hour: f64, rng: &mut Rng) -> (u64, OrderLocation) {
        loop {
            let rank = self.users.draw(rng);
            let location = self.users.location(rank, self.cities, rng);
            let (city, area) = (location.city, location.area);
            let level = trends::area_level(area, day.passed) * trends::hour_level(area, hour);
            if rng.chance(day.cities[city] * level) {
                return (rank, location);
            }
        }
    }

    /// A copy of a row without a flaw: of this day, or of the previous day with the same time on this day.
    /// If no such row is found after some attempts, in a very small sample, the row has no flaw.
    fn copy(&self, day: &Day, row: u64) -> (Order, Option<Flaw>) {
        let number = day.first_row + row;
        let before = self.calendar.days.iter().take_while(|other| other.date < day.date).last();
        let late = before.filter(|_| Flaw::of_row(self.seed, number) == Some(Flaw::LateCopy));
        let (source, flaw) = late.map_or((day, Flaw::Copy), |before| (before, Flaw::LateCopy));
        let mut rng = Rng::of(self.seed, Stream::Copy, number);
        let is_clean = |row: &u64| Flaw::of_row(self.seed, source.first_row + row).is_none();
        let original = (0..32)
            .filter(|_| source.rows > 0)
            .map(|_| rng.below(source.rows as usize) as u64)
            .find(is_clean);
        let Some(original) = original else {
            return (self.clean_order(day, row), None);
        };
        let mut order = self.clean_order(source, original);
        if flaw == Flaw::LateCopy {
            order.created_us = order.created_us.map(|us| us + DAY_US);
        }
        (order, Some(flaw))
    }
}

/// The row with a flaw. `variant` selects the variant of the flaw.
fn with_flaw(order: Order, flaw: Flaw, variant: u64) -> Order {
    let position = |latitude, longitude| Order { latitude, longitude, ..order };
    let (lat, lng) = (order.latitude, order.longitude);
    match flaw {
        Flaw::TimeMissing => Order { created_us: None, ..order },
        Flaw::TimeBefore2000 => Order { created_us: Some(0), ..order },
        Flaw::CityUnknown => Order { city_id: Some(UNKNOWN_CITY), ..order },
        Flaw::CityMissing => Order { city_id: None, ..order },
        Flaw::PositionMissing => match variant % 3 {
            0 => position(None, lng),
            1 => position(lat, None),
            _ => position(None, None),
        },
        Flaw::PositionNotANumber => match variant % 3 {
            0 => position(Some(f64::NAN), lng),
            1 => position(lat, Some(f64::NAN)),
            _ => position(Some(f64::NAN), Some(f64::NAN)),
        },
        Flaw::PositionZero => position(Some(0.0), Some(0.0)),
        Flaw::PositionOutsideCity => match variant % 2 {
            0 => position(lng, lat),
            _ => position(lat.map(|lat| lat + 1.0), lng),
        },
        Flaw::LineMissing => {
            let line = (variant % 3).checked_sub(1).map(|blank| LINES.len() as u8 + blank as u8);
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

/// Index of a city's first place among the places of all cities.
fn first_place(city: usize) -> usize {
    CITIES[..city].iter().map(|plan| plan.places.len()).sum()
}
