//! The configuration as it is written, and its check.

use std::collections::HashSet;

use jiff::tz::{TimeZone, TimeZoneDatabase};
use serde::Deserialize;
use tilecore::manifest::City;

use super::values::{
    CityColumn, Config, DegreesColumn, LineColumn, OrderColumns, OrdersConfig, OrganicColumn,
    SnapshotConfig, TimeColumn, TimeUnit, VendorColumn, Zoneless,
};

/// What stands in the file; what is absent takes its default.
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
    /// This file where it speaks, `defaults` where it is silent.
    pub(super) fn or(self, defaults: Self) -> Self {
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
            snapshot: self.snapshot.or(defaults.snapshot),
        }
    }

    /// What the file means, or every fault that it has.
    pub(super) fn check(self) -> Result<Config, Vec<String>> {
        let mut faults = Vec::new();
        let time_zone_name = self.time_zone.unwrap_or_default();
        let time_zone = find_zone(&time_zone_name, &mut faults);
        let cities = self.cities.unwrap_or_default();
        check_cities(&cities, &mut faults);
        let max_reject_share = self.orders.max_reject_share.unwrap_or_default();
        if !(0.0..=1.0).contains(&max_reject_share) {
            faults.push(format!("max_reject_share is {max_reject_share}, it must be 0 to 1"));
        }
        let columns = self.orders.columns.check(&mut faults);
        let snapshot = self.snapshot.check(&mut faults);
        if !faults.is_empty() {
            return Err(faults);
        }
        let zoneless = self.orders.zoneless_time.unwrap_or(Zoneless::Utc);
        let orders = OrdersConfig { zoneless, max_reject_share, columns };
        Ok(Config { time_zone, time_zone_name, cities, orders, snapshot })
    }
}

impl SnapshotFile {
    fn or(self, defaults: Self) -> Self {
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

    fn check(self, faults: &mut Vec<String>) -> SnapshotConfig {
        let mut share = |key: &str, value: Option<f64>| {
            let share = value.unwrap_or_default();
            if !(0.0..=1.0).contains(&share) {
                faults.push(format!("snapshot.{key} is {share}, it must be 0 to 1"));
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

/// Zones come from the database built into the program, so that every machine counts the same days.
fn find_zone(name: &str, faults: &mut Vec<String>) -> TimeZone {
    TimeZoneDatabase::bundled().get(name).unwrap_or_else(|_| {
        faults.push(format!("time_zone `{name}` is not in the IANA database"));
        TimeZone::UTC
    })
}

fn check_cities(cities: &[City], faults: &mut Vec<String>) {
    if cities.is_empty() {
        faults.push("there is no city".to_owned());
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
            faults.push(format!(
                "the box of city `{key}` is not west < east and south < north within the map"
            ));
        }
        if !ids.insert(city.id) {
            faults.push(format!("city id {} stands twice", city.id));
        }
        if !keys.insert(key) {
            faults.push(format!("city key `{key}` stands twice"));
        }
    }
}

impl ColumnsFile {
    fn check(self, faults: &mut Vec<String>) -> OrderColumns {
        OrderColumns {
            order_id: optional(self.order_id, faults),
            city: city(self.city, faults),
            line: line(self.line, faults),
            lng: degrees("lng", self.lng, faults),
            lat: degrees("lat", self.lat, faults),
            user: named("user", self.user, faults),
            organic: organic(self.organic, faults),
            time: time(self.time, faults),
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

fn misfit(key: &str, wanted: &str, faults: &mut Vec<String>) {
    faults.push(format!("orders.columns.{key} must be {wanted}"));
}

fn optional(column: Option<ColumnFile>, faults: &mut Vec<String>) -> Option<String> {
    match ColumnFile::table(column) {
        ColumnTable { absent: true, column: None, .. } => None,
        ColumnTable { column: Some(column), absent: false, .. } => Some(column),
        _ => {
            misfit("order_id", "a column's name or { absent = true }", faults);
            None
        }
    }
}

fn city(column: Option<ColumnFile>, faults: &mut Vec<String>) -> CityColumn {
    match ColumnFile::table(column) {
        ColumnTable { column: Some(column), constant: None, .. } => CityColumn::Named(column),
        ColumnTable { constant: Some(toml::Value::Integer(id)), column: None, .. } => {
            CityColumn::Constant(id)
        }
        _ => {
            misfit("city", "a column's name or { constant = NUMBER }", faults);
            CityColumn::Constant(0)
        }
    }
}

fn line(column: Option<ColumnFile>, faults: &mut Vec<String>) -> LineColumn {
    match ColumnFile::table(column) {
        ColumnTable { column: Some(column), breaks: None, names: None, constant: None, .. } => {
            LineColumn::Named(column)
        }
        ColumnTable { column: Some(column), breaks: Some(breaks), names: Some(names), .. } => {
            if !breaks.is_sorted_by(|a, b| a < b) {
                misfit("line", "given rising breaks", faults);
            }
            if names.len() != breaks.len() + 1 {
                misfit("line", "given one more names than breaks", faults);
            }
            LineColumn::Classes { column, breaks, names }
        }
        ColumnTable { constant: Some(toml::Value::String(name)), column: None, .. } => {
            LineColumn::Constant(name)
        }
        _ => {
            misfit(
                "line",
                "a column's name, { constant = TEXT } or { column, breaks, names }",
                faults,
            );
            LineColumn::Constant(String::new())
        }
    }
}

fn degrees(key: &str, column: Option<ColumnFile>, faults: &mut Vec<String>) -> DegreesColumn {
    let table = ColumnFile::table(column);
    let scale = table.scale.unwrap_or(1.0);
    if table.column.is_none() || !(scale.is_finite() && scale != 0.0) {
        misfit(key, "a column's name or { column, scale }", faults);
    }
    DegreesColumn { column: table.column.unwrap_or_default(), scale }
}

fn named(key: &str, column: Option<ColumnFile>, faults: &mut Vec<String>) -> String {
    let name = ColumnFile::table(column).column;
    if name.is_none() {
        misfit(key, "a column's name", faults);
    }
    name.unwrap_or_default()
}

fn organic(column: Option<ColumnFile>, faults: &mut Vec<String>) -> OrganicColumn {
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
            misfit(
                "organic",
                "a column's name, { column, at_least } or { constant = 0 or 1 }",
                faults,
            );
            OrganicColumn::Constant(false)
        }
    }
}

fn time(column: Option<ColumnFile>, faults: &mut Vec<String>) -> TimeColumn {
    let table = ColumnFile::table(column);
    if table.column.is_none() {
        misfit("time", "a column's name or { column, unit }", faults);
    }
    TimeColumn { column: table.column.unwrap_or_default(), unit: table.unit }
}
