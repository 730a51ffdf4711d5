//! Coverage targets: how many vendors of each line should cover each point of a marketing area.

mod error;

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use serde::Serialize;
use tilecore::manifest::City;
use tilecore::text::identity;

use super::SnapshotError;
use crate::config::ColumnNames;
use crate::files::{
    CsvError, FolderFiles, UnreadFiles, check_repeated, city_of_file, csv_columns, csv_text,
    parse_number, read_file, short_name,
};
use crate::polygons::{Area, AreaKind, normalise_name};
pub use error::TargetsError;

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
    /// Files and folders next to them that were not read.
    pub files_not_read: UnreadFiles,
    /// Number of areas with targets.
    pub areas: u64,
    /// Names that are not a marketing area, with their file.
    pub unmatched_areas: Vec<String>,
    /// Columns that are not a business line of the snapshot, with their file.
    pub unmatched_lines: Vec<String>,
}

/// The file of targets of each city that has one.
#[derive(Default)]
pub(super) struct TargetFiles<'a> {
    files: Vec<(&'a City, PathBuf)>,
    not_read: UnreadFiles,
}

impl<'a> TargetFiles<'a> {
    /// Finds the CSV files of a folder. The name of each begins with the key of its city. Without a
    /// folder there are no targets.
    pub(super) fn find(folder: Option<&Path>, cities: &'a [City]) -> Result<Self, SnapshotError> {
        let Some(folder) = folder else { return Ok(Self::default()) };
        let io = |source| SnapshotError::Io { name: folder.display().to_string(), source };
        let listed = FolderFiles::list(folder, &["csv"]).map_err(io)?;
        let mut not_read = UnreadFiles::default();
        listed.report_unread(".csv", &mut not_read);
        let mut files: Vec<(&City, PathBuf)> = Vec::new();
        for path in listed.files {
            let Some(city) = city_of_file(cities, &path) else {
                let known: Vec<_> = cities.iter().map(|city| city.key.as_str()).collect();
                return Err(TargetsError::City { path, known: known.join(", ") }.into());
            };
            if let Some((_, first)) = files.iter().find(|(other, _)| other.id == city.id) {
                let (first, city) = (first.clone(), city.key.clone());
                return Err(TargetsError::TwoFiles { first, second: path, city }.into());
            }
            files.push((city, path));
        }
        if files.is_empty() {
            return Err(TargetsError::NoFiles { folder: folder.to_owned() }.into());
        }
        Ok(Self { files, not_read })
    }

    /// The paths of the files.
    pub(super) fn paths(&self) -> Vec<PathBuf> {
        self.files.iter().map(|(_, path)| path.clone()).collect()
    }
}

/// One file of targets, and what it refers to.
struct TargetFile<'a> {
    path: &'a Path,
    area_column: &'a str,
    names: HashMap<&'a str, usize>,
    lines: &'a [String],
}

impl Targets {
    /// Reads the files.
    pub(super) fn read(
        files: &TargetFiles<'_>,
        columns: &ColumnNames,
        areas: &[Area],
        lines: &[String],
    ) -> Result<(Self, TargetsReport), SnapshotError> {
        let mut targets = Self::default();
        let files_not_read = files.not_read.clone();
        let mut report = TargetsReport { files_not_read, ..TargetsReport::default() };
        for (city, path) in &files.files {
            let io = |source| SnapshotError::Io { name: path.display().to_string(), source };
            let bytes = read_file(path).map_err(io)?;
            let names = marketing_areas_by_name(areas, city.id);
            let area_column = columns.of("marketing_area");
            targets.add(&TargetFile { path, area_column, names, lines }, &bytes, &mut report)?;
        }
        Ok((targets, report))
    }

    fn add(
        &mut self,
        file: &TargetFile<'_>,
        bytes: &[u8],
        report: &mut TargetsReport,
    ) -> Result<(), SnapshotError> {
        let (path, name) = (file.path, file.path.display().to_string());
        let csv_error = |source| SnapshotError::from(CsvError::new(&name, source));
        let mut reader = csv::Reader::from_reader(csv_text(&name, bytes)?.as_bytes());
        let header = reader.headers().map_err(csv_error)?.clone();
        let header = csv_columns(&header);
        check_repeated(&name, header.iter().copied())?;
        let area_column = header.iter().position(|&name| name == file.area_column);
        let area_column = area_column.ok_or_else(|| SnapshotError::MissingColumn {
            name: name.clone(),
            section: "targets",
            key: "marketing_area".to_owned(),
            column: file.area_column.to_owned(),
            found: header.join(", "),
        })?;
        if let Some(unnamed) = header.iter().position(|name| name.is_empty()) {
            return Err(
                TargetsError::UnnamedColumn { path: path.to_owned(), column: unnamed + 1 }.into()
            );
        }
        report.files += 1;
        let line_of = |name: &&str| file.lines.iter().position(|line| line == name);
        let column_lines: Vec<_> = header.iter().map(line_of).collect();
        let columns = header.iter().zip(&column_lines).enumerate();
        let unmatched =
            columns.filter(|(column, (_, line))| *column != area_column && line.is_none());
        report.unmatched_lines.extend(unmatched.map(|(_, (line, _))| format!("{line} ({name})")));
        let mut first_lines: HashMap<usize, u64> = HashMap::new();
        let mut rows = 0;
        for record in reader.records() {
            let record = record.map_err(csv_error)?;
            let line = record.position().map_or(0, csv::Position::line);
            rows += 1;
            let area_name = identity(record.get(area_column).unwrap_or_default());
            if area_name.is_empty() {
                let column = file.area_column.to_owned();
                return Err(TargetsError::NoArea { path: path.to_owned(), line, column }.into());
            }
            let Some(&area) = file.names.get(normalise_name(area_name).as_str()) else {
                report.unmatched_areas.push(format!("{} ({name})", short_name(area_name)));
                continue;
            };
            let mut by_line = vec![None; file.lines.len()];
            for ((text, target_line), column) in record.iter().zip(&column_lines).zip(&header) {
                if let (Some(target_line), text @ [_, ..]) =
                    (target_line, identity(text).as_bytes())
                {
                    let text = std::str::from_utf8(text).unwrap_or_default();
                    let target = whole_number(text).ok_or_else(|| TargetsError::NotWhole {
                        path: path.to_owned(),
                        line,
                        column: (*column).to_owned(),
                        text: short_name(text),
                    })?;
                    by_line[*target_line] = Some(target);
                }
            }
            if let Some(first) = first_lines.insert(area, line) {
                let area = short_name(area_name);
                return Err(TargetsError::RepeatedArea {
                    path: path.to_owned(),
                    line,
                    area,
                    first,
                }
                .into());
            }
            self.by_area.insert(area, by_line);
            report.areas += 1;
        }
        if rows == 0 {
            return Err(TargetsError::NoRows { path: path.to_owned() }.into());
        }
        Ok(())
    }

    /// The targets of an area by line; `None` if the files do not contain the area.
    #[must_use]
    pub fn of(&self, area: usize) -> Option<&[Option<u32>]> {
        self.by_area.get(&area).map(Vec::as_slice)
    }
}

/// A whole number of vendors.
fn whole_number(text: &str) -> Option<u32> {
    let number = parse_number(text)?;
    let is_whole = number.fract() == 0.0 && (0.0..=f64::from(u32::MAX)).contains(&number);
    is_whole.then_some(number as u32)
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
        read_files(&[("tehran.csv", text)])
    }

    fn read_files(files: &[(&str, &str)]) -> Result<(Targets, TargetsReport), SnapshotError> {
        let areas = [area(2, "شهرک غربی"), area(2, "ونک"), area(1, "ونک")];
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            std::fs::write(folder.path().join(name), text).unwrap();
        }
        let cities = crate::config::Config::load(None).unwrap().cities;
        let found = TargetFiles::find(Some(folder.path()), &cities)?;
        let lines = ["Cafe".to_owned(), "Bakery".to_owned()];
        Targets::read(&found, &ColumnNames::default(), &areas, &lines)
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
            ("marketing_area,Cafe\nونک,many\n", "line 2, column `Cafe`"),
            ("marketing_area,Cafe\nونک,1.5\n", "`1.5`"),
            ("marketing_area,Cafe\nونک,-1\n", "`-1`"),
            ("marketing_area,Cafe\nونک,1\nونك,2\n", "line 3: the area `ونك` is already in line 2"),
            ("marketing_area,Cafe\nونک,99999999999\n", "`99999999999`"),
            ("marketing_area,,Cafe\nونک,1,1\n", "column 2 has no name"),
            ("marketing_area,Cafe\n\u{200e},1\n", "line 2 has no marketing area"),
            ("marketing_area,Cafe\n", "no rows"),
            ("area,Cafe\nونک,1\n", "marketing_area"),
            ("marketing_area,Cafe,Cafe\nونک,3,7\n", "two columns named `Cafe`"),
            ("marketing_area,\"Cafe\nونک,1\n", "ends inside a quoted field"),
        ] {
            let error = read(text).unwrap_err().to_string();
            assert!(error.contains(part), "{text}: {error}");
        }
    }

    #[test]
    fn the_name_of_a_file_begins_with_the_key_of_its_city() {
        let text = "marketing_area,Cafe\nونک,۱٬۲۰۰\n";
        for name in ["tehran.csv", "tehran_targets.csv", "Tehran 2026.CSV"] {
            let (targets, _) =
                read_files(&[(name, text), ("_old.csv", ""), ("read.me", "")]).unwrap();
            assert_eq!(targets.of(1), Some(&[Some(1200), None][..]), "{name}");
        }
        for (files, parts) in [
            (vec!["tehran.csv", "Book1.csv"], ["Book1.csv", "mashhad, tehran"]),
            (vec!["isfahan.csv"], ["isfahan.csv", "key of a city"]),
            (vec!["tehran.csv", "tehran_old.csv"], ["tehran.csv", "tehran_old.csv"]),
            (vec![], ["no targets file", "tehran.csv"]),
        ] {
            let files: Vec<_> = files.into_iter().map(|name| (name, text)).collect();
            let error = read_files(&files).unwrap_err().to_string();
            assert!(parts.iter().all(|part| error.contains(part)), "{error}");
        }
    }
}
