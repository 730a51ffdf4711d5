//! CSV files with a column `WKT`: each row is a polygon with attributes.

use std::path::Path;

use geozero::GeozeroGeometry;
use geozero::wkt::Wkt;
use tilecore::text::{strip_bom, trim_blanks};

use super::area_row::AreaRow;
use super::rings::Rings;
use crate::polygons::{AreaError, AreaFault};

/// Reads every row of a CSV file with a column `WKT`.
pub(super) fn read(path: &Path) -> Result<Vec<AreaRow>, AreaError> {
    let bytes = std::fs::read(path).map_err(|source| AreaError::read(path, source))?;
    let text = strip_bom(&bytes);
    let failed = |source| AreaError::Csv { path: path.to_owned(), source };
    let mut reader = csv::ReaderBuilder::new().from_reader(text);
    let header: Vec<String> = reader
        .headers()
        .map_err(failed)?
        .iter()
        .map(|name| trim_blanks(name).to_lowercase())
        .collect();
    let wkt =
        header.iter().position(|name| name == "wkt").ok_or_else(|| AreaError::MissingColumn {
            path: path.to_owned(),
            expected: "WKT, name",
            found: header.join(", "),
        })?;
    let mut rows = Vec::new();
    for (record, number) in reader.records().zip(1..) {
        let record = record.map_err(failed)?;
        let mut row = AreaRow::new(number);
        let fields = header.iter().zip(&record).filter(|(name, _)| *name != "wkt");
        row.fields = fields.map(|(name, value)| (name.clone(), value.to_owned())).collect();
        let text = record.get(wkt).unwrap_or_default().trim();
        if !text.is_empty() {
            let mut rings = Rings::default();
            let read = Wkt(text).process_geom(&mut rings);
            read.map_err(|error| row.error(path, AreaFault::Geometry(error.to_string())))?;
            row.rings = Some(rings);
        }
        rows.push(row);
    }
    Ok(rows)
}
