//! A day that is not on the map yet.

use jiff::civil::Date;
use tilecore::text::counted;

use super::super::acceptance::Acceptance;
use super::super::accepted::HIGH_DAY;
use super::super::finding::{Finding, Outcome};
use super::days::{CityDay, OrderData, OrdersContext, UNKNOWN_CITY, next};
use super::history::History;

/// Orders of a city that is shut down, as a share of a normal day: orders of the last evening may arrive after midnight.
const CLOSED_SHARE: f64 = 0.01;

/// Standard deviations by which the levels of two days may differ by chance.
const CHANCE_DEVIATIONS: f64 = 3.0;

/// Multiple of the usual share of orders at one position that is unusual.
const POSITION_FACTOR: f64 = 3.0;

/// Guards whose count is not that of all orders.
const IDENTITY: &str = "identity";
const ONE_POSITION: &str = "one position";

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

/// A finding that is at most a warning, if something explains it.
fn warn_if(is_explained: bool, (outcome, guard, message): Found) -> Found {
    (if is_explained { outcome.min(Outcome::Warn) } else { outcome }, guard, message)
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
            let level = self.no_orders(city, found).or_else(|| self.low(city, found));
            let levels = level.into_iter().chain(self.high(city, found));
            let is_shut_down = self.is_shut_down(city, found);
            let is_confirmed = is_shut_down || self.is_confirmed(city, found);
            // The next day says nothing about hours that are missing on this one.
            results.extend(self.partial(city, found).map(|found| warn_if(is_shut_down, found)));
            results.extend(levels.map(|found| warn_if(is_confirmed, found)));
            results.extend(self.users_missing(city, found));
            results.extend(self.orders_per_user(city, found));
            results.extend(self.hours(city, found));
            results.extend(self.one_position(city, found));
        }
        results.into_iter().map(|result| self.finding(city, found, result)).collect()
    }

    fn finding(&self, city: &str, found: &CityDay, (outcome, guard, message): Found) -> Finding {
        let count = match guard {
            IDENTITY => found.orders.saturating_sub(found.without_user),
            ONE_POSITION => {
                let share = found.one_position_share.unwrap_or(0.0);
                ((1.0 - share) * found.orders as f64) as u64
            }
            _ => found.orders,
        };
        let message = format!("{city} on {} {message}", self.day);
        let finding = Finding::new(outcome, guard, message).counted(count);
        let finding = finding.acceptable_by(Acceptance::of_day(city, self.day));
        let (day, city) = (Some(self.day), Some(city.to_owned()));
        self.context.accepting.apply(Finding { day, city, ..finding })
    }

    /// Whether the next day has a similar level and is complete. Then a change is lasting, or real.
    fn is_confirmed(&self, city: &str, found: &CityDay) -> bool {
        let missing = CityDay::default();
        let Some(cities) = self.data.days.get(&next(self.day)) else { return false };
        let after = cities.get(city).unwrap_or(&missing);
        let is_closed = self.is_closed(city, found.orders.max(after.orders));
        !is_closed && self.is_similar(found.orders, after.orders) && self.is_complete(city, after)
    }

    /// Whether a city has next to no orders on this day and the next one, while others go on.
    fn is_shut_down(&self, city: &str, found: &CityDay) -> bool {
        let Some(cities) = self.data.days.get(&next(self.day)) else { return false };
        let after = cities.get(city).map_or(0, |after| after.orders);
        self.is_closed(city, found.orders)
            && self.is_closed(city, after)
            && cities.iter().any(|(other, count)| other != city && self.is_normal(other, count))
    }

    /// Whether a city has about as many orders as on other days, or orders in all hours.
    fn is_normal(&self, city: &str, count: &CityDay) -> bool {
        let typical = self.history.typical(city);
        let is_usual = typical >= self.context.config.no_orders_min as f64
            && count.orders as f64 >= self.context.config.similar_level * typical;
        is_usual || self.is_filled(city, count)
    }

    /// Whether a day has orders in all hours. A low day of a small city has too few orders to tell; then it must
    /// not end too early.
    fn is_complete(&self, city: &str, count: &CityDay) -> bool {
        let lowest = self.context.config.low_hold * self.history.typical(city);
        let is_small = self.history.profile(city).is_none_or(|profile| !profile.can_check(lowest));
        self.is_filled(city, count) || (is_small && self.partial(city, count).is_none())
    }

    /// Whether a city has next to no orders.
    fn is_closed(&self, city: &str, orders: u64) -> bool {
        orders as f64 <= CLOSED_SHARE * self.history.typical(city)
    }

    fn is_filled(&self, city: &str, count: &CityDay) -> bool {
        self.history.profile(city).is_some_and(|profile| {
            count.has_all_hours(&profile)
                && count.tail(&profile).max(count.head(&profile))
                    <= self.context.config.partial_share
        })
    }

    /// Whether two days have a similar level. Small numbers differ by chance.
    fn is_similar(&self, a: u64, b: u64) -> bool {
        let (low, high) = (a.min(b) as f64, a.max(b) as f64);
        low >= self.context.config.similar_level * high
            || high - low <= CHANCE_DEVIATIONS * (low + high).sqrt()
    }

    /// The outcome of a day that would be held back for its level, unless the source has the same count.
    fn held_unless_of_source(&self, city: &str, found: &CityDay) -> Outcome {
        let is_of_source = self.matches_source(city, found.orders) || self.is_all_of_source(found);
        if is_of_source { Outcome::Accepted } else { Outcome::HoldBack }
    }

    /// Whether the file of the day has all rows of the source, and next to none of them is rejected. A source whose
    /// data come late has the same count for a part of the day, so this does not explain a partial day.
    fn is_all_of_source(&self, found: &CityDay) -> bool {
        let unknown = self.city_on(UNKNOWN_CITY, self.day);
        let rejected = found.rejected + unknown.map_or(0, |unknown| unknown.rejected);
        let rows = found.rows + unknown.map_or(0, |unknown| unknown.rows);
        self.context.source.complete_days.contains(&self.day)
            && rejected as f64 <= self.context.config.max_shrink_share * rows as f64
    }

    /// Whether the source says that this number of orders is right.
    fn matches_source(&self, city: &str, orders: u64) -> bool {
        let count = self.context.source.by_city.get(&(self.day, city.to_owned()));
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
        let is_shut_down = was_open.is_some_and(|before| self.is_closed(city, before));
        let is_missing = found.orders == 0 && is_expected && !is_shut_down;
        is_missing.then(|| {
            let message = format!("has no orders; a normal day has {typical:.0}");
            (self.held_unless_of_source(city, found), "no orders", message)
        })
    }

    fn low(&self, city: &'a str, found: &CityDay) -> Option<Found> {
        let config = self.context.config;
        let expected = self.history.expected(city, self.day)?;
        let orders = found.orders;
        let level = orders as f64 / expected.median;
        let is_unusual = (orders as f64) < config.unusual_level * expected.lowest;
        if (level >= config.low_warn && !is_unusual) || config.quiet_days.contains(self.day) {
            return None;
        }
        let yesterday = self.day.yesterday().ok();
        let before = yesterday.and_then(|day| self.history.orders_on(city, day));
        let goes_on = before.is_some_and(|before| {
            self.is_similar(before, orders)
                || self.is_closed(city, before) && self.is_closed(city, orders)
        });
        let is_real = goes_on || self.is_filled(city, found);
        let outcome = match level {
            level if level < config.low_hold && !is_real => self.held_unless_of_source(city, found),
            _ => Outcome::Warn,
        };
        Some((outcome, "low day", Self::level_message(orders, expected.median)))
    }

    fn high(&self, city: &'a str, found: &CityDay) -> Option<Found> {
        let config = self.context.config;
        let expected = self.history.expected(city, self.day)?;
        let orders = found.orders;
        let level = orders as f64 / expected.median;
        let is_unusual = config.unusual_level * orders as f64 > expected.highest;
        let outcome = match level {
            level if level > config.high_hold => self.held_unless_of_source(city, found),
            level if level > config.high_warn || is_unusual => Outcome::Warn,
            _ => return None,
        };
        Some((outcome, HIGH_DAY, Self::level_message(orders, expected.median)))
    }

    fn level_message(orders: u64, median: f64) -> String {
        format!("has {}; the median of the same weekdays is {median:.0}", counted(orders, "order"))
    }

    fn partial(&self, city: &'a str, found: &CityDay) -> Option<Found> {
        let config = self.context.config;
        let profile = self.history.profile(city)?;
        let typical = self.history.typical(city);
        let is_partial = |share: f64, day: &CityDay| {
            share > config.partial_share
                && share * typical >= config.partial_min_orders as f64
                && day.would_have(share)
        };
        let (head, tail) = (found.head(&profile), found.tail(&profile));
        let part = if is_partial(tail, found) {
            format!("{:.0} % of a normal day's orders come after its last hour", tail * 100.0)
        } else if is_partial(head, found) {
            format!("{:.0} % of a normal day's orders come before its first hour", head * 100.0)
        } else {
            return None;
        };
        if found.orders == 0 {
            return None;
        }
        // The accepted day before it has the same hours: they have changed for good.
        let yesterday = self.day.yesterday().ok();
        let before = yesterday.and_then(|day| self.history.city_on(city, day));
        let goes_on = before.is_some_and(|before| {
            self.is_similar(before.orders, found.orders)
                && head <= before.head(&profile)
                && tail <= before.tail(&profile)
        });
        let outcome = match goes_on {
            true => Outcome::Warn,
            false if self.matches_source(city, found.orders) => Outcome::Accepted,
            false => Outcome::HoldBack,
        };
        Some((outcome, "partial day", format!("is not complete: {part}")))
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
            (Outcome::Stop, IDENTITY, message)
        })
    }

    fn orders_per_user(&self, city: &'a str, found: &CityDay) -> Option<Found> {
        let [low, high] = self.context.config.orders_per_user;
        let (now, usual) = (found.orders_per_user?, self.history.orders_per_user(city)?);
        let is_usual = (low * usual..=high * usual).contains(&now);
        (!is_usual).then(|| {
            let message = format!("has {now:.2} orders per user; the median is {usual:.2}");
            (Outcome::Warn, IDENTITY, message)
        })
    }

    fn hours(&self, city: &'a str, found: &CityDay) -> Option<Found> {
        let config = self.context.config;
        if config.quiet_days.contains(self.day) || found.orders < config.level_min_orders {
            return None;
        }
        let profile = self.history.profile(city)?;
        let (shift, missing) = (found.hours_shift(&profile), found.missing(&profile));
        let message = if let Some(late) = found.hours_late(&profile) {
            let early_or_late = if late < 0.0 { "early" } else { "late" };
            let hours = late.abs();
            format!(
                "has times that seem to be {hours} hours {early_or_late}; check zoneless_time and the clock of the source"
            )
        } else if shift > config.hours_shift {
            let percent = shift * 100.0;
            format!(
                "has unusual hours: {percent:.0} % of its orders would have to move; check zoneless_time"
            )
        } else if missing > config.partial_share && self.partial(city, found).is_none() {
            let percent = missing * 100.0;
            format!("has no orders in hours that normally have {percent:.0} % of a day's orders")
        } else {
            return None;
        };
        Some((Outcome::Warn, "hours", message))
    }

    fn one_position(&self, city: &'a str, found: &CityDay) -> Option<Found> {
        let config = self.context.config;
        let (share, usual) = (found.one_position_share?, self.history.one_position_share(city)?);
        let is_unusual = share > config.one_position_share && share > POSITION_FACTOR * usual;
        (is_unusual && found.orders >= config.level_min_orders).then(|| {
            let [share, usual] = [share * 100.0, usual * 100.0];
            let message =
                format!("has {share:.0} % of its orders at one position, and usually {usual:.0} %");
            (Outcome::HoldBack, ONE_POSITION, message)
        })
    }
}
