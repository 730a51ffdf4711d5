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
    if is_wgs84(&text) {
        return Ok(());
    }
    let name = text.split('"').nth(1).unwrap_or(&text).to_owned();
    Err(AreaError::Crs { path: path.to_owned(), found: name })
}

/// Whether the text of a `.prj` file describes degrees on the datum WGS 84. Other datums may mention WGS 84,
/// because they say how to convert positions to it.
fn is_wgs84(text: &str) -> bool {
    let plain = |text: &str| {
        let letters = text.chars().filter(char::is_ascii_alphanumeric);
        letters.collect::<String>().to_ascii_uppercase()
    };
    let upper = text.to_ascii_uppercase();
    let datum = ["DATUM[", "ENSEMBLE["].iter().find_map(|key| upper.split_once(key));
    // Without a datum the name of the system decides.
    let (_, named) = datum.unwrap_or(("", &upper));
    let name = plain(named.split('"').nth(1).unwrap_or_default());
    let name = name.strip_prefix("GCS").unwrap_or(&name);
    let name = name.strip_prefix('D').unwrap_or(name);
    let is_named =
        ["WGS1984", "WGS84", "WORLDGEODETICSYSTEM1984"].iter().any(|known| name.starts_with(known));
    plain(text).starts_with("GEOG") && is_named
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
    fn the_datum_decides_not_what_else_a_prj_file_mentions() {
        let wgs84 = [
            r#"GEOGCS["GCS_WGS_1984",DATUM["D_WGS_1984",SPHEROID["WGS_1984",6378137.0,298.257]]]"#,
            r#"GEOGCS["WGS 84", DATUM["WGS_1984", SPHEROID["WGS 84",6378137,298.257]]]"#,
            r#"GEOGCRS["WGS 84",DATUM["World Geodetic System 1984",ELLIPSOID["WGS 84",6378137,298]]]"#,
            r#"GEOGCRS["WGS 84",ENSEMBLE["World Geodetic System 1984 ensemble",MEMBER["x"]]]"#,
            r#"GEOGCS["GCS_WGS_1984"]"#,
        ];
        for text in wgs84 {
            assert!(is_wgs84(text), "{text}");
        }
        for text in [
            r#"GEOGCS["ED50",DATUM["European_Datum_1950",SPHEROID["International 1924",6378388,297],TOWGS84[-87,-98,-121,0,0,0,0]]]"#,
            r#"GEOGCS["WGS 84 (wrong)",DATUM["D_European_1950",SPHEROID["International",6378388,297]]]"#,
            r#"GEOGCS["GCS_WGS_1972",DATUM["D_WGS_1972",SPHEROID["WGS_1972",6378135.0,298.26]]]"#,
            r#"PROJCS["WGS_1984_UTM_Zone_39N",GEOGCS["GCS_WGS_1984",DATUM["D_WGS_1984"]]]"#,
            "",
        ] {
            assert!(!is_wgs84(text), "{text}");
        }
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
