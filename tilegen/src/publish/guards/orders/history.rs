//! What is known about normal days: accepted days, their levels and their hours.

use std::collections::BTreeMap;

use jiff::ToSpan;
use jiff::civil::Date;

use super::days::{Cities, CityDay, OrderData, OrdersContext};
use crate::config::{GuardsConfig, QuietDays};
use crate::orders::day_counts::HOURS;

/// Accepted days, with the newest counts of each.
pub(super) struct History<'a> {
    config: &'a GuardsConfig,
    days: BTreeMap<Date, Cities>,
}

/// Share of a day's orders in each hour.
pub(super) type Profile = [f64; HOURS];

/// Same weekdays whose median is the expected level, and the fewest that give one.
const WEEKDAYS: usize = 4;
const MIN_WEEKDAYS: usize = 2;

/// Weeks to look back for them: quiet days in between are left out.
const MAX_WEEKS: i64 = 12;

/// Days from which the hours of a normal day are taken, and the fewest that give them.
const PROFILE_DAYS: usize = 28;
const MIN_PROFILE_DAYS: usize = 3;

/// Orders that an hour must be expected to have before it counts as empty: with 8 expected orders, an hour
/// is empty by chance in 1 of 3,000 cases.
const HOUR_MIN_ORDERS: f64 = 8.0;

/// Hours that must be expected to have orders before a day can be called filled.
const FILLED_MIN_HOURS: usize = 6;

impl<'a> History<'a> {
    /// The days before `first_new`: those of the baseline, replaced by the counts of this build.
    pub(super) fn new(
        context: OrdersContext<'a>,
        data: OrderData<'_>,
        first_new: Option<Date>,
    ) -> Self {
        let mut days = context.baseline.map(|baseline| baseline.days.clone()).unwrap_or_default();
        for (&day, cities) in data.days {
            let mut cities = cities.clone();
            let published = days.remove(&day).unwrap_or_default();
            // A build knows the orders per user of its last day only.
            for (key, city) in &mut cities {
                let before = published.get(key).and_then(|before| before.orders_per_user);
                city.orders_per_user = city.orders_per_user.or(before);
            }
            days.insert(day, cities);
        }
        if let Some(first_new) = first_new {
            days.retain(|&day, _| day < first_new);
        }
        Self { config: context.config, days }
    }

    pub(super) fn accept(&mut self, day: Date, cities: &Cities) {
        self.days.insert(day, cities.clone());
    }

    const fn quiet_days(&self) -> &QuietDays {
        &self.config.quiet_days
    }

    /// The orders of a city on an accepted day.
    pub(super) fn orders_on(&self, city: &str, day: Date) -> Option<u64> {
        Some(self.days.get(&day)?.get(city).map_or(0, |city| city.orders))
    }

    /// The days of a city, newest first.
    fn of_city(&self, city: &'a str) -> impl Iterator<Item = (Date, &CityDay)> {
        let days = self.days.iter().rev();
        days.filter_map(move |(&day, cities)| Some((day, cities.get(city)?)))
            .filter(|(_, city)| city.orders > 0)
    }

    /// Whether a city started later than the others, too recently to be checked.
    pub(super) fn is_new(&self, city: &'a str) -> bool {
        let known = self.of_city(city).count();
        (known as u64) < self.config.new_city_days && known < self.days.len()
    }

    /// The median of the last accepted same weekdays, if it can be compared with.
    pub(super) fn expected(&self, city: &'a str, day: Date) -> Option<f64> {
        let (first, _) = self.of_city(city).last()?;
        let level = |weeks: i64| {
            let earlier = day.checked_sub((weeks * 7).days()).ok()?;
            let orders = self.orders_on(city, earlier)?;
            let counts = earlier >= first && !self.quiet_days().contains(earlier);
            counts.then_some(orders as f64)
        };
        let levels: Vec<f64> = (1..=MAX_WEEKS).filter_map(level).take(WEEKDAYS).collect();
        let median = (levels.len() >= MIN_WEEKDAYS).then(|| median(levels))??;
        (median >= self.config.level_min_orders as f64).then_some(median)
    }

    /// The median level of the last days.
    pub(super) fn typical(&self, city: &'a str) -> f64 {
        let levels = self.of_city(city).take(PROFILE_DAYS).map(|(_, city)| city.orders as f64);
        median(levels.collect()).unwrap_or(0.0)
    }

    /// The share of a normal day's orders in each hour. Quiet days do not count.
    pub(super) fn profile(&self, city: &'a str) -> Option<Profile> {
        let hours: Vec<_> = self
            .of_city(city)
            .filter(|(day, _)| !self.quiet_days().contains(*day))
            .filter_map(|(_, city)| city.hours)
            .take(PROFILE_DAYS)
            .collect();
        if hours.len() < MIN_PROFILE_DAYS {
            return None;
        }
        let mut sums = [0.0; HOURS];
        for day in hours {
            sums.iter_mut().zip(day).for_each(|(sum, orders)| *sum += orders as f64);
        }
        let all: f64 = sums.iter().sum();
        Some(sums.map(|sum| sum / all.max(1.0)))
    }

    /// The share of orders without a user in the last days.
    pub(super) fn share_without_user(&self, city: &'a str) -> Option<f64> {
        let days: Vec<_> = self.of_city(city).take(PROFILE_DAYS).map(|(_, city)| city).collect();
        let orders: u64 = days.iter().map(|city| city.orders).sum();
        let without: u64 = days.iter().map(|city| city.without_user).sum();
        (orders > 0).then(|| without as f64 / orders as f64)
    }

    /// The median of orders per user in the last days.
    pub(super) fn orders_per_user(&self, city: &'a str) -> Option<f64> {
        let days = self.of_city(city).take(PROFILE_DAYS);
        median(days.filter_map(|(_, city)| city.orders_per_user).collect())
    }
}

/// The median, or `None` of nothing.
fn median(mut numbers: Vec<f64>) -> Option<f64> {
    numbers.sort_by(f64::total_cmp);
    let middle = numbers.len() / 2;
    match numbers.len() {
        0 => None,
        len if len % 2 == 1 => Some(numbers[middle]),
        _ => Some(f64::midpoint(numbers[middle - 1], numbers[middle])),
    }
}

impl CityDay {
    /// The share of a normal day that comes after the last hour of this one. An hour counts if it has a tenth of
    /// the orders that it should have: a single late order does not make a day complete.
    pub(super) fn tail(&self, profile: &Profile) -> f64 {
        let hours = self.hours.unwrap_or_default();
        let all = hours.iter().sum::<u64>() as f64;
        let counts =
            |(orders, share): (u64, &f64)| orders > 0 && orders as f64 >= 0.1 * share * all;
        let counted = hours.into_iter().zip(profile).map(counts).collect::<Vec<_>>();
        let after = counted.iter().rposition(|&counts| counts).map_or(0, |last| last + 1);
        profile[after..].iter().sum()
    }

    /// Whether every hour has orders that should have some.
    pub(super) fn has_all_hours(&self, profile: &Profile) -> bool {
        let hours = self.hours.unwrap_or_default();
        let expected = profile.map(|share| share * self.orders as f64 >= HOUR_MIN_ORDERS);
        expected.iter().filter(|&&expected| expected).count() >= FILLED_MIN_HOURS
            && expected.iter().zip(hours).all(|(&expected, orders)| !expected || orders > 0)
    }

    /// The share of the orders that would have to move to other hours to give a normal day.
    pub(super) fn hours_shift(&self, profile: &Profile) -> f64 {
        let hours = self.hours.unwrap_or_default();
        // Duplicates are in the hours, but not among the orders.
        let all = hours.iter().sum::<u64>().max(1) as f64;
        let excess = |(orders, share): (u64, &f64)| (orders as f64 / all - share).max(0.0);
        hours.into_iter().zip(profile).map(excess).sum()
    }
}
