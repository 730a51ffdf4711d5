//! Finds order files in a local folder: each file once, however many links lead to it.

use std::collections::{HashSet, VecDeque};
use std::fs::{self, FileType, Metadata};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use super::error::SourceError;
use super::selection::{Position, Selection, Step, is_order_file};
use super::skipped::{SkipReason, SkippedFiles};
use super::table_format::TableFormat;

/// Most files that are counted in one hidden folder: a snapshot folder may contain millions.
const MAX_HIDDEN_FILES: u64 = 10_000;

/// The identity of a file on disk, independent of its path. Some network file systems use an inode number
/// twice; length and time then still differ.
#[derive(PartialEq, Eq, Hash)]
struct FileId {
    device: u64,
    inode: u64,
    len: u64,
    modified: (i64, i64),
}

impl FileId {
    fn new(metadata: &Metadata) -> Self {
        Self {
            device: metadata.dev(),
            inode: metadata.ino(),
            len: metadata.len(),
            modified: (metadata.mtime(), metadata.mtime_nsec()),
        }
    }
}

/// The selected order files below a folder, sorted by path, and the files that were skipped.
pub(super) fn files_below(
    root: &Path,
    selection: &Selection,
) -> Result<(Vec<PathBuf>, SkippedFiles), SourceError> {
    refuse_table_around(root)?;
    let mut search = Search {
        selection,
        links: VecDeque::new(),
        seen_files: HashSet::new(),
        seen_folders: HashSet::new(),
        found: Vec::new(),
        skipped: SkippedFiles::default(),
    };
    let start = selection.start();
    search.remember_folder(root, &start)?;
    search.folder(root, "", &start)?;
    // Links come last, so that a file is read under its own name if that is selected too.
    while let Some(link) = search.links.pop_front() {
        search.link(&link)?;
    }
    search.found.sort_unstable();
    let Search { found, skipped, .. } = search;
    Ok((found, skipped))
}

/// Fails if a file or folder belongs to a table of a format that is not read.
pub(super) fn refuse_table_around(path: &Path) -> Result<(), SourceError> {
    let real = fs::canonicalize(path).map_err(unreadable(path))?;
    TableFormat::around(&real).map_or(Ok(()), |(format, folder)| Err(table(format, &folder)))
}

fn table(format: TableFormat, folder: &Path) -> SourceError {
    SourceError::Table { format, table: folder.display().to_string() }
}

fn unreadable(path: &Path) -> impl FnOnce(io::Error) -> SourceError {
    let name = path.display().to_string();
    move |source| SourceError::Io { name, source }
}

/// A file or folder of a folder that is searched.
struct Entry {
    path: PathBuf,
    /// The path below the root, in messages.
    name: String,
    file_type: FileType,
    position: Position,
}

struct Search<'a> {
    selection: &'a Selection,
    /// Links to follow.
    links: VecDeque<Entry>,
    seen_files: HashSet<FileId>,
    /// Folders with the position at which they were searched: a pattern may select other files of a folder
    /// by way of a link.
    seen_folders: HashSet<((u64, u64), Position)>,
    found: Vec<PathBuf>,
    skipped: SkippedFiles,
}

impl Search<'_> {
    fn folder(&mut self, path: &Path, name: &str, position: &Position) -> Result<(), SourceError> {
        if let Some(format) = TableFormat::of_folder(path).map_err(unreadable(path))? {
            return Err(table(format, path));
        }
        for child in sorted_children(path).map_err(unreadable(path))? {
            let own_name = child.file_name().to_string_lossy().into_owned();
            let (is_hidden, position) = match self.selection.step(position, &own_name) {
                Step::Outside => continue,
                Step::Hidden(next) => (true, next),
                Step::Inside(next) => (false, next),
            };
            let file_type = child.file_type().map_err(unreadable(&child.path()))?;
            let entry = Entry {
                path: child.path(),
                name: format!("{name}{own_name}"),
                file_type,
                position,
            };
            if is_hidden {
                self.skip_hidden(&entry);
            } else if file_type.is_symlink() {
                self.links.push_back(entry);
            } else if file_type.is_dir() {
                self.subfolder(&entry)?;
            } else {
                self.file(&entry, None)?;
            }
        }
        Ok(())
    }

    fn subfolder(&mut self, entry: &Entry) -> Result<(), SourceError> {
        let name = format!("{}/", entry.name);
        if self.remember_folder(&entry.path, &entry.position)? {
            self.folder(&entry.path, &name, &entry.position)
        } else {
            self.skipped.add(SkipReason::ReadAlready, &name);
            Ok(())
        }
    }

    /// Returns whether the folder is new.
    fn remember_folder(&mut self, path: &Path, position: &Position) -> Result<bool, SourceError> {
        let metadata = fs::metadata(path).map_err(unreadable(path))?;
        Ok(self.seen_folders.insert(((metadata.dev(), metadata.ino()), position.clone())))
    }

    fn link(&mut self, entry: &Entry) -> Result<(), SourceError> {
        let metadata = match fs::metadata(&entry.path) {
            Ok(metadata) => metadata,
            // The file that the name promises is missing.
            Err(source) if is_order_file(&entry.name) => {
                return Err(unreadable(&entry.path)(source));
            }
            Err(_) => {
                self.skipped.add(SkipReason::BrokenLink, &entry.name);
                return Ok(());
            }
        };
        if metadata.is_dir() {
            refuse_table_around(&entry.path)?;
            return self.subfolder(entry);
        }
        if self.selection.is_selected(&entry.position) && is_order_file(&entry.name) {
            refuse_table_around(&entry.path)?;
        }
        self.file(entry, Some(&metadata))
    }

    fn file(&mut self, entry: &Entry, metadata: Option<&Metadata>) -> Result<(), SourceError> {
        if !self.selection.is_selected(&entry.position) {
            return Ok(());
        }
        if !is_order_file(&entry.name) {
            self.skipped.add(SkipReason::OtherExtension, &entry.name);
            return Ok(());
        }
        let own;
        let metadata = if let Some(metadata) = metadata {
            metadata
        } else {
            own = fs::metadata(&entry.path).map_err(unreadable(&entry.path))?;
            &own
        };
        if !metadata.is_file() {
            self.skipped.add(SkipReason::NotRegularFile, &entry.name);
        } else if self.seen_files.insert(FileId::new(metadata)) {
            self.found.push(entry.path.clone());
        } else {
            self.skipped.add(SkipReason::ReadAlready, &entry.name);
        }
        Ok(())
    }

    fn skip_hidden(&mut self, entry: &Entry) {
        let (name, counts) = if entry.file_type.is_dir() {
            (format!("{}/", entry.name), count_files(&entry.path))
        } else if self.selection.is_selected(&entry.position) {
            let is_order = is_order_file(&entry.name);
            (entry.name.clone(), if is_order { (1, 0) } else { (0, 1) })
        } else {
            return;
        };
        self.skipped.add_files(SkipReason::HiddenOrderFile, &name, counts.0);
        self.skipped.add_files(SkipReason::HiddenOtherFile, &name, counts.1);
    }
}

fn sorted_children(folder: &Path) -> io::Result<Vec<fs::DirEntry>> {
    let mut children = fs::read_dir(folder)?.collect::<io::Result<Vec<_>>>()?;
    children.sort_unstable_by_key(fs::DirEntry::file_name);
    Ok(children)
}

/// Numbers of order files and of other files in a hidden folder, without following links. Folders that cannot
/// be read count nothing.
fn count_files(folder: &Path) -> (u64, u64) {
    let (mut orders, mut others) = (0, 0);
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        let Ok(children) = fs::read_dir(folder) else { continue };
        for child in children.flatten() {
            if child.file_type().is_ok_and(|file_type| file_type.is_dir()) {
                folders.push(child.path());
            } else if is_order_file(&child.file_name().to_string_lossy()) {
                orders += 1;
            } else {
                others += 1;
            }
            if orders + others >= MAX_HIDDEN_FILES {
                return (orders, others);
            }
        }
    }
    (orders, others)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    /// A temporary folder with a file under each name, `orders` below it, and what is found there.
    struct Folder(tempfile::TempDir);

    impl Folder {
        fn new(names: &[&str]) -> Self {
            let folder = Self(tempfile::tempdir().unwrap());
            for name in names {
                let path = folder.path(name);
                fs::create_dir_all(path.parent().unwrap()).unwrap();
                fs::write(path, name).unwrap();
            }
            folder
        }

        fn path(&self, name: &str) -> PathBuf {
            self.0.path().join(name)
        }

        fn link(&self, target: &str, name: &str) {
            fs::create_dir_all(self.path(name).parent().unwrap()).unwrap();
            symlink(target, self.path(name)).unwrap();
        }

        /// The names found with a pattern below `orders`, and what was skipped.
        fn find(&self, pattern: &str) -> (Vec<String>, SkippedFiles) {
            let (files, skipped) = self.search(pattern).unwrap();
            let root = self.path("orders");
            let name = |path: &PathBuf| path.strip_prefix(&root).unwrap().display().to_string();
            (files.iter().map(name).collect(), skipped)
        }

        fn search(&self, pattern: &str) -> Result<(Vec<PathBuf>, SkippedFiles), SourceError> {
            let (_, selection) = Selection::parse(pattern).unwrap();
            files_below(&self.path("orders"), &selection)
        }
    }

    fn skipped(skipped: &SkippedFiles, reason: SkipReason) -> (u64, &[String]) {
        skipped.of(reason).map_or((0, &[]), |skipped| (skipped.files, &skipped.names))
    }

    #[test]
    fn hidden_parts_are_skipped_at_any_depth_and_named() {
        let folder = Folder::new(&[
            "orders/a.parquet",
            "orders/_temporary/0/a.parquet",
            "orders/_temporary/0/b.parquet",
            "orders/_SUCCESS",
            "orders/.a.parquet.crc",
            "orders/day=1/.spark-staging/x/a.parquet",
            "orders/day=1/_b.parquet",
            "orders/day=1/b.parquet",
            "orders/_date=2026-11-01/a.parquet",
        ]);
        for pattern in ["**", "**/*", "*"] {
            let (found, left_out) = folder.find(pattern);
            assert_eq!(found, ["a.parquet", "day=1/b.parquet"], "{pattern}");
            let names =
                ["_date=2026-11-01/", "_temporary/", "day=1/.spark-staging/", "day=1/_b.parquet"];
            let hidden = skipped(&left_out, SkipReason::HiddenOrderFile);
            assert_eq!((hidden.0, hidden.1), (5, names.map(str::to_owned).as_slice()), "{pattern}");
            assert_eq!(skipped(&left_out, SkipReason::HiddenOtherFile).0, 2, "{pattern}");
        }
        let (found, left_out) = folder.find("*.parquet");
        assert_eq!((found, left_out.total()), (vec!["a.parquet".to_owned()], 0));
    }

    #[test]
    fn extensions_decide_in_any_case() {
        let names = ["a.PARQUET", "b.parq", "c.Pq", "d.parquet"];
        let folder =
            Folder::new(&names.map(|name| format!("orders/{name}")).each_ref().map(|name| &**name));
        for name in ["e.parquet.gz", "f.csv", "g"] {
            fs::write(folder.path("orders").join(name), "").unwrap();
        }
        let (found, left_out) = folder.find("*");
        assert_eq!(found, names);
        assert_eq!(skipped(&left_out, SkipReason::OtherExtension).0, 3);
    }

    #[test]
    fn each_file_is_read_once_whatever_leads_to_it() {
        let folder = Folder::new(&["orders/day=1/a.parquet", "outside/b.parquet"]);
        folder.link("day=1", "orders/a-link");
        folder.link("..", "orders/day=1/up");
        folder.link(".", "orders/again");
        folder.link("day=1/a.parquet", "orders/0.parquet");
        fs::hard_link(folder.path("orders/day=1/a.parquet"), folder.path("orders/z.parquet"))
            .unwrap();
        folder.link("../outside", "orders/more");
        folder.link("../outside/b.parquet", "orders/one.parquet");
        for pattern in ["**", "**/*.parquet", "*"] {
            let (found, left_out) = folder.find(pattern);
            assert_eq!(found, ["day=1/a.parquet", "more/b.parquet"], "{pattern}");
            assert!(skipped(&left_out, SkipReason::ReadAlready).0 >= 3, "{pattern}: {left_out:?}");
        }
    }

    #[test]
    fn a_pattern_selects_a_folder_by_way_of_a_link() {
        let folder = Folder::new(&["orders/v1/a.parquet", "orders/v2/a.parquet"]);
        folder.link("v2", "orders/latest");
        assert_eq!(folder.find("lat*/*").0, ["latest/a.parquet"]);
        assert_eq!(folder.find("?*/*").0, ["v1/a.parquet", "v2/a.parquet"]);
    }

    #[test]
    fn a_folder_with_the_name_of_an_order_file_is_read_once() {
        let folder = Folder::new(&["orders/o.parquet/part-0.parquet", "orders/o.parquet/_SUCCESS"]);
        for pattern in ["**", "*", "*.parquet", "**/*.parquet", "**/o.parquet/*"] {
            assert_eq!(folder.find(pattern).0, ["o.parquet/part-0.parquet"], "{pattern}");
        }
    }

    #[test]
    fn broken_links_and_pipes_are_not_read() {
        let folder = Folder::new(&["orders/a.parquet"]);
        folder.link("missing", "orders/day=2");
        folder.link("loop", "orders/loop");
        let socket = std::os::unix::net::UnixListener::bind(folder.path("orders/s.parquet"));
        let (found, left_out) = folder.find("**");
        assert_eq!(found, ["a.parquet"]);
        assert_eq!(skipped(&left_out, SkipReason::BrokenLink).0, 2);
        assert_eq!(skipped(&left_out, SkipReason::NotRegularFile).0, u64::from(socket.is_ok()));
        folder.link("missing.parquet", "orders/b.parquet");
        let error = folder.search("**").unwrap_err().to_string();
        assert!(error.contains("could not read") && error.contains("b.parquet"), "{error}");
    }

    #[test]
    fn tables_are_refused_wherever_they_are() {
        for (names, link) in [
            (&["orders/_delta_log/0.json", "orders/a.parquet"], ""),
            (&["orders/x/t/_delta_log/0.json", "orders/a.parquet"], ""),
            (&["orders/metadata/v1.metadata.json", "orders/data/a.parquet"], ""),
            (&["orders/t/.hoodie/hoodie.properties", "orders/a.parquet"], ""),
            (&["_delta_log/0.json", "orders/a.parquet"], ""),
            (&["t/_delta_log/0.json", "t/day=1/a.parquet"], "t/day=1"),
            (&["t/_delta_log/0.json", "t/a.parquet"], "t/a.parquet"),
        ] {
            let folder = Folder::new(names);
            if !link.is_empty() {
                folder.link(&format!("../{link}"), "orders/l.parquet");
            }
            for pattern in ["**", "*", "**/*.parquet"] {
                let found = folder.search(pattern);
                assert!(matches!(found, Err(SourceError::Table { .. })), "{names:?} {pattern}");
            }
        }
    }

    #[test]
    fn a_search_does_not_enter_folders_that_a_pattern_excludes() {
        let folder = Folder::new(&["orders/a.parquet", "orders/t/_delta_log/0.json"]);
        assert_eq!(folder.find("*.parquet").0, ["a.parquet"]);
    }
}
