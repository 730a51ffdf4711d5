//! The audit of public archives: nothing is found at the defaults, and a floor that is too low is found.

use std::fs;

use serde_json::Value;

use crate::support::{Fixture, errors, scattered, tilegen};

/// Runs the audit, which must exit with a code. Returns its report and its metrics.
fn audit(fixture: &Fixture, arguments: &[&str], code: i32) -> (Value, String) {
    let (report, metrics) = (fixture.path("audit.json"), fixture.path("audit.prom"));
    let mut command = tilegen();
    command.arg("privacy-audit").arg("--store").arg(fixture.store()).args(arguments);
    command.arg("--report").arg(&report).arg("--metrics-file").arg(&metrics);
    let output = command.output().unwrap();
    assert_eq!(output.status.code(), Some(code), "{}", errors(&output));
    let report = serde_json::from_slice(&fs::read(report).unwrap()).unwrap();
    (report, fs::read_to_string(metrics).unwrap())
}

fn found(report: &Value, kind: &str) -> u64 {
    let checks = report["checks"].as_array().unwrap();
    checks.iter().find(|check| check["kind"] == kind).unwrap()["found"].as_u64().unwrap()
}

#[test]
fn archives_at_the_defaults_prove_nothing_about_few_people() {
    let fixture = Fixture::with_orders(&scattered(4000, 4));
    fixture.build(&[]);
    let (report, metrics) = audit(&fixture, &[], 0);
    assert_eq!((&report["archives"], &report["found"]), (&1.into(), &0.into()), "{report}");
    assert!(report["tried"].as_u64().unwrap() > 2_000, "{report}");
    assert!(metrics.contains("tilegen_privacy_found{layer=\"density-public\"} 0"), "{metrics}");
}

#[test]
fn a_floor_that_is_too_low_is_found() {
    let fixture = Fixture::with_orders(&scattered(4000, 4));
    fixture.build(&["--min-users", "2"]);
    let (report, metrics) = audit(&fixture, &[], 6);
    for kind in ["cell", "line"] {
        assert!(found(&report, kind) > 100, "{kind}: {report}");
    }
    assert!(found(&report, "children_rest") + found(&report, "withheld_lines") > 0, "{report}");
    assert!(!metrics.contains("tilegen_privacy_found{layer=\"density-public\"} 0\n"), "{metrics}");
    assert_eq!(audit(&fixture, &["--min-users", "2"], 0).0["found"], 0);
}

#[test]
fn lines_without_a_floor_are_found() {
    let fixture = Fixture::with_orders(&scattered(4000, 4));
    fixture.build(&["--floor-lines=false"]);
    let (report, _) = audit(&fixture, &[], 6);
    assert!(found(&report, "line") > 100 && found(&report, "cell") == 0, "{report}");
}

#[test]
fn archives_of_the_same_days_are_found() {
    let fixture = Fixture::with_orders(&scattered(4000, 4));
    fixture.build(&[]);
    fs::remove_dir_all(fixture.store().join("public")).unwrap();
    let later = scattered(4000, 4).into_iter().filter(|row| row.user != Some(7));
    fixture.write("orders/part-0.parquet", &later.collect::<Vec<_>>());
    let manifests = fixture.store().join("manifests");
    let kept = fs::read(manifests.join("0000000001.json")).unwrap();
    fs::remove_dir_all(&manifests).unwrap();
    fixture.build(&[]);
    let mut former: Value = serde_json::from_slice(&kept).unwrap();
    let newest = fixture.manifest();
    former["number"] = 2.into();
    fs::write(manifests.join("0000000002.json"), former.to_string()).unwrap();
    assert_eq!(newest["number"], 1);
    let (report, _) = audit(&fixture, &[], 6);
    assert_eq!(found(&report, "shared_days"), 1, "{report}");
    assert!(found(&report, "changed_place") > 0, "{report}");
}
