//! What the configuration means: values that are checked and complete.

use jiff::tz::TimeZone;
use tilecore::manifest::City;

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
