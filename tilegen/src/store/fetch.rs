//! Downloads objects into a folder, for inputs that are read as files (areas, grades, targets).

use std::fmt;
use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use object_store::ObjectMeta;
use object_store::path::Path as Key;
use serde::Serialize;

use crate::store::{Store, StoreError};

/// What was fetched.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Fetched {
    /// Number of objects.
    pub objects: u64,
    /// Their total length in bytes.
    pub bytes: u64,
}

/// Why the download failed.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
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

/// Downloads objects into a local folder. Each name is the key of an object or of a folder.
/// Existing files of the same names are replaced; other files are not touched. Each file gets the
/// modification time of its object, from which builds learn how old the data are.
pub fn fetch(store: &Store, names: &[String], into: &Path) -> Result<Fetched, FetchError> {
    let mut fetched = Fetched::default();
    for name in names {
        for object in objects_under(store, name)? {
            let key = object.location;
            let bytes = match store.get(key.as_ref()) {
                Ok(bytes) => bytes,
                // The empty object `name/` of a folder: its last `/` is not listed.
                Err(error) if error.is_not_found() && object.size == 0 => continue,
                Err(error) => return Err(error.into()),
            };
            write(&file_of(into, &key), &bytes, object.last_modified.into())?;
            fetched.objects += 1;
            fetched.bytes += bytes.len() as u64;
        }
    }
    Ok(fetched)
}

fn objects_under(store: &Store, name: &str) -> Result<Vec<ObjectMeta>, FetchError> {
    let listed = store.list(name)?;
    if !listed.is_empty() {
        return Ok(listed);
    }
    if name.is_empty() {
        return Err(FetchError::Empty { address: store.address().to_owned() });
    }
    match store.head(name) {
        Ok(object) => Ok(vec![object]),
        Err(error) if error.is_not_found() => {
            Err(FetchError::Missing { address: store.address().to_owned(), name: name.to_owned() })
        }
        Err(error) => Err(error.into()),
    }
}

/// No part of a key is `.` or `..`: a listing with such a key fails.
fn file_of(folder: &Path, key: &Key) -> PathBuf {
    key.parts().fold(folder.to_owned(), |path, part| path.join(part.as_ref()))
}

fn write(path: &Path, bytes: &[u8], modified: SystemTime) -> Result<(), FetchError> {
    let write_file = || {
        let mut file = File::create(path)?;
        file.write_all(bytes)?;
        file.set_modified(modified)
    };
    let written = path.parent().map_or(Ok(()), fs::create_dir_all).and_then(|()| write_file());
    written.map_err(|source| FetchError::Write { path: path.to_owned(), source })
}

impl fmt::Display for Fetched {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} objects fetched, {} bytes", self.objects, self.bytes)
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
        let fetched = fetch(&store(), &names, folder.path()).unwrap();
        assert_eq!(fetched, Fetched { objects: 3, bytes: 4 });
        let read = |path: &str| fs::read_to_string(folder.path().join(path)).unwrap();
        assert_eq!((read("areas/more/x.csv"), read("grades.csv")), ("bc".into(), "d".into()));
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
        fetch(&store, &["grades.csv".to_owned()], folder.path()).unwrap();
        let file = fs::metadata(folder.path().join("grades.csv")).unwrap();
        assert_eq!(file.modified().unwrap(), modified);
    }

    #[test]
    fn an_unknown_name_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let error = fetch(&store(), &["targets".to_owned()], folder.path()).unwrap_err();
        assert_eq!(error.to_string(), "the store memory:/// has no object or folder targets");
        let empty = Store::open("memory:///", true).unwrap();
        let error = fetch(&empty, &[String::new()], folder.path()).unwrap_err();
        assert_eq!(error.to_string(), "the store memory:/// is empty");
    }
}
