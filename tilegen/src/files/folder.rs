//! The files of a folder of inputs.

use std::io;
use std::path::{Path, PathBuf};

use super::is_skipped;

/// Files that accompany a shapefile or explain a folder: they are not read by themselves.
const COMPANIONS: [&str; 11] =
    ["dbf", "shx", "prj", "cpg", "qix", "sbn", "sbx", "qmd", "xml", "txt", "md"];

/// The visible entries of a folder, sorted by name.
pub(crate) struct FolderFiles {
    /// Files with one of the extensions that were asked for.
    pub(crate) files: Vec<PathBuf>,
    /// Other files and folders, which are not read.
    pub(crate) unread: Vec<PathBuf>,
}

impl FolderFiles {
    /// Lists a folder. `extensions` are in lower case.
    pub(crate) fn list(folder: &Path, extensions: &[&str]) -> io::Result<Self> {
        let entries: io::Result<Vec<PathBuf>> =
            std::fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect();
        let mut visible: Vec<PathBuf> =
            entries?.into_iter().filter(|path| !is_skipped(path)).collect();
        visible.sort();
        let (files, others): (Vec<PathBuf>, Vec<PathBuf>) = visible
            .into_iter()
            .partition(|path| extensions.contains(&extension(path).as_str()) && !path.is_dir());
        let is_unread = |path: &PathBuf| !COMPANIONS.contains(&extension(path).as_str());
        Ok(Self { files, unread: others.into_iter().filter(is_unread).collect() })
    }

    /// Logs a warning for each file or folder that is not read.
    pub(crate) fn warn_of_unread(&self, expected: &str) {
        for path in &self.unread {
            tracing::warn!(path = %path.display(), expected, "not read");
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
        assert_eq!(names(&listed.unread), ["e.xlsx", "f.csv.gz", "i.csv"]);
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
