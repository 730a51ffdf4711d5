//! Requests for a rebuild: taken up by the next run of the layer's job, and by nobody else.

mod support;

use std::fs;

use support::{Bench, errors, scattered};
use tilecore::rebuild_request::request_key;

fn ask(bench: &Bench, layer: &str, second: i64) -> std::path::PathBuf {
    let time = tilegen_time(second);
    let file = bench.store().join(request_key(layer, time, "abcd"));
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    fs::write(&file, "{}").unwrap();
    file
}

fn tilegen_time(second: i64) -> jiff::Timestamp {
    jiff::Timestamp::from_second(second).unwrap()
}

#[test]
fn a_run_fulfils_what_was_asked_of_its_layers() {
    let bench = Bench::with_orders(&scattered(2000, 1));
    let own = [ask(&bench, "density", 1_795_000_000), ask(&bench, "density-public", 1_795_000_001)];
    let other = ask(&bench, "vendors", 1_795_000_002);
    let strange = bench.store().join("requests/density/README");
    fs::write(&strange, "not a request").unwrap();
    let output = bench.density(&[]).output().unwrap();
    assert!(output.status.success(), "{}", errors(&output));
    assert!(own.iter().all(|file| !file.exists()) && other.exists() && strange.exists());
}

#[test]
fn on_request_only_means_that_nothing_is_built_unasked() {
    let bench = Bench::with_orders(&scattered(2000, 1));
    ask(&bench, "vendors", 1_795_000_000);
    let output = bench.density(&["--if-requested"]).output().unwrap();
    assert!(output.status.success() && bench.manifests().is_empty(), "{}", errors(&output));
    let own = ask(&bench, "density-public", 1_795_000_000);
    assert!(bench.density(&["--if-requested"]).output().unwrap().status.success());
    assert_eq!((bench.manifests().len(), own.exists()), (1, false));
}

#[test]
fn a_run_that_fails_leaves_its_requests_for_the_next() {
    let bench = Bench::new();
    fs::create_dir_all(bench.path("orders")).unwrap();
    let own = ask(&bench, "density", 1_795_000_000);
    assert!(!bench.density(&[]).output().unwrap().status.success());
    assert!(own.exists());
}
