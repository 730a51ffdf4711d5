//! Tests of the guards: each row of the table in `docs/inputs.md` on both sides of its limit, a replayed
//! year, and planted faults.

mod faults;
mod lasting;
mod losses;
mod table;
mod year;

use std::collections::BTreeMap;

use jiff::ToSpan;
use jiff::civil::{Date, date};

use super::acceptance::Acceptance;
use super::accepted::{AcceptedFinding, Accepting};
use super::finding::{Finding, Outcome};
use super::orders::{
    Cities, CityDay, Days, OrderData, OrdersBaseline, OrdersContext, OrdersVerdict, SourceCounts,
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
    accepted_before: Vec<AcceptedFinding>,
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
            accepted_before: Vec::new(),
            source: SourceCounts::default(),
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

    fn accepting(&self) -> Accepting<'_> {
        Accepting { config: &self.config, now: &self.accepted, before: &self.accepted_before }
    }

    /// Publishes the days up to `last`, as a build does that has found this.
    fn publish(&mut self, last: Date, findings: &[Finding]) {
        let before = self.baseline.take();
        let lines = ["Cafe".to_owned()];
        let mut baseline = OrdersBaseline::updated(before.as_ref(), &self.days, last, &lines);
        baseline.accept(findings, &self.days);
        self.accepted_before = self.accepting().to_record(findings);
        self.baseline = Some(baseline);
    }

    fn check(&self) -> OrdersVerdict {
        self.check_until(NEWEST)
    }

    /// Checks the build in which `expected` is the newest day.
    fn check_until(&self, expected: Date) -> OrdersVerdict {
        let days = self.days.range(..=expected);
        let days: Days = days.map(|(day, cities)| (*day, cities.clone())).collect();
        let has_orders = |cities: &Cities| cities.values().any(|city| city.orders > 0);
        let newest = days.iter().rev().find(|(_, cities)| has_orders(cities));
        let context = OrdersContext {
            config: &self.config,
            cities: &self.cities,
            accepting: self.accepting(),
            baseline: self.baseline.as_ref(),
            source: &self.source,
        };
        let first = NEWEST - 39.days();
        let data = OrderData {
            days: &days,
            first,
            newest: newest.map_or(first, |(&day, _)| day),
            expected,
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

/// Accepts nothing.
fn accept_nothing(config: &GuardsConfig) -> Accepting<'_> {
    Accepting { config, now: &[], before: &[] }
}

fn worst(findings: &[Finding]) -> (Outcome, String) {
    let worst = findings.iter().max_by_key(|finding| finding.outcome);
    worst.map_or((Outcome::Accepted, String::new()), |finding| {
        (finding.outcome, finding.guard.clone())
    })
}
