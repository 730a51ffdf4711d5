//! Tests of the guards: each row of the table in `docs/inputs.md` on both sides of its limit, a replayed
//! year, and planted faults.

mod faults;
mod table;
mod year;

use std::collections::BTreeMap;

use jiff::ToSpan;
use jiff::civil::{Date, date};

use super::acceptance::Acceptance;
use super::finding::{Finding, Outcome};
use super::orders::{
    CityDay, Days, OrderData, OrdersBaseline, OrdersContext, OrdersVerdict, SourceCounts,
    check_orders,
};
use crate::config::{Config, GuardsConfig};

/// The newest day of the tests: a Saturday.
const NEWEST: Date = date(2026, 11, 28);

/// A normal day by hour, with 2,000 orders: one peak at noon and one in the evening.
const HOURS: [u64; 24] = [
    20, 12, 8, 8, 8, 12, 20, 30, 40, 60, 80, 160, 260, 200, 90, 60, 60, 80, 120, 240, 260, 140, 60,
    32,
];

fn config() -> GuardsConfig {
    Config::load(None).unwrap().guards
}

/// A day with a multiple of [`HOURS`].
fn city_day(hours: [u64; 24]) -> CityDay {
    let orders = hours.iter().sum();
    CityDay { orders, hours: Some(hours), rows: orders, ..CityDay::default() }
}

fn scaled(percent: u64) -> CityDay {
    city_day(HOURS.map(|orders| orders * percent / 100))
}

/// 40 normal days of Tehran up to [`NEWEST`].
fn normal_days() -> Days {
    let day =
        |back: i64| (NEWEST - back.days(), BTreeMap::from([("tehran".to_owned(), scaled(100))]));
    (0..40).map(day).collect()
}

/// A build: what it reads, and what it is compared with.
struct Build {
    config: GuardsConfig,
    cities: Vec<String>,
    days: Days,
    baseline: Option<OrdersBaseline>,
    accepted: Vec<Acceptance>,
    source: SourceCounts,
    lines: Vec<(String, u64)>,
}

impl Build {
    /// The build of [`NEWEST`] after one that published all days before.
    fn normal() -> Self {
        let days = normal_days();
        let lines = vec![("Cafe".to_owned(), 900)];
        let names = ["Cafe".to_owned()];
        let baseline = OrdersBaseline::updated(None, &days, NEWEST - 1.day(), &names);
        Self {
            config: config(),
            cities: vec!["tehran".to_owned()],
            days,
            baseline: Some(baseline),
            accepted: Vec::new(),
            source: SourceCounts::new(),
            lines,
        }
    }

    /// The same on a fresh install.
    fn first() -> Self {
        Self { baseline: None, ..Self::normal() }
    }

    fn day(&mut self, day: Date) -> &mut CityDay {
        self.days.get_mut(&day).unwrap().get_mut("tehran").unwrap()
    }

    fn with(mut self, newest: CityDay) -> Self {
        *self.day(NEWEST) = newest;
        self
    }

    fn check(&self) -> OrdersVerdict {
        let newest =
            self.days.iter().rev().find(|(_, cities)| cities.values().any(|city| city.orders > 0));
        let context = OrdersContext {
            config: &self.config,
            cities: &self.cities,
            accepted: &self.accepted,
            baseline: self.baseline.as_ref(),
            source: &self.source,
        };
        let first = NEWEST - 39.days();
        let data = OrderData {
            days: &self.days,
            first,
            newest: newest.map_or(first, |(&day, _)| day),
            expected: NEWEST,
            checked_until: None,
            lines: &self.lines,
        };
        check_orders(context, data)
    }

    /// The worst outcome, and the guard that found it.
    fn worst(&self) -> (Outcome, String) {
        worst(&self.check().findings)
    }
}

fn worst(findings: &[Finding]) -> (Outcome, String) {
    let worst = findings.iter().max_by_key(|finding| finding.outcome);
    worst.map_or((Outcome::Accepted, String::new()), |finding| {
        (finding.outcome, finding.guard.clone())
    })
}
