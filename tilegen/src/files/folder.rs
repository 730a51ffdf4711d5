//! The files of a folder of inputs.

use std::io;
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::is_skipped;

/// Most names that a report lists.
const MAX_NAMES: usize = 20;

/// Files that accompany a shapefile or explain a folder: they are not read by themselves.
const COMPANIONS: [&str; 11] =
    ["dbf", "shx", "prj", "cpg", "qix", "sbn", "sbx", "qmd", "xml", "txt", "md"];

/// Files and folders next to the input files that are not read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct UnreadFiles {
    /// Number of files and folders.
    pub files: u64,
    /// The first of their paths.
    pub names: Vec<String>,
}

impl UnreadFiles {
    fn add(&mut self, path: &Path) {
        self.files += 1;
        if self.names.len() < MAX_NAMES {
            self.names.push(path.display().to_string().replace(char::is_control, "\u{fffd}"));
        }
    }
}

/// The entries of a folder, sorted by name.
pub(crate) struct FolderFiles {
    /// Files with one of the extensions that were asked for.
    pub(crate) files: Vec<PathBuf>,
    /// Other files and folders, which are not read.
    unread: Vec<PathBuf>,
}

impl FolderFiles {
    /// Lists a folder. `extensions` are in lower case.
    pub(crate) fn list(folder: &Path, extensions: &[&str]) -> io::Result<Self> {
        let entries: io::Result<Vec<PathBuf>> =
            std::fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect();
        let mut entries = entries?;
        entries.sort();
        let is_read = |path: &PathBuf| {
            extensions.contains(&extension(path).as_str()) && !is_skipped(path) && !path.is_dir()
        };
        let (files, others): (Vec<PathBuf>, Vec<PathBuf>) = entries.into_iter().partition(is_read);
        let is_unread = |path: &PathBuf| !COMPANIONS.contains(&extension(path).as_str());
        Ok(Self { files, unread: others.into_iter().filter(is_unread).collect() })
    }

    /// Adds each file or folder that is not read to a report, and logs a warning unless its name says that it is not
    /// meant to be read.
    pub(crate) fn report_unread(&self, expected: &str, report: &mut UnreadFiles) {
        for path in &self.unread {
            report.add(path);
            if !is_skipped(path) {
                tracing::warn!(path = %path.display(), expected, "not read");
            }
        }
    }
}

/// The file next to `path` with the same name and another extension, in lower or upper case. If there
/// is none, its path in lower case.
pub(crate) fn companion(path: &Path, extension: &str) -> PathBuf {
    let upper = path.with_extension(extension.to_uppercase());
    let lower = path.with_extension(extension);
    if !lower.exists() && upper.exists() { upper } else { lower }
}

/// The extension of a path in lower case, or an empty text.
pub(crate) fn extension(path: &Path) -> String {
    path.extension().unwrap_or_default().to_string_lossy().to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_files_and_folders_are_listed_as_unread() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["a.csv", "B.CSV", ".c.csv", "_d.csv", "e.xlsx", "f.csv.gz", "g.dbf", "h.txt"] {
            std::fs::write(folder.path().join(name), "").unwrap();
        }
        std::fs::create_dir(folder.path().join("i.csv")).unwrap();
        let listed = FolderFiles::list(folder.path(), &["csv"]).unwrap();
        let names = |paths: &[PathBuf]| -> Vec<String> {
            paths.iter().map(|path| path.file_name().unwrap().to_string_lossy().into()).collect()
        };
        assert_eq!(names(&listed.files), ["B.CSV", "a.csv"]);
        assert_eq!(names(&listed.unread), [".c.csv", "_d.csv", "e.xlsx", "f.csv.gz", "i.csv"]);
        let mut report = UnreadFiles::default();
        listed.report_unread(".csv", &mut report);
        assert_eq!((report.files, report.names.len()), (5, 5));
        assert!(report.names[2].ends_with("/e.xlsx"), "{report:?}");
    }

    #[test]
    fn a_report_names_the_first_files_and_counts_all() {
        let folder = tempfile::tempdir().unwrap();
        for number in 0..25 {
            std::fs::write(folder.path().join(format!("{number:02}\u{1b}.xlsx")), "").unwrap();
        }
        let mut report = UnreadFiles::default();
        FolderFiles::list(folder.path(), &["csv"]).unwrap().report_unread(".csv", &mut report);
        assert_eq!((report.files, report.names.len()), (25, MAX_NAMES));
        assert!(report.names[0].ends_with("00\u{fffd}.xlsx"), "{:?}", report.names[0]);
    }

    #[test]
    fn a_companion_may_have_an_extension_in_capitals() {
        let folder = tempfile::tempdir().unwrap();
        let of = |name: &str| folder.path().join(name);
        std::fs::write(of("N.DBF"), "").unwrap();
        assert_eq!(companion(&of("N.SHP"), "dbf"), of("N.DBF"));
        assert_eq!(companion(&of("N.SHP"), "prj"), of("N.prj"));
    }
}
