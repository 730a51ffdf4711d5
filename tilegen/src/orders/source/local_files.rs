//! Finds order files in a local folder: each file once, however many links lead to it.

#[cfg(test)]
mod tests;

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
