//! CSV files with a column `WKT`: each row is a polygon with attributes.

use std::path::Path;

use geozero::GeozeroGeometry;
use geozero::wkt::Wkt;

use super::area_row::{AreaRow, READ_COLUMNS};
use super::rings::Rings;
use crate::files::{CsvError, check_repeated, csv_columns, csv_text, read_file};
use crate::polygons::{AreaError, AreaFault};

/// Maximum depth of nested brackets: a multipolygon has three.
const MAX_DEPTH: usize = 8;

/// Reads every row of a CSV file with a column `WKT`.
pub(super) fn read(path: &Path) -> Result<Vec<AreaRow>, AreaError> {
    let bytes = read_file(path).map_err(|source| AreaError::read(path, source))?;
    let text = csv_text(&path.display().to_string(), &bytes)?;
    let failed = |source| AreaError::from(CsvError::new(&path.display().to_string(), source));
    let mut reader = csv::ReaderBuilder::new().from_reader(text.as_bytes());
    let header = reader.headers().map_err(failed)?.clone();
    let header: Vec<String> = csv_columns(&header).into_iter().map(str::to_lowercase).collect();
    let is_read = |column: &&str| READ_COLUMNS.contains(column);
    check_repeated(&path.display().to_string(), header.iter().map(String::as_str).filter(is_read))?;
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
            if is_nested(text) {
                return Err(row.error(path, AreaFault::Nested { limit: MAX_DEPTH }));
            }
            let mut rings = Rings::default();
            let read = Wkt(text).process_geom(&mut rings);
            read.map_err(|error| row.error(path, AreaFault::Geometry(error.to_string())))?;
            row.rings = Some(rings);
        }
        rows.push(row);
    }
    Ok(rows)
}

/// Whether a text has more than [`MAX_DEPTH`] nested brackets. The parser calls itself for each of them.
fn is_nested(text: &str) -> bool {
    let mut depth = 0i64;
    text.bytes().any(|byte| {
        match byte {
            b'(' => depth += 1,
            b')' => depth -= 1,
            _ => {}
        }
        usize::try_from(depth).is_ok_and(|depth| depth > MAX_DEPTH)
    })
}
