//! Grades files: two layouts, several files; the best grade of each vendor counts.

use std::collections::HashMap;
use std::path::Path;

use serde::Serialize;
use tilecore::text::{strip_bom, trim_blanks};

use super::SnapshotError;
use crate::vendors::grade::Grade;
use crate::vendors::vendor::{Platform, Vendor};

/// Columns of layout A: a vendor and its grade.
const LAYOUT_A: [&str; 2] = ["vendor_code", "grade"];
/// Columns of layout B: a Snappfood vendor, its grade, and its code on Tapsifood if it is on both
/// platforms.
const LAYOUT_B: [&str; 4] = ["sf_vendor_code", "grade", "is_dual", "tf_vendor_code"];

/// The best grade of each vendor.
#[derive(Debug, Default)]
pub(super) struct Grades {
    /// By code, for either platform (layout A) or one (layout B).
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
    /// Rows that repeat the grade of a vendor.
    pub repeated: u64,
    /// Vendors with different grades; the best one counts.
    pub contradicted: u64,
    /// Vendors of the snapshot without a grade.
    pub ungraded: u64,
}

impl Grades {
    /// Reads grades files.
    pub(super) fn read(paths: &[impl AsRef<Path>]) -> Result<Self, SnapshotError> {
        let mut grades = Self::default();
        for path in paths {
            let name = path.as_ref().display().to_string();
            let bytes = std::fs::read(path)
                .map_err(|source| SnapshotError::Io { name: name.clone(), source })?;
            grades.add(&name, &bytes)?;
        }
        Ok(grades)
    }

    fn add(&mut self, name: &str, bytes: &[u8]) -> Result<(), SnapshotError> {
        let csv_error = |source| SnapshotError::Csv { name: name.to_owned(), source };
        let mut reader = csv::Reader::from_reader(strip_bom(bytes));
        let header = reader.headers().map_err(csv_error)?.clone();
        let found: Vec<_> = header.iter().map(trim_blanks).collect();
        let column_index = |column: &&str| found.iter().position(|found| found == column);
        let column_indices =
            |columns: &[&str]| columns.iter().map(column_index).collect::<Option<Vec<_>>>();
        let (layout_a, layout_b) = (column_indices(&LAYOUT_A), column_indices(&LAYOUT_B));
        for record in reader.records() {
            let record = record.map_err(csv_error)?;
            let cell =
                |column_index: usize| trim_blanks(record.get(column_index).unwrap_or_default());
            self.report.rows += 1;
            match (&layout_b, &layout_a) {
                (Some(column_indices), _) => {
                    let grade = cell(column_indices[1]);
                    self.record(Some(Platform::Snappfood), cell(column_indices[0]), grade);
                    if cell(column_indices[2]) == "1" {
                        self.record(Some(Platform::Tapsifood), cell(column_indices[3]), grade);
                    }
                }
                (None, Some(column_indices)) => {
                    self.record(None, cell(column_indices[0]), cell(column_indices[1]));
                }
                (None, None) => break,
            }
        }
        if layout_a.is_none() && layout_b.is_none() {
            return Err(SnapshotError::GradesLayout {
                name: name.to_owned(),
                found: found.join(", "),
                expected: format!("{} or {}", LAYOUT_A.join(", "), LAYOUT_B.join(", ")),
            });
        }
        Ok(())
    }

    fn record(&mut self, platform: Option<Platform>, code: &str, grade: &str) {
        let Some(grade) = Grade::from_name(grade).filter(|_| !code.is_empty()) else {
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
        let Self { best, mut report } = self;
        for vendor in vendors {
            let of = |platform| best.get(&(platform, vendor.code.clone()));
            let grades = [of(None), of(Some(vendor.platform))];
            let best = grades.into_iter().flatten().map(|graded| graded.best).min();
            vendor.grade = best.unwrap_or(Grade::UNGRADED);
            report.ungraded += u64::from(best.is_none());
        }
        report
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vendors::snapshot::tests::vendor;

    const A: &str = "vendor_code,vendor_name,city_id,business_line,grade\n";
    const B: &str = "sf_vendor_code,sf_vendor_name,city_id,business_line,grade,is_dual,\
                     tf_vendor_code,tf_vendor_name\n";

    fn join(files: &[&str], vendors: &mut [Vendor]) -> GradesReport {
        let mut grades = Grades::default();
        for file in files {
            grades.add("grades.csv", file.as_bytes()).unwrap();
        }
        grades.join(vendors)
    }

    fn grade(name: &str) -> Grade {
        Grade::from_name(name).unwrap()
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
            let none = Grade::UNGRADED;
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
        let none = Grade::UNGRADED;
        assert_eq!(found, [grade("B"), grade("B"), grade("A"), none, none]);
        // With both files, the better grade counts.
        join(&[&format!("{B}{rows}"), &format!("{A}t1,n,2,Cafe,A+\n")], &mut vendors);
        assert_eq!(vendors[1].grade, grade("A+"));
    }

    #[test]
    fn rows_without_a_valid_grade_are_counted() {
        let mut vendors = [Vendor { code: "a".into(), ..vendor() }];
        let report = join(&[&format!("{A}a,n,2,Cafe,Z\n,n,2,Cafe,A\na,n,2,Cafe,\n")], &mut vendors);
        assert_eq!((report.rows_without_grade, vendors[0].grade), (3, Grade::UNGRADED));
    }

    #[test]
    fn the_error_for_an_unknown_layout_names_the_actual_and_expected_columns() {
        let error = Grades::default().add("g.csv", b"code,note\na,A\n").unwrap_err().to_string();
        for part in ["g.csv", "code, note", "vendor_code, grade", "sf_vendor_code"] {
            assert!(error.contains(part), "{error}");
        }
    }
}
