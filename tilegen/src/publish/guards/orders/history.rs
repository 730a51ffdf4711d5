//! What is known about normal days: accepted days, their levels and their hours.

use std::collections::BTreeMap;

use jiff::ToSpan;
use jiff::civil::Date;

use super::days::{Cities, CityDay, OrderData, OrdersContext};
use super::profile::Profile;
use crate::config::{GuardsConfig, QuietDays};
use crate::orders::day_counts::HOURS;

/// Accepted days, with the newest counts of each.
pub(super) struct History<'a> {
    config: &'a GuardsConfig,
    days: BTreeMap<Date, Cities>,
}

/// The accepted same weekdays of a day.
#[derive(Clone, Copy, Debug)]
pub(super) struct Level {
    /// Their median.
    pub(super) median: f64,
    /// The lowest of them.
    pub(super) lowest: f64,
    /// The highest of them.
    pub(super) highest: f64,
}

/// Same weekdays whose median is the expected level, and the fewest that give one.
const WEEKDAYS: usize = 4;
const MIN_WEEKDAYS: usize = 2;

/// Weeks to look back for them: quiet days in between are left out.
const MAX_WEEKS: i64 = 12;

/// Days from which the hours of a normal day are taken, and the fewest that give them.
const PROFILE_DAYS: usize = 28;
const MIN_PROFILE_DAYS: usize = 3;

/// Days whose most common position must be known before it can be checked.
const MIN_POSITION_DAYS: usize = 3;

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
            // A build knows the users and positions of its last day only.
            for (key, city) in &mut cities {
                let Some(before) = published.get(key) else { continue };
                city.orders_per_user = city.orders_per_user.or(before.orders_per_user);
                city.one_position_share = city.one_position_share.or(before.one_position_share);
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

    /// A city on an accepted day.
    pub(super) fn city_on(&self, city: &str, day: Date) -> Option<&CityDay> {
        self.days.get(&day)?.get(city)
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

    /// The last accepted same weekdays, if a day can be compared with them.
    pub(super) fn expected(&self, city: &'a str, day: Date) -> Option<Level> {
        let (first, _) = self.of_city(city).last()?;
        let level = |weeks: i64| {
            let earlier = day.checked_sub((weeks * 7).days()).ok()?;
            let orders = self.orders_on(city, earlier)?;
            let counts = earlier >= first && !self.quiet_days().contains(earlier);
            counts.then_some(orders as f64)
        };
        let levels: Vec<f64> = (1..=MAX_WEEKS).filter_map(level).take(WEEKDAYS).collect();
        let lowest = levels.iter().copied().fold(f64::INFINITY, f64::min);
        let highest = levels.iter().copied().fold(0.0, f64::max);
        let median = (levels.len() >= MIN_WEEKDAYS).then(|| median(levels))??;
        let is_large = median >= self.config.level_min_orders as f64;
        is_large.then_some(Level { median, lowest, highest })
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
        Some(Profile(sums.map(|sum| sum / all.max(1.0))))
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

    /// The median share of orders at the most common position in the last days, if enough of them are known.
    pub(super) fn one_position_share(&self, city: &'a str) -> Option<f64> {
        let days = self.of_city(city).take(PROFILE_DAYS);
        let shares: Vec<f64> = days.filter_map(|(_, city)| city.one_position_share).collect();
        (shares.len() >= MIN_POSITION_DAYS).then(|| median(shares))?
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
