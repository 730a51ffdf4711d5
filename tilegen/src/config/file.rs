//! The configuration file as it is written, and its validation.

use std::time::Duration;

use jiff::tz::{TimeZone, TimeZoneDatabase};
use serde::Deserialize;
use tilecore::config_file::read_keys;
use toml::{Table, Value};

use super::cities::cities;
use super::fetch::FetchFile;
use super::guards::GuardsFile;
use super::names::{ColumnsSection, GradesSection};
use super::period::Period;
use super::run::RunFile;
use super::values::{
    CityColumn, Config, DegreesColumn, LineColumn, OrderColumns, OrdersConfig, OrganicColumn,
    SnapshotConfig, TimeColumn, TimeUnit, VendorColumn, Zoneless,
};

/// The keys of the file. A missing key takes its default.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConfigFile {
    time_zone: Option<String>,
    /// Cities are read later, so that every error in them is reported.
    cities: Option<Vec<Value>>,
    #[serde(default)]
    orders: OrdersFile,
    #[serde(default)]
    snapshot: SnapshotFile,
    #[serde(default)]
    vendors: ColumnsSection,
    #[serde(default)]
    grades: GradesSection,
    #[serde(default)]
    targets: ColumnsSection,
    #[serde(default)]
    lines: LinesFile,
    #[serde(default)]
    guards: GuardsFile,
    #[serde(default)]
    fetch: FetchFile,
    #[serde(default)]
    run: RunFile,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct LinesFile {
    known: Option<Vec<String>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct SnapshotFile {
    max_reject_share: Option<f64>,
    max_age_minutes: Option<u32>,
    max_shrink_share: Option<f64>,
    allow_unmatched_targets: Option<bool>,
    vendor_columns: Option<Vec<VendorColumn>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct OrdersFile {
    zoneless_time: Option<Zoneless>,
    max_reject_share: Option<f64>,
    max_future: Option<String>,
    trust_footer_times: Option<bool>,
    unknown_users: Option<Vec<String>>,
    unknown_orders: Option<Vec<String>>,
    #[serde(default)]
    columns: ColumnsFile,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct ColumnsFile {
    order_id: Option<ColumnFile>,
    city: Option<ColumnFile>,
    line: Option<ColumnFile>,
    lng: Option<ColumnFile>,
    lat: Option<ColumnFile>,
    user: Option<ColumnFile>,
    organic: Option<ColumnFile>,
    time: Option<ColumnFile>,
}

/// A column as it is written: a name or a table. It is read later, so that every error is reported.
#[derive(Debug, Deserialize)]
#[serde(transparent)]
struct ColumnFile(Value);

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct ColumnTable {
    column: Option<String>,
    constant: Option<Value>,
    #[serde(default)]
    absent: bool,
    scale: Option<f64>,
    unit: Option<TimeUnit>,
    breaks: Option<Vec<f64>>,
    names: Option<Vec<String>>,
    at_least: Option<f64>,
}

impl ConfigFile {
    /// Reads a file. Keys with an error are missing from the result.
    pub(super) fn read(written: &Table, errors: &mut Vec<String>) -> Self {
        let mut file: Self = read_keys("", written, errors);
        if written.get("grades").is_some_and(|grades| grades.get("order").is_some()) {
            file.grades.drop_radii_without_order();
        }
        file
    }

    /// This file with missing keys taken from `defaults`.
    pub(super) fn with_defaults(self, defaults: Self) -> Self {
        let (mine, theirs) = (self.orders.columns, defaults.orders.columns);
        Self {
            time_zone: self.time_zone.or(defaults.time_zone),
            cities: self.cities.or(defaults.cities),
            orders: OrdersFile {
                zoneless_time: self.orders.zoneless_time.or(defaults.orders.zoneless_time),
                max_reject_share: self.orders.max_reject_share.or(defaults.orders.max_reject_share),
                max_future: self.orders.max_future.or(defaults.orders.max_future),
                trust_footer_times: self
                    .orders
                    .trust_footer_times
                    .or(defaults.orders.trust_footer_times),
                unknown_users: self.orders.unknown_users.or(defaults.orders.unknown_users),
                unknown_orders: self.orders.unknown_orders.or(defaults.orders.unknown_orders),
                columns: ColumnsFile {
                    order_id: mine.order_id.or(theirs.order_id),
                    city: mine.city.or(theirs.city),
                    line: mine.line.or(theirs.line),
                    lng: mine.lng.or(theirs.lng),
                    lat: mine.lat.or(theirs.lat),
                    user: mine.user.or(theirs.user),
                    organic: mine.organic.or(theirs.organic),
                    time: mine.time.or(theirs.time),
                },
            },
            snapshot: self.snapshot.with_defaults(defaults.snapshot),
            vendors: self.vendors,
            grades: self.grades.with_defaults(defaults.grades),
            targets: self.targets,
            lines: LinesFile { known: self.lines.known.or(defaults.lines.known) },
            guards: self.guards.with_defaults(defaults.guards),
            fetch: self.fetch.with_defaults(defaults.fetch),
            run: self.run.with_defaults(defaults.run),
        }
    }

    /// What the file means. It is usable only if `errors` stays empty.
    pub(super) fn validate(self, errors: &mut Vec<String>) -> Config {
        let time_zone_name = self.time_zone.unwrap_or_default();
        let time_zone = find_zone(&time_zone_name, errors);
        let cities = cities(&self.cities.unwrap_or_default(), errors);
        let max_reject_share = self.orders.max_reject_share.unwrap_or_default();
        if !(0.0..=1.0).contains(&max_reject_share) {
            errors.push(format!(
                "orders.max_reject_share is {max_reject_share}; it must be between 0 and 1"
            ));
        }
        let max_future = max_future(&self.orders.max_future.unwrap_or_default(), errors);
        let columns = self.orders.columns.validate(errors);
        let snapshot = self.snapshot.validate(errors);
        let vendors = self.vendors.vendors(errors);
        let grades = self.grades.validate(errors);
        let targets = self.targets.targets(errors);
        let zoneless = self.orders.zoneless_time.unwrap_or(Zoneless::Utc);
        let unknown_users = self.orders.unknown_users.unwrap_or_default();
        let unknown_orders = self.orders.unknown_orders.unwrap_or_default();
        let orders = OrdersConfig {
            zoneless,
            max_reject_share,
            max_future,
            trust_footer_times: self.orders.trust_footer_times.unwrap_or_default(),
            unknown_users,
            unknown_orders,
            columns,
        };
        let known_lines = self.lines.known.unwrap_or_default();
        let guards = self.guards.validate(errors);
        let fetch = self.fetch.validate(errors);
        Config {
            time_zone,
            time_zone_name,
            cities,
            orders,
            snapshot,
            vendors,
            grades,
            targets,
            known_lines,
            guards,
            fetch,
            run: self.run.validate(),
        }
    }
}

impl SnapshotFile {
    fn with_defaults(self, defaults: Self) -> Self {
        Self {
            max_reject_share: self.max_reject_share.or(defaults.max_reject_share),
            max_age_minutes: self.max_age_minutes.or(defaults.max_age_minutes),
            max_shrink_share: self.max_shrink_share.or(defaults.max_shrink_share),
            allow_unmatched_targets: self
                .allow_unmatched_targets
                .or(defaults.allow_unmatched_targets),
            vendor_columns: self.vendor_columns.or(defaults.vendor_columns),
        }
    }

    fn validate(self, errors: &mut Vec<String>) -> SnapshotConfig {
        let mut share = |key: &str, value: Option<f64>| {
            let share = value.unwrap_or_default();
            if !(0.0..=1.0).contains(&share) {
                errors.push(format!("snapshot.{key} is {share}; it must be between 0 and 1"));
            }
            share
        };
        SnapshotConfig {
            max_reject_share: share("max_reject_share", self.max_reject_share),
            max_age_minutes: self.max_age_minutes.unwrap_or_default(),
            max_shrink_share: share("max_shrink_share", self.max_shrink_share),
            allow_unmatched_targets: self.allow_unmatched_targets.unwrap_or_default(),
            vendor_columns: self.vendor_columns.unwrap_or_default(),
        }
    }
}

/// The longest `max_future`.
const MAX_FUTURE_LIMIT: Duration = Duration::from_hours(24);

fn max_future(text: &str, errors: &mut Vec<String>) -> Duration {
    let period = text.parse::<Period>();
    let period = period.map_err(|error| errors.push(format!("orders.max_future: {error}")));
    let max_future = period.map(Period::duration).unwrap_or_default();
    if max_future > MAX_FUTURE_LIMIT {
        errors.push(format!(
            "orders.max_future is `{text}`; it must be at most 1d, which covers clocks with the wrong time zone"
        ));
    }
    max_future
}

/// Time zones come from the database in the binary, so that every machine has the same calendar days.
fn find_zone(name: &str, errors: &mut Vec<String>) -> TimeZone {
    TimeZoneDatabase::bundled().get(name).unwrap_or_else(|_| {
        errors.push(if name.trim().is_empty() {
            "time_zone is blank; give the name of a time zone, such as Asia/Tehran".to_owned()
        } else {
            format!("time_zone `{name}` is not in the IANA time zone database")
        });
        TimeZone::UTC
    })
}

impl ColumnsFile {
    fn validate(self, errors: &mut Vec<String>) -> OrderColumns {
        OrderColumns {
            order_id: optional(self.order_id, errors),
            city: city(self.city, errors),
            line: line(self.line, errors),
            lng: degrees("lng", self.lng, errors),
            lat: degrees("lat", self.lat, errors),
            user: named("user", self.user, errors),
            organic: organic(self.organic, errors),
            time: time(self.time, errors),
        }
    }
}

impl ColumnFile {
    /// The table that is written, or that a name stands for. Every error is reported, together with the
    /// form that is expected.
    fn table(
        key: &str,
        expected: &str,
        column: Option<Self>,
        errors: &mut Vec<String>,
    ) -> Option<ColumnTable> {
        match column.map(|column| column.0) {
            None => return Some(ColumnTable::default()),
            Some(Value::String(name)) if name.trim().is_empty() => {
                errors.push(format!("orders.columns.{key} is blank; it must be {expected}"));
            }
            Some(Value::String(name)) => {
                return Some(ColumnTable { column: Some(name), ..ColumnTable::default() });
            }
            Some(Value::Table(written)) => {
                let errors_before = errors.len();
                let table: ColumnTable =
                    read_keys(&format!("orders.columns.{key}"), &written, errors);
                let is_blank = table.column.as_ref().is_some_and(|column| column.trim().is_empty());
                if errors.len() == errors_before && !is_blank {
                    return Some(table);
                }
                wrong_form(key, expected, errors);
            }
            Some(other) => {
                errors.push(format!("orders.columns.{key} is {other}; it must be {expected}"));
            }
        }
        None
    }
}

fn wrong_form(key: &str, wanted: &str, errors: &mut Vec<String>) {
    errors.push(format!("orders.columns.{key} must be {wanted}"));
}

fn optional(column: Option<ColumnFile>, errors: &mut Vec<String>) -> Option<String> {
    const FORM: &str = "a column name or { absent = true }";
    match ColumnFile::table("order_id", FORM, column, errors)? {
        ColumnTable { absent: true, column: None, .. } => None,
        ColumnTable { column: Some(column), absent: false, .. } => Some(column),
        _ => {
            wrong_form("order_id", FORM, errors);
            None
        }
    }
}

fn city(column: Option<ColumnFile>, errors: &mut Vec<String>) -> CityColumn {
    const FORM: &str = "a column name or { constant = NUMBER }";
    match ColumnFile::table("city", FORM, column, errors) {
        Some(ColumnTable { column: Some(column), constant: None, .. }) => CityColumn::Named(column),
        Some(ColumnTable { constant: Some(Value::Integer(id)), column: None, .. }) => {
            CityColumn::Constant(id)
        }
        Some(_) => {
            wrong_form("city", FORM, errors);
            CityColumn::Constant(0)
        }
        None => CityColumn::Constant(0),
    }
}

fn line(column: Option<ColumnFile>, errors: &mut Vec<String>) -> LineColumn {
    const FORM: &str = "a column name, { constant = TEXT } or { column, breaks, names }";
    let table = ColumnFile::table("line", FORM, column, errors);
    let Some(table) = table else { return LineColumn::Constant(String::new()) };
    match table {
        ColumnTable { column: Some(column), breaks: None, names: None, constant: None, .. } => {
            LineColumn::Named(column)
        }
        ColumnTable { column: Some(column), breaks: Some(breaks), names: Some(names), .. } => {
            if !breaks.is_sorted_by(|a, b| a < b) {
                wrong_form("line", "given with breaks in ascending order", errors);
            }
            if names.len() != breaks.len() + 1 {
                wrong_form("line", "given with one more name than breaks", errors);
            }
            LineColumn::Classes { column, breaks, names }
        }
        ColumnTable { constant: Some(Value::String(name)), column: None, .. } => {
            LineColumn::Constant(name)
        }
        _ => {
            wrong_form("line", FORM, errors);
            LineColumn::Constant(String::new())
        }
    }
}

fn degrees(key: &str, column: Option<ColumnFile>, errors: &mut Vec<String>) -> DegreesColumn {
    const FORM: &str = "a column name or { column, scale }, where scale is not 0";
    let table = ColumnFile::table(key, FORM, column, errors);
    let is_read = table.is_some();
    let table = table.unwrap_or_default();
    let scale = table.scale.unwrap_or(1.0);
    if is_read && (table.column.is_none() || !(scale.is_finite() && scale != 0.0)) {
        wrong_form(key, FORM, errors);
    }
    DegreesColumn { column: table.column.unwrap_or_default(), scale }
}

fn named(key: &str, column: Option<ColumnFile>, errors: &mut Vec<String>) -> String {
    const FORM: &str = "a column name";
    let Some(table) = ColumnFile::table(key, FORM, column, errors) else { return String::new() };
    if table.column.is_none() {
        wrong_form(key, FORM, errors);
    }
    table.column.unwrap_or_default()
}

fn organic(column: Option<ColumnFile>, errors: &mut Vec<String>) -> OrganicColumn {
    const FORM: &str = "a column name, { column, at_least } or { constant = 0 or 1 }";
    match ColumnFile::table("organic", FORM, column, errors) {
        Some(ColumnTable { column: Some(column), at_least: None, constant: None, .. }) => {
            OrganicColumn::Named(column)
        }
        Some(ColumnTable { column: Some(column), at_least: Some(least), .. }) => {
            OrganicColumn::AtLeast { column, least }
        }
        Some(ColumnTable { constant: Some(Value::Integer(flag @ 0..=1)), .. }) => {
            OrganicColumn::Constant(flag == 1)
        }
        Some(_) => {
            wrong_form("organic", FORM, errors);
            OrganicColumn::Constant(false)
        }
        None => OrganicColumn::Constant(false),
    }
}

fn time(column: Option<ColumnFile>, errors: &mut Vec<String>) -> TimeColumn {
    const FORM: &str = "a column name or { column, unit }, where unit is s, ms, us or ns";
    let table = ColumnFile::table("time", FORM, column, errors);
    if table.as_ref().is_some_and(|table| table.column.is_none()) {
        wrong_form("time", FORM, errors);
    }
    let table = table.unwrap_or_default();
    TimeColumn { column: table.column.unwrap_or_default(), unit: table.unit }
}
