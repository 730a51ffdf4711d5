//! Crashes, full disks, concurrent builds and damage: the store contains complete maps only.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::support::{Fixture, errors, failure, read_cells, scattered, tilegen};
use serde_json::Value;

/// Number of builds to kill.
const KILLS: u32 = 200;

#[test]
fn a_killed_build_leaves_a_complete_map_or_none() {
    let rows = scattered(20_000, 7);
    let undisturbed = Fixture::with_orders(&rows);
    let begin = Instant::now();
    undisturbed.build(&[]);
    let mut whole = begin.elapsed();
    let expected = read_cells(&undisturbed.archive("density", "30d"));
    let fixture = Fixture::with_orders(&rows);
    // Kill times are spread evenly over the duration of a build, whatever the speed of the machine:
    // the fractional parts of the multiples of the golden ratio (Weyl).
    let (mut killed, mut share) = (0, 0.0);
    while killed < KILLS {
        share = (share + 0.618_033_988_75) % 1.0;
        let delay = whole.mul_f64(share);
        let mut child = fixture.density(&[]).stderr(Stdio::null()).spawn().unwrap();
        std::thread::sleep(delay);
        child.kill().unwrap();
        if child.wait().unwrap().success() {
            whole = whole.min(delay);
        } else {
            killed += 1;
            whole = whole.mul_f64(1.01); // the machine may have slowed down
        }
        if !fixture.manifests().is_empty() {
            assert!(read_cells(&fixture.archive("density", "30d")) == expected, "after {delay:?}");
        }
    }
    fixture.build(&[]);
    assert!(read_cells(&fixture.archive("density", "30d")) == expected);
    assert_no_orphan_is_left(&fixture);
}

/// After all maps but the newest are retired, the store contains only what the newest lists, and the records of
/// public windows.
fn assert_no_orphan_is_left(fixture: &Fixture) {
    let orphan = fixture.store().join("archives/density/30d/half.pmtiles#7");
    fs::write(&orphan, "half").unwrap();
    std::thread::sleep(Duration::from_millis(20));
    let catalog = |arguments: &[&str]| -> Value {
        let mut command = tilegen();
        command.arg("catalog").args(arguments).arg("--store").arg(fixture.store());
        let output = command.output().unwrap();
        assert!(output.status.success(), "{}", errors(&output));
        serde_json::from_slice(&output.stdout).unwrap()
    };
    catalog(&["retire", "--keep", "0d"]);
    let newest = catalog(&[]);
    let lineage = newest["layers"][0]["build"]["lineage"].as_str().unwrap();
    let mut expected = vec![
        format!("manifests/{:010}.json", newest["number"].as_u64().unwrap()),
        format!("lineage/{lineage}.json"),
    ];
    expected.push("private/runs/density.json".to_owned());
    for report in newest["reports"].as_object().unwrap().values() {
        expected.push(format!("private/{}.json", report.as_str().unwrap()));
    }
    for entry in newest["layers"].as_array().unwrap() {
        let text = |name: &str| entry[name].as_str().unwrap();
        let stem = format!("archives/{}/{}/{}", text("layer"), text("slot"), text("digest"));
        expected.extend([format!("{stem}.hashes"), format!("{stem}.pmtiles")]);
        if entry["visibility"] == "public" {
            let days = format!("{}_{}", text("from"), text("to"));
            expected.push(format!("public/{}/{days}.json", text("layer")));
        }
    }
    expected.sort();
    let mut found = Vec::new();
    let mut folders = vec![fixture.store()];
    while let Some(folder) = folders.pop() {
        for path in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            if path.is_dir() {
                folders.push(path);
            } else {
                found.push(path.strip_prefix(fixture.store()).unwrap().display().to_string());
            }
        }
    }
    found.sort();
    assert_eq!(found, expected);
}

#[test]
fn an_incomplete_manifest_is_ignored() {
    let fixture = Fixture::with_orders(&scattered(3000, 12));
    let half = fixture.store().join("manifests/0000000001.json#1");
    fs::create_dir_all(half.parent().unwrap()).unwrap();
    fs::write(&half, "{").unwrap();
    let message = failure(tilegen().arg("catalog").arg("--store").arg(fixture.store()));
    assert!(message.contains("no map is published"), "{message}");
    fixture.build(&[]);
    assert_eq!(fixture.manifests(), ["0000000001.json"]);
    assert_no_orphan_is_left(&fixture);
}

#[test]
fn concurrent_builds_lose_nothing() {
    let fixture = Fixture::with_orders(&scattered(3000, 8));
    let slots: Vec<String> = (1..=6).map(|days| format!("{days}d")).collect();
    let builders: Vec<_> = slots
        .iter()
        .map(|slot| {
            let arguments = ["--window", slot, "--layer", "density", "--threads", "1"];
            fixture.density(&arguments).stderr(Stdio::piped()).spawn().unwrap()
        })
        .collect();
    for builder in builders {
        let output = builder.wait_with_output().unwrap();
        assert!(output.status.success(), "{}", errors(&output));
    }
    assert_eq!(fixture.manifests().len(), 6, "each build publishes its own manifest");
    for slot in &slots {
        assert!(fixture.archive("density", slot).exists(), "{slot}");
    }
}

#[test]
fn a_full_disk_publishes_nothing() {
    let fixture = Fixture::with_orders(&scattered(20_000, 9));
    let disk = fixture.path("disk");
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
        .args([&disk, Path::new(env!("CARGO_BIN_EXE_tilegen")), &fixture.path("orders")])
        .env("RUST_LOG", "warn")
        .output()
        .unwrap();
    assert_ne!(output.status.code(), Some(99), "the small disk could not be mounted");
    assert!(!output.status.success());
    assert!(errors(&output).contains("No space left on device"), "{}", errors(&output));
    assert_eq!(String::from_utf8_lossy(&output.stdout), "", "a manifest was written");
}

#[test]
fn a_damaged_archive_is_detected() {
    let fixture = Fixture::with_orders(&scattered(3000, 10));
    fixture.build(&[]);
    let path = fixture.archive("density", "30d");
    let mut bytes = fs::read(&path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&path, &bytes).unwrap();
    let message = failure(tilegen().arg("verify").arg(&path));
    assert!(message.contains("the file was changed after it was published"), "{message}");
    // Under another name the digest is unknown, so only verification detects the damage.
    let copy = fixture.path("copy.pmtiles");
    fs::copy(&path, &copy).unwrap();
    fs::copy(path.with_extension("hashes"), copy.with_extension("hashes")).unwrap();
    let message = failure(tilegen().arg("verify").arg(&copy));
    assert!(message.contains("did not pass verification"), "{message}");
    // The same build again would list the damaged archive, so it fails.
    let message = fixture.fail(&[]);
    assert!(message.contains("remove it and build again"), "{message}");
    assert_eq!(fixture.manifests().len(), 1);
    fs::remove_file(&path).unwrap();
    fixture.build(&[]);
    assert_eq!(fixture.manifests().len(), 2);
}

#[test]
fn a_truncated_manifest_is_reported_by_name() {
    let fixture = Fixture::with_orders(&scattered(3000, 11));
    fixture.build(&[]);
    let path = fixture.store().join("manifests/0000000001.json");
    let bytes = fs::read(&path).unwrap();
    fs::write(&path, &bytes[..bytes.len() / 2]).unwrap();
    let output = fixture.density(&[]).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let message = errors(&output);
    assert!(message.contains("could not read manifest manifests/0000000001.json"), "{message}");
    let output = tilegen().arg("catalog").arg("--store").arg(fixture.store()).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let catalog = errors(&output);
    assert!(catalog.contains("0000000001.json"), "{catalog}");
}
