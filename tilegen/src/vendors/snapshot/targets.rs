//! Coverage targets: how many vendors of each line should cover each point of a marketing area.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use serde::Serialize;
use tilecore::manifest::City;
use tilecore::text::{strip_bom, trim_blanks};

use super::SnapshotError;
use crate::polygons::{Area, AreaKind, normalise_name};

/// Targets by index of the area, then by line.
#[derive(Debug, Default)]
pub struct Targets {
    by_area: HashMap<usize, Vec<Option<u32>>>,
}

/// The report of the target files.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct TargetsReport {
    /// Number of files read.
    pub files: u64,
    /// Number of areas with targets.
    pub areas: u64,
    /// Names that are not a marketing area, with their file.
    pub unmatched_areas: Vec<String>,
    /// Columns that are not a business line of the snapshot, with their file.
    pub unmatched_lines: Vec<String>,
}

/// The cities that have a file of targets, with its path.
fn files_of<'a>(
    folder: &'a Path,
    cities: &'a [City],
) -> impl Iterator<Item = (&'a City, PathBuf)> + 'a {
    let file = |city: &City| folder.join(format!("{}.csv", city.key));
    cities.iter().map(move |city| (city, file(city))).filter(|(_, path)| path.exists())
}

/// The files of targets.
pub(super) fn files(folder: &Path, cities: &[City]) -> Vec<PathBuf> {
    files_of(folder, cities).map(|(_, path)| path).collect()
}

impl Targets {
    /// Reads `{city}.csv` of each city that has one.
    pub(super) fn read(
        folder: &Path,
        cities: &[City],
        areas: &[Area],
        lines: &[String],
    ) -> Result<(Self, TargetsReport), SnapshotError> {
        let (mut targets, mut report) = (Self::default(), TargetsReport::default());
        for (city, path) in files_of(folder, cities) {
            let io = |source| SnapshotError::Io { name: path.display().to_string(), source };
            let bytes = std::fs::read(&path).map_err(io)?;
            targets.add(
                &path,
                &bytes,
                &marketing_areas_by_name(areas, city.id),
                lines,
                &mut report,
            )?;
        }
        if report.files == 0 {
            return Err(SnapshotError::NoTargets { folder: folder.to_owned() });
        }
        Ok((targets, report))
    }

    fn add(
        &mut self,
        path: &Path,
        bytes: &[u8],
        names: &HashMap<&str, usize>,
        lines: &[String],
        report: &mut TargetsReport,
    ) -> Result<(), SnapshotError> {
        let csv_error = |source| SnapshotError::Csv { name: path.display().to_string(), source };
        let target_error = |row, text: &str| SnapshotError::Target {
            path: path.to_owned(),
            row,
            text: text.to_owned(),
        };
        let mut reader = csv::Reader::from_reader(strip_bom(bytes));
        let header = reader.headers().map_err(csv_error)?.clone();
        let area_column = header.iter().position(|name| trim_blanks(name) == "marketing_area");
        let area_column = area_column.ok_or_else(|| SnapshotError::MissingColumn {
            name: path.display().to_string(),
            column: "marketing_area".to_owned(),
            found: header.iter().collect::<Vec<_>>().join(", "),
        })?;
        report.files += 1;
        let line_of = |name: &str| lines.iter().position(|line| line == trim_blanks(name));
        let column_lines: Vec<_> = header.iter().map(line_of).collect();
        let columns = header.iter().zip(&column_lines).enumerate();
        let unmatched =
            columns.filter(|(column, (_, line))| *column != area_column && line.is_none());
        report
            .unmatched_lines
            .extend(unmatched.map(|(_, (name, _))| format!("{name} ({})", path.display())));
        for (row, record) in (2..).zip(reader.records()) {
            let record = record.map_err(csv_error)?;
            let name = record.get(area_column).unwrap_or_default();
            let Some(&area) = names.get(normalise_name(name).as_str()) else {
                report.unmatched_areas.push(format!("{} ({})", trim_blanks(name), path.display()));
                continue;
            };
            let mut by_line = vec![None; lines.len()];
            for (text, line) in record.iter().zip(&column_lines) {
                if let (Some(line), text @ [_, ..]) = (line, trim_blanks(text).as_bytes()) {
                    let number = std::str::from_utf8(text).ok().and_then(|text| text.parse().ok());
                    by_line[*line] = Some(
                        number.ok_or_else(|| target_error(row, &String::from_utf8_lossy(text)))?,
                    );
                }
            }
            if self.by_area.insert(area, by_line).is_some() {
                return Err(target_error(row, name));
            }
            report.areas += 1;
        }
        Ok(())
    }

    /// The targets of an area by line; `None` if the files do not contain the area.
    #[must_use]
    pub fn of(&self, area: usize) -> Option<&[Option<u32>]> {
        self.by_area.get(&area).map(Vec::as_slice)
    }
}

fn marketing_areas_by_name(areas: &[Area], city: i64) -> HashMap<&str, usize> {
    let own = |area: &&Area| area.kind == AreaKind::Marketing && area.city == city;
    let areas = areas.iter().enumerate().filter(|(_, area)| own(area));
    areas.map(|(index, area)| (area.normalised.as_str(), index)).collect()
}

/// The ratio of a count to its target: count / target, or 2.0 if the target is 0.
///
/// ```
/// use tilegen::vendors::snapshot::targets::ratio;
///
/// assert_eq!((ratio(3.0, 4), ratio(0.0, 4), ratio(0.0, 0)), (0.75, 0.0, 2.0));
/// ```
#[must_use]
pub fn ratio(count: f64, target: u32) -> f64 {
    if target == 0 { 2.0 } else { count / f64::from(target) }
}

#[cfg(test)]
mod tests {
    use geo::MultiPolygon;

    use super::*;
    use crate::polygons::{AreaAttributes, AreaId};

    fn area(city: i64, name: &str) -> Area {
        Area {
            id: AreaId::of(AreaKind::Marketing, "tehran", name),
            kind: AreaKind::Marketing,
            city,
            name: name.to_owned(),
            normalised: normalise_name(name),
            polygons: MultiPolygon::new(Vec::new()),
            attributes: AreaAttributes::default(),
        }
    }

    fn read(text: &str) -> Result<(Targets, TargetsReport), SnapshotError> {
        let areas = [area(2, "شهرک غربی"), area(2, "ونک"), area(1, "ونک")];
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("tehran.csv"), text).unwrap();
        let cities = crate::config::Config::load(None).unwrap().cities;
        Targets::read(folder.path(), &cities, &areas, &["Cafe".to_owned(), "Bakery".to_owned()])
    }

    #[test]
    fn targets_are_joined_by_normalised_name_within_the_city() {
        let text = "\u{feff}marketing_area,Bakery,Cafe\nشهرك\u{200c}غربي\u{200e},3,0\nونک, ,12\n";
        let (targets, report) = read(text).unwrap();
        assert_eq!(targets.of(0), Some(&[Some(0), Some(3)][..]));
        assert_eq!(targets.of(1), Some(&[Some(12), None][..]));
        assert_eq!(targets.of(2), None);
        assert_eq!((report.files, report.areas), (1, 2));
        assert_eq!((report.unmatched_areas.len(), report.unmatched_lines.len()), (0, 0));
    }

    #[test]
    fn unmatched_areas_and_lines_are_reported() {
        let (_, report) = read("marketing_area,Cafe,Zoo\nناکجا,1,1\nونک,1,1\n").unwrap();
        assert!(report.unmatched_areas[0].starts_with("ناکجا ("), "{report:?}");
        assert!(report.unmatched_lines[0].starts_with("Zoo ("), "{report:?}");
        assert_eq!((report.unmatched_areas.len(), report.unmatched_lines.len()), (1, 1));
    }

    #[test]
    fn the_error_for_an_invalid_or_duplicate_target_names_its_row() {
        for (text, part) in [
            ("marketing_area,Cafe\nونک,many\n", "row 2"),
            ("marketing_area,Cafe\nونک,1.5\n", "`1.5`"),
            ("marketing_area,Cafe\nونک,-1\n", "`-1`"),
            ("marketing_area,Cafe\nونک,1\nونك,2\n", "row 3"),
            ("area,Cafe\nونک,1\n", "marketing_area"),
        ] {
            let error = read(text).unwrap_err().to_string();
            assert!(error.contains(part), "{text}: {error}");
        }
    }
}
