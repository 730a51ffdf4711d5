//! A row of an area file, before validation.

use std::collections::HashMap;
use std::path::Path;

use geo::{ChamberlainDuquetteArea, MultiPolygon};

use super::report::ImportReport;
use super::rings::Rings;
use crate::files::{parse_number, short_name};
use crate::polygons::{AreaAttributes, AreaError, AreaFault, AreaKind, normalise_name};

/// The units that files use for the surface of an area: m², hectares and km², each in m².
const SURFACE_UNITS: [f64; 3] = [1.0, 1e4, 1e6];

/// A unit fits if the surface in the file and that of the polygon differ by at most this factor.
const MAX_SURFACE_RATIO: f64 = 2.0;

/// Maximum number of inhabitants of one area: more than the largest city has.
const MAX_PEOPLE: u64 = 50_000_000;

/// Whole numbers below this one are exact.
const MAX_WHOLE: f64 = 1e15;

/// Maximum number of examples of computed surfaces in the report.
const MAX_EXAMPLES: usize = 20;

/// Every column that is read, in lower case.
pub(super) const READ_COLUMNS: [&str; 9] =
    ["wkt", "name", "marketing_area", "name_mahal", "region", "objectid_1", "code", "pop", "area"];

/// A row of a CSV file, a record of a shapefile, or a feature of a GeoJSON file.
#[derive(Clone, Debug)]
pub(super) struct AreaRow {
    pub(super) number: u64,
    /// Values by lower-case column name.
    pub(super) fields: HashMap<String, String>,
    pub(super) rings: Option<Rings>,
}

impl AreaRow {
    pub(super) fn new(number: u64) -> Self {
        Self { number, fields: HashMap::new(), rings: None }
    }

    /// An error about this row.
    pub(super) fn error(&self, path: &Path, fault: AreaFault) -> AreaError {
        let mut names = AreaKind::ALL.into_iter().flat_map(name_columns);
        let name = names.find_map(|column| self.text(column));
        let name =
            name.map_or("without a name".to_owned(), |name| format!("`{}`", short_name(name)));
        AreaError::Area { path: path.to_owned(), row: self.number, name, fault }
    }

    pub(super) fn text(&self, column: &str) -> Option<&str> {
        let text = self.fields.get(column)?;
        (!normalise_name(text).is_empty()).then_some(text)
    }

    /// A number, 0 or more. Any other text is reported as unreadable.
    fn number(&self, column: &str, path: &Path, report: &mut ImportReport) -> Option<f64> {
        let text = self.text(column)?;
        let number = parse_number(text).filter(|&number| number >= 0.0);
        if number.is_none() {
            self.report_unreadable(column, text, path, report);
        }
        number
    }

    /// A whole number from 0 to `highest`. Any other text is reported as unreadable.
    fn whole_number(
        &self,
        column: &str,
        highest: u64,
        path: &Path,
        report: &mut ImportReport,
    ) -> Option<u64> {
        let number = self.number(column, path, report)?;
        let is_whole = number.fract() == 0.0 && number < MAX_WHOLE;
        let whole = Some(number as u64).filter(|&whole| is_whole && whole <= highest);
        if whole.is_none() {
            let text = self.text(column).unwrap_or_default();
            self.report_unreadable(column, text, path, report);
        }
        whole
    }

    fn report_unreadable(&self, column: &str, text: &str, path: &Path, report: &mut ImportReport) {
        let place = || format!("{}, row {}", path.display(), self.number);
        report.unreadable.add(place, column, text);
    }

    /// The attributes of an area with these polygons.
    pub(super) fn attributes(
        &self,
        path: &Path,
        polygons: &MultiPolygon,
        report: &mut ImportReport,
    ) -> AreaAttributes {
        let region = self.whole_number("region", u64::from(u32::MAX), path, report);
        AreaAttributes {
            region: region.map(|region| region as u32),
            population: self.whole_number("pop", MAX_PEOPLE, path, report),
            hectares: self.hectares(path, polygons, report),
        }
    }

    /// The surface that the file gives, in hectares. The file does not name its unit, so this takes the
    /// unit that fits the surface of the polygon. `None` if no unit fits; the surface of the polygon is
    /// then used instead.
    fn hectares(
        &self,
        path: &Path,
        polygons: &MultiPolygon,
        report: &mut ImportReport,
    ) -> Option<f64> {
        let surface = self.number("area", path, report).filter(|&surface| surface > 0.0)?;
        let polygon_m2 = polygons.chamberlain_duquette_unsigned_area();
        let mut in_m2 = SURFACE_UNITS.into_iter().map(|unit| surface * unit);
        let m2 = in_m2
            .find(|m2| (1.0 / MAX_SURFACE_RATIO..=MAX_SURFACE_RATIO).contains(&(m2 / polygon_m2)));
        if m2.is_none() {
            report.surfaces_computed += 1;
            if report.surface_examples.len() < MAX_EXAMPLES {
                report.surface_examples.push(format!(
                    "{}, row {}: AREA {surface} is computed as {polygon_m2:.0} m²",
                    path.display(),
                    self.number
                ));
            }
        }
        m2.map(|m2| m2 / 1e4)
    }

    /// The number that identifies an area, for kinds in which several areas have the same name.
    pub(super) fn numeric_key(
        &self,
        kind: AreaKind,
        attributes: &AreaAttributes,
        path: &Path,
        report: &mut ImportReport,
    ) -> Option<u64> {
        if kind == AreaKind::Region {
            return attributes.region.map(u64::from);
        }
        let column = key_columns(kind).iter().find(|column| self.text(column).is_some())?;
        self.whole_number(column, u64::MAX, path, report)
    }
}

/// Columns of the number that identifies an area, in lower case.
pub(super) fn key_columns(kind: AreaKind) -> &'static [&'static str] {
    match kind {
        AreaKind::Marketing => &[],
        AreaKind::Region => &["region"],
        AreaKind::Neighbourhood => &["objectid_1", "code"],
    }
}

/// Columns that can contain the name, in lower case.
pub(super) fn name_columns(kind: AreaKind) -> &'static [&'static str] {
    match kind {
        AreaKind::Marketing => &["name", "marketing_area"],
        AreaKind::Region => &["name"],
        AreaKind::Neighbourhood => &["name_mahal", "name"],
    }
}
