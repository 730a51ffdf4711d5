//! One local day as instants, and the queries that ask for its rows.

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

/// A local day: from its first instant to the first instant of the next day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct DayWindow {
    pub(super) day: Date,
    pub(super) from: Timestamp,
    /// Not part of the day.
    pub(super) to: Timestamp,
}

/// The queries of one day, with all values filled in.
pub(super) struct Queries {
    /// Of the rows.
    pub(super) rows: String,
    /// Of the number of rows, if the source counts.
    pub(super) count: Option<String>,
}

/// How a system writes instants and dates in queries.
#[derive(Clone, Copy, Debug)]
pub(super) enum Dialect {
    PostgreSql,
    ClickHouse,
}

impl DayWindow {
    /// The day in a time zone. `None` if the date is the last one that can be represented.
    pub(super) fn new(day: Date, zone: &TimeZone) -> Option<Self> {
        let midnight = |day: Date| DateTime::from_parts(day, Time::midnight());
        let start = |day: Date| zone.to_timestamp(midnight(day)).ok();
        Some(Self { day, from: start(day)?, to: start(day.tomorrow().ok()?)? })
    }

    /// The hours of the day, each from its first instant to that of the next one.
    pub(super) fn hours(&self) -> Vec<(Timestamp, Timestamp)> {
        let hour = SignedDuration::from_hours(1);
        let next = |at: &Timestamp| at.checked_add(hour).ok();
        let starts = std::iter::successors(Some(self.from), next).take_while(|&at| at < self.to);
        starts.map(|at| (at, next(&at).unwrap_or(self.to).min(self.to))).collect()
    }

    /// A query with `{from}`, `{to}` and `{day}` replaced by literals.
    pub(super) fn fill(&self, query: &str, dialect: Dialect) -> String {
        one_statement(query)
            .replace("{from}", &dialect.instant(self.from))
            .replace("{to}", &dialect.instant(self.to))
            .replace("{day}", &dialect.date(self.day))
    }
}

/// A query without the semicolon at its end.
pub(super) fn one_statement(query: &str) -> &str {
    query.trim().trim_end_matches(';')
}

impl Dialect {
    fn instant(self, at: Timestamp) -> String {
        match self {
            Self::PostgreSql => format!("TIMESTAMPTZ '{at}'"),
            Self::ClickHouse => {
                format!("toDateTime('{}', 'UTC')", at.strftime("%Y-%m-%d %H:%M:%S"))
            }
        }
    }

    fn date(self, day: Date) -> String {
        match self {
            Self::PostgreSql => format!("DATE '{day}'"),
            Self::ClickHouse => format!("toDate('{day}')"),
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZoneDatabase;

    use super::*;

    fn window(day: Date, zone: &str) -> DayWindow {
        DayWindow::new(day, &TimeZoneDatabase::bundled().get(zone).unwrap()).unwrap()
    }

    #[test]
    fn a_day_of_tehran_begins_in_the_evening_of_the_day_before_in_utc() {
        let window = window(Date::constant(2026, 11, 22), "Asia/Tehran");
        let filled = window
            .fill("SELECT 1 WHERE t >= {from} AND t < {to} AND d = {day};\n", Dialect::PostgreSql);
        assert_eq!(
            filled,
            "SELECT 1 WHERE t >= TIMESTAMPTZ '2026-11-21T20:30:00Z' \
             AND t < TIMESTAMPTZ '2026-11-22T20:30:00Z' AND d = DATE '2026-11-22'"
        );
    }

    #[test]
    fn clickhouse_gets_instants_of_utc_to_the_second() {
        let window = window(Date::constant(2026, 11, 22), "Asia/Tehran");
        assert_eq!(
            window.fill("t >= {from} AND d = {day}", Dialect::ClickHouse),
            "t >= toDateTime('2026-11-21 20:30:00', 'UTC') AND d = toDate('2026-11-22')"
        );
    }

    #[test]
    fn the_hours_of_a_day_join_without_a_gap() {
        let window = window(Date::constant(2026, 3, 29), "Europe/Berlin");
        let hours = window.hours();
        assert_eq!((hours.len(), hours[0].0, hours[22].1), (23, window.from, window.to));
        assert!(hours.windows(2).all(|pair| pair[0].1 == pair[1].0));
    }

    #[test]
    fn a_day_on_which_the_clock_changes_has_another_length() {
        for (day, hours) in [(29, 23), (28, 24)] {
            let window = window(Date::constant(2026, 3, day), "Europe/Berlin");
            let length = window.to.duration_since(window.from);
            assert_eq!(length.as_hours(), hours, "2026-03-{day}");
        }
    }
}
