use geo::Polygon;
use proptest::prelude::*;

use super::*;

fn polygon(corners: &[(f64, f64)]) -> MultiPolygon {
    let ring = corners.iter().map(|&(x, y)| Coord { x: 51.0 + x / 100.0, y: 35.0 + y / 100.0 });
    Polygon::new(ring.collect(), Vec::new()).into()
}

/// The distance of a vertex from a segment.
fn distance_to_segment(from: Vertex, to: Vertex, at: Vertex) -> f64 {
    let (x, y) = from_segment(from, to, at);
    x.hypot(y)
}

/// The vertices that Douglas and Peucker keep between two that are kept, by their own recursion.
fn douglas_peucker(arc: &[Vertex], tolerance: f64) -> Vec<Vertex> {
    let (first, last) = (arc[0], arc[arc.len() - 1]);
    let inner = arc[1..arc.len() - 1].iter().map(|&at| distance_to_segment(first, last, at));
    let far = inner.zip(1..).reduce(|best, next| if next.0 > best.0 { next } else { best });
    match far.filter(|(off, _)| *off > tolerance) {
        None => vec![first, last],
        Some((_, at)) => {
            let mut kept = douglas_peucker(&arc[..=at], tolerance);
            kept.pop();
            kept.extend(douglas_peucker(&arc[at..], tolerance));
            kept
        }
    }
}

proptest! {
    #[test]
    fn one_pass_keeps_the_vertices_of_every_tolerance(
        corners in proptest::collection::vec((0i64..60, 0i64..60), 2..60), tolerance in 0.0..40.0f64,
    ) {
        let mut arc: Vec<Vertex> = corners.iter().map(|&(x, y)| Vertex { x, y }).collect();
        arc.push(Vertex { x: 99, y: 99 });
        let whole = Arc::new(arc.clone());
        for tolerance in [0.0, tolerance, tolerance.floor()] {
            let kept = whole.simplified(tolerance);
            prop_assert_eq!(&kept.vertices, &douglas_peucker(&arc, tolerance), "{}", tolerance);
            let later = whole.simplified(tolerance / 2.0).simplified(tolerance);
            prop_assert_eq!(later.vertices, kept.vertices);
        }
    }
}

/// A border from (5, 0) to (5, 10) that wavers, in hundredths of a degree.
fn wavy_line(count: usize) -> Vec<(f64, f64)> {
    let at = |step: usize| {
        let way = step as f64 / (count - 1) as f64;
        (5.0 + 0.02 * (way * 40.0).sin() * (1.0 - way) * way, 10.0 * way)
    };
    (0..count).map(at).collect()
}

fn neighbours() -> [MultiPolygon; 2] {
    let border = wavy_line(200);
    let mut west = vec![(0.0, 10.0), (0.0, 0.0)];
    west.extend(&border);
    let mut east = vec![(10.0, 0.0), (10.0, 10.0)];
    east.extend(border.iter().rev());
    [polygon(&west), polygon(&east)]
}

/// The number of edges that no other area shares.
fn unpaired_edges(topology: &Topology, areas: usize) -> usize {
    let mut counts: HashMap<(Vertex, Vertex), i32> = HashMap::new();
    for ring in (0..areas).flat_map(|area| topology.rings(area)).flatten() {
        for (from, to) in edges(&ring) {
            *counts.entry((from.min(to), from.max(to))).or_default() += 1;
        }
    }
    counts.values().filter(|&&count| count == 1).count()
}

#[test]
fn a_shared_border_is_simplified_to_the_same_line() {
    let topology = Topology::new(&neighbours());
    assert_eq!(topology.arcs.len(), 3, "the shared border, and the other sides of each area");
    for tolerance in [0.0, 8.0, 200.0, 1e4] {
        let simple = topology.simplified(tolerance);
        assert_eq!(unpaired_edges(&simple, 2), 6, "tolerance {tolerance}");
    }
    let vertices = |tolerance| topology.simplified(tolerance).rings(0)[0][0].len();
    assert!(vertices(200.0) < vertices(8.0) && vertices(8.0) < 200);
    assert_eq!(vertices(1e4), 4);
}

#[test]
fn simplified_borders_stay_within_the_tolerance() {
    let topology = Topology::new(&neighbours());
    for tolerance in [8.0, 50.0, 200.0] {
        let simple = topology.simplified(tolerance);
        let ring = &simple.rings(0)[0][0];
        for &at in &topology.rings(0)[0][0] {
            let off = edges(ring).map(|(from, to)| distance_to_segment(from, to, at));
            let off = off.fold(f64::INFINITY, f64::min);
            assert!(off <= tolerance, "{off} > {tolerance}");
        }
    }
}

#[test]
fn vertices_on_an_edge_of_a_neighbour_and_almost_equal_vertices_are_shared() {
    // The eastern squares have a corner in the middle of the western square's edge, and another
    // corner one centimetre away from it.
    let areas = [
        polygon(&[(0.0, 0.0), (5.0, 0.0), (5.0, 10.0), (0.0, 10.0)]),
        polygon(&[(5.000_01, 0.0), (10.0, 0.0), (10.0, 4.0), (5.0, 4.0)]),
        polygon(&[(5.0, 4.0), (10.0, 4.0), (10.0, 10.0), (5.0, 10.000_01)]),
    ];
    let topology = Topology::new(&areas);
    assert_eq!(unpaired_edges(&topology, 3), 3 + 2 + 2);
}

#[test]
fn an_island_fits_its_hole_and_keeps_a_triangle_at_any_tolerance() {
    let ring = |start: usize| -> LineString {
        let corner = |step: usize| {
            let turn = std::f64::consts::TAU * ((start + step) % 60) as f64 / 60.0;
            Coord { x: 51.05 + 0.01 * turn.cos(), y: 35.05 + 0.01 * turn.sin() }
        };
        (0..60).map(corner).collect()
    };
    let around = polygon(&[(0.0, 0.0), (10.0, 0.0), (10.0, 10.0), (0.0, 10.0)]);
    let around = Polygon::new(around.0[0].exterior().clone(), vec![ring(17)]);
    let areas = [around.into(), Polygon::new(ring(0), Vec::new()).into()];
    let topology = Topology::new(&areas);
    for tolerance in [0.0, 1e3, 1e9] {
        let simple = topology.simplified(tolerance);
        assert_eq!(unpaired_edges(&simple, 2), if tolerance > 1e8 { 3 } else { 4 });
        assert!(simple.rings(1)[0][0].len() >= 3, "tolerance {tolerance}");
    }
}

#[test]
fn a_border_of_100_000_vertices_loses_only_teeth_within_the_tolerance() {
    let tooth = |number: usize| {
        let angle = std::f64::consts::TAU * number as f64 / 100_000.0;
        let radius = 4.0 + 0.05 * (number % 2) as f64;
        (5.0 + radius * angle.cos(), 5.0 + radius * angle.sin())
    };
    let star = polygon(&(0..100_000).map(tooth).collect::<Vec<_>>());
    let topology = Topology::new([&star]);
    // A tooth is about 1,500 units long, and the next one is 15 units away. A tooth is dropped where
    // it is closer than the tolerance to a diagonal across its neighbours.
    for (tolerance, kept) in
        [(8.0, 100_000), (16.0, 98_158), (64.0, 91_280), (256.0, 81_262), (1024.0, 29_328)]
    {
        let vertices = topology.simplified(tolerance).rings(0)[0][0].len();
        assert_eq!(vertices, kept, "tolerance {tolerance}");
    }
}

#[test]
fn few_vertices_are_compared_with_each_edge_of_a_comb() {
    // Teeth as long as the comb is wide, straight and diagonal: each edge's box contains many vertices.
    for lean in [0, 1] {
        let tooth = |number: i64| {
            let (x, y) = if number % 4 < 2 { (0, 0) } else { (2_000_000, lean * 2_000_000) };
            Vertex { x, y: y + 20 * number }
        };
        let ring: Vec<Vertex> = (0..20_000).map(tooth).collect();
        let point = |at: &Vertex| Rect::new(coord(*at), coord(*at));
        let tree = BoxTree::new(ring.iter().map(point).collect());
        let mut compared = 0;
        for (from, to) in edges(&ring) {
            tree.search(&|bounds| is_near_edge(from, to, bounds), &mut |_| compared += 1);
        }
        assert!(compared < 100 * ring.len(), "{} for each edge", compared / ring.len());
    }
}

#[test]
fn vertices_on_edges_are_found_as_by_comparing_all() {
    let at = |number: u64| tilecore::hash::mix(number);
    let vertex = |number: u64| Vertex {
        x: 500_000_000 + (at(number) % 300).cast_signed(),
        y: 400_000_000 + (at(number + 1_000_000) % 300).cast_signed(),
    };
    let vertices: Vec<Vertex> = (0..600).map(vertex).collect();
    for (from, to) in edges(&vertices).filter(|(from, to)| from != to).take(200) {
        for &at in &vertices {
            let point = Rect::new(coord(at), coord(at));
            let is_on_edge = position_along_edge(from, to, at).is_some();
            assert!(!is_on_edge || is_near_edge(from, to, point), "{from:?} {to:?} {at:?}");
        }
    }
}

#[test]
fn every_256th_vertex_of_a_long_arc_is_kept_at_any_tolerance() {
    let arc: Vec<Vertex> = (0..=100_000).map(|x| Vertex { x, y: 0 }).collect();
    let simple = Arc::new(arc.clone()).simplified(1e9);
    let kept: Vec<i64> = simple.vertices.into_iter().map(|at| at.x).collect();
    let expected: Vec<i64> = (0..100_000).step_by(LONG_ARC_INTERVAL).chain([100_000]).collect();
    assert_eq!(kept, expected);
    let short = Arc::new(arc[..LONG_ARC].to_vec());
    assert_eq!(
        short.simplified(1e9).vertices.len(),
        2,
        "an arc of {LONG_ARC} vertices is not long"
    );
}

#[test]
fn the_order_of_areas_changes_no_border() {
    let [west, east] = neighbours();
    let forward = Topology::new([&west, &east]).simplified(50.0);
    let backward = Topology::new([&east, &west]).simplified(50.0);
    let sorted = |ring: &[Vertex]| {
        let mut ring = ring.to_vec();
        ring.sort_unstable();
        ring
    };
    for (area, other) in [(0, 1), (1, 0)] {
        let (one, two) = (forward.rings(area), backward.rings(other));
        assert_eq!(sorted(&one[0][0]), sorted(&two[0][0]));
    }
}
