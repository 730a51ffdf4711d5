//! The configuration file as it is written, and its validation.
//!
//! This file is the file as a whole. `orders` (with `columns` and `column`) and `snapshot` are sections of it.

mod column;
mod columns;
mod orders;
mod snapshot;

use jiff::tz::{TimeZone, TimeZoneDatabase};
use serde::Deserialize;
use tilecore::config_file::read_keys;
use toml::{Table, Value};

use super::cities::cities;
use super::fetch::FetchFile;
use super::guards::GuardsFile;
use super::names::{ColumnsSection, GradesSection};
use super::run::RunFile;
use super::values::Config;
use orders::OrdersSection;
use snapshot::SnapshotSection;

/// The keys of the file. A missing key takes its default.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConfigFile {
    time_zone: Option<String>,
    /// Cities are read later, so that every error in them is reported.
    cities: Option<Vec<Value>>,
    #[serde(default)]
    orders: OrdersSection,
    #[serde(default)]
    snapshot: SnapshotSection,
    #[serde(default)]
    vendors: ColumnsSection,
    #[serde(default)]
    grades: GradesSection,
    #[serde(default)]
    targets: ColumnsSection,
    #[serde(default)]
    lines: LinesSection,
    #[serde(default)]
    guards: GuardsFile,
    #[serde(default)]
    fetch: FetchFile,
    #[serde(default)]
    run: RunFile,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct LinesSection {
    known: Option<Vec<String>>,
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
        Self {
            time_zone: self.time_zone.or(defaults.time_zone),
            cities: self.cities.or(defaults.cities),
            orders: self.orders.with_defaults(defaults.orders),
            snapshot: self.snapshot.with_defaults(defaults.snapshot),
            vendors: self.vendors,
            grades: self.grades.with_defaults(defaults.grades),
            targets: self.targets,
            lines: LinesSection { known: self.lines.known.or(defaults.lines.known) },
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
        let orders = self.orders.validate(errors);
        let snapshot = self.snapshot.validate(errors);
        let vendors = self.vendors.vendors(errors);
        let grades = self.grades.validate(errors);
        let targets = self.targets.targets(errors);
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
