//! Vendors: the valid rows of a snapshot, and the reasons why a row is rejected.

use std::collections::BTreeMap;

use serde::Serialize;
use tilecore::LngLat;

use crate::orders::lines::LineCode;
use crate::vendors::grade::Grade;

/// The platform that lists a vendor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Platform {
    /// Our own platform.
    Tapsifood,
    /// The competitor.
    Snappfood,
}

impl Platform {
    /// Both platforms.
    pub const ALL: [Self; 2] = [Self::Tapsifood, Self::Snappfood];

    /// The name of the platform in files, tiles and tables.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Tapsifood => "tapsifood",
            Self::Snappfood => "snappfood",
        }
    }
}

/// A valid vendor. Attributes that are optional in the source are `Option`s.
#[derive(Clone, Debug, PartialEq)]
pub struct Vendor {
    /// Id, unique on its platform. It is text even if it consists of digits.
    pub code: String,
    /// Name, without surrounding white space.
    pub name: String,
    /// Platform.
    pub platform: Platform,
    /// Index into the configured cities.
    pub city: usize,
    /// Business line: a temporary code while the snapshot is read, then the permanent index.
    pub line: LineCode,
    /// Longitude in units of 10⁻⁷ degrees, about a centimetre. The page computes from the same integers,
    /// so it gets the same results.
    pub lng_e7: i32,
    /// Latitude, see `lng_e7`.
    pub lat_e7: i32,
    /// Delivery radius in metres.
    pub radius_m: u32,
    /// Whether the source has no radius, so that it is [`DEFAULT_RADIUS_M`].
    pub is_radius_assumed: bool,
    /// 5 = active.
    pub status: Option<i32>,
    /// A second status code.
    pub vendor_status: Option<i32>,
    /// Whether customers see the vendor.
    pub visible: Option<bool>,
    /// Whether the vendor is open now.
    pub open: Option<bool>,
    /// Share of time for which the vendor is available, 0 to 1.
    pub availability: Option<f64>,
    /// Whether the vendor delivers with its own couriers.
    pub own_delivery: Option<bool>,
    /// Whether the platform delivers.
    pub ofood_delivery: Option<bool>,
    /// Whether the vendor offers express delivery.
    pub is_express: Option<bool>,
    /// Whether the vendor is on both platforms.
    pub is_dual: Option<bool>,
    /// Grade, from the grades files.
    pub grade: Grade,
}

/// Radius of a vendor without a radius in the source: 3.0 km (requirements 1.2).
pub const DEFAULT_RADIUS_M: u32 = 3000;

/// The status of an active vendor.
const ACTIVE: i32 = 5;

impl Vendor {
    /// The position of the vendor.
    #[must_use]
    pub fn position(&self) -> LngLat {
        LngLat { lng: f64::from(self.lng_e7) / 1e7, lat: f64::from(self.lat_e7) / 1e7 }
    }

    /// Whether the page shows the vendor with its default filter: active and visible.
    #[must_use]
    pub fn is_shown_by_default(&self) -> bool {
        self.status == Some(ACTIVE) && self.visible == Some(true)
    }
}

/// The reason why a row was rejected, in the order of the checks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum VendorReject {
    /// No code.
    CodeMissing,
    /// The platform is unknown.
    PlatformUnknown,
    /// No city, or a city that is not configured.
    CityUnknown,
    /// No business line, or a blank business line.
    LineMissing,
    /// No longitude or no latitude.
    PositionMissing,
    /// A position that is not a number, or not on the map.
    PositionInvalid,
    /// Longitude and latitude both exactly 0.
    PositionZero,
    /// A radius below 0, above 1,000 km, or not a number.
    RadiusInvalid,
    /// An invalid value in another column.
    ValueInvalid,
    /// Another vendor of the platform has the same code.
    Duplicate,
}

/// Numbers of rejected rows, by reason.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct VendorRejects(BTreeMap<VendorReject, u64>);

impl VendorRejects {
    /// Counts a rejected row.
    pub fn add(&mut self, reason: VendorReject) {
        *self.0.entry(reason).or_default() += 1;
    }

    /// Number of rows with this reason.
    #[must_use]
    pub fn of(&self, reason: VendorReject) -> u64 {
        self.0.get(&reason).copied().unwrap_or(0)
    }

    /// Number of rejected rows.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.0.values().sum()
    }

    /// The reasons and their numbers of rows as text, most frequent first.
    #[must_use]
    pub fn summary(&self) -> String {
        let mut reasons: Vec<_> = self.0.iter().collect();
        reasons.sort_by_key(|&(_, &rows)| std::cmp::Reverse(rows));
        let texts =
            reasons.into_iter().map(|(reason, rows)| format!("{rows} {}", reason.description()));
        texts.collect::<Vec<_>>().join(", ")
    }
}

impl VendorReject {
    /// The reason as text, which follows a number of rows.
    #[must_use]
    pub const fn description(self) -> &'static str {
        match self {
            Self::CodeMissing => "without a code",
            Self::PlatformUnknown => "with an unknown platform",
            Self::CityUnknown => "without a known city",
            Self::LineMissing => "without a business line",
            Self::PositionMissing => "without a position",
            Self::PositionInvalid => "with a position that is not on the map",
            Self::PositionZero => "at longitude 0 and latitude 0",
            Self::RadiusInvalid => "with a radius that is not 0 to 1,000 km",
            Self::ValueInvalid => "with an invalid value",
            Self::Duplicate => "with the code of another vendor",
        }
    }
}
