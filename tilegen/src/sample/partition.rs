//! Divides a city into areas that share their borders: Voronoi cells with bent edges.

use geo::{Coord, LineString, Polygon, Validation};
use tilecore::hash::mix;

use super::city::distance_m;
use super::random::{Rng, Stream};

/// Corners closer together than this (degrees, about 10 m) are merged.
const SAME_CORNER: f64 = 1e-4;
/// Edges shorter than this stay straight.
const MIN_BENT_EDGE_M: f64 = 120.0;
/// Maximum sideways offset of an edge's vertices, as a share of its length. The first value that keeps
/// every polygon valid is used.
const EDGE_OFFSETS: [f64; 4] = [0.05, 0.025, 0.01, 0.0];

/// One polygon per site. Together they cover the convex `outline`, and neighbours have identical
/// vertices along their common border.
pub(super) fn areas(sites: &[Coord], outline: &Polygon, seed: u64) -> Vec<Polygon> {
    let straight = straight_cells(sites, outline);
    EDGE_OFFSETS
        .iter()
        .map(|&max_offset| straight.iter().map(|cell| bend_edges(cell, max_offset, seed)).collect())
        .find(|cells: &Vec<Polygon>| cells.iter().all(Validation::is_valid))
        .expect("straight Voronoi cells are valid")
}

/// The corners of each Voronoi cell, counter-clockwise, without repeating the first.
fn straight_cells(sites: &[Coord], outline: &Polygon) -> Vec<Vec<Coord>> {
    let mut corners: Vec<Coord> = Vec::new();
    sites
        .iter()
        .map(|&site| {
            let mut cell: Vec<Coord> = outline.exterior().0[1..].to_vec();
            for &other in sites.iter().filter(|&&other| other != site) {
                cell = nearer_part(&cell, site, other);
            }
            let mut merged: Vec<Coord> =
                cell.into_iter().map(|corner| shared(&mut corners, corner)).collect();
            merged.dedup();
            if merged.first() == merged.last() {
                merged.pop();
            }
            merged
        })
        .collect()
}

/// The part of a convex ring that is nearer to `site` than to `other`.
fn nearer_part(ring: &[Coord], site: Coord, other: Coord) -> Vec<Coord> {
    let lng_scale = site.y.midpoint(other.y).to_radians().cos().powi(2);
    let (middle, along) = ((site + other) / 2.0, other - site);
    let beyond = |p: Coord| (p.x - middle.x) * along.x * lng_scale + (p.y - middle.y) * along.y;
    let mut part = Vec::with_capacity(ring.len() + 1);
    for (index, &to) in ring.iter().enumerate() {
        let from = ring[(index + ring.len() - 1) % ring.len()];
        let (a, b) = (beyond(from), beyond(to));
        if (a > 0.0) != (b > 0.0) {
            part.push(from + (to - from) * (a / (a - b)));
        }
        if b <= 0.0 {
            part.push(to);
        }
    }
    part
}

/// The existing corner close to this one, or this one as a new corner.
fn shared(corners: &mut Vec<Coord>, corner: Coord) -> Coord {
    let near = |known: &&Coord| {
        (known.x - corner.x).abs() < SAME_CORNER && (known.y - corner.y).abs() < SAME_CORNER
    };
    if let Some(&known) = corners.iter().find(near) {
        return known;
    }
    let corner = round_vertex(corner);
    corners.push(corner);
    corner
}

fn bend_edges(cell: &[Coord], max_offset: f64, seed: u64) -> Polygon {
    let mut ring = Vec::with_capacity(cell.len() * 4 + 1);
    for (index, &from) in cell.iter().enumerate() {
        let to = cell[(index + 1) % cell.len()];
        ring.push(from);
        ring.extend(between(from, to, max_offset, seed));
    }
    Polygon::new(LineString::from(ring), Vec::new())
}

/// The vertices between two corners. They depend only on the corners, not on their order, so both
/// neighbours get the same border.
fn between(from: Coord, to: Coord, max_offset: f64, seed: u64) -> Vec<Coord> {
    if distance_m(from, to) < MIN_BENT_EDGE_M || max_offset == 0.0 {
        return Vec::new();
    }
    let is_reversed = (to.x, to.y) < (from.x, from.y);
    let (low, high) = if is_reversed { (to, from) } else { (from, to) };
    let key = [low.x, low.y, high.x, high.y].iter().fold(0, |key, part| mix(key ^ part.to_bits()));
    let mut rng = Rng::of(seed, Stream::Border, key);
    let along = high - low;
    let mut vertices: Vec<Coord> = [0.25, 0.5, 0.75]
        .iter()
        .map(|&part| {
            let offset = rng.between(-max_offset, max_offset);
            round_vertex(low + along * part + Coord { x: -along.y, y: along.x } * offset)
        })
        .collect();
    if is_reversed {
        vertices.reverse();
    }
    vertices
}

/// Rounds a vertex to seven decimals of a degree, about a centimetre, as it is written.
fn round_vertex(at: Coord) -> Coord {
    Coord { x: (at.x * 1e7).round() / 1e7, y: (at.y * 1e7).round() / 1e7 }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use geo::Area;

    use super::super::city::{BuiltUpArea, CITIES};
    use super::*;

    #[test]
    fn areas_are_valid_and_cover_their_city_once() {
        for plan in &CITIES {
            for seed in 0..20 {
                let built_up_area = BuiltUpArea::of(plan.places);
                let cells = areas(&built_up_area.sites, &built_up_area.outline, seed);
                assert_eq!(cells.len(), plan.places.len());
                assert!(cells.iter().all(Validation::is_valid), "{} seed {seed}", plan.key);
                let (sum, whole): (f64, f64) = (
                    cells.iter().map(Area::unsigned_area).sum(),
                    built_up_area.outline.unsigned_area(),
                );
                assert!((sum / whole - 1.0).abs() < 0.01, "{} seed {seed}", plan.key);
            }
        }
    }

    #[test]
    fn edges_without_a_neighbour_form_one_ring_around_the_city() {
        let built_up_area = BuiltUpArea::of(CITIES[0].places);
        let bits = |at: Coord| (at.x.to_bits(), at.y.to_bits());
        let edges: BTreeSet<_> = areas(&built_up_area.sites, &built_up_area.outline, 1)
            .iter()
            .flat_map(|cell| cell.exterior().lines().collect::<Vec<_>>())
            .map(|edge| (bits(edge.start), bits(edge.end)))
            .collect();
        let rim: BTreeMap<_, _> =
            edges.iter().filter(|(from, to)| !edges.contains(&(*to, *from))).copied().collect();
        let first = *rim.keys().next().expect("a city has a rim");
        let around = std::iter::successors(Some(rim[&first]), |at| rim.get(at).copied());
        let steps = around.take(rim.len() + 1).position(|at| at == first);
        assert_eq!(steps.map(|step| step + 1), Some(rim.len()));
    }
}
