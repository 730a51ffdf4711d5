//! The rows of the Web-Mercator square that latitudes lie in.
//!
//! A sine and a logarithm for each order were an eighth of a build. Between the nodes of a table
//! the row is a cubic; only where that comes too near to an edge between two rows to be trusted,
//! once in some hundreds, does the formula itself decide. The answer is always the formula's.

use std::f64::consts::PI;
use std::sync::LazyLock;

/// Latitude where the Web-Mercator square ends: atan(sinh π) in degrees (EPSG:3857).
pub const MAX_LATITUDE: f64 = 85.051_128_779_806_59;

/// Nodes of the table for each degree.
const NODES_PER_DEGREE: f64 = 16.0;

/// Latitude of the first node, in degrees.
const FIRST_NODE: f64 = -86.0;

/// The deepest level whose rows the table may decide.
pub(crate) const DEEPEST_TABLE_LEVEL: u8 = 20;

/// How near to an edge a cubic is not trusted, in rows of the deepest level. Its error is below a
/// tenth of this everywhere (tested).
const GUARD: f64 = 1e-3;

/// The row of `level` that a latitude in degrees lies in, counted from the north; what lies outside
/// the square belongs to the nearest edge, of which the southern one is one row too far.
#[inline]
pub(crate) fn row(level: u8, lat: f64) -> u32 {
    let side = f64::from(1u32 << level);
    let near = share_by_cubic(lat) * side;
    let row = near as u32;
    let below_edge = near - f64::from(row);
    if (GUARD..1.0 - GUARD).contains(&below_edge) && level <= DEEPEST_TABLE_LEVEL {
        row
    } else {
        (share(lat) * side) as u32
    }
}

/// Distance from the northern edge of the Web-Mercator square, as a share of its side
/// (OGC 17-083r4, annex E): (1 − ln(tan φ + sec φ) / π) / 2. The logarithm equals artanh(sin φ),
/// which needs one call less. Latitudes outside the square count as its edge.
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
    let way = at - at.trunc();
    ((cube * way + square) * way + linear) * way + start
}

/// For each stretch between two nodes the cubic that has the right value and slope at both
/// (Hermite's), by rising powers of the way along the stretch.
fn cubics() -> Vec<[f64; 4]> {
    let stretches = (-2.0 * FIRST_NODE * NODES_PER_DEGREE) as u32;
    let lat = |node: u32| FIRST_NODE + f64::from(node) / NODES_PER_DEGREE;
    let value = |node: u32| {
        let sine = lat(node).to_radians().sin();
        0.5 - sine.atanh() / (2.0 * PI)
    };
    // d artanh(sin φ) / dφ = sec φ, and a degree is π / 180.
    let slope = |node: u32| -1.0 / (lat(node).to_radians().cos() * 360.0 * NODES_PER_DEGREE);
    let cubic = |node: u32| {
        let (from, to) = (value(node), value(node + 1));
        let (leaving, arriving) = (slope(node), slope(node + 1));
        let rise = to - from;
        [from, leaving, 3.0 * rise - 2.0 * leaving - arriving, leaving + arriving - 2.0 * rise]
    };
    (0..stretches).map(cubic).collect()
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
        fn a_cubic_is_ten_times_nearer_than_its_guard(lat in -86.0f64..86.0) {
            let error = (share_by_cubic(lat) - share(lat)).abs() * SIDE;
            prop_assert!(error < GUARD / 10.0, "{error} rows off");
        }
    }

    #[test]
    fn the_edges_of_rows_are_those_of_the_formula() {
        // The latitudes next to an edge, some steps of the last bit to either side.
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
