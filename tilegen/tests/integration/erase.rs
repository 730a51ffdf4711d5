//! Erasing people: their rows, the public window and the archives that count them, also if the command is killed.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use arrow_array::cast::AsArray;
use arrow_array::types::Int64Type;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use serde_json::{Value, json};

use crate::support::{
    DAY, Fixture, NOON, OrderRow, PUBLIC_DAYS, errors, read_cells, scattered, tilegen,
};

/// Two users of `scattered(4000, _)`.
const ERASED: [i64; 2] = [7, 11];

/// Writes orders as `tilegen fetch orders` does: a file and a manifest for each day.
fn write_days(fixture: &Fixture, rows: &[OrderRow]) {
    let mut days: BTreeMap<i64, Vec<OrderRow>> = BTreeMap::new();
    for row in rows {
        days.entry((row.time.unwrap() - NOON) / DAY).or_default().push(row.clone());
    }
    for (index, (back, rows)) in days.into_iter().enumerate() {
        let day =
            jiff::civil::date(2026, 11, 22).checked_add(jiff::Span::new().days(back)).unwrap();
        let file = format!("part-{index:032x}.parquet");
        fixture.write(&format!("orders/date={day}/{file}"), &rows);
        let manifest = json!({
            "format": 1, "date": day, "file": file, "rows": rows.len(), "bytes": 1, "source_rows": null,
            "columns": [], "source": "postgresql", "fetched_at": "2026-11-23T00:00:00Z",
        });
        let path = fixture.path(&format!("orders/date={day}/_day.json"));
        fs::write(path, manifest.to_string()).unwrap();
    }
}

/// A published map of fetched days.
fn published() -> Fixture {
    let fixture = published_with(&[]);
    fs::write(fixture.path("users.txt"), format!(" {}\n\n{}\n", ERASED[0], ERASED[1])).unwrap();
    fixture
}

/// The same with more orders.
fn published_with(rows: &[OrderRow]) -> Fixture {
    let fixture = Fixture::new();
    write_days(&fixture, &[scattered(4000, 4).as_slice(), rows].concat());
    fixture.build(&[]);
    fixture
}

/// Twelve people, each with one order of the same line in the same building of a busy street. They are listed in
/// `users.txt`.
fn published_with_a_group() -> Fixture {
    let group = |user: i64| OrderRow {
        user: Some(user),
        time: Some(NOON - 15 * DAY),
        ..OrderRow::clean(user)
    };
    let fixture = published_with(&GROUP.map(group).collect::<Vec<_>>());
    let ids: Vec<_> = GROUP.map(|user| user.to_string()).collect();
    fs::write(fixture.path("users.txt"), ids.join("\n")).unwrap();
    fixture
}

/// Users that `scattered` does not have.
const GROUP: std::ops::Range<i64> = 20_000..20_012;

/// Runs `tilegen erase --republish-public`, which must refuse, and returns its message.
fn refusal(fixture: &Fixture) -> String {
    let output = command(fixture).arg("--republish-public").output().unwrap();
    assert_eq!(output.status.code(), Some(3), "{}", errors(&output));
    let message = errors(&output);
    let last = message.lines().last().unwrap_or_default().to_owned();
    assert!(last.starts_with("tilegen: --republish-public is refused and "), "{message}");
    last
}

fn command(fixture: &Fixture) -> Command {
    let mut command = tilegen();
    command.arg("erase").arg("--users").arg(fixture.path("users.txt"));
    command.arg("--inputs").arg(fixture.path("")).arg("--store").arg(fixture.store());
    command
}

/// Runs `tilegen erase`, which must exit with a code, and returns its report.
fn erase(fixture: &Fixture, arguments: &[&str], code: i32) -> Value {
    let output = command(fixture).args(arguments).output().unwrap();
    assert_eq!(output.status.code(), Some(code), "{}", errors(&output));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn order_files(fixture: &Fixture) -> Vec<PathBuf> {
    let days = fs::read_dir(fixture.path("orders")).unwrap();
    let files = days.flat_map(|day| fs::read_dir(day.unwrap().path()).unwrap());
    let paths = files.map(|file| file.unwrap().path());
    let mut paths: Vec<_> =
        paths.filter(|path| path.extension() == Some("parquet".as_ref())).collect();
    paths.sort();
    paths
}

/// The orders of each user in the inputs.
fn users(fixture: &Fixture) -> BTreeMap<i64, u64> {
    let mut users = BTreeMap::new();
    for path in order_files(fixture) {
        let file = fs::File::open(path).unwrap();
        let reader = ParquetRecordBatchReaderBuilder::try_new(file).unwrap().build().unwrap();
        for batch in reader {
            let batch = batch.unwrap();
            let column = batch.column_by_name("user_id").unwrap();
            for user in column.as_primitive::<Int64Type>().iter().flatten() {
                *users.entry(user).or_default() += 1;
            }
        }
    }
    users
}

fn layers(fixture: &Fixture) -> BTreeSet<String> {
    let manifest = fixture.manifest();
    let entries = manifest["layers"].as_array().unwrap().iter();
    entries.map(|entry| entry["layer"].as_str().unwrap().to_owned()).collect()
}

fn record(fixture: &Fixture) -> (PathBuf, Value) {
    let folder = fixture.store().join("private/erasures");
    let paths: Vec<_> = fs::read_dir(folder).unwrap().map(|file| file.unwrap().path()).collect();
    assert_eq!(paths.len(), 1, "one erasure, one record: {paths:?}");
    (paths[0].clone(), serde_json::from_slice(&fs::read(&paths[0]).unwrap()).unwrap())
}

fn is_private(path: &Path) -> bool {
    fs::metadata(path).unwrap().permissions().mode() & 0o777 == 0o600
}

#[test]
fn erased_people_are_in_no_input_and_no_archive() {
    let fixture = published();
    let (before, archive) = (users(&fixture), fixture.archive("density", "30d"));
    let public = fixture.archive("density-public", "28d");
    let rows: u64 = ERASED.iter().map(|user| before[user]).sum();
    let planned = erase(&fixture, &["--dry-run"], 0);
    assert_eq!((&planned["rows"], users(&fixture) == before), (&json!(rows), true));

    let report = erase(&fixture, &[], 5);
    assert_eq!((&report["rows"], &report["users"]), (&json!(rows), &json!(2)));
    assert_eq!(report["withdrawn"], json!([PUBLIC_DAYS]));
    assert_eq!(report["waiting_for"], json!(["density/30d"]));
    assert_eq!(layers(&fixture), BTreeSet::from(["density".to_owned()]));
    let others: BTreeMap<_, _> =
        before.into_iter().filter(|(user, _)| !ERASED.contains(user)).collect();
    assert_eq!(users(&fixture), others, "all orders of all others are left");
    assert!(order_files(&fixture).iter().any(|path| is_private(path)), "new files are private");
    assert!(fixture.store().join("requests/density").is_dir(), "the layer is requested");
    assert!(archive.exists(), "until the layer is built again");

    let mut restored = tilegen();
    restored.args(["catalog", "rollback", "1", "--store"]).arg(fixture.store());
    assert!(restored.output().unwrap().status.success());
    assert!(!layers(&fixture).contains("density-public"), "a rollback does not restore the window");

    let built = fixture.build(&[]);
    assert_eq!(built["public"], json!({"outcome": "nothing", "reason": "withdrawn"}));
    let report = erase(&fixture, &[], 0);
    assert_eq!((&report["is_finished"], &report["rows"]), (&json!(true), &json!(0)));
    assert!(!archive.exists() && !public.exists(), "the former archives are removed");
    assert!(fixture.archive("density", "30d").exists());
    assert_eq!(fixture.manifests().len(), 1, "the former maps are removed");
    let (path, record) = record(&fixture);
    assert!(is_private(&path) && record["finished_at"].is_string(), "{record}");
    assert_eq!((&record["users"], &record["rows"]), (&json!(2), &json!(rows)));
    assert!(record.as_object().unwrap().keys().all(|key| key != "ids"), "{record}");
    assert!(
        fixture.store().join("public/density-public").is_dir(),
        "the record of the window stays"
    );
    assert_eq!(erase(&fixture, &[], 0)["days"], json!([]), "there is nothing left to erase");
}

#[test]
fn the_next_window_is_public_again() {
    let fixture = published();
    erase(&fixture, &[], 5);
    let moved = |row: OrderRow| OrderRow {
        id: row.id.map(|id| id + 100_000),
        time: row.time.map(|time| time + 28 * DAY),
        ..row
    };
    let later = scattered(4000, 5).into_iter().map(moved).filter(|row| row.time > Some(NOON));
    let later: Vec<_> = later.collect();
    fixture.write("orders/later/own.parquet", &later);
    let report = fixture.build(&["--now", "2026-12-21T06:00:00+03:30"]);
    assert_eq!(report["public"]["outcome"], "built");
    assert_eq!(report["public"]["window"]["entry"]["from"], "2026-11-14");
    erase(&fixture, &[], 0);
    assert!(fixture.archive("density-public", "28d").exists());
}

#[test]
fn a_window_without_a_large_group_is_published_again_at_once() {
    let fixture = published_with_a_group();
    let before = fixture.archive("density-public", "28d");
    let cells = read_cells(&before);
    let report = erase(&fixture, &["--republish-public"], 5);
    assert_eq!(report["withdrawn"], json!([PUBLIC_DAYS]));
    assert_eq!(report["republished"], json!(PUBLIC_DAYS));
    assert_eq!(report["waiting_for"], json!(["density/30d"]));
    let after = fixture.archive("density-public", "28d");
    assert_ne!(before, after);
    let now = read_cells(&after);
    assert!(cells.keys().eq(now.keys()), "the same cells are shown");
    for (cell, counts) in &cells {
        let gone = counts["orders"] - now[cell]["orders"];
        assert!(gone == 0 || gone == 12, "{cell:?} differs by {gone} orders");
    }
    let audit = || tilegen().arg("privacy-audit").arg("--store").arg(fixture.store()).status();
    assert!(before.exists() && audit().unwrap().success(), "both archives are audited");

    let built = fixture.build(&[]);
    assert_eq!(built["public"]["outcome"], "carried_over");
    assert_eq!(fixture.archive("density-public", "28d"), after);
    assert_eq!(erase(&fixture, &["--republish-public"], 0)["is_finished"], true);
    assert!(!before.exists() && after.exists());
    assert!(audit().unwrap().success());

    fs::write(fixture.path("users.txt"), ERASED[0].to_string()).unwrap();
    let message = refusal(&fixture);
    assert!(message.contains("published at most twice"), "{message}");
    erase(&fixture, &[], 5);
    assert_eq!(layers(&fixture), BTreeSet::from(["density".to_owned()]));
}

#[test]
fn a_window_that_would_isolate_people_is_not_published_again() {
    let fixture = published();
    let (before, maps) = (users(&fixture), fixture.manifests());
    let message = refusal(&fixture);
    assert!(message.contains("nothing was changed"), "{message}");
    assert!(message.contains("fewer than 5 people (the smallest of 1)"), "{message}");
    assert_eq!((users(&fixture), fixture.manifests()), (before, maps));
    assert!(!fixture.store().join("private/erasures").exists(), "no erasure is recorded");
    erase(&fixture, &[], 5);
    let message = refusal(&fixture);
    assert!(message.contains("was withdrawn by an earlier call"), "{message}");
}

#[test]
fn a_window_whose_orders_have_changed_otherwise_stays_withdrawn() {
    let fixture = published_with_a_group();
    // A day arrives again, with a late order of someone else.
    let late =
        OrderRow { user: Some(30_000), time: Some(NOON - 20 * DAY), ..OrderRow::clean(30_000) };
    let day = fixture.path("orders/date=2026-11-02");
    fs::remove_dir_all(&day).unwrap();
    let rows: Vec<_> = scattered(4000, 4)
        .into_iter()
        .filter(|row| row.time == late.time)
        .chain([late.clone()])
        .collect();
    write_days(&fixture, &rows);
    let archives = || {
        let listed = fs::read_dir(fixture.store().join("archives/density-public/28d")).unwrap();
        listed.map(|file| file.unwrap().file_name()).collect::<BTreeSet<_>>()
    };
    let stored = archives();
    let message = refusal(&fixture);
    assert!(message.contains("stays withdrawn"), "{message}");
    assert!(
        message.contains("differ by other orders") || message.contains("shown in only one"),
        "{message}"
    );
    assert!(!users(&fixture).keys().any(|user| GROUP.contains(user)), "the people are erased");
    assert_eq!(archives(), stored, "the archive that was built is removed");
    assert_eq!(layers(&fixture), BTreeSet::from(["density".to_owned()]));
    fixture.build(&[]);
    assert_eq!(erase(&fixture, &[], 0)["is_finished"], true);
}

#[test]
fn an_erasure_that_is_killed_is_finished_by_the_next_one() {
    let fixture = published();
    let mut expected = users(&fixture);
    expected.retain(|user, _| !ERASED.contains(user));
    for milliseconds in [20, 60, 120, 200, 300] {
        let mut run = command(&fixture).spawn().unwrap();
        std::thread::sleep(Duration::from_millis(milliseconds));
        run.kill().unwrap();
        run.wait().unwrap();
        // The lease of a killed run expires by itself.
        fs::remove_dir_all(fixture.store().join("leases")).ok();
    }
    assert_eq!(erase(&fixture, &[], 5)["waiting_for"], json!(["density/30d"]));
    assert_eq!(users(&fixture), expected);
    fixture.build(&[]);
    erase(&fixture, &[], 0);
    assert_eq!(layers(&fixture), BTreeSet::from(["density".to_owned()]));
    assert!(record(&fixture).1["days"].as_array().unwrap().len() > 1);
}

#[test]
fn files_of_other_programs_are_listed_and_not_changed() {
    let fixture = published();
    let own = "orders/date=2026-10-01/own.parquet";
    let row = |user| vec![OrderRow { user: Some(user), ..OrderRow::clean(90_000) }];
    fixture.write(own, &row(ERASED[0]));
    let report = erase(&fixture, &[], 5);
    assert_eq!(report["foreign_files"][0][1], 1, "{report}");
    assert!(report["foreign_files"][0][0].as_str().unwrap().ends_with(own), "{report}");
    assert!(users(&fixture).contains_key(&ERASED[0]), "it is not changed");
    fixture.write(own, &row(90_000));
    fixture.build(&[]);
    let report = erase(&fixture, &[], 5);
    assert_eq!(report["waiting_for"], json!(["density/30d"]), "built before the inputs were clean");
    fixture.build(&[]);
    erase(&fixture, &[], 0);
}

#[test]
fn a_list_that_cannot_be_used_is_refused() {
    let fixture = published();
    fs::write(fixture.path("users.txt"), "\n").unwrap();
    let output = command(&fixture).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(errors(&output).contains("no user id"), "{}", errors(&output));
}
