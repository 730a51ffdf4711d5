//! Crashes, full disks, rivals and damage: whatever happens, the store holds whole maps only.

mod support;

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use support::{Bench, errors, failure, read_cells, scattered, tilegen};

/// Builds that are killed.
const KILLS: u32 = 200;

#[test]
fn a_build_killed_at_any_moment_leaves_a_whole_map_or_none() {
    let rows = scattered(20_000, 7);
    let calm = Bench::with_orders(&rows);
    let begin = Instant::now();
    calm.build(&[]);
    let mut whole = begin.elapsed();
    let wanted = read_cells(&calm.archive("density", "30d"));
    let bench = Bench::with_orders(&rows);
    // Moments spread evenly from the first to the last step, however fast the machine is: the
    // multiples of the golden ratio less their whole parts (Weyl).
    let (mut killed, mut share) = (0, 0.0);
    while killed < KILLS {
        share = (share + 0.618_033_988_75) % 1.0;
        let moment = whole.mul_f64(share);
        let mut child = bench.density(&[]).stderr(Stdio::null()).spawn().unwrap();
        std::thread::sleep(moment);
        child.kill().unwrap();
        if child.wait().unwrap().success() {
            whole = whole.min(moment);
        } else {
            killed += 1;
            whole = whole.mul_f64(1.01); // the machine may have slowed down
        }
        if !bench.manifests().is_empty() {
            assert!(read_cells(&bench.archive("density", "30d")) == wanted, "after {moment:?}");
        }
    }
    bench.build(&[]);
    assert!(read_cells(&bench.archive("density", "30d")) == wanted);
    assert_no_orphan_is_left(&bench);
}

/// Once all but the newest map is retired, the store has nothing that this map does not list.
fn assert_no_orphan_is_left(bench: &Bench) {
    let orphan = bench.store().join("archives/density/30d/half.pmtiles#7");
    fs::write(&orphan, "half").unwrap();
    std::thread::sleep(Duration::from_millis(20));
    let catalog = |arguments: &[&str]| -> Value {
        let mut command = tilegen();
        command.arg("catalog").args(arguments).arg("--store").arg(bench.store());
        let output = command.output().unwrap();
        assert!(output.status.success(), "{}", errors(&output));
        serde_json::from_slice(&output.stdout).unwrap()
    };
    catalog(&["retire", "--keep", "0d"]);
    let newest = catalog(&[]);
    let lineage = newest["layers"][0]["build"]["lineage"].as_str().unwrap();
    let mut wanted = vec![
        format!("manifests/{:010}.json", newest["number"].as_u64().unwrap()),
        format!("lineage/{lineage}.json"),
    ];
    for entry in newest["layers"].as_array().unwrap() {
        let text = |name: &str| entry[name].as_str().unwrap();
        let stem = format!("archives/{}/{}/{}", text("layer"), text("slot"), text("digest"));
        wanted.extend([format!("{stem}.hashes"), format!("{stem}.pmtiles")]);
    }
    wanted.sort();
    let mut found = Vec::new();
    let mut folders = vec![bench.store()];
    while let Some(folder) = folders.pop() {
        for path in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            if path.is_dir() {
                folders.push(path);
            } else {
                found.push(path.strip_prefix(bench.store()).unwrap().display().to_string());
            }
        }
    }
    found.sort();
    assert_eq!(found, wanted);
}

#[test]
fn a_manifest_half_written_is_no_map_and_stops_no_build() {
    let bench = Bench::with_orders(&scattered(3000, 12));
    let half = bench.store().join("manifests/0000000001.json#1");
    fs::create_dir_all(half.parent().unwrap()).unwrap();
    fs::write(&half, "{").unwrap();
    let sentence = failure(tilegen().arg("catalog").arg("--store").arg(bench.store()));
    assert!(sentence.contains("nothing is published"), "{sentence}");
    bench.build(&[]);
    assert_eq!(bench.manifests(), ["0000000001.json"]);
    assert_no_orphan_is_left(&bench);
}

#[test]
fn builders_at_the_same_time_lose_nothing() {
    let bench = Bench::with_orders(&scattered(3000, 8));
    let slots: Vec<String> = (1..=6).map(|days| format!("{days}d")).collect();
    let builders: Vec<_> = slots
        .iter()
        .map(|slot| {
            let arguments = ["--window", slot, "--layer", "density", "--threads", "1"];
            bench.density(&arguments).stderr(Stdio::piped()).spawn().unwrap()
        })
        .collect();
    for builder in builders {
        let output = builder.wait_with_output().unwrap();
        assert!(output.status.success(), "{}", errors(&output));
    }
    assert_eq!(bench.manifests().len(), 6, "each build has a manifest of its own");
    for slot in &slots {
        assert!(bench.archive("density", slot).exists(), "{slot}");
    }
}

#[test]
fn a_full_disk_publishes_nothing() {
    let bench = Bench::with_orders(&scattered(20_000, 9));
    let disk = bench.path("disk");
    fs::create_dir(&disk).unwrap();
    let script = r#"
        mount -t tmpfs -o size=64k tmpfs "$1" || exit 99
        "$2" density --orders "$3" --store "$1/store"
        code=$?
        ls "$1/store/manifests" 2>/dev/null
        exit $code
    "#;
    let output = Command::new("unshare")
        .args(["--map-root-user", "--mount", "sh", "-c", script, "sh"])
        .args([&disk, Path::new(env!("CARGO_BIN_EXE_tilegen")), &bench.path("orders")])
        .env("RUST_LOG", "warn")
        .output()
        .unwrap();
    assert_ne!(output.status.code(), Some(99), "no small disk could be made");
    assert!(!output.status.success());
    assert!(errors(&output).contains("No space left on device"), "{}", errors(&output));
    assert_eq!(String::from_utf8_lossy(&output.stdout), "", "a manifest was written");
}

#[test]
fn a_damaged_archive_is_found_out() {
    let bench = Bench::with_orders(&scattered(3000, 10));
    bench.build(&[]);
    let path = bench.archive("density", "30d");
    let mut bytes = fs::read(&path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&path, &bytes).unwrap();
    let sentence = failure(tilegen().arg("verify").arg(&path));
    assert!(sentence.contains("they changed since they were published"), "{sentence}");
    // Under another name only the content can tell.
    let copy = bench.path("copy.pmtiles");
    fs::copy(&path, &copy).unwrap();
    fs::copy(path.with_extension("hashes"), copy.with_extension("hashes")).unwrap();
    let sentence = failure(tilegen().arg("verify").arg(&copy));
    assert!(sentence.contains("did not pass verification"), "{sentence}");
    // The same build again would point to the damaged bytes: it refuses.
    let sentence = bench.fail(&[]);
    assert!(sentence.contains("remove it and build again"), "{sentence}");
    assert_eq!(bench.manifests().len(), 1);
    fs::remove_file(&path).unwrap();
    bench.build(&[]);
    assert_eq!(bench.manifests().len(), 2);
}

#[test]
fn a_truncated_manifest_stops_the_build_with_its_name() {
    let bench = Bench::with_orders(&scattered(3000, 11));
    bench.build(&[]);
    let path = bench.store().join("manifests/0000000001.json");
    let bytes = fs::read(&path).unwrap();
    fs::write(&path, &bytes[..bytes.len() / 2]).unwrap();
    let sentence = bench.fail(&[]);
    assert!(sentence.contains("manifests/0000000001.json cannot be used"), "{sentence}");
    let catalog = failure(tilegen().arg("catalog").arg("--store").arg(bench.store()));
    assert!(catalog.contains("0000000001.json"), "{catalog}");
}
