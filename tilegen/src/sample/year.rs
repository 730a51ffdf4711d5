//! A year with everything that a guard must tell from a fault: Nowruz, Ramadan, growth, a strike, an
//! outage of the app, a new city and a city that is shut down.
//!
//! [`year`] gives only the counts of each day, at the scale of a real company. `tilegen sample --year`
//! writes orders with the same events.

use std::ops::RangeInclusive;

use jiff::ToSpan;
use jiff::civil::{Date, date};

use super::city::CITIES;
use super::demand::{orders_per_minute, weight};
use super::random::{Rng, Stream};

/// Days of a year with events.
pub const YEAR_DAYS: u16 = 400;

/// Growth of the number of orders in 30 days.
const GROWTH: f64 = 1.03;

/// Level from the eve of the new year to the thirteenth day of it.
const NOWRUZ: f64 = 0.35;

/// Level in Ramadan.
const RAMADAN: f64 = 0.75;

/// A strike of three days, as days after the first day, and its level.
const STRIKE: RangeInclusive<usize> = 230..=232;
const STRIKE_LEVEL: f64 = 0.08;

/// The day of an outage of four hours, and the hours.
const OUTAGE: usize = 262;
const OUTAGE_HOURS: RangeInclusive<usize> = 18..=21;

/// The day on which the last city opens, its level on that day, and its growth per day until it is full.
const OPENING: usize = 180;
const OPENING_LEVEL: f64 = 0.05;
const OPENING_GROWTH: f64 = 1.03;
const NEW_CITY: usize = 2;

/// The day on which a city is shut down.
const CLOSING: usize = 340;
const CLOSED_CITY: usize = 1;

/// Orders of all cities on a normal day at the start.
const ORDERS: f64 = 100_000.0;

/// First and last day of Ramadan, by the tabular Islamic calendar: estimates.
const RAMADANS: [(Date, Date); 4] = [
    (date(2025, 3, 1), date(2025, 3, 30)),
    (date(2026, 2, 18), date(2026, 3, 19)),
    (date(2027, 2, 8), date(2027, 3, 9)),
    (date(2028, 1, 28), date(2028, 2, 26)),
];

/// At which hours people order on a day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Hours {
    #[default]
    Normal,
    /// After sunset, and before dawn.
    Ramadan,
    /// None while the app is down.
    Outage,
}

impl Hours {
    pub(super) const ALL: [Self; 3] = [Self::Normal, Self::Ramadan, Self::Outage];

    /// Relative number of orders per minute.
    pub(super) fn orders_per_minute(self, hour: f64) -> f64 {
        match self {
            Self::Ramadan if (5.0..17.0).contains(&hour) => orders_per_minute(hour) * 0.3,
            Self::Ramadan => orders_per_minute(hour) + 0.1,
            Self::Outage if OUTAGE_HOURS.contains(&(hour as usize)) => 0.0,
            Self::Normal | Self::Outage => orders_per_minute(hour),
        }
    }

    /// The share of each hour of a day.
    fn shares(self) -> [f64; 24] {
        let of_hour = |hour: usize| -> f64 {
            (0..60)
                .map(|minute| self.orders_per_minute(hour as f64 + f64::from(minute) / 60.0))
                .sum()
        };
        let sums: [f64; 24] = std::array::from_fn(of_hour);
        let all: f64 = sums.iter().sum();
        sums.map(|sum| sum / all)
    }
}

/// The events of one day: its level and hours, and the level of each city.
#[derive(Clone, Copy, Debug)]
pub(super) struct Events {
    pub(super) level: f64,
    pub(super) hours: Hours,
    pub(super) cities: [f64; CITIES.len()],
}

impl Events {
    /// Relative number of orders of the day.
    pub(super) fn weight(&self) -> f64 {
        let cities: f64 =
            CITIES.iter().zip(self.cities).map(|(plan, level)| plan.share * level).sum();
        self.level * cities
    }
}

/// The events of the day `index` of a year.
pub(super) fn events(day: Date, index: usize) -> Events {
    let is_ramadan = RAMADANS.iter().any(|(first, last)| (*first..=*last).contains(&day));
    let (month, number) = (day.month(), day.day());
    let is_nowruz = (month == 3 && number >= 20) || (month == 4 && number <= 2);
    let season = match (is_nowruz, is_ramadan) {
        (true, _) => NOWRUZ,
        (false, true) => RAMADAN,
        (false, false) => 1.0,
    };
    let strike = if STRIKE.contains(&index) { STRIKE_LEVEL } else { 1.0 };
    let growth = GROWTH.powf(index as f64 / 30.0);
    let mut cities = [1.0; CITIES.len()];
    cities[NEW_CITY] = index
        .checked_sub(OPENING)
        .map_or(0.0, |days| (OPENING_LEVEL * OPENING_GROWTH.powf(days as f64)).min(1.0));
    if index >= CLOSING {
        cities[CLOSED_CITY] = 0.0;
    }
    let shares = Hours::Normal.shares();
    let open: f64 = 1.0 - OUTAGE_HOURS.map(|hour| shares[hour]).sum::<f64>();
    let (hours, outage) = match (index == OUTAGE, is_ramadan) {
        (true, _) => (Hours::Outage, open),
        (false, true) => (Hours::Ramadan, 1.0),
        (false, false) => (Hours::Normal, 1.0),
    };
    Events { level: weight(day.weekday()) * season * strike * growth * outage, hours, cities }
}

/// The counts of one city on one day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CityCounts {
    /// Key of the city.
    pub city: &'static str,
    /// Orders by hour.
    pub hours: [u64; 24],
}

/// The counts of each day of a year with events, the first day first. A city without orders is left out.
#[must_use]
pub fn year(first: Date, days: u16, seed: u64) -> Vec<(Date, Vec<CityCounts>)> {
    let days = (0..usize::from(days)).zip(first.series(1.day()));
    days.map(|(index, day)| (day, counts(&events(day, index), seed, index))).collect()
}

fn counts(events: &Events, seed: u64, index: usize) -> Vec<CityCounts> {
    let mut rng = Rng::of(seed, Stream::Year, index as u64);
    let shares = events.hours.shares();
    let mut counts = Vec::new();
    for (plan, level) in CITIES.iter().zip(events.cities) {
        // A day is a few percent better or worse than expected, and an hour varies by its square root.
        let weather = 1.0 + 0.05 * rng.normal_pair().0;
        let mean = ORDERS * plan.share * level * events.level * weather;
        let hours = shares.map(|share| {
            let expected = mean * share;
            (expected + expected.sqrt() * rng.normal_pair().0).max(0.0).round() as u64
        });
        if level > 0.0 {
            counts.push(CityCounts { city: plan.key, hours });
        }
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_year_has_its_events() {
        let year = year(date(2025, 10, 19), YEAR_DAYS, 1);
        let orders = |index: usize, city: &str| -> u64 {
            let counts = year[index].1.iter().find(|counts| counts.city == city);
            counts.map_or(0, |counts| counts.hours.iter().sum())
        };
        assert_eq!(year.len(), 400);
        assert!(orders(398, "tehran") > orders(13, "tehran"), "growth");
        assert_eq!((orders(179, "shiraz"), orders(340, "mashhad")), (0, 0));
        assert!(orders(180, "shiraz") > 500 && orders(339, "mashhad") > 20_000);
        assert!(orders(231, "tehran") * 5 < orders(224, "tehran"), "strike");
        let outage = &year[OUTAGE].1[0];
        assert_eq!(outage.hours[18..22], [0; 4]);
        let nowruz = year.iter().position(|(day, _)| *day == date(2026, 3, 25)).unwrap();
        assert!(orders(nowruz, "tehran") * 2 < orders(nowruz - 70, "tehran"), "Nowruz");
    }
}
