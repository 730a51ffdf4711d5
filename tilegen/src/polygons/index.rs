//! The spatial index: finds the areas that contain a position, for millions of positions.
//!
//! The index is a quadtree of cells. A leaf lists the areas that cover it completely, and for each
//! area whose border crosses it the few edges that are needed to decide. Most positions lie in a leaf
//! without a border and need no geometry test.

use geo::kernels::{Kernel, Orientation};
use geo::{Coord, GeoNum, Intersects, Line, LinesIter, Rect};
use tilecore::{Cell, LngLat};

use super::Area;

/// Level of the deepest cells, about 38 m × cos(latitude) wide. Deeper cells would not save more tests.
const LEAF_LEVEL: u8 = tilecore::DEEPEST_LEVEL;

/// A cell with at most this number of border edges is not divided.
const MAX_LEAF_EDGES: usize = 12;

/// Degrees by which a cell is enlarged before borders are assigned to it, about a millimetre: far more
/// than any rounding error between a position and its cell, and far less than a cell.
const PADDING: f64 = 1e-8;

/// Finds areas of a list by position.
///
/// A position on a border lies in every area that has this border.
#[derive(Clone, Debug)]
pub struct AreaIndex {
    /// The four children of each inner node, north-west, north-east, south-west, south-east.
    nodes: Vec<[NodeRef; 4]>,
    leaves: Vec<Leaf>,
    root: NodeRef,
    root_cell: Cell,
    members: Vec<Member>,
    edges: Vec<Line>,
}

/// A reference to an inner node or a leaf, by index.
#[derive(Clone, Copy, Debug)]
enum NodeRef {
    Inner(u32),
    Leaf(u32),
}

/// A range of `members`.
#[derive(Clone, Copy, Debug)]
struct Leaf {
    first: u32,
    end: u32,
}

/// An area of a leaf: its index in the list, and its range of `edges`. Without edges the area covers
/// the whole leaf.
#[derive(Clone, Copy, Debug)]
struct Member {
    area: u32,
    first: u32,
    end: u32,
}

/// An area that intersects a cell, and the edges that an eastward ray from inside the cell can cross.
/// Without edges the area covers the whole cell.
#[derive(Clone)]
struct Candidate {
    area: u32,
    edges: Vec<Line>,
}

impl AreaIndex {
    /// Builds the index. Results are indices into `areas`.
    #[must_use]
    pub fn new(areas: &[Area]) -> Self {
        let candidates: Vec<Candidate> = (0..)
            .zip(areas)
            .map(|(area, found)| Candidate { area, edges: found.polygons.lines_iter().collect() })
            .collect();
        let root_cell = smallest_common_cell(&candidates);
        let mut index = Self {
            nodes: Vec::new(),
            leaves: Vec::new(),
            root: NodeRef::Leaf(0),
            root_cell,
            members: Vec::new(),
            edges: Vec::new(),
        };
        index.root = index.build_node(root_cell, &candidates);
        index
    }

    /// The areas that contain a position, as ascending indices into the list. Areas from `read_areas`
    /// are sorted by id, so the lowest id comes first.
    pub fn containing(&self, position: LngLat) -> impl Iterator<Item = usize> {
        let at = Coord { x: position.lng, y: position.lat };
        let leaf = self.leaf(position);
        let members = &self.members[leaf.first as usize..leaf.end as usize];
        let contains_position = move |member: &&Member| {
            let edges = &self.edges[member.first as usize..member.end as usize];
            edges.is_empty() || contains(edges, at)
        };
        members.iter().filter(contains_position).map(|member| member.area as usize)
    }

    fn leaf(&self, position: LngLat) -> Leaf {
        let empty = Leaf { first: 0, end: 0 };
        if !(position.lng.abs() <= 180.0 && position.lat.abs() <= 90.0) {
            return empty;
        }
        let cell = Cell::at(LEAF_LEVEL, position);
        let (column, row) = (cell.column(), cell.row());
        let mut below = LEAF_LEVEL - self.root_cell.level();
        if (column >> below, row >> below) != (self.root_cell.column(), self.root_cell.row()) {
            return empty;
        }
        let mut node_ref = self.root;
        loop {
            match node_ref {
                NodeRef::Leaf(leaf) => return self.leaves[leaf as usize],
                NodeRef::Inner(node) => {
                    below -= 1;
                    let child = (column >> below & 1) | (row >> below & 1) << 1;
                    node_ref = self.nodes[node as usize][child as usize];
                }
            }
        }
    }

    /// Builds the tree below a cell from the candidates of its parent.
    fn build_node(&mut self, cell: Cell, inherited: &[Candidate]) -> NodeRef {
        let bounds = padded_bounds(cell);
        let candidates: Vec<Candidate> =
            inherited.iter().filter_map(|candidate| candidate.clip_to(bounds)).collect();
        let edges: usize = candidates.iter().map(|candidate| candidate.edges.len()).sum();
        if edges <= MAX_LEAF_EDGES || cell.level() == LEAF_LEVEL {
            return self.add_leaf(candidates);
        }
        let node = self.nodes.len();
        self.nodes.push([NodeRef::Leaf(0); 4]);
        for (child, cell) in cell.children().into_iter().enumerate() {
            let child_ref = self.build_node(cell, &candidates);
            self.nodes[node][child] = child_ref;
        }
        NodeRef::Inner(node as u32)
    }

    fn add_leaf(&mut self, candidates: Vec<Candidate>) -> NodeRef {
        let first = self.members.len() as u32;
        for candidate in candidates {
            let first = self.edges.len() as u32;
            self.edges.extend(candidate.edges);
            self.members.push(Member { area: candidate.area, first, end: self.edges.len() as u32 });
        }
        self.leaves.push(Leaf { first, end: self.members.len() as u32 });
        NodeRef::Leaf(self.leaves.len() as u32 - 1)
    }
}

impl Candidate {
    /// This area within some bounds: `None` if it is outside, otherwise its edges, or no edges if it
    /// covers the bounds.
    fn clip_to(&self, bounds: Rect) -> Option<Self> {
        if self.edges.is_empty() {
            return Some(self.clone());
        }
        if self.edges.iter().any(|edge| bounds.intersects(edge)) {
            let (low, high) = (bounds.min(), bounds.max());
            let may_cross_ray = |edge: &&Line| {
                edge.start.y.max(edge.end.y) >= low.y
                    && edge.start.y.min(edge.end.y) <= high.y
                    && edge.start.x.max(edge.end.x) >= low.x
            };
            let edges = self.edges.iter().filter(may_cross_ray).copied().collect();
            return Some(Self { area: self.area, edges });
        }
        let is_covered = contains(&self.edges, bounds.center());
        is_covered.then(|| Self { area: self.area, edges: Vec::new() })
    }
}

/// Whether a position lies inside or on the border, by the edges that cross its eastward ray.
pub(super) fn contains(edges: &[Line], at: Coord) -> bool {
    let mut is_inside = false;
    for &Line { start, end } in edges {
        let (low, high) = if start.y <= end.y { (start, end) } else { (end, start) };
        if at.y < low.y || at.y > high.y || at.x > low.x.max(high.x) {
            continue;
        }
        let is_horizontal = low.y >= high.y;
        if is_horizontal {
            if at.x >= low.x.min(high.x) {
                return true;
            }
            continue;
        }
        if at.x < low.x.min(high.x) {
            is_inside ^= at.y < high.y;
            continue;
        }
        match <f64 as GeoNum>::Ker::orient2d(low, high, at) {
            Orientation::Collinear => return true,
            // The position is west of the edge. The upper end belongs to the edge above.
            Orientation::CounterClockwise => is_inside ^= at.y < high.y,
            Orientation::Clockwise => {}
        }
    }
    is_inside
}

/// The bounds of a cell in degrees, enlarged by `PADDING`.
fn padded_bounds(cell: Cell) -> Rect {
    let (low, high) = cell.corners();
    Rect::new(
        Coord { x: low.lng - PADDING, y: low.lat - PADDING },
        Coord { x: high.lng + PADDING, y: high.lat + PADDING },
    )
}

/// The deepest cell that contains every edge.
fn smallest_common_cell(candidates: &[Candidate]) -> Cell {
    let corners = candidates.iter().flat_map(|candidate| &candidate.edges).map(|edge| edge.start);
    let cells = corners.map(|at| Cell::at(LEAF_LEVEL, LngLat { lng: at.x, lat: at.y }));
    let common = cells.map(|cell| (LEAF_LEVEL, cell)).reduce(|(level, first), (_, other)| {
        let apart = (first.column() ^ other.column()) | (first.row() ^ other.row());
        let shared = LEAF_LEVEL - (u32::BITS - apart.leading_zeros()) as u8;
        (level.min(shared), first)
    });
    let (level, cell) =
        common.unwrap_or((LEAF_LEVEL, Cell::at(LEAF_LEVEL, LngLat { lng: 0.0, lat: 0.0 })));
    Cell::from_key(level, cell.key().zoom_out(LEAF_LEVEL - level))
}

#[cfg(test)]
mod tests {
    use geo::{Contains, LineString, MultiPolygon, Point, Polygon};
    use proptest::prelude::*;

    use super::super::{AreaAttributes, AreaId, AreaKind};
    use super::*;

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
}
