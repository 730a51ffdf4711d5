//! A day that is not on the map yet.

use jiff::civil::Date;

use super::super::acceptance::Acceptance;
use super::super::finding::{Finding, Outcome};
use super::days::{CityDay, OrderData, OrdersContext, UNKNOWN_CITY, next};
use super::history::History;

/// Orders of a city that is shut down, as a share of a normal day: orders of the last evening may arrive after midnight.
const CLOSED_SHARE: f64 = 0.01;

/// Checks a day that is not on the map.
pub(super) fn check(
    context: OrdersContext<'_>,
    data: OrderData<'_>,
    history: &History<'_>,
    day: Date,
) -> Vec<Finding> {
    let cities = context.cities.iter().map(String::as_str).chain([UNKNOWN_CITY]);
    let new_day = NewDay { context, data, history, day };
    cities.flat_map(|city| new_day.check_city(city)).collect()
}

#[derive(Clone, Copy)]
struct NewDay<'a> {
    context: OrdersContext<'a>,
    data: OrderData<'a>,
    history: &'a History<'a>,
    day: Date,
}

/// A result of a guard: outcome, name and message.
type Found = (Outcome, &'static str, String);

impl<'a> NewDay<'a> {
    fn city_on(&self, city: &str, day: Date) -> Option<&'a CityDay> {
        self.data.days.get(&day)?.get(city)
    }

    fn check_city(&self, city: &'a str) -> Vec<Finding> {
        let missing = CityDay::default();
        let found = self.city_on(city, self.day).unwrap_or(&missing);
        let mut results: Vec<Found> = self.rejects(city, found).into_iter().collect();
        // A day that is not over has no level yet.
        let is_over = self.day <= self.data.expected;
        if city != UNKNOWN_CITY && !self.history.is_new(city) && is_over {
            let mut levels: Vec<Found> =
                self.no_orders(city, found).or_else(|| self.low(city, found)).into_iter().collect();
            levels.extend(self.partial(city, found));
            levels.extend(self.high(city, found));
            if self.is_confirmed(city, found) {
                for (outcome, ..) in &mut levels {
                    *outcome = (*outcome).min(Outcome::Warn);
                }
            }
            results.append(&mut levels);
            results.extend(self.users_missing(city, found));
            results.extend(self.orders_per_user(city, found));
            results.extend(self.hours(city, found));
        }
        let finding = |(outcome, guard, message): Found| {
            let message = format!("{city} on {} {message}", self.day);
            let accept = Acceptance::of_day(city, self.day);
            let finding = Finding::new(outcome, guard, message).acceptable_by(accept);
            let (day, city) = (Some(self.day), Some(city.to_owned()));
            Finding { day, city, ..finding }.unless_accepted(self.context.accepted)
        };
        results.into_iter().map(finding).collect()
    }

    /// Whether the next day has a similar level and all hours. Then a change is lasting, or real.
    fn is_confirmed(&self, city: &str, found: &CityDay) -> bool {
        let missing = CityDay::default();
        let Some(cities) = self.data.days.get(&next(self.day)) else { return false };
        let after = cities.get(city).unwrap_or(&missing);
        if self.is_closed(city, found.orders) && self.is_closed(city, after.orders) {
            // The city is shut down if the others go on.
            return cities
                .iter()
                .any(|(other, count)| other != city && self.is_filled(other, count));
        }
        self.is_similar(found.orders, after.orders) && self.is_filled(city, after)
    }

    /// Whether a city has next to no orders.
    fn is_closed(&self, city: &str, orders: u64) -> bool {
        orders as f64 <= CLOSED_SHARE * self.history.typical(city)
    }

    fn is_filled(&self, city: &str, count: &CityDay) -> bool {
        self.history.profile(city).is_some_and(|profile| {
            count.has_all_hours(&profile)
                && count.tail(&profile) <= self.context.config.partial_share
        })
    }

    fn is_similar(&self, a: u64, b: u64) -> bool {
        let (low, high) = (a.min(b), a.max(b));
        low as f64 >= self.context.config.similar_level * high as f64
    }

    /// Whether the source says that this number of orders is right.
    fn matches_source(&self, city: &str, orders: u64) -> bool {
        let count = self.context.source.get(&(self.day, city.to_owned()));
        let config = self.context.config;
        count.is_some_and(|&count| {
            count.abs_diff(orders) as f64 <= config.max_shrink_share * count as f64
        })
    }

    /// No orders, on any kind of day.
    fn no_orders(&self, city: &'a str, found: &CityDay) -> Option<Found> {
        let typical = self.history.typical(city);
        let is_expected = typical >= self.context.config.no_orders_min as f64;
        let was_open = self.day.yesterday().ok().and_then(|day| self.history.orders_on(city, day));
        let is_given_up = was_open.is_some_and(|before| self.is_closed(city, before));
        let is_missing = found.orders == 0 && is_expected && !is_given_up;
        (is_missing && !self.matches_source(city, 0)).then(|| {
            let message = format!("has no orders; a normal day has {typical:.0}");
            (Outcome::HoldBack, "no orders", message)
        })
    }

    fn low(&self, city: &'a str, found: &CityDay) -> Option<Found> {
        let config = self.context.config;
        let expected = self.history.expected(city, self.day)?;
        let level = found.orders as f64 / expected;
        if level >= config.low_warn || config.quiet_days.contains(self.day) {
            return None;
        }
        let orders = found.orders;
        let message =
            format!("has {orders} orders; the median of the same weekdays is {expected:.0}");
        let yesterday = self.day.yesterday().ok();
        let before = yesterday.and_then(|day| self.history.orders_on(city, day));
        let goes_on = before.is_some_and(|before| {
            self.is_similar(before, orders)
                || self.is_closed(city, before) && self.is_closed(city, orders)
        });
        let is_real =
            goes_on || self.is_filled(city, found) || self.matches_source(city, found.orders);
        let outcome =
            if level < config.low_hold && !is_real { Outcome::HoldBack } else { Outcome::Warn };
        Some((outcome, "low day", message))
    }

    fn high(&self, city: &'a str, found: &CityDay) -> Option<Found> {
        let config = self.context.config;
        let expected = self.history.expected(city, self.day)?;
        let level = found.orders as f64 / expected;
        let is_real = self.matches_source(city, found.orders);
        let outcome = match level {
            level if level > config.high_hold && !is_real => Outcome::HoldBack,
            level if level > config.high_warn => Outcome::Warn,
            _ => return None,
        };
        let orders = found.orders;
        let message =
            format!("has {orders} orders; the median of the same weekdays is {expected:.0}");
        Some((outcome, "high day", message))
    }

    fn partial(&self, city: &'a str, found: &CityDay) -> Option<Found> {
        let config = self.context.config;
        let tail = found.tail(&self.history.profile(city)?);
        let missing = tail * self.history.typical(city);
        let is_partial = tail > config.partial_share && missing >= config.partial_min_orders as f64;
        let is_real = self.matches_source(city, found.orders);
        (found.orders > 0 && is_partial && !is_real).then(|| {
            let percent = tail * 100.0;
            let message = format!(
                "is not complete: {percent:.0} % of a normal day's orders come after its last hour"
            );
            (Outcome::HoldBack, "partial day", message)
        })
    }

    fn rejects(&self, city: &str, found: &CityDay) -> Option<Found> {
        let config = self.context.config;
        let cities = self.data.days.get(&self.day)?;
        let all = || cities.values().map(|count| count.rows).sum();
        let rows: u64 = if city == UNKNOWN_CITY { all() } else { found.rows };
        let rejected = found.rejected;
        let is_much =
            rejected > config.reject_rows && rejected as f64 > config.reject_share * rows as f64;
        is_much.then(|| {
            let message = format!("has {rejected} rejected or repeated rows of {rows}");
            (Outcome::HoldBack, "rejects", message)
        })
    }

    fn users_missing(&self, city: &'a str, found: &CityDay) -> Option<Found> {
        let config = self.context.config;
        let before = self.history.share_without_user(city)?;
        let now = found.share_without_user();
        let is_large = found.orders >= config.reject_rows;
        (is_large && now - before > config.max_users_missing_rise).then(|| {
            let [before, now] = [before * 100.0, now * 100.0];
            let message = format!("has no user in {now:.0} % of orders, but {before:.0} % before");
            (Outcome::Stop, "identity", message)
        })
    }

    fn orders_per_user(&self, city: &'a str, found: &CityDay) -> Option<Found> {
        let [low, high] = self.context.config.orders_per_user;
        let (now, usual) = (found.orders_per_user?, self.history.orders_per_user(city)?);
        let is_usual = (low * usual..=high * usual).contains(&now);
        (!is_usual).then(|| {
            let message = format!("has {now:.2} orders per user; the median is {usual:.2}");
            (Outcome::Warn, "identity", message)
        })
    }

    fn hours(&self, city: &'a str, found: &CityDay) -> Option<Found> {
        let config = self.context.config;
        if config.quiet_days.contains(self.day) || found.orders < config.level_min_orders {
            return None;
        }
        let shift = found.hours_shift(&self.history.profile(city)?);
        (shift > config.hours_shift).then(|| {
            let percent = shift * 100.0;
            let message = format!(
                "has unusual hours: {percent:.0} % of its orders would have to move; check zoneless_time"
            );
            (Outcome::Warn, "hours", message)
        })
    }
}
