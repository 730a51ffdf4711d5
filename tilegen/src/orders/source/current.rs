//! Leaves out files of a day that another file of the same day has replaced, as its day manifest says.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use rayon::prelude::*;

use super::error::SourceError;
use super::location::Location;
use super::skipped::{SkipReason, SkippedFiles};
use crate::orders::day_manifest::{DAY_MANIFEST, DayManifest};
use crate::store::Store;

/// The locations without superseded files, which are counted in `skipped`. A folder with a manifest has exactly the
/// file that the manifest names, also if that file is newer than the listing.
pub(super) fn only_current(
    found: Vec<Location>,
    skipped: &mut SkippedFiles,
) -> Result<Vec<Location>, SourceError> {
    let mut folders = BTreeMap::new();
    for location in &found {
        if let Some((folder, _)) = location.folder_and_name() {
            folders.entry(folder).or_insert(location);
        }
    }
    let named = |(folder, location): (String, &Location)| {
        let current = current_file(location)?;
        Ok::<_, SourceError>(current.map(|current| (folder, current)))
    };
    let folders: Vec<_> = folders.into_iter().collect();
    let named = folders.into_par_iter().filter_map(|folder| named(folder).transpose());
    let mut named: BTreeMap<String, Current> = named.collect::<Result<_, SourceError>>()?;
    let mut current = Vec::with_capacity(found.len());
    for location in found {
        let place = location.folder_and_name();
        let Some((folder, name)) = place.filter(|(folder, _)| named.contains_key(folder)) else {
            current.push(location);
            continue;
        };
        let of_day = named.entry(folder).or_default();
        current.extend(of_day.location.take());
        if of_day.name != name {
            skipped.add(SkipReason::Superseded, &name);
        }
    }
    Ok(current)
}

/// The file that a manifest names.
#[derive(Default)]
struct Current {
    name: String,
    /// `None` once it is among the files to read.
    location: Option<Location>,
}

/// The file that the manifest next to a file names, or `None` if there is no manifest. The named file must exist.
fn current_file(location: &Location) -> Result<Option<Current>, SourceError> {
    match location {
        Location::Local(path) => local(path.parent().unwrap_or(Path::new(""))),
        Location::Stored { store, key, .. } => {
            stored(store, key.rsplit_once('/').map_or("", |(folder, _)| folder))
        }
        Location::Bytes(_) => Ok(None),
    }
}

fn local(folder: &Path) -> Result<Option<Current>, SourceError> {
    let path = folder.join(DAY_MANIFEST);
    let manifest = path.display().to_string();
    let bytes = match fs::read(&path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(source) => return Err(SourceError::Io { name: manifest, source }),
    };
    let name = parse(&manifest, &bytes)?;
    let file = folder.join(&name);
    if !file.is_file() {
        return Err(SourceError::DayFileMissing { manifest, file: name });
    }
    Ok(Some(Current { name, location: Some(Location::Local(file)) }))
}

fn stored(store: &Store, folder: &str) -> Result<Option<Current>, SourceError> {
    let at = |name: &str| format!("{folder}/{name}").trim_start_matches('/').to_owned();
    let bytes = match store.get(&at(DAY_MANIFEST)) {
        Ok(bytes) => bytes,
        Err(error) if error.is_not_found() => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    let manifest = format!("{}/{}", store.address().trim_end_matches('/'), at(DAY_MANIFEST));
    let name = parse(&manifest, &bytes)?;
    let key = at(&name);
    match store.head(&key) {
        Ok(object) => {
            let (len, e_tag) = (object.size, object.e_tag);
            let location = Location::Stored { store: store.clone(), key, len, e_tag };
            Ok(Some(Current { name, location: Some(location) }))
        }
        Err(error) if error.is_not_found() => {
            Err(SourceError::DayFileMissing { manifest, file: name })
        }
        Err(error) => Err(error.into()),
    }
}

fn parse(name: &str, bytes: &[u8]) -> Result<String, SourceError> {
    let parsed = DayManifest::parse(bytes);
    let damaged = |source| SourceError::DayManifest { manifest: name.to_owned(), source };
    parsed.map(|manifest| manifest.file).map_err(damaged)
}

impl Location {
    /// Its folder and its name in it.
    fn folder_and_name(&self) -> Option<(String, String)> {
        let path = match self {
            Self::Local(path) => path.to_str()?,
            Self::Stored { key, .. } => key,
            Self::Bytes(_) => return None,
        };
        let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
        Some((folder.to_owned(), name.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use jiff::Timestamp;
    use jiff::civil::Date;

    use super::*;
    use crate::orders::day_manifest::CheckedFile;

    fn manifest(file: &str) -> Vec<u8> {
        let file = CheckedFile {
            name: file.to_owned(),
            rows: 1,
            bytes: 1,
            source_rows: None,
            columns: Vec::new(),
        };
        let date = Date::constant(2026, 11, 22);
        let manifest = DayManifest::new(date, file, "postgresql", Timestamp::UNIX_EPOCH);
        serde_json::to_vec(&manifest).unwrap()
    }

    /// The names that are read, and the number of superseded ones.
    fn current(found: Vec<Location>) -> (Vec<String>, u64) {
        let mut skipped = SkippedFiles::default();
        let current = only_current(found, &mut skipped).unwrap();
        let names = current.iter().filter_map(Location::folder_and_name).map(|(_, name)| name);
        (names.collect(), skipped.of(SkipReason::Superseded).map_or(0, |skipped| skipped.files))
    }

    #[test]
    fn only_the_named_file_of_a_folder_with_a_manifest_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let (fetched, plain) = (folder.path().join("date=1"), folder.path().join("date=2"));
        for day in [&fetched, &plain] {
            fs::create_dir(day).unwrap();
            for name in ["a.parquet", "b.parquet"] {
                fs::write(day.join(name), "").unwrap();
            }
        }
        fs::write(fetched.join(DAY_MANIFEST), manifest("b.parquet")).unwrap();
        let found = [&fetched, &plain]
            .into_iter()
            .flat_map(|day| ["a.parquet", "b.parquet"].map(|name| Location::Local(day.join(name))));
        let names = ["b.parquet", "a.parquet", "b.parquet"].map(str::to_owned).to_vec();
        assert_eq!(current(found.collect()), (names, 1));
    }

    #[test]
    fn the_manifest_of_a_bucket_is_read_too() {
        let store = Store::open("memory:///", true).unwrap();
        for (key, bytes) in [
            ("date=1/a.parquet", vec![]),
            ("date=1/b.parquet", vec![]),
            ("date=1/_day.json", manifest("a.parquet")),
        ] {
            store.create(key, Bytes::from(bytes)).unwrap();
        }
        let stored = |key: &str| Location::Stored {
            store: store.clone(),
            key: key.to_owned(),
            len: 0,
            e_tag: None,
        };
        let found = vec![stored("date=1/a.parquet"), stored("date=1/b.parquet")];
        assert_eq!(current(found), (vec!["a.parquet".to_owned()], 1));
    }

    #[test]
    fn a_file_that_is_newer_than_the_listing_is_read_instead_of_the_listed_one() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["a.parquet", "b.parquet"] {
            fs::write(folder.path().join(name), "").unwrap();
        }
        fs::write(folder.path().join(DAY_MANIFEST), manifest("b.parquet")).unwrap();
        let listed = vec![Location::Local(folder.path().join("a.parquet"))];
        assert_eq!(current(listed), (vec!["b.parquet".to_owned()], 1));
    }

    #[test]
    fn a_damaged_manifest_and_a_missing_file_are_errors() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a.parquet");
        fs::write(&file, "").unwrap();
        for (bytes, part) in [(manifest("b.parquet"), "b.parquet"), (b"{".to_vec(), "_day.json")] {
            fs::write(folder.path().join(DAY_MANIFEST), bytes).unwrap();
            let found = vec![Location::Local(file.clone())];
            let error =
                only_current(found, &mut SkippedFiles::default()).err().unwrap().to_string();
            assert!(error.contains(part), "{error}");
        }
    }
}
