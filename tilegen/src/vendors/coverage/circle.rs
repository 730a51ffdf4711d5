//! The delivery circle of a vendor, and the cells of a parallel that it covers.

use std::f64::consts::{PI, TAU};
use std::ops::Range;

use tilecore::LngLat;

use crate::vendors::grade::Grade;

/// Mean radius of the Earth, in metres (requirements 2; IUGG).
pub const EARTH_RADIUS_M: f64 = 6_371_008.8;

/// The haversine of the angle between two positions: sin²(angle / 2). It grows with the distance, so
/// haversines can be compared instead of distances, without an arcsine.
#[inline]
fn haversine(half_dlat_sine: f64, cosines: f64, dlng: f64) -> f64 {
    let half_dlng_sine = (dlng / 2.0).sin();
    half_dlat_sine * half_dlat_sine + cosines * half_dlng_sine * half_dlng_sine
}

/// The delivery area of a vendor: a circle around its position.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Circle {
    /// Position of the vendor.
    pub at: LngLat,
    /// Delivery radius in metres.
    pub radius_m: f64,
    /// Index of the business line of the vendor.
    pub line: u8,
    /// Grade of the vendor.
    pub grade: Grade,
}

impl Circle {
    /// The distance rule: whether the great-circle distance to `position` is at most the radius.
    ///
    /// ```
    /// use tilecore::LngLat;
    /// use tilegen::vendors::coverage::Circle;
    /// use tilegen::vendors::grade::Grade;
    ///
    /// let at = LngLat { lng: 51.40, lat: 35.70 };
    /// let vendor = Circle { at, radius_m: 1000.0, line: 0, grade: Grade::at(0) };
    /// assert!(vendor.covers(LngLat { lng: 51.40, lat: 35.7089 })); // 989.6 m to the north
    /// assert!(!vendor.covers(LngLat { lng: 51.40, lat: 35.7091 })); // 1011.9 m
    /// ```
    #[must_use]
    pub fn covers(&self, position: LngLat) -> bool {
        let lat = position.lat.to_radians();
        self.at_latitude(lat, lat.cos()).is_covered(position.lng.to_radians())
    }

    /// The distance rule along a parallel, whose latitude is in radians.
    pub(super) fn at_latitude(&self, lat: f64, cosine: f64) -> CircleAtLatitude {
        let own = self.at.lat.to_radians();
        let half_radius = (self.radius_m / (2.0 * EARTH_RADIUS_M)).min(PI / 2.0).sin();
        CircleAtLatitude {
            lng: self.at.lng.to_radians(),
            half_dlat_sine: ((lat - own) / 2.0).sin(),
            cosines: cosine * own.cos(),
            limit: half_radius * half_radius,
        }
    }

    /// The southernmost and northernmost latitude of the circle in degrees, rounded outwards.
    pub(super) fn latitude_range(&self) -> (f64, f64) {
        let reach = (self.radius_m / EARTH_RADIUS_M).to_degrees() * (1.0 + 1e-9) + 1e-9;
        (self.at.lat - reach, self.at.lat + reach)
    }
}

/// A circle and a parallel: the part of the distance rule that does not depend on the longitude. Angles
/// are in radians.
pub(super) struct CircleAtLatitude {
    lng: f64,
    half_dlat_sine: f64,
    cosines: f64,
    limit: f64,
}

impl CircleAtLatitude {
    #[inline]
    fn is_covered(&self, lng: f64) -> bool {
        haversine(self.half_dlat_sine, self.cosines, lng - self.lng) <= self.limit
    }

    /// The covered cells of a row of `side` cells, or `None`. Columns may lie beyond the edges of the
    /// world, because the parallel continues at the other edge.
    pub(super) fn span(&self, side: u32) -> Option<Range<i64>> {
        let remainder = self.limit - self.half_dlat_sine * self.half_dlat_sine;
        if remainder < 0.0 {
            return None;
        }
        let cells = f64::from(side);
        let share = remainder / self.cosines;
        if share >= 1.0 {
            return Some(0..i64::from(side));
        }
        let at = (self.lng + PI) / TAU * cells;
        let half = 2.0 * share.sqrt().asin() / TAU * cells;
        let is_covered = |column: i64| {
            let column = column.rem_euclid(i64::from(side)) as f64;
            // Bit for bit the longitude that `Grid::centre` returns.
            self.is_covered(((column + 0.5) / cells * 360.0 - 180.0).to_radians())
        };
        // The vendor's own column and its neighbours are the nearest columns. The distance grows in both
        // directions from there, so the search below finds the exact ends.
        let (west, east) = (at.floor() as i64 - 1, at.floor() as i64 + 1);
        let mut first = ((at - half - 0.5).ceil() as i64).min(east);
        while is_covered(first - 1) && at as i64 - first < i64::from(side) {
            first -= 1;
        }
        while first <= east && !is_covered(first) {
            first += 1;
        }
        let mut last = ((at + half - 0.5).floor() as i64).max(west);
        while is_covered(last + 1) && last - first < i64::from(side) {
            last += 1;
        }
        while last >= west && !is_covered(last) {
            last -= 1;
        }
        (first <= last).then(|| first..(last + 1).min(first + i64::from(side)))
    }
}
