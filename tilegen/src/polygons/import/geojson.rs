//! GeoJSON: one polygon and its properties a feature.

use std::path::Path;

use geozero::error::Result;
use geozero::geojson::GeoJson;
use geozero::{ColumnValue, FeatureProcessor, GeomProcessor, GeozeroDatasource, PropertyProcessor};
use serde::Deserialize;

use super::rings::Rings;
use super::area_row::AreaRow;
use crate::polygons::{AreaError, AreaFault};

/// Reads every feature of a collection.
pub(super) fn read(path: &Path) -> std::result::Result<Vec<AreaRow>, AreaError> {
    let text = std::fs::read_to_string(path).map_err(|source| AreaError::read(path, source))?;
    let text = text.trim_start_matches('\u{feff}');
    check_crs(path, text)?;
    let mut features = Features::default();
    let read = GeoJson(text).process(&mut features);
    if let Err(error) = read {
        let fault = AreaFault::Geometry(error.to_string());
        return Err(match features.rows.last() {
            Some(row) => row.fault(path, fault),
            None => AreaError::GeoJson { path: path.to_owned(), source: error },
        });
    }
    Ok(features.rows)
}

/// RFC 7946 knows WGS 84 only; files from before it may name something else.
fn check_crs(path: &Path, text: &str) -> std::result::Result<(), AreaError> {
    #[derive(Deserialize)]
    struct Collection {
        crs: Option<Crs>,
    }
    #[derive(Deserialize)]
    struct Crs {
        properties: Option<CrsProperties>,
    }
    #[derive(Deserialize)]
    struct CrsProperties {
        name: Option<String>,
    }
    // What is no JSON at all is told by the reader.
    let crs = serde_json::from_str::<Collection>(text).ok().and_then(|collection| collection.crs);
    match crs.and_then(|crs| crs.properties).and_then(|properties| properties.name) {
        Some(found) if !(found.ends_with("CRS84") || found.ends_with(":4326")) => {
            Err(AreaError::Crs { path: path.to_owned(), found })
        }
        _ => Ok(()),
    }
}

#[derive(Default)]
struct Features {
    rows: Vec<AreaRow>,
}

impl Features {
    fn row(&mut self) -> &mut AreaRow {
        if self.rows.is_empty() {
            self.rows.push(AreaRow::new(1));
        }
        self.rows.last_mut().expect("there is a row now")
    }

    fn rings(&mut self) -> &mut Rings {
        self.row().rings.get_or_insert_default()
    }
}

impl FeatureProcessor for Features {
    fn feature_begin(&mut self, index: u64) -> Result<()> {
        self.rows.push(AreaRow::new(index + 1));
        Ok(())
    }
}

impl PropertyProcessor for Features {
    fn property(&mut self, _: usize, name: &str, value: &ColumnValue<'_>) -> Result<bool> {
        let value = match value {
            ColumnValue::String(text) => (*text).to_owned(),
            other => other.to_string(),
        };
        self.row().fields.insert(name.to_lowercase(), value);
        Ok(false)
    }
}

/// Everything goes to the rings of the row.
impl GeomProcessor for Features {
    fn xy(&mut self, x: f64, y: f64, index: usize) -> Result<()> {
        self.rings().xy(x, y, index)
    }

    fn point_begin(&mut self, index: usize) -> Result<()> {
        self.rings().point_begin(index)
    }

    fn multipoint_begin(&mut self, size: usize, index: usize) -> Result<()> {
        self.rings().multipoint_begin(size, index)
    }

    fn multilinestring_begin(&mut self, size: usize, index: usize) -> Result<()> {
        self.rings().multilinestring_begin(size, index)
    }

    fn linestring_begin(&mut self, is_tagged: bool, size: usize, index: usize) -> Result<()> {
        self.rings().linestring_begin(is_tagged, size, index)
    }

    fn polygon_begin(&mut self, is_tagged: bool, size: usize, index: usize) -> Result<()> {
        self.rings().polygon_begin(is_tagged, size, index)
    }
}
