//! Order statistics of areas: each order counts once in every area that contains it.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::support::{DAY, Fixture, NOON, OrderRow, errors, failure, scattered, tilegen};
use serde_json::{Value, json};

/// A square with a hole, a square that overlaps it, and a square far away from both.
const AREAS: &str = "WKT,name\n\
    \"POLYGON ((51.3 35.6, 51.5 35.6, 51.5 35.8, 51.3 35.8, 51.3 35.6), \
    (51.44 35.64, 51.44 35.66, 51.46 35.66, 51.46 35.64, 51.44 35.64))\",ونک\n\
    \"POLYGON ((51.39 35.69, 51.6 35.69, 51.6 35.71, 51.39 35.71, 51.39 35.69))\",میانه\n\
    \"POLYGON ((51.7 35.85, 51.71 35.85, 51.71 35.86, 51.7 35.86, 51.7 35.85))\",دور\n";

fn fixture(rows: &[OrderRow]) -> Fixture {
    let fixture = Fixture::with_orders(rows);
    fs::create_dir_all(fixture.path("areas")).unwrap();
    fs::write(fixture.path("areas/tehran.csv"), AREAS).unwrap();
    fs::write(fixture.path("config.toml"), "[orders]\nmax_reject_share = 0.5\n").unwrap();
    fixture
}

fn area_stats(fixture: &Fixture) -> Command {
    let mut command = tilegen();
    command.arg("area-stats").arg("--orders").arg(fixture.path("orders"));
    command.arg("--areas").arg(fixture.path("areas")).arg("--store").arg(fixture.store());
    command.arg("--report").arg(fixture.path("report.json"));
    command.arg("--config").arg(fixture.path("config.toml"));
    command
}

fn publish(fixture: &Fixture) -> Value {
    let output = area_stats(fixture).output().unwrap();
    assert!(output.status.success(), "{}", errors(&output));
    newest_table(fixture)
}

fn newest_table(fixture: &Fixture) -> Value {
    let newest = fixture.store().join("manifests").join(fixture.manifests().last().unwrap());
    let manifest: Value = serde_json::from_slice(&fs::read(newest).unwrap()).unwrap();
    let entry = &manifest["tables"][0];
    assert_eq!(entry["name"], "area-stats/orders");
    assert_eq!(entry["visibility"], "internal", "the table has no privacy floor");
    let digest = entry["digest"].as_str().unwrap();
    let folder = fixture.store().join("tables/area-stats/orders/now");
    let mut files = fs::read_dir(&folder).unwrap().map(|file| file.unwrap().path());
    let file = files.find(|file| name(file).starts_with(digest)).unwrap();
    let text = tilecore::archive::gunzip(&fs::read(file).unwrap(), 1 << 20).unwrap();
    serde_json::from_slice(&text).unwrap()
}

fn name(path: &Path) -> &str {
    path.file_name().unwrap().to_str().unwrap()
}

fn stats<'a>(table: &'a Value, area: &str, window: &str) -> &'a Value {
    let areas = table["areas"].as_array().unwrap();
    &areas.iter().find(|found| found["name"] == area).unwrap()["windows"][window]
}

#[test]
fn an_order_counts_in_every_area_that_contains_it() {
    let at = |id, lng, lat| OrderRow { lng: Some(lng), lat: Some(lat), ..OrderRow::clean(id) };
    let rows = [
        at(1, 51.40, 35.70),                                                   // in both
        OrderRow { user: Some(1), line: Some("Cafe"), ..at(2, 51.35, 35.65) }, // in the first
        at(3, 51.45, 35.65),                                                   // in its hole
        OrderRow { user: None, ..at(4, 51.55, 35.70) },                        // in the second
        OrderRow { user: Some(1), time: Some(NOON - 40 * DAY), ..at(5, 51.40, 35.70) },
        OrderRow { time: Some(NOON - 3 * DAY), ..at(1, 51.40, 35.70) }, // a duplicate
    ];
    let fixture = fixture(&rows);
    let table = publish(&fixture);
    assert_eq!(table["lines"], json!(["Cafe", "Restaurant"]));
    assert_eq!(table["windows"]["30d"], json!(["2026-10-24", "2026-11-22"]));
    assert_eq!(table["windows"]["all"], json!(["2026-10-13", "2026-11-22"]));
    let expected = |orders, users, of_lines, users_of_lines| {
        let [orders_by_line, users_by_line]: [[u64; 2]; 2] = [of_lines, users_of_lines];
        json!({
            "orders": orders, "users": users,
            "orders_by_line": orders_by_line, "users_by_line": users_by_line,
        })
    };
    assert_eq!(*stats(&table, "ونک", "30d"), expected(2, 1, [1, 1], [1, 1]));
    assert_eq!(*stats(&table, "ونک", "all"), expected(3, 1, [1, 2], [1, 1]));
    assert_eq!(*stats(&table, "میانه", "30d"), expected(2, 1, [0, 2], [0, 1]));
    assert_eq!(*stats(&table, "میانه", "all"), expected(3, 1, [0, 3], [0, 1]));
    assert_eq!(*stats(&table, "دور", "all"), expected(0, 0, [0, 0], [0, 0]));
    let report: Value =
        serde_json::from_slice(&fs::read(fixture.path("report.json")).unwrap()).unwrap();
    assert_eq!((report["orders"].as_u64(), report["outside_areas"].as_u64()), (Some(5), Some(1)));
}

#[test]
fn the_split_into_files_does_not_change_the_table() {
    let rows = scattered(5000, 4);
    let one = fixture(&rows);
    let several = fixture(&rows[3000..]);
    several.write("orders/part-1.parquet", &rows[..3000]);
    assert_eq!(publish(&one), publish(&several));
}

#[test]
fn of_copies_in_different_areas_the_same_one_is_counted_in_any_order_of_files() {
    // Positions in one cell, on both sides of a border: all but their areas is equal.
    let copy = |number: i64| {
        let lng = if number % 2 == 0 { 51.389_95 } else { 51.390_05 };
        OrderRow { lng: Some(lng), ..OrderRow::clean(number / 2) }
    };
    let rows: Vec<_> = (0..60).map(copy).collect();
    let cell = |row: &OrderRow| {
        let at = tilecore::LngLat { lng: row.lng.unwrap(), lat: row.lat.unwrap() };
        tilecore::Cell::at(tilecore::DEEPEST_LEVEL, at).key()
    };
    assert_eq!(cell(&rows[0]), cell(&rows[1]));
    let expected = publish(&fixture(&rows));
    for seed in 1..7 {
        let mut shuffled = rows.clone();
        shuffled.sort_by_key(|row| {
            let side = i64::from(row.lng > Some(51.39));
            (row.id.unwrap() * 2 + side) * (seed * 7919) % 61
        });
        let several = fixture(&shuffled[..20]);
        several.write("orders/part-1.parquet", &shuffled[20..30]);
        several.write("orders/part-2.parquet", &shuffled[30..]);
        assert_eq!(publish(&several), expected, "order {seed}");
    }
    assert_eq!(stats(&expected, "ونک", "all")["orders"], 30);
}

#[test]
fn without_orders_or_areas_nothing_is_published() {
    let no_orders = fixture(&[]);
    assert!(failure(&mut area_stats(&no_orders)).contains("has no rows"));
    let no_areas = fixture(&scattered(50, 1));
    fs::write(no_areas.path("areas/tehran.csv"), "WKT,name\n").unwrap();
    assert!(failure(&mut area_stats(&no_areas)).contains("contains no areas"));
    for fixture in [no_orders, no_areas] {
        assert!(fixture.manifests().is_empty());
    }
}

#[test]
fn a_small_memory_limit_does_not_change_the_table() {
    // Visits of 5.1 MB. Two threads leave 16 MB for data, of which a quarter is for visits.
    let rows = scattered(320_000, 6);
    let (unlimited, limited) = (fixture(&rows), fixture(&rows));
    let expected = publish(&unlimited);
    let mut command = area_stats(&limited);
    let output = command.env("RAYON_NUM_THREADS", "2").args(["--memory", "64MB"]).output().unwrap();
    assert!(output.status.success(), "{}", errors(&output));
    let report: Value =
        serde_json::from_slice(&fs::read(limited.path("report.json")).unwrap()).unwrap();
    assert_eq!(report["spilled"], true);
    assert_eq!(newest_table(&limited), expected);
}
