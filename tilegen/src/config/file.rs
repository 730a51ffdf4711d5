//! The configuration file as it is written, and its validation.

use std::collections::HashSet;

use jiff::tz::{TimeZone, TimeZoneDatabase};
use serde::Deserialize;
use tilecore::manifest::City;

use super::values::{
    CityColumn, Config, DegreesColumn, LineColumn, OrderColumns, OrdersConfig, OrganicColumn,
    SnapshotConfig, TimeColumn, TimeUnit, VendorColumn, Zoneless,
};

/// The keys of the file. A missing key takes its default.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConfigFile {
    time_zone: Option<String>,
    cities: Option<Vec<City>>,
    #[serde(default)]
    orders: OrdersFile,
    #[serde(default)]
    snapshot: SnapshotFile,
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

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum ColumnFile {
    Name(String),
    Table(Box<ColumnTable>),
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct ColumnTable {
    column: Option<String>,
    constant: Option<toml::Value>,
    #[serde(default)]
    absent: bool,
    scale: Option<f64>,
    unit: Option<TimeUnit>,
    breaks: Option<Vec<f64>>,
    names: Option<Vec<String>>,
    at_least: Option<f64>,
}

impl ConfigFile {
    /// This file with missing keys taken from `defaults`.
    pub(super) fn with_defaults(self, defaults: Self) -> Self {
        let (mine, theirs) = (self.orders.columns, defaults.orders.columns);
        Self {
            time_zone: self.time_zone.or(defaults.time_zone),
            cities: self.cities.or(defaults.cities),
            orders: OrdersFile {
                zoneless_time: self.orders.zoneless_time.or(defaults.orders.zoneless_time),
                max_reject_share: self.orders.max_reject_share.or(defaults.orders.max_reject_share),
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
        }
    }

    /// The validated configuration, or every error in it.
    pub(super) fn validate(self) -> Result<Config, Vec<String>> {
        let mut errors = Vec::new();
        let time_zone_name = self.time_zone.unwrap_or_default();
        let time_zone = find_zone(&time_zone_name, &mut errors);
        let cities = self.cities.unwrap_or_default();
        check_cities(&cities, &mut errors);
        let max_reject_share = self.orders.max_reject_share.unwrap_or_default();
        if !(0.0..=1.0).contains(&max_reject_share) {
            errors.push(format!(
                "orders.max_reject_share is {max_reject_share}; it must be between 0 and 1"
            ));
        }
        let columns = self.orders.columns.validate(&mut errors);
        let snapshot = self.snapshot.validate(&mut errors);
        if !errors.is_empty() {
            return Err(errors);
        }
        let zoneless = self.orders.zoneless_time.unwrap_or(Zoneless::Utc);
        let orders = OrdersConfig { zoneless, max_reject_share, columns };
        Ok(Config { time_zone, time_zone_name, cities, orders, snapshot })
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

/// Time zones come from the database in the binary, so that every machine has the same calendar days.
fn find_zone(name: &str, errors: &mut Vec<String>) -> TimeZone {
    TimeZoneDatabase::bundled().get(name).unwrap_or_else(|_| {
        errors.push(format!("time_zone `{name}` is not in the IANA time zone database"));
        TimeZone::UTC
    })
}

fn check_cities(cities: &[City], errors: &mut Vec<String>) {
    if cities.is_empty() {
        errors.push("cities is empty; list at least one city".to_owned());
    }
    let (mut ids, mut keys) = (HashSet::new(), HashSet::new());
    for city in cities {
        let [west, south, east, north] = city.bounds;
        let inside = |limit: f64, values: [f64; 2]| values.iter().all(|v| v.abs() <= limit);
        let key = &city.key;
        let is_box = west < east && south < north;
        let is_on_map =
            inside(180.0, [west, east]) && inside(tilecore::mercator::MAX_LATITUDE, [south, north]);
        if !(is_box && is_on_map) {
            errors.push(format!(
                "the box of city `{key}` must be [west, south, east, north] with west < east and south < north, inside the map"
            ));
        }
        if !ids.insert(city.id) {
            errors.push(format!("city id {} is used twice", city.id));
        }
        if !keys.insert(key) {
            errors.push(format!("city key `{key}` is used twice"));
        }
    }
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
    fn table(column: Option<Self>) -> ColumnTable {
        match column {
            Some(Self::Name(name)) => ColumnTable { column: Some(name), ..ColumnTable::default() },
            Some(Self::Table(table)) => *table,
            None => ColumnTable::default(),
        }
    }
}

fn wrong_form(key: &str, wanted: &str, errors: &mut Vec<String>) {
    errors.push(format!("orders.columns.{key} must be {wanted}"));
}

fn optional(column: Option<ColumnFile>, errors: &mut Vec<String>) -> Option<String> {
    match ColumnFile::table(column) {
        ColumnTable { absent: true, column: None, .. } => None,
        ColumnTable { column: Some(column), absent: false, .. } => Some(column),
        _ => {
            wrong_form("order_id", "a column name or { absent = true }", errors);
            None
        }
    }
}

fn city(column: Option<ColumnFile>, errors: &mut Vec<String>) -> CityColumn {
    match ColumnFile::table(column) {
        ColumnTable { column: Some(column), constant: None, .. } => CityColumn::Named(column),
        ColumnTable { constant: Some(toml::Value::Integer(id)), column: None, .. } => {
            CityColumn::Constant(id)
        }
        _ => {
            wrong_form("city", "a column name or { constant = NUMBER }", errors);
            CityColumn::Constant(0)
        }
    }
}

fn line(column: Option<ColumnFile>, errors: &mut Vec<String>) -> LineColumn {
    match ColumnFile::table(column) {
        ColumnTable { column: Some(column), breaks: None, names: None, constant: None, .. } => {
            LineColumn::Named(column)
        }
        ColumnTable { column: Some(column), breaks: Some(breaks), names: Some(names), .. } => {
            if !breaks.is_sorted_by(|a, b| a < b) {
                wrong_form("line", "given breaks in ascending order", errors);
            }
            if names.len() != breaks.len() + 1 {
                wrong_form("line", "given one more name than breaks", errors);
            }
            LineColumn::Classes { column, breaks, names }
        }
        ColumnTable { constant: Some(toml::Value::String(name)), column: None, .. } => {
            LineColumn::Constant(name)
        }
        _ => {
            wrong_form(
                "line",
                "a column name, { constant = TEXT } or { column, breaks, names }",
                errors,
            );
            LineColumn::Constant(String::new())
        }
    }
}

fn degrees(key: &str, column: Option<ColumnFile>, errors: &mut Vec<String>) -> DegreesColumn {
    let table = ColumnFile::table(column);
    let scale = table.scale.unwrap_or(1.0);
    if table.column.is_none() || !(scale.is_finite() && scale != 0.0) {
        wrong_form(key, "a column name or { column, scale }", errors);
    }
    DegreesColumn { column: table.column.unwrap_or_default(), scale }
}

fn named(key: &str, column: Option<ColumnFile>, errors: &mut Vec<String>) -> String {
    let name = ColumnFile::table(column).column;
    if name.is_none() {
        wrong_form(key, "a column name", errors);
    }
    name.unwrap_or_default()
}

fn organic(column: Option<ColumnFile>, errors: &mut Vec<String>) -> OrganicColumn {
    match ColumnFile::table(column) {
        ColumnTable { column: Some(column), at_least: None, constant: None, .. } => {
            OrganicColumn::Named(column)
        }
        ColumnTable { column: Some(column), at_least: Some(least), .. } => {
            OrganicColumn::AtLeast { column, least }
        }
        ColumnTable { constant: Some(toml::Value::Integer(flag @ 0..=1)), .. } => {
            OrganicColumn::Constant(flag == 1)
        }
        _ => {
            wrong_form(
                "organic",
                "a column name, { column, at_least } or { constant = 0 or 1 }",
                errors,
            );
            OrganicColumn::Constant(false)
        }
    }
}

fn time(column: Option<ColumnFile>, errors: &mut Vec<String>) -> TimeColumn {
    let table = ColumnFile::table(column);
    if table.column.is_none() {
        wrong_form("time", "a column name or { column, unit }", errors);
    }
    TimeColumn { column: table.column.unwrap_or_default(), unit: table.unit }
}
