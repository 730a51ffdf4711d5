//! Repair of polygons in tile units: rounding, simplification and clipping can make rings touch, cross
//! or overlap.

use geo::coordinate_position::CoordPos;
use geo::{CoordinatePosition as _, LineString, MultiPolygon, Polygon};
use i_overlay::core::fill_rule::FillRule;
use i_overlay::core::overlay::{IntOverlayOptions, Overlay};
use i_overlay::core::overlay_rule::OverlayRule;
use i_overlay::core::simplify::Simplify;
use i_overlay::i_float::int::point::IntPoint;

use crate::areas::topology::{Vertex, coord};
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
    let shapes = shapes.into_iter().map(|rings| rings.into_iter().map(ring).collect());
    shapes.flat_map(with_outside_holes_apart).collect()
}

/// A polygon, and its holes that lie outside it as polygons of their own. `i_overlay` returns such a hole where
/// two parts and a hole share one corner.
fn with_outside_holes_apart(rings: Vec<Vec<Vertex>>) -> Vec<Vec<Vec<Vertex>>> {
    let mut rings = rings.into_iter();
    let Some(outer) = rings.next() else { return Vec::new() };
    let surface = Polygon::new(line(&outer), Vec::new());
    let is_outside = |ring: &Vec<Vertex>| {
        let positions = ring.iter().map(|&at| surface.coordinate_position(&coord(at)));
        positions.into_iter().find(|&position| position != CoordPos::OnBoundary)
            == Some(CoordPos::Outside)
    };
    let (outside, holes): (Vec<_>, Vec<_>) = rings.partition(is_outside);
    let apart = outside.into_iter().map(|mut ring| {
        ring.reverse();
        vec![ring]
    });
    let polygon = std::iter::once(outer).chain(holes).collect();
    std::iter::once(polygon).chain(apart).collect()
}

fn contour(ring: &[Vertex]) -> Vec<IntPoint> {
    ring.iter().map(|at| IntPoint::new(at.x as i32, at.y as i32)).collect()
}

/// A closed line.
fn line(ring: &[Vertex]) -> LineString {
    ring.iter().chain(ring.first()).map(|&at| coord(at)).collect()
}

fn as_multi_polygon(polygons: &[Vec<Vec<Vertex>>]) -> MultiPolygon {
    let polygon = |rings: &Vec<Vec<Vertex>>| {
        let mut lines = rings.iter().map(|ring| line(ring));
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

    #[test]
    fn two_parts_and_a_hole_at_one_corner_become_valid() {
        let outer = ring(&[(4, 3), (7, 11), (9, 0), (3, 11)]);
        let hole = ring(&[(4, 5), (4, 4), (5, 7)]);
        let found = as_multi_polygon(&repaired(vec![vec![outer, hole]]));
        assert!(found.is_valid(), "{found:?}");
        assert_eq!(found.0.len(), 2);
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
