//! The metrics file: what a run tells, whether it publishes, fails, or is kept out.

mod support;

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::Duration;

use support::{Bench, errors, failure, scattered};
use tilegen::publish::lease::Lease;
use tilegen::store::Store;

/// Every series of a file, by name and labels.
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

fn of(series: &BTreeMap<String, f64>, name: &str) -> Option<f64> {
    series.get(&format!("{name}{{build=\"density\"}}")).copied()
}

#[test]
fn a_published_map_is_told_with_its_figures() {
    let mut rows = scattered(900, 1);
    rows[0].lat = None;
    let bench = Bench::with_orders(&rows);
    let file = bench.path("density.prom");
    let report = bench.build(&["--metrics-file", file.to_str().unwrap(), "--min-users", "1"]);
    let told = series(&file);
    assert_eq!(of(&told, "tilegen_run_failed"), Some(0.0));
    assert_eq!(of(&told, "tilegen_published_map"), Some(1.0));
    assert_eq!(of(&told, "tilegen_published_rows"), Some(900.0));
    let reject = "tilegen_published_rejected_rows{build=\"density\",reason=\"position_missing\"}";
    assert_eq!(told.get(reject), Some(&1.0));
    for archive in report["archives"].as_array().unwrap() {
        let labels =
            format!("{{build=\"density\",layer={},slot={}}}", archive["layer"], archive["slot"]);
        let bytes = told.get(&format!("tilegen_published_bytes{labels}")).copied();
        assert_eq!(bytes, archive["bytes"].as_f64());
        let zooms = archive["zooms"].as_object().unwrap().values();
        let tiles: f64 = zooms.map(|zoom| zoom["tiles"].as_f64().unwrap()).sum();
        assert_eq!(told.get(&format!("tilegen_published_tiles{labels}")), Some(&tiles));
    }
    let time = |name: &str| of(&told, &format!("tilegen_run_{name}")).unwrap();
    let (began, ended) = (time("began_timestamp_seconds"), time("ended_timestamp_seconds"));
    assert!(1_700_000_000.0 < began && began <= ended, "{began} to {ended}");
    assert!((time("seconds") - (ended - began)).abs() < 1e-6);
    assert!(time("peak_memory_bytes") > 1e6);
    let readable = fs::metadata(&file).unwrap().permissions().mode() & 0o777;
    assert_eq!(readable, 0o644, "the collector is another user");
}

#[test]
fn a_failed_run_says_so_and_keeps_what_was_published() {
    let bench = Bench::with_orders(&scattered(900, 1));
    let file = bench.path("density.prom");
    let metrics = ["--metrics-file", file.to_str().unwrap()];
    bench.build(&metrics);
    let before = series(&file);
    bench.fail(&[metrics[0], metrics[1], "--as-of", "2001-01-01"]);
    let after = series(&file);
    assert_eq!(of(&after, "tilegen_run_failed"), Some(1.0));
    let published = |series: &BTreeMap<String, f64>| {
        let kept = series.iter().filter(|(name, _)| name.starts_with("tilegen_published"));
        kept.map(|(name, value)| (name.clone(), *value)).collect::<Vec<_>>()
    };
    assert!(published(&before).len() > 5);
    assert_eq!(published(&after), published(&before));
    bench.build(&metrics);
    assert_eq!(of(&series(&file), "tilegen_run_failed"), Some(0.0));
}

#[test]
fn a_run_that_is_kept_out_or_not_asked_for_leaves_the_file_alone() {
    let bench = Bench::with_orders(&scattered(900, 1));
    let file = bench.path("density.prom");
    let metrics = ["--metrics-file", file.to_str().unwrap()];
    bench.build(&metrics);
    let before = fs::read(&file).unwrap();
    let unasked = bench.density(&[metrics[0], metrics[1], "--if-requested"]).output().unwrap();
    assert!(unasked.status.success(), "{}", errors(&unasked));
    let store = Store::open(bench.store().to_str().unwrap(), true).unwrap();
    let _held = Lease::take(&store, "density", Duration::from_mins(1)).unwrap();
    let kept_out = bench.density(&[metrics[0], metrics[1], "--lease", "1m"]).output().unwrap();
    assert_eq!(kept_out.status.code(), Some(75), "{}", errors(&kept_out));
    assert_eq!(fs::read(&file).unwrap(), before);
}

#[test]
fn a_store_that_cannot_be_reached_is_a_failed_run() {
    let bench = Bench::with_orders(&scattered(90, 1));
    let file = bench.path("density.prom");
    let mut command = support::tilegen();
    command.arg("density").arg("--orders").arg(bench.path("orders"));
    command.args(["--store", "nonsense://bucket", "--metrics-file"]).arg(&file);
    failure(&mut command);
    let told = series(&file);
    assert_eq!(of(&told, "tilegen_run_failed"), Some(1.0));
    assert!(!told.keys().any(|name| name.starts_with("tilegen_published")));
}

#[test]
fn the_program_after_publishing_is_told_what_changed_and_its_failure_is_told() {
    let bench = Bench::with_orders(&scattered(900, 1));
    let (file, hook, heard) = (bench.path("density.prom"), bench.path("hook"), bench.path("heard"));
    let script = |end: &str| {
        let text = format!(
            "#!/bin/sh\necho \"$FOODMAP_MAP $FOODMAP_PUBLISHED\" >{}\n{end}\n",
            heard.display()
        );
        fs::write(&hook, text).unwrap();
        fs::set_permissions(&hook, fs::Permissions::from_mode(0o755)).unwrap();
    };
    let arguments =
        ["--metrics-file", file.to_str().unwrap(), "--after-publish", hook.to_str().unwrap()];
    script("");
    bench.build(&arguments);
    assert_eq!(fs::read_to_string(&heard).unwrap(), "1 density-public/30d density/30d\n");
    assert_eq!(of(&series(&file), "tilegen_after_publish_failed"), Some(0.0));
    script("exit 3");
    bench.build(&arguments);
    assert_eq!(of(&series(&file), "tilegen_after_publish_failed"), Some(1.0));
}
