//! Shapefiles: polygons, and a dBASE file with their attributes.

use std::path::Path;

use geo::{Area as _, Coord, LineString, Polygon};
use shapefile::record::traits::HasXY;
use shapefile::{PolygonRing, Shape, ShapeReader};

use super::area_row::AreaRow;
use super::dbf;
use super::report::Repairs;
use super::rings::Rings;
use crate::files::companion;
use crate::polygons::outline::Outline;
use crate::polygons::{AreaError, AreaFault};

/// Reads the polygons of `path` and the attributes of the `.dbf` file next to it. The `.prj` and
/// `.cpg` files are optional. Deleted records and their shapes are skipped.
pub(super) fn read(path: &Path, repairs: &mut Repairs) -> Result<Vec<AreaRow>, AreaError> {
    check_crs(path)?;
    let failed = |source| AreaError::Shapefile { path: path.to_owned(), source };
    let shapes = ShapeReader::from_path(path).and_then(ShapeReader::read).map_err(failed)?;
    let cpg = std::fs::read_to_string(companion(path, "cpg")).ok();
    let table = dbf::read(&companion(path, "dbf"), cpg.as_deref(), repairs)?;
    if table.records.len() != shapes.len() {
        return Err(AreaError::RecordCount {
            path: path.to_owned(),
            shapes: shapes.len(),
            records: table.records.len(),
        });
    }
    let numbered = shapes.into_iter().zip(table.records).zip(1..);
    let existing = numbered.filter_map(|((shape, record), number)| Some((shape, record?, number)));
    let rows = existing.map(|(shape, record, number)| {
        let mut row = AreaRow::new(number);
        row.fields = table.names.iter().cloned().zip(record).collect();
        row.rings = match shape {
            Shape::NullShape => None,
            Shape::Polygon(polygon) => Some(assign_holes(rings(polygon.rings()), repairs)),
            Shape::PolygonM(polygon) => Some(assign_holes(rings(polygon.rings()), repairs)),
            Shape::PolygonZ(polygon) => Some(assign_holes(rings(polygon.rings()), repairs)),
            _ => return Err(row.error(path, AreaFault::Geometry("it is not a polygon".to_owned()))),
        };
        Ok(row)
    });
    rows.collect()
}

/// The coordinates must be degrees WGS 84. Without a `.prj` file only their range is checked, later.
fn check_crs(path: &Path) -> Result<(), AreaError> {
    let Ok(text) = std::fs::read_to_string(companion(path, "prj")) else { return Ok(()) };
    let plain: String =
        text.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_uppercase();
    let is_geographic = plain.starts_with("GEOG");
    if is_geographic && ["WGS1984", "WGS84"].iter().any(|name| plain.contains(name)) {
        return Ok(());
    }
    let name = text.split('"').nth(1).unwrap_or(&text).to_owned();
    Err(AreaError::Crs { path: path.to_owned(), found: name })
}

/// A ring, and whether it has the winding order of an outer ring: clockwise (ESRI 1998, page 8).
type WoundRing = (Vec<Coord>, bool);

fn rings<P: HasXY>(rings: &[PolygonRing<P>]) -> Vec<WoundRing> {
    let coords = |points: &[P]| {
        points.iter().map(|point| Coord { x: point.x(), y: point.y() }).collect::<Vec<_>>()
    };
    rings
        .iter()
        .map(|ring| (coords(ring.points()), matches!(ring, PolygonRing::Outer(_))))
        .collect()
}

/// An outer ring, and its holes.
struct Shell {
    outline: Outline,
    surface: f64,
    /// The outer ring first.
    rings: Vec<Vec<Coord>>,
}

/// Assigns each hole to the smallest outer ring around it. A hole outside every outer ring is an outer
/// ring with the wrong winding order.
fn assign_holes(rings: Vec<WoundRing>, repairs: &mut Repairs) -> Rings {
    let (outers, holes): (Vec<_>, Vec<_>) = rings.into_iter().partition(|(_, is_outer)| *is_outer);
    let shell = |(ring, _): WoundRing| {
        let polygon = Polygon::new(LineString::new(ring.clone()), Vec::new());
        let outline = Outline::new(polygon.exterior());
        Shell { outline, surface: polygon.unsigned_area(), rings: vec![ring] }
    };
    let mut shells: Vec<Shell> = outers.into_iter().map(shell).collect();
    let mut orphans = Vec::new();
    for (hole, _) in holes {
        let encloses = |shell: &Shell| hole.iter().all(|&corner| shell.outline.contains(corner));
        let around = shells.iter_mut().filter(|shell| encloses(shell));
        match around.min_by(|a, b| a.surface.total_cmp(&b.surface)) {
            Some(shell) => shell.rings.push(hole),
            None => orphans.push(hole),
        }
    }
    repairs.rings_turned += orphans.len() as u64;
    let polygons = shells.into_iter().map(|shell| shell.rings);
    Rings { polygons: polygons.chain(orphans.into_iter().map(|ring| vec![ring])).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn square(west: f64, south: f64, side: f64) -> Vec<Coord> {
        [(0.0, 0.0), (0.0, side), (side, side), (side, 0.0), (0.0, 0.0)]
            .map(|(x, y)| Coord { x: west + x, y: south + y })
            .to_vec()
    }

    #[test]
    fn a_hole_belongs_to_the_smallest_ring_around_it() {
        let mut repairs = Repairs::default();
        let island = square(3.0, 3.0, 2.0);
        let rings = vec![
            (square(0.0, 0.0, 10.0), true),
            (square(2.0, 2.0, 4.0), false),
            (island.clone(), true),
            (square(3.5, 3.5, 0.5), false),
        ];
        let sorted = assign_holes(rings, &mut repairs).polygons;
        let sizes: Vec<_> = sorted.iter().map(Vec::len).collect();
        assert_eq!((sizes, &sorted[1][0]), (vec![2, 2], &island));
        assert_eq!(repairs.rings_turned, 0);
    }

    #[test]
    fn an_outer_ring_with_the_wrong_winding_order_is_not_a_hole() {
        let mut repairs = Repairs::default();
        let sorted = assign_holes(vec![(square(0.0, 0.0, 1.0), false)], &mut repairs);
        assert_eq!((sorted.polygons.len(), repairs.rings_turned), (1, 1));
    }
}
