//! Repair of polygons in tile units: rounding, simplification and clipping can make rings touch, cross
//! or overlap.

use geo::{Coord, LineString, MultiPolygon, Polygon};
use i_overlay::core::fill_rule::FillRule;
use i_overlay::core::overlay::{IntOverlayOptions, Overlay};
use i_overlay::core::overlay_rule::OverlayRule;
use i_overlay::core::simplify::Simplify;
use i_overlay::i_float::int::point::IntPoint;

use crate::areas::topology::Vertex;
use crate::polygons::is_simple;

/// The same surface as valid polygons with the same corners. Polygons that are valid stay as they are.
pub(crate) fn repaired(polygons: Vec<Vec<Vec<Vertex>>>) -> Vec<Vec<Vec<Vertex>>> {
    if is_simple(&as_multi_polygon(&polygons)) {
        return polygons;
    }
    // Corners that lie on an edge are kept, because a neighbour has the same ones.
    let options = IntOverlayOptions { ogc: true, ..IntOverlayOptions::keep_all_points() };
    let mut shapes = Vec::new();
    for rings in &polygons {
        let contours: Vec<Vec<IntPoint>> = rings.iter().map(|ring| contour(ring)).collect();
        let (outer, holes) = contours.split_at(contours.len().min(1));
        let mut overlay = Overlay::with_contours_custom(
            outer,
            holes,
            options,
            i_overlay::core::solver::Solver::AUTO,
        );
        shapes.extend(overlay.overlay(OverlayRule::Difference, FillRule::NonZero));
    }
    let shapes = shapes.simplify(FillRule::NonZero, options);
    let ring = |points: Vec<IntPoint>| {
        points.into_iter().map(|at| Vertex { x: at.x.into(), y: at.y.into() }).collect()
    };
    shapes.into_iter().map(|rings| rings.into_iter().map(ring).collect()).collect()
}

fn contour(ring: &[Vertex]) -> Vec<IntPoint> {
    ring.iter().map(|at| IntPoint::new(at.x as i32, at.y as i32)).collect()
}

fn as_multi_polygon(polygons: &[Vec<Vec<Vertex>>]) -> MultiPolygon {
    let line = |ring: &Vec<Vertex>| -> LineString {
        let closed = ring.iter().chain(ring.first());
        closed.map(|at| Coord { x: at.x as f64, y: at.y as f64 }).collect()
    };
    let polygon = |rings: &Vec<Vec<Vertex>>| {
        let mut lines = rings.iter().map(line);
        let outer = lines.next().unwrap_or_else(|| LineString::new(Vec::new()));
        Polygon::new(outer, lines.collect())
    };
    polygons.iter().map(polygon).collect()
}

#[cfg(test)]
mod tests {
    use geo::{Area as _, Validation};
    use proptest::prelude::*;

    use super::*;

    fn ring(corners: &[(i64, i64)]) -> Vec<Vertex> {
        corners.iter().map(|&(x, y)| Vertex { x, y }).collect()
    }

    #[test]
    fn a_valid_polygon_stays_as_it_is() {
        let outer = ring(&[(0, 0), (9, 0), (9, 9), (4, 9), (0, 9)]);
        let hole = ring(&[(2, 2), (2, 4), (4, 4)]);
        let polygons = vec![vec![outer, hole]];
        assert_eq!(repaired(polygons.clone()), polygons);
    }

    #[test]
    fn spikes_crossings_and_holes_that_touch_become_valid_with_the_same_surface() {
        let square = || ring(&[(0, 0), (10, 0), (10, 10), (0, 10)]);
        for (polygons, surface) in [
            (vec![vec![ring(&[(0, 0), (10, 0), (20, 0), (10, 0), (10, 10), (0, 10)])]], 100.0),
            (vec![vec![ring(&[(0, 0), (10, 10), (10, 0), (0, 10)])]], 50.0),
            (vec![vec![square(), ring(&[(0, 0), (0, 5), (5, 5), (5, 0)])]], 75.0),
            (vec![vec![square(), ring(&[(5, 5), (5, 8), (20, 8), (20, 5)])]], 85.0),
            (vec![vec![square()], vec![ring(&[(10, 0), (20, 0), (20, 10), (10, 10)])]], 200.0),
            (vec![vec![square()], vec![square()]], 100.0),
        ] {
            let found = as_multi_polygon(&repaired(polygons.clone()));
            assert!(found.is_valid(), "{polygons:?} became {found:?}");
            assert!((found.unsigned_area() - surface).abs() < 1e-9, "{polygons:?}: {found:?}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]

        #[test]
        fn repaired_polygons_are_valid(
            outer in proptest::collection::vec((0i64..12, 0i64..12), 3..14),
            hole in proptest::collection::vec((0i64..12, 0i64..12), 3..5),
        ) {
            let found = as_multi_polygon(&repaired(vec![vec![ring(&outer), ring(&hole)]]));
            prop_assert!(found.is_valid(), "{:?}: {:?}", found, found.check_validation());
        }
    }
}
