//! Leases: one run of a job at a time, and none that is kept out for ever.

mod support;

use std::fs;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use support::{Bench, errors, scattered};
use tilegen::config::period::Period;
use tilegen::publish::lease::{Lease, LeaseError};
use tilegen::store::Store;

fn ttl(text: &str) -> Duration {
    text.parse().map(Period::duration).unwrap()
}

fn leases(bench: &Bench, job: &str) -> usize {
    let whole = |name: &std::ffi::OsStr| !name.to_string_lossy().contains('#');
    let files = fs::read_dir(bench.store().join("leases").join(job)).into_iter().flatten();
    files.filter(|file| whole(&file.as_ref().unwrap().file_name())).count()
}

#[test]
fn a_second_run_is_told_who_is_at_work_and_ends_with_a_code_of_its_own() {
    let bench = Bench::with_orders(&scattered(2000, 1));
    let store = Store::open(bench.store().to_str().unwrap(), true).unwrap();
    let held = Lease::acquire(&store, "density", ttl("1m")).unwrap();
    let output = bench.density(&["--lease", "1m"]).output().unwrap();
    assert_eq!(output.status.code(), Some(75));
    let said = errors(&output);
    let holder = format!("process {} on ", std::process::id());
    assert!(said.contains(&holder) && said.contains("has been running density since"), "{said}");
    assert!(bench.manifests().is_empty(), "nothing is published");
    drop(held);
    assert!(bench.density(&["--lease", "1m"]).output().unwrap().status.success());
    assert_eq!((bench.manifests().len(), leases(&bench, "density")), (1, 0), "it is given back");
}

#[test]
fn a_lease_of_another_job_keeps_nobody_out() {
    let bench = Bench::with_orders(&scattered(2000, 1));
    let store = Store::open(bench.store().to_str().unwrap(), true).unwrap();
    let _held = Lease::acquire(&store, "snapshot", ttl("1m")).unwrap();
    assert!(bench.density(&["--lease", "1m"]).output().unwrap().status.success());
}

#[test]
fn a_failed_run_gives_its_lease_back_and_a_killed_one_loses_it_in_time() {
    let bench = Bench::new();
    fs::create_dir_all(bench.path("orders")).unwrap();
    let output = bench.density(&["--lease", "1h"]).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(leases(&bench, "density"), 0);

    bench.write("orders/part.parquet", &scattered(200_000, 2));
    let mut child = bench.density(&["--lease", "1s"]).spawn().unwrap();
    let began = Instant::now();
    while leases(&bench, "density") == 0 {
        assert!(began.elapsed() < Duration::from_secs(10), "no lease was taken");
    }
    assert!(child.try_wait().unwrap().is_none(), "the run is at work");
    child.kill().unwrap();
    child.wait().unwrap();
    let output = bench.density(&["--lease", "1s"]).output().unwrap();
    assert_eq!(output.status.code(), Some(75), "{}", errors(&output));
    std::thread::sleep(Duration::from_millis(2100));
    let output = bench.density(&["--lease", "1s"]).output().unwrap();
    assert!(output.status.success(), "{}", errors(&output));
    assert_eq!(leases(&bench, "density"), 0);
}

#[test]
fn a_lease_outlives_its_life_while_its_run_is_at_work() {
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
fn of_many_that_begin_at_once_never_two_are_at_work() {
    let folder = tempfile::tempdir().unwrap();
    let address = folder.path().to_str().unwrap();
    let (at_work, runs) = (AtomicUsize::new(0), AtomicUsize::new(0));
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                let store = Store::open(address, true).unwrap();
                for _ in 0..25 {
                    match Lease::acquire(&store, "snapshot", ttl("1m")) {
                        Ok(_lease) => {
                            assert_eq!(
                                at_work.fetch_add(1, Ordering::SeqCst),
                                0,
                                "two are at work"
                            );
                            runs.fetch_add(1, Ordering::SeqCst);
                            std::thread::sleep(Duration::from_millis(3));
                            at_work.fetch_sub(1, Ordering::SeqCst);
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
