//! Reads bytes of an archive from the storage tier that has them.

use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;

use super::error::ArchiveError;
use crate::storage::blocking::run_blocking;
use crate::storage::disk_cache::LocalFile;
use crate::storage::store::{ObjectVersion, Store};

/// Where an archive's bytes are.
#[derive(Clone, Debug)]
pub(super) enum Backing {
    Memory(Bytes),
    Disk(Arc<LocalFile>),
    Store,
}

/// Reads bytes of an archive.
pub(super) struct ArchiveReader<'a> {
    pub(super) key: &'a str,
    pub(super) store: &'a Store,
    pub(super) object_version: Option<&'a ObjectVersion>,
    pub(super) backing: &'a Backing,
}

impl ArchiveReader<'_> {
    pub(super) async fn read(&self, range: Range<u64>) -> Result<Bytes, ArchiveError> {
        let key = || self.key.to_owned();
        match self.backing {
            Backing::Memory(all) => Ok(all.slice(range.start as usize..range.end as usize)),
            Backing::Disk(file) => {
                let file = Arc::clone(file);
                let read = run_blocking(move || file.read(range)).await;
                read.map_err(|source| ArchiveError::Disk { key: key(), source })
            }
            Backing::Store => {
                let read = self.store.read_range(self.key, range, self.object_version).await;
                read.map_err(|source| ArchiveError::Store { key: key(), source })
            }
        }
    }
}
