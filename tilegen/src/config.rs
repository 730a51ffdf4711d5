//! The configuration: what was written, what it means, and every error in it at once.
//!
//! This file holds what the configuration means; `file` is what was written and checks it.
//! `period` is a length of time, as arguments write it.

mod file;
pub mod period;

use std::path::{Path, PathBuf};

use jiff::tz::TimeZone;
use tilecore::manifest::City;

pub use file::ConfigFile;

/// The defaults, with a comment for every key.
pub const DEFAULT_CONFIG: &str = include_str!("../tilegen.toml");

/// What the generator reads and how it understands it.
#[derive(Clone, Debug)]
pub struct Config {
    /// Zone whose calendar days are the map's days.
    pub time_zone: TimeZone,
    /// Name of that zone.
    pub time_zone_name: String,
    /// Cities, each with the box that its orders lie in.
    pub cities: Vec<City>,
    /// How orders are read.
    pub orders: OrdersConfig,
    /// Which vendor snapshots are believed, and what of them is published.
    pub snapshot: SnapshotConfig,
}

/// Which vendor snapshots are believed, and what of them is published.
#[derive(Clone, Debug, PartialEq)]
pub struct SnapshotConfig {
    /// Share of rows that may be rejected, 0 to 1.
    pub max_reject_share: f64,
    /// Age in minutes beyond which a snapshot is late.
    pub max_age_minutes: u32,
    /// Share of vendors that may be missing against the last published snapshot, 0 to 1.
    pub max_shrink_share: f64,
    /// Whether targets may name areas or lines that do not exist.
    pub allow_unmatched_targets: bool,
    /// Optional columns of vendors that are published.
    pub vendor_columns: Vec<VendorColumn>,
}

/// A column of vendors that need not be published.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VendorColumn {
    /// Name.
    Name,
    /// The second status.
    VendorStatus,
    /// Open now.
    Open,
    /// Share of the time that it is available.
    Availability,
    /// Couriers of its own.
    OwnDelivery,
    /// Delivered by the platform.
    OfoodDelivery,
    /// Express.
    IsExpress,
    /// On both platforms.
    IsDual,
}

/// How orders are read.
#[derive(Clone, Debug)]
pub struct OrdersConfig {
    /// How a time without a zone is meant.
    pub zoneless: Zoneless,
    /// Share of rows that may be rejected, 0 to 1.
    pub max_reject_share: f64,
    /// Where each fact stands.
    pub columns: OrderColumns,
}

/// How a time without a zone is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Zoneless {
    /// Coordinated universal time.
    Utc,
    /// Wall clock of the configured zone.
    Local,
}

/// Where each fact of an order stands.
#[derive(Clone, Debug)]
pub struct OrderColumns {
    /// Identity of the order, where there is one.
    pub order_id: Option<String>,
    /// City.
    pub city: CityColumn,
    /// Business line.
    pub line: LineColumn,
    /// Longitude.
    pub lng: DegreesColumn,
    /// Latitude.
    pub lat: DegreesColumn,
    /// Identity of the customer.
    pub user: String,
    /// Whether the order came by itself.
    pub organic: OrganicColumn,
    /// When it was placed.
    pub time: TimeColumn,
}

/// Where a city's number comes from.
#[derive(Clone, Debug, PartialEq)]
pub enum CityColumn {
    /// A column of whole numbers.
    Named(String),
    /// One city for every row.
    Constant(i64),
}

/// Where a business line comes from.
#[derive(Clone, Debug, PartialEq)]
pub enum LineColumn {
    /// A column of text.
    Named(String),
    /// One line for every row.
    Constant(String),
    /// Classes of a number: `names[i]` up to `breaks[i]`, exclusive, the last name above all.
    Classes {
        /// Column of numbers.
        column: String,
        /// Rising limits.
        breaks: Vec<f64>,
        /// One more than limits.
        names: Vec<String>,
    },
}

/// A column of degrees.
#[derive(Clone, Debug, PartialEq)]
pub struct DegreesColumn {
    /// Its name.
    pub column: String,
    /// Degrees of one unit in the column.
    pub scale: f64,
}

/// Where the organic mark comes from.
#[derive(Clone, Debug, PartialEq)]
pub enum OrganicColumn {
    /// A column of 0/1 or true/false.
    Named(String),
    /// Organic when the number is at least this.
    AtLeast {
        /// Column of numbers.
        column: String,
        /// Least number that counts as organic.
        least: f64,
    },
    /// The same for every row.
    Constant(bool),
}

/// A column of times.
#[derive(Clone, Debug, PartialEq)]
pub struct TimeColumn {
    /// Its name.
    pub column: String,
    /// Unit, for a column of integers.
    pub unit: Option<TimeUnit>,
}

/// Unit of an integer that tells a time since 1970-01-01.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize)]
pub enum TimeUnit {
    /// Seconds.
    #[serde(rename = "s")]
    Second,
    /// Milliseconds.
    #[serde(rename = "ms")]
    Millisecond,
    /// Microseconds.
    #[serde(rename = "us")]
    Microsecond,
    /// Nanoseconds.
    #[serde(rename = "ns")]
    Nanosecond,
}

/// Why there is no configuration.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file could not be read.
    #[error("could not read the configuration {path}")]
    Read {
        /// The file.
        path: PathBuf,
        /// Cause.
        #[source]
        source: std::io::Error,
    },
    /// The file is no TOML, or has a key that does not exist.
    #[error("the configuration {name} is not understood")]
    Parse {
        /// The file.
        name: String,
        /// Cause, with line and column.
        #[source]
        source: Box<toml::de::Error>,
    },
    /// Values that make no sense, all of them.
    #[error("the configuration {name} has faults: {}", faults.join("; "))]
    Faults {
        /// The file.
        name: String,
        /// One sentence each.
        faults: Vec<String>,
    },
}

impl Config {
    /// The configuration of a file, or the defaults.
    pub fn load(path: Option<&Path>) -> Result<Self, ConfigError> {
        let Some(path) = path else { return Self::parse("tilegen.toml", DEFAULT_CONFIG) };
        let text = std::fs::read_to_string(path)
            .map_err(|source| ConfigError::Read { path: path.to_owned(), source })?;
        Self::parse(&path.display().to_string(), &text)
    }

    /// The configuration in a text; `name` stands in error messages.
    ///
    /// ```
    /// use tilegen::config::Config;
    ///
    /// assert_eq!(Config::parse("none", "")?.cities.len(), 3);
    /// assert!(Config::parse("typo", "time_zome = 'Asia/Tehran'").is_err());
    /// # Ok::<(), tilegen::config::ConfigError>(())
    /// ```
    pub fn parse(name: &str, text: &str) -> Result<Self, ConfigError> {
        let read = |text| {
            toml::from_str::<ConfigFile>(text).map_err(|source| ConfigError::Parse {
                name: name.to_owned(),
                source: Box::new(source),
            })
        };
        let faults = |faults| ConfigError::Faults { name: name.to_owned(), faults };
        let (written, defaults) = (read(text)?, read(DEFAULT_CONFIG)?);
        written.or(defaults).check().map_err(faults)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_are_the_three_cities() {
        let config = Config::load(None).unwrap();
        let ids: Vec<_> = config.cities.iter().map(|city| city.id).collect();
        assert_eq!(ids, [1, 2, 5]);
        assert_eq!(config.orders.columns.time.column, "created_at");
        assert_eq!(config.orders.columns.lng.scale.to_string(), "1");
    }

    #[test]
    fn columns_map_foreign_tables() {
        let text = r#"
            [orders.columns]
            order_id = { absent = true }
            city = { constant = 2 }
            line = { column = "alt", breaks = [10, 20.5], names = ["a", "b", "c"] }
            lng = { column = "lon_e5", scale = 1e-5 }
            organic = { column = "speed", at_least = 0.5 }
            time = { column = "ts", unit = "ms" }
        "#;
        let columns = Config::parse("test", text).unwrap().orders.columns;
        assert_eq!(columns.order_id, None);
        assert_eq!(columns.city, CityColumn::Constant(2));
        assert_eq!(columns.lng, DegreesColumn { column: "lon_e5".into(), scale: 1e-5 });
        assert_eq!(columns.lat.column, "customer_latitude");
        assert_eq!(columns.organic, OrganicColumn::AtLeast { column: "speed".into(), least: 0.5 });
        assert_eq!(columns.time.unit, Some(TimeUnit::Millisecond));
        let LineColumn::Classes { breaks, names, .. } = columns.line else { panic!("no classes") };
        assert_eq!((breaks, names.len()), (vec![10.0, 20.5], 3));
    }

    #[test]
    fn every_fault_is_named_at_once() {
        let text = r#"
            time_zone = "Asia/Nowhere"
            [[cities]]
            id = 1
            key = "a"
            name_fa = "ا"
            name_en = "A"
            center = [0, 0]
            zoom = 11
            box = [10, 0, 0, 1]
            [orders]
            max_reject_share = 7
            [orders.columns]
            line = { column = "alt", breaks = [10, 5], names = ["a"] }
            user = { constant = 3 }
        "#;
        let ConfigError::Faults { faults, .. } = Config::parse("test", text).unwrap_err() else {
            panic!("no faults")
        };
        for part in ["Asia/Nowhere", "box", "max_reject_share", "names", "breaks", "user"] {
            let named = faults.iter().any(|fault| fault.contains(part));
            assert!(named, "{part} is not among {faults:?}");
        }
    }
}
