//! Area tiles: the polygons and label points of areas at every zoom.

use std::collections::BTreeMap;

use fast_mvt::{MvtCoord, MvtError, MvtGeomType, MvtLayerBuilder, MvtTileBuilder, MvtValueRef};
use geo::{Area as _, Centroid, Contains, InteriorPoint, Point, Polygon};
use rayon::prelude::*;
use tilecore::layer::AREAS;
use tilecore::{TileCoord, hilbert};

use crate::areas::clip::{between_columns, between_rows, doubled_area};
use crate::areas::repair::repaired;
use crate::areas::topology::{Topology, Vertex, WORLD_BITS, vertex, without_repeated_vertices};
use crate::polygons::{Area, AreaId};
use crate::tiles::feature_tile::{FeatureTile, TileStats};
use crate::tiles::gzip::gzip_encoder;

/// Bits of a tile coordinate: an extent of 4,096.
pub(crate) const EXTENT_BITS: u8 = 12;
const EXTENT: i64 = 1 << EXTENT_BITS;

/// The buffer of a tile in tile units: 8 pixels, wider than any border line.
const BUFFER: i64 = 64;

/// Tolerance of the simplification, in tile units: half a pixel. Clients overzoom the tiles of the
/// deepest zoom, so its tolerance is an eighth of a pixel.
const TOLERANCE: f64 = 4.0;
const DEEPEST_ZOOM_TOLERANCE: f64 = 1.0;

/// Side of the square that replaces an area that is too small for its zoom, in tile units.
const MIN_SQUARE: i64 = 4;

/// Names and meanings of the attributes of polygons and labels.
pub(crate) const FIELDS: [(&str, &str); 7] = [
    ("id", "Number: identity of the area, also the id of the feature"),
    ("kind", "String: marketing, region or neighbourhood"),
    ("name", "String: name as in the source"),
    ("name_norm", "String: name normalised for search"),
    ("city", "Number: the city's id"),
    ("population", "Number: inhabitants, where known"),
    ("density_km2", "Number: inhabitants per km², where known"),
];

/// The polygons of one area in one tile: rings by polygon, in tile units.
type ClippedPolygons = Vec<Vec<Vec<Vertex>>>;

/// The features of a tile, in ascending order of the index of the area.
#[derive(Default)]
struct TileFeatures {
    polygons: Vec<(usize, ClippedPolygons)>,
    labels: Vec<(usize, Vertex)>,
}

/// Encodes the tiles of every zoom, in ascending order of tile id.
pub(crate) fn encode_tiles(areas: &[Area]) -> Result<Vec<FeatureTile>, MvtError> {
    let topology = Topology::new(areas.iter().map(|area| &area.polygons));
    let labels: Vec<Vertex> = areas.iter().map(label_position).collect();
    let mut tiles = Vec::new();
    for zoom in AREAS.zooms() {
        let shown: Vec<(u64, TileFeatures)> =
            features_by_tile(&topology, &labels, zoom).into_iter().collect();
        let encoded = shown.par_iter().map_init(gzip_encoder, |gzip_encoder, (position, shown)| {
            let features = (shown.polygons.len() + shown.labels.len()) as u64;
            let tile =
                gzip_encoder.encode_tile(TileCoord::at(zoom, *position), &encode(shown, areas)?);
            Ok(FeatureTile { tile, stats: TileStats { features, sum: None } })
        });
        tiles.extend(encoded.collect::<Result<Vec<_>, MvtError>>()?);
    }
    Ok(tiles)
}

/// A point inside the largest polygon of an area: its centroid, or an interior point if the centroid
/// lies outside.
fn label_position(area: &Area) -> Vertex {
    let parts = area.polygons.iter();
    let largest = parts.max_by(|a, b| a.unsigned_area().total_cmp(&b.unsigned_area()));
    let inside = |polygon: &Polygon| -> Option<Point> {
        let centre = polygon.centroid().filter(|centre| polygon.contains(centre));
        centre.or_else(|| polygon.interior_point())
    };
    let point = largest.and_then(inside).unwrap_or_default();
    vertex(point.x(), point.y())
}

/// The features of each tile of a zoom, by the position of the tile on the Hilbert curve.
fn features_by_tile(
    topology: &Topology,
    labels: &[Vertex],
    zoom: u8,
) -> BTreeMap<u64, TileFeatures> {
    let bits = WORLD_BITS - EXTENT_BITS - zoom; // bits that a unit of this zoom's tiles drops
    let tolerance = if zoom == AREAS.maxzoom { DEEPEST_ZOOM_TOLERANCE } else { TOLERANCE };
    let simple = topology.simplified(tolerance * f64::from(1u32 << bits));
    let clipped: Vec<BTreeMap<u64, ClippedPolygons>> = (0..labels.len())
        .into_par_iter()
        .map(|area| {
            let (rings, exact) = (simple.rings(area), topology.rings(area));
            let mut tiles: BTreeMap<u64, ClippedPolygons> = BTreeMap::new();
            for (rings, exact) in rings.iter().zip(&exact) {
                clip_to_tiles(&quantise(rings, exact, bits), zoom, &mut tiles);
            }
            let tiles = tiles.into_iter().map(|(tile, polygons)| (tile, repaired(polygons)));
            tiles.filter(|(_, polygons)| !polygons.is_empty()).collect()
        })
        .collect();
    let mut shown: BTreeMap<u64, TileFeatures> = BTreeMap::new();
    for (area, (tiles, label)) in clipped.into_iter().zip(labels).enumerate() {
        for (position, polygons) in tiles {
            shown.entry(position).or_default().polygons.push((area, polygons));
        }
        let (x, y) = (label.x >> bits, label.y >> bits);
        let tile = hilbert::position(zoom, (x >> EXTENT_BITS) as u32, (y >> EXTENT_BITS) as u32);
        let within_tile = Vertex { x: x & (EXTENT - 1), y: y & (EXTENT - 1) };
        shown.entry(tile).or_default().labels.push((area, within_tile));
    }
    shown
}

/// Rounds a polygon to the units of a zoom. If nothing is left of the simplified polygon, the exact
/// one is used; if nothing is left of that either, it becomes a small square.
fn quantise(rings: &[Vec<Vertex>], exact: &[Vec<Vertex>], bits: u8) -> Vec<Vec<Vertex>> {
    let half = (1i64 << bits) >> 1;
    let round = |ring: &Vec<Vertex>| {
        let unit = |at: &Vertex| Vertex { x: (at.x + half) >> bits, y: (at.y + half) >> bits };
        without_repeated_vertices(ring.iter().map(unit).collect())
    };
    let mut rounded: Vec<Vec<Vertex>> = rings.iter().map(round).collect();
    let is_flat = |ring: &[Vertex]| doubled_area(ring) == 0;
    if let (Some(outer), Some(exact)) = (rounded.first_mut(), exact.first()) {
        if is_flat(outer) {
            *outer = round(exact);
        }
        if is_flat(outer) {
            *outer = minimum_square(outer);
        }
    }
    let mut holes = rounded.split_off(rounded.len().min(1));
    holes.retain(|hole| !is_flat(hole));
    rounded.extend(holes);
    rounded
}

/// A square around the middle of a ring without area.
fn minimum_square(ring: &[Vertex]) -> Vec<Vertex> {
    let middle = |of: fn(&Vertex) -> i64| {
        let (low, high) = (ring.iter().map(of).min(), ring.iter().map(of).max());
        low.zip(high).map_or(0, |(low, high)| low.midpoint(high))
    };
    let (west, north) = (middle(|at| at.x) - MIN_SQUARE / 2, middle(|at| at.y) - MIN_SQUARE / 2);
    let corners = [(0, 0), (MIN_SQUARE, 0), (MIN_SQUARE, MIN_SQUARE), (0, MIN_SQUARE)];
    corners.map(|(x, y)| Vertex { x: west + x, y: north + y }).to_vec()
}

/// Clips a polygon to every tile that it intersects.
fn clip_to_tiles(rings: &[Vec<Vertex>], zoom: u8, tiles: &mut BTreeMap<u64, ClippedPolygons>) {
    let Some(outer) = rings.first() else { return };
    let last = (1i64 << zoom) - 1;
    let span = |of: fn(&Vertex) -> i64, ring: &[Vertex]| {
        let low = ring.iter().map(of).min().unwrap_or(0) - BUFFER;
        let high = ring.iter().map(of).max().unwrap_or(0) + BUFFER;
        (low >> EXTENT_BITS).clamp(0, last)..=(high >> EXTENT_BITS).clamp(0, last)
    };
    for x in span(|at| at.x, outer) {
        let west = x << EXTENT_BITS;
        let strip =
            |ring: &Vec<Vertex>| between_columns(ring, west - BUFFER, west + EXTENT + BUFFER);
        let strips: Vec<Vec<Vertex>> = rings.iter().map(strip).collect();
        if doubled_area(&strips[0]) == 0 {
            continue;
        }
        for y in span(|at| at.y, &strips[0]) {
            let north = y << EXTENT_BITS;
            let mut parts = strips.iter().map(|ring| {
                let part = between_rows(ring, north - BUFFER, north + EXTENT + BUFFER);
                let local = |at: Vertex| Vertex { x: at.x - west, y: at.y - north };
                part.into_iter().map(local).collect::<Vec<_>>()
            });
            let Some(outer) = parts.next().filter(|outer| doubled_area(outer) != 0) else {
                continue;
            };
            let holes = parts.filter(|hole| doubled_area(hole) != 0);
            let polygon = std::iter::once(outer).chain(holes).collect();
            let position = hilbert::position(zoom, x as u32, y as u32);
            tiles.entry(position).or_default().push(polygon);
        }
    }
}

/// Encodes a tile, without compression.
fn encode(shown: &TileFeatures, areas: &[Area]) -> Result<Vec<u8>, MvtError> {
    let mut tile = MvtTileBuilder::new();
    if !shown.polygons.is_empty() {
        let mut layer = tile.layer(AREAS.source_layers[0])?;
        for (area, polygons) in &shown.polygons {
            layer = encode_polygons(layer, &areas[*area], polygons)?;
        }
        tile = layer.end();
    }
    if !shown.labels.is_empty() {
        let mut layer = tile.layer(AREAS.source_layers[1])?;
        for &(area, at) in &shown.labels {
            let mut feature = layer.feature_of(MvtGeomType::Point);
            feature.points([coord(at)])?;
            write_attributes(&mut feature, &areas[area])?;
            layer = feature.end();
        }
        tile = layer.end();
    }
    Ok(tile.encode())
}

fn encode_polygons(
    layer: MvtLayerBuilder,
    area: &Area,
    polygons: &ClippedPolygons,
) -> Result<MvtLayerBuilder, MvtError> {
    let mut feature = layer.feature_of(MvtGeomType::Polygon);
    for rings in polygons {
        for (index, ring) in rings.iter().enumerate() {
            feature.ring(ring.iter().copied().map(coord), index == 0)?;
        }
    }
    write_attributes(&mut feature, area)?;
    Ok(feature.end())
}

fn coord(at: Vertex) -> MvtCoord {
    MvtCoord { x: at.x as i32, y: at.y as i32 }
}

fn write_attributes(
    feature: &mut fast_mvt::MvtFeatureBuilder,
    area: &Area,
) -> Result<(), MvtError> {
    let id = AreaId::get(area.id);
    feature.id(Some(id));
    feature.tag_uint("id", id)?;
    feature.tag_ref("kind", MvtValueRef::String(area.kind.as_str()))?;
    feature.tag_ref("name", MvtValueRef::String(&area.name))?;
    feature.tag_ref("name_norm", MvtValueRef::String(&area.normalised))?;
    feature.tag_int("city", area.city)?;
    if let Some(population) = area.attributes.population {
        feature.tag_uint("population", population)?;
    }
    if let Some(density) = area.density_per_km2() {
        feature.tag_uint("density_km2", density.round() as u64)?;
    }
    Ok(())
}
