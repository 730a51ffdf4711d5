//! Cutting a city into areas that share their borders: Voronoi cells with crooked edges.

use geo::{Coord, LineString, Polygon, Validation};

use super::city::distance_m;
use super::random::{Draws, Topic, mix};

/// Corners nearer than this (degrees, about 10 m) are one corner.
const SAME_CORNER: f64 = 1e-4;
/// An edge shorter than this stays straight.
const SHORTEST_BENT_M: f64 = 120.0;
/// How far an edge strays sideways, in parts of its length: the first that leaves every polygon
/// valid is taken.
const STRAYING: [f64; 4] = [0.05, 0.025, 0.01, 0.0];

/// One polygon for each site, together covering the convex `outline`; neighbours have the very
/// same vertices along their common border.
pub(super) fn areas(sites: &[Coord], outline: &Polygon, seed: u64) -> Vec<Polygon> {
    let straight = straight_cells(sites, outline);
    STRAYING
        .iter()
        .map(|&straying| straight.iter().map(|cell| crooked(cell, straying, seed)).collect())
        .find(|cells: &Vec<Polygon>| cells.iter().all(Validation::is_valid))
        .expect("straight Voronoi cells are valid")
}

/// The corners of each Voronoi cell, counter-clockwise, the first not repeated.
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
    let narrowing = site.y.midpoint(other.y).to_radians().cos().powi(2);
    let (middle, along) = ((site + other) / 2.0, other - site);
    let beyond = |p: Coord| (p.x - middle.x) * along.x * narrowing + (p.y - middle.y) * along.y;
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

/// The known corner at this place, or this one, known from now on.
fn shared(corners: &mut Vec<Coord>, corner: Coord) -> Coord {
    let near = |known: &&Coord| {
        (known.x - corner.x).abs() < SAME_CORNER && (known.y - corner.y).abs() < SAME_CORNER
    };
    if let Some(&known) = corners.iter().find(near) {
        return known;
    }
    let corner = fine(corner);
    corners.push(corner);
    corner
}

fn crooked(cell: &[Coord], straying: f64, seed: u64) -> Polygon {
    let mut ring = Vec::with_capacity(cell.len() * 4 + 1);
    for (index, &from) in cell.iter().enumerate() {
        let to = cell[(index + 1) % cell.len()];
        ring.push(from);
        ring.extend(between(from, to, straying, seed));
    }
    Polygon::new(LineString::from(ring), Vec::new())
}

/// The vertices between two corners. They depend on the corners alone, not on which of the two
/// neighbours asks, so both draw the same border.
fn between(from: Coord, to: Coord, straying: f64, seed: u64) -> Vec<Coord> {
    if distance_m(from, to) < SHORTEST_BENT_M || straying == 0.0 {
        return Vec::new();
    }
    let turned = (to.x, to.y) < (from.x, from.y);
    let (low, high) = if turned { (to, from) } else { (from, to) };
    let key = [low.x, low.y, high.x, high.y].iter().fold(0, |key, part| mix(key ^ part.to_bits()));
    let mut draws = Draws::of(seed, Topic::Border, key);
    let along = high - low;
    let mut vertices: Vec<Coord> = [0.25, 0.5, 0.75]
        .iter()
        .map(|&part| {
            let aside = draws.between(-straying, straying);
            fine(low + along * part + Coord { x: -along.y, y: along.x } * aside)
        })
        .collect();
    if turned {
        vertices.reverse();
    }
    vertices
}

/// A vertex as it is written: seven decimals of a degree, a centimetre.
fn fine(at: Coord) -> Coord {
    Coord { x: (at.x * 1e7).round() / 1e7, y: (at.y * 1e7).round() / 1e7 }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use geo::Area;

    use super::super::city::{CITIES, Ground};
    use super::*;

    #[test]
    fn areas_are_valid_and_cover_their_city_once() {
        for plan in &CITIES {
            for seed in 0..20 {
                let ground = Ground::of(plan.places);
                let cells = areas(&ground.sites, &ground.outline, seed);
                assert_eq!(cells.len(), plan.places.len());
                assert!(cells.iter().all(Validation::is_valid), "{} seed {seed}", plan.key);
                let (sum, whole): (f64, f64) =
                    (cells.iter().map(Area::unsigned_area).sum(), ground.outline.unsigned_area());
                assert!((sum / whole - 1.0).abs() < 0.01, "{} seed {seed}", plan.key);
            }
        }
    }

    #[test]
    fn the_edges_that_no_neighbour_shares_are_the_rim_in_one_ring() {
        let ground = Ground::of(CITIES[0].places);
        let bits = |at: Coord| (at.x.to_bits(), at.y.to_bits());
        let edges: BTreeSet<_> = areas(&ground.sites, &ground.outline, 1)
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
