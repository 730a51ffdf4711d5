//! Finds order files: a file, a folder, a pattern, or the URL of a store.

use std::path::Path;

use super::copies::without_copies;
use super::current::only_current;
use super::error::{NothingFound, SourceError};
use super::local_files::{files_below, refuse_table_around};
use super::location::Location;
use super::selection::{Selection, is_pattern};
use super::skipped::{SkipReason, SkippedFiles};
use super::stored_files;
use crate::store::local_path;

/// The order files at an address, sorted by name, and the files there that are not read.
pub(super) fn find(address: &str) -> Result<(Vec<Location>, SkippedFiles), SourceError> {
    let nothing = |reason| SourceError::NotFound { address: address.to_owned(), reason };
    let exists = |path: &Path| {
        let unreadable = |source| SourceError::Io { name: path.display().to_string(), source };
        path.try_exists().map_err(unreadable)
    };
    let (found, skipped, empty) = match local_path(address) {
        None => {
            let is_pattern = address.contains('*');
            let (found, skipped) = stored_files::files_at(address)?;
            let empty = if is_pattern { NothingFound::NoMatch } else { NothingFound::Empty };
            (found, skipped, empty)
        }
        Some(path) if exists(&path)? => {
            let (found, skipped) = local_files(&path, &Selection::everything())?;
            (found, skipped, NothingFound::Empty)
        }
        Some(path) => {
            let pattern = path.to_str().filter(|path| is_pattern(path));
            let pattern = pattern.ok_or_else(|| nothing(NothingFound::Missing))?;
            let malformed = |source| SourceError::Pattern { pattern: address.to_owned(), source };
            let (folder, selection) = Selection::parse(pattern).map_err(malformed)?;
            let folder = Path::new(&folder);
            if !exists(folder)? {
                return Err(nothing(NothingFound::NoMatch));
            }
            let (found, skipped) = local_files(folder, &selection)?;
            (found, skipped, NothingFound::NoMatch)
        }
    };
    match (found.is_empty(), skipped.total()) {
        (true, 0) => Err(nothing(empty)),
        (true, _) => Err(nothing(NothingFound::Skipped(skipped))),
        (false, _) => Ok((found, skipped)),
    }
}

/// The order files at a path. The name of a single file does not matter.
fn local_files(
    path: &Path,
    selection: &Selection,
) -> Result<(Vec<Location>, SkippedFiles), SourceError> {
    if path.is_file() {
        refuse_table_around(path)?;
        return Ok((vec![Location::Local(path.to_owned())], SkippedFiles::default()));
    }
    let (found, mut skipped) = files_below(path, selection)?;
    let found = only_current(found.into_iter().map(Location::Local).collect(), &mut skipped)?;
    let (found, copies) = without_copies(found)?;
    for copy in copies {
        let name = copy.to_string();
        let below = Path::new(&name).strip_prefix(path).unwrap_or(Path::new(&name));
        skipped.add(SkipReason::Copy, &below.display().to_string());
    }
    Ok((found, skipped))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn names(address: &str) -> Vec<String> {
        let (found, _) = find(address).unwrap();
        found.iter().map(|location| location.to_string().replace("//", "/")).collect()
    }

    #[test]
    fn an_address_is_a_file_a_folder_or_a_pattern() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("_export [1]");
        fs::create_dir(&root).unwrap();
        for name in ["a.parquet", "_b.parquet", "c.bin"] {
            fs::write(root.join(name), name).unwrap();
        }
        let at = |name: &str| root.join(name).to_str().unwrap().to_owned();
        for (address, found) in [
            (at(""), at("a.parquet")),
            (at("a.parquet"), at("a.parquet")),
            (at("_b.parquet"), at("_b.parquet")),
            (at("c.bin"), at("c.bin")),
            (format!("file://{}", at("a.parquet").replace(' ', "%20")), at("a.parquet")),
            (format!("{}/_*/*", folder.path().display()), String::new()),
            (format!("{}/*export*/*.parquet", folder.path().display()), String::new()),
        ] {
            if found.is_empty() {
                let error = find(&address).err().unwrap().to_string();
                assert!(error.contains("begins with `.` or `_`"), "{error}");
            } else {
                assert_eq!(names(&address), [found.trim_end_matches('/')], "{address}");
            }
        }
    }

    #[test]
    fn an_error_says_why_there_is_no_order_file() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
        for name in ["empty", "skipped/_temporary"] {
            fs::create_dir_all(at(name)).unwrap();
        }
        for name in ["skipped/_temporary/a.parquet", "skipped/b.csv", "skipped/c.csv"] {
            fs::write(at(name), "").unwrap();
        }
        for (name, parts) in [
            ("missing", &["the path does not exist"][..]),
            ("missing/*.parquet", &["no file matches"]),
            ("skipped/*.parquet", &["no file matches"]),
            ("empty", &["there are no files"]),
            ("skipped", &["3 files skipped", "(_temporary/)", "2 without the extension", "b.csv"]),
            ("skipped/*.csv", &["2 files skipped", "b.csv, c.csv"]),
        ] {
            let error = find(&at(name)).err().unwrap().to_string();
            for part in [&at(name), "no order file"].into_iter().chain(parts.iter().copied()) {
                assert!(error.contains(part), "`{part}` is not in: {error}");
            }
        }
    }
}
