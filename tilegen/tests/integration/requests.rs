//! Rebuild requests: only the next run of a job that builds the layer fulfils them.

use std::fs;

use crate::support::{Fixture, errors, scattered};
use tilecore::rebuild_request::request_key;

fn request(fixture: &Fixture, layer: &str, second: i64) -> std::path::PathBuf {
    let time = timestamp(second);
    let file = fixture.store().join(request_key(layer, time, "abcd"));
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    fs::write(&file, "{}").unwrap();
    file
}

fn timestamp(second: i64) -> jiff::Timestamp {
    jiff::Timestamp::from_second(second).unwrap()
}

#[test]
fn a_run_fulfils_the_requests_for_its_layers() {
    let fixture = Fixture::with_orders(&scattered(2000, 1));
    let own = [
        request(&fixture, "density", 1_795_000_000),
        request(&fixture, "density-public", 1_795_000_001),
    ];
    let other = request(&fixture, "vendors", 1_795_000_002);
    let unrelated = fixture.store().join("requests/density/README");
    fs::write(&unrelated, "not a request").unwrap();
    let output = fixture.density(&[]).output().unwrap();
    assert!(output.status.success(), "{}", errors(&output));
    assert!(own.iter().all(|file| !file.exists()) && other.exists() && unrelated.exists());
}

#[test]
fn with_if_requested_nothing_is_built_without_a_request() {
    let fixture = Fixture::with_orders(&scattered(2000, 1));
    request(&fixture, "vendors", 1_795_000_000);
    let output = fixture.density(&["--if-requested"]).output().unwrap();
    assert!(output.status.success() && fixture.manifests().is_empty(), "{}", errors(&output));
    let own = request(&fixture, "density-public", 1_795_000_000);
    assert!(fixture.density(&["--if-requested"]).output().unwrap().status.success());
    assert_eq!((fixture.manifests().len(), own.exists()), (1, false));
}

#[test]
fn a_failed_run_keeps_its_requests() {
    let fixture = Fixture::new();
    fs::create_dir_all(fixture.path("orders")).unwrap();
    let own = request(&fixture, "density", 1_795_000_000);
    assert!(!fixture.density(&[]).output().unwrap().status.success());
    assert!(own.exists());
}
