//! The budget: how much of the archives may lie in memory and on this machine's disk.

use tilecore::manifest::LayerEntry;

use crate::storage::archive::StorageTier;

/// Room for whole archives, given out once. Without options there is none.
#[derive(Debug, Default)]
pub(super) struct Budget {
    memory: u64,
    disk: u64,
}

impl Budget {
    pub(super) const fn new(memory: u64, disk: u64) -> Self {
        Self { memory, disk }
    }

    pub(super) fn tier(&mut self, bytes: u64) -> StorageTier {
        if let Some(left) = self.memory.checked_sub(bytes) {
            self.memory = left;
            return StorageTier::Memory;
        }
        self.disk_or_store(bytes)
    }

    pub(super) fn disk_or_store(&mut self, bytes: u64) -> StorageTier {
        match self.disk.checked_sub(bytes) {
            Some(left) => {
                self.disk = left;
                StorageTier::Disk
            }
            None => StorageTier::Store,
        }
    }

    /// Where each archive lives. The small ones come first, so that as many as possible need no
    /// read at all.
    pub(super) fn allocate<'a>(
        &mut self,
        entries: &[&'a LayerEntry],
    ) -> Vec<(&'a LayerEntry, StorageTier)> {
        let mut entries = entries.to_vec();
        entries.sort_by_key(|entry| entry.bytes);
        entries.into_iter().map(|entry| (entry, self.tier(entry.bytes))).collect()
    }
}
