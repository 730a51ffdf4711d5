//! Population: inhabitants as dots, somewhere in their area, the same for the same input.

use std::collections::BTreeMap;

use geo::{Area as _, BoundingRect, Coord, Intersects, Point, Polygon, Rect};
use rayon::prelude::*;
use tilecore::layer::POPULATION;
use tilecore::mvt::PointLayerEncoder;
use tilecore::{TileCoord, hilbert};

use crate::areas::tiles::EXTENT_BITS;
use crate::areas::topology::{WORLD_BITS, vertex};
use crate::polygons::{Area, AreaKind};
use crate::tiles::feature_tile::{FeatureTile, TileStats};
use crate::tiles::gzip::GzipEncoder;

/// Names and meanings of a dot's attributes.
pub(crate) const FIELDS: [(&str, &str); 1] =
    [("rank", "Number: place of the dot among those of its area, 0 to 65535, evenly mixed")];

/// A dot, and its rank among those of its area.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Dot {
    /// Degrees.
    pub position: Coord,
    /// Evenly mixed: any share of the ranks is that share of each area's dots.
    pub rank: u16,
}

/// Ranks below this are shown at a zoom: all at the deepest, half as many at each zoom above, so
/// that the screen never fills up.
fn rank_limit(zoom: u8) -> u32 {
    (1 << 16) >> (POPULATION.maxzoom - zoom)
}

/// People that a dot stands for at a zoom, by those that it stands for at the deepest.
pub(crate) fn people_by_zoom(people_per_dot: u32) -> BTreeMap<u8, u64> {
    let people = |zoom| u64::from(people_per_dot) << (POPULATION.maxzoom - zoom);
    POPULATION.zooms().map(|zoom| (zoom, people(zoom))).collect()
}

/// Places a dot for each `people_per_dot` inhabitants of an area. Area and number decide where:
/// more inhabitants add dots and move none.
#[must_use]
pub fn place_dots(area: &Area, people_per_dot: u32) -> Vec<Dot> {
    let count = area.attributes.population.unwrap_or(0) / u64::from(people_per_dot.max(1));
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
    let offset = mixed(id) as u16;
    let dot = |number: u64| {
        let mut draws = Draws { state: mixed(id ^ number.rotate_left(32)) };
        let mut remaining = draws.unit() * total;
        let part = parts.iter().find(|(_, size, _)| {
            remaining -= size;
            remaining < 0.0
        });
        let (polygon, _, bounds) = part.unwrap_or(&parts[parts.len() - 1]);
        let position = draws.point_in_polygon(polygon, *bounds);
        // Counting with the bits back to front visits every part of the range evenly.
        let rank = (number as u16).wrapping_add(offset).reverse_bits();
        Dot { position, rank }
    };
    (0..count).map(dot).collect()
}

/// A stream of numbers; its own, because the dots must not move with a library's version.
struct Draws {
    state: u64,
}

/// The finaliser of `SplitMix64` (Steele, Lea and Flood, 2014).
fn mixed(state: u64) -> u64 {
    let state = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let state = (state ^ (state >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    state ^ (state >> 31)
}

impl Draws {
    /// From 0 to 1, exclusive.
    fn unit(&mut self) -> f64 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        (mixed(self.state) >> 11) as f64 / (1u64 << 53) as f64
    }

    /// Anywhere in a polygon. A polygon that fills less than a hundredth of a percent of its bounds
    /// may use up the tries; its dot then lies on its border.
    fn point_in_polygon(&mut self, polygon: &Polygon, bounds: Rect) -> Coord {
        const MOST_TRIES: u32 = 100_000;
        for _ in 0..MOST_TRIES {
            let x = bounds.min().x + bounds.width() * self.unit();
            let y = bounds.min().y + bounds.height() * self.unit();
            if polygon.intersects(&Point::new(x, y)) {
                return Coord { x, y };
            }
        }
        polygon.exterior().0[0]
    }
}

/// Draws the dots of every area of the finest kind whose inhabitants are known.
pub(crate) fn encode_tiles(areas: &[Area], people_per_dot: u32) -> Vec<FeatureTile> {
    let dots: Vec<Vec<Dot>> = areas
        .par_iter()
        .filter(|area| area.kind == AreaKind::Neighbourhood)
        .map(|area| place_dots(area, people_per_dot))
        .collect();
    // By tile and place of the deepest zoom, which is the order of every zoom above too.
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
        let tiles = tiles.par_iter().map_init(GzipEncoder::new, |gzip_encoder, dots| {
            let coord = TileCoord::at(zoom, tile_of(dots[0].0));
            let stats = TileStats { features: dots.len() as u64, sum: None };
            FeatureTile { tile: gzip_encoder.encode_tile(coord, &encode(dots, zoom)), stats }
        });
        encoded.extend(tiles.collect::<Vec<_>>());
    }
    encoded
}

/// The bytes of a tile, not compressed.
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
            attributes: AreaAttributes { population: Some(population), ..AreaAttributes::default() },
        }
    }

    #[test]
    fn dots_are_as_many_as_people_and_lie_in_their_area_by_surface() {
        let area = area(40_049);
        let dots = place_dots(&area, 50);
        assert_eq!(dots.len(), 800);
        assert!(dots.iter().all(|dot| area.polygons.intersects(&Point::from(dot.position))));
        let small = dots.iter().filter(|dot| dot.position.x < 51.45).count();
        assert!((60..100).contains(&small), "a tenth of the surface has {small} of 800 dots");
    }

    #[test]
    fn more_people_add_dots_and_move_none() {
        let (few, many) = (place_dots(&area(20_000), 50), place_dots(&area(40_000), 50));
        assert_eq!(few, many[..few.len()]);
    }

    #[test]
    fn each_zoom_shows_half_the_dots_of_the_next() {
        let dots = place_dots(&area(50 * 1000), 50);
        for zoom in POPULATION.zooms() {
            let shown = dots.iter().filter(|dot| u32::from(dot.rank) < rank_limit(zoom)).count();
            let expected = 1000 >> (POPULATION.maxzoom - zoom);
            assert!(shown.abs_diff(expected) <= 1, "zoom {zoom} shows {shown}, not {expected}");
        }
    }

    #[test]
    fn nobody_is_no_dot() {
        assert_eq!(place_dots(&area(49), 50), []);
    }
}
