//! GeoJSON files: each feature is a polygon with properties.

use std::path::Path;

use geozero::error::{GeozeroError, Result};
use geozero::geojson::GeoJson;
use geozero::{ColumnValue, FeatureProcessor, GeomProcessor, GeozeroDatasource, PropertyProcessor};
use serde::Deserialize;
use serde_json::Value;
use tilecore::text::identity;

use super::area_row::{AreaRow, READ_COLUMNS};
use super::rings::Rings;
use crate::files::{JsonObject, read_file, short_name, utf8_text};
use crate::polygons::{AreaError, AreaFault};

/// Maximum depth of nested brackets: the positions of a collection of multipolygons have nine.
const MAX_DEPTH: usize = 64;

/// Reads every feature of a feature collection.
pub(super) fn read(path: &Path) -> std::result::Result<Vec<AreaRow>, AreaError> {
    let bytes = read_file(path).map_err(|source| AreaError::read(path, source))?;
    let text = utf8_text(&path.display().to_string(), &bytes)?;
    if is_nested(text) {
        return Err(AreaError::Nested { path: path.to_owned(), limit: MAX_DEPTH });
    }
    check_crs(path, text)?;
    check_properties(path, text)?;
    let mut features = Features::default();
    let read = GeoJson(text).process(&mut features);
    if let Err(error) = read {
        let fault = AreaFault::Geometry(error.to_string());
        return Err(match features.rows.last() {
            Some(row) => row.error(path, fault),
            None => AreaError::GeoJson { path: path.to_owned(), source: error },
        });
    }
    Ok(features.rows)
}

/// Whether brackets outside of strings are nested more than [`MAX_DEPTH`] deep.
fn is_nested(text: &str) -> bool {
    let (mut depth, mut is_in_string, mut is_escaped) = (0i64, false, false);
    text.bytes().any(|byte| {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' if is_in_string => is_escaped = true,
            b'"' => is_in_string = !is_in_string,
            b'[' | b'{' if !is_in_string => depth += 1,
            b']' | b'}' if !is_in_string => depth -= 1,
            _ => {}
        }
        usize::try_from(depth).is_ok_and(|depth| depth > MAX_DEPTH)
    })
}

/// RFC 7946 allows only WGS 84. Files of the older format may name another reference system, in several ways.
fn check_crs(path: &Path, text: &str) -> std::result::Result<(), AreaError> {
    #[derive(Deserialize)]
    struct Collection {
        crs: Option<Value>,
    }
    // The reader reports invalid JSON.
    let crs = serde_json::from_str::<Collection>(text).ok().and_then(|collection| collection.crs);
    let Some(crs) = crs else { return Ok(()) };
    let name = crs.pointer("/properties/name").and_then(Value::as_str);
    let is_named = crs.get("type").is_none_or(|kind| kind == "name");
    match name {
        Some(name) if is_named && (name.ends_with("CRS84") || name.ends_with(":4326")) => Ok(()),
        _ => {
            let found = name.map_or_else(|| short_name(&crs.to_string()), str::to_owned);
            Err(AreaError::Crs { path: path.to_owned(), found })
        }
    }
}

/// Fails if a property of a feature is repeated: the reader would take the last of its values.
fn check_properties(path: &Path, text: &str) -> std::result::Result<(), AreaError> {
    #[derive(Deserialize)]
    struct Collection {
        #[serde(default)]
        features: Vec<Feature>,
    }
    #[derive(Deserialize)]
    struct Feature {
        properties: Option<JsonObject>,
    }
    // The reader reports invalid JSON.
    let Ok(collection) = serde_json::from_str::<Collection>(text) else { return Ok(()) };
    for (number, feature) in (1..).zip(collection.features) {
        if let Some(key) = feature.properties.and_then(|properties| properties.repeated) {
            return Err(AreaRow::new(number).error(path, AreaFault::RepeatedKey { key }));
        }
    }
    Ok(())
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
        self.rows.last_mut().expect("a row was just added")
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
        let name = identity(name).to_lowercase();
        let is_read = READ_COLUMNS.contains(&name.as_str());
        if self.row().fields.insert(name, value).is_some() && is_read {
            return Err(GeozeroError::Property("a property is repeated".to_owned()));
        }
        Ok(false)
    }
}

/// Forwards the geometry to the rings of the row.
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
