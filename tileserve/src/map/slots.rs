//! Slots: the archives that are served under one layer and slot, the latest and the replaced ones.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tilecore::{ArchiveDigest, Visibility};

use super::budget::Budget;
use crate::storage::archive::{Archive, StorageTier};
use crate::telemetry::metrics::RouteMetrics;
use crate::values::document::Document;
use crate::values::surrogate_keys::SurrogateKeys;

/// Everything that is served under one layer and slot.
#[derive(Clone, Debug)]
pub struct ServedSlot {
    /// Who may see it, and so who may cache it.
    pub visibility: Visibility,
    /// Counters of its tiles.
    pub metrics: Arc<RouteMetrics>,
    /// The surrogate keys of responses that are made from it.
    pub keys: Arc<SurrogateKeys>,
    /// The archive that the manifest lists; `None` once the slot has left the map.
    pub latest: Option<LatestArchive>,
    /// What earlier manifests listed, the latest first: pages that were opened then still request it.
    pub(super) earlier: Vec<Earlier>,
}

/// The archive that the manifest lists for a slot.
#[derive(Clone, Debug)]
pub struct LatestArchive {
    /// The archive.
    pub archive: Arc<Archive>,
    /// Its TileJSON.
    pub tilejson: Document,
}

/// An archive that was replaced.
#[derive(Clone, Debug)]
pub(super) struct Earlier {
    pub(super) digest: ArchiveDigest,
    pub(super) replaced_at: Instant,
    /// `None` after the retention period: then its addresses are gone.
    pub(super) archive: Option<Arc<Archive>>,
}

/// The result of looking up an archive by its digest.
#[derive(Clone, Copy, Debug)]
pub enum ArchiveLookup<'a> {
    /// It is served.
    Served(&'a Arc<Archive>),
    /// It was part of the map and is no longer served.
    Gone,
    /// This server does not know it.
    Unknown,
}

impl ServedSlot {
    /// The archive with this digest.
    #[must_use]
    pub fn lookup(&self, digest: ArchiveDigest) -> ArchiveLookup<'_> {
        if let Some(latest) = &self.latest
            && latest.archive.digest() == digest
        {
            return ArchiveLookup::Served(&latest.archive);
        }
        match self.earlier.iter().find(|earlier| earlier.digest == digest) {
            Some(Earlier { archive: Some(archive), .. }) => ArchiveLookup::Served(archive),
            Some(Earlier { archive: None, .. }) => ArchiveLookup::Gone,
            None => ArchiveLookup::Unknown,
        }
    }

    /// Whether the manifest lists this archive here.
    #[must_use]
    pub fn is_latest(&self, digest: ArchiveDigest) -> bool {
        self.latest.as_ref().is_some_and(|latest| latest.archive.digest() == digest)
    }

    /// All archives that are served here, the latest first.
    pub(super) fn archives(&self) -> impl Iterator<Item = &Arc<Archive>> {
        let latest = self.latest.iter().map(|latest| &latest.archive);
        latest.chain(self.earlier.iter().filter_map(|earlier| earlier.archive.as_ref()))
    }
}

/// Keeps serving archives that the new manifest no longer lists, for the retention period. Slots that
/// are hidden now lose theirs at once.
pub(super) fn keep_earlier(
    slots: &mut HashMap<String, ServedSlot>,
    before: &HashMap<String, ServedSlot>,
    hidden: &[String],
    retention: Duration,
    budget: &mut Budget,
) {
    let now = Instant::now();
    for (name, old) in before.iter().filter(|(name, _)| !hidden.contains(name)) {
        let slot = slots.entry(name.clone()).or_insert_with(|| {
            let (visibility, metrics) = (old.visibility, Arc::clone(&old.metrics));
            let keys = Arc::clone(&old.keys);
            ServedSlot { visibility, metrics, keys, latest: None, earlier: Vec::new() }
        });
        let current = slot.latest.as_ref().map(|latest| latest.archive.digest());
        let replaced = old.latest.iter().map(|latest| Earlier {
            digest: latest.archive.digest(),
            replaced_at: now,
            archive: Some(Arc::clone(&latest.archive)),
        });
        slot.earlier = replaced
            .chain(old.earlier.iter().cloned())
            .filter(|earlier| Some(earlier.digest) != current)
            .map(|earlier| earlier.age(now, retention, budget))
            .collect();
    }
}

impl Earlier {
    fn age(mut self, now: Instant, retention: Duration, budget: &mut Budget) -> Self {
        if now.duration_since(self.replaced_at) >= retention {
            self.archive = None;
        }
        if let Some(archive) = &self.archive {
            let tier = match archive.tier() {
                StorageTier::Memory => budget.tier(archive.length()),
                StorageTier::Disk => budget.disk_or_store(archive.length()),
                StorageTier::Store => StorageTier::Store,
            };
            // An archive that leaves memory is not copied to the disk, because it is served for a short time only.
            if tier != archive.tier() {
                self.archive = Some(Arc::new(archive.backed_by_store()));
            }
        }
        self
    }
}
