//! Lineage: every slot of a map tells which files it was made from, and when it is to be replaced.

mod support;

use std::fs;
use std::time::{Duration, SystemTime};

use serde_json::{Value, json};
use support::{Bench, OrderRow, errors, failure, scattered, tilegen};
use tilecore::TileHash;

fn inputs(bench: &Bench, arguments: &[&str]) -> Value {
    let mut command = tilegen();
    command.args(["catalog", "inputs"]).args(arguments).arg("--store").arg(bench.store());
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", errors(&output));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn bench() -> Bench {
    let bench = Bench::with_orders(&scattered(2000, 1));
    let bad = OrderRow { lat: None, ..OrderRow::clean(5000) };
    bench.write("orders/part-1.parquet", &[bad, OrderRow::clean(5001)]);
    bench
}

#[test]
fn a_slot_tells_its_files_and_what_became_of_their_rows() {
    let bench = bench();
    bench.build(&["--every", "1d"]);
    let told = inputs(&bench, &["density/30d"]);
    let files = told["inputs"].as_array().unwrap();
    let names: Vec<_> = files.iter().map(|file| file["name"].as_str().unwrap()).collect();
    assert!(names[0].ends_with("part-0.parquet") && names[1].ends_with("part-1.parquet"));
    for file in files {
        let bytes = fs::read(file["name"].as_str().unwrap()).unwrap();
        assert_eq!(file["kind"], "orders");
        assert_eq!(file["bytes"], bytes.len());
        assert_eq!(file["digest"], format!("xxh128:{}", TileHash::of(&bytes)));
    }
    assert_eq!((files.len(), &told["rows"]), (2, &json!(2002)));
    assert_eq!(told["rejects"], json!({ "position_missing": 1 }));
    assert!(told["generator"].as_str().unwrap().starts_with("tilegen "));
    let commit = option_env!("FOODMAP_COMMIT").filter(|commit| !commit.is_empty());
    assert_eq!(told["commit"].as_str(), commit);
    let time = |value: &Value| value.as_str().unwrap().parse::<jiff::Timestamp>().unwrap();
    let manifest = bench.manifest();
    let entry = &manifest["layers"][0];
    let ahead = time(&entry["build"]["next_due"]).duration_since(time(&entry["built_at"]));
    assert!((86_000..=86_400).contains(&ahead.as_secs()), "{ahead}");
}

#[test]
fn the_same_files_make_the_same_list_and_other_files_another() {
    let bench = bench();
    let list = |manifest: &Value| manifest["layers"][0]["build"]["lineage"].clone();
    bench.build(&[]);
    let first = bench.manifest();
    assert!(first["layers"][0]["build"].get("next_due").is_none());
    bench.build(&["--threads", "1"]);
    assert_eq!(list(&bench.manifest()), list(&first));
    bench.write("orders/part-1.parquet", &[OrderRow::clean(5002)]);
    bench.build(&[]);
    assert_ne!(list(&bench.manifest()), list(&first));
    // The older map goes on telling its own.
    let rows = |number: &str| inputs(&bench, &["density/30d", number])["rows"].clone();
    assert_eq!([rows("1"), rows("3")], [json!(2002), json!(2001)]);
}

#[test]
fn a_list_lives_as_long_as_a_map_that_names_it() {
    let bench = bench();
    bench.build(&[]);
    bench.write("orders/part-1.parquet", &[OrderRow::clean(5002)]);
    bench.build(&[]);
    let old = SystemTime::now() - Duration::from_hours(24 * 30);
    let lists = || fs::read_dir(bench.store().join("lineage")).unwrap().count();
    for folder in ["lineage", "manifests"] {
        for file in fs::read_dir(bench.store().join(folder)).unwrap() {
            let file = fs::File::options().write(true).open(file.unwrap().path()).unwrap();
            file.set_modified(old).unwrap();
        }
    }
    assert_eq!(lists(), 2);
    let retire = ["catalog", "retire", "--keep", "7d", "--store"];
    let output = tilegen().args(retire).arg(bench.store()).output().unwrap();
    assert!(output.status.success(), "{}", errors(&output));
    assert_eq!(lists(), 1);
    assert_eq!(inputs(&bench, &["density/30d"])["rows"], 2001);
}

#[test]
fn a_map_of_before_lineage_says_so() {
    let bench = bench();
    bench.build(&[]);
    let path = bench.store().join("manifests/0000000001.json");
    let mut manifest: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    for entry in manifest["layers"].as_array_mut().unwrap() {
        entry.as_object_mut().unwrap().remove("build");
    }
    fs::write(&path, manifest.to_string()).unwrap();
    let mut command = tilegen();
    let said =
        failure(command.args(["catalog", "inputs", "density/30d", "--store"]).arg(bench.store()));
    assert!(said.contains("does not tell what density/30d was made from"), "{said}");
}
