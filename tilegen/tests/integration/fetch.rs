//! Fetched orders: what a build reads of a day with a manifest, and what `tilegen fetch` refuses before it asks.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use crate::support::{Fixture, NOW, OrderRow, errors, tilegen};
use serde_json::{Value, json};

/// Writes the manifest of 2026-11-22 into a folder of orders.
fn write_manifest(folder: &Path, file: &str) {
    let manifest = json!({
        "format": 1, "date": "2026-11-22", "file": file, "rows": 10, "bytes": 1, "source_rows": null,
        "columns": [], "source": "postgresql", "fetched_at": "2026-11-23T00:00:00Z",
    });
    fs::write(folder.join("_day.json"), manifest.to_string()).unwrap();
}

fn orders(ids: std::ops::Range<i64>) -> Vec<OrderRow> {
    ids.map(OrderRow::clean).collect()
}

/// Ten orders, and twenty of a corrected file of the same day.
fn corrected_day() -> Fixture {
    let fixture = Fixture::new();
    fs::create_dir_all(fixture.path("orders/date=2026-11-22")).unwrap();
    fixture.write("orders/date=2026-11-22/part-a.parquet", &orders(0..10));
    fixture.write("orders/date=2026-11-22/part-b.parquet", &orders(0..20));
    fixture
}

#[test]
fn a_build_reads_the_file_that_the_day_manifest_names_and_reports_the_other() {
    for (file, count) in [("part-a.parquet", 10), ("part-b.parquet", 20)] {
        let fixture = corrected_day();
        write_manifest(&fixture.path("orders/date=2026-11-22"), file);
        let report = fixture.build(&[]);
        assert_eq!((&report["orders_counted"], &report["files"]), (&json!(count), &json!(1)));
        assert_eq!(report["skipped_files"]["superseded"]["files"], 1, "{report}");
    }
}

#[test]
fn a_build_is_refused_if_the_day_manifest_names_a_file_that_is_not_there() {
    let fixture = corrected_day();
    write_manifest(&fixture.path("orders/date=2026-11-22"), "part-c.parquet");
    let error = fixture.fail(&[]);
    assert!(error.contains("names part-c.parquet, which does not exist"), "{error}");
}

/// The error of a fetch of orders with a configuration.
fn fetch_error(config: &str, arguments: &[&str]) -> String {
    let fixture = Fixture::new();
    fs::write(fixture.path("tilegen.toml"), config).unwrap();
    let mut command = tilegen();
    command.args(["fetch", "orders", "--now", NOW, "--into"]).arg(fixture.path("inputs"));
    command.arg("--config").arg(fixture.path("tilegen.toml")).args(arguments);
    let output = command.output().unwrap();
    assert!(!output.status.success(), "{arguments:?} should have failed");
    String::from_utf8(output.stderr).unwrap()
}

const SOURCE: &str = "[fetch]\nretries = 0\n[fetch.orders]\nsource = 'postgresql'\n\
    url_env = 'FOODMAP_TEST_NO_URL'\nquery = 'SELECT 1 WHERE {day}'\n";

#[test]
fn what_cannot_be_fetched_is_refused_before_the_source_is_asked() {
    for (config, arguments, part) in [
        ("", &["--missing"][..], "no source of orders is configured"),
        (SOURCE, &["--day", "2026-11-23"], "2026-11-23 is not over in Asia/Tehran"),
        (SOURCE, &["--recheck-days", "3"], "--recheck-days compares counts"),
        (SOURCE, &["--day", "2026-11-22"], "environment variable FOODMAP_TEST_NO_URL"),
        (SOURCE, &[], "required"),
        (SOURCE, &["--day", "2026-11-22", "--missing"], "cannot be used with"),
    ] {
        let error = fetch_error(config, arguments);
        assert!(error.contains(part), "{arguments:?}: {error}");
    }
}

#[test]
fn after_three_failures_in_a_row_the_other_days_are_not_tried() {
    let fixture = Fixture::new();
    fs::write(fixture.path("tilegen.toml"), format!("{SOURCE}\n")).unwrap();
    let (report, metrics) = (fixture.path("report.json"), fixture.path("fetch.prom"));
    let mut command = tilegen();
    command.args(["fetch", "orders", "--now", NOW, "--since", "2026-11-01", "--into"]);
    command.arg(fixture.path("inputs")).arg("--config").arg(fixture.path("tilegen.toml"));
    command.arg("--report").arg(&report).arg("--metrics-file").arg(&metrics);
    let output = command.output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", errors(&output));
    let mode = fs::metadata(&report).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600, "only the owner may read the report");
    let report: Value = serde_json::from_slice(&fs::read(report).unwrap()).unwrap();
    let (failed, left) = (report["failed"].as_array().unwrap().len(), &report["days_not_tried"]);
    assert!((3..=4).contains(&failed), "{report}");
    assert_eq!(left.as_u64().unwrap() + failed as u64, 22);
    let metrics = fs::read_to_string(metrics).unwrap();
    assert!(metrics.contains("tilegen_fetch_failed{source=\"orders\"} 1"), "{metrics}");
}
