//! Vendors: what a valid row of a snapshot is, and why another is not.

use std::collections::BTreeMap;

use serde::Serialize;
use tilecore::LngLat;

use crate::orders::lines::LineCode;
use crate::vendors::grade::Grade;

/// Who lists the vendor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Platform {
    /// Our own.
    Tapsifood,
    /// The other one.
    Snappfood,
}

impl Platform {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Tapsifood, Self::Snappfood];

    /// Its name in files, tiles and tables.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Tapsifood => "tapsifood",
            Self::Snappfood => "snappfood",
        }
    }
}

/// A valid vendor. What a source may leave open is an option.
#[derive(Clone, Debug, PartialEq)]
pub struct Vendor {
    /// Id, unique on its platform. A text even where it is all digits.
    pub code: String,
    /// Name as people read it, without outer blanks.
    pub name: String,
    /// Platform.
    pub platform: Platform,
    /// Index into the configured cities.
    pub city: usize,
    /// Business line: its code while the snapshot is read, its lasting index from then on.
    pub line: LineCode,
    /// Longitude and latitude in units of 10⁻⁷ degrees, about a centimetre. Everything is computed
    /// from these, so that the page, which has only these, computes the same.
    pub lng_e7: i32,
    /// Latitude, see `lng_e7`.
    pub lat_e7: i32,
    /// Delivery radius in metres.
    pub radius_m: u32,
    /// Whether the source left the radius open, so that it is [`DEFAULT_RADIUS_M`].
    pub is_radius_assumed: bool,
    /// 5 = active.
    pub status: Option<i32>,
    /// A second status.
    pub vendor_status: Option<i32>,
    /// Shown to customers.
    pub visible: Option<bool>,
    /// Open now.
    pub open: Option<bool>,
    /// Share of the time that it is available, 0 to 1.
    pub availability: Option<f64>,
    /// Delivers with couriers of its own.
    pub own_delivery: Option<bool>,
    /// Delivered by the platform.
    pub ofood_delivery: Option<bool>,
    /// Delivers express.
    pub is_express: Option<bool>,
    /// Is on both platforms.
    pub is_dual: Option<bool>,
    /// Grade, from the grades files.
    pub grade: Grade,
}

/// Radius of a vendor whose source has none: 3.0 km (requirements 1.2).
pub const DEFAULT_RADIUS_M: u32 = 3000;

/// The status of an active vendor.
const ACTIVE: i32 = 5;

impl Vendor {
    /// Where it is.
    #[must_use]
    pub fn position(&self) -> LngLat {
        LngLat { lng: f64::from(self.lng_e7) / 1e7, lat: f64::from(self.lat_e7) / 1e7 }
    }

    /// Whether the page shows it before anybody touches a filter: active and visible.
    #[must_use]
    pub fn is_shown_by_default(&self) -> bool {
        self.status == Some(ACTIVE) && self.visible == Some(true)
    }
}

/// Why a row is no vendor, in the order in which the reasons are tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum VendorReject {
    /// No code.
    CodeMissing,
    /// A platform that is not known.
    PlatformUnknown,
    /// No city, or one that is not configured.
    CityUnknown,
    /// No business line, or a blank one.
    LineMissing,
    /// No longitude or no latitude.
    PositionMissing,
    /// A position that is no number, or not on the map.
    PositionInvalid,
    /// Longitude and latitude both exactly 0.
    PositionZero,
    /// A radius below 0, above 1,000 km, or no number.
    RadiusInvalid,
    /// Another column that holds something else than it may.
    ValueInvalid,
    /// The platform has a vendor with this code already.
    Duplicate,
}

/// How many rows were rejected, by reason.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct VendorRejects(BTreeMap<VendorReject, u64>);

impl VendorRejects {
    /// Counts a row.
    pub fn add(&mut self, reason: VendorReject) {
        *self.0.entry(reason).or_default() += 1;
    }

    /// Rows with this reason.
    #[must_use]
    pub fn of(&self, reason: VendorReject) -> u64 {
        self.0.get(&reason).copied().unwrap_or(0)
    }

    /// Rows with any reason.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.0.values().sum()
    }

    /// The reasons that occurred and their rows, in words, the commonest first.
    #[must_use]
    pub fn summary(&self) -> String {
        let mut reasons: Vec<_> = self.0.iter().collect();
        reasons.sort_by_key(|&(_, &rows)| std::cmp::Reverse(rows));
        let words = reasons.into_iter().map(|(reason, rows)| format!("{rows} {}", reason.description()));
        words.collect::<Vec<_>>().join(", ")
    }
}

impl VendorReject {
    /// The reason in words.
    #[must_use]
    pub const fn description(self) -> &'static str {
        match self {
            Self::CodeMissing => "without a code",
            Self::PlatformUnknown => "of a platform that is not known",
            Self::CityUnknown => "of no city or an unknown one",
            Self::LineMissing => "without a business line",
            Self::PositionMissing => "without a position",
            Self::PositionInvalid => "with a position that is not on the map",
            Self::PositionZero => "at longitude 0 and latitude 0",
            Self::RadiusInvalid => "with a radius that is none",
            Self::ValueInvalid => "with a value that its column cannot have",
            Self::Duplicate => "with the code of another vendor",
        }
    }
}
