//! Copy: maps of one store into another, each under its own number, to have them back when a store is
//! lost or damaged. Objects go first and the manifest after them, so that no copy lists a hole.

use std::collections::HashSet;
use std::fmt;

use bytes::Bytes;
use serde::Serialize;
use tilecore::manifest::{LayerEntry, Manifest, manifest_key};
use tilecore::{ArchiveDigest, TileHash};

use super::{CatalogError, list, map_of};
use crate::publish::verify::verify;
use crate::store::Store;

/// What was copied.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Copied {
    /// Numbers of the maps that the other store now has, rising.
    pub maps: Vec<u64>,
    /// Objects written, without manifests.
    pub objects: u64,
    /// Their length in bytes.
    pub bytes: u64,
    /// Objects that were there.
    pub there: u64,
    /// Those of them that were damaged and have been written anew.
    pub mended: Vec<String>,
}

/// Copies the newest maps of a store, so many of them, and reads back what it wrote. What the other
/// store has already is taken for right if its length is; with `check` it is read, and written anew if
/// it is damaged.
pub fn copy(from: &Store, to: &Store, last: usize, check: bool) -> Result<Copied, CatalogError> {
    let mut numbers: Vec<u64> = list(from, last)?.maps.iter().map(|map| map.number).collect();
    numbers.reverse();
    let mut copy = Copy { from, to, check, done: HashSet::new(), copied: Copied::default() };
    for number in numbers {
        let manifest = map_of(from, number)?;
        copy.objects_of(&manifest)?;
        copy.manifest(number)?;
        copy.copied.maps.push(number);
    }
    Ok(copy.copied)
}

struct Copy<'a> {
    from: &'a Store,
    to: &'a Store,
    check: bool,
    done: HashSet<String>,
    copied: Copied,
}

/// One or several objects that are right only together.
type Group = Vec<(String, Bytes)>;

impl Copy<'_> {
    fn objects_of(&mut self, manifest: &Manifest) -> Result<(), CatalogError> {
        for entry in &manifest.layers {
            self.group(&[entry.archive_key(), entry.hashes_key()])?;
        }
        let archives: HashSet<String> = manifest.layers.iter().flat_map(keys_of).collect();
        for (key, _) in manifest.objects().filter(|(key, _)| !archives.contains(key)) {
            self.group(&[key])?;
        }
        Ok(())
    }

    fn group(&mut self, keys: &[String]) -> Result<(), CatalogError> {
        if keys.iter().all(|key| self.done.contains(key)) {
            return Ok(());
        }
        let is_there = self.is_there(keys)?;
        if is_there && (!self.check || is_right(&read(self.to, keys)?)) {
            self.copied.there += keys.len() as u64;
        } else {
            let group = read(self.from, keys)?;
            if !is_right(&group) {
                let (key, store) = (keys[0].clone(), self.from.address().to_owned());
                return Err(CatalogError::Damaged { key, store });
            }
            for (key, bytes) in &group {
                self.write(key, bytes)?;
            }
            if is_there {
                self.copied.mended.extend_from_slice(keys);
            }
        }
        self.done.extend(keys.iter().cloned());
        Ok(())
    }

    /// Whether the other store has all of them, as long as they are here.
    fn is_there(&self, keys: &[String]) -> Result<bool, CatalogError> {
        for key in keys {
            match self.to.head(key) {
                Ok(found) if found.size == self.from.head(key)?.size => {}
                Ok(_) => return Ok(false),
                Err(error) if error.is_missing() => return Ok(false),
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

    /// A manifest is created once; another one under its number is another store's map.
    fn manifest(&self, number: u64) -> Result<(), CatalogError> {
        let key = manifest_key(number);
        let bytes = self.from.get(&key)?;
        match self.to.create(&key, bytes.clone()) {
            Err(error) if error.is_taken() => {}
            created => created?,
        }
        if self.to.get(&key)? == bytes {
            return Ok(());
        }
        Err(CatalogError::OtherMap { number, store: self.to.address().to_owned() })
    }
}

fn read(store: &Store, keys: &[String]) -> Result<Group, CatalogError> {
    keys.iter().map(|key| Ok((key.clone(), store.get(key)?))).collect()
}

fn keys_of(entry: &LayerEntry) -> [String; 2] {
    [entry.archive_key(), entry.hashes_key()]
}

/// Whether objects hold what they are named after; of an archive, whether it is what it claims.
fn is_right(group: &Group) -> bool {
    let [(archive_key, archive), (_, hashes)] = &group[..] else {
        return group.iter().all(|(key, bytes)| is_named_after(key, bytes));
    };
    let hashes = TileHash::read_all(hashes);
    let is_whole = || hashes.is_some_and(|hashes| verify(archive, Some(&hashes)).is_ok());
    is_named_after(archive_key, archive) && is_whole()
}

fn is_named_after(key: &str, bytes: &[u8]) -> bool {
    let name = key.rsplit('/').next().unwrap_or_default();
    name.split('.').next() == Some(&*ArchiveDigest::of(bytes).to_string())
}

impl fmt::Display for Copied {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for key in &self.mended {
            writeln!(f, "was damaged, and is written anew: {key}")?;
        }
        let Self { objects, bytes, there, maps, .. } = self;
        let maps = maps.len();
        writeln!(f, "{maps} maps: {objects} objects of {bytes} bytes written, {there} were there")
    }
}
