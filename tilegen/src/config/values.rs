//! The validated configuration, without missing values.

use std::fmt;
use std::time::Duration;

use jiff::tz::TimeZone;
use tilecore::manifest::City;

use super::fetch::FetchConfig;
use super::guards::GuardsConfig;
use super::names::{ColumnNames, GradesConfig};
use super::run::RunConfig;

/// Which data tilegen reads, and how it interprets them.
#[derive(Clone, Debug)]
pub struct Config {
    /// Time zone of the calendar days.
    pub time_zone: TimeZone,
    /// Name of the time zone.
    pub time_zone_name: String,
    /// Cities, each with the bounding box of its orders.
    pub cities: Vec<City>,
    /// How order files are read.
    pub orders: OrdersConfig,
    /// Which vendor snapshots are accepted, and which columns are published.
    pub snapshot: SnapshotConfig,
    /// Names of the columns in vendor files.
    pub vendors: ColumnNames,
    /// The grades of vendors, and how grades files are read.
    pub grades: GradesConfig,
    /// Names of the columns in target files.
    pub targets: ColumnNames,
    /// Business lines that orders may have; empty if every name is a line.
    pub known_lines: Vec<String>,
    /// The limits of the guards.
    pub guards: GuardsConfig,
    /// The sources of `tilegen fetch`.
    pub fetch: FetchConfig,
    /// The steps of `tilegen run`.
    pub run: RunConfig,
}

/// Which vendor snapshots are accepted, and which columns are published.
#[derive(Clone, Debug, PartialEq)]
pub struct SnapshotConfig {
    /// Maximum share of rejected rows, 0 to 1.
    pub max_reject_share: f64,
    /// Maximum age of a snapshot in minutes.
    pub max_age_minutes: u32,
    /// Maximum share of vendors that may be missing compared with the last published snapshot, 0 to 1.
    pub max_shrink_share: f64,
    /// Whether targets may name areas or lines that do not exist.
    pub allow_unmatched_targets: bool,
    /// Optional vendor columns to publish.
    pub vendor_columns: Vec<VendorColumn>,
}

/// An optional vendor column.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VendorColumn {
    /// Name.
    Name,
    /// Secondary status.
    VendorStatus,
    /// Currently open.
    Open,
    /// Share of time in which the vendor is available.
    Availability,
    /// Delivers with its own couriers.
    OwnDelivery,
    /// Delivered by the platform.
    OfoodDelivery,
    /// Offers express delivery.
    IsExpress,
    /// Listed on both platforms.
    IsDual,
}

/// How order files are read.
#[derive(Clone, Debug)]
pub struct OrdersConfig {
    /// How a time without a time zone is interpreted.
    pub zoneless: Zoneless,
    /// Maximum share of rejected rows, 0 to 1.
    pub max_reject_share: f64,
    /// How much later than the current time an order may be.
    pub max_future: Duration,
    /// Whether row groups are left out by the times in their footers alone, without a look at their time column.
    pub trust_footer_times: bool,
    /// User ids that identify no user.
    pub unknown_users: Vec<String>,
    /// Order ids that identify no order.
    pub unknown_orders: Vec<String>,
    /// The columns of an order.
    pub columns: OrderColumns,
}

/// How a time without a time zone is interpreted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Zoneless {
    /// Coordinated universal time.
    Utc,
    /// Local time of the configured time zone.
    Local,
}

/// The columns of an order.
#[derive(Clone, Debug)]
pub struct OrderColumns {
    /// Id of the order, if there is one.
    pub order_id: Option<String>,
    /// City.
    pub city: CityColumn,
    /// Business line.
    pub line: LineColumn,
    /// Longitude.
    pub lng: DegreesColumn,
    /// Latitude.
    pub lat: DegreesColumn,
    /// Id of the customer.
    pub user: String,
    /// Whether the order is organic.
    pub organic: OrganicColumn,
    /// When it was placed.
    pub time: TimeColumn,
}

/// Source of the city id.
#[derive(Clone, Debug, PartialEq)]
pub enum CityColumn {
    /// A column of integers.
    Named(String),
    /// One city for every row.
    Constant(i64),
}

impl CityColumn {
    /// Name of the column, if there is one.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        match self {
            Self::Named(name) => Some(name),
            Self::Constant(_) => None,
        }
    }
}

/// Source of the business line.
#[derive(Clone, Debug, PartialEq)]
pub enum LineColumn {
    /// A column of text.
    Named(String),
    /// One line for every row.
    Constant(String),
    /// Classes of a number: `names[i]` for values below `breaks[i]`, the last name for all others.
    Classes {
        /// Column of numbers.
        column: String,
        /// Class limits in ascending order.
        breaks: Vec<f64>,
        /// Names of the classes, one more than there are breaks.
        names: Vec<String>,
    },
}

impl LineColumn {
    /// Name of the column, if there is one.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        match self {
            Self::Named(name) | Self::Classes { column: name, .. } => Some(name),
            Self::Constant(_) => None,
        }
    }
}

/// A column of degrees.
#[derive(Clone, Debug, PartialEq)]
pub struct DegreesColumn {
    /// Its name.
    pub column: String,
    /// Degrees per unit of the column.
    pub scale: f64,
}

impl fmt::Display for DegreesColumn {
    /// The value of its key in the configuration.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { column, scale } = self;
        let is_in_degrees = scale.to_bits() == 1f64.to_bits();
        if is_in_degrees {
            write!(f, "{column:?}")
        } else {
            write!(f, "{{ column = {column:?}, scale = {scale} }}")
        }
    }
}

/// Source of the organic flag.
#[derive(Clone, Debug, PartialEq)]
pub enum OrganicColumn {
    /// A column of 0/1 or true/false.
    Named(String),
    /// Organic when the number is at least this.
    AtLeast {
        /// Column of numbers.
        column: String,
        /// Smallest number that counts as organic.
        least: f64,
    },
    /// One value for every row.
    Constant(bool),
}

impl OrganicColumn {
    /// Name of the column, if there is one.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        match self {
            Self::Named(name) | Self::AtLeast { column: name, .. } => Some(name),
            Self::Constant(_) => None,
        }
    }
}

/// A column of times.
#[derive(Clone, Debug, PartialEq)]
pub struct TimeColumn {
    /// Its name.
    pub column: String,
    /// Unit of a column of integers.
    pub unit: Option<TimeUnit>,
}

/// Unit of an integer time since 1970-01-01.
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
