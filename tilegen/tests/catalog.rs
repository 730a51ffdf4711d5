//! Maps by number: going back, pinning, removing what is old, and many builders at once.

mod support;

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime};

use jiff::Timestamp;
use serde_json::Value;
use support::{Bench, DAY, errors, failure, scattered, tilegen};
use tilecore::manifest::{Manifest, TableEntry, TableName};
use tilecore::{ArchiveDigest, Slot, Visibility};
use tilegen::publish::{
    NewTable, Provenance, PublishError, Update, newest_manifest, publish, store_table,
};
use tilegen::store::Store;

fn catalog(bench: &Bench, arguments: &[&str]) -> Value {
    let text = told(bench, arguments);
    serde_json::from_str(&text).unwrap_or(Value::String(text))
}

fn told(bench: &Bench, arguments: &[&str]) -> String {
    let output = tilegen()
        .arg("catalog")
        .args(arguments)
        .arg("--store")
        .arg(bench.store())
        .output()
        .unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", errors(&output));
    String::from_utf8(output.stdout).unwrap()
}

fn refused(bench: &Bench, arguments: &[&str]) -> String {
    failure(tilegen().arg("catalog").args(arguments).arg("--store").arg(bench.store()))
}

/// Builds with more and more orders: a map with other bytes each time.
fn grow(bench: &Bench, builds: i64) {
    for build in 1..=builds {
        bench.write("orders/part.parquet", &scattered(1000 + 100 * build, build as u64));
        bench.build(&["--window", "30d"]);
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

fn manifest_path(bench: &Bench, number: u64) -> PathBuf {
    bench.store().join(format!("manifests/{number:010}.json"))
}

#[test]
fn an_older_map_is_had_back_under_a_new_number() {
    let bench = Bench::new();
    grow(&bench, 3);
    let listing = catalog(&bench, &["list"]);
    let numbers: Vec<_> = listing.as_array().unwrap().iter().map(|map| &map["number"]).collect();
    assert_eq!(numbers, [3, 2, 1]);
    assert_eq!(catalog(&bench, &["list", "--last", "1"]).as_array().unwrap().len(), 1);
    assert_eq!(catalog(&bench, &["diff", "1", "3"])["changes"].as_array().unwrap().len(), 2);

    assert_eq!(told(&bench, &["rollback", "1"]), "map 4 lists what map 1 listed\n");
    assert_eq!(catalog(&bench, &["diff", "1", "4"])["changes"], serde_json::json!([]));
    assert_eq!(digests(&catalog(&bench, &["show"])), digests(&catalog(&bench, &["show", "1"])));
    assert_eq!(catalog(&bench, &[]), catalog(&bench, &["show", "4"]), "without a word the newest");
    // And forth again.
    told(&bench, &["rollback", "3"]);
    assert_eq!(digests(&catalog(&bench, &[])), digests(&catalog(&bench, &["show", "3"])));
}

#[test]
fn a_map_that_is_not_whole_is_not_had_back() {
    let bench = Bench::new();
    let said = refused(&bench, &["rollback", "1"]);
    assert!(said.contains("folder") || said.contains("store"), "{said}");
    grow(&bench, 2);
    let said = refused(&bench, &["rollback", "9"]);
    assert!(said.contains("there is no map 9"), "{said}");
    let first = catalog(&bench, &["show", "1"]);
    let digest = first["layers"][0]["digest"].as_str().unwrap();
    let path = bench.store().join(format!("archives/density/30d/{digest}.pmtiles"));
    let bytes = fs::read(&path).unwrap();
    for damage in [Some(&bytes[1..]), None] {
        match damage {
            Some(bytes) => fs::write(&path, bytes).unwrap(),
            None => fs::remove_file(&path).unwrap(),
        }
        let said = refused(&bench, &["rollback", "1"]);
        assert!(said.contains("map 1 cannot be had back") && said.contains(digest), "{said}");
    }
    assert_eq!(bench.manifests().len(), 2, "nothing was published");
}

#[test]
fn a_pinned_slot_is_left_alone_by_builders_and_by_going_back() {
    let bench = Bench::new();
    grow(&bench, 2);
    let first = digests(&catalog(&bench, &[]));
    told(&bench, &["pin", "density/30d"]);
    assert_eq!(
        told(&bench, &["pin", "density/30d"]),
        "density/30d is pinned in map 3\n",
        "once is enough"
    );
    assert_eq!(catalog(&bench, &["list"])[0]["pinned"], serde_json::json!(["density/30d"]));
    bench.write("orders/part.parquet", &scattered(3000, 9));
    bench.build(&["--window", "30d"]);
    let now = digests(&catalog(&bench, &[]));
    assert_eq!(now["density/30d"], first["density/30d"]);
    assert_ne!(now["density-public/30d"], first["density-public/30d"]);
    told(&bench, &["rollback", "1"]);
    let back = digests(&catalog(&bench, &[]));
    assert_eq!(back["density/30d"], first["density/30d"], "what is pinned stays");
    assert_eq!(
        back["density-public/30d"],
        digests(&catalog(&bench, &["show", "1"]))["density-public/30d"]
    );
    told(&bench, &["unpin", "density/30d"]);
    bench.build(&["--window", "30d"]);
    assert_ne!(digests(&catalog(&bench, &[]))["density/30d"], first["density/30d"]);
    let said = refused(&bench, &["pin", "density/31d"]);
    assert!(said.contains("nothing is published as density/31d; there are density/30d"), "{said}");
    let output = tilegen().args(["catalog", "pin", "density"]).output().unwrap();
    assert!(errors(&output).contains("not of the form LAYER/SLOT"), "{}", errors(&output));
}

#[test]
fn what_no_map_of_the_grace_time_lists_is_removed_and_nothing_else() {
    let bench = Bench::new();
    grow(&bench, 4);
    for path in files(&bench.store()) {
        age(&path, 30);
    }
    // Map 3 was replaced 5 days ago, so it was live within 7 days; map 2 was replaced 20 days ago.
    age(&manifest_path(&bench, 3), 20);
    age(&manifest_path(&bench, 4), 5);
    let orphan =
        bench.store().join(format!("archives/density/30d/{}.pmtiles", ArchiveDigest::of(b"x")));
    let young =
        bench.store().join(format!("archives/density/30d/{}.pmtiles", ArchiveDigest::of(b"y")));
    let strange = bench.store().join("archives/density/notes.txt");
    let upload = bench.store().join("archives/density/30d/half.pmtiles#1");
    for path in [&orphan, &young, &strange, &upload] {
        fs::write(path, b"x").unwrap();
    }
    for path in [&orphan, &strange, &upload] {
        age(path, 30);
    }
    let before = files(&bench.store());

    let plan = catalog(&bench, &["retire", "--keep", "7d", "--dry-run"]);
    assert_eq!(files(&bench.store()), before, "a dry run changes nothing");
    let done = catalog(&bench, &["retire", "--keep", "7d"]);
    assert_eq!(done["removed"], plan["removed"]);
    assert_eq!(done["kept_maps"], serde_json::json!([3, 4]));
    assert_eq!(done["strange"], serde_json::json!(["archives/density/notes.txt"]));
    let gone: Vec<_> = before.iter().filter(|path| !path.exists()).cloned().collect();
    let mut named: Vec<_> = done["removed"]
        .as_array()
        .unwrap()
        .iter()
        .map(|object| bench.store().join(object["key"].as_str().unwrap()))
        .collect();
    named.sort();
    assert_eq!(gone, named);
    // Two manifests; of each of the two maps two archives with their hashes and a list of input
    // files; the orphan, the upload.
    assert_eq!(gone.len(), 2 + 2 * (4 + 1) + 2);
    assert!(gone.contains(&orphan) && gone.contains(&upload) && young.exists() && strange.exists());
    assert!(
        !bench.store().join("clock").exists() || files(&bench.store().join("clock")).is_empty()
    );
    for number in ["3", "4"] {
        told_whole(&bench, number);
    }
    told(&bench, &["rollback", "3"]);
    assert!(refused(&bench, &["rollback", "2"]).contains("there is no map 2"));
    bench.build(&["--window", "30d"]);
}

/// Every archive of a map passes verification.
fn told_whole(bench: &Bench, number: &str) {
    for entry in catalog(bench, &["show", number])["layers"].as_array().unwrap() {
        let text = |name: &str| entry[name].as_str().unwrap();
        let path =
            format!("archives/{}/{}/{}.pmtiles", text("layer"), text("slot"), text("digest"));
        let output = tilegen().arg("verify").arg(bench.store().join(path)).output().unwrap();
        assert!(output.status.success(), "{}", errors(&output));
    }
}

#[test]
fn the_newest_map_stays_however_old_it_is() {
    let bench = Bench::new();
    grow(&bench, 2);
    for path in files(&bench.store()) {
        age(&path, 400);
    }
    let done = catalog(&bench, &["retire", "--keep", "0d"]);
    assert_eq!(done["kept_maps"], serde_json::json!([2]));
    told_whole(&bench, "2");
    assert_eq!(catalog(&bench, &["retire", "--keep", "0d"])["removed"], serde_json::json!([]));
}

#[test]
fn nothing_is_removed_while_a_map_to_be_kept_cannot_be_read() {
    let bench = Bench::new();
    grow(&bench, 3);
    for path in files(&bench.store()) {
        age(&path, 30);
    }
    age(&manifest_path(&bench, 3), 1);
    fs::write(manifest_path(&bench, 2), "{").unwrap();
    age(&manifest_path(&bench, 2), 2);
    let before = files(&bench.store());
    let said = refused(&bench, &["retire"]);
    assert!(said.contains("nothing is removed") && said.contains("0000000002.json"), "{said}");
    assert_eq!(files(&bench.store()), before);
    let listing = catalog(&bench, &["list"]);
    assert!(listing[1]["fault"].as_str().unwrap().contains("0000000002.json"), "{listing}");
}

#[test]
fn what_a_build_uses_again_is_young_again() {
    let bench = Bench::with_orders(&scattered(2000, 1));
    bench.build(&[]);
    let archive = bench.archive("density", "30d");
    bench.write("orders/part-0.parquet", &scattered(3000, 2));
    bench.build(&[]);
    assert_ne!(bench.archive("density", "30d"), archive);
    for path in files(&bench.store()) {
        age(&path, 30);
    }
    // The first archive is unlisted and old; a build that makes the same bytes uses it again.
    bench.write("orders/part-0.parquet", &scattered(2000, 1));
    bench.build(&[]);
    assert_eq!(bench.archive("density", "30d"), archive);
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
fn what_vanishes_while_it_is_published_brings_the_map_before_back() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path().to_str().unwrap(), true).unwrap();
    let first = [table(&store, "options", 1, b"first")];
    publish(&store, Update { tables: &first, ..Update::default() }).unwrap();
    let second = [table(&store, "options", 2, b"second")];
    fs::remove_file(folder.path().join(second[0].key())).unwrap();
    let refused = publish(&store, Update { tables: &second, ..Update::default() }).unwrap_err();
    assert!(
        matches!(&refused, PublishError::ObjectRemoved { key } if *key == second[0].key()),
        "{refused}"
    );
    let newest = newest_manifest(&store).unwrap().unwrap();
    assert_eq!((newest.number, newest.tables), (3, first.to_vec()));
}

#[test]
fn of_many_builders_the_newest_data_win_and_no_number_is_lost() {
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
                    // As a job does: look at the map, read the data of now, and take some time.
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
        "no number is left out"
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
fn a_rebuild_of_older_days_is_published_if_nobody_else_came_between() {
    let rows = scattered(2000, 4);
    let bench = Bench::with_orders(&rows);
    bench.build(&["--layer", "density"]);
    let newest = bench.archive("density", "30d");
    bench.build(&["--layer", "density", "--as-of", "2026-11-10"]);
    assert_ne!(bench.archive("density", "30d"), newest);
}

fn copy_arguments<'a>(to: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    [&["copy", "--to", to][..], more].concat()
}

#[test]
fn a_store_is_had_back_from_its_copy() {
    let bench = Bench::new();
    grow(&bench, 3);
    let (other, store) = (bench.path("backup"), bench.store());
    let other = other.to_str().unwrap();
    let copied = catalog(&bench, &copy_arguments(other, &["--last", "2"]));
    assert_eq!(copied["maps"], serde_json::json!([2, 3]));
    let again = catalog(&bench, &copy_arguments(other, &["--last", "2"]));
    assert_eq!((&again["objects"], &again["there"]), (&0.into(), &copied["objects"]));

    let lost = bench.path("lost");
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
    // Building goes on from the map that was had back.
    bench.build(&["--window", "30d"]);
    assert_eq!(bench.manifest()["number"], 4);
}

#[test]
fn a_copy_mends_what_is_damaged_and_takes_nothing_that_is() {
    let bench = Bench::new();
    grow(&bench, 1);
    let other = bench.path("backup");
    let to = other.to_str().unwrap();
    catalog(&bench, &copy_arguments(to, &[]));
    for name in ["archives", "lineage"] {
        let copy = files(&other.join(name)).into_iter().next().unwrap();
        let mut bytes = fs::read(&copy).unwrap();
        *bytes.last_mut().unwrap() ^= 1;
        fs::write(&copy, &bytes).unwrap();
        let blind = catalog(&bench, &copy_arguments(to, &[]));
        assert_eq!(blind["objects"], 0, "its length is right");
        let mended = catalog(&bench, &copy_arguments(to, &["--check"]));
        assert!(!mended["mended"].as_array().unwrap().is_empty(), "{name}");
        let whole = catalog(&bench, &copy_arguments(to, &["--check"]));
        assert_eq!(whole["objects"], 0, "{name}");

        let own = bench.store().join(copy.strip_prefix(&other).unwrap());
        let right = fs::read(&own).unwrap();
        fs::write(&own, &bytes).unwrap();
        let empty = bench.path(&format!("empty-{name}"));
        let sentence = refused(&bench, &copy_arguments(empty.to_str().unwrap(), &[]));
        assert!(sentence.contains("is damaged"), "{sentence}");
        assert!(!empty.join("manifests").exists(), "nothing lists it");
        fs::write(&own, right).unwrap();
    }
}

#[test]
fn a_copy_of_another_store_is_refused() {
    let (bench, other) = (Bench::new(), Bench::new());
    grow(&bench, 1);
    grow(&other, 1);
    let to = other.store();
    let sentence = refused(&bench, &copy_arguments(to.to_str().unwrap(), &[]));
    assert!(sentence.contains("map 1 of") && sentence.contains("is another one"), "{sentence}");
}
