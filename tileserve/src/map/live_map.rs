//! The live map: the version that is served now, shared by the watcher and the handlers.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use arc_swap::{ArcSwapOption, Guard};
use tokio::sync::{Notify, watch};

use super::map_error::MapError;
use super::version::MapVersion;
use crate::storage::archive::StorageTier;
use crate::telemetry::metrics::{MapFigures, VersionFigures};

/// The version that is served now, and what keeps the newest map from being served whole.
#[derive(Debug, Default)]
pub struct LiveMap {
    pub(super) version: ArcSwapOption<MapVersion>,
    pub(super) error: ArcSwapOption<MapError>,
    /// Whether the server is about to stop.
    is_stopping: AtomicBool,
    /// Wakes the watcher: a request names an archive that may be in a newer map.
    pub(super) poll_requested: Notify,
    /// Counts the starts and ends of polls, so it is odd while one runs.
    pub(super) polls: watch::Sender<u64>,
}

impl LiveMap {
    /// The version that is served, if one was opened yet. It stays valid while the guard is held.
    #[must_use]
    pub fn version(&self) -> Guard<Option<Arc<MapVersion>>> {
        self.version.load()
    }

    /// From now on the server is not ready, because it is about to stop.
    pub fn begin_to_stop(&self) {
        self.is_stopping.store(true, Ordering::Relaxed);
    }

    /// Whether the server is about to stop.
    #[must_use]
    pub fn is_stopping(&self) -> bool {
        self.is_stopping.load(Ordering::Relaxed)
    }

    /// The error because of which the newest map is not served completely.
    #[must_use]
    pub fn error(&self) -> Option<Arc<MapError>> {
        self.error.load_full()
    }

    /// What the metrics report of the map.
    #[must_use]
    pub fn figures(&self) -> MapFigures {
        let error = self.error();
        let has = |kind| error.as_ref().is_some_and(|error| error.kind() == kind);
        let version = self.version().as_ref().map(|version| VersionFigures {
            number: version.number,
            memory_bytes: version.bytes_in(StorageTier::Memory),
            disk_bytes: version.bytes_in(StorageTier::Disk),
            facts: Arc::clone(&version.facts),
        });
        MapFigures { errors: MapError::KINDS.map(|kind| (kind, has(kind))).into(), version }
    }

    /// Asks the watcher to poll the store soon.
    pub fn poll_soon(&self) {
        self.poll_requested.notify_one();
    }

    /// Waits until the store was polled again: another server may know a map that this one does not.
    /// However many requests call this, it causes at most one poll in a [`MIN_POLL_INTERVAL`].
    /// `None` after a [`REFRESH_TIMEOUT`].
    pub async fn refresh(&self) -> Option<()> {
        let mut polls = self.polls.subscribe();
        self.poll_requested.notify_one();
        // A poll that runs now may have started before the new map was published.
        let count = *polls.borrow_and_update();
        let enough = (count | 1) + if count.is_multiple_of(2) { 1 } else { 3 };
        let polled = polls.wait_for(|&count| count >= enough);
        tokio::time::timeout(REFRESH_TIMEOUT, polled).await.ok()?.ok().map(|_| ())
    }
}

/// Least time between two polls that requests cause.
pub const MIN_POLL_INTERVAL: Duration = Duration::from_millis(250);

/// Most time that a request waits for a poll.
pub const REFRESH_TIMEOUT: Duration = Duration::from_secs(5);
