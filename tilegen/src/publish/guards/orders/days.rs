//! Orders by day and city, and what they are compared with.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use tilecore::manifest::City;

use super::super::acceptance::Acceptance;
use crate::config::GuardsConfig;
use crate::orders::day_counts::{DayCount, DayCounts, HOURS};

/// The orders of a city on one day.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct CityDay {
    /// Accepted orders.
    pub orders: u64,
    /// Orders without a user.
    pub without_user: u64,
    /// Orders by hour. Only recent days have them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hours: Option<[u64; HOURS]>,
    /// Orders per user, if it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub orders_per_user: Option<f64>,
    /// Rejected rows and duplicates.
    #[serde(skip)]
    pub rejected: u64,
    /// All rows.
    #[serde(skip)]
    pub rows: u64,
}

impl CityDay {
    pub(super) fn share_without_user(&self) -> f64 {
        self.without_user as f64 / self.orders.max(1) as f64
    }
}

impl From<&DayCount> for CityDay {
    fn from(count: &DayCount) -> Self {
        Self {
            orders: count.orders(),
            without_user: count.without_user,
            hours: Some(count.hours),
            orders_per_user: None,
            rejected: count.rejected + count.duplicates,
            rows: count.rows(),
        }
    }
}

/// The cities of a day, by key.
pub type Cities = BTreeMap<String, CityDay>;

/// Orders by day and city.
pub type Days = BTreeMap<Date, Cities>;

/// The key of rows whose city is unknown.
pub const UNKNOWN_CITY: &str = "unknown";

/// The counts of a build by day and by the key of the city. `last` is the last day that was read.
#[must_use]
pub fn days_of(counts: &DayCounts, cities: &[City], last: Date) -> Days {
    let key = |id: i64| cities.iter().find(|city| city.id == id).map(|city| city.key.clone());
    let mut days = Days::new();
    for (day, city, count) in counts.iter() {
        let key = city.and_then(key).unwrap_or_else(|| UNKNOWN_CITY.to_owned());
        days.entry(day.date()).or_default().insert(key, count.into());
    }
    for (&city, sample) in counts.users() {
        let day = key(city).and_then(|key| days.get_mut(&last)?.get_mut(&key));
        if let Some(day) = day {
            day.orders_per_user = sample.orders_per_user();
        }
    }
    days
}

/// What the last published build of the job knew.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct OrdersBaseline {
    /// The first day with an order that the build has read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first: Option<Date>,
    /// Accepted orders by day and city.
    pub days: Days,
    /// The day on which each business line was first published.
    pub lines: BTreeMap<String, Date>,
}

/// Days that a baseline keeps: more than a year, so that the same season can be looked up.
pub(super) const BASELINE_DAYS: usize = 400;

/// Days of which a baseline keeps the hours: more than Ramadan and Nowruz together, whose hours are not normal.
const HOURS_DAYS: usize = 90;

impl OrdersBaseline {
    /// The last published day.
    #[must_use]
    pub fn last_day(&self) -> Option<Date> {
        self.days.last_key_value().map(|(&day, _)| day)
    }

    /// The first day to compare with the published days, in a build that reads `first` to `last` and whose
    /// first order is of `first_order`. A source that keeps a fixed number of days loses as many at the
    /// start as it gets at the end; they are not compared.
    #[must_use]
    pub fn first_compared(
        &self,
        config: &GuardsConfig,
        [first, last]: [Date; 2],
        first_order: Option<Date>,
    ) -> Date {
        let (Some(published), Some(first_order)) = (self.first, first_order) else { return first };
        let start = first.max(published);
        let days = |from: Date, to: Date| {
            from.until(to).map_or(0, |span| u64::try_from(span.get_days()).unwrap_or(0))
        };
        let advanced = self.last_day().map_or(0, |published| days(published, last));
        let may_be_gone = days(start, first_order) <= advanced.max(config.max_removed_days);
        if may_be_gone { first_order.max(first) } else { start }
    }

    /// The baseline after a build that published `days` up to `last` with these business lines.
    #[must_use]
    pub fn updated(before: Option<&Self>, days: &Days, last: Date, lines: &[String]) -> Self {
        let mut new = before.cloned().unwrap_or_default();
        for (&day, cities) in days.range(..=last) {
            let mut cities = cities.clone();
            cities.remove(UNKNOWN_CITY);
            for (key, city) in &mut cities {
                let known = new.days.get(&day).and_then(|old| old.get(key));
                city.orders_per_user =
                    city.orders_per_user.or_else(|| known.and_then(|old| old.orders_per_user));
            }
            new.days.insert(day, cities);
        }
        while new.days.len() > BASELINE_DAYS {
            new.days.pop_first();
        }
        for cities in new.days.values_mut().rev().skip(HOURS_DAYS) {
            for city in cities.values_mut() {
                city.hours = None;
            }
        }
        // The lines of the first build are not new.
        let first = if before.is_some() { last } else { Date::ZERO };
        for line in lines {
            new.lines.entry(line.clone()).or_insert(first);
        }
        new
    }
}

/// The source's own counts of orders, by day and city.
pub type SourceCounts = BTreeMap<(Date, String), u64>;

/// The orders of a build.
#[derive(Clone, Copy, Debug)]
pub struct OrderData<'a> {
    /// Counts of the days that were read.
    pub days: &'a Days,
    /// The first day that was read.
    pub first: Date,
    /// The newest day with a valid order.
    pub newest: Date,
    /// The newest day that should have orders.
    pub expected: Date,
    /// Days up to this one were checked and accepted in an earlier pass of this build.
    pub checked_until: Option<Date>,
    /// Number of orders of each business line.
    pub lines: &'a [(String, u64)],
}

/// What orders are compared with.
#[derive(Clone, Copy, Debug)]
pub struct OrdersContext<'a> {
    /// The limits.
    pub config: &'a GuardsConfig,
    /// Keys of the configured cities.
    pub cities: &'a [String],
    /// What the operator accepts.
    pub accepted: &'a [Acceptance],
    /// What the last published build knew.
    pub baseline: Option<&'a OrdersBaseline>,
    /// The source's own counts.
    pub source: &'a SourceCounts,
}

/// The day after a day.
pub(super) fn next(day: Date) -> Date {
    day.tomorrow().unwrap_or(Date::MAX)
}
