//! Taking a map back: rollbacks of one job, holds, damaged manifests, history and status.

use std::collections::BTreeMap;
use std::fs;
use std::process::Output;
use std::time::{Duration, Instant};

use crate::support::{Fixture, errors, failure, scattered, tilegen};
use jiff::Timestamp;
use serde_json::{Value, json};
use tilecore::manifest::{Job, Manifest, TableEntry};
use tilecore::{Slot, Visibility};
use tilegen::catalog::{self, RollbackSpec, Scope, Target};
use tilegen::publish::lease::Lease;
use tilegen::publish::{
    NewTable, Provenance, PublishError, Update, newest_manifest, publish, store_table,
};
use tilegen::store::Store;

fn store(fixture: &Fixture) -> Store {
    Store::open(fixture.store().to_str().unwrap(), true).unwrap()
}

fn run(fixture: &Fixture, arguments: &[&str]) -> Output {
    tilegen().args(arguments).arg("--store").arg(fixture.store()).output().unwrap()
}

/// The output of a catalog command that must succeed: JSON, or else text.
fn catalog(fixture: &Fixture, arguments: &[&str]) -> Value {
    let output = run(fixture, &[&["catalog"], arguments].concat());
    assert!(output.status.success(), "{arguments:?}: {}", errors(&output));
    let text = String::from_utf8(output.stdout).unwrap();
    serde_json::from_str(&text).unwrap_or(Value::String(text))
}

/// The message of a catalog command that must fail. Warnings may precede it.
fn catalog_error(fixture: &Fixture, arguments: &[&str]) -> String {
    let output = run(fixture, &[&["catalog"], arguments].concat());
    assert!(!output.status.success(), "{arguments:?} should have failed");
    errors(&output).lines().last().unwrap().to_owned()
}

/// The tests publish fewer orders than before, which a guard would stop.
const ACCEPT_ALL: [&str; 4] = [
    "--accept",
    "orders:tehran:2026-01-01..2026-12-31",
    "--accept",
    "orders:shiraz:2026-01-01..2026-12-31",
];

fn orders(fixture: &Fixture, count: i64) {
    fixture.write("orders/part.parquet", &scattered(count, count.cast_unsigned()));
    fixture.build(&ACCEPT_ALL);
}

fn table(store: &Store, name: &str, content: &str) -> TableEntry {
    let json = serde_json::to_vec(content).unwrap();
    let provenance = Provenance { data_at: Timestamp::now(), build: None };
    let table = NewTable {
        name: name.parse().unwrap(),
        slot: Slot::now(),
        visibility: Visibility::Public,
        provenance: &provenance,
        rows: 7,
        json: &json,
    };
    store_table(store, table).unwrap()
}

/// Publishes one table, as the run of another job does.
fn publish_table(fixture: &Fixture, name: &str, content: &str) -> Result<Manifest, PublishError> {
    let store = store(fixture);
    let base = newest_manifest(&store).unwrap();
    let cities = base.as_ref().map(|base| base.cities.clone()).unwrap_or_default();
    let tables = [table(&store, name, content)];
    let update =
        Update { base: base.as_ref(), cities: &cities, tables: &tables, ..Update::default() };
    publish(&store, update)
}

/// The digest of each slot of the newest map.
fn digests(fixture: &Fixture) -> BTreeMap<String, String> {
    digests_of(&fixture.manifest())
}

fn digests_of(manifest: &Value) -> BTreeMap<String, String> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let entries = |list: &str, name: &str| {
        let entries = manifest[list].as_array().cloned().unwrap_or_default().into_iter();
        let digest = |entry: Value| {
            let path = format!("{}/{}", text(&entry[name]), text(&entry["slot"]));
            (path, text(&entry["digest"]))
        };
        entries.map(digest).collect::<Vec<_>>()
    };
    entries("layers", "layer").into_iter().chain(entries("tables", "name")).collect()
}

fn write_manifest(fixture: &Fixture, number: u64, text: &str) {
    fs::write(fixture.store().join(format!("manifests/{number:010}.json")), text).unwrap();
}

/// Good orders (map 1), bad orders (2), three snapshots (3 to 5) and the bad build again (6).
fn bad_orders_and_snapshots() -> Fixture {
    let fixture = Fixture::new();
    orders(&fixture, 2000);
    orders(&fixture, 900);
    for snapshot in ["first", "second", "third"] {
        publish_table(&fixture, "vendors/tehran", snapshot).unwrap();
    }
    fixture.build(&[]);
    assert_eq!(fixture.manifests().len(), 6);
    fixture
}

#[test]
fn bad_orders_are_rolled_back_whatever_other_jobs_have_published_since() {
    let fixture = bad_orders_and_snapshots();
    let (good, bad) = (digests_of(&catalog(&fixture, &["show", "1"])), digests(&fixture));
    let listed = catalog(&fixture, &["rollback"]);
    assert_eq!(fixture.manifests().len(), 6, "a list changes nothing");
    assert_eq!((&listed[0]["job"], &listed[1]["job"]), (&json!("orders"), &json!("snapshot")));
    let numbers = |job: &Value| {
        let candidates = job["candidates"].as_array().unwrap().iter();
        candidates.map(|candidate| candidate["number"].as_u64().unwrap()).collect::<Vec<_>>()
    };
    assert_eq!(numbers(&listed[0]), [1], "repeats of the bad build are passed over");
    assert_eq!(numbers(&listed[1]), [4, 3]);

    let arguments = ["rollback", "--job", "orders", "--author", "amir", "--reason", "half missing"];
    let done = catalog(&fixture, &arguments);
    assert_eq!((&done["map"], &done["to"]), (&json!(7), &json!(1)));
    let now = digests(&fixture);
    assert_eq!(now["density/30d"], good["density/30d"]);
    assert_ne!(now["density/30d"], bad["density/30d"]);
    assert_eq!(now["density-public/28d"], good["density-public/28d"]);
    assert_eq!(now["vendors/tehran/now"], bad["vendors/tehran/now"], "the newest snapshot stays");
    let hold = &fixture.manifest()["holds"][0];
    assert_eq!(
        (&hold["job"], &hold["author"], &hold["reason"]),
        (&json!("orders"), &json!("amir"), &json!("half missing"))
    );
    let time = |name: &str| hold[name].as_str().unwrap().parse::<Timestamp>().unwrap();
    assert_eq!(time("until").duration_since(time("since")).as_hours(), 48);

    // A second rollback does not bring the bad map back.
    let error = catalog_error(&fixture, &["rollback", "--job", "orders"]);
    assert!(error.contains("there is nothing to roll orders back to"), "{error}");
    assert_eq!(fixture.manifests().len(), 7);
    assert_eq!(numbers(&catalog(&fixture, &["rollback"])[0]), Vec::<u64>::new());
}

#[test]
fn a_held_job_publishes_nothing_until_it_is_released() {
    let fixture = bad_orders_and_snapshots();
    let metrics = fixture.path("density.prom");
    catalog(&fixture, &["rollback", "--job", "orders", "--author", "amir"]);
    let scheduled = ["--every", "1d", "--metrics-file", metrics.to_str().unwrap()];
    let output = fixture.density(&scheduled).output().unwrap();
    let said = errors(&output);
    assert!(output.status.success() && said.contains("orders is held by amir until"), "{said}");
    let text = fs::read_to_string(&metrics).unwrap();
    for line in ["tilegen_run_held{build=\"density\"} 1", "tilegen_run_failed{build=\"density\"} 0"]
    {
        assert!(text.contains(line), "{text}");
    }
    let error = failure(&mut fixture.density(&[]));
    assert!(error.contains("orders is held by amir until"), "a run by hand fails: {error}");
    assert!(error.contains("tilegen catalog release --job orders"), "{error}");
    let error = publish_table(&fixture, "area-stats/orders", "statistics").unwrap_err();
    assert!(matches!(error, PublishError::Held(_)), "{error}");
    assert_eq!(fixture.manifests().len(), 7, "nothing was published");

    publish_table(&fixture, "vendors/tehran", "fourth").unwrap();
    assert_eq!(fixture.manifest()["holds"][0]["job"], "orders", "other jobs keep the hold");
    assert_eq!(catalog(&fixture, &["release", "--job", "orders"]), "orders is released in map 9\n");
    assert_eq!(catalog(&fixture, &["release", "--job", "orders"]), "orders is not held\n");
    fixture.build(&[&scheduled[..], &ACCEPT_ALL].concat());
    assert_eq!(fixture.manifests().len(), 10);
    let text = fs::read_to_string(&metrics).unwrap();
    assert!(text.contains("tilegen_run_held{build=\"density\"} 0"), "{text}");
    assert_eq!(fixture.manifest().get("rollbacks"), None, "the rollback is replaced");

    let held = catalog(&fixture, &["hold", "--job", "orders", "--for", "2d", "--reason", "audit"]);
    assert!(held.as_str().unwrap().starts_with("orders is held until"), "{held}");
    assert!(failure(&mut fixture.density(&[])).contains("audit"));
}

#[test]
fn a_hold_ends_by_itself() {
    let fixture = Fixture::new();
    orders(&fixture, 1000);
    let mut ended = fixture.manifest();
    ended["number"] = 2.into();
    ended["holds"] = json!([{
        "job": "orders", "author": "a", "reason": "b", "since": "2026-01-01T00:00:00Z",
        "until": "2026-01-03T00:00:00Z"
    }]);
    write_manifest(&fixture, 2, &ended.to_string());
    fixture.build(&[]);
    assert_eq!(fixture.manifest().get("holds"), None, "it is removed by the next map");
}

#[test]
fn the_statistics_of_orders_go_back_with_their_density() {
    let fixture = Fixture::new();
    orders(&fixture, 2000);
    publish_table(&fixture, "area-stats/orders", "good").unwrap();
    orders(&fixture, 900);
    publish_table(&fixture, "area-stats/orders", "bad").unwrap();
    let done = catalog(&fixture, &["rollback", "--job", "orders", "--no-hold"]);
    assert_eq!((&done["to"], &done["hold"]), (&json!(2), &Value::Null));
    assert_eq!(digests(&fixture), digests_of(&catalog(&fixture, &["show", "2"])));
    fixture.build(&ACCEPT_ALL);
}

#[test]
fn a_rollback_goes_to_a_number_or_before_a_time() {
    let fixture = Fixture::new();
    for count in [2000, 1500, 1000] {
        orders(&fixture, count);
    }
    let second = catalog(&fixture, &["show", "2"]);
    let time = second["built_at"].as_str().unwrap();
    let done = catalog(&fixture, &["rollback", "--job", "orders", "--before", time]);
    assert_eq!(done["to"], 1);
    let arguments = ["rollback", "--job", "orders", "--to", "2", "--hold-for", "2h"];
    assert_eq!(catalog(&fixture, &arguments)["to"], 2);
    assert_eq!(fixture.manifest()["holds"].as_array().unwrap().len(), 1, "the hold is replaced");
    for (arguments, message) in [
        (&["rollback", "--job", "orders", "--to", "2"][..], "map 2 has the same orders"),
        (&["rollback", "--job", "orders", "--to", "77"], "there is no map 77"),
        (&["rollback", "--job", "snapshot", "--to", "2"], "map 2 has no snapshot"),
        (&["rollback", "--job", "orders", "--before", "2020-01-01T00:00:00Z"], "nothing to roll"),
    ] {
        let error = catalog_error(&fixture, arguments);
        assert!(error.contains(message), "{arguments:?}: {error}");
    }
    let usage = run(&fixture, &["catalog", "rollback", "--to", "2"]);
    assert_eq!(usage.status.code(), Some(2), "a target needs a job");
    assert_eq!(fixture.manifests().len(), 5);
}

#[test]
fn a_layer_is_rolled_back_alone_with_a_warning() {
    let fixture = Fixture::new();
    orders(&fixture, 2000);
    orders(&fixture, 900);
    let bad = digests(&fixture);
    let good = digests_of(&catalog(&fixture, &["show", "1"]));
    let output = run(&fixture, &["catalog", "rollback", "--layer", "density", "--slot", "30d"]);
    assert!(output.status.success(), "{}", errors(&output));
    assert!(errors(&output).contains("may no longer agree"), "{}", errors(&output));
    let now = digests(&fixture);
    assert_eq!(now["density/30d"], good["density/30d"]);
    assert_eq!(now["density-public/28d"], bad["density-public/28d"]);
    assert_eq!(fixture.manifest()["holds"][0]["job"], "orders");

    catalog(&fixture, &["pin", "density/30d"]);
    let error = catalog_error(&fixture, &["rollback", "--layer", "density", "--to", "2"]);
    assert!(error.contains("is pinned"), "{error}");
}

#[test]
fn a_map_with_a_missing_object_is_passed_over() {
    let fixture = Fixture::new();
    for count in [2000, 1500, 1000] {
        orders(&fixture, count);
    }
    let second = catalog(&fixture, &["show", "2"]);
    let digest = second["layers"][0]["digest"].as_str().unwrap();
    fs::remove_file(fixture.store().join(format!("archives/density/30d/{digest}.pmtiles")))
        .unwrap();
    assert_eq!(catalog(&fixture, &["rollback", "--job", "orders"])["to"], 1);
}

#[test]
fn a_build_that_runs_during_a_rollback_does_not_undo_it() {
    let fixture = Fixture::new();
    orders(&fixture, 2000);
    orders(&fixture, 900);
    fixture.write("orders/part.parquet", &scattered(300_000, 3));
    let log = fs::File::create(fixture.path("log")).unwrap();
    let mut build =
        fixture.density(&["--lease", "1m", "--every", "1d"]).stderr(log).spawn().unwrap();
    let (started, leases) = (Instant::now(), fixture.store().join("leases/density"));
    while !leases.join("0000000001.json").exists() {
        assert!(started.elapsed() < Duration::from_secs(10), "no lease was taken");
        std::thread::sleep(Duration::from_millis(2));
    }
    let spec = RollbackSpec {
        scope: Scope::Job(Job::Orders),
        target: Target::Previous,
        hold: Some(Duration::from_hours(1)),
        author: "amir".to_owned(),
        reason: None,
    };
    let done = catalog::roll_back_scope(&store(&fixture), &spec).unwrap();
    assert_eq!((done.map, done.to), (3, 1));
    assert!(build.wait().unwrap().success());
    let log = fs::read_to_string(fixture.path("log")).unwrap();
    assert!(log.contains("orders is held by amir until"), "{log}");
    assert_eq!(fixture.manifests().len(), 3, "the build published nothing");

    // A run that holds the lease is named.
    catalog(&fixture, &["release", "--job", "orders"]);
    orders(&fixture, 1000);
    let _lease = Lease::acquire(&store(&fixture), "density", Duration::from_mins(1)).unwrap();
    let done = catalog(&fixture, &["rollback", "--job", "orders"]);
    assert!(done["running"][0].as_str().unwrap().contains("has been running density"), "{done}");
}

#[test]
fn builds_continue_above_a_damaged_manifest() {
    let fixture = Fixture::new();
    orders(&fixture, 2000);
    publish_table(&fixture, "vendors/tehran", "first").unwrap();
    write_manifest(&fixture, 3, "{\"version\": 1, \"numb");
    assert_eq!(catalog(&fixture, &["show"])["number"], 2);
    orders(&fixture, 1000);
    assert_eq!(fixture.manifest()["number"], 4);
    assert!(digests(&fixture).contains_key("vendors/tehran/now"), "nothing is lost");
    write_manifest(&fixture, 5, "");
    let done = catalog(&fixture, &["rollback", "--job", "orders", "--no-hold"]);
    assert_eq!((&done["map"], &done["to"]), (&json!(6), &json!(2)));
}

#[test]
fn a_repair_publishes_the_newest_good_map_again() {
    let fixture = Fixture::new();
    orders(&fixture, 2000);
    orders(&fixture, 1000);
    let nothing = catalog(&fixture, &["repair"]);
    assert_eq!((&nothing["published"], fixture.manifests().len()), (&Value::Null, 2));
    write_manifest(&fixture, 3, "{");
    write_manifest(&fixture, 4, "not a manifest");
    let status = run(&fixture, &["status", "--json"]);
    assert_eq!(status.status.code(), Some(1), "{}", errors(&status));
    let done = catalog(&fixture, &["repair"]);
    assert_eq!((&done["good"], &done["published"]), (&json!(2), &json!(5)));
    assert_eq!(digests(&fixture), digests_of(&catalog(&fixture, &["show", "2"])));
    let kept = fs::read_to_string(fixture.store().join("damaged/0000000004.json")).unwrap();
    assert_eq!(kept, "not a manifest");
    let names = ["0000000001.json", "0000000002.json", "0000000005.json"];
    assert_eq!(fixture.manifests(), names);
    catalog(&fixture, &["retire", "--dry-run"]);
}

#[test]
fn a_copy_restores_a_damaged_manifest() {
    let fixture = Fixture::new();
    orders(&fixture, 2000);
    orders(&fixture, 1000);
    let backup = fixture.path("backup");
    let backup = backup.to_str().unwrap();
    catalog(&fixture, &["copy", "--to", backup, "--last", "2"]);
    let good = fixture.manifest();
    write_manifest(&fixture, 2, "{");
    let restore = |arguments: &[&str]| {
        let mut command = tilegen();
        command.args(["catalog", "copy", "--last", "2", "--store", backup, "--to"]);
        command.arg(fixture.store()).args(arguments).output().unwrap()
    };
    let refused = restore(&[]);
    assert!(errors(&refused).contains("is a different map"), "{}", errors(&refused));
    let restored = restore(&["--check"]);
    assert!(restored.status.success(), "{}", errors(&restored));
    assert_eq!(fixture.manifest(), good);
    let report: Value = serde_json::from_slice(&restored.stdout).unwrap();
    assert_eq!(report["repaired"], json!(["manifests/0000000002.json"]));
}

#[test]
fn a_build_does_not_start_from_nothing_above_manifests_that_are_all_damaged() {
    let fixture = Fixture::new();
    orders(&fixture, 1000);
    write_manifest(&fixture, 1, "{");
    let output = fixture.density(&[]).output().unwrap();
    assert!(!output.status.success());
    assert!(errors(&output).contains("could not read manifest"), "{}", errors(&output));
    assert_eq!(fixture.manifests().len(), 1);
    assert_eq!(run(&fixture, &["status"]).status.code(), Some(2));
}

#[test]
fn a_manifest_of_a_newer_version_stops_all_jobs_in_one_sentence() {
    let fixture = Fixture::new();
    orders(&fixture, 1000);
    write_manifest(&fixture, 2, r#"{"version": 2, "number": 2, "entries": {}}"#);
    let error = failure(&mut fixture.density(&["--every", "1d"]));
    assert!(
        error.contains("has version 2") && error.contains("install a newer release"),
        "{error}"
    );
    for arguments in
        [&["repair"][..], &["rollback", "--job", "orders"], &["hold", "--job", "areas"]]
    {
        let error = catalog_error(&fixture, arguments);
        assert!(error.contains("has version 2"), "{arguments:?}: {error}");
    }
    assert_eq!(fixture.manifests().len(), 2, "nothing was published");
    let status = run(&fixture, &["status", "--json"]);
    assert_eq!(status.status.code(), Some(2));
    let status: Value = serde_json::from_slice(&status.stdout).unwrap();
    assert_eq!(status["jobs"][0]["state"], "stopped");
}

#[test]
fn builds_continue_if_the_newest_manifest_is_missing() {
    let fixture = Fixture::new();
    orders(&fixture, 2000);
    orders(&fixture, 1000);
    fs::remove_file(fixture.store().join("manifests/0000000002.json")).unwrap();
    fixture.build(&ACCEPT_ALL);
    assert_eq!(fixture.manifest()["number"], 2);
}

#[test]
fn fields_of_newer_versions_survive_builds_and_rollbacks() {
    let fixture = Fixture::new();
    orders(&fixture, 2000);
    publish_table(&fixture, "vendors/tehran", "first").unwrap();
    let mut newer = fixture.manifest();
    newer["number"] = 3.into();
    newer["guards"] = json!({"accepted": ["orders:tehran:2026-11-22"]});
    newer["cities"][0]["districts"] = 22.into();
    newer["tables"][0]["language"] = "fa".into();
    newer["layers"][0]["build"]["seconds"] = 1.5.into();
    write_manifest(&fixture, 3, &newer.to_string());
    let kept = |what: &str| {
        let now = fixture.manifest();
        assert_eq!(now["guards"], newer["guards"], "{what}");
        assert_eq!(now["cities"][0]["districts"], 22, "{what}");
        assert_eq!(now["tables"][0]["language"], "fa", "{what}");
        now
    };
    orders(&fixture, 1000);
    kept("a build");
    catalog(&fixture, &["rollback", "--job", "orders"]);
    assert_eq!(kept("a rollback")["layers"][0]["build"]["seconds"], 1.5);
}

#[test]
fn an_entry_with_an_unknown_name_belongs_to_the_job_that_read_its_input() {
    let fixture = Fixture::new();
    orders(&fixture, 2000);
    let mut newer = fixture.manifest();
    newer["number"] = 2.into();
    newer["layers"].as_array_mut().unwrap().retain(|entry| entry["layer"] == "density");
    newer["layers"][0]["layer"] = "heat".into();
    newer["layers"][0]["pinned"] = false.into();
    write_manifest(&fixture, 2, &newer.to_string());
    let done = catalog(&fixture, &["rollback", "--job", "orders"]);
    assert_eq!(done["to"], 1);
    assert!(!digests(&fixture).contains_key("heat/30d"), "{done}");
}

#[test]
fn the_history_says_when_and_from_which_input_a_slot_was_published() {
    let fixture = bad_orders_and_snapshots();
    catalog(&fixture, &["rollback", "--job", "orders"]);
    let arguments = ["history", "--layer", "density", "--slot", "30d", "--json"];
    let history = catalog(&fixture, &arguments);
    let history = history.as_array().unwrap();
    let rows: Vec<_> = history
        .iter()
        .map(|row| (row["number"].as_u64().unwrap(), row["change"].as_str().unwrap()))
        .collect();
    assert_eq!(rows.len(), 4, "{rows:?}");
    assert!(rows[0].0 == 7 && rows[0].1.starts_with("rolled back to map 1, orders "), "{rows:?}");
    assert_eq!(rows[1], (6, "built again, same content"));
    assert!(rows[2].0 == 2 && rows[2].1.starts_with("changed, orders "), "{rows:?}");
    assert_eq!(rows[3], (1, "new"));
    let first = &history[3];
    assert!(first["input"]["last"].as_str().unwrap().ends_with("orders/part.parquet"), "{first}");
    assert_eq!((&first["rows"], &first["days"][1]), (&json!(2000), &json!("2026-11-22")));
    let snapshots = catalog(&fixture, &["history", "--job", "snapshot", "--last", "2"]);
    let numbers: Vec<_> =
        snapshots.as_array().unwrap().iter().map(|row| row["number"].clone()).collect();
    assert_eq!(numbers, [5, 4]);
}

#[test]
fn the_status_has_one_verdict_for_each_job() {
    let fixture = Fixture::new();
    assert_eq!(run(&fixture, &["status"]).status.code(), Some(2), "there is no store");
    fixture.write("orders/part.parquet", &scattered(1000, 1));
    let status = |code: i32| {
        let output = run(&fixture, &["status", "--json"]);
        assert_eq!(output.status.code(), Some(code), "{}", errors(&output));
        serde_json::from_slice::<Value>(&output.stdout).unwrap()["jobs"].clone()
    };
    fixture.build(&["--every", "1d"]);
    let jobs = status(0);
    assert_eq!((&jobs[0]["job"], &jobs[0]["verdict"]), (&json!("orders"), &json!("fresh")));
    assert_eq!(jobs[1]["state"], "unpublished");

    fixture.build(&["--every", "1s"]);
    std::thread::sleep(Duration::from_secs(2));
    let jobs = status(1);
    assert_eq!(jobs[0]["state"], "late", "{jobs}");
    assert!(jobs[0]["next"].as_str().unwrap().starts_with("tilegen catalog inputs density"));

    catalog(&fixture, &["hold", "--job", "orders", "--author", "amir", "--reason", "audit"]);
    let jobs = status(1);
    assert_eq!(jobs[0]["state"], "held");
    assert!(jobs[0]["verdict"].as_str().unwrap().starts_with("held by amir until"), "{jobs}");
    assert!(jobs[0]["next"].as_str().unwrap().starts_with("tilegen catalog release --job orders"));
}
