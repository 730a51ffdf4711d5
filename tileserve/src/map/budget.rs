//! The budget: how many bytes of archives may be in memory and in the disk cache.

use tilecore::manifest::LayerEntry;

use crate::storage::archive::StorageTier;

/// The bytes that are left for whole archives. The default has none.
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

    /// The tier of each archive. Small ones come first, so that as many as possible are in memory.
    pub(super) fn allocate<'a>(
        &mut self,
        entries: &[&'a LayerEntry],
    ) -> Vec<(&'a LayerEntry, StorageTier)> {
        let mut entries = entries.to_vec();
        entries.sort_by_key(|entry| entry.bytes);
        entries.into_iter().map(|entry| (entry, self.tier(entry.bytes))).collect()
    }
}
