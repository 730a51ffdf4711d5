//! Where order files lie: a path, a folder, a pattern or a store.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use super::error::SourceError;
use crate::store::{Store, local_path};

/// Where one file lies.
#[derive(Clone)]
pub(super) enum Location {
    /// On this machine's disk.
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

/// Every parquet file at an address, in the order of their names.
pub(super) fn locations(address: &str) -> Result<Vec<Location>, SourceError> {
    let found = match local_path(address) {
        Some(path) if path.exists() => walk(&path)?,
        Some(_) if address.contains(['*', '?', '[']) => matching(address)?,
        Some(_) => Vec::new(),
        None => stored(address)?,
    };
    if found.is_empty() {
        return Err(SourceError::Nothing { address: address.to_owned() });
    }
    Ok(found)
}

fn is_parquet(name: &str) -> bool {
    // Hidden files and those that begin with `_` are other programs' notes and half-written parts.
    name.ends_with(".parquet") && !name.starts_with(['.', '_'])
}

fn walk(path: &Path) -> Result<Vec<Location>, SourceError> {
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
            Some(name) if child.is_dir() && !name.starts_with('.') => found.extend(walk(&child)?),
            Some(name) if is_parquet(&name) => found.push(Location::Local(child)),
            _ => {}
        }
    }
    Ok(found)
}

fn matching(pattern: &str) -> Result<Vec<Location>, SourceError> {
    let malformed = |source| SourceError::Pattern { pattern: pattern.to_owned(), source };
    let mut found = Vec::new();
    for path in glob::glob(pattern).map_err(malformed)? {
        let path = path.map_err(|error| SourceError::Io {
            name: error.path().display().to_string(),
            source: error.into(),
        })?;
        found.extend(walk(&path)?);
    }
    Ok(found)
}

fn stored(address: &str) -> Result<Vec<Location>, SourceError> {
    let (folder, name) = match address.rsplit_once('/') {
        Some((folder, name)) if is_parquet(name) => (folder, name),
        _ => (address, ""),
    };
    let store = Store::open(folder, false)?;
    let objects = if name.is_empty() { store.list("")? } else { vec![store.head(name)?] };
    let wanted = |key: &str| is_parquet(key.rsplit('/').next().unwrap_or(key));
    Ok(objects
        .into_iter()
        .filter(|object| wanted(object.location.as_ref()))
        .map(|object| Location::Stored {
            store: store.clone(),
            key: object.location.to_string(),
            len: object.size,
        })
        .collect())
}
