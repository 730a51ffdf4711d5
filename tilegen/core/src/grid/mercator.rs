//! Converts latitudes to rows of the Web-Mercator square.
//!
//! Computing a sine and a logarithm for each order took an eighth of the time of a build. A table of cubic
//! polynomials approximates the row. When the approximation is too close to the edge between two rows,
//! about once in several hundred, the exact formula is used. The result is always that of the formula.

use std::f64::consts::PI;
use std::sync::LazyLock;

/// Maximum latitude of the Web-Mercator square: atan(sinh π) in degrees (EPSG:3857).
pub const MAX_LATITUDE: f64 = 85.051_128_779_806_59;

/// Number of table nodes per degree.
const NODES_PER_DEGREE: f64 = 16.0;

/// Latitude of the first node, in degrees.
const FIRST_NODE: f64 = -86.0;

/// The deepest level for which the table is accurate enough.
pub(crate) const DEEPEST_TABLE_LEVEL: u8 = 20;

/// Distance from an edge, in rows of the deepest level, below which the exact formula is used. The error
/// of the table is less than a tenth of this everywhere (tested).
const GUARD: f64 = 1e-3;

/// The row of `level` for a latitude in degrees, counted from the north. A latitude outside the square
/// counts as the nearest edge; for the southern edge the result is one row too far.
#[inline]
pub(crate) fn row(level: u8, lat: f64) -> u32 {
    let side = f64::from(1u32 << level);
    let approximate = share_by_cubic(lat) * side;
    let row = approximate as u32;
    let below_edge = approximate - f64::from(row);
    if (GUARD..1.0 - GUARD).contains(&below_edge) && level <= DEEPEST_TABLE_LEVEL {
        row
    } else {
        (share(lat) * side) as u32
    }
}

/// Distance from the northern edge of the Web-Mercator square, as a share of its side
/// (OGC 17-083r4, annex E): (1 − ln(tan φ + sec φ) / π) / 2. The logarithm equals artanh(sin φ),
/// which needs one call less. Latitudes outside the square are clamped to its edge.
///
/// ```
/// assert!((tilecore::mercator::share(0.0) - 0.5).abs() < 1e-15);
/// assert!(tilecore::mercator::share(35.7) < 0.5);
/// ```
#[must_use]
pub fn share(lat: f64) -> f64 {
    let sine = lat.clamp(-MAX_LATITUDE, MAX_LATITUDE).to_radians().sin();
    0.5 - ((1.0 + sine) / (1.0 - sine)).ln() / (4.0 * PI)
}

#[inline]
fn share_by_cubic(lat: f64) -> f64 {
    static CUBICS: LazyLock<Vec<[f64; 4]>> = LazyLock::new(cubics);
    let at = (lat.clamp(-MAX_LATITUDE, MAX_LATITUDE) - FIRST_NODE) * NODES_PER_DEGREE;
    let [start, linear, square, cube] = CUBICS[at as usize];
    let t = at - at.trunc();
    ((cube * t + square) * t + linear) * t + start
}

/// For each interval between two nodes, the coefficients of the cubic Hermite polynomial with the exact
/// value and slope at both, from the lowest power.
fn cubics() -> Vec<[f64; 4]> {
    let intervals = (-2.0 * FIRST_NODE * NODES_PER_DEGREE) as u32;
    let lat = |node: u32| FIRST_NODE + f64::from(node) / NODES_PER_DEGREE;
    let value = |node: u32| {
        let sine = lat(node).to_radians().sin();
        0.5 - sine.atanh() / (2.0 * PI)
    };
    // d artanh(sin φ) / dφ = sec φ, and a degree is π / 180.
    let slope = |node: u32| -1.0 / (lat(node).to_radians().cos() * 360.0 * NODES_PER_DEGREE);
    let cubic = |node: u32| {
        let (from, to) = (value(node), value(node + 1));
        let (from_slope, to_slope) = (slope(node), slope(node + 1));
        let rise = to - from;
        [
            from,
            from_slope,
            3.0 * rise - 2.0 * from_slope - to_slope,
            from_slope + to_slope - 2.0 * rise,
        ]
    };
    (0..intervals).map(cubic).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SIDE: f64 = (1u32 << DEEPEST_TABLE_LEVEL) as f64;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4000))]

        #[test]
        fn the_table_never_changes_a_row(lat in -90.0f64..90.0, level in 0u8..=22) {
            let side = f64::from(1u32 << level);
            prop_assert_eq!(row(level, lat), (share(lat) * side) as u32);
        }

        #[test]
        fn the_error_of_the_table_is_below_a_tenth_of_the_guard(lat in -86.0f64..86.0) {
            let error = (share_by_cubic(lat) - share(lat)).abs() * SIDE;
            prop_assert!(error < GUARD / 10.0, "{error} rows off");
        }
    }

    #[test]
    fn rows_next_to_their_edges_are_exact() {
        // The 20 representable latitudes on either side of an edge.
        for row_of_edge in (1..1u32 << 20).step_by(1013) {
            let north = PI * (1.0 - 2.0 * f64::from(row_of_edge) / SIDE);
            let edge = north.sinh().atan().to_degrees();
            for step in -20i64..=20 {
                let lat = f64::from_bits(edge.to_bits().wrapping_add_signed(step));
                assert_eq!(row(20, lat), (share(lat) * SIDE) as u32, "at {lat}");
            }
        }
    }
}
