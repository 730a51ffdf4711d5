//! The outline of a polygon: finds out whether a position is inside without comparing it with every edge.

use geo::line_intersection::{LineIntersection, line_intersection};
use geo::{BoundingRect, Coord, Intersects, Line, LineString, Rect};

use super::box_tree::BoxTree;
use super::index::contains;

/// A closed ring and a tree of its edges.
pub(super) struct Outline {
    edges: Vec<Line>,
    tree: BoxTree,
}

impl Outline {
    /// The outline of a ring; an open one is closed.
    pub(super) fn new(ring: &LineString) -> Self {
        let mut ring = ring.clone();
        ring.close();
        let edges: Vec<Line> = ring.lines().collect();
        let tree = BoxTree::new(edges.iter().map(Line::bounding_rect).collect());
        Self { edges, tree }
    }

    /// Whether a position is inside or on the border.
    pub(super) fn contains(&self, at: Coord) -> bool {
        let meets_ray = |bounds: Rect| {
            (bounds.min().y..=bounds.max().y).contains(&at.y) && at.x <= bounds.max().x
        };
        let mut near = Vec::new();
        self.tree.search(&meets_ray, &mut |edge| near.push(self.edges[edge]));
        contains(&near, at, false)
    }

    /// The points in which the border meets a line. Of a part that both share, its ends.
    pub(super) fn meetings(&self, line: Line) -> Vec<Coord> {
        let near = line.bounding_rect();
        let mut points = Vec::new();
        self.tree.search(&|bounds: Rect| bounds.intersects(&near), &mut |edge| {
            match line_intersection(self.edges[edge], line) {
                Some(LineIntersection::SinglePoint { intersection, .. }) => {
                    points.push(intersection);
                }
                Some(LineIntersection::Collinear { intersection }) => {
                    points.extend([intersection.start, intersection.end]);
                }
                None => {}
            }
        });
        points
    }
}

#[cfg(test)]
mod tests {
    use geo::{Point, Polygon};
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn an_outline_answers_as_geometry_does(
            radii in proptest::collection::vec(1u8..9, 3..40), x in -9i8..9, y in -9i8..9,
        ) {
            let turn = std::f64::consts::TAU / radii.len() as f64;
            let corner = |(step, &radius): (usize, &u8)| {
                let (sin, cos) = (turn * step as f64).sin_cos();
                // Whole numbers, so that positions are often on the border.
                Coord { x: (f64::from(radius) * cos).round(), y: (f64::from(radius) * sin).round() }
            };
            let ring: LineString = radii.iter().enumerate().map(corner).collect();
            let at = Coord { x: f64::from(x), y: f64::from(y) };
            let polygon = Polygon::new(ring.clone(), Vec::new());
            let does_meet = !Outline::new(&ring).meetings(Line::new(at, at)).is_empty();
            prop_assert_eq!(does_meet, polygon.exterior().intersects(&Point::from(at)));
            if super::super::validity::is_simple(&polygon.clone().into()) {
                prop_assert_eq!(Outline::new(&ring).contains(at), polygon.intersects(&Point::from(at)));
            }
        }
    }
}
