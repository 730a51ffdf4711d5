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
mod tests;
