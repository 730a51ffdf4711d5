//! Copies maps to another store, each under its own number, as a backup or to restore one. Objects are
//! copied before the manifest, so that no manifest in the copy lists a missing object.

use std::collections::HashSet;
use std::fmt;

use bytes::Bytes;
use serde::Serialize;
use tilecore::manifest::{LayerEntry, Manifest, REPORT_FOLDER, manifest_key};
use tilecore::text::counted;
use tilecore::{ArchiveDigest, TileHash};

use super::{CatalogError, list, read_map};
use crate::publish::public_window::PUBLIC_FOLDER;
use crate::publish::verify::verify;
use crate::store::Store;

/// What was copied.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Copied {
    /// Numbers of the maps that were copied, in ascending order.
    pub maps: Vec<u64>,
    /// Objects written, without manifests.
    pub objects: u64,
    /// Their length in bytes.
    pub bytes: u64,
    /// Objects that the other store already had.
    pub there: u64,
    /// Keys of the objects that were damaged and have been rewritten.
    pub repaired: Vec<String>,
}

/// Copies the newest `last` maps of a store and reads back every object that it writes. An object that
/// the other store already has is not copied if its length is right. With `check` such an object is
/// read as well, and rewritten if it is damaged.
pub fn copy(from: &Store, to: &Store, last: usize, check: bool) -> Result<Copied, CatalogError> {
    to.check_create_only()?;
    let mut numbers: Vec<u64> = list(from, last)?.maps.iter().map(|map| map.number).collect();
    numbers.reverse();
    let mut copy = StoreCopy { from, to, check, done: HashSet::new(), copied: Copied::default() };
    for number in numbers {
        let manifest = read_map(from, number)?;
        copy.copy_objects(&manifest)?;
        copy.copy_manifest(number)?;
        copy.copied.maps.push(number);
    }
    copy.copy_public_windows()?;
    Ok(copy.copied)
}

struct StoreCopy<'a> {
    from: &'a Store,
    to: &'a Store,
    check: bool,
    done: HashSet<String>,
    copied: Copied,
}

/// Objects that can only be checked together: an archive and its hashes.
type Group = Vec<(String, Bytes)>;

impl StoreCopy<'_> {
    fn copy_objects(&mut self, manifest: &Manifest) -> Result<(), CatalogError> {
        for entry in &manifest.layers {
            self.copy_group(&[entry.archive_key(), entry.hashes_key()])?;
        }
        let archives: HashSet<String> = manifest.layers.iter().flat_map(keys_of).collect();
        for (key, _) in manifest.objects().filter(|(key, _)| !archives.contains(key)) {
            if self.is_missing_report(&key)? {
                tracing::warn!(
                    key,
                    "the private report is missing, and the map is copied without it"
                );
                continue;
            }
            self.copy_group(&[key])?;
        }
        Ok(())
    }

    /// Copies the records of public windows. Without them, the other store would publish the same days again.
    fn copy_public_windows(&mut self) -> Result<(), CatalogError> {
        for object in self.from.list(PUBLIC_FOLDER)? {
            let key = object.location.to_string();
            let record = self.from.get(&key)?;
            match self.to.get(&key) {
                Ok(found) if found == record => self.copied.there += 1,
                Ok(_) => {
                    self.write(&key, &record)?;
                    self.copied.repaired.push(key);
                }
                Err(error) if error.is_not_found() => self.write(&key, &record)?,
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    /// Whether an object is a private report that the store does not have. A backup may leave them out, and
    /// the map is complete without them.
    fn is_missing_report(&self, key: &str) -> Result<bool, CatalogError> {
        if !key.starts_with(REPORT_FOLDER) {
            return Ok(false);
        }
        match self.from.head(key) {
            Ok(_) => Ok(false),
            Err(error) if error.is_not_found() => Ok(true),
            Err(error) => Err(error.into()),
        }
    }

    fn copy_group(&mut self, keys: &[String]) -> Result<(), CatalogError> {
        if keys.iter().all(|key| self.done.contains(key)) {
            return Ok(());
        }
        let exists = self.exists(keys)?;
        if exists && (!self.check || is_intact(&read(self.to, keys)?)) {
            self.copied.there += keys.len() as u64;
        } else {
            let group = read(self.from, keys)?;
            if !is_intact(&group) {
                let (key, store) = (keys[0].clone(), self.from.address().to_owned());
                return Err(CatalogError::Damaged { key, store });
            }
            for (key, bytes) in &group {
                self.write(key, bytes)?;
            }
            if exists {
                self.copied.repaired.extend_from_slice(keys);
            }
        }
        self.done.extend(keys.iter().cloned());
        Ok(())
    }

    /// Whether the other store has all of them, with the same lengths.
    fn exists(&self, keys: &[String]) -> Result<bool, CatalogError> {
        for key in keys {
            match self.to.head(key) {
                Ok(found) if found.size == self.from.head(key)?.size => {}
                Ok(_) => return Ok(false),
                Err(error) if error.is_not_found() => return Ok(false),
                Err(error) => return Err(error.into()),
            }
        }
        Ok(true)
    }

    fn write(&mut self, key: &str, bytes: &Bytes) -> Result<(), CatalogError> {
        self.to.overwrite(key, bytes.clone())?;
        if self.to.get(key)? != *bytes {
            let (key, store) = (key.to_owned(), self.to.address().to_owned());
            return Err(CatalogError::Damaged { key, store });
        }
        self.copied.objects += 1;
        self.copied.bytes += bytes.len() as u64;
        Ok(())
    }

    /// Creates the manifest. If a different one has its number, the other store holds other maps, unless
    /// that one is damaged: with `check` it is rewritten.
    fn copy_manifest(&mut self, number: u64) -> Result<(), CatalogError> {
        let key = manifest_key(number);
        let bytes = self.from.get(&key)?;
        match self.to.create(&key, bytes.clone()) {
            Err(error) if error.is_already_exists() => {}
            created => created?,
        }
        let existing = self.to.get(&key)?;
        if existing == bytes {
            return Ok(());
        }
        if self.check && Manifest::parse(number, &existing).is_err_and(|fault| fault.is_damage()) {
            self.to.overwrite(&key, bytes.clone())?;
            if self.to.get(&key)? != bytes {
                return Err(CatalogError::Damaged { key, store: self.to.address().to_owned() });
            }
            self.copied.repaired.push(key);
            return Ok(());
        }
        Err(CatalogError::MapConflict { number, store: self.to.address().to_owned() })
    }
}

fn read(store: &Store, keys: &[String]) -> Result<Group, CatalogError> {
    keys.iter().map(|key| Ok((key.clone(), store.get(key)?))).collect()
}

fn keys_of(entry: &LayerEntry) -> [String; 2] {
    [entry.archive_key(), entry.hashes_key()]
}

/// Whether the objects match the digests in their keys, and an archive passes verification.
fn is_intact(group: &Group) -> bool {
    let [(archive_key, archive), (_, hashes)] = &group[..] else {
        return group.iter().all(|(key, bytes)| matches_digest(key, bytes));
    };
    let hashes = TileHash::read_all(hashes);
    let is_whole = || hashes.is_some_and(|hashes| verify(archive, Some(&hashes)).is_ok());
    matches_digest(archive_key, archive) && is_whole()
}

fn matches_digest(key: &str, bytes: &[u8]) -> bool {
    let name = key.rsplit('/').next().unwrap_or_default();
    name.split('.').next() == Some(&*ArchiveDigest::of(bytes).to_string())
}

impl fmt::Display for Copied {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for key in &self.repaired {
            writeln!(f, "damaged, rewritten: {key}")?;
        }
        let Self { objects, bytes, there, maps, .. } = self;
        let (maps, objects) = (counted(maps.len(), "map"), counted(*objects, "object"));
        writeln!(f, "{maps}: {objects} of {bytes} bytes written, {there} already there")
    }
}
