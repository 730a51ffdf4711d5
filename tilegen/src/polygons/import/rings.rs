//! Rings: the polygons of a row as they were written, and the check that makes them areas.

use geo::{Coord, LineString, MultiPolygon, Polygon, Validation};
use geozero::error::{GeozeroError, Result};
use geozero::{GeomProcessor, error};

use crate::polygons::AreaFault;

/// Polygons of one row, each with its outer ring first. Nothing is closed that was left open.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Rings {
    pub(super) polygons: Vec<Vec<Vec<Coord>>>,
}

impl Rings {
    /// The polygons, once every ring is closed, simple, and where it belongs.
    pub(super) fn into_valid_polygons(self) -> std::result::Result<MultiPolygon, AreaFault> {
        for ring in self.polygons.iter().flatten() {
            if ring.iter().any(|at| !(at.x.abs() <= 180.0 && at.y.abs() <= 90.0)) {
                return Err(AreaFault::NotDegrees);
            }
            if let (Some(first), Some(last)) = (ring.first(), ring.last())
                && first != last
            {
                return Err(AreaFault::Unclosed { lng: last.x, lat: last.y });
            }
        }
        let polygon = |rings: Vec<Vec<Coord>>| {
            let mut rings = rings.into_iter().map(|mut ring| {
                ring.dedup();
                LineString::new(ring)
            });
            let outer = rings.next().unwrap_or_else(|| LineString::new(Vec::new()));
            Polygon::new(outer, rings.collect())
        };
        let polygons: MultiPolygon = self.polygons.into_iter().map(polygon).collect();
        if polygons.iter().any(|polygon| polygon.exterior().0.is_empty()) {
            return Err(AreaFault::Empty);
        }
        polygons.check_validation().map_err(|source| AreaFault::Invalid(source.to_string()))?;
        Ok(polygons)
    }
}

/// Takes rings from geozero's readers, which hand them out as they stand in the file.
impl GeomProcessor for Rings {
    fn xy(&mut self, x: f64, y: f64, _: usize) -> Result<()> {
        let ring = self.polygons.last_mut().and_then(|polygon| polygon.last_mut());
        ring.ok_or_else(no_polygon)?.push(Coord { x, y });
        Ok(())
    }

    fn point_begin(&mut self, _: usize) -> Result<()> {
        Err(no_polygon())
    }

    fn multipoint_begin(&mut self, _: usize, _: usize) -> Result<()> {
        Err(no_polygon())
    }

    fn multilinestring_begin(&mut self, _: usize, _: usize) -> Result<()> {
        Err(no_polygon())
    }

    fn linestring_begin(&mut self, is_tagged: bool, _: usize, _: usize) -> Result<()> {
        let polygon = self.polygons.last_mut().filter(|_| !is_tagged);
        polygon.ok_or_else(no_polygon)?.push(Vec::new());
        Ok(())
    }

    fn polygon_begin(&mut self, _: bool, _: usize, _: usize) -> Result<()> {
        self.polygons.push(Vec::new());
        Ok(())
    }
}

fn no_polygon() -> GeozeroError {
    error::GeozeroError::Geometry("it is no polygon".to_owned())
}
