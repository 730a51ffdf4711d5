//! The metrics file after a run that publishes, fails or is skipped.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::Duration;

use crate::support::{Fixture, errors, failure, scattered};
use tilegen::publish::lease::Lease;
use tilegen::store::Store;

/// The value of every series in a file, by name and labels.
fn series(file: &Path) -> BTreeMap<String, f64> {
    let text = fs::read_to_string(file).unwrap();
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    lines
        .map(|line| {
            let (series, value) = line.rsplit_once(' ').unwrap();
            (series.to_owned(), value.parse().unwrap())
        })
        .collect()
}

fn value_of(series: &BTreeMap<String, f64>, name: &str) -> Option<f64> {
    series.get(&format!("{name}{{build=\"density\"}}")).copied()
}

#[test]
fn a_published_map_is_recorded_with_its_figures() {
    let mut rows = scattered(900, 1);
    rows[0].lat = None;
    let fixture = Fixture::with_orders(&rows);
    let file = fixture.path("density.prom");
    let report = fixture.build(&["--metrics-file", file.to_str().unwrap(), "--min-users", "1"]);
    let metrics = series(&file);
    assert_eq!(value_of(&metrics, "tilegen_run_failed"), Some(0.0));
    assert_eq!(value_of(&metrics, "tilegen_published_map"), Some(1.0));
    assert_eq!(value_of(&metrics, "tilegen_published_rows"), Some(900.0));
    let reject = "tilegen_published_rejected_rows{build=\"density\",reason=\"position_missing\"}";
    assert_eq!(metrics.get(reject), Some(&1.0));
    for archive in report["archives"].as_array().unwrap() {
        let labels =
            format!("{{build=\"density\",layer={},slot={}}}", archive["layer"], archive["slot"]);
        let bytes = metrics.get(&format!("tilegen_published_bytes{labels}")).copied();
        assert_eq!(bytes, archive["bytes"].as_f64());
        let zooms = archive["zooms"].as_object().unwrap().values();
        let tiles: f64 = zooms.map(|zoom| zoom["tiles"].as_f64().unwrap()).sum();
        assert_eq!(metrics.get(&format!("tilegen_published_tiles{labels}")), Some(&tiles));
    }
    let time = |name: &str| value_of(&metrics, &format!("tilegen_run_{name}")).unwrap();
    let (started, ended) = (time("start_timestamp_seconds"), time("ended_timestamp_seconds"));
    assert!(1_700_000_000.0 < started && started <= ended, "{started} to {ended}");
    assert!((time("seconds") - (ended - started)).abs() < 1e-6);
    assert!(time("peak_memory_bytes") > 1e6);
    let readable = fs::metadata(&file).unwrap().permissions().mode() & 0o777;
    assert_eq!(readable, 0o644, "the metrics collector runs as another user");
}

#[test]
fn a_failed_run_keeps_the_published_metrics() {
    let fixture = Fixture::with_orders(&scattered(900, 1));
    let file = fixture.path("density.prom");
    let metrics = ["--metrics-file", file.to_str().unwrap()];
    fixture.build(&metrics);
    let before = series(&file);
    fixture.fail(&[metrics[0], metrics[1], "--as-of", "2001-01-01"]);
    let after = series(&file);
    assert_eq!(value_of(&after, "tilegen_run_failed"), Some(1.0));
    let published = |series: &BTreeMap<String, f64>| {
        let published = series.iter().filter(|(name, _)| name.starts_with("tilegen_published"));
        published.map(|(name, value)| (name.clone(), *value)).collect::<Vec<_>>()
    };
    assert!(published(&before).len() > 5);
    assert_eq!(published(&after), published(&before));
    fixture.build(&metrics);
    assert_eq!(value_of(&series(&file), "tilegen_run_failed"), Some(0.0));
}

#[test]
fn a_skipped_run_leaves_the_file_unchanged() {
    let fixture = Fixture::with_orders(&scattered(900, 1));
    let file = fixture.path("density.prom");
    let metrics = ["--metrics-file", file.to_str().unwrap()];
    fixture.build(&metrics);
    let before = fs::read(&file).unwrap();
    let not_requested =
        fixture.density(&[metrics[0], metrics[1], "--if-requested"]).output().unwrap();
    assert!(not_requested.status.success(), "{}", errors(&not_requested));
    let store = Store::open(fixture.store().to_str().unwrap(), true).unwrap();
    let _lease = Lease::acquire(&store, "density", Duration::from_mins(1)).unwrap();
    let locked_out = fixture.density(&[metrics[0], metrics[1], "--lease", "1m"]).output().unwrap();
    assert_eq!(locked_out.status.code(), Some(75), "{}", errors(&locked_out));
    assert_eq!(fs::read(&file).unwrap(), before);
}

#[test]
fn an_unreachable_store_is_a_failed_run() {
    let fixture = Fixture::with_orders(&scattered(90, 1));
    let file = fixture.path("density.prom");
    let mut command = crate::support::tilegen();
    command.arg("density").arg("--orders").arg(fixture.path("orders"));
    command.args(["--store", "nonsense://bucket", "--metrics-file"]).arg(&file);
    failure(&mut command);
    let metrics = series(&file);
    assert_eq!(value_of(&metrics, "tilegen_run_failed"), Some(1.0));
    assert!(!metrics.keys().any(|name| name.starts_with("tilegen_published")));
}

#[test]
fn the_after_publish_program_receives_the_changes_and_its_failure_is_recorded() {
    let fixture = Fixture::with_orders(&scattered(900, 1));
    let (file, hook, received) =
        (fixture.path("density.prom"), fixture.path("hook"), fixture.path("received"));
    let script = |end: &str| {
        let text = format!(
            "#!/bin/sh\necho \"$FOODMAP_MAP $FOODMAP_PUBLISHED\" >{}\n{end}\n",
            received.display()
        );
        fs::write(&hook, text).unwrap();
        fs::set_permissions(&hook, fs::Permissions::from_mode(0o755)).unwrap();
    };
    let arguments =
        ["--metrics-file", file.to_str().unwrap(), "--after-publish", hook.to_str().unwrap()];
    script("");
    fixture.build(&arguments);
    assert_eq!(fs::read_to_string(&received).unwrap(), "1 density/30d density-public/28d\n");
    assert_eq!(value_of(&series(&file), "tilegen_after_publish_failed"), Some(0.0));
    script("exit 3");
    fixture.build(&arguments);
    assert_eq!(value_of(&series(&file), "tilegen_after_publish_failed"), Some(1.0));
}
