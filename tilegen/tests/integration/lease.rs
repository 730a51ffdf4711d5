//! Leases: one run of a job at a time, and a killed run blocks others only until its lease expires.

use std::fs;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use crate::support::{Fixture, errors, scattered};
use tilegen::config::period::Period;
use tilegen::publish::lease::{Lease, LeaseError};
use tilegen::store::Store;

fn ttl(text: &str) -> Duration {
    text.parse().map(Period::duration).unwrap()
}

fn leases(fixture: &Fixture, job: &str) -> usize {
    let whole = |name: &std::ffi::OsStr| !name.to_string_lossy().contains('#');
    let files = fs::read_dir(fixture.store().join("leases").join(job)).into_iter().flatten();
    files.filter(|file| whole(&file.as_ref().unwrap().file_name())).count()
}

#[test]
fn a_second_run_names_the_holder_and_exits_with_code_75() {
    let fixture = Fixture::with_orders(&scattered(2000, 1));
    let store = Store::open(fixture.store().to_str().unwrap(), true).unwrap();
    let held = Lease::acquire(&store, "density", ttl("1m")).unwrap();
    let output = fixture.density(&["--lease", "1m"]).output().unwrap();
    assert_eq!(output.status.code(), Some(75));
    let error = errors(&output);
    let holder = format!("process {} on ", std::process::id());
    assert!(error.contains(&holder) && error.contains("has been running density since"), "{error}");
    assert!(fixture.manifests().is_empty(), "nothing is published");
    drop(held);
    assert!(fixture.density(&["--lease", "1m"]).output().unwrap().status.success());
    assert_eq!(
        (fixture.manifests().len(), leases(&fixture, "density")),
        (1, 0),
        "the lease is released"
    );
}

#[test]
fn a_lease_of_another_job_does_not_block() {
    let fixture = Fixture::with_orders(&scattered(2000, 1));
    let store = Store::open(fixture.store().to_str().unwrap(), true).unwrap();
    let _held = Lease::acquire(&store, "snapshot", ttl("1m")).unwrap();
    assert!(fixture.density(&["--lease", "1m"]).output().unwrap().status.success());
}

#[test]
fn a_failed_run_releases_its_lease_and_that_of_a_killed_run_expires() {
    let fixture = Fixture::new();
    fs::create_dir_all(fixture.path("orders")).unwrap();
    let output = fixture.density(&["--lease", "1h"]).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(leases(&fixture, "density"), 0);

    fixture.write("orders/part.parquet", &scattered(200_000, 2));
    let mut child = fixture.density(&["--lease", "1s"]).spawn().unwrap();
    let started = Instant::now();
    while leases(&fixture, "density") == 0 {
        assert!(started.elapsed() < Duration::from_secs(10), "no lease was taken");
    }
    assert!(child.try_wait().unwrap().is_none(), "the run is in progress");
    child.kill().unwrap();
    child.wait().unwrap();
    let output = fixture.density(&["--lease", "1s"]).output().unwrap();
    assert_eq!(output.status.code(), Some(75), "{}", errors(&output));
    std::thread::sleep(Duration::from_millis(2100));
    let output = fixture.density(&["--lease", "1s"]).output().unwrap();
    assert!(output.status.success(), "{}", errors(&output));
    assert_eq!(leases(&fixture, "density"), 0);
}

#[test]
fn a_lease_is_renewed_while_its_run_works() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path().to_str().unwrap(), true).unwrap();
    let held = Lease::acquire(&store, "areas", ttl("1s")).unwrap();
    std::thread::sleep(Duration::from_millis(2500));
    let refused = Lease::acquire(&store, "areas", ttl("1s"));
    assert!(matches!(refused, Err(LeaseError::Held { .. })), "{refused:?}");
    drop(held);
    Lease::acquire(&store, "areas", ttl("1s")).unwrap();
}

#[test]
fn of_concurrent_runs_only_one_holds_the_lease() {
    let folder = tempfile::tempdir().unwrap();
    let address = folder.path().to_str().unwrap();
    let (active, runs) = (AtomicUsize::new(0), AtomicUsize::new(0));
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                let store = Store::open(address, true).unwrap();
                for _ in 0..25 {
                    match Lease::acquire(&store, "snapshot", ttl("1m")) {
                        Ok(_lease) => {
                            assert_eq!(
                                active.fetch_add(1, Ordering::SeqCst),
                                0,
                                "two runs are active"
                            );
                            runs.fetch_add(1, Ordering::SeqCst);
                            std::thread::sleep(Duration::from_millis(3));
                            active.fetch_sub(1, Ordering::SeqCst);
                        }
                        Err(LeaseError::Held { .. }) => {
                            std::thread::sleep(Duration::from_millis(5));
                        }
                        Err(error) => panic!("{error}"),
                    }
                }
            });
        }
    });
    assert!(runs.load(Ordering::SeqCst) > 8);
}
