//! Manifests: the list of the objects of a map, written last, under the next free number.

use std::collections::{BTreeMap, HashSet};
use std::time::Duration;

use bytes::Bytes;
use jiff::Timestamp;
use tilecore::ArchiveDigest;
use tilecore::manifest::{
    City, LayerEntry, MANIFEST_FOLDER, MANIFEST_VERSION, Manifest, TableEntry, manifest_key,
    manifest_number,
};

use super::error::PublishError;
use super::merge::merge;
use super::objects::first_missing;
use crate::store::{GENERATOR, Store};

/// Maximum number of attempts to publish while other builds publish at the same time.
const MAX_TRIES: u32 = 1000;

/// The newest manifest, or `None` if the store has none.
pub fn newest_manifest(store: &Store) -> Result<Option<Manifest>, PublishError> {
    let listed = store.list(MANIFEST_FOLDER)?;
    let numbers = listed.iter().filter_map(|object| manifest_number(object.location.as_ref()));
    let Some(number) = numbers.max() else { return Ok(None) };
    read_manifest(store, number).map(Some)
}

/// The manifest with this number.
pub fn read_manifest(store: &Store, number: u64) -> Result<Manifest, PublishError> {
    let key = manifest_key(number);
    let bytes = store.get(&key)?;
    Manifest::parse(number, &bytes).map_err(|source| PublishError::Manifest { key, source })
}

/// The contents of a map.
#[derive(Clone, Debug, Default)]
pub(crate) struct MapContent {
    pub(crate) cities: Vec<City>,
    pub(crate) layers: Vec<LayerEntry>,
    pub(crate) tables: Vec<TableEntry>,
}

impl From<Manifest> for MapContent {
    fn from(manifest: Manifest) -> Self {
        let Manifest { cities, layers, tables, .. } = manifest;
        Self { cities, layers, tables }
    }
}

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
    /// The job, and the digest of its private report, which is stored.
    pub report: Option<(&'a str, ArchiveDigest)>,
}

/// Publishes stored archives and tables in one new manifest, together with everything else that the
/// newest manifest lists. Pinned slots do not change, and neither does a slot for which another build
/// has published newer data since this one started.
pub fn publish(store: &Store, update: Update<'_>) -> Result<Manifest, PublishError> {
    let base = update.base.cloned().map(MapContent::from).unwrap_or_default();
    publish_with_report(store, update.report, |newest| {
        let newest = newest.map(MapContent::from).unwrap_or_default();
        Ok::<_, PublishError>(MapContent {
            cities: update.cities.to_vec(),
            layers: merge(newest.layers, update.layers, &base.layers),
            tables: merge(newest.tables, update.tables, &base.tables),
        })
    })
}

/// Publishes the contents that `next` computes from the newest map, under the following number. If
/// another build has taken that number, it tries again with that build's map.
///
/// Every object that the manifest adds was stored or found a moment ago. If one of them was removed
/// since, the previous map is published again. Nothing is published to a store that may replace an
/// existing manifest.
pub(crate) fn publish_next<E: From<PublishError>>(
    store: &Store,
    next: impl FnMut(Option<Manifest>) -> Result<MapContent, E>,
) -> Result<Manifest, E> {
    publish_with_report(store, None, next)
}

/// The same, with the private report of a job. The reports of other jobs do not change.
fn publish_with_report<E: From<PublishError>>(
    store: &Store,
    report: Option<(&str, ArchiveDigest)>,
    mut next: impl FnMut(Option<Manifest>) -> Result<MapContent, E>,
) -> Result<Manifest, E> {
    store.check_create_only().map_err(PublishError::from)?;
    let mut number = 0;
    for tries in 0..MAX_TRIES {
        let newest = newest_manifest(store)?;
        number = newest.as_ref().map_or(1, |newest| newest.number + 1);
        let content = next(newest.clone())?;
        let mut reports = newest.as_ref().map(|newest| newest.reports.clone()).unwrap_or_default();
        reports.extend(report.map(|(job, digest)| (job.to_owned(), digest)));
        let Some(manifest) = write_manifest(store, number, content, reports)? else {
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
            let reports = newest.reports.clone();
            write_manifest(store, number + 1, newest.into(), reports)?;
        }
        return Err(PublishError::ObjectRemoved { key }.into());
    }
    Err(PublishError::TooManyConflicts { number }.into())
}

/// Writes a manifest and reads it back, or returns `None` if its number is taken.
fn write_manifest(
    store: &Store,
    number: u64,
    content: MapContent,
    reports: BTreeMap<String, ArchiveDigest>,
) -> Result<Option<Manifest>, PublishError> {
    let MapContent { cities, layers, tables } = content;
    let manifest = Manifest {
        version: MANIFEST_VERSION,
        number,
        built_at: Timestamp::now(),
        generator: GENERATOR.to_owned(),
        cities,
        layers,
        tables,
        reports,
    };
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
