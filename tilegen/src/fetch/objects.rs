//! Copies objects into a folder, for inputs that are read as files (areas, grades, targets). An object that has not changed
//! since the last copy is not read again.

use std::collections::BTreeMap;
use std::fmt;
use std::fs::{self, File};
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use jiff::Timestamp;
use object_store::ObjectMeta;
use object_store::path::Path as Key;
use serde::{Deserialize, Serialize};

use crate::config::fetch::{FileSource, SecretError};
use crate::store::{ReadObject, Store, StoreError};

/// File of the folder that says which objects its files are copies of.
const RECORD: &str = ".fetched.json";

/// What was copied.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct CopiedObjects {
    /// Number of objects that were read.
    pub objects: u64,
    /// Their total length in bytes.
    pub bytes: u64,
    /// Objects that have not changed since they were copied.
    pub unchanged: u64,
}

/// Why objects were not copied.
#[derive(Debug, thiserror::Error)]
pub enum CopyObjectsError {
    /// The URL of the store cannot be read.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// There is neither an object nor a folder with this name.
    #[error("the store {address} has no object or folder {name}")]
    Missing {
        /// The store.
        address: String,
        /// The name.
        name: String,
    },
    /// The whole store was asked for, and has no object.
    #[error("the store {address} is empty")]
    Empty {
        /// The store.
        address: String,
    },
    /// A store operation failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A file could not be written.
    #[error("could not write {path}")]
    Write {
        /// The file.
        path: PathBuf,
        /// Cause.
        #[source]
        source: std::io::Error,
    },
}

/// The objects whose copies a folder has, by their keys.
#[derive(Default, Serialize, Deserialize)]
struct Record {
    copies: BTreeMap<String, Copy>,
}

/// What an object was when it was copied.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Copy {
    from: String,
    etag: String,
    bytes: u64,
}

/// Copies the files of a source.
///
/// # Errors
/// If an object is missing, or cannot be read or written. The files that were copied before stay.
pub fn copy_files(source: &FileSource, into: &Path) -> Result<CopiedObjects, CopyObjectsError> {
    copy_objects(&Store::open(&source.from.read()?, false)?, &source.keys, into)
}

/// Copies objects into a local folder. Each name is the key of an object or of a folder.
/// Existing files of the same names are replaced; other files are not touched. Each file gets the
/// modification time of its object, from which builds learn how old the data are.
///
/// # Errors
/// If an object is missing, or cannot be read or written. The files that were copied before stay.
pub fn copy_objects(
    store: &Store,
    names: &[String],
    into: &Path,
) -> Result<CopiedObjects, CopyObjectsError> {
    let mut run =
        CopyRun { store, into, record: read_record(into), copied: CopiedObjects::default() };
    let ended = names.iter().try_for_each(|name| run.copy_name(name));
    let written = run.write_record();
    ended.and(written).map(|()| run.copied)
}

/// A record that cannot be read is none: everything is copied again.
fn read_record(folder: &Path) -> Record {
    let bytes = fs::read(folder.join(RECORD)).unwrap_or_default();
    serde_json::from_slice(&bytes).unwrap_or_default()
}

/// A run with what is known about earlier ones.
struct CopyRun<'a> {
    store: &'a Store,
    into: &'a Path,
    record: Record,
    copied: CopiedObjects,
}

impl CopyRun<'_> {
    /// Copies an object, or all objects of a folder. Few servers of HTTP list folders, so an object is tried first there.
    fn copy_name(&mut self, name: &str) -> Result<(), CopyObjectsError> {
        if self.store.address().starts_with("http") && !name.is_empty() {
            match self.copy_object(name, None) {
                Err(CopyObjectsError::Store(error)) if error.is_not_found() => {}
                copied => return copied,
            }
        }
        for object in objects_under(self.store, name)? {
            match self.copy_object(object.location.as_ref(), Some(&object)) {
                // The empty object `name/` of a folder: its last `/` is not listed.
                Err(CopyObjectsError::Store(error)) if error.is_not_found() && object.size == 0 => {
                }
                copied => copied?,
            }
        }
        Ok(())
    }

    /// Copies an object, unless the listing or the store says that it has not changed.
    fn copy_object(
        &mut self,
        key: &str,
        listed: Option<&ObjectMeta>,
    ) -> Result<(), CopyObjectsError> {
        let path = file_of(self.into, &Key::parse(key).unwrap_or_else(|_| Key::from(key)));
        let known = self.record.copies.get(key).filter(|copy| {
            copy.from == self.store.address()
                && fs::metadata(&path).is_ok_and(|file| file.len() == copy.bytes)
        });
        let known = known.map(|copy| copy.etag.clone());
        let listed = listed.and_then(|object| object.e_tag.as_deref());
        if known.is_some() && known.as_deref() == listed {
            self.copied.unchanged += 1;
            return Ok(());
        }
        let Some(object) = self.store.get_if_changed(key, known.as_deref())? else {
            self.copied.unchanged += 1;
            return Ok(());
        };
        let ReadObject { bytes, etag, modified } = object;
        write(&path, &bytes, system_time(modified))?;
        let len = bytes.len() as u64;
        self.copied.objects += 1;
        self.copied.bytes += len;
        match etag {
            Some(etag) => {
                let copy = Copy { from: self.store.address().to_owned(), etag, bytes: len };
                self.record.copies.insert(key.to_owned(), copy);
            }
            None => {
                self.record.copies.remove(key);
            }
        }
        Ok(())
    }

    fn write_record(&self) -> Result<(), CopyObjectsError> {
        if self.record.copies.is_empty() {
            return Ok(());
        }
        // Strings and numbers always serialise.
        let json = serde_json::to_vec_pretty(&self.record).unwrap_or_default();
        write(&self.into.join(RECORD), &json, SystemTime::now())
    }
}

fn objects_under(store: &Store, name: &str) -> Result<Vec<ObjectMeta>, CopyObjectsError> {
    let listed = store.list(name)?;
    if !listed.is_empty() {
        return Ok(listed);
    }
    if name.is_empty() {
        return Err(CopyObjectsError::Empty { address: store.address().to_owned() });
    }
    match store.head(name) {
        Ok(object) => Ok(vec![object]),
        Err(error) if error.is_not_found() => Err(CopyObjectsError::Missing {
            address: store.address().to_owned(),
            name: name.to_owned(),
        }),
        Err(error) => Err(error.into()),
    }
}

/// No part of a key is `.` or `..`: a listing with such a key fails.
fn file_of(folder: &Path, key: &Key) -> PathBuf {
    key.parts().fold(folder.to_owned(), |path, part| path.join(part.as_ref()))
}

fn system_time(at: Timestamp) -> SystemTime {
    let since = at.duration_since(Timestamp::UNIX_EPOCH);
    SystemTime::UNIX_EPOCH + Duration::try_from(since).unwrap_or_default()
}

/// Replaces a file in one step, so that no reader finds a part of it. Only the owner may read it.
fn write(path: &Path, bytes: &[u8], modified: SystemTime) -> Result<(), CopyObjectsError> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let new = path.with_file_name(format!(".{name}.new"));
    let write_file = || {
        let mut file =
            File::options().write(true).create(true).truncate(true).mode(0o600).open(&new)?;
        file.write_all(bytes)?;
        file.set_modified(modified)?;
        fs::rename(&new, path)
    };
    let written = path.parent().map_or(Ok(()), fs::create_dir_all).and_then(|()| write_file());
    written.map_err(|source| CopyObjectsError::Write { path: path.to_owned(), source })
}

impl fmt::Display for CopiedObjects {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { objects, bytes, unchanged } = self;
        writeln!(f, "{objects} objects fetched, {bytes} bytes, {unchanged} not changed")
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;

    fn store() -> Store {
        let store = Store::open("memory:///", true).unwrap();
        for (key, text) in [
            ("areas/tehran.csv", "a"),
            ("areas/more/x.csv", "bc"),
            ("grades.csv", "d"),
            ("areas-old/y.csv", "e"),
        ] {
            store.create(key, Bytes::from_static(text.as_bytes())).unwrap();
        }
        store
    }

    #[test]
    fn a_name_is_an_object_or_a_folder() {
        let folder = tempfile::tempdir().unwrap();
        let names = ["areas", "grades.csv"].map(str::to_owned);
        let fetched = copy_objects(&store(), &names, folder.path()).unwrap();
        assert_eq!(fetched, CopiedObjects { objects: 3, bytes: 4, unchanged: 0 });
        let read = |path: &str| fs::read_to_string(folder.path().join(path)).unwrap();
        assert_eq!((read("areas/more/x.csv"), read("grades.csv")), ("bc".into(), "d".into()));
        let permissions = fs::metadata(folder.path().join("grades.csv")).unwrap().permissions();
        assert_eq!(std::os::unix::fs::PermissionsExt::mode(&permissions) & 0o777, 0o600);
        assert!(!folder.path().join("areas-old").exists());
    }

    #[test]
    fn a_file_is_as_old_as_its_object() {
        let stored = tempfile::tempdir().unwrap();
        let object = File::create(stored.path().join("grades.csv")).unwrap();
        let modified = SystemTime::UNIX_EPOCH + std::time::Duration::from_hours(490_896);
        object.set_modified(modified).unwrap();
        let store = Store::open(stored.path().to_str().unwrap(), false).unwrap();
        let folder = tempfile::tempdir().unwrap();
        copy_objects(&store, &["grades.csv".to_owned()], folder.path()).unwrap();
        let file = fs::metadata(folder.path().join("grades.csv")).unwrap();
        assert_eq!(file.modified().unwrap(), modified);
    }

    #[test]
    fn an_unknown_name_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let error = copy_objects(&store(), &["targets".to_owned()], folder.path()).unwrap_err();
        assert_eq!(error.to_string(), "the store memory:/// has no object or folder targets");
        let empty = Store::open("memory:///", true).unwrap();
        let error = copy_objects(&empty, &[String::new()], folder.path()).unwrap_err();
        assert_eq!(error.to_string(), "the store memory:/// is empty");
    }

    #[test]
    fn what_has_not_changed_is_not_read_again() {
        let (stored, folder) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let write = |key: &str, text: &str| {
            let path = stored.path().join(key);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        write("areas/tehran.csv", "a");
        write("grades.csv", "bc");
        let names = ["areas", "grades.csv"].map(str::to_owned);
        let store = Store::open(stored.path().to_str().unwrap(), false).unwrap();
        let copy = || {
            let CopiedObjects { objects, unchanged, .. } =
                copy_objects(&store, &names, folder.path()).unwrap();
            (objects, unchanged)
        };
        assert_eq!((copy(), copy()), ((2, 0), (0, 2)));
        write("areas/tehran.csv", "other");
        assert_eq!(copy(), (1, 1));
        assert_eq!(fs::read(folder.path().join("areas/tehran.csv")).unwrap(), b"other");
        fs::remove_file(folder.path().join("grades.csv")).unwrap();
        assert_eq!(copy(), (1, 1), "a copy that is gone is copied again");
    }
}
