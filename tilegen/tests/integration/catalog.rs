//! The catalog: rollback, pins, retention, copies, and builds that publish at the same time.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime};

use crate::support::{DAY, Fixture, errors, failure, scattered, tilegen};
use jiff::Timestamp;
use serde_json::Value;
use tilecore::manifest::{Manifest, TableEntry, TableName};
use tilecore::{ArchiveDigest, Slot, Visibility};
use tilegen::publish::{
    NewTable, Provenance, PublishError, Update, newest_manifest, publish, store_table,
};
use tilegen::store::Store;

fn catalog(fixture: &Fixture, arguments: &[&str]) -> Value {
    let text = catalog_text(fixture, arguments);
    serde_json::from_str(&text).unwrap_or(Value::String(text))
}

fn catalog_text(fixture: &Fixture, arguments: &[&str]) -> String {
    let output = tilegen()
        .arg("catalog")
        .args(arguments)
        .arg("--store")
        .arg(fixture.store())
        .output()
        .unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", errors(&output));
    String::from_utf8(output.stdout).unwrap()
}

fn catalog_error(fixture: &Fixture, arguments: &[&str]) -> String {
    failure(tilegen().arg("catalog").args(arguments).arg("--store").arg(fixture.store()))
}

/// Publishes this number of maps, each from more orders and with different bytes.
fn publish_maps(fixture: &Fixture, builds: i64) {
    for build in 1..=builds {
        fixture.write("orders/part.parquet", &scattered(1000 + 100 * build, build as u64));
        fixture.build(&["--window", "30d"]);
    }
}

fn digests(manifest: &Value) -> BTreeMap<String, String> {
    let entries = manifest["layers"].as_array().unwrap().iter();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    entries
        .map(|entry| {
            (format!("{}/{}", text(&entry["layer"]), text(&entry["slot"])), text(&entry["digest"]))
        })
        .collect()
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten().map(Result::unwrap) {
        if entry.path().is_dir() {
            found.extend(files(&entry.path()));
        } else {
            found.push(entry.path());
        }
    }
    found.sort();
    found
}

fn age(path: &Path, days: u64) {
    let time = SystemTime::now() - Duration::from_secs(days * 24 * 3600);
    File::options().write(true).open(path).unwrap().set_modified(time).unwrap();
}

fn manifest_path(fixture: &Fixture, number: u64) -> PathBuf {
    fixture.store().join(format!("manifests/{number:010}.json"))
}

#[test]
fn a_rollback_publishes_an_older_map_under_a_new_number() {
    let fixture = Fixture::new();
    publish_maps(&fixture, 3);
    let listing = catalog(&fixture, &["list"]);
    let numbers: Vec<_> = listing.as_array().unwrap().iter().map(|map| &map["number"]).collect();
    assert_eq!(numbers, [3, 2, 1]);
    assert_eq!(catalog(&fixture, &["list", "--last", "1"]).as_array().unwrap().len(), 1);
    let changes = catalog(&fixture, &["diff", "1", "3"])["changes"].clone();
    let slot_paths: Vec<_> =
        changes.as_array().unwrap().iter().map(|change| &change["slot_path"]).collect();
    assert_eq!(slot_paths, ["density/30d"], "the public window is carried over");

    assert_eq!(
        catalog_text(&fixture, &["rollback", "1"]),
        "map 4 lists the same objects as map 1\n"
    );
    assert_eq!(catalog(&fixture, &["diff", "1", "4"])["changes"], serde_json::json!([]));
    assert_eq!(digests(&catalog(&fixture, &["show"])), digests(&catalog(&fixture, &["show", "1"])));
    assert_eq!(
        catalog(&fixture, &[]),
        catalog(&fixture, &["show", "4"]),
        "the default is the newest map"
    );
    // A rollback can be rolled back.
    catalog_text(&fixture, &["rollback", "3"]);
    assert_eq!(digests(&catalog(&fixture, &[])), digests(&catalog(&fixture, &["show", "3"])));
}

#[test]
fn an_incomplete_map_cannot_be_rolled_back_to() {
    let fixture = Fixture::new();
    let error = catalog_error(&fixture, &["rollback", "1"]);
    assert!(error.contains("directory") || error.contains("store"), "{error}");
    publish_maps(&fixture, 2);
    let error = catalog_error(&fixture, &["rollback", "9"]);
    assert!(error.contains("there is no map 9"), "{error}");
    let first = catalog(&fixture, &["show", "1"]);
    let digest = first["layers"][0]["digest"].as_str().unwrap();
    let path = fixture.store().join(format!("archives/density/30d/{digest}.pmtiles"));
    let bytes = fs::read(&path).unwrap();
    for damage in [Some(&bytes[1..]), None] {
        match damage {
            Some(bytes) => fs::write(&path, bytes).unwrap(),
            None => fs::remove_file(&path).unwrap(),
        }
        let error = catalog_error(&fixture, &["rollback", "1"]);
        assert!(
            error.contains("could not roll back to map 1") && error.contains(digest),
            "{error}"
        );
    }
    assert_eq!(fixture.manifests().len(), 2, "nothing was published");
}

#[test]
fn builds_and_rollbacks_do_not_change_a_pinned_slot() {
    let fixture = Fixture::new();
    publish_maps(&fixture, 2);
    let first = digests(&catalog(&fixture, &[]));
    catalog_text(&fixture, &["pin", "density/30d"]);
    assert_eq!(
        catalog_text(&fixture, &["pin", "density/30d"]),
        "density/30d is pinned in map 3\n",
        "pinning twice publishes no further map"
    );
    assert_eq!(catalog(&fixture, &["list"])[0]["pinned"], serde_json::json!(["density/30d"]));
    fixture.write("orders/part.parquet", &scattered(3000, 9));
    fixture.build(&["--window", "30d"]);
    let now = digests(&catalog(&fixture, &[]));
    assert_eq!(now["density/30d"], first["density/30d"]);
    assert_eq!(now["density-public/28d"], first["density-public/28d"], "published once");
    catalog_text(&fixture, &["rollback", "1"]);
    let back = digests(&catalog(&fixture, &[]));
    assert_eq!(back["density/30d"], first["density/30d"], "a pinned slot stays");
    assert_eq!(back["density-public/28d"], first["density-public/28d"]);
    catalog_text(&fixture, &["unpin", "density/30d"]);
    fixture.build(&["--window", "30d"]);
    assert_ne!(digests(&catalog(&fixture, &[]))["density/30d"], first["density/30d"]);
    let error = catalog_error(&fixture, &["pin", "density/31d"]);
    assert!(
        error.contains("density/31d is not published; the published slots are density/30d"),
        "{error}"
    );
    let output = tilegen().args(["catalog", "pin", "density"]).output().unwrap();
    assert!(errors(&output).contains("not of the form LAYER/SLOT"), "{}", errors(&output));
}

#[test]
fn only_objects_that_no_retained_map_lists_are_removed() {
    let fixture = Fixture::new();
    publish_maps(&fixture, 4);
    for path in files(&fixture.store()) {
        age(&path, 30);
    }
    // Map 3 was replaced 5 days ago, so it was live within the 7 days; map 2 was replaced 20 days ago.
    age(&manifest_path(&fixture, 3), 20);
    age(&manifest_path(&fixture, 4), 5);
    let orphan =
        fixture.store().join(format!("archives/density/30d/{}.pmtiles", ArchiveDigest::of(b"x")));
    let recent =
        fixture.store().join(format!("archives/density/30d/{}.pmtiles", ArchiveDigest::of(b"y")));
    let foreign = fixture.store().join("archives/density/notes.txt");
    let upload = fixture.store().join("archives/density/30d/half.pmtiles#1");
    for path in [&orphan, &recent, &foreign, &upload] {
        fs::write(path, b"x").unwrap();
    }
    for path in [&orphan, &foreign, &upload] {
        age(path, 30);
    }
    let before = files(&fixture.store());

    let plan = catalog(&fixture, &["retire", "--keep", "7d", "--dry-run"]);
    assert_eq!(files(&fixture.store()), before, "a dry run changes nothing");
    let done = catalog(&fixture, &["retire", "--keep", "7d"]);
    assert_eq!(done["removed"], plan["removed"]);
    assert_eq!(done["kept_maps"], serde_json::json!([3, 4]));
    assert_eq!(done["strange"], serde_json::json!(["archives/density/notes.txt"]));
    let gone: Vec<_> = before.iter().filter(|path| !path.exists()).cloned().collect();
    let mut named: Vec<_> = done["removed"]
        .as_array()
        .unwrap()
        .iter()
        .map(|object| fixture.store().join(object["key"].as_str().unwrap()))
        .collect();
    named.sort();
    assert_eq!(gone, named);
    // Two manifests; for each of the two maps, an archive with its hashes and a private report; the list of input
    // files of the second (that of the first belongs to the public window too); the orphan and the upload.
    assert_eq!(gone.len(), 2 + 2 * (2 + 1) + 1 + 2);
    assert!(
        gone.contains(&orphan) && gone.contains(&upload) && recent.exists() && foreign.exists()
    );
    assert!(
        !fixture.store().join("clock").exists() || files(&fixture.store().join("clock")).is_empty()
    );
    for number in ["3", "4"] {
        verify_map(&fixture, number);
    }
    catalog_text(&fixture, &["rollback", "3"]);
    assert!(catalog_error(&fixture, &["rollback", "2"]).contains("there is no map 2"));
    fixture.build(&["--window", "30d"]);
}

/// Verifies every archive of a map.
fn verify_map(fixture: &Fixture, number: &str) {
    for entry in catalog(fixture, &["show", number])["layers"].as_array().unwrap() {
        let text = |name: &str| entry[name].as_str().unwrap();
        let path =
            format!("archives/{}/{}/{}.pmtiles", text("layer"), text("slot"), text("digest"));
        let output = tilegen().arg("verify").arg(fixture.store().join(path)).output().unwrap();
        assert!(output.status.success(), "{}", errors(&output));
    }
}

#[test]
fn the_newest_map_is_kept_at_any_age() {
    let fixture = Fixture::new();
    publish_maps(&fixture, 2);
    for path in files(&fixture.store()) {
        age(&path, 400);
    }
    let done = catalog(&fixture, &["retire", "--keep", "0d"]);
    assert_eq!(done["kept_maps"], serde_json::json!([2]));
    verify_map(&fixture, "2");
    assert_eq!(catalog(&fixture, &["retire", "--keep", "0d"])["removed"], serde_json::json!([]));
}

#[test]
fn nothing_is_removed_if_a_retained_manifest_cannot_be_read() {
    let fixture = Fixture::new();
    publish_maps(&fixture, 3);
    for path in files(&fixture.store()) {
        age(&path, 30);
    }
    age(&manifest_path(&fixture, 3), 1);
    fs::write(manifest_path(&fixture, 2), "{").unwrap();
    age(&manifest_path(&fixture, 2), 2);
    let before = files(&fixture.store());
    let error = catalog_error(&fixture, &["retire"]);
    assert!(error.contains("nothing was removed") && error.contains("0000000002.json"), "{error}");
    assert_eq!(files(&fixture.store()), before);
    let listing = catalog(&fixture, &["list"]);
    assert!(listing[1]["fault"].as_str().unwrap().contains("0000000002.json"), "{listing}");
}

#[test]
fn a_reused_object_gets_a_new_modification_time() {
    let fixture = Fixture::with_orders(&scattered(2000, 1));
    fixture.build(&[]);
    let archive = fixture.archive("density", "30d");
    fixture.write("orders/part-0.parquet", &scattered(3000, 2));
    fixture.build(&[]);
    assert_ne!(fixture.archive("density", "30d"), archive);
    for path in files(&fixture.store()) {
        age(&path, 30);
    }
    // The first archive is unlisted and old; a build with the same output reuses it.
    // The guards would stop it, because days shrink.
    fixture.write("orders/part-0.parquet", &scattered(2000, 1));
    let [tehran, shiraz] =
        ["tehran", "shiraz"].map(|city| format!("orders:{city}:2026-10-01..2026-11-22"));
    fixture.build(&["--accept", &tehran, "--accept", &shiraz]);
    assert_eq!(fixture.archive("density", "30d"), archive);
    let touched = fs::metadata(&archive).unwrap().modified().unwrap();
    assert!(touched.elapsed().unwrap() < Duration::from_hours(1));
}

fn table(store: &Store, name: &str, day: i64, content: &[u8]) -> TableEntry {
    let name: TableName = name.parse().unwrap();
    let data_at = Timestamp::from_microsecond(1_700_000_000_000_000 + day * DAY).unwrap();
    let json = [b"\"", content, b"\""].concat();
    let provenance = Provenance { data_at, build: None };
    let table = NewTable {
        name,
        slot: Slot::now(),
        visibility: Visibility::Public,
        provenance: &provenance,
        rows: 1,
        json: &json,
    };
    store_table(store, table).unwrap()
}

#[test]
fn if_an_object_is_removed_during_publishing_the_previous_map_is_restored() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path().to_str().unwrap(), true).unwrap();
    let first = [table(&store, "options", 1, b"first")];
    publish(&store, Update { tables: &first, ..Update::default() }).unwrap();
    let second = [table(&store, "options", 2, b"second")];
    fs::remove_file(folder.path().join(second[0].key())).unwrap();
    let error = publish(&store, Update { tables: &second, ..Update::default() }).unwrap_err();
    assert!(
        matches!(&error, PublishError::ObjectRemoved { key } if *key == second[0].key()),
        "{error}"
    );
    let newest = newest_manifest(&store).unwrap().unwrap();
    assert_eq!((newest.number, newest.tables), (3, first.to_vec()));
}

#[test]
fn concurrent_builds_publish_the_newest_data_and_skip_no_number() {
    const BUILDERS: usize = 16;
    const PUBLISHES: i64 = 500;
    let folder = tempfile::tempdir().unwrap();
    let address = folder.path().to_str().unwrap();
    let clock = AtomicI64::new(0);
    let newest_of = Mutex::new(BTreeMap::<String, i64>::new());
    std::thread::scope(|scope| {
        for builder in 0..BUILDERS {
            let (clock, newest_of) = (&clock, &newest_of);
            scope.spawn(move || {
                let store = Store::open(address, true).unwrap();
                loop {
                    // Like a job: read the newest map, read the current data, and take some time.
                    let base = newest_manifest(&store).unwrap();
                    let day = clock.fetch_add(1, Ordering::SeqCst);
                    if day >= PUBLISHES {
                        return;
                    }
                    let names = ["options".to_owned(), format!("vendors/city-{}", day % 4)];
                    let tables = names
                        .clone()
                        .map(|name| table(&store, &name, day, day.to_string().as_bytes()));
                    std::thread::sleep(Duration::from_millis(
                        (builder as u64 * 7 + day as u64 * 13) % 20,
                    ));
                    let update =
                        Update { base: base.as_ref(), tables: &tables, ..Update::default() };
                    publish(&store, update).unwrap();
                    let mut newest_of = newest_of.lock().unwrap();
                    for name in names {
                        let newest = newest_of.entry(name).or_insert(day);
                        *newest = day.max(*newest);
                    }
                }
            });
        }
    });
    let store = Store::open(address, false).unwrap();
    let newest: Manifest = newest_manifest(&store).unwrap().unwrap();
    assert_eq!(newest.number, PUBLISHES as u64);
    assert_eq!(
        files(&folder.path().join("manifests")).len(),
        PUBLISHES as usize,
        "no number is skipped"
    );
    let newest_of = newest_of.into_inner().unwrap();
    assert_eq!(newest_of.len(), 5);
    for (name, day) in newest_of {
        let found = newest.tables.iter().find(|entry| entry.name.as_str() == name).unwrap();
        let stored = fs::read(folder.path().join(found.key())).unwrap();
        let content = tilecore::archive::gunzip(&stored, 100).unwrap();
        assert_eq!(content, format!("\"{day}\"").into_bytes(), "{name}");
    }
}

#[test]
fn a_build_of_older_days_is_published_if_no_other_build_interferes() {
    let rows = scattered(2000, 4);
    let fixture = Fixture::with_orders(&rows);
    fixture.build(&["--layer", "density"]);
    let newest = fixture.archive("density", "30d");
    fixture.build(&["--layer", "density", "--as-of", "2026-11-10"]);
    assert_ne!(fixture.archive("density", "30d"), newest);
}

fn copy_arguments<'a>(to: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    [&["copy", "--to", to][..], more].concat()
}

#[test]
fn a_store_is_restored_from_its_copy() {
    let fixture = Fixture::new();
    publish_maps(&fixture, 3);
    let (other, store) = (fixture.path("backup"), fixture.store());
    let other = other.to_str().unwrap();
    let copied = catalog(&fixture, &copy_arguments(other, &["--last", "2"]));
    assert_eq!(copied["maps"], serde_json::json!([2, 3]));
    let again = catalog(&fixture, &copy_arguments(other, &["--last", "2"]));
    assert_eq!((&again["objects"], &again["there"]), (&0.into(), &copied["objects"]));

    let lost = fixture.path("lost");
    fs::rename(&store, &lost).unwrap();
    let back = store.to_str().unwrap();
    let output = tilegen()
        .args(["catalog", "copy", "--last", "2", "--to", back, "--store", other])
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", errors(&output));
    let names = |folder: &Path| {
        let files = files(folder).into_iter();
        files.map(|file| file.strip_prefix(folder).unwrap().to_owned()).collect::<Vec<_>>()
    };
    for name in names(&store) {
        assert_eq!(
            fs::read(store.join(&name)).unwrap(),
            fs::read(lost.join(&name)).unwrap(),
            "{name:?}"
        );
    }
    // Builds continue from the restored map.
    fixture.build(&["--window", "30d"]);
    assert_eq!(fixture.manifest()["number"], 4);
}

#[test]
fn a_copy_repairs_damaged_objects_and_copies_none() {
    let fixture = Fixture::new();
    publish_maps(&fixture, 1);
    let other = fixture.path("backup");
    let to = other.to_str().unwrap();
    catalog(&fixture, &copy_arguments(to, &[]));
    for name in ["archives", "lineage"] {
        let copy = files(&other.join(name)).into_iter().next().unwrap();
        let mut bytes = fs::read(&copy).unwrap();
        *bytes.last_mut().unwrap() ^= 1;
        fs::write(&copy, &bytes).unwrap();
        let blind = catalog(&fixture, &copy_arguments(to, &[]));
        assert_eq!(blind["objects"], 0, "the length is right");
        let repaired = catalog(&fixture, &copy_arguments(to, &["--check"]));
        assert!(!repaired["repaired"].as_array().unwrap().is_empty(), "{name}");
        let whole = catalog(&fixture, &copy_arguments(to, &["--check"]));
        assert_eq!(whole["objects"], 0, "{name}");

        let own = fixture.store().join(copy.strip_prefix(&other).unwrap());
        let right = fs::read(&own).unwrap();
        fs::write(&own, &bytes).unwrap();
        let empty = fixture.path(&format!("empty-{name}"));
        let error = catalog_error(&fixture, &copy_arguments(empty.to_str().unwrap(), &[]));
        assert!(error.contains("is damaged"), "{error}");
        assert!(!empty.join("manifests").exists(), "no manifest lists it");
        fs::write(&own, right).unwrap();
    }
}

#[test]
fn a_copy_into_a_store_with_other_maps_is_rejected() {
    let (fixture, other) = (Fixture::new(), Fixture::new());
    publish_maps(&fixture, 1);
    publish_maps(&other, 1);
    let to = other.store();
    let error = catalog_error(&fixture, &copy_arguments(to.to_str().unwrap(), &[]));
    assert!(error.contains("map 1 of") && error.contains("is a different map"), "{error}");
}
