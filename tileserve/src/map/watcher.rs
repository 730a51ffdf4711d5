//! The watcher: polls the store for the next manifest and swaps the map when it is whole.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tracing::{debug, info, warn};

use super::live_map::{LiveMap, MIN_POLL_INTERVAL};
use super::map_error::MapError;
use super::version::{MapVersion, OpenOptions};
use super::version_error::MapVersionError;
use crate::storage::archive::StorageTier;
use crate::storage::store::{Store, StoreError};
use crate::telemetry::metrics::MapLabels;
use crate::values::random;
use tilecore::error::chain;

/// How often the store is polled.
#[derive(Clone, Copy, Debug)]
pub struct PollIntervals {
    /// Time between two requests for the next manifest. Each wait differs by up to a fifth, so that
    /// servers do not poll all at once.
    pub poll: Duration,
    /// Time between two listings, which find a manifest beyond a gap in the numbers.
    pub list: Duration,
}

/// Polls the store, opens new manifests, and swaps the served version.
#[derive(Debug)]
pub struct Watcher {
    store: Store,
    options: OpenOptions,
    poll_intervals: PollIntervals,
    map: Arc<LiveMap>,
    listed_at: Option<Instant>,
    revalidated_at: Option<Instant>,
    /// The broken manifest with the highest number, and when it is tried again.
    broken: Option<Retry>,
}

#[derive(Clone, Copy, Debug)]
struct Retry {
    number: u64,
    wait: Duration,
    due: Instant,
}

/// Longest wait between two tries to open a broken manifest. The wait doubles with each try, because
/// each may read a whole archive.
const MAX_RETRY_INTERVAL: Duration = Duration::from_mins(1);

/// Most earlier versions that are opened at the start.
const MAX_HISTORY: usize = 32;

/// Most manifests that are tried at the start, from the highest down.
const FALLBACKS: usize = 8;

impl Watcher {
    /// A watcher that has not polled yet.
    #[must_use]
    pub fn new(
        store: Store,
        options: OpenOptions,
        poll_intervals: PollIntervals,
        map: Arc<LiveMap>,
    ) -> Self {
        Self {
            store,
            options,
            poll_intervals,
            map,
            listed_at: None,
            revalidated_at: None,
            broken: None,
        }
    }

    /// Polls forever.
    pub async fn run(mut self) {
        self.load_history().await;
        loop {
            let poll = jittered(self.poll_intervals.poll);
            tokio::time::sleep(MIN_POLL_INTERVAL.min(poll)).await;
            let rest = poll.saturating_sub(MIN_POLL_INTERVAL);
            // Ends at the next poll or when a request asks for one.
            let _ = tokio::time::timeout(rest, self.map.poll_requested.notified()).await;
            self.poll().await;
        }
    }

    /// Opens versions that were published before this server started: pages that were opened with
    /// them still request their archives. What cannot be opened is left out.
    pub async fn load_history(&self) {
        let Some(current) = self.map.version.load_full() else { return };
        let Ok(numbers) = self.store.manifest_numbers(0).await else { return };
        let earlier = numbers.into_iter().filter(|&number| number < current.number);
        let options = OpenOptions { memory_bytes: 0, disk: None, ..self.options.clone() };
        let mut before: Option<MapVersion> = None;
        for number in earlier.take(MAX_HISTORY).collect::<Vec<_>>().into_iter().rev() {
            match MapVersion::open(&self.store, number, &options, before.as_ref()).await {
                Ok(opened) => before = Some(opened),
                Err(error) => debug!(number, cause = chain(&error), "earlier map not loaded"),
            }
        }
        if let Some(before) = before {
            let with_history = current.with_history(&before, self.options.retention);
            self.map.version.store(Some(Arc::new(with_history)));
        }
    }

    /// Polls once: requests the next manifest, or lists them if that is due, and opens what is new.
    pub async fn poll(&mut self) {
        self.options.metrics.manifest_polls.inc();
        self.map.polls.send_modify(|count| *count += 1);
        let map_error = match self.open_all_newer().await {
            Some(map_error) => Some(map_error),
            None => self.revalidate_archives().await,
        };
        let before = self.map.error.swap(map_error.clone().map(Arc::new));
        match (before, map_error) {
            (before, Some(map_error)) if before.as_deref() != Some(&map_error) => {
                warn!(served = self.current(), error = %map_error, "serving the last good map");
            }
            (Some(_), None) => info!(served = self.current(), "serving the newest map again"),
            (Some(_), Some(_)) | (None, _) => {}
        }
        self.map.polls.send_modify(|count| *count += 1);
    }

    /// Opens newer manifests until there is none.
    async fn open_all_newer(&mut self) -> Option<MapError> {
        loop {
            let before = self.current();
            let map_error = match self.numbers().await {
                Ok(numbers) => self.open_latest(&numbers).await,
                Err(map_error) => Some(map_error),
            };
            if map_error.is_some() || self.current() == before {
                return map_error;
            }
        }
    }

    /// Revalidates the archives that are not healthy and, from time to time, all that are read from
    /// the store: there may be no request for their tiles for hours.
    async fn revalidate_archives(&mut self) -> Option<MapError> {
        let version = self.map.version.load_full()?;
        let is_due = self.revalidated_at.is_none_or(|at| at.elapsed() >= self.poll_intervals.list);
        if is_due {
            self.revalidated_at = Some(Instant::now());
        }
        let mut map_error = None;
        for archive in version.latest_archives() {
            if archive.is_healthy() && !(is_due && archive.tier() == StorageTier::Store) {
                continue;
            }
            match archive.revalidate(&self.store).await {
                Ok(()) => {}
                Err(error) if error.is_damage() => {
                    let key = archive.key().to_owned();
                    debug!(key, cause = chain(&error), "archive is damaged");
                    map_error.get_or_insert(MapError::ArchiveDamaged { key });
                }
                Err(error) => {
                    debug!(cause = chain(&error), "archive could not be revalidated");
                    map_error.get_or_insert(MapError::StoreUnreachable);
                }
            }
        }
        map_error
    }

    fn current(&self) -> Option<u64> {
        self.map.version().as_ref().map(|version| version.number)
    }

    /// Numbers of manifests that may be new, highest first. A listing includes the one that is served.
    async fn numbers(&mut self) -> Result<Vec<u64>, MapError> {
        let is_listing_due =
            self.listed_at.is_none_or(|at| at.elapsed() >= self.poll_intervals.list);
        match self.current() {
            Some(current) if !is_listing_due && self.map.error().is_none() => Ok(vec![current + 1]),
            current => {
                let numbers = self.store.manifest_numbers(current.unwrap_or(0)).await;
                let numbers = numbers.map_err(|error| self.unreachable(&error))?;
                self.listed_at = Some(Instant::now());
                match current {
                    Some(number) if !numbers.contains(&number) => {
                        Err(MapError::ManifestMissing { number })
                    }
                    None if numbers.is_empty() => Err(MapError::NoManifest),
                    Some(_) | None => Ok(numbers),
                }
            }
        }
    }

    /// Opens the highest manifest that can be opened. Returns the error of the highest of all.
    async fn open_latest(&mut self, numbers: &[u64]) -> Option<MapError> {
        let mut map_error = None;
        for &number in numbers.iter().take(FALLBACKS) {
            if self.current().is_some_and(|current| number <= current) {
                break;
            }
            if let Some(retry) = self.broken.filter(|retry| retry.number == number)
                && Instant::now() < retry.due
            {
                map_error.get_or_insert(MapError::ManifestInvalid { number });
                continue;
            }
            match self.open(number).await {
                Ok(()) => break,
                Err(None) => {}
                Err(Some(found)) => {
                    map_error.get_or_insert(found);
                }
            }
        }
        map_error
    }

    async fn open(&mut self, number: u64) -> Result<(), Option<MapError>> {
        let start = Instant::now();
        let before = self.map.version.load_full();
        let opened = MapVersion::open(&self.store, number, &self.options, before.as_deref()).await;
        match opened {
            Ok(version) => {
                let resident_bytes = version.bytes_in(StorageTier::Memory);
                if let Some(disk) = &self.options.disk {
                    disk.keep_only(&version.on_disk());
                }
                self.map.version.store(Some(Arc::new(version)));
                // All its archives were just validated.
                self.revalidated_at = Some(Instant::now());
                self.count("ok");
                let seconds = start.elapsed().as_secs_f32();
                info!(number, resident_bytes, seconds, "map loaded");
                // A broken manifest with a higher number is still to be tried again.
                self.broken = self.broken.filter(|retry| retry.number > number);
                // There may be manifests with higher numbers.
                self.listed_at = None;
                Ok(())
            }
            // Nothing was published since.
            Err(error) if error.is_missing_manifest() => Err(None),
            Err(MapVersionError::Read { source, .. }) => Err(Some(self.unreachable(&source))),
            Err(error) => Err(Some(self.mark_broken(number, &error))),
        }
    }

    fn count(&self, outcome: &'static str) {
        self.options.metrics.map_loads.get_or_create(&MapLabels { outcome }).inc();
    }

    fn unreachable(&self, error: &StoreError) -> MapError {
        if self.map.error().as_deref() != Some(&MapError::StoreUnreachable) {
            warn!(cause = chain(error), "store does not respond");
        }
        MapError::StoreUnreachable
    }

    fn mark_broken(&mut self, number: u64, error: &MapVersionError) -> MapError {
        self.count("error");
        let known = self.broken.filter(|retry| retry.number == number);
        if known.is_none() {
            warn!(number, cause = chain(error), "manifest cannot be used");
        }
        let wait = known
            .map_or(self.poll_intervals.poll, |retry| (retry.wait * 2).min(MAX_RETRY_INTERVAL));
        // Only the highest is tried again; lower ones are tried at the start alone.
        if self.broken.is_none_or(|retry| retry.number <= number) {
            self.broken = Some(Retry { number, wait, due: Instant::now() + wait });
        }
        MapError::ManifestInvalid { number }
    }
}

/// A wait between 80 and 120 % of `poll`.
fn jittered(poll: Duration) -> Duration {
    let random = f64::from(random::number() as u32) / f64::from(u32::MAX);
    poll.mul_f64(0.8 + 0.4 * random)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn poll_intervals_vary_by_up_to_a_fifth() {
        let poll = Duration::from_secs(10);
        for _ in 0..1000 {
            let wait = jittered(poll);
            assert!((8.0..=12.0).contains(&wait.as_secs_f64()), "{wait:?}");
        }
    }
}
