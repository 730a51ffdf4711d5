//! Retire: removes what no map of the grace time lists.
//!
//! Manifests go first and objects after them, so that whatever moment the job is stopped at, no
//! manifest lists a hole. Age is always told by the store's own clock.

use std::collections::HashSet;
use std::fmt;

use jiff::Timestamp;
use object_store::ObjectMeta;
use serde::Serialize;
use tilecore::ArchiveDigest;
use tilecore::lineage::LINEAGE_FOLDER;
use tilecore::manifest::{MANIFEST_FOLDER, Manifest, manifest_key, manifest_number};

use super::{CatalogError, empty};
use crate::config::period::Period;
use crate::publish::{newest_manifest, read_manifest};
use crate::store::{Store, modified};

/// What was removed, or would be.
#[derive(Clone, Debug, Serialize)]
pub struct Retired {
    /// Whether nothing was removed in truth.
    pub dry_run: bool,
    /// Beginning of the grace time, by the store's clock.
    pub since: Timestamp,
    /// Numbers of the maps that stay.
    pub kept_maps: Vec<u64>,
    /// Keys of what goes, in the order of its going.
    pub removed: Vec<RetiredObject>,
    /// Length of all that goes, in bytes.
    pub bytes: u64,
    /// Objects in the folders of the map that have no name of ours; they stay.
    pub strange: Vec<String>,
}

/// One object that goes.
#[derive(Clone, Debug, Serialize)]
pub struct RetiredObject {
    /// Its key.
    pub key: String,
    /// Its length in bytes.
    pub bytes: u64,
    /// When it was written.
    pub modified: Timestamp,
}

impl From<&ObjectMeta> for RetiredObject {
    fn from(object: &ObjectMeta) -> Self {
        let key = object.location.to_string();
        Self { key, bytes: object.size, modified: modified(object) }
    }
}

/// Folders of what manifests list.
const FOLDERS: [&str; 3] = ["archives", LINEAGE_FOLDER, "tables"];

/// Removes manifests that were replaced before the grace time began, and archives and tables that
/// are older and in no manifest that stays. The newest map always stays whole.
pub fn retire(store: &Store, keep: Period, dry_run: bool) -> Result<Retired, CatalogError> {
    let now = store.now()?;
    let since = now.checked_sub(keep.duration()).unwrap_or(Timestamp::MIN);
    let (kept, old_manifests) = sort_manifests(store, since)?;
    let mut listed = HashSet::new();
    for &number in &kept {
        listed.extend(keys_of(&manifest_to_keep(store, number)?));
    }
    let mut retired = Retired {
        dry_run,
        since,
        kept_maps: kept,
        removed: old_manifests,
        bytes: 0,
        strange: Vec::new(),
    };
    let mut objects = Vec::new();
    for folder in FOLDERS {
        for object in store.list(folder)? {
            let key = object.location.as_ref();
            if !is_ours(key) {
                retired.strange.push(key.to_owned());
            } else if !listed.contains(key) && modified(&object) < since {
                objects.push(RetiredObject::from(&object));
            }
        }
    }
    if !dry_run {
        for manifest in &retired.removed {
            store.remove(&manifest.key)?;
        }
        objects = remove_objects(store, objects, &retired)?;
    }
    retired.removed.append(&mut objects);
    retired.removed.extend(
        store
            .remove_stale_uploads(since, dry_run)?
            .into_iter()
            .map(|(key, bytes, modified)| RetiredObject { key, bytes, modified }),
    );
    retired.bytes = retired.removed.iter().map(|object| object.bytes).sum();
    Ok(retired)
}

/// Removes objects, unless somebody has meanwhile published them again or written them anew.
fn remove_objects(
    store: &Store,
    objects: Vec<RetiredObject>,
    retired: &Retired,
) -> Result<Vec<RetiredObject>, CatalogError> {
    let mut removed = Vec::new();
    for object in objects {
        let newest = newest_manifest(store)?.ok_or_else(|| empty(store))?;
        let is_listed = keys_of(&newest).any(|key| key == object.key);
        let is_old = match store.head(&object.key) {
            Ok(found) => modified(&found) < retired.since,
            Err(error) if error.is_missing() => false,
            Err(error) => return Err(error.into()),
        };
        if is_old && !is_listed {
            store.remove(&object.key)?;
            removed.push(object);
        }
    }
    Ok(removed)
}

/// Numbers of the maps that stay, and the manifests that go. A map was live until the next one was
/// published, so the one that was live when the grace time began stays too.
fn sort_manifests(
    store: &Store,
    since: Timestamp,
) -> Result<(Vec<u64>, Vec<RetiredObject>), CatalogError> {
    let listed = store.list(MANIFEST_FOLDER)?;
    let mut manifests: Vec<(u64, &ObjectMeta)> = listed
        .iter()
        .filter_map(|object| Some((manifest_number(object.location.as_ref())?, object)))
        .collect();
    manifests.sort_unstable_by_key(|(number, _)| *number);
    if manifests.is_empty() {
        return Err(empty(store));
    }
    let first_kept = manifests
        .iter()
        .zip(&manifests[1..])
        .position(|(_, (_, next))| modified(next) >= since)
        .unwrap_or(manifests.len() - 1);
    let (old, kept) = manifests.split_at(first_kept);
    let old = old.iter().map(|(_, object)| RetiredObject::from(*object)).collect();
    Ok((kept.iter().map(|(number, _)| *number).collect(), old))
}

fn manifest_to_keep(store: &Store, number: u64) -> Result<Manifest, CatalogError> {
    read_manifest(store, number).map_err(|source| CatalogError::Unreadable {
        key: manifest_key(number),
        source: Box::new(source),
    })
}

fn keys_of(manifest: &Manifest) -> impl Iterator<Item = String> {
    manifest.objects().map(|(key, _)| key)
}

/// Whether a key is named after a digest, as all that builders write is.
fn is_ours(key: &str) -> bool {
    let name = key.rsplit('/').next().unwrap_or_default();
    let stem = [".pmtiles", ".hashes", ".json.gz", ".json"]
        .into_iter()
        .find_map(|end| name.strip_suffix(end));
    stem.is_some_and(|stem| stem.parse::<ArchiveDigest>().is_ok())
}

impl fmt::Display for Retired {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for object in &self.removed {
            writeln!(f, "{:>12} bytes  {}", object.bytes, object.key)?;
        }
        for key in &self.strange {
            writeln!(f, "left alone, for it is not named as builders name things: {key}")?;
        }
        let verb = if self.dry_run { "would be removed" } else { "removed" };
        let (count, kept) = (self.removed.len(), self.kept_maps.len());
        writeln!(f, "{count} objects of {} bytes {verb}; {kept} maps can be had back", self.bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_of_ours_may_go() {
        let digest = "0123456789abcdef0123456789abcdef";
        for end in ["pmtiles", "hashes", "json.gz", "json"] {
            assert!(is_ours(&format!("archives/density/30d/{digest}.{end}")));
        }
        for strange in
            ["archives/notes.txt", "archives/density/30d/mine.pmtiles", "tables/x.json.gz"]
        {
            assert!(!is_ours(strange), "{strange}");
        }
    }
}
