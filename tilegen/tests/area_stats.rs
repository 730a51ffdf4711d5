//! Orders of areas: each order counts in every area that holds it, once.

mod support;

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};
use support::{Bench, DAY, NOON, OrderRow, errors, failure, scattered, tilegen};

/// A square with a hole, a square that overlaps it, and one far from everything.
const AREAS: &str = "WKT,name\n\
    \"POLYGON ((51.3 35.6, 51.5 35.6, 51.5 35.8, 51.3 35.8, 51.3 35.6), \
    (51.44 35.64, 51.44 35.66, 51.46 35.66, 51.46 35.64, 51.44 35.64))\",ونک\n\
    \"POLYGON ((51.39 35.69, 51.6 35.69, 51.6 35.71, 51.39 35.71, 51.39 35.69))\",میانه\n\
    \"POLYGON ((51.7 35.85, 51.71 35.85, 51.71 35.86, 51.7 35.86, 51.7 35.85))\",دور\n";

fn bench(rows: &[OrderRow]) -> Bench {
    let bench = Bench::with_orders(rows);
    fs::create_dir_all(bench.path("areas")).unwrap();
    fs::write(bench.path("areas/tehran.csv"), AREAS).unwrap();
    fs::write(bench.path("config.toml"), "[orders]\nmax_reject_share = 0.5\n").unwrap();
    bench
}

fn area_stats(bench: &Bench) -> Command {
    let mut command = tilegen();
    command.arg("area-stats").arg("--orders").arg(bench.path("orders"));
    command.arg("--areas").arg(bench.path("areas")).arg("--store").arg(bench.store());
    command.arg("--report").arg(bench.path("report.json"));
    command.arg("--config").arg(bench.path("config.toml"));
    command
}

fn publish(bench: &Bench) -> Value {
    let output = area_stats(bench).output().unwrap();
    assert!(output.status.success(), "{}", errors(&output));
    newest_table(bench)
}

fn newest_table(bench: &Bench) -> Value {
    let newest = bench.store().join("manifests").join(bench.manifests().last().unwrap());
    let manifest: Value = serde_json::from_slice(&fs::read(newest).unwrap()).unwrap();
    let entry = &manifest["tables"][0];
    assert_eq!(entry["name"], "area-stats/orders");
    assert_eq!(entry["visibility"], "internal", "there is no floor in it");
    let digest = entry["digest"].as_str().unwrap();
    let folder = bench.store().join("tables/area-stats/orders/now");
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
fn an_order_counts_in_every_area_that_holds_it() {
    let at = |id, lng, lat| OrderRow { lng: Some(lng), lat: Some(lat), ..OrderRow::clean(id) };
    let rows = [
        at(1, 51.40, 35.70),                                                   // in both
        OrderRow { user: Some(1), line: Some("Cafe"), ..at(2, 51.35, 35.65) }, // in the first
        at(3, 51.45, 35.65),                                                   // in its hole
        OrderRow { user: None, ..at(4, 51.55, 35.70) },                        // in the second
        OrderRow { user: Some(1), time: Some(NOON - 40 * DAY), ..at(5, 51.40, 35.70) },
        OrderRow { time: Some(NOON - 3 * DAY), ..at(1, 51.40, 35.70) }, // again
    ];
    let bench = bench(&rows);
    let table = publish(&bench);
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
        serde_json::from_slice(&fs::read(bench.path("report.json")).unwrap()).unwrap();
    assert_eq!((report["orders"].as_u64(), report["outside_areas"].as_u64()), (Some(5), Some(1)));
}

#[test]
fn threads_and_files_leave_the_bytes_alone() {
    let rows = scattered(5000, 4);
    let one = bench(&rows);
    let several = bench(&rows[3000..]);
    several.write("orders/part-1.parquet", &rows[..3000]);
    assert_eq!(publish(&one), publish(&several));
}

#[test]
fn without_orders_or_areas_nothing_is_published() {
    let no_orders = bench(&[]);
    assert!(failure(&mut area_stats(&no_orders)).contains("has no rows"));
    let no_areas = bench(&scattered(50, 1));
    fs::write(no_areas.path("areas/tehran.csv"), "WKT,name\n").unwrap();
    assert!(failure(&mut area_stats(&no_areas)).contains("there are no areas"));
    for bench in [no_orders, no_areas] {
        assert!(bench.manifests().is_empty());
    }
}

#[test]
fn little_memory_changes_no_number() {
    let rows = scattered(80_000, 6); // visits of 1.3 MB, a quarter of 1 MiB at a time
    let (roomy, tight) = (bench(&rows), bench(&rows));
    let wanted = publish(&roomy);
    let output = area_stats(&tight).args(["--memory", "1MiB"]).output().unwrap();
    assert!(output.status.success(), "{}", errors(&output));
    let report: Value =
        serde_json::from_slice(&fs::read(tight.path("report.json")).unwrap()).unwrap();
    assert_eq!(report["spilled"], true);
    assert_eq!(newest_table(&tight), wanted);
}
