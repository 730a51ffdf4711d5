//! Tests of the index against plain geometry.

use geo::{Contains, LineString, MultiPolygon, Point, Polygon};
use proptest::prelude::*;

use super::*;
use crate::polygons::{AreaAttributes, AreaId, AreaKind};

fn area(number: u64, polygons: MultiPolygon) -> Area {
    Area {
        id: AreaId::of(AreaKind::Marketing, "tehran", &number.to_string()),
        kind: AreaKind::Marketing,
        city: 2,
        name: number.to_string(),
        normalised: number.to_string(),
        polygons,
        attributes: AreaAttributes::default(),
    }
}

/// A ring around a middle with a corner in each direction, so that it cannot cross itself.
fn star(middle: Coord, radii: &[f64]) -> LineString {
    let turn = std::f64::consts::TAU / radii.len() as f64;
    let corner = |(step, radius): (usize, &f64)| Coord {
        x: middle.x + radius * (turn * step as f64).cos(),
        y: middle.y + radius * (turn * step as f64).sin(),
    };
    radii.iter().enumerate().map(corner).collect()
}

fn any_area() -> impl Strategy<Value = MultiPolygon> {
    let radii = prop::collection::vec(0.001..0.2f64, 3..40);
    let parts = prop::collection::vec((51.0..51.75f64, 35.45..35.9f64, radii), 1..3);
    parts.prop_map(|parts| {
        let polygon = |(index, (x, y, radii)): (usize, (f64, f64, Vec<f64>))| {
            let middle = Coord { x: x + index as f64, y }; // parts lie apart
            let hole: Vec<f64> = radii.iter().map(|radius| radius / 3.0).collect();
            Polygon::new(star(middle, &radii), vec![star(middle, &hole)])
        };
        parts.into_iter().enumerate().map(polygon).collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn the_index_answers_as_geometry_does(
        polygons in prop::collection::vec(any_area(), 1..30),
        positions in prop::collection::vec((50.8..53.0f64, 35.2..36.1f64), 200),
    ) {
        let areas: Vec<_> = (0..).zip(polygons).map(|(number, one)| area(number, one)).collect();
        let index = AreaIndex::new(&areas);
        for (lng, lat) in positions {
            let point = Point::new(lng, lat);
            let expected: Vec<_> = (0..areas.len())
                .filter(|&one| areas[one].polygons.contains(&point))
                .collect();
            let found: Vec<_> = index.containing(LngLat { lng, lat }).collect();
            prop_assert_eq!(found, expected, "at {} {}", lng, lat);
        }
    }
}

/// A comb of pointed teeth of 0.2 degrees that lean by a third of their height, on a bar.
fn comb(teeth: usize) -> MultiPolygon {
    let width = 0.4 / teeth as f64;
    let tooth = |tooth: usize| {
        let west = 51.0 + tooth as f64 * width;
        [Coord { x: west, y: 35.5 }, Coord { x: west + 0.07 + width / 2.0, y: 35.7 }]
    };
    let bar = [(51.4, 35.5), (51.4, 35.4), (51.0, 35.4)].map(|(x, y)| Coord { x, y });
    let ring: LineString = (0..teeth).flat_map(tooth).chain(bar).collect();
    Polygon::new(ring, Vec::new()).into()
}

#[test]
fn a_leaf_holds_only_the_border_within_it() {
    let comb = comb(400);
    let index = AreaIndex::new(&[area(0, comb.clone())]);
    let most = index.members.iter().map(|member| member.end_edge - member.first_edge).max();
    assert!(most.unwrap() <= MAX_LEAF_EDGES as u32, "{most:?} edges in a leaf");
    assert!(index.changes.len() < index.edges.len(), "{} changes", index.changes.len());
    for step in 0..20_000u32 {
        let at = Coord {
            x: 50.95 + f64::from(step % 141) * 0.004,
            y: 35.35 + f64::from(step / 141) * 0.003,
        };
        let found = index.containing(LngLat { lng: at.x, lat: at.y }).next().is_some();
        assert_eq!(found, comb.intersects(&Point::from(at)), "at {at:?}");
    }
}

fn square(west: f64, south: f64) -> MultiPolygon {
    Rect::new(Coord { x: west, y: south }, Coord { x: west + 0.25, y: south + 0.25 })
        .to_polygon()
        .into()
}

#[test]
fn a_border_belongs_to_both_sides() {
    let areas = [area(0, square(51.0, 35.5)), area(1, square(51.25, 35.5))];
    let index = AreaIndex::new(&areas);
    for (lng, lat, expected) in [
        (51.25, 35.6, &[0, 1][..]),
        (51.25, 35.5, &[0, 1]),
        (51.25, 35.75, &[0, 1]),
        (51.0, 35.75, &[0]),
        (51.1, 35.5, &[0]),
        (51.5, 35.6, &[1]),
        (51.1, 35.4999, &[]),
        (f64::NAN, 35.6, &[]),
        (-128.9, 35.6, &[]),
    ] {
        let found: Vec<_> = index.containing(LngLat { lng, lat }).collect();
        assert_eq!(found, expected, "at {lng} {lat}");
    }
}

#[test]
fn no_areas_hold_nothing() {
    let index = AreaIndex::new(&[]);
    assert_eq!(index.containing(LngLat { lng: 0.0, lat: 0.0 }).count(), 0);
}
