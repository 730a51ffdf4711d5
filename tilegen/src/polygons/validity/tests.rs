use std::time::{Duration, Instant};

use geo::{Intersects, Validation};
use proptest::prelude::*;

use super::*;

fn ring(corners: &[(f64, f64)]) -> LineString {
    let closed = corners.iter().chain(corners.first());
    closed.map(|&(x, y)| Coord { x, y }).collect()
}

fn polygon(rings: &[&[(f64, f64)]]) -> Polygon {
    let mut rings = rings.iter().map(|corners| ring(corners));
    Polygon::new(rings.next().unwrap(), rings.collect())
}

const SQUARE: [(f64, f64); 4] = [(0.0, 0.0), (9.0, 0.0), (9.0, 9.0), (0.0, 9.0)];

#[test]
fn faults_are_named() {
    let inner: &[_] = &[(2.0, 2.0), (4.0, 2.0), (4.0, 4.0), (2.0, 4.0)];
    let innermost: &[_] = &[(2.5, 2.5), (3.0, 2.5), (3.0, 3.0)];
    let bow: &[_] = &[(0.0, 0.0), (9.0, 9.0), (9.0, 0.0), (0.0, 9.0)];
    let far: &[_] = &[(20.0, 2.0), (24.0, 2.0), (24.0, 4.0)];
    for (polygons, fault) in [
        (vec![polygon(&[&SQUARE, inner])], None),
        (vec![polygon(&[&SQUARE, inner]), polygon(&[innermost])], None),
        (vec![polygon(&[&SQUARE]), polygon(&[far])], None),
        (vec![polygon(&[bow])], Some("self-intersection at 4.5 4.5")),
        (vec![polygon(&[&SQUARE, far])], Some("hole 1 is not contained")),
        (vec![polygon(&[&SQUARE, inner, innermost])], Some("hole 1 and hole 2 overlap")),
        (vec![polygon(&[&SQUARE]), polygon(&[inner])], Some("polygons 1 and 2 overlap")),
        (vec![polygon(&[inner]), polygon(&[&SQUARE])], Some("polygons 1 and 2 overlap")),
        (vec![polygon(&[&[(0.0, 0.0), (1.0, 1.0)]])], Some("at least 3 distinct points")),
    ] {
        let polygons = MultiPolygon(polygons);
        let found = check(&polygons);
        match fault {
            None => assert_eq!(found, Ok(()), "{polygons:?}"),
            Some(fault) => assert!(found.clone().unwrap_err().contains(fault), "{found:?}"),
        }
    }
}

#[test]
fn a_hole_that_touches_the_border_is_valid_but_not_simple() {
    let touching: &[_] = &[(0.0, 5.0), (3.0, 4.0), (3.0, 6.0)];
    let polygons = MultiPolygon(vec![polygon(&[&SQUARE, touching])]);
    assert!(check(&polygons).is_ok() && !is_simple(&polygons));
    assert!(is_simple(&MultiPolygon(vec![polygon(&[&SQUARE])])));
}

#[test]
fn a_polygon_of_100_000_points_is_checked_in_about_a_second() {
    let star = |number: usize| {
        let angle = std::f64::consts::TAU * number as f64 / 100_000.0;
        let radius = 0.04 + 0.0005 * (number % 2) as f64;
        (51.4 + radius * angle.cos(), 35.7 + radius * angle.sin())
    };
    let corners: Vec<_> = (0..100_000).map(star).collect();
    let star = MultiPolygon(vec![polygon(&[&corners])]);
    let started = Instant::now();
    assert_eq!(check(&star), Ok(()));
    assert!(started.elapsed() < Duration::from_secs(10), "{:?}", started.elapsed());
}

#[test]
fn holes_that_touch_a_long_border_are_checked_in_about_a_second() {
    let count = 20_000;
    let corner = |number: usize| {
        let angle = std::f64::consts::TAU * number as f64 / count as f64;
        (angle.cos(), angle.sin())
    };
    let outer: Vec<_> = (0..count).map(corner).collect();
    let holes: Vec<[(f64, f64); 3]> = (0..2000)
        .map(|number| {
            let (x, y) = corner(number * 10);
            [(x, y), (x * 0.99 - y * 0.0005, y * 0.99 + x * 0.0005), (x * 0.99, y * 0.99)]
        })
        .collect();
    let rings: Vec<&[(f64, f64)]> =
        std::iter::once(&outer[..]).chain(holes.iter().map(|hole| &hole[..])).collect();
    let polygons = MultiPolygon(vec![polygon(&rings)]);
    let started = Instant::now();
    assert_eq!(check(&polygons), Ok(()));
    assert!(started.elapsed() < Duration::from_secs(10), "{:?}", started.elapsed());
}

fn corners() -> impl Strategy<Value = Vec<(f64, f64)>> {
    let corner = (0i32..8, 0i32..8).prop_map(|(x, y)| (f64::from(x), f64::from(y)));
    proptest::collection::vec(corner, 3..7)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn a_ring_is_valid_if_geo_says_so(corners in corners()) {
        let mut line = ring(&corners);
        line.0.dedup();
        let polygons = MultiPolygon(vec![Polygon::new(line, Vec::new())]);
        prop_assert_eq!(check(&polygons).is_ok(), polygons.is_valid(), "{:?}", polygons);
    }

    #[test]
    fn polygons_meet_if_geo_says_so(
        corners in proptest::collection::vec((0i32..8, 0i32..8), 6..=6), is_framed: bool,
    ) {
        let at = |index: usize| (f64::from(corners[index].0), f64::from(corners[index].1));
        let frame: &[_] = &[(-9.0, -9.0), (20.0, -9.0), (20.0, 20.0), (-9.0, 20.0)];
        let hole: &[_] = &[at(0), at(1), at(2)];
        let one = if is_framed { polygon(&[frame, hole]) } else { polygon(&[hole]) };
        let other = polygon(&[&[at(3), at(4), at(5)]]);
        let (one, other) = (MultiPolygon(vec![one]), MultiPolygon(vec![other]));
        if check(&one).is_ok() && check(&other).is_ok() {
            let do_meet = do_any_meet(&[&one, &other]);
            prop_assert_eq!(do_meet, one.intersects(&other), "{:?} {:?}", one, other);
        }
    }

    #[test]
    fn a_hole_that_touches_the_border_is_inside_if_geo_says_so(
        corners in proptest::collection::vec((0i32..6, 0i32..6), 3..=3), is_notched: bool,
    ) {
        let hole: Vec<_> = corners.iter().map(|&(x, y)| (f64::from(x), f64::from(y))).collect();
        let notch = [(0.0, 0.0), (5.0, 0.0), (5.0, 5.0), (3.0, 2.0), (0.0, 5.0)];
        let kite = [(2.0, -1.0), (6.0, 2.0), (2.0, 6.0), (-1.0, 2.0)];
        let outer: &[_] = if is_notched { &notch } else { &kite };
        let polygons = MultiPolygon(vec![polygon(&[outer, &hole])]);
        let (surface, inner) = (polygon(&[outer]), polygon(&[&hole]));
        let touching = Rings::new(&polygons).contacts(false);
        if check(&MultiPolygon(vec![inner.clone()])).is_ok() && touching.is_ok_and(|rings| !rings.is_empty()) {
            let is_inside = is_touching_hole_inside(&Outline::new(surface.exterior()), inner.exterior());
            prop_assert_eq!(is_inside, surface.relate(&inner).is_contains(), "{:?}", polygons);
        }
    }

    #[test]
    fn triangles_are_valid_together_if_geo_says_so(
        corners in proptest::collection::vec((0i32..8, 0i32..8), 9..=9), is_hole: bool,
    ) {
        let at = |index: usize| (f64::from(corners[index].0), f64::from(corners[index].1));
        let triangle = |first: usize| [at(first), at(first + 1), at(first + 2)];
        let parts = [triangle(0), triangle(3), triangle(6)];
        let polygons = if is_hole {
            let outer = [(-9.0, -1.0), (30.0, -1.0), (0.0, 30.0)];
            MultiPolygon(vec![polygon(&[&outer, &parts[0], &parts[1]])])
        } else {
            MultiPolygon(parts.iter().map(|part| polygon(&[part])).collect())
        };
        prop_assert_eq!(check(&polygons).is_ok(), polygons.is_valid(), "{:?}", polygons);
    }
}
