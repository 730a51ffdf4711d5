//! Orders by day and city, and what they are compared with.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use tilecore::manifest::City;

use super::super::accepted::Accepting;
use super::super::baseline::Settings;
use super::super::finding::{Finding, Outcome};
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
    /// Share of its orders at the most common position, if it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub one_position_share: Option<f64>,
    /// The most orders that were published of the day, if it has fewer now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub most_orders: Option<u64>,
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

    /// The most orders that were published of the day: with these it is compared, so that many small losses
    /// add up.
    pub(super) fn reference(&self) -> u64 {
        self.most_orders.unwrap_or(0).max(self.orders)
    }

    /// Keeps what only earlier builds knew about the day.
    fn follow(&mut self, before: &Self) {
        self.orders_per_user = self.orders_per_user.or(before.orders_per_user);
        self.one_position_share = self.one_position_share.or(before.one_position_share);
        self.most_orders = Some(before.reference()).filter(|most| *most > self.orders);
    }
}

impl From<&DayCount> for CityDay {
    fn from(count: &DayCount) -> Self {
        Self {
            orders: count.orders(),
            without_user: count.without_user,
            hours: Some(count.hours),
            orders_per_user: None,
            one_position_share: None,
            most_orders: None,
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
    for (&city, sample) in counts.last_day() {
        let day = key(city).and_then(|key| days.get_mut(&last)?.get_mut(&key));
        if let Some(day) = day {
            day.orders_per_user = sample.orders_per_user();
            day.one_position_share = sample.one_position_share();
        }
    }
    days
}

/// The state of orders in the last published build of the job.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct OrdersBaseline {
    /// The first day with an order that a build must still have.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first: Option<Date>,
    /// Days that the source keeps, once a build has shown it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kept_days: Option<u64>,
    /// Days of the widest range that a build has read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub window_days: Option<u64>,
    /// Accepted orders by day and city.
    pub days: Days,
    /// The day on which each business line was first published.
    pub lines: BTreeMap<String, Date>,
    /// The settings on which the counts depend.
    #[serde(default)]
    pub settings: Settings,
}

/// The guard of published days.
pub(super) const PUBLISHED_DAY: &str = "published day";

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

    /// The baseline after a build that published `days` up to `last` with these business lines.
    #[must_use]
    pub fn updated(before: Option<&Self>, days: &Days, last: Date, lines: &[String]) -> Self {
        let mut new = before.cloned().unwrap_or_default();
        for (&day, cities) in days.range(..=last) {
            let mut cities = cities.clone();
            cities.remove(UNKNOWN_CITY);
            for (key, city) in &mut cities {
                if let Some(known) = new.days.get(&day).and_then(|old| old.get(key)) {
                    city.follow(known);
                }
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

    /// Takes over the counts of published days whose losses were accepted: later builds are compared with
    /// these.
    pub fn accept(&mut self, findings: &[Finding], days: &Days) {
        let is_accepted = |finding: &&Finding| {
            finding.guard == PUBLISHED_DAY && finding.outcome == Outcome::Accepted
        };
        for finding in findings.iter().filter(is_accepted) {
            let (Some(day), Some(city)) = (finding.day, &finding.city) else { continue };
            let now = days.get(&day).and_then(|cities| cities.get(city)).cloned();
            let cities = self.days.entry(day).or_default();
            cities.insert(city.clone(), now.unwrap_or_default());
        }
    }
}

/// What the source itself says about its orders.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SourceCounts {
    /// Its own counts by day and city, as an operator gives them.
    pub by_city: BTreeMap<(Date, String), u64>,
    /// Days whose file has as many rows as the source counted.
    pub complete_days: BTreeSet<Date>,
}

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
    /// What is accepted.
    pub accepting: Accepting<'a>,
    /// The state of the last published build.
    pub baseline: Option<&'a OrdersBaseline>,
    /// The source's own counts.
    pub source: &'a SourceCounts,
}

/// The day after a day.
pub(super) fn next(day: Date) -> Date {
    day.tomorrow().unwrap_or(Date::MAX)
}
