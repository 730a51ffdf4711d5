//! The validity of polygons (OGC Simple Features): rings do not cross, holes lie inside, and polygons do
//! not overlap.
//!
//! `geo` compares every edge of a ring with every other, which takes minutes for a polygon of 100,000
//! points. Here a tree of bounding boxes finds the few pairs of edges that are near each other.

use std::collections::BTreeSet;
use std::ops::ControlFlow;

use geo::coordinate_position::{CoordPos, CoordinatePosition};
use geo::dimensions::Dimensions;
use geo::line_intersection::{LineIntersection, line_intersection};
use geo::{
    Area as _, BoundingRect, Coord, Line, LineString, LinesIter, MultiPolygon, Polygon, Rect,
    Relate,
};

use super::box_tree::BoxTree;
use super::outline::Outline;

/// Checks that polygons are valid. The error is a sentence about the first fault.
pub(super) fn check(polygons: &MultiPolygon) -> Result<(), String> {
    Rings::new(polygons).check(false)
}

/// Whether polygons are valid, and no two rings touch each other or themselves.
pub(crate) fn is_simple(polygons: &MultiPolygon) -> bool {
    Rings::new(polygons).check(true).is_ok()
}

/// Whether any two of these areas share a point.
pub(super) fn do_any_meet(areas: &[&MultiPolygon]) -> bool {
    let edges: Vec<(usize, Line)> = areas
        .iter()
        .enumerate()
        .flat_map(|(area, polygons)| polygons.lines_iter().map(move |line| (area, line)))
        .collect();
    let boxes = edges.iter().map(|(_, line)| line.bounding_rect()).collect();
    let do_cross = any_pair(boxes, |one, other| {
        let ((area, line), (other_area, other_line)) = (edges[one], edges[other]);
        area != other_area && line_intersection(line, other_line).is_some()
    });
    do_cross || do_any_contain(areas)
}

/// Whether a polygon of one area contains the first corner of a polygon of another.
fn do_any_contain(areas: &[&MultiPolygon]) -> bool {
    let polygons: Vec<(usize, &Polygon, Rect)> = areas
        .iter()
        .enumerate()
        .flat_map(|(area, polygons)| polygons.iter().map(move |polygon| (area, polygon)))
        .filter_map(|(area, polygon)| Some((area, polygon, polygon.bounding_rect()?)))
        .collect();
    let boxes = polygons.iter().map(|(_, _, bounds)| *bounds).collect();
    let contains = |one: &Polygon, other: &Polygon| {
        let corner = other.exterior().0.first();
        corner.is_some_and(|corner| one.coordinate_position(corner) != CoordPos::Outside)
    };
    any_pair(boxes, |one, other| {
        let ((area, one, _), (other_area, other, _)) = (polygons[one], polygons[other]);
        area != other_area && (contains(one, other) || contains(other, one))
    })
}

/// Whether a pair of overlapping boxes fulfils a condition.
fn any_pair(boxes: Vec<Rect>, condition: impl Fn(usize, usize) -> bool) -> bool {
    let mut is_found = false;
    BoxTree::new(boxes).for_each_pair(&mut |one, other| {
        is_found = condition(one, other);
        if is_found { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    is_found
}

/// A ring, and its place: polygon, and 0 for the outer ring or the number of the hole.
#[derive(Clone, Copy)]
struct Ring<'a> {
    polygon: usize,
    number: usize,
    line: &'a LineString,
}

/// An edge, and its place.
#[derive(Clone, Copy)]
struct Edge {
    line: Line,
    ring: usize,
    index: usize,
}

struct Rings<'a> {
    polygons: &'a MultiPolygon,
    rings: Vec<Ring<'a>>,
}

impl<'a> Rings<'a> {
    fn new(polygons: &'a MultiPolygon) -> Self {
        let rings = polygons.iter().enumerate().flat_map(|(polygon, shape)| {
            let lines = std::iter::once(shape.exterior()).chain(shape.interiors());
            lines.enumerate().map(move |(number, line)| Ring { polygon, number, line })
        });
        Self { polygons, rings: rings.filter(|ring| !ring.line.0.is_empty()).collect() }
    }

    fn check(&self, is_strict: bool) -> Result<(), String> {
        for (index, ring) in self.rings.iter().enumerate() {
            let mut corners = ring.line.0.clone();
            corners.dedup();
            if corners.len() < 4 {
                return Err(format!("{} must have at least 3 distinct points", self.name(index)));
            }
        }
        let touching = self.contacts(is_strict)?;
        self.check_holes(&touching)?;
        self.check_polygons(&touching)
    }

    /// The pairs of rings that touch without crossing. Fails if rings cross, or if a ring meets itself.
    fn contacts(&self, is_strict: bool) -> Result<BTreeSet<(usize, usize)>, String> {
        let edges: Vec<Edge> = self
            .rings
            .iter()
            .enumerate()
            .flat_map(|(ring, found)| {
                let lines = found.line.lines().enumerate();
                lines.map(move |(index, line)| Edge { line, ring, index })
            })
            .collect();
        let boxes: Vec<Rect> = edges.iter().map(|edge| edge.line.bounding_rect()).collect();
        let mut touching = BTreeSet::new();
        let mut fault = None;
        BoxTree::new(boxes).for_each_pair(&mut |a, b| {
            let (a, b) = (edges[a], edges[b]);
            let Some(meeting) = line_intersection(a.line, b.line) else {
                return ControlFlow::Continue(());
            };
            let is_allowed = if a.ring == b.ring {
                self.may_meet(a, b, meeting, is_strict)
            } else {
                touching.insert((a.ring.min(b.ring), a.ring.max(b.ring)));
                !is_strict && is_touch(meeting)
            };
            if is_allowed {
                return ControlFlow::Continue(());
            }
            let at = point_of(meeting);
            fault = Some(if a.ring == b.ring {
                format!("{} has a self-intersection at {} {}", self.name(a.ring), at.x, at.y)
            } else {
                let (a, b) = (self.name(a.ring), self.name(b.ring));
                format!("{a} and {b} intersect at {} {}", at.x, at.y)
            });
            ControlFlow::Break(())
        });
        fault.map_or(Ok(touching), Err)
    }

    /// Whether two edges of a ring may meet: only consecutive edges, at their common end.
    fn may_meet(&self, a: Edge, b: Edge, meeting: LineIntersection<f64>, is_strict: bool) -> bool {
        if !is_strict {
            // The rule of `geo`.
            return a.line.start == b.line.end || a.line.end == b.line.start;
        }
        let count = self.rings[a.ring].line.0.len() - 1;
        let apart = a.index.abs_diff(b.index);
        (apart == 1 || apart + 1 == count) && is_touch(meeting)
    }

    /// Holes lie in the outer ring, and not in each other.
    fn check_holes(&self, touching: &BTreeSet<(usize, usize)>) -> Result<(), String> {
        let mut first = 0;
        for rings in self.rings.chunk_by(|a, b| a.polygon == b.polygon) {
            let (outer, holes) = (first, first + 1..first + rings.len());
            first += rings.len();
            if holes.is_empty() {
                continue;
            }
            let shape = |ring: usize| Polygon::new(self.rings[ring].line.clone(), Vec::new());
            let outline = Outline::new(self.rings[outer].line);
            for hole in holes.clone() {
                let line = self.rings[hole].line;
                let is_inside = if touching.contains(&(outer, hole)) {
                    is_touching_hole_inside(&outline, line)
                } else {
                    outline.contains(line.0[0])
                };
                if !is_inside {
                    let hole = self.name(hole);
                    return Err(format!("{hole} is not contained within the polygon's exterior"));
                }
            }
            let boxes: Vec<Rect> =
                holes.clone().filter_map(|hole| self.rings[hole].line.bounding_rect()).collect();
            Self::check_apart(boxes, &|a, b| {
                let (a, b) = (holes.start + a, holes.start + b);
                let do_overlap = if touching.contains(&(a, b)) {
                    shares_surface(&shape(a), &shape(b))
                } else {
                    self.corner_in(a, &shape(b)) || self.corner_in(b, &shape(a))
                };
                do_overlap.then(|| format!("{} and {} overlap", self.name(a), self.name(b)))
            })?;
        }
        Ok(())
    }

    /// The polygons of an area share no surface.
    fn check_polygons(&self, touching: &BTreeSet<(usize, usize)>) -> Result<(), String> {
        if self.polygons.0.len() < 2 {
            return Ok(());
        }
        let of_ring = |ring: usize| self.rings[ring].polygon;
        let pairs = touching.iter().map(|&(a, b)| (of_ring(a), of_ring(b)));
        let touching: BTreeSet<(usize, usize)> = pairs.filter(|(a, b)| a != b).collect();
        let outer: Vec<usize> =
            (0..self.rings.len()).filter(|&ring| self.rings[ring].number == 0).collect();
        let boxes: Vec<Rect> =
            outer.iter().filter_map(|&ring| self.rings[ring].line.bounding_rect()).collect();
        Self::check_apart(boxes, &|a, b| {
            let (ring_a, ring_b) = (outer[a], outer[b]);
            let (a, b) = (of_ring(ring_a), of_ring(ring_b));
            let (shape_a, shape_b) = (&self.polygons.0[a], &self.polygons.0[b]);
            let do_overlap = if touching.contains(&(a.min(b), a.max(b))) {
                shares_surface(shape_a, shape_b)
            } else {
                self.corner_in(ring_a, shape_b) || self.corner_in(ring_b, shape_a)
            };
            do_overlap.then(|| format!("polygons {} and {} overlap", a + 1, b + 1))
        })
    }

    /// Calls `fault` with each pair of boxes that overlap, until it returns a fault.
    fn check_apart(
        boxes: Vec<Rect>,
        fault: &dyn Fn(usize, usize) -> Option<String>,
    ) -> Result<(), String> {
        let mut found = None;
        BoxTree::new(boxes).for_each_pair(&mut |a, b| {
            found = fault(a.min(b), a.max(b));
            if found.is_some() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        });
        found.map_or(Ok(()), Err)
    }

    /// Whether the first corner of a ring lies inside a polygon whose border the ring does not touch.
    fn corner_in(&self, ring: usize, polygon: &Polygon) -> bool {
        polygon.coordinate_position(&self.rings[ring].line.0[0]) == CoordPos::Inside
    }

    fn name(&self, ring: usize) -> String {
        let Ring { polygon, number, .. } = self.rings[ring];
        let name = match number {
            0 => "exterior ring".to_owned(),
            hole => format!("hole {hole}"),
        };
        if self.polygons.0.len() > 1 { format!("{name} of polygon {}", polygon + 1) } else { name }
    }
}

/// Degrees by which a computed intersection may be wrong, with a wide margin.
const ROUNDING: f64 = 1e-11;

/// Whether a hole that touches the outer ring lies inside: between two touches an edge of the hole is either
/// inside or outside, so the middle between them decides.
fn is_touching_hole_inside(outline: &Outline, hole: &LineString) -> bool {
    let is_inside = |edge: Line| {
        let mut points = outline.meetings(edge);
        points.extend([edge.start, edge.end]);
        let length = |at: &Coord| (at.x - edge.start.x).hypot(at.y - edge.start.y);
        points.sort_by(|a, b| length(a).total_cmp(&length(b)));
        let mut parts =
            points.windows(2).filter(|ends| length(&ends[1]) - length(&ends[0]) > ROUNDING);
        parts.all(|ends| outline.contains((ends[0] + ends[1]) / 2.0))
    };
    // A hole without a surface has no inside.
    Polygon::new(hole.clone(), Vec::new()).unsigned_area() > 0.0 && hole.lines().all(is_inside)
}

fn shares_surface(a: &Polygon, b: &Polygon) -> bool {
    a.relate(b).get(CoordPos::Inside, CoordPos::Inside) == Dimensions::TwoDimensional
}

/// Whether two edges share one point, and none of them continues on the other side of it.
fn is_touch(meeting: LineIntersection<f64>) -> bool {
    match meeting {
        LineIntersection::SinglePoint { is_proper, .. } => !is_proper,
        LineIntersection::Collinear { intersection } => intersection.start == intersection.end,
    }
}

fn point_of(meeting: LineIntersection<f64>) -> Coord {
    match meeting {
        LineIntersection::SinglePoint { intersection, .. } => intersection,
        LineIntersection::Collinear { intersection } => intersection.start,
    }
}

#[cfg(test)]
mod tests {
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
}
