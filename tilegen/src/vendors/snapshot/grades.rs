//! Grades files: several files in either of two layouts. The best grade of each vendor counts.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::path::{Path, PathBuf};

use serde::Serialize;
use tilecore::text::{counted, identity};

use super::SnapshotError;
use crate::config::ColumnNames;
use crate::files::{
    CsvError, Unreadable, canonical_code, check_repeated, csv_columns, csv_text, parse_flag,
    read_file, short_name,
};
use crate::vendors::grade::{Grade, GradeScale};
use crate::vendors::vendor::{Platform, Vendor};

/// Columns of layout A: a vendor and its grade.
const LAYOUT_A: [&str; 2] = ["vendor_code", "grade"];
/// Columns of layout B: a Snappfood vendor, its grade, and its code on Tapsifood if it is on both
/// platforms.
const LAYOUT_B: [&str; 4] = ["sf_vendor_code", "grade", "is_dual", "tf_vendor_code"];

/// Maximum number of codes that the report names.
const MAX_EXAMPLES: usize = 20;

/// The best grade of each vendor.
#[derive(Debug)]
pub(super) struct Grades<'a> {
    scale: &'a GradeScale,
    columns: &'a ColumnNames,
    /// By platform and code. Layout A names no platform, so its key has `None`.
    best: HashMap<(Option<Platform>, String), Graded>,
    report: GradesReport,
}

#[derive(Debug)]
struct Graded {
    best: Grade,
    contradicted: bool,
}

/// The report of the grades files.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct GradesReport {
    /// Number of rows read.
    pub rows: u64,
    /// Rows without a code, or without a valid grade.
    pub rows_without_grade: u64,
    /// Grades that the configuration does not list, with their numbers of rows.
    pub unknown_grades: BTreeMap<String, u64>,
    /// Flags that could not be read.
    pub unreadable: Unreadable,
    /// Rows that repeat the grade of a vendor.
    pub repeated: u64,
    /// Vendors with different grades; the best one counts.
    pub contradicted: u64,
    /// Vendors of the snapshot without a grade.
    pub ungraded: u64,
    /// Codes with a grade.
    pub codes: u64,
    /// Of these, codes that no vendor of the snapshot has.
    pub unmatched: u64,
    /// The first of the unmatched codes.
    pub unmatched_examples: Vec<String>,
}

impl<'a> Grades<'a> {
    /// Starts without a grade.
    pub(super) fn new(scale: &'a GradeScale, columns: &'a ColumnNames) -> Self {
        Self { scale, columns, best: HashMap::new(), report: GradesReport::default() }
    }

    /// Reads grades files.
    pub(super) fn read(mut self, paths: &[PathBuf]) -> Result<Self, SnapshotError> {
        for path in paths {
            self.read_file(path)?;
        }
        self.report.unreadable.warn();
        if !self.report.unknown_grades.is_empty() {
            let named = self.report.unknown_grades.iter();
            let named: Vec<_> =
                named.map(|(name, rows)| format!("`{name}`: {}", counted(*rows, "row"))).collect();
            tracing::warn!(
                grades = named.join(", "),
                "grades files contain grades that [grades] order does not list"
            );
        }
        Ok(self)
    }

    fn read_file(&mut self, path: &Path) -> Result<(), SnapshotError> {
        let name = path.display().to_string();
        let bytes =
            read_file(path).map_err(|source| SnapshotError::Io { name: name.clone(), source })?;
        self.add(&name, &bytes)
    }

    fn add(&mut self, name: &str, bytes: &[u8]) -> Result<(), SnapshotError> {
        let csv_error = |source| SnapshotError::from(CsvError::new(name, source));
        let mut reader = csv::Reader::from_reader(csv_text(name, bytes)?.as_bytes());
        let header = reader.headers().map_err(csv_error)?.clone();
        let header = csv_columns(&header);
        let read: Vec<&str> =
            LAYOUT_A.iter().chain(&LAYOUT_B).map(|key| self.columns.of(key)).collect();
        let is_read = |column: &&str| read.contains(column);
        check_repeated(name, header.iter().copied().filter(is_read))?;
        let layout = self.layout(name, &header)?;
        for record in reader.records() {
            let record = record.map_err(csv_error)?;
            self.report.rows += 1;
            self.add_row(name, layout, &record);
        }
        Ok(())
    }

    fn add_row(&mut self, name: &str, layout: Layout, row: &csv::StringRecord) {
        let cell = |index: usize| identity(row.get(index).unwrap_or_default());
        match layout {
            Layout::A { code, grade } => self.record(None, cell(code), cell(grade)),
            Layout::B { snappfood, grade, is_dual, tapsifood } => {
                self.record(Some(Platform::Snappfood), cell(snappfood), cell(grade));
                if self.read_flag(name, row, cell(is_dual)) == Some(true) {
                    self.record(Some(Platform::Tapsifood), cell(tapsifood), cell(grade));
                }
            }
        }
    }

    /// The flag in the column `is_dual`. One that is neither blank nor readable is reported.
    fn read_flag(&mut self, name: &str, row: &csv::StringRecord, text: &str) -> Option<bool> {
        let flag = parse_flag(text);
        if flag.is_none() && !text.is_empty() {
            let line = row.position().map_or(0, csv::Position::line);
            let place = || format!("{name}, line {line}");
            self.report.unreadable.add(place, self.columns.of("is_dual"), text);
        }
        flag
    }

    /// The layout of a file with these columns.
    fn layout(&self, name: &str, found: &[&str]) -> Result<Layout, SnapshotError> {
        let index = |key| found.iter().position(|&found| found == self.columns.of(key));
        let indices = |keys: &[&'static str]| {
            keys.iter().map(|&key| index(key)).collect::<Option<Vec<usize>>>()
        };
        if let Some([snappfood, grade, is_dual, tapsifood]) = indices(&LAYOUT_B).as_deref() {
            let (snappfood, grade, is_dual, tapsifood) = (*snappfood, *grade, *is_dual, *tapsifood);
            return Ok(Layout::B { snappfood, grade, is_dual, tapsifood });
        }
        if let Some([code, grade]) = indices(&LAYOUT_A).as_deref() {
            return Ok(Layout::A { code: *code, grade: *grade });
        }
        let names = |keys: &[&str]| {
            keys.iter().map(|key| self.columns.of(key).to_owned()).collect::<Vec<_>>().join(", ")
        };
        Err(SnapshotError::GradesLayout {
            name: name.to_owned(),
            found: found.join(", "),
            expected: format!("{} or {}", names(&LAYOUT_A), names(&LAYOUT_B)),
        })
    }

    fn record(&mut self, platform: Option<Platform>, code: &str, name: &str) {
        let grade = self.scale.read(name);
        if grade.is_none() && !name.is_empty() {
            *self.report.unknown_grades.entry(short_name(name)).or_default() += 1;
        }
        let code = canonical_code(code);
        let Some(grade) = grade.filter(|_| !code.is_empty()) else {
            self.report.rows_without_grade += 1;
            return;
        };
        let new = Graded { best: grade, contradicted: false };
        match self.best.entry((platform, code.to_owned())) {
            std::collections::hash_map::Entry::Vacant(entry) => {
                entry.insert(new);
            }
            std::collections::hash_map::Entry::Occupied(mut entry) => {
                let known = entry.get_mut();
                if known.best == grade {
                    self.report.repeated += 1;
                } else {
                    self.report.contradicted += u64::from(!known.contradicted);
                    known.contradicted = true;
                    known.best = known.best.min(grade);
                }
            }
        }
    }

    /// Gives each vendor its best grade.
    pub(super) fn join(self, vendors: &mut [Vendor]) -> GradesReport {
        let Self { scale, best, mut report, .. } = self;
        for vendor in &mut *vendors {
            let of = |platform| best.get(&(platform, vendor.code.clone()));
            let grades = [of(None), of(Some(vendor.platform))];
            let best = grades.into_iter().flatten().map(|graded| graded.best).min();
            vendor.grade = best.unwrap_or(scale.ungraded());
            report.ungraded += u64::from(best.is_none());
        }
        report.codes = best.len() as u64;
        let unmatched = unmatched_codes(&best, vendors);
        report.unmatched = unmatched.len() as u64;
        report.unmatched_examples = unmatched.into_iter().take(MAX_EXAMPLES).collect();
        report.warn_unmatched();
        report
    }
}

impl GradesReport {
    /// Logs a warning if most codes match no vendor, because the files then probably write codes differently.
    fn warn_unmatched(&self) {
        if self.has_few_matches() {
            tracing::warn!(
                codes = self.codes,
                unmatched = self.unmatched,
                examples = self.unmatched_examples.join(", "),
                "most codes of the grades files match no vendor; check that they are written as in the vendor file"
            );
        }
    }

    /// Whether fewer than half of the codes match a vendor.
    pub(super) const fn has_few_matches(&self) -> bool {
        2 * self.unmatched > self.codes
    }
}

/// The codes that no vendor has, sorted.
fn unmatched_codes(
    best: &HashMap<(Option<Platform>, String), Graded>,
    vendors: &[Vendor],
) -> BTreeSet<String> {
    let known: HashSet<(Option<Platform>, &str)> = vendors
        .iter()
        .flat_map(|vendor| [None, Some(vendor.platform)].map(|of| (of, vendor.code.as_str())))
        .collect();
    let unmatched = best.keys().filter(|(of, code)| !known.contains(&(*of, code.as_str())));
    unmatched.map(|(_, code)| short_name(code)).collect()
}

/// The layout of a file, with the index of each column.
#[derive(Clone, Copy)]
enum Layout {
    A { code: usize, grade: usize },
    B { snappfood: usize, grade: usize, is_dual: usize, tapsifood: usize },
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;
    use crate::vendors::snapshot::tests::vendor;

    const A: &str = "vendor_code,vendor_name,city_id,business_line,grade\n";
    const B: &str = "sf_vendor_code,sf_vendor_name,city_id,business_line,grade,is_dual,\
                     tf_vendor_code,tf_vendor_name\n";

    fn scale() -> GradeScale {
        GradeScale::new(&Config::load(None).unwrap().grades.order)
    }

    fn join(files: &[&str], vendors: &mut [Vendor]) -> GradesReport {
        let (scale, columns) = (scale(), ColumnNames::default());
        let mut grades = Grades::new(&scale, &columns);
        for file in files {
            grades.add("grades.csv", file.as_bytes()).unwrap();
        }
        grades.join(vendors)
    }

    fn grade(name: &str) -> Grade {
        scale().read(name).unwrap()
    }

    #[test]
    fn the_best_grade_counts_and_any_letter_is_better_than_not_enough_rate() {
        let rows = "007,n,2,Cafe,F\n007,n,2,Cafe,Not Enough Rate\n8,n,2,Cafe,B\n8,n,2,Cafe,B\n\
                    9,n,2,Cafe,C\n9,n,2,Cafe,A-\n9,n,2,Cafe,D\n";
        let mut vendors =
            ["007", "8", "9", "10", "7"].map(|code| Vendor { code: code.into(), ..vendor() });
        for mark in ["", "\u{feff}"] {
            let report = join(&[&format!("{mark}{A}{rows}")], &mut vendors);
            let found = vendors.each_ref().map(|vendor| vendor.grade);
            let none = scale().ungraded();
            assert_eq!(found, [grade("F"), grade("B"), grade("A-"), none, none]);
            assert_eq!((report.rows, report.repeated, report.contradicted), (7, 1, 2));
            assert_eq!(report.ungraded, 2);
        }
    }

    #[test]
    fn layout_b_grades_a_vendor_on_both_platforms() {
        let rows = "s1,n,2,Cafe,B,1,t1,n\ns2,n,2,Cafe,A,0,t2,n\n";
        let of = |code: &str, platform| Vendor { code: code.into(), platform, ..vendor() };
        let mut vendors = [
            of("s1", Platform::Snappfood),
            of("t1", Platform::Tapsifood),
            of("s2", Platform::Snappfood),
            of("t2", Platform::Tapsifood),
            of("s1", Platform::Tapsifood),
        ];
        join(&[&format!("{B}{rows}")], &mut vendors);
        let found = vendors.each_ref().map(|vendor| vendor.grade);
        let none = scale().ungraded();
        assert_eq!(found, [grade("B"), grade("B"), grade("A"), none, none]);
        // With both files, the better grade counts.
        join(&[&format!("{B}{rows}"), &format!("{A}t1,n,2,Cafe,A+\n")], &mut vendors);
        assert_eq!(vendors[1].grade, grade("A+"));
    }

    #[test]
    fn rows_without_a_valid_grade_are_counted() {
        let mut vendors = [Vendor { code: "a".into(), ..vendor() }];
        let report = join(&[&format!("{A}a,n,2,Cafe,Z\n,n,2,Cafe,A\na,n,2,Cafe,\n")], &mut vendors);
        assert_eq!((report.rows_without_grade, vendors[0].grade), (3, scale().ungraded()));
    }

    #[test]
    fn codes_that_match_no_vendor_are_counted_and_named() {
        let mut vendors = ["1001", "1002"].map(|code| Vendor { code: code.into(), ..vendor() });
        for (rows, found, has_few_matches) in [
            ("V1001,n,2,Cafe,A\nV1002,n,2,Cafe,B\n", (2, 2), true),
            ("1001,n,2,Cafe,A\n1002,n,2,Cafe,B\nV3,n,2,Cafe,B\n", (3, 1), false),
            ("1001,n,2,Cafe,A\n7,n,2,Cafe,B\n8,n,2,Cafe,B\n", (3, 2), true),
        ] {
            let report = join(&[&format!("{A}{rows}")], &mut vendors);
            assert_eq!((report.codes, report.unmatched), found, "{rows}");
            assert_eq!(report.has_few_matches(), has_few_matches, "{rows}");
            assert_eq!(report.unmatched_examples.len() as u64, found.1, "{rows}");
        }
    }

    #[test]
    fn the_error_for_an_unknown_layout_names_the_actual_and_expected_columns() {
        let (scale, columns) = (scale(), ColumnNames::default());
        let mut grades = Grades::new(&scale, &columns);
        let error = grades.add("g.csv", b"code,note\na,A\n").unwrap_err().to_string();
        for part in
            ["g.csv", "code, note", "vendor_code, grade", "sf_vendor_code", "grades.columns"]
        {
            assert!(error.contains(part), "{error}");
        }
    }

    #[test]
    fn codes_grades_and_flags_are_read_in_every_spelling() {
        let of = |code: &str, platform| Vendor { code: code.into(), platform, ..vendor() };
        for row in ["s1.0,n,2,Cafe, a +,True,1001.0,n", "s1,n,2,Cafe,A+,1.0,1001,n"] {
            let mut vendors = [of("1001", Platform::Tapsifood)];
            join(&[&format!("{B}{row}\n")], &mut vendors);
            assert_eq!(vendors[0].grade, grade("A+"), "{row}");
        }
        let mut vendors = [of("1001", Platform::Tapsifood)];
        join(&[&format!("{A}01001,n,2,Cafe,A\n")], &mut vendors);
        assert_eq!(vendors[0].grade, scale().ungraded(), "01001 is not 1001");
    }

    #[test]
    fn unknown_grades_and_unreadable_flags_are_named() {
        let mut vendors = [Vendor { code: "a".into(), ..vendor() }];
        let report = join(
            &[
                &format!("{A}a,n,2,Cafe,S\nb,n,2,Cafe,S\nc,n,2,Cafe,А+\n"),
                &format!("{B}s,n,2,Cafe,A,perhaps,t,n\n"),
            ],
            &mut vendors,
        );
        let unknown: Vec<_> = report.unknown_grades.into_iter().collect();
        assert_eq!(unknown, [("S".to_owned(), 2), ("А+".to_owned(), 1)]);
        assert_eq!(report.unreadable.examples, ["grades.csv, line 2, column `is_dual`: `perhaps`"]);
    }

    #[test]
    fn grades_and_columns_come_from_the_configuration() {
        let text = "[grades]\norder = ['S', 'A+']\n[grades.columns]\nvendor_code = 'code'\ngrade = 'letter'";
        let config = Config::parse("test", text).unwrap().grades;
        let scale = GradeScale::new(&config.order);
        let mut grades = Grades::new(&scale, &config.columns);
        grades.add("g.csv", b"code,letter\na,A+\na,s\n").unwrap();
        let mut vendors = [Vendor { code: "a".into(), ..vendor() }];
        let report = grades.join(&mut vendors);
        assert_eq!((scale.name(vendors[0].grade), report.contradicted), ("S", 1));
    }
}
