//! Removes the maps that are older than the retention period, and the objects that no other map lists.
//!
//! Manifests are removed before their objects, so that no manifest lists a missing object, whenever
//! the job is stopped. Ages are measured with the store's own clock.

use std::collections::HashSet;
use std::fmt;

use jiff::Timestamp;
use object_store::ObjectMeta;
use serde::Serialize;
use tilecore::layer::DENSITY_PUBLIC;
use tilecore::lineage::{LINEAGE_FOLDER, lineage_key};
use tilecore::manifest::{MANIFEST_FOLDER, Manifest, REPORT_FOLDER, manifest_key, manifest_number};
use tilecore::text::counted;
use tilecore::{ArchiveDigest, Job};

use super::{CatalogError, empty};
use crate::config::period::Period;
use crate::publish::guards::stop::STOP_FOLDER;
use crate::publish::public_window::{PublicWindow, withdrawn};
use crate::publish::run_record::RUN_FOLDER;
use crate::publish::{newest_manifest, read_manifest};
use crate::store::{CLOCK_FOLDER, PROBE_FOLDER, Store, modified};

/// What was removed, or would be removed in a dry run.
#[derive(Clone, Debug, Serialize)]
pub struct Retired {
    /// Whether this was a dry run, which removes nothing.
    pub dry_run: bool,
    /// Start of the retention period, by the store's clock.
    pub since: Timestamp,
    /// Numbers of the maps that are kept.
    pub kept_maps: Vec<u64>,
    /// Removed objects, in the order of their removal.
    pub removed: Vec<RetiredObject>,
    /// Total length of the removed objects in bytes.
    pub bytes: u64,
    /// Objects that are not named after a digest. They are kept, because no build wrote them.
    pub strange: Vec<String>,
}

/// A removed object.
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

/// Folder of the records of erasures, below that of the private reports. They are kept.
pub(super) const ERASURE_FOLDER: &str = "private/erasures";

/// Folders of the objects that manifests list.
const FOLDERS: [&str; 4] = ["archives", LINEAGE_FOLDER, REPORT_FOLDER, "tables"];

/// Folders of small objects that a job removes itself, unless it is killed or is not run again.
const TEMPORARY_FOLDERS: [&str; 3] = [CLOCK_FOLDER, PROBE_FOLDER, STOP_FOLDER];

/// Removes manifests that were replaced before the retention period, and archives, tables and private
/// reports that are older than it and that no remaining manifest lists. The newest map is always kept
/// whole, and so are the last public window and the records of all public windows.
pub fn retire(store: &Store, keep: Period, dry_run: bool) -> Result<Retired, CatalogError> {
    let now = store.now()?;
    let since = now.checked_sub(keep.duration()).unwrap_or(Timestamp::MIN);
    let (kept, old_manifests) = split_manifests(store, since)?;
    let mut listed = HashSet::new();
    for &number in &kept {
        listed.extend(keys_of(&manifest_to_keep(store, number)?));
    }
    listed.extend(last_window(store)?);
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
            if [STOP_FOLDER, RUN_FOLDER, ERASURE_FOLDER].iter().any(|of| key.starts_with(of)) {
                continue;
            }
            if !is_named_after_digest(key) {
                retired.strange.push(key.to_owned());
            } else if !listed.contains(key) && modified(&object) < since {
                objects.push(RetiredObject::from(&object));
            }
        }
    }
    for folder in TEMPORARY_FOLDERS {
        let listed = store.list(folder)?;
        let left_over = listed.iter().filter(|object| modified(object) < since);
        objects.extend(left_over.map(RetiredObject::from));
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

/// Removes the archives and tables of orders that no map lists, whatever their age, except the last public window.
/// Returns their keys. No build of orders may be running.
pub(super) fn remove_unlisted_orders(store: &Store) -> Result<Vec<String>, CatalogError> {
    let maps = store.list(MANIFEST_FOLDER)?;
    let mut listed = last_window(store)?;
    for number in maps.iter().filter_map(|object| manifest_number(object.location.as_ref())) {
        listed.extend(keys_of(&manifest_to_keep(store, number)?));
    }
    let mut removed = Vec::new();
    for folder in ["archives", "tables"] {
        for object in store.list(folder)? {
            let key = object.location.to_string();
            let name = key.strip_prefix(folder).unwrap_or_default().trim_start_matches('/');
            let is_of_orders = Job::of(name.rsplitn(3, '/').last().unwrap_or_default());
            if is_of_orders == Some(Job::Orders)
                && is_named_after_digest(&key)
                && !listed.contains(&key)
            {
                store.remove(&key)?;
                removed.push(key);
            }
        }
    }
    Ok(removed)
}

/// Keys of the objects of the last public window, unless it was withdrawn.
fn last_window(store: &Store) -> Result<HashSet<String>, CatalogError> {
    let withdrawn = withdrawn(store)?;
    let window = PublicWindow::newest(store, DENSITY_PUBLIC.id)?;
    let window = window.filter(|window| !withdrawn.contains(&window.entry.digest));
    let keys = window.map(|PublicWindow { entry, .. }| {
        let lineage = entry.build.as_ref().map(|build| lineage_key(build.lineage));
        [entry.archive_key(), entry.hashes_key()].into_iter().chain(lineage).collect()
    });
    Ok(keys.unwrap_or_default())
}

/// Removes objects, except those that another build has published or rewritten in the meantime.
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
            Err(error) if error.is_not_found() => false,
            Err(error) => return Err(error.into()),
        };
        if is_old && !is_listed {
            store.remove(&object.key)?;
            removed.push(object);
        }
    }
    Ok(removed)
}

/// Numbers of the maps to keep, and the manifests to remove. A map was live until the next one was
/// published, so the map that was live at the start of the retention period is kept too.
fn split_manifests(
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

/// Whether a key is named after a digest, as every object that a build writes is.
fn is_named_after_digest(key: &str) -> bool {
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
            writeln!(f, "kept, because it is not named after a digest: {key}")?;
        }
        let verb = if self.dry_run { "would be removed" } else { "removed" };
        let objects = counted(self.removed.len(), "object");
        let kept = counted(self.kept_maps.len(), "map");
        writeln!(f, "{objects} of {} bytes {verb}; {kept} left", self.bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_objects_named_after_a_digest_are_removed() {
        let digest = "0123456789abcdef0123456789abcdef";
        for end in ["pmtiles", "hashes", "json.gz", "json"] {
            assert!(is_named_after_digest(&format!("archives/density/30d/{digest}.{end}")));
        }
        for strange in
            ["archives/notes.txt", "archives/density/30d/mine.pmtiles", "tables/x.json.gz"]
        {
            assert!(!is_named_after_digest(strange), "{strange}");
        }
    }
}
