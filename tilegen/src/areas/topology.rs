//! Topology: areas share an arc where they share a border, so simplification leaves no gaps.
//!
//! Vertices are snapped to a fine grid, vertices that are almost equal are merged, and a vertex on an
//! edge of a neighbour is inserted into that edge. Then rings are cut into arcs at the vertices where
//! different rings meet or part. Each arc is stored and simplified once.

use std::collections::{HashMap, HashSet};

use geo::{Coord, LineString, MultiPolygon, Rect};
use tilecore::mercator;

use crate::polygons::BoxTree;

/// Bits of a grid coordinate: a unit is 3.7 cm at the equator.
pub(crate) const WORLD_BITS: u8 = 30;

/// Vertices at most this far apart are merged, and a vertex at most this far from an edge lies on it.
/// In units; about 12 cm in Tehran. Files have seven decimals of a degree, about 1 cm.
const SNAP_DISTANCE: f64 = 4.0;

/// A position on the grid, counted from the north-west corner of the world.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Vertex {
    pub(crate) x: i64,
    pub(crate) y: i64,
}

/// Areas as references to shared arcs.
#[derive(Clone, Debug)]
pub(crate) struct Topology {
    arcs: Vec<Arc>,
    shapes: Vec<Shape>,
}

/// The polygons of an area; each polygon starts with its outer ring.
type Shape = Vec<Vec<Ring>>;

/// A ring: consecutive arcs.
type Ring = Vec<ArcRef>;

/// An arc by index, and the direction in which a ring uses it.
#[derive(Clone, Copy, Debug)]
struct ArcRef {
    arc: usize,
    is_reversed: bool,
}

/// Snaps a position in degrees to the grid.
pub(crate) fn vertex(lng: f64, lat: f64) -> Vertex {
    let side = (1u64 << WORLD_BITS) as f64;
    let x = (lng + 180.0) / 360.0 * side;
    Vertex { x: x.round() as i64, y: (mercator::share(lat) * side).round() as i64 }
}

impl Topology {
    /// Builds the topology, with shared borders of `areas` as shared arcs.
    pub(crate) fn new<'a>(areas: impl IntoIterator<Item = &'a MultiPolygon>) -> Self {
        let mut shapes: Vec<Vec<Vec<Vec<Vertex>>>> = areas
            .into_iter()
            .map(|polygons| {
                let rings = polygons.iter().map(|polygon| {
                    std::iter::once(polygon.exterior())
                        .chain(polygon.interiors())
                        .map(snap_to_grid)
                        .collect()
                });
                rings.collect()
            })
            .collect();
        let mut rings: Vec<&mut Vec<Vertex>> = shapes.iter_mut().flatten().flatten().collect();
        merge_near_vertices(&mut rings);
        split_edges(&mut rings);
        let junctions = junctions(&rings);
        let mut arcs = Arcs::default();
        let mut cut = |ring: Vec<Vertex>| arcs.cut(ring, &junctions);
        let shapes = shapes
            .into_iter()
            .map(|shape| {
                let polygon = |rings: Vec<Vec<Vertex>>| rings.into_iter().map(&mut cut).collect();
                shape.into_iter().map(polygon).collect()
            })
            .collect();
        Self { arcs: arcs.list.into_iter().map(Arc::new).collect(), shapes }
    }

    /// Simplifies every arc with a tolerance in units. The ends of arcs stay, so rings that met before
    /// still meet.
    pub(crate) fn simplified(&self, tolerance: f64) -> Self {
        let arcs = self.arcs.iter().map(|arc| arc.simplified(tolerance)).collect();
        Self { arcs, shapes: self.shapes.clone() }
    }

    /// The rings of an area's polygons. The first vertex of a ring is not repeated at its end.
    pub(crate) fn rings(&self, area: usize) -> Vec<Vec<Vec<Vertex>>> {
        let ring = |arc_refs: &Ring| {
            let mut ring: Vec<Vertex> = Vec::new();
            for arc_ref in arc_refs {
                let arc = &self.arcs[arc_ref.arc].vertices;
                let inner = arc.len() - 1; // the last vertex is the first of the next arc
                if arc_ref.is_reversed {
                    ring.extend(arc.iter().rev().take(inner));
                } else {
                    ring.extend(&arc[..inner]);
                }
            }
            ring
        };
        self.shapes[area].iter().map(|rings| rings.iter().map(ring).collect()).collect()
    }
}

/// Snaps a ring to the grid. The first vertex is not repeated at the end.
fn snap_to_grid(ring: &LineString) -> Vec<Vertex> {
    without_repeated_vertices(ring.coords().map(|at| vertex(at.x, at.y)).collect())
}

/// Removes consecutive equal vertices of a ring, also across its end.
pub(crate) fn without_repeated_vertices(mut ring: Vec<Vertex>) -> Vec<Vertex> {
    ring.dedup();
    while ring.len() > 1 && ring.first() == ring.last() {
        ring.pop();
    }
    ring
}

/// Moves vertices that are almost equal onto one of them.
fn merge_near_vertices(rings: &mut [&mut Vec<Vertex>]) {
    let square = |at: Vertex| (at.x / SNAP_DISTANCE as i64, at.y / SNAP_DISTANCE as i64);
    let mut kept: HashMap<(i64, i64), Vec<Vertex>> = HashMap::new();
    let mut moved: HashMap<Vertex, Vertex> = HashMap::new();
    for at in sorted_vertices(rings) {
        let (column, row) = square(at);
        let around = (-1..=1).flat_map(|x| (-1..=1).map(move |y| (column + x, row + y)));
        let near = around
            .filter_map(|square| kept.get(&square))
            .flatten()
            .find(|&&other| distance(at, other) <= SNAP_DISTANCE);
        match near {
            Some(&other) => {
                moved.insert(at, other);
            }
            None => kept.entry((column, row)).or_default().push(at),
        }
    }
    for ring in rings {
        for at in ring.iter_mut() {
            *at = moved.get(at).copied().unwrap_or(*at);
        }
        **ring = without_repeated_vertices(std::mem::take(*ring));
    }
}

/// Inserts the vertices of other rings that lie on an edge into that edge.
fn split_edges(rings: &mut [&mut Vec<Vertex>]) {
    let vertices = sorted_vertices(rings);
    let point = |at: &Vertex| Rect::new(coord(*at), coord(*at));
    let tree = BoxTree::new(vertices.iter().map(point).collect());
    for ring in rings {
        let mut split = Vec::with_capacity(ring.len());
        for (from, to) in edges(ring) {
            split.push(from);
            let (west, east) = (from.x.min(to.x), from.x.max(to.x));
            let (north, south) = (from.y.min(to.y), from.y.max(to.y));
            let slack = SNAP_DISTANCE as i64;
            let is_inside = |at: Vertex| {
                (west - slack..=east + slack).contains(&at.x)
                    && (north - slack..=south + slack).contains(&at.y)
            };
            let mut on_edge: Vec<(f64, Vertex)> = Vec::new();
            tree.search(&|bounds| is_near_edge(from, to, bounds), &mut |index| {
                let at = vertices[index];
                if at != from && at != to && is_inside(at) {
                    on_edge.extend(position_along_edge(from, to, at).map(|way| (way, at)));
                }
            });
            on_edge.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
            split.extend(on_edge.into_iter().map(|(_, at)| at));
        }
        **ring = split;
    }
}

/// Whether a vertex on an edge may be within some bounds.
fn is_near_edge(from: Vertex, to: Vertex, bounds: Rect) -> bool {
    // More than the rounding error of the products below.
    let slack = SNAP_DISTANCE + 1.0;
    let (start, end) = (coord(from), coord(to));
    let (low, high) = (bounds.min(), bounds.max());
    if low.x > start.x.max(end.x) + slack
        || high.x < start.x.min(end.x) - slack
        || low.y > start.y.max(end.y) + slack
        || high.y < start.y.min(end.y) - slack
    {
        return false;
    }
    let (dx, dy) = (end.x - start.x, end.y - start.y);
    let off = |x: f64, y: f64| dx * (y - start.y) - dy * (x - start.x);
    let corners = [off(low.x, low.y), off(high.x, low.y), off(low.x, high.y), off(high.x, high.y)];
    let most = slack * dx.hypot(dy);
    !(corners.iter().all(|&off| off > most) || corners.iter().all(|&off| off < -most))
}

/// A position on the grid for geometric computations.
pub(crate) fn coord(at: Vertex) -> Coord {
    Coord { x: at.x as f64, y: at.y as f64 }
}

/// The position of a vertex along an edge, between 0 and 1 exclusive; `None` if it is not on the edge.
fn position_along_edge(from: Vertex, to: Vertex, at: Vertex) -> Option<f64> {
    let (dx, dy) = ((to.x - from.x) as f64, (to.y - from.y) as f64);
    let (ax, ay) = ((at.x - from.x) as f64, (at.y - from.y) as f64);
    let square = dx * dx + dy * dy;
    let way = (ax * dx + ay * dy) / square;
    let off = (ax * dy - ay * dx).abs() / square.sqrt();
    (off <= SNAP_DISTANCE && way > 0.0 && way < 1.0).then_some(way)
}

fn sorted_vertices(rings: &[&mut Vec<Vertex>]) -> Vec<Vertex> {
    let mut vertices: Vec<Vertex> = rings.iter().flat_map(|ring| ring.iter().copied()).collect();
    vertices.sort_unstable();
    vertices.dedup();
    vertices
}

fn edges(ring: &[Vertex]) -> impl Iterator<Item = (Vertex, Vertex)> {
    ring.iter().copied().zip(ring.iter().copied().cycle().skip(1))
}

fn distance(a: Vertex, b: Vertex) -> f64 {
    ((a.x - b.x) as f64).hypot((a.y - b.y) as f64)
}

/// Vertices that have different neighbours in different rings.
fn junctions(rings: &[&mut Vec<Vertex>]) -> HashSet<Vertex> {
    let mut neighbours: HashMap<Vertex, (Vertex, Vertex)> = HashMap::new();
    let mut junctions = HashSet::new();
    for ring in rings {
        for (index, &at) in ring.iter().enumerate() {
            let before = ring[(index + ring.len() - 1) % ring.len()];
            let after = ring[(index + 1) % ring.len()];
            let pair = (before.min(after), before.max(after));
            if *neighbours.entry(at).or_insert(pair) != pair {
                junctions.insert(at);
            }
        }
    }
    junctions
}

/// Unique arcs, each stored in the direction that sorts first.
#[derive(Default)]
struct Arcs {
    list: Vec<Vec<Vertex>>,
    known: HashMap<Vec<Vertex>, usize>,
}

impl Arcs {
    /// Cuts a ring at its junctions. A ring without junctions is one arc that starts at its lowest
    /// vertex, so a hole and the island that fills it share the arc.
    fn cut(&mut self, mut ring: Vec<Vertex>, junctions: &HashSet<Vertex>) -> Ring {
        let lowest = |ring: &[Vertex]| (0..ring.len()).min_by_key(|&at| ring[at]);
        let first = ring.iter().position(|at| junctions.contains(at)).or_else(|| lowest(&ring));
        let Some(first) = first else { return Vec::new() };
        ring.rotate_left(first);
        ring.push(ring[0]);
        let mut arc_refs = Vec::new();
        let mut start = 0;
        for end in 1..ring.len() {
            if end == ring.len() - 1 || junctions.contains(&ring[end]) {
                arc_refs.push(self.arc_ref(&ring[start..=end]));
                start = end;
            }
        }
        arc_refs
    }

    fn arc_ref(&mut self, vertices: &[Vertex]) -> ArcRef {
        let backward: Vec<Vertex> = vertices.iter().rev().copied().collect();
        let is_reversed = backward.as_slice() < vertices;
        let arc = if is_reversed { backward } else { vertices.to_vec() };
        let next = self.list.len();
        let number = *self.known.entry(arc.clone()).or_insert(next);
        if number == next {
            self.list.push(arc);
        }
        ArcRef { arc: number, is_reversed }
    }
}

/// An arc with more vertices is long.
const LONG_ARC: usize = 10_000;
/// A long arc keeps every 256th vertex. In the worst case, a border of many equal teeth, the algorithm
/// compares each vertex with each other one between two fixed vertices.
const LONG_ARC_INTERVAL: usize = 256;

/// An arc, and how far each vertex is from the line that replaces it.
#[derive(Clone, Debug)]
struct Arc {
    vertices: Vec<Vertex>,
    /// The tolerance at which the simplification drops a vertex. Ends have an infinite one.
    significances: Vec<f64>,
}

impl Arc {
    fn new(vertices: Vec<Vertex>) -> Self {
        let significances = significances(&vertices);
        Self { vertices, significances }
    }

    /// The vertices that the algorithm of Douglas and Peucker (1973) keeps. A closed arc keeps at least a
    /// triangle.
    fn simplified(&self, tolerance: f64) -> Self {
        let all = self.vertices.iter().copied().zip(self.significances.iter().copied());
        let (vertices, significances) = all.filter(|(_, off)| *off > tolerance).unzip();
        Self { vertices, significances }
    }
}

/// The tolerance at which the algorithm drops each vertex. The vertex that it tests between two others does not
/// depend on the tolerance, so one pass serves every zoom.
fn significances(arc: &[Vertex]) -> Vec<f64> {
    let last = arc.len() - 1;
    let mut found = vec![0.0; arc.len()];
    found[0] = f64::INFINITY;
    found[last] = f64::INFINITY;
    if arc[0] == arc[last] && arc.len() > 3 {
        // A closed arc keeps two more vertices: the farthest from its end, and the farthest from the
        // line between these two.
        let far = farthest(arc, 0, last).map_or(last / 2, |(at, _)| at);
        let second = [farthest(arc, 0, far), farthest(arc, far, last)];
        let second = second.into_iter().flatten().max_by(|a, b| a.1.total_cmp(&b.1));
        let corners = [Some(far), second.map(|(at, _)| at)];
        corners.into_iter().flatten().for_each(|corner| found[corner] = f64::INFINITY);
    }
    if arc.len() > LONG_ARC {
        (0..arc.len()).step_by(LONG_ARC_INTERVAL).for_each(|at| found[at] = f64::INFINITY);
    }
    let fixed: Vec<usize> = (0..arc.len()).filter(|&at| found[at] > 0.0).collect();
    let mut segments: Vec<(usize, usize, f64)> =
        fixed.windows(2).map(|two| (two[0], two[1], f64::INFINITY)).collect();
    while let Some((from, to, above)) = segments.pop() {
        if let Some((at, off)) = farthest(arc, from, to)
            && off > 0.0
        {
            // A vertex is tested only if those that divide its segment from others are kept.
            let off = off.min(above);
            found[at] = off;
            segments.extend([(from, at, off), (at, to, off)]);
        }
    }
    found
}

/// The vertex between two others that is farthest from the segment between them, and its distance.
fn farthest(arc: &[Vertex], from: usize, to: usize) -> Option<(usize, f64)> {
    let mut best: Option<(usize, f64)> = None;
    // A square root takes longer than all the rest. Squares that are smaller by more than the rounding error
    // belong to smaller distances.
    let mut least_square = 0.0;
    for at in from + 1..to {
        let (x, y) = from_segment(arc[from], arc[to], arc[at]);
        if x * x + y * y < least_square {
            continue;
        }
        let off = x.hypot(y);
        if best.is_none_or(|(_, most)| off > most) {
            best = Some((at, off));
            least_square = off * off * (1.0 - 1e-12);
        }
    }
    best
}

/// The way to a vertex from the nearest point of a segment.
#[inline]
fn from_segment(from: Vertex, to: Vertex, at: Vertex) -> (f64, f64) {
    let (dx, dy) = ((to.x - from.x) as f64, (to.y - from.y) as f64);
    let (ax, ay) = ((at.x - from.x) as f64, (at.y - from.y) as f64);
    let square = dx * dx + dy * dy;
    let way = if square > 0.0 { ((ax * dx + ay * dy) / square).clamp(0.0, 1.0) } else { 0.0 };
    (ax - way * dx, ay - way * dy)
}

#[cfg(test)]
mod tests;
