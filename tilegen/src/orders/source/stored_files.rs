//! Finds order files in a store: each key once.

use object_store::ObjectMeta;

use super::copies::without_copies;
use super::current::only_current;
use super::error::SourceError;
use super::location::Location;
use super::selection::{Selection, Step, is_order_file};
use super::skipped::{SkipReason, SkippedFiles};
use super::table_format::{MARKER_FOLDERS, TableFormat, is_in_table};
use crate::orders::day_manifest::DAY_MANIFEST;
use crate::store::{Store, StoreError};

/// The suffix of the empty objects that some programs create for folders.
const FOLDER_SUFFIX: &str = "_$folder$";

/// Schemes of stores whose root can be listed under `scheme://bucket`.
const BUCKET_SCHEMES: [&str; 8] = ["s3", "s3a", "gs", "az", "azure", "adl", "abfs", "abfss"];

/// The order files at the URL of a store, sorted by key, and the files that were skipped. The URL is that of an
/// object, of a folder, or a pattern.
pub(super) fn files_at(address: &str) -> Result<(Vec<Location>, SkippedFiles), SourceError> {
    // Only `*`: in a URL, `?` begins a query.
    if address.contains('*') {
        let malformed = |source| SourceError::Pattern { pattern: address.to_owned(), source };
        let (folder, selection) = Selection::parse(address).map_err(malformed)?;
        refuse_table_around(&folder)?;
        return search(&folder, &selection);
    }
    refuse_table_around(address)?;
    let single = |location| Ok((vec![location], SkippedFiles::default()));
    // A folder may have the name of an order file, and an object any other name.
    let is_object_first = is_order_file(address);
    if is_object_first {
        match object(address) {
            Ok(location) => return single(location),
            Err(error) if error.is_not_found() => {}
            Err(error) => return Err(error.into()),
        }
    }
    let (found, skipped) = search(address, &Selection::everything())?;
    if found.is_empty() && skipped.total() == 0 && !is_object_first {
        return object(address).map_or(Ok((found, skipped)), single);
    }
    Ok((found, skipped))
}

/// The object at the URL of a store.
fn object(address: &str) -> Result<Location, StoreError> {
    let (store, key) = Store::open_at(address)?;
    let object = store.head(&key)?;
    Ok(Location::Stored { store, key, len: object.size, e_tag: object.e_tag })
}

/// The selected order files below a folder of a store.
fn search(
    folder: &str,
    selection: &Selection,
) -> Result<(Vec<Location>, SkippedFiles), SourceError> {
    let store = Store::open(folder, false)?;
    let object = |object: ObjectMeta| StoredFile {
        key: object.location.to_string(),
        len: object.size,
        e_tag: object.e_tag,
    };
    let objects: Vec<_> = store.list("")?.into_iter().map(object).collect();
    let (selected, mut skipped) = select(&objects, selection).map_err(|(format, key)| {
        let table = format!("{}/{key}", folder.trim_end_matches('/'));
        SourceError::Table { format, table: table.trim_end_matches('/').to_owned() }
    })?;
    let location = |file: &StoredFile| Location::Stored {
        store: store.clone(),
        key: file.key.clone(),
        len: file.len,
        e_tag: file.e_tag.clone(),
    };
    let found = selected.into_iter().map(location).collect();
    let has_manifests = objects.iter().any(|object| object.key.ends_with(DAY_MANIFEST));
    let found = if has_manifests { only_current(found, &mut skipped)? } else { found };
    let (found, copies) = without_copies(found)?;
    for copy in copies {
        let name = copy.to_string();
        skipped.add(SkipReason::Copy, name.strip_prefix(folder).unwrap_or(&name).trim_matches('/'));
    }
    Ok((found, skipped))
}

/// An object of a listing.
#[derive(Clone, Debug, PartialEq, Eq)]
struct StoredFile {
    key: String,
    len: u64,
    e_tag: Option<String>,
}

/// The selected order files of a sorted listing. Fails with the format and the key of a table.
fn select<'a>(
    objects: &'a [StoredFile],
    selection: &Selection,
) -> Result<(Vec<&'a StoredFile>, SkippedFiles), (TableFormat, &'a str)> {
    let (mut selected, mut skipped): (Vec<&StoredFile>, _) = (Vec::new(), SkippedFiles::default());
    for object in objects {
        if is_folder_marker(object, objects) {
            continue;
        }
        let key = object.key.as_str();
        if let Some((format, table)) = TableFormat::of_key(key)
            && is_searched(table, selection)
        {
            return Err((format, table));
        }
        match find_hidden(key, selection) {
            Found::Outside => {}
            Found::Hidden(name) if is_order_file(key) => {
                skipped.add(SkipReason::HiddenOrderFile, name);
            }
            Found::Hidden(name) => skipped.add(SkipReason::HiddenOtherFile, name),
            Found::Inside if !is_order_file(key) => skipped.add(SkipReason::OtherExtension, key),
            Found::Inside if selected.last().is_some_and(|last| last.key == key) => {
                skipped.add(SkipReason::ReadAlready, key);
            }
            Found::Inside => selected.push(object),
        }
    }
    Ok((selected, skipped))
}

/// Whether a folder may contain selected files.
fn is_searched(folder: &str, selection: &Selection) -> bool {
    let mut position = selection.start();
    folder.split('/').filter(|part| !part.is_empty()).all(|part| {
        match selection.step(&position, part) {
            Step::Inside(next) => position = next,
            Step::Outside | Step::Hidden(_) => return false,
        }
        true
    })
}

/// Whether a selection contains a key.
enum Found<'a> {
    Outside,
    /// It does, but this part of the key, which ends with `/` if it is a folder, is hidden.
    Hidden(&'a str),
    Inside,
}

fn find_hidden<'a>(key: &'a str, selection: &Selection) -> Found<'a> {
    let mut position = selection.start();
    let mut start = 0;
    for part in key.split_inclusive('/') {
        start += part.len();
        match selection.step(&position, part.trim_end_matches('/')) {
            Step::Hidden(next) if part.ends_with('/') || selection.is_selected(&next) => {
                return Found::Hidden(&key[..start]);
            }
            Step::Outside | Step::Hidden(_) => return Found::Outside,
            Step::Inside(next) => position = next,
        }
    }
    if selection.is_selected(&position) { Found::Inside } else { Found::Outside }
}

/// Whether an object only marks that a folder exists. A listing has no slash at the end of its key, and the key
/// of the folder that is listed is empty.
fn is_folder_marker(object: &StoredFile, objects: &[StoredFile]) -> bool {
    if object.key.is_empty() || object.key.ends_with(FOLDER_SUFFIX) {
        return true;
    }
    let has_key = |key: &str, is_it: &dyn Fn(&StoredFile) -> bool| {
        let at = objects.partition_point(|other| other.key.as_str() < key);
        objects[at..].iter().take_while(|other| other.key.starts_with(key)).any(is_it)
    };
    let below = format!("{}/", object.key);
    let is_same_file = |other: &StoredFile| other.key == object.key && other.len > 0;
    object.len == 0 && (has_key(&below, &|_| true) || has_key(&object.key, &is_same_file))
}

/// Fails if a folder of the address is a table of a format that is not read. Folders that cannot be listed are
/// not checked.
fn refuse_table_around(address: &str) -> Result<(), SourceError> {
    let Some((scheme, path)) = address.split_once("://") else { return Ok(()) };
    let parts: Vec<_> = path.split('/').filter(|part| !part.is_empty()).collect();
    if !BUCKET_SCHEMES.contains(&scheme) || parts.len() < 2 {
        return Ok(());
    }
    let Ok(bucket) = Store::open(&format!("{scheme}://{}", parts[0]), false) else { return Ok(()) };
    match table_around(&bucket, &parts[1..]) {
        Some((format, folder)) => {
            let table = format!("{scheme}://{}/{}", parts[0], folder.join("/"));
            Err(SourceError::Table { format, table: table.trim_end_matches('/').to_owned() })
        }
        None => Ok(()),
    }
}

/// The format and folder of the table that contains a folder or an object.
fn table_around<'a, 'b>(
    store: &Store,
    path: &'a [&'b str],
) -> Option<(TableFormat, &'a [&'b str])> {
    for (end, name) in path.iter().enumerate().rev() {
        if !is_in_table(name) {
            return None;
        }
        let folder = &path[..end];
        for (format, marker) in MARKER_FOLDERS {
            if !format.contains(name) {
                continue;
            }
            let prefix = folder.iter().chain([&marker]).copied().collect::<Vec<_>>().join("/");
            let is_marker = |key: &str| {
                let below = key.strip_prefix(&*prefix).and_then(|key| key.strip_prefix('/'));
                below.is_some_and(|name| !name.contains('/') && format.is_marker(name))
            };
            let listed = store.list(&prefix).unwrap_or_default();
            if listed.iter().any(|object| is_marker(object.location.as_ref())) {
                return Some((format, folder));
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;

    fn listing(keys: &[(&str, u64)]) -> Vec<StoredFile> {
        let file = |&(key, len): &(&str, u64)| StoredFile { key: key.to_owned(), len, e_tag: None };
        let mut files: Vec<_> = keys.iter().map(file).collect();
        files.sort_by(|a, b| a.key.cmp(&b.key));
        files
    }

    fn selected(keys: &[(&str, u64)], pattern: &str) -> (Vec<(String, u64)>, SkippedFiles) {
        let (_, selection) = Selection::parse(pattern).unwrap();
        let objects = listing(keys);
        let (found, skipped) = select(&objects, &selection).unwrap();
        (found.into_iter().map(|file| (file.key.clone(), file.len)).collect(), skipped)
    }

    #[test]
    fn one_rule_holds_for_every_part_of_a_key() {
        let keys = [
            ("a.parquet", 9),
            ("b.PARQ", 9),
            ("notes.txt", 9),
            ("_temporary/0/a.parquet", 9),
            ("_temporary/0/b.parquet", 9),
            ("day=1/.spark-staging/a.parquet", 9),
            ("day=1/_SUCCESS", 9),
            ("day=1/c.pq", 9),
            ("_date=1/a.parquet", 9),
        ];
        for pattern in ["**", "**/*", "*"] {
            let (found, skipped) = selected(&keys, pattern);
            let names: Vec<_> = found.iter().map(|(key, _)| key.as_str()).collect();
            assert_eq!(names, ["a.parquet", "b.PARQ", "day=1/c.pq"], "{pattern}");
            let hidden = skipped.of(SkipReason::HiddenOrderFile).unwrap();
            assert_eq!(hidden.files, 4, "{pattern}");
            assert_eq!(hidden.names, ["_date=1/", "_temporary/", "day=1/.spark-staging/"]);
            assert_eq!(skipped.of(SkipReason::HiddenOtherFile).unwrap().names, ["day=1/_SUCCESS"]);
            assert_eq!(skipped.of(SkipReason::OtherExtension).unwrap().names, ["notes.txt"]);
        }
        let (found, skipped) = selected(&keys, "day=*/*.pq");
        assert_eq!((found.len(), skipped.total()), (1, 0), "{skipped:?}");
    }

    #[test]
    fn markers_of_folders_are_not_files() {
        let keys = [
            ("", 0),
            ("day=1", 0),
            ("day=1/a.parquet", 9),
            ("o.parquet", 0),
            ("o.parquet-old", 0),
            ("o.parquet/part-0.parquet", 9),
            ("day=2_$folder$", 0),
        ];
        let (found, skipped) = selected(&keys, "**");
        let names: Vec<_> = found.iter().map(|(key, _)| key.as_str()).collect();
        assert_eq!(names, ["day=1/a.parquet", "o.parquet/part-0.parquet"]);
        assert_eq!(skipped.of(SkipReason::OtherExtension).unwrap().names, ["o.parquet-old"]);
        // An empty order file is damaged: the build reports it.
        assert_eq!(selected(&[("empty.parquet", 0)], "**").0.len(), 1);
    }

    #[test]
    fn a_key_that_is_listed_twice_is_read_once() {
        let twice = [("a.parquet", 9), ("a.parquet", 9), ("b.parquet", 0), ("b.parquet", 9)];
        let (found, skipped) = selected(&twice, "**");
        assert_eq!(found, [("a.parquet".to_owned(), 9), ("b.parquet".to_owned(), 9)]);
        assert_eq!(skipped.of(SkipReason::ReadAlready).unwrap().files, 1);
    }

    #[test]
    fn tables_are_refused_by_their_keys() {
        for (key, format, table) in [
            ("_delta_log/0.json", TableFormat::Delta, ""),
            ("x/t/_delta_log/0.json", TableFormat::Delta, "x/t"),
            ("t/metadata/v1.metadata.json", TableFormat::Iceberg, "t"),
            ("t/.hoodie/hoodie.properties", TableFormat::Hudi, "t"),
        ] {
            let objects = listing(&[("a.parquet", 9), (key, 2)]);
            let found = select(&objects, &Selection::everything());
            assert_eq!(found.unwrap_err(), (format, table), "{key}");
        }
    }

    #[test]
    fn tables_in_folders_that_are_not_searched_do_not_matter() {
        for (key, pattern) in [
            ("t/_delta_log/0.json", "o*/*"),
            ("o1/t/_delta_log/0.json", "o*/*.parquet"),
            ("_old/t/_delta_log/0.json", "**"),
        ] {
            assert_eq!(selected(&[("o1/a.parquet", 9), (key, 2)], pattern).0.len(), 1, "{key}");
        }
    }

    #[test]
    fn a_table_around_a_key_is_recognised() {
        let store = Store::open("memory:///", true).unwrap();
        for key in [
            "lake/delta/_delta_log/0.json",
            "lake/iceberg/metadata/v1.metadata.json",
            "hudi/.hoodie/hoodie.properties",
        ] {
            store.create(key, Bytes::from_static(b"{}")).unwrap();
        }
        let around = |path: &str| {
            let parts: Vec<_> = path.split('/').collect();
            table_around(&store, &parts).map(|(format, folder)| (format, folder.join("/")))
        };
        let delta = Some((TableFormat::Delta, "lake/delta".to_owned()));
        for (path, table) in [
            ("lake/delta/day=1/hour=2", delta.clone()),
            ("lake/delta/a.parquet", delta),
            ("lake/iceberg/data", Some((TableFormat::Iceberg, "lake/iceberg".to_owned()))),
            ("hudi/2026", Some((TableFormat::Hudi, "hudi".to_owned()))),
            ("lake/delta/_export/day=1", None),
            ("lake/iceberg/orders", None),
            ("lake/delta", None),
        ] {
            assert_eq!(around(path), table, "{path}");
        }
    }
}
