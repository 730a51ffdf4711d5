//! Checks the orders of a build by day and city.
//!
//! `days` has the counts and what they are compared with. `history` is what is known about normal days, and
//! `profile` their hours. `published` compares days that are on the map already, `start` says which of them
//! may be gone, and `new_day` checks a day that is not on the map.

mod days;
mod history;
mod new_day;
mod profile;
mod published;
mod start;

use std::collections::BTreeSet;
use std::iter;

use jiff::civil::Date;
use tilecore::text::counted;

use super::finding::{Finding, Outcome};
use days::{BASELINE_DAYS, next};
pub use days::{
    Cities, CityDay, Days, OrderData, OrdersBaseline, OrdersContext, SourceCounts, UNKNOWN_CITY,
    days_of,
};
use history::History;
pub use start::DaysRead;

/// The result of the guards of orders.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OrdersVerdict {
    /// What was found.
    pub findings: Vec<Finding>,
    /// The first day to leave out, with all later ones.
    pub held_from: Option<Date>,
}

/// Checks the orders of a build.
#[must_use]
pub fn check_orders(context: OrdersContext<'_>, data: OrderData<'_>) -> OrdersVerdict {
    let mut findings = published::check(context, data);
    let new_days = new_days(context, data);
    let mut history = History::new(context, data, new_days.first().copied());
    let mut held_from = None;
    for day in new_days {
        let is_checked = data.checked_until.is_some_and(|until| day <= until);
        let found =
            if is_checked { Vec::new() } else { new_day::check(context, data, &history, day) };
        let is_held = found.iter().any(|finding| finding.outcome == Outcome::HoldBack);
        findings.extend(found);
        if is_held {
            held_from = Some(day);
            break;
        }
        if let Some(cities) = data.days.get(&day) {
            history.accept(day, cities);
        }
    }
    // A build that is held back is checked again without its last days.
    if context.baseline.is_none() && held_from.is_none_or(|day| day > data.newest) {
        findings.extend(check_earlier_days(context, data));
    }
    findings.extend(check_lines(context, data));
    let findings = findings.into_iter().map(|finding| context.accepting.apply(finding)).collect();
    OrdersVerdict { findings, held_from }
}

/// The days that were read and are not on the map. Without a baseline, only the newest one and later ones are checked.
fn new_days(context: OrdersContext<'_>, data: OrderData<'_>) -> BTreeSet<Date> {
    let published = context.baseline.and_then(OrdersBaseline::last_day);
    let mut day = match published {
        // Days that were held back until they left the window are not read any more.
        Some(last) => next(last).max(data.first),
        None => data.newest,
    };
    let mut days = BTreeSet::new();
    // After a long pause only the newest days are checked.
    while day <= data.expected.max(data.newest) && days.len() < BASELINE_DAYS {
        days.insert(day);
        day = next(day);
    }
    days
}

/// Warns about the days before the newest one that would have been held back, had they been new. In a first
/// build, no earlier build has checked them.
fn check_earlier_days(context: OrdersContext<'_>, data: OrderData<'_>) -> Vec<Finding> {
    let has_orders = |cities: &Cities| cities.values().any(|city| city.orders > 0);
    let first = data.days.iter().find(|(_, cities)| has_orders(cities)).map(|(&day, _)| day);
    let history = History::new(context, data, Some(data.newest));
    let earlier = iter::successors(data.newest.yesterday().ok(), |day| day.yesterday().ok())
        .take(BASELINE_DAYS)
        .take_while(|&day| first.is_some_and(|first| day >= first));
    let found = earlier.flat_map(|day| new_day::check(context, data, &history, day));
    found
        .filter(|finding| finding.outcome == Outcome::HoldBack)
        .map(|finding| Finding { outcome: Outcome::Warn, ..finding })
        .collect()
}

/// New business lines with few orders: probably typing errors.
fn check_lines(context: OrdersContext<'_>, data: OrderData<'_>) -> Vec<Finding> {
    let Some(baseline) = context.baseline else { return Vec::new() };
    let config = context.config;
    let is_new = |line: &String| match baseline.lines.get(line) {
        None => true,
        Some(&first) if first == Date::ZERO => false,
        Some(&first) => data.newest.since(first).is_ok_and(|since| {
            i64::from(since.get_days()) < i64::try_from(config.new_line_days).unwrap_or(i64::MAX)
        }),
    };
    let few = |orders: u64| (1..config.new_line_orders).contains(&orders);
    let lines = data.lines.iter().filter(|(line, orders)| few(*orders) && is_new(line));
    let warn = |(line, orders): &(String, u64)| {
        let message = format!(
            "the new business line `{line}` has {}, fewer than {}: if it is a typing error, correct it or list the lines in [lines] known, because a published line keeps its index",
            counted(*orders, "order"),
            config.new_line_orders
        );
        Finding::new(Outcome::Warn, "new line", message)
    };
    lines.map(warn).collect()
}
