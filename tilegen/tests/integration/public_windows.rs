//! A public window is published once, whatever happens to the orders, the options and the map afterwards.

use std::fs;

use serde_json::{Value, json};

use crate::support::{DAY, Fixture, NOON, OrderRow, PUBLIC_DAYS, errors, scattered, tilegen};

const SLOT: &str = "28d";
const LAYER: &str = "density-public";

/// The names of the records of public windows.
fn records(fixture: &Fixture) -> Vec<String> {
    let listed = fs::read_dir(fixture.store().join("public").join(LAYER));
    let names = listed.into_iter().flatten().map(|entry| entry.unwrap().file_name());
    let mut names: Vec<_> = names.map(|name| name.into_string().unwrap()).collect();
    names.sort();
    names
}

fn public_entries(manifest: &Value) -> Vec<Value> {
    let layers = manifest["layers"].as_array().unwrap().iter();
    layers.filter(|entry| entry["layer"] == LAYER).cloned().collect()
}

/// Orders of the four weeks after those of `scattered`, and when they are complete.
fn later_orders() -> (Vec<OrderRow>, &'static str) {
    let moved = |row: OrderRow| OrderRow {
        id: row.id.map(|id| id + 100_000),
        time: row.time.map(|time| time + 28 * DAY),
        ..row
    };
    let rows = scattered(4000, 5).into_iter().map(moved);
    (rows.filter(|row| row.time > Some(NOON)).collect(), "2026-12-21T06:00:00+03:30")
}

#[test]
fn a_window_is_carried_over_whatever_changes() {
    let rows = scattered(4000, 4);
    let fixture = Fixture::with_orders(&rows);
    let report = fixture.build(&[]);
    assert_eq!(report["public"]["outcome"], "built");
    assert_eq!(records(&fixture), [format!("{}_{}.json", PUBLIC_DAYS[0], PUBLIC_DAYS[1])]);
    let published = public_entries(&fixture.manifest());
    let of_window = |row: &&OrderRow| row.time < Some(NOON - 9 * DAY);
    let late: Vec<OrderRow> = rows
        .iter()
        .filter(of_window)
        .step_by(90)
        .map(|row| OrderRow { id: row.id.map(|id| id + 50_000), ..row.clone() })
        .collect();
    let without_a_user: Vec<OrderRow> =
        rows.iter().filter(|row| row.user != Some(7)).cloned().collect();
    let changes: [(&[OrderRow], &[&str]); 5] = [
        (&[rows.as_slice(), late.as_slice()].concat(), &[]),
        (&without_a_user, &[]),
        (&rows, &["--min-users", "9", "--floor-lines=false"]),
        (&rows, &["--as-of", "2026-11-20"]),
        (&rows, &["--public-step", "29"]),
    ];
    for (rows, arguments) in changes {
        fixture.write("orders/part-0.parquet", rows);
        let report = fixture.build(arguments);
        assert_eq!(report["public"]["outcome"], "carried_over", "{arguments:?}");
        assert_eq!(public_entries(&fixture.manifest()), published, "{arguments:?}");
    }
    assert_eq!(records(&fixture).len(), 1);
    let archives = fs::read_dir(fixture.store().join("archives").join(LAYER).join(SLOT)).unwrap();
    assert_eq!(archives.count(), 2, "one archive and its hashes");
}

#[test]
fn the_next_window_shares_no_day_with_the_last_one() {
    let fixture = Fixture::with_orders(&scattered(4000, 4));
    fixture.build(&[]);
    let (rows, now) = later_orders();
    let earlier: Vec<OrderRow> =
        rows.iter().filter(|row| row.time <= Some(NOON + 21 * DAY)).cloned().collect();
    fixture.write("orders/part-1.parquet", &earlier);
    let report = fixture.build(&["--now", "2026-12-14T06:00:00+03:30"]);
    assert_eq!(report["public"]["reason"], "not_due", "the third day of grace is not over");
    fixture.write("orders/part-1.parquet", &rows);
    let report = fixture.build(&["--now", now]);
    assert_eq!(report["public"]["outcome"], "built");
    let names = [["2026-10-17", "2026-11-13"], ["2026-11-14", "2026-12-11"]];
    assert_eq!(records(&fixture), names.map(|[from, to]| format!("{from}_{to}.json")));
    let entries = public_entries(&fixture.manifest());
    assert_eq!((entries.len(), &entries[0]["from"]), (1, &json!("2026-11-14")));
    let error = fixture.fail(&["--now", now, "--public-step", "7"]);
    assert!(error.contains("--public-overlap") && error.contains("1 to 7 %"), "{error}");
}

#[test]
fn a_fresh_install_without_a_whole_window_publishes_none() {
    let recent: Vec<OrderRow> =
        scattered(3000, 6).into_iter().filter(|row| row.time > Some(NOON - 30 * DAY)).collect();
    let fixture = Fixture::with_orders(&recent);
    let report = fixture.build(&[]);
    let reason = json!({"outcome": "nothing", "reason": "starts_later", "first": PUBLIC_DAYS[0]});
    assert_eq!(report["public"], reason);
    assert!(public_entries(&fixture.manifest()).is_empty());
    assert_eq!(records(&fixture), [""; 0]);
    assert_eq!(report["archives"][0]["layer"], "density");
}

#[test]
fn a_day_without_orders_is_named() {
    let gap = NOON - 20 * DAY;
    let rows: Vec<OrderRow> =
        scattered(4000, 7).into_iter().filter(|row| row.time != Some(gap)).collect();
    let fixture = Fixture::with_orders(&rows);
    let report = fixture.build(&[
        "--accept",
        "orders:tehran:2026-11-02",
        "--accept",
        "orders:shiraz:2026-11-02",
    ]);
    assert_eq!(report["public"]["window"]["gaps"], json!(["2026-11-02"]));
}

/// A store as a version before 0.4 left it: a public window of 30 days until `to`, without a record.
fn as_before(fixture: &Fixture, to: &str) {
    let mut manifest = fixture.manifest();
    let entries = manifest["layers"].as_array_mut().unwrap();
    let entry = entries.iter_mut().find(|entry| entry["layer"] == LAYER).unwrap();
    (entry["slot"], entry["to"]) = (json!("30d"), json!(to));
    manifest["number"] = json!(2);
    fs::remove_dir_all(fixture.store().join("public")).unwrap();
    let folder = fixture.store().join("archives").join(LAYER);
    fs::rename(folder.join(SLOT), folder.join("30d")).unwrap();
    let path = fixture.store().join("manifests/0000000002.json");
    fs::write(path, manifest.to_string()).unwrap();
}

#[test]
fn a_window_of_an_earlier_version_is_replaced_by_one_that_shares_no_day() {
    let fixture = Fixture::with_orders(&scattered(4000, 4));
    fixture.build(&[]);
    as_before(&fixture, "2026-11-06");
    let report = fixture.build(&[]);
    assert_eq!(report["public"], json!({"outcome": "nothing", "reason": "not_due"}));
    assert_eq!(public_entries(&fixture.manifest())[0]["slot"], "30d", "the old window stays");
    let (rows, now) = later_orders();
    fixture.write("orders/part-1.parquet", &rows);
    fixture.build(&["--now", now]);
    let entries = public_entries(&fixture.manifest());
    assert_eq!((entries.len(), &entries[0]["slot"]), (1, &json!("28d")));
}

#[test]
fn retiring_keeps_the_records() {
    let fixture = Fixture::with_orders(&scattered(2000, 4));
    fixture.build(&[]);
    let retired = tilegen()
        .args(["catalog", "retire", "--keep", "0d", "--store"])
        .arg(fixture.store())
        .output()
        .unwrap();
    assert!(retired.status.success(), "{}", errors(&retired));
    assert_eq!(records(&fixture).len(), 1);
}
