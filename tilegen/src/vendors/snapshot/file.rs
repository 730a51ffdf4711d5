//! The vendor file of a snapshot: its bytes, and when it was written. No input file may be from the
//! future.

use std::path::PathBuf;

use bytes::Bytes;
use jiff::Timestamp;

use super::SnapshotError;
use crate::files::{check_modified, modified_at, read_file};
use crate::store::{Store, local_path};

/// A complete file or object.
pub(super) struct SnapshotFile {
    pub(super) name: String,
    pub(super) bytes: Bytes,
    pub(super) written_at: Timestamp,
}

impl SnapshotFile {
    /// Reads a path or the URL of an object. A file that changes its size meanwhile is rejected, and so is
    /// one that was modified after `now`.
    pub(super) fn read(address: &str, now: Timestamp) -> Result<Self, SnapshotError> {
        let file = Self::read_any(address)?;
        check_modified(&file.name, file.written_at, now)?;
        Ok(file)
    }

    fn read_any(address: &str) -> Result<Self, SnapshotError> {
        let name = address.to_owned();
        let Some(path) = local_path(address) else { return Self::read_object(name) };
        let io = |source| SnapshotError::Io { name: name.clone(), source };
        let bytes = Bytes::from(read_file(&path).map_err(io)?);
        let metadata = std::fs::metadata(&path).map_err(io)?;
        if metadata.len() != bytes.len() as u64 {
            let (read, size) = (bytes.len() as u64, metadata.len());
            return Err(SnapshotError::Changed { name, read, size });
        }
        let modified = metadata.modified().map_err(io)?;
        let written_at = Timestamp::try_from(modified).unwrap_or(Timestamp::UNIX_EPOCH);
        Ok(Self { name, bytes, written_at })
    }

    fn read_object(name: String) -> Result<Self, SnapshotError> {
        let (store, key) = Store::open_at(&name)?;
        let (head, bytes) = (store.head(&key)?, store.get(&key)?);
        if head.size != bytes.len() as u64 {
            let (read, size) = (bytes.len() as u64, head.size);
            return Err(SnapshotError::Changed { name, read, size });
        }
        let written_at = Timestamp::from_millisecond(head.last_modified.timestamp_millis());
        Ok(Self { bytes, written_at: written_at.unwrap_or(Timestamp::UNIX_EPOCH), name })
    }
}

/// Rejects files that were modified after `now`.
pub(super) fn check_times(paths: &[PathBuf], now: Timestamp) -> Result<(), SnapshotError> {
    for path in paths {
        let name = path.display().to_string();
        let modified =
            modified_at(path).map_err(|source| SnapshotError::Io { name: name.clone(), source })?;
        check_modified(&name, modified, now)?;
    }
    Ok(())
}
