//! Manifests: the list of what a map consists of, written last, under a number that is not taken.

use std::collections::HashSet;
use std::time::Duration;

use jiff::Timestamp;
use tilecore::manifest::{
    City, LayerEntry, MANIFEST_FOLDER, MANIFEST_VERSION, Manifest, TableEntry, manifest_key,
    manifest_number,
};

use super::error::PublishError;
use super::merge::merge;
use super::objects::missing;
use crate::store::{GENERATOR, Store};

/// How often a builder tries the next number when others publish at the same time.
const MAX_TRIES: u32 = 1000;

/// The newest manifest, if there is any.
pub fn newest_manifest(store: &Store) -> Result<Option<Manifest>, PublishError> {
    let listed = store.list(MANIFEST_FOLDER)?;
    let numbers = listed.iter().filter_map(|object| manifest_number(object.location.as_ref()));
    let Some(number) = numbers.max() else { return Ok(None) };
    read_manifest(store, number).map(Some)
}

/// The manifest of a number.
pub fn read_manifest(store: &Store, number: u64) -> Result<Manifest, PublishError> {
    let key = manifest_key(number);
    let bytes = store.get(&key)?;
    Manifest::parse(number, &bytes).map_err(|source| PublishError::Manifest { key, source })
}

/// What a map consists of.
#[derive(Clone, Debug, Default)]
pub(crate) struct Content {
    pub(crate) cities: Vec<City>,
    pub(crate) layers: Vec<LayerEntry>,
    pub(crate) tables: Vec<TableEntry>,
}

impl From<Manifest> for Content {
    fn from(manifest: Manifest) -> Self {
        let Manifest { cities, layers, tables, .. } = manifest;
        Self { cities, layers, tables }
    }
}

/// What a builder publishes.
#[derive(Clone, Copy, Debug, Default)]
pub struct Update<'a> {
    /// The map that was the newest when the builder began.
    pub ground: Option<&'a Manifest>,
    /// Cities that the page offers.
    pub cities: &'a [City],
    /// Archives, stored and verified.
    pub layers: &'a [LayerEntry],
    /// Tables, stored.
    pub tables: &'a [TableEntry],
}

/// Publishes stored archives and tables: all of them in one new manifest, beside whatever else the
/// newest one lists. Pinned slots stay as they are, and so does a slot for which somebody else has
/// published newer data since this builder began.
pub fn publish(store: &Store, update: Update<'_>) -> Result<Manifest, PublishError> {
    let ground = update.ground.cloned().map(Content::from).unwrap_or_default();
    publish_next(store, |newest| {
        let newest = newest.map(Content::from).unwrap_or_default();
        Ok::<_, PublishError>(Content {
            cities: update.cities.to_vec(),
            layers: merge(newest.layers, update.layers, &ground.layers),
            tables: merge(newest.tables, update.tables, &ground.tables),
        })
    })
}

/// Publishes what `next` makes of the newest map, under the number that follows. A number that
/// another builder took is tried again, with that builder's map as the ground.
///
/// What a manifest lists that the one before did not was stored, or found there, a moment ago; if
/// it was removed since, the map before is published again.
pub(crate) fn publish_next<E: From<PublishError>>(
    store: &Store,
    mut next: impl FnMut(Option<Manifest>) -> Result<Content, E>,
) -> Result<Manifest, E> {
    let mut number = 0;
    for tries in 0..MAX_TRIES {
        let newest = newest_manifest(store)?;
        number = newest.as_ref().map_or(1, |newest| newest.number + 1);
        let content = next(newest.clone())?;
        let Some(manifest) = write_manifest(store, number, content)? else {
            // Others who lost the same race wait for other times.
            let most = 1 << (4 + tries.min(5));
            let nanoseconds = Timestamp::now().subsec_nanosecond().unsigned_abs();
            std::thread::sleep(Duration::from_millis(u64::from(nanoseconds / 1000 % most)));
            continue;
        };
        let Some(key) = vanished(store, newest.as_ref(), &manifest)? else { return Ok(manifest) };
        if let Some(newest) = newest {
            write_manifest(store, number + 1, newest.into())?;
        }
        return Err(PublishError::Vanished { key }.into());
    }
    Err(PublishError::Crowded { number }.into())
}

/// Writes a manifest, unless its number is taken.
fn write_manifest(
    store: &Store,
    number: u64,
    content: Content,
) -> Result<Option<Manifest>, PublishError> {
    let Content { cities, layers, tables } = content;
    let manifest = Manifest {
        version: MANIFEST_VERSION,
        number,
        built_at: Timestamp::now(),
        generator: GENERATOR.to_owned(),
        cities,
        layers,
        tables,
    };
    let key = manifest_key(number);
    let text = serde_json::to_string_pretty(&manifest)
        .map_err(|source| PublishError::Manifest { key: key.clone(), source: source.into() })?;
    match store.create(&key, (text + "\n").into()) {
        Ok(()) => Ok(Some(manifest)),
        Err(error) if error.is_taken() => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// The first object that a manifest lists, the one before did not, and the store has not got.
fn vanished(
    store: &Store,
    before: Option<&Manifest>,
    manifest: &Manifest,
) -> Result<Option<String>, PublishError> {
    let before: HashSet<_> = before.into_iter().flat_map(Manifest::objects).collect();
    let new = manifest.objects().filter(|object| !before.contains(object));
    missing(store, new)
}
