//! Manifests: the list of the objects of a map, written last, under the next free number.

use std::collections::HashSet;
use std::time::Duration;

use bytes::Bytes;
use jiff::Timestamp;
use tilecore::layer::DENSITY_PUBLIC;
use tilecore::manifest::{
    City, HeldBack, Holiday, Job, LayerEntry, MANIFEST_VERSION, Manifest, Rollback, TableEntry,
    manifest_key,
};
use tilecore::{ArchiveDigest, LayerSpec, Visibility};

use super::error::PublishError;
use super::hold::hold_in;
use super::merge::{SlotName, merge, remove};
use super::newest::{Newest, find_newest};
use super::objects::first_missing;
use super::public_window::withdrawn;
use crate::store::{GENERATOR, Store};

/// Maximum number of attempts to publish while other builds publish at the same time.
const MAX_TRIES: u32 = 1000;

/// What a build publishes.
#[derive(Clone, Copy, Debug, Default)]
pub struct Update<'a> {
    /// The newest map when the build started.
    pub base: Option<&'a Manifest>,
    /// Cities that the page offers.
    pub cities: &'a [City],
    /// Archives, stored and verified.
    pub layers: &'a [LayerEntry],
    /// Tables, stored.
    pub tables: &'a [TableEntry],
    /// Business lines in index order, if the build reads them from orders.
    pub lines: &'a [String],
    /// Slots of archives and tables that are no longer listed, unless they are pinned.
    pub removed: &'a [SlotName],
    /// What the guards of the build have found.
    pub guards: Option<&'a GuardRecord>,
    /// The holidays among the days of all layers of orders, if the build makes them.
    pub holidays: Option<&'a [Holiday]>,
}

/// What the guards of a build have found, for its manifest.
#[derive(Clone, Debug)]
pub struct GuardRecord {
    /// The tilegen command.
    pub command: &'static str,
    /// Digest of its private report, which is stored.
    pub report: ArchiveDigest,
    /// The days that were left out.
    pub held_back: Option<HeldBack>,
    /// What operators have accepted so far.
    pub accepted: Vec<String>,
}

/// Publishes stored archives and tables in one new manifest, together with everything else that the
/// newest manifest lists. Pinned slots do not change, and neither does a slot for which another build
/// has published newer data since this one started. Nothing is published if the job is held.
pub fn publish(store: &Store, update: Update<'_>) -> Result<Manifest, PublishError> {
    let base = update.base.cloned().unwrap_or_default();
    let jobs = update.jobs();
    update.check_visibility()?;
    publish_next(store, |newest| {
        if let Some(held) = newest.as_ref().and_then(|newest| hold_in(newest, jobs.clone())) {
            return Err(PublishError::Held(held));
        }
        let mut newest = newest.unwrap_or_default();
        newest.rollbacks.retain(|rollback| !jobs.iter().any(|&job| is_of(rollback, job)));
        if let Some(GuardRecord { command, report, held_back, accepted }) = update.guards {
            newest.reports.insert((*command).to_owned(), *report);
            newest.guards.record(command, held_back.clone(), accepted);
        }
        if update.lines.len() > newest.lines.len() {
            newest.lines = update.lines.to_vec();
        }
        remove(&mut newest.layers, update.removed);
        remove(&mut newest.tables, update.removed);
        Ok(Manifest {
            cities: with_other_fields(update.cities, &newest.cities),
            layers: one_public_window(merge(newest.layers, update.layers, &base.layers), &update),
            tables: merge(newest.tables, update.tables, &base.tables),
            holidays: update.holidays.map_or(newest.holidays, <[Holiday]>::to_vec),
            ..newest
        })
    })
}

impl Update<'_> {
    /// The jobs that publish its archives and tables.
    fn jobs(&self) -> Vec<Job> {
        let layers = self.layers.iter().map(|entry| entry.layer.as_str());
        let names = layers.chain(self.tables.iter().map(|entry| entry.name.as_str()));
        let mut jobs: Vec<Job> = names.filter_map(Job::of).collect();
        jobs.sort_unstable();
        jobs.dedup();
        jobs
    }

    /// Checks that no archive of an internal layer is public.
    fn check_visibility(&self) -> Result<(), PublishError> {
        let is_exposed = |entry: &&LayerEntry| {
            entry.visibility == Visibility::Public
                && LayerSpec::named(&entry.layer)
                    .is_some_and(|layer| layer.visibility == Visibility::Internal)
        };
        match self.layers.iter().find(is_exposed) {
            Some(entry) => Err(PublishError::InternalLayer {
                layer: entry.layer.clone(),
                slot: entry.slot.clone(),
            }),
            None => Ok(()),
        }
    }
}

/// The entries without those of earlier public windows under other slots, if the build lists a public window.
fn one_public_window(layers: Vec<LayerEntry>, update: &Update<'_>) -> Vec<LayerEntry> {
    let Some(window) = update.layers.iter().find(|entry| entry.layer == DENSITY_PUBLIC.id) else {
        return layers;
    };
    let is_earlier = |entry: &LayerEntry| entry.layer == window.layer && entry.slot != window.slot;
    layers.into_iter().filter(|entry| entry.pinned || !is_earlier(entry)).collect()
}

/// Whether a rollback is that of a job or of something that the job publishes.
fn is_of(rollback: &Rollback, job: Job) -> bool {
    let of = rollback.of.as_str();
    let without_slot = of.rsplit_once('/').map(|(name, _)| name);
    of == job.as_str() || Job::of(of) == Some(job) || without_slot.and_then(Job::of) == Some(job)
}

/// Cities of the configuration, with the fields that newer versions have added to them in the newest map.
fn with_other_fields(cities: &[City], newest: &[City]) -> Vec<City> {
    let mut cities = cities.to_vec();
    for city in &mut cities {
        if let Some(known) = newest.iter().find(|known| known.id == city.id) {
            city.other = known.other.clone();
        }
    }
    cities
}

/// Publishes the contents that `next` computes from the newest map that can be read, under the number
/// that follows the highest one. Holds that have ended are left out. If another build has taken that
/// number, it tries again with that build's map.
///
/// Public windows that were withdrawn are left out, also if a build, a rollback or a repair lists them.
///
/// Every object that the manifest adds was stored or found a moment ago. If one of them was removed
/// since, the previous map is published again. Nothing is published to a store that may replace an
/// existing manifest.
pub(crate) fn publish_next<E: From<PublishError>>(
    store: &Store,
    mut next: impl FnMut(Option<Manifest>) -> Result<Manifest, E>,
) -> Result<Manifest, E> {
    store.check_create_only().map_err(PublishError::from)?;
    let mut number = 0;
    for tries in 0..MAX_TRIES {
        let Newest { manifest: newest, highest, .. } = find_newest(store)?;
        number = highest + 1;
        let mut content = next(newest.clone())?;
        let withdrawn = withdrawn(store)?;
        content.layers.retain(|entry| !withdrawn.contains(&entry.digest));
        let now = Timestamp::now();
        content.holds.retain(|hold| now < hold.until);
        let Some(manifest) = write_manifest(store, number, content)? else {
            // The delay is random, so that builds that lost the same race do not collide again.
            let most = 1 << (4 + tries.min(5));
            let nanoseconds = Timestamp::now().subsec_nanosecond().unsigned_abs();
            std::thread::sleep(Duration::from_millis(u64::from(nanoseconds / 1000 % most)));
            continue;
        };
        let Some(key) = removed_object(store, newest.as_ref(), &manifest)? else {
            return Ok(manifest);
        };
        if let Some(newest) = newest {
            write_manifest(store, number + 1, newest)?;
        }
        return Err(PublishError::ObjectRemoved { key }.into());
    }
    Err(PublishError::TooManyConflicts { number }.into())
}

/// Writes the content of a map as the manifest of a number, and reads it back. Returns `None` if the number is taken.
fn write_manifest(
    store: &Store,
    number: u64,
    content: Manifest,
) -> Result<Option<Manifest>, PublishError> {
    let mut manifest = Manifest {
        version: MANIFEST_VERSION,
        number,
        built_at: Timestamp::now(),
        generator: GENERATOR.to_owned(),
        ..content
    };
    manifest.lines = manifest.line_registry();
    let key = manifest_key(number);
    let text = serde_json::to_string_pretty(&manifest)
        .map_err(|source| PublishError::Manifest { key: key.clone(), source: source.into() })?;
    let bytes = Bytes::from(text + "\n");
    match store.create(&key, bytes.clone()) {
        Ok(()) => {}
        Err(error) if error.is_already_exists() => return Ok(None),
        Err(error) => return Err(error.into()),
    }
    if store.get(&key)? == bytes {
        return Ok(Some(manifest));
    }
    Err(PublishError::ManifestReplaced { key, store: store.address().to_owned() })
}

/// The first object that a manifest adds to the previous one and that is not in the store.
fn removed_object(
    store: &Store,
    before: Option<&Manifest>,
    manifest: &Manifest,
) -> Result<Option<String>, PublishError> {
    let before: HashSet<_> = before.into_iter().flat_map(Manifest::objects).collect();
    let new = manifest.objects().filter(|object| !before.contains(object));
    first_missing(store, new)
}
