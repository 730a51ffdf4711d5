//! Finds order files: a path, a folder, a glob pattern or a store.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use super::error::SourceError;
use crate::store::{Store, local_path};

/// The location of one file.
#[derive(Clone)]
pub(super) enum Location {
    /// On the local disk.
    Local(PathBuf),
    /// In a store, under a key.
    Stored { store: Store, key: String, len: u64 },
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Local(path) => write!(f, "{}", path.display()),
            Self::Stored { store, key, .. } => {
                write!(f, "{}/{key}", store.address().trim_end_matches('/'))
            }
        }
    }
}

/// Every Parquet file at an address, sorted by name.
pub(super) fn locations(address: &str) -> Result<Vec<Location>, SourceError> {
    let found = match local_path(address) {
        Some(path) if path.exists() => files_below(&path)?,
        Some(_) if address.contains(['*', '?', '[']) => glob_files(address)?,
        Some(_) => Vec::new(),
        None => stored_files(address)?,
    };
    if found.is_empty() {
        return Err(SourceError::NotFound { address: address.to_owned() });
    }
    Ok(found)
}

fn is_parquet(name: &str) -> bool {
    // Other programs write markers and incomplete parts as hidden files or with a leading `_`.
    name.ends_with(".parquet") && !name.starts_with(['.', '_'])
}

fn files_below(path: &Path) -> Result<Vec<Location>, SourceError> {
    if path.is_file() {
        return Ok(vec![Location::Local(path.to_owned())]);
    }
    let io = |source| SourceError::Io { name: path.display().to_string(), source };
    let mut children = Vec::new();
    for child in fs::read_dir(path).map_err(io)? {
        children.push(child.map_err(io)?.path());
    }
    children.sort_unstable();
    let mut found = Vec::new();
    for child in children {
        let name = child.file_name().map(|name| name.to_string_lossy().into_owned());
        match name {
            Some(name) if child.is_dir() && !name.starts_with('.') => {
                found.extend(files_below(&child)?);
            }
            Some(name) if is_parquet(&name) => found.push(Location::Local(child)),
            _ => {}
        }
    }
    Ok(found)
}

fn glob_files(pattern: &str) -> Result<Vec<Location>, SourceError> {
    let malformed = |source| SourceError::Pattern { pattern: pattern.to_owned(), source };
    let mut found = Vec::new();
    for path in glob::glob(pattern).map_err(malformed)? {
        let path = path.map_err(|error| SourceError::Io {
            name: error.path().display().to_string(),
            source: error.into(),
        })?;
        found.extend(files_below(&path)?);
    }
    Ok(found)
}

fn stored_files(address: &str) -> Result<Vec<Location>, SourceError> {
    let (store, objects) = match address.rsplit_once('/') {
        Some((_, name)) if is_parquet(name) => {
            let (store, key) = Store::open_at(address)?;
            let object = store.head(&key)?;
            (store, vec![object])
        }
        _ => {
            let store = Store::open(address, false)?;
            let objects = store.list("")?;
            (store, objects)
        }
    };
    let has_parquet_name = |key: &str| is_parquet(key.rsplit('/').next().unwrap_or(key));
    Ok(objects
        .into_iter()
        .filter(|object| has_parquet_name(object.location.as_ref()))
        .map(|object| Location::Stored {
            store: store.clone(),
            key: object.location.to_string(),
            len: object.size,
        })
        .collect())
}
