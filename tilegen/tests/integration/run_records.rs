//! `tilegen status` says how the last run of each job ended, also of a run that published nothing.

use std::fs;

use serde_json::Value;
use tilegen::publish::run_record::RunRecord;

use crate::guards::{catalog, day, published, run, write_day};
use crate::support::{Fixture, errors};

/// The status of the job of orders, which has this exit code.
fn status(fixture: &Fixture, code: i32) -> Value {
    let output = catalog(fixture, &["status", "--json"]);
    let text = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(code), "{text} {}", errors(&output));
    let status: Value = serde_json::from_slice(&output.stdout).unwrap();
    status["jobs"][0].clone()
}

#[test]
fn a_run_that_failed_is_reported_until_one_publishes() {
    let fixture = published();
    assert_eq!(status(&fixture, 0)["state"], "fresh");
    let config = fixture.path("tilegen.toml");
    fs::write(&config, "no_such_section = 1\n").unwrap();
    let failed = run(&fixture, &["--config", config.to_str().unwrap()]);
    assert_eq!(failed.status.code(), Some(1), "{}", errors(&failed));
    let job = status(&fixture, 1);
    assert_eq!(job["state"], "failed");
    let verdict = job["verdict"].as_str().unwrap();
    assert!(verdict.starts_with("failed because density failed at "), "{verdict}");
    assert!(verdict.contains("no_such_section"), "{verdict}");
    assert!(job["next"].as_str().unwrap().starts_with("tilegen density"), "{job}");
    fs::write(fixture.path("orders/day-06.parquet"), "not a Parquet file").unwrap();
    assert_eq!(run(&fixture, &[]).status.code(), Some(1));
    assert!(status(&fixture, 1)["verdict"].as_str().unwrap().contains("day-06"));
    write_day(&fixture, 6, &day(6, 8..24));
    write_day(&fixture, 0, &day(0, 8..24));
    fixture.build(&[]);
    assert_eq!(status(&fixture, 0)["state"], "fresh");
}

#[test]
fn a_run_that_was_killed_is_not_taken_for_one_in_progress() {
    let fixture = published();
    let address = fixture.store().display().to_string();
    let mut killed = RunRecord::start("density", true);
    killed.process = u32::MAX;
    killed.store(&address).unwrap();
    let job = status(&fixture, 1);
    assert_eq!(job["state"], "failed");
    let verdict = job["verdict"].as_str().unwrap();
    assert!(verdict.contains("was killed or crashed"), "{verdict}");
    assert_eq!(job["running"], serde_json::json!([]));
    // This process is alive, so its run is in progress.
    RunRecord::start("density", false).store(&address).unwrap();
    let job = status(&fixture, 0);
    assert_eq!(job["state"], "fresh");
    assert!(job["running"][0].as_str().unwrap().contains("has been running density"), "{job}");
}

#[test]
fn the_warnings_of_the_last_build_are_shown() {
    let fixture = published();
    let mut few = day(0, 8..24);
    few.retain(|row| row.id.unwrap() % 25 < 14);
    write_day(&fixture, 0, &few);
    let report = fixture.build(&[]);
    assert_eq!(report["guards"]["findings"][0]["guard"], "low day");
    let job = status(&fixture, 0);
    let warning = job["warnings"][0].as_str().unwrap();
    assert!(warning.contains("tehran on 2026-11-22 has 224 orders"), "{warning}");
    let text = catalog(&fixture, &["status"]);
    assert!(String::from_utf8_lossy(&text.stdout).contains("warning: tehran on 2026-11-22"));
}
