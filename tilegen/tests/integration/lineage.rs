//! Lineage: every slot of a map lists its input files and when the next build is due.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use crate::support::{Fixture, OrderRow, SLOTS, errors, failure, scattered, tilegen};
use serde_json::{Value, json};
use tilecore::TileHash;

fn inputs(fixture: &Fixture, arguments: &[&str]) -> Value {
    let mut command = tilegen();
    command.args(["catalog", "inputs"]).args(arguments).arg("--store").arg(fixture.store());
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", errors(&output));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn fixture() -> Fixture {
    let fixture = Fixture::with_orders(&scattered(2000, 1));
    let bad = OrderRow { lat: None, ..OrderRow::clean(5000) };
    fixture.write("orders/part-1.parquet", &[bad, OrderRow::clean(5001)]);
    fixture
}

#[test]
fn a_slot_lists_its_input_files_and_rejected_rows() {
    let fixture = fixture();
    fixture.build(&["--every", "1d"]);
    let lineage = inputs(&fixture, &["density/30d"]);
    assert_eq!(lineage["slot_path"], "density/30d");
    assert_eq!(lineage["now"], "2026-11-23T02:30:00Z");
    let files = lineage["inputs"].as_array().unwrap();
    let names: Vec<_> = files.iter().map(|file| file["name"].as_str().unwrap()).collect();
    assert!(names[0].ends_with("part-0.parquet") && names[1].ends_with("part-1.parquet"));
    for file in files {
        let bytes = fs::read(file["name"].as_str().unwrap()).unwrap();
        assert_eq!(file["kind"], "orders");
        assert_eq!(file["bytes"], bytes.len());
        assert_eq!(file["digest"], format!("xxh128:{}", TileHash::of(&bytes)));
    }
    assert_eq!((files.len(), &lineage["rows"]), (2, &json!(2002)));
    assert_eq!(lineage["rejects"], json!({ "position_missing": 1 }));
    assert!(lineage["generator"].as_str().unwrap().starts_with("tilegen "));
    let commit = option_env!("FOODMAP_COMMIT").filter(|commit| !commit.is_empty());
    assert_eq!(lineage["commit"].as_str(), commit);
    let time = |value: &Value| value.as_str().unwrap().parse::<jiff::Timestamp>().unwrap();
    let manifest = fixture.manifest();
    let entry = &manifest["layers"][0];
    let ahead = time(&entry["build"]["next_due"]).duration_since(time(&entry["built_at"]));
    assert!((86_000..=86_400).contains(&ahead.as_secs()), "{ahead}");
}

#[test]
fn the_list_depends_only_on_the_input_files() {
    let fixture = fixture();
    let list = |manifest: &Value| manifest["layers"][0]["build"]["lineage"].clone();
    fixture.build(&[]);
    let first = fixture.manifest();
    assert!(first["layers"][0]["build"].get("next_due").is_none());
    fixture.build(&["--threads", "1"]);
    assert_eq!(list(&fixture.manifest()), list(&first));
    fixture.write("orders/part-1.parquet", &[OrderRow::clean(5002)]);
    fixture.build(&[]);
    assert_ne!(list(&fixture.manifest()), list(&first));
    // The older map still has its own list.
    let rows = |number: &str| inputs(&fixture, &["density/30d", number])["rows"].clone();
    assert_eq!([rows("1"), rows("3")], [json!(2002), json!(2001)]);
}

/// Keys of all objects of a store, except manifests.
fn objects(fixture: &Fixture) -> BTreeSet<PathBuf> {
    let mut found = BTreeSet::new();
    let mut folders = vec![fixture.store()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if !path.parent().unwrap().ends_with("manifests") {
                found.insert(path);
            }
        }
    }
    found
}

#[test]
fn builds_of_the_same_input_a_minute_apart_publish_no_new_objects() {
    let fixture = fixture();
    fs::create_dir(fixture.path("areas")).unwrap();
    let square = "WKT,name\n\"POLYGON ((51.3 35.6, 51.5 35.6, 51.5 35.8, 51.3 35.6))\",ونک\n";
    fs::write(fixture.path("areas/tehran.csv"), square).unwrap();
    let build = |minute: usize| {
        for job in ["density", "area-stats", "areas"] {
            let mut command = fixture.density(&["--now", &time(minute)]);
            if job != "density" {
                command = tilegen();
                command.arg(job).arg("--areas").arg(fixture.path("areas"));
                command.arg("--store").arg(fixture.store()).args(["--now", &time(minute)]);
            }
            if job == "area-stats" {
                command.arg("--orders").arg(fixture.path("orders"));
            }
            let output = command.output().unwrap();
            assert!(output.status.success(), "{job}: {}", errors(&output));
        }
        (objects(&fixture), fixture.manifest())
    };
    let ((first, before), (second, after)) = (build(0), build(1));
    assert_eq!(first, second);
    let builds = |manifest: &Value| {
        let entries = ["layers", "tables"].map(|list| manifest[list].as_array().unwrap().clone());
        entries.concat().into_iter().map(|entry| entry["build"].clone()).collect::<Vec<_>>()
    };
    let (before, after) = (builds(&before), builds(&after));
    assert_eq!(before.len(), 4, "two density layers, the areas and their order statistics");
    let unchanged = before.iter().zip(&after).filter(|(before, after)| before == after);
    assert_eq!(unchanged.count(), 1, "the public window is carried over");
    for (before, after) in before.iter().zip(&after).filter(|(before, after)| before != after) {
        assert_eq!(before["lineage"], after["lineage"]);
        assert_eq!([&before["now"], &after["now"]], [&json!(time(0)), &json!(time(1))]);
    }
}

/// A minute after the files were written, in a year in which the day of the orders is over.
fn time(minute: usize) -> String {
    format!("2036-11-23T02:{minute:02}:00Z")
}

#[test]
fn a_list_is_kept_as_long_as_a_map_refers_to_it() {
    let fixture = fixture();
    fixture.build(&[]);
    fixture.write("orders/part-1.parquet", &[OrderRow::clean(5002)]);
    fixture.build(&[]);
    let old = SystemTime::now() - Duration::from_hours(24 * 30);
    let lists = || fs::read_dir(fixture.store().join("lineage")).unwrap().count();
    for folder in ["lineage", "manifests"] {
        for file in fs::read_dir(fixture.store().join(folder)).unwrap() {
            let file = fs::File::options().write(true).open(file.unwrap().path()).unwrap();
            file.set_modified(old).unwrap();
        }
    }
    assert_eq!(lists(), 3, "of two builds, and of the public window");
    let retire = ["catalog", "retire", "--keep", "7d", "--store"];
    let output = tilegen().args(retire).arg(fixture.store()).output().unwrap();
    assert!(output.status.success(), "{}", errors(&output));
    assert_eq!(lists(), 2, "of the last build, and of the public window");
    assert_eq!(inputs(&fixture, &["density/30d"])["rows"], 2001);
}

#[test]
fn a_map_without_lineage_is_an_error() {
    let fixture = fixture();
    fixture.build(&[]);
    let path = fixture.store().join("manifests/0000000001.json");
    let mut manifest: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    for entry in manifest["layers"].as_array_mut().unwrap() {
        entry.as_object_mut().unwrap().remove("build");
    }
    fs::write(&path, manifest.to_string()).unwrap();
    let mut command = tilegen();
    let error =
        failure(command.args(["catalog", "inputs", "density/30d", "--store"]).arg(fixture.store()));
    assert!(error.contains("does not record the inputs of density/30d"), "{error}");
}

#[test]
fn archive_metadata_have_a_format_version_and_not_the_version_of_the_program() {
    let fixture = fixture();
    fixture.build(&[]);
    for (layer, slot) in SLOTS {
        let archive = fixture.archive(layer, slot);
        let output = tilegen().arg("inspect").arg(archive).output().unwrap();
        assert!(output.status.success(), "{}", errors(&output));
        let contents: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(contents["metadata"]["format_version"], 1, "{layer}");
        assert!(contents["metadata"].get("generator").is_none(), "{layer}");
    }
    assert!(fixture.manifest()["generator"].as_str().unwrap().starts_with("tilegen "));
}
