//! The spatial index: finds the areas that contain a position, for millions of positions.
//!
//! The index is a quadtree of cells. A leaf lists the areas that cover it completely, and for each
//! area whose border crosses it the edges that cross it. Whether a position is inside follows from the
//! number of edges that a ray to the east crosses. Edges east of the cell count too: they are replaced
//! by the latitudes at which their number changes between odd and even, and most of these cancel out.
//! So a leaf never holds more than the border that runs through it. Most positions lie in a leaf
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
    /// Latitudes at which the parity of the edges east of a leaf changes.
    changes: Vec<f64>,
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

/// An area of a leaf: its index in the list, and the ranges of `edges` and `changes` that decide.
/// Without edges the area covers the whole leaf.
#[derive(Clone, Copy, Debug)]
struct Member {
    area: u32,
    first_edge: u32,
    end_edge: u32,
    first_change: u32,
    end_change: u32,
    odd_below: bool,
}

/// An area in a cell: the edges that cross the cell, and the parity of those east of it.
#[derive(Clone)]
struct Candidate {
    area: u32,
    edges: Vec<Line>,
    east: EastParity,
}

/// Whether a ray to the east crosses an odd number of the edges that lie east of a cell, by latitude.
#[derive(Clone, Default)]
struct EastParity {
    /// The parity below the first change.
    odd_below: bool,
    /// Ascending latitudes within the cell. From each one on, northward, the parity is the other one.
    changes: Vec<f64>,
}

impl AreaIndex {
    /// Builds the index. Results are indices into `areas`.
    #[must_use]
    pub fn new(areas: &[Area]) -> Self {
        let candidates: Vec<Candidate> = (0..)
            .zip(areas)
            .map(|(area, found)| Candidate {
                area,
                edges: found.polygons.lines_iter().collect(),
                east: EastParity::default(),
            })
            .collect();
        let root_cell = smallest_common_cell(&candidates);
        let mut index = Self {
            nodes: Vec::new(),
            leaves: Vec::new(),
            root: NodeRef::Leaf(0),
            root_cell,
            members: Vec::new(),
            edges: Vec::new(),
            changes: Vec::new(),
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
            let edges = &self.edges[member.first_edge as usize..member.end_edge as usize];
            let changes = &self.changes[member.first_change as usize..member.end_change as usize];
            edges.is_empty() || contains(edges, at, is_odd(member.odd_below, changes, at.y))
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
            let (first_edge, first_change) = (self.edges.len() as u32, self.changes.len() as u32);
            self.edges.extend(candidate.edges);
            self.changes.extend(candidate.east.changes);
            self.members.push(Member {
                area: candidate.area,
                first_edge,
                end_edge: self.edges.len() as u32,
                first_change,
                end_change: self.changes.len() as u32,
                odd_below: candidate.east.odd_below,
            });
        }
        self.leaves.push(Leaf { first, end: self.members.len() as u32 });
        NodeRef::Leaf(self.leaves.len() as u32 - 1)
    }
}

impl Candidate {
    /// This area within the bounds of a smaller cell: `None` if it is outside, no edges if it covers
    /// them.
    fn clip_to(&self, bounds: Rect) -> Option<Self> {
        if self.edges.is_empty() {
            return Some(self.clone());
        }
        let (crossing, apart): (Vec<Line>, Vec<Line>) =
            self.edges.iter().partition(|edge| bounds.intersects(*edge));
        let east = self.east.clip_to(bounds, &apart);
        let is_outside = crossing.is_empty() && !east.odd_below;
        (!is_outside).then_some(Self { area: self.area, edges: crossing, east })
    }
}

impl EastParity {
    /// The parity within the bounds of a smaller cell, together with those of `apart`, edges that do
    /// not cross these bounds, which lie east of them.
    fn clip_to(&self, bounds: Rect, apart: &[Line]) -> Self {
        let east = apart.iter().filter(|edge| is_east_of(bounds, edge));
        let ends = east.flat_map(|edge| [edge.start.y, edge.end.y]);
        let mut latitudes: Vec<f64> = self.changes.iter().copied().chain(ends).collect();
        latitudes.retain(|latitude| *latitude <= bounds.max().y);
        latitudes.sort_unstable_by(f64::total_cmp);
        let below = latitudes.partition_point(|latitude| *latitude <= bounds.min().y);
        let odd_below = self.odd_below ^ (below % 2 == 1);
        Self { odd_below, changes: without_pairs(&latitudes[below..]) }
    }
}

/// Sorted latitudes without those that occur an even number of times: two changes at one latitude
/// cancel out, as where two edges of a ring meet.
fn without_pairs(latitudes: &[f64]) -> Vec<f64> {
    let runs = latitudes.chunk_by(|one, next| one.total_cmp(next).is_eq());
    runs.filter(|run| run.len() % 2 == 1).map(|run| run[0]).collect()
}

/// Whether an edge that does not cross the bounds lies east of them at the latitudes that it shares
/// with them. An edge that shares none, or that is horizontal, crosses no ray from inside the bounds.
fn is_east_of(bounds: Rect, edge: &Line) -> bool {
    let (low, high) =
        if edge.start.y <= edge.end.y { (edge.start, edge.end) } else { (edge.end, edge.start) };
    let (south, north) = (low.y.max(bounds.min().y), high.y.min(bounds.max().y));
    if south > north || low.y >= high.y {
        return false;
    }
    let part = (f64::midpoint(south, north) - low.y) / (high.y - low.y);
    low.x + part * (high.x - low.x) > bounds.center().x
}

/// The parity of the edges east of a leaf at a latitude.
fn is_odd(odd_below: bool, changes: &[f64], latitude: f64) -> bool {
    odd_below ^ (changes.partition_point(|change| *change <= latitude) % 2 == 1)
}

/// Whether a position lies inside or on the border, by the edges that cross its eastward ray. `is_odd`
/// says whether the ray crosses an odd number of other edges.
pub(super) fn contains(edges: &[Line], at: Coord, is_odd: bool) -> bool {
    let mut is_inside = is_odd;
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
mod tests;
