//! The population layer: dots at random positions in their area. The same input gives the same dots.

use std::collections::BTreeMap;

use geo::{
    Area as _, BoundingRect, Coord, Euclidean, Intersects, Length, LineString, Point, Polygon, Rect,
};
use rayon::prelude::*;
use tilecore::hash::{SplitMix64, mix};
use tilecore::layer::POPULATION;
use tilecore::mvt::PointLayerEncoder;
use tilecore::{TileCoord, hilbert};

use crate::areas::tiles::EXTENT_BITS;
use crate::areas::topology::{WORLD_BITS, vertex};
use crate::polygons::{Area, AreaKind};
use crate::tiles::feature_tile::{FeatureTile, TileStats};
use crate::tiles::gzip::gzip_encoder;

/// Names and meanings of a dot's attributes.
pub(crate) const FIELDS: [(&str, &str); 1] =
    [("rank", "Number: rank of the dot in its area, 0 to 65535, evenly distributed")];

/// A dot, and its rank in its area.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Dot {
    /// Longitude and latitude in degrees.
    pub position: Coord,
    /// Ranks are evenly distributed: half of the range contains half of each area's dots.
    pub rank: u16,
}

/// A zoom contains the dots with a rank below this limit: all dots at the deepest zoom, and half as
/// many at each lower zoom.
fn rank_limit(zoom: u8) -> u32 {
    (1 << 16) >> (POPULATION.maxzoom - zoom)
}

/// The number of inhabitants that a dot represents, by zoom.
pub(crate) fn people_by_zoom(people_per_dot: u32) -> BTreeMap<u8, u64> {
    let people = |zoom| u64::from(people_per_dot) << (POPULATION.maxzoom - zoom);
    POPULATION.zooms().map(|zoom| (zoom, people(zoom))).collect()
}

/// The number of dots of each area. All dots together represent the whole population. Each area gets one dot for
/// each `people_per_dot` inhabitants. The inhabitants that remain in all areas together give further dots, which
/// go to the areas with the largest remainders.
#[must_use]
pub fn count_dots(areas: &[&Area], people_per_dot: u32) -> Vec<u64> {
    let per_dot = u64::from(people_per_dot.max(1));
    let people = |area: &Area| area.attributes.population.unwrap_or(0);
    let mut counts: Vec<u64> = areas.iter().map(|area| people(area) / per_dot).collect();
    let total: u64 = areas.iter().map(|area| people(area)).sum();
    let remaining = (total / per_dot).saturating_sub(counts.iter().sum());
    let mut by_remainder: Vec<usize> = (0..areas.len()).collect();
    by_remainder
        .sort_by_key(|&area| (std::cmp::Reverse(people(areas[area]) % per_dot), areas[area].id));
    for area in by_remainder.into_iter().take(remaining as usize) {
        counts[area] += 1;
    }
    counts
}

/// The maximum number of dots of all areas together. They take about a gigabyte of memory.
pub(crate) const MAX_DOTS: u64 = 20_000_000;

/// The number of dots of all neighbourhoods together.
pub(crate) fn total_dots(areas: &[Area], people_per_dot: u32) -> u64 {
    let own = areas.iter().filter(|area| area.kind == AreaKind::Neighbourhood);
    let people: u64 = own.filter_map(|area| area.attributes.population).sum();
    people / u64::from(people_per_dot.max(1))
}

/// Places `count` dots in an area. The id of the area and the number of a dot determine the dot's position, so a
/// larger population adds dots and moves none.
#[must_use]
pub fn place_dots(area: &Area, count: u64) -> Vec<Dot> {
    let parts: Vec<(&Polygon, f64, Rect)> = area
        .polygons
        .iter()
        .filter_map(|part| Some((part, part.unsigned_area(), part.bounding_rect()?)))
        .collect();
    let total: f64 = parts.iter().map(|(_, size, _)| size).sum();
    if total <= 0.0 {
        return Vec::new();
    }
    let id = area.id.get();
    let offset = mix(id) as u16;
    let dot = |number: u64| {
        let mut random = SplitMix64::new(mix(id ^ number.rotate_left(32)));
        let mut remaining = random.next_unit() * total;
        let part = parts.iter().find(|(_, size, _)| {
            remaining -= size;
            remaining < 0.0
        });
        let (polygon, size, bounds) = part.unwrap_or(&parts[parts.len() - 1]);
        let is_thin = *size < MIN_FILL * bounds.width() * bounds.height();
        let position = if is_thin {
            point_on_border(&mut random, polygon.exterior())
        } else {
            point_in_polygon(&mut random, polygon, *bounds)
        };
        // Reversed bits of consecutive numbers cover the range evenly (a van der Corput sequence).
        let rank = (number as u16).wrapping_add(offset).reverse_bits();
        Dot { position, rank }
    };
    (0..count).map(dot).collect()
}

/// A polygon that fills less than this share of its bounding box gets its dots on its border. It is narrower than
/// a dot, and most random points in the box would miss it.
const MIN_FILL: f64 = 1e-3;

/// A random point in a polygon.
fn point_in_polygon(random: &mut SplitMix64, polygon: &Polygon, bounds: Rect) -> Coord {
    const MAX_ATTEMPTS: u32 = 100_000;
    for _ in 0..MAX_ATTEMPTS {
        let x = bounds.min().x + bounds.width() * random.next_unit();
        let y = bounds.min().y + bounds.height() * random.next_unit();
        if polygon.intersects(&Point::new(x, y)) {
            return Coord { x, y };
        }
    }
    polygon.exterior().0[0]
}

/// A random point on a ring.
fn point_on_border(random: &mut SplitMix64, ring: &LineString) -> Coord {
    let mut remaining = random.next_unit() * Euclidean.length(ring);
    let edge = ring.lines().find(|edge| {
        let length = Euclidean.length(edge);
        let is_reached = remaining < length;
        remaining -= if is_reached { 0.0 } else { length };
        is_reached
    });
    edge.map_or(ring.0[0], |edge| edge.start + edge.delta() * (remaining / Euclidean.length(&edge)))
}

/// Encodes the dots of every neighbourhood with a population, in ascending order of tile id.
pub(crate) fn encode_tiles(areas: &[Area], people_per_dot: u32) -> Vec<FeatureTile> {
    let areas: Vec<&Area> =
        areas.iter().filter(|area| area.kind == AreaKind::Neighbourhood).collect();
    let counts = count_dots(&areas, people_per_dot);
    let dots: Vec<Vec<Dot>> =
        areas.par_iter().zip(counts).map(|(area, count)| place_dots(area, count)).collect();
    // Sorted along the curve of the deepest zoom, which is also the tile order of every lower zoom.
    let mut placed: Vec<(u64, u64, u16)> = dots
        .into_iter()
        .flatten()
        .map(|dot| {
            let at = vertex(dot.position.x, dot.position.y);
            let along = hilbert::position(WORLD_BITS, at.x as u32, at.y as u32);
            (along, (at.x as u64) << 32 | at.y as u64, dot.rank)
        })
        .collect();
    placed.par_sort_unstable();
    let mut encoded = Vec::new();
    for zoom in POPULATION.zooms() {
        let shown: Vec<_> = placed
            .iter()
            .filter(|(_, _, rank)| u32::from(*rank) < rank_limit(zoom))
            .copied()
            .collect();
        let tile_of = |along: u64| along >> (2 * (WORLD_BITS - zoom));
        let tiles: Vec<&[(u64, u64, u16)]> =
            shown.chunk_by(|a, b| tile_of(a.0) == tile_of(b.0)).collect();
        let tiles = tiles.par_iter().map_init(gzip_encoder, |gzip_encoder, dots| {
            let coord = TileCoord::at(zoom, tile_of(dots[0].0));
            let stats = TileStats { features: dots.len() as u64, sum: None };
            FeatureTile { tile: gzip_encoder.encode_tile(coord, &encode(dots, zoom)), stats }
        });
        encoded.extend(tiles.collect::<Vec<_>>());
    }
    encoded
}

/// Encodes a tile, without compression.
fn encode(dots: &[(u64, u64, u16)], zoom: u8) -> Vec<u8> {
    let keys = FIELDS.map(|(name, _)| name.to_owned()).to_vec();
    let mut encoder = PointLayerEncoder::new(POPULATION.source_layers[0], 1 << EXTENT_BITS, keys);
    let bits = WORLD_BITS - EXTENT_BITS - zoom;
    let local = |along: u64| (along >> bits) as u32 & ((1 << EXTENT_BITS) - 1);
    for &(_, place, rank) in dots {
        encoder.point(local(place >> 32), local(place & u64::from(u32::MAX)), |tags| {
            tags.push(0, u64::from(rank));
        });
    }
    encoder.finish()
}

#[cfg(test)]
mod tests {
    use geo::MultiPolygon;

    use super::*;
    use crate::polygons::{AreaAttributes, AreaId};

    fn area(population: u64) -> Area {
        let square = |west: f64, side: f64| {
            let low = Coord { x: west, y: 35.7 };
            Rect::new(low, Coord { x: west + side, y: 35.7 + side }).to_polygon()
        };
        Area {
            id: AreaId::of(AreaKind::Neighbourhood, "tehran", "301"),
            kind: AreaKind::Neighbourhood,
            city: 2,
            name: "ونک".into(),
            normalised: "ونک".into(),
            polygons: MultiPolygon(vec![square(51.4, 0.01), square(51.5, 0.03)]),
            attributes: AreaAttributes {
                population: Some(population),
                ..AreaAttributes::default()
            },
        }
    }

    #[test]
    fn the_number_of_dots_follows_the_population_and_their_positions_the_surface() {
        let area = area(40_049);
        let dots = place_dots(&area, count_dots(&[&area], 50)[0]);
        assert_eq!(dots.len(), 800);
        assert!(dots.iter().all(|dot| area.polygons.intersects(&Point::from(dot.position))));
        let small = dots.iter().filter(|dot| dot.position.x < 51.45).count();
        assert!((60..100).contains(&small), "a tenth of the surface has {small} of 800 dots");
    }

    #[test]
    fn dots_of_a_thin_area_are_spread_along_its_border() {
        let sliver = [(51.4, 35.7), (51.5, 35.8), (51.5, 35.800_001), (51.4, 35.7)];
        let ring: LineString = sliver.iter().map(|&(x, y)| Coord { x, y }).collect();
        let polygons = MultiPolygon(vec![Polygon::new(ring, Vec::new())]);
        let dots = place_dots(&Area { polygons, ..area(50_000) }, 1000);
        assert_eq!(dots.len(), 1000);
        let is_near = |dot: &Dot| {
            let Coord { x, y } = dot.position;
            (51.4..=51.5).contains(&x) && (y - 35.7 - (x - 51.4)).abs() < 2e-6
        };
        assert!(dots.iter().all(is_near));
        let west = dots.iter().filter(|dot| dot.position.x < 51.45).count();
        assert!((400..600).contains(&west), "the western half has {west} of 1000 dots");
    }

    #[test]
    fn the_dots_of_all_neighbourhoods_are_counted() {
        let region = Area { kind: AreaKind::Region, ..area(5000) };
        assert_eq!(total_dots(&[area(5000), region, area(77)], 50), 101);
    }

    #[test]
    fn a_larger_population_adds_dots_and_moves_none() {
        let (few, many) = (place_dots(&area(20_000), 400), place_dots(&area(40_000), 800));
        assert_eq!(few, many[..few.len()]);
    }

    #[test]
    fn each_zoom_contains_half_the_dots_of_the_next() {
        let dots = place_dots(&area(50 * 1000), 1000);
        for zoom in POPULATION.zooms() {
            let shown = dots.iter().filter(|dot| u32::from(dot.rank) < rank_limit(zoom)).count();
            let expected = 1000 >> (POPULATION.maxzoom - zoom);
            assert!(shown.abs_diff(expected) <= 1, "zoom {zoom} contains {shown}, not {expected}");
        }
    }

    #[test]
    fn too_few_inhabitants_give_no_dot() {
        assert_eq!(count_dots(&[&area(49)], 50), [0]);
    }

    #[test]
    fn the_dots_stand_for_the_whole_population() {
        for (people, counts) in [
            (vec![149, 149, 149, 149], vec![3, 3, 3, 2]),
            (vec![49, 20, 49], vec![1, 0, 1]),
            (vec![74, 60, 66], vec![2, 1, 1]),
            (vec![1; 60], vec![1].into_iter().chain([0; 59]).collect()),
        ] {
            let areas: Vec<Area> = (1..)
                .zip(&people)
                .map(|(number, &people)| Area {
                    id: AreaId::of(AreaKind::Neighbourhood, "tehran", &format!("{number}")),
                    ..area(people)
                })
                .collect();
            let mut by_id: Vec<&Area> = areas.iter().collect();
            by_id.sort_by_key(|area| area.id);
            let mut found = count_dots(&by_id, 50);
            assert_eq!(found.iter().sum::<u64>(), people.iter().sum::<u64>() / 50, "{people:?}");
            found.sort_unstable();
            let mut counts = counts;
            counts.sort_unstable();
            assert_eq!(found, counts, "{people:?}");
        }
    }
}
