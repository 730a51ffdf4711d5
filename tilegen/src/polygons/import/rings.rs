//! The unchecked rings of a row, and their validation.

use geo::{Coord, LineString, MultiPolygon, Polygon};
use geozero::error::{GeozeroError, Result};
use geozero::{GeomProcessor, error};

use crate::polygons::{AreaFault, validity};

/// Maximum number of points of one area. The map needs a few hundred.
const MAX_POINTS: usize = 500_000;

/// The polygons of a row, each with its outer ring first. Open rings stay open.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Rings {
    pub(super) polygons: Vec<Vec<Vec<Coord>>>,
}

impl Rings {
    /// Validates the rings: in degrees, closed, and without crossings.
    pub(super) fn into_valid_polygons(self) -> std::result::Result<MultiPolygon, AreaFault> {
        let points: usize = self.polygons.iter().flatten().map(Vec::len).sum();
        if points > MAX_POINTS {
            return Err(AreaFault::TooManyPoints { points, limit: MAX_POINTS });
        }
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
        validity::check(&polygons).map_err(AreaFault::Invalid)?;
        Ok(polygons)
    }
}

/// Receives rings from geozero's readers, which pass them on unchanged.
impl GeomProcessor for Rings {
    fn xy(&mut self, x: f64, y: f64, _: usize) -> Result<()> {
        let ring = self.polygons.last_mut().and_then(|polygon| polygon.last_mut());
        ring.ok_or_else(not_a_polygon)?.push(Coord { x, y });
        Ok(())
    }

    fn point_begin(&mut self, _: usize) -> Result<()> {
        Err(not_a_polygon())
    }

    fn multipoint_begin(&mut self, _: usize, _: usize) -> Result<()> {
        Err(not_a_polygon())
    }

    fn multilinestring_begin(&mut self, _: usize, _: usize) -> Result<()> {
        Err(not_a_polygon())
    }

    fn linestring_begin(&mut self, is_tagged: bool, _: usize, _: usize) -> Result<()> {
        let polygon = self.polygons.last_mut().filter(|_| !is_tagged);
        polygon.ok_or_else(not_a_polygon)?.push(Vec::new());
        Ok(())
    }

    fn polygon_begin(&mut self, _: bool, _: usize, _: usize) -> Result<()> {
        self.polygons.push(Vec::new());
        Ok(())
    }
}

fn not_a_polygon() -> GeozeroError {
    error::GeozeroError::Geometry("it is not a polygon".to_owned())
}
