//! Clipping of rings to tiles, by the algorithm of Sutherland and Hodgman (1974).
//!
//! The point where an edge leaves the tile is rounded to a whole unit. It is computed from the ends of
//! the edge in sorted order, so a neighbour that has the same edge in the other direction is cut at the
//! same point.

use crate::areas::topology::{Vertex, without_repeated_vertices};

/// The part of a ring between two columns.
pub(crate) fn between_columns(ring: &[Vertex], west: i64, east: i64) -> Vec<Vertex> {
    let x = |at: Vertex| at.x;
    let cut = |low: Vertex, high: Vertex, x| Vertex {
        x,
        y: intersection(low.x, low.y, high.x, high.y, x),
    };
    let part = clip_half_plane(ring, |at| x(at) >= west, |low, high| cut(low, high, west));
    clip_half_plane(&part, |at| x(at) <= east, |low, high| cut(low, high, east))
}

/// The part of a ring between two rows.
pub(crate) fn between_rows(ring: &[Vertex], north: i64, south: i64) -> Vec<Vertex> {
    let y = |at: Vertex| at.y;
    let cut = |low: Vertex, high: Vertex, y| Vertex {
        x: intersection(low.y, low.x, high.y, high.x, y),
        y,
    };
    let part = clip_half_plane(ring, |at| y(at) >= north, |low, high| cut(low, high, north));
    clip_half_plane(&part, |at| y(at) <= south, |low, high| cut(low, high, south))
}

/// The second coordinate, rounded, of the point on the edge from (`a`, `b`) to (`c`, `d`) that has the
/// first coordinate `at`.
fn intersection(a: i64, b: i64, c: i64, d: i64, at: i64) -> i64 {
    b + ((d - b) as f64 * ((at - a) as f64 / (c - a) as f64)).round() as i64
}

/// The part of a ring on one side of a line. `cut` returns the intersection of the line with an edge,
/// whose ends are in sorted order.
fn clip_half_plane(
    ring: &[Vertex],
    is_kept: impl Fn(Vertex) -> bool,
    cut: impl Fn(Vertex, Vertex) -> Vertex,
) -> Vec<Vertex> {
    let mut part = Vec::with_capacity(ring.len() + 4);
    let Some(&last) = ring.last() else { return part };
    let mut from = last;
    for &to in ring {
        if is_kept(from) != is_kept(to) {
            part.push(cut(from.min(to), from.max(to)));
        }
        if is_kept(to) {
            part.push(to);
        }
        from = to;
    }
    without_repeated_vertices(part)
}

/// Twice the area of a ring; positive if the ring is clockwise on the screen.
pub(crate) fn doubled_area(ring: &[Vertex]) -> i64 {
    let Some(&last) = ring.last() else { return 0 };
    let mut from = last;
    let mut sum = 0;
    for &to in ring {
        sum += from.x * to.y - to.x * from.y;
        from = to;
    }
    sum
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(x: i64, y: i64) -> Vertex {
        Vertex { x, y }
    }

    #[test]
    fn a_square_is_clipped_to_a_rectangle() {
        let square = [at(0, 0), at(10, 0), at(10, 10), at(0, 10)];
        let part = between_rows(&between_columns(&square, 3, 7), 4, 20);
        assert_eq!(doubled_area(&part), 2 * 4 * 6);
        assert_eq!(between_columns(&square, 11, 20), []);
    }

    proptest! {
        #[test]
        fn an_edge_is_cut_at_the_same_point_in_both_directions(
            (ax, ay, bx, by) in (-99i64..99, -99i64..99, -99i64..99, -99i64..99),
        ) {
            let clip = |ring: &[Vertex]| {
                let part = between_rows(&between_columns(ring, -20, 30), -30, 20);
                part.into_iter().collect::<std::collections::BTreeSet<_>>()
            };
            // An edge as a ring of its own has the same cuts in both directions.
            prop_assert_eq!(clip(&[at(ax, ay), at(bx, by)]), clip(&[at(bx, by), at(ax, ay)]));
        }

        #[test]
        fn the_parts_of_all_tiles_add_up_to_the_ring(
            ring in prop::collection::vec((0i64..1000, 0i64..1000), 3..12),
        ) {
            let ring: Vec<_> = ring.into_iter().map(|(x, y)| at(x, y)).collect();
            let parts = (0..4).map(|column| {
                doubled_area(&between_columns(&ring, column * 250, (column + 1) * 250))
            });
            // Each cut has an error of half a unit at most, on an edge of 1,000 units.
            let off = parts.sum::<i64>() - doubled_area(&ring);
            prop_assert!(off.abs() <= 1000 * 12, "{off} off");
        }
    }
}
