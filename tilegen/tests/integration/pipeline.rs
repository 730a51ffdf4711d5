//! `tilegen run`: the steps of a job, which of them run again, and the sources of vendors.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::path::PathBuf;
use std::process::{Command, Output};
use std::time::{Duration, SystemTime};

use serde_json::Value;
use tempfile::TempDir;

use crate::support::{NOW, OrderRow, batch, write_batch};

const HEADER: &str =
    "vendor_code,city_id,business_line,latitude,longitude,radius,status_id,visible\n";

/// Inputs of both jobs in a folder, and a store.
struct Inputs {
    folder: TempDir,
}

impl Inputs {
    fn new() -> Self {
        let inputs = Self { folder: tempfile::tempdir().unwrap() };
        let ring = "51.3 35.6, 51.5 35.6, 51.5 35.8, 51.3 35.8, 51.3 35.6";
        inputs.write("inputs/areas/tehran.csv", &format!("WKT,name\n\"POLYGON (({ring}))\",ونک\n"));
        inputs.write("own.csv", &format!("{HEADER}{}", vendors(30)));
        inputs.write("rival.csv", &format!("{HEADER}{}", vendors(20)));
        inputs.write("tilegen.toml", &inputs.config());
        inputs
    }

    fn config(&self) -> String {
        let path = |name: &str| self.path(name).display().to_string();
        format!(
            "[[fetch.vendors]]\nplatform = 'tapsifood'\nurl = '{}'\n\
             [[fetch.vendors]]\nname = 'rival'\nplatform = 'snappfood'\nmax_age = '1h'\nurl = '{}'\n",
            path("own.csv"),
            path("rival.csv")
        )
    }

    fn orders(&self, day: &str, ids: std::ops::Range<i64>) {
        let file = self.path(&format!("inputs/orders/date={day}/a.parquet"));
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        write_batch(&file, &batch(&ids.map(OrderRow::clean).collect::<Vec<_>>()));
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        // Before NOW, and another time for another text of the same length.
        let second = text.bytes().map(u64::from).sum::<u64>() % 1000;
        let modified = SystemTime::UNIX_EPOCH + Duration::from_secs(1_793_000_000 + second);
        File::options().write(true).open(path).unwrap().set_modified(modified).unwrap();
    }

    fn command(&self, command: &[&str]) -> Output {
        let mut run = Command::new(env!("CARGO_BIN_EXE_tilegen"));
        run.args(command).arg("--config").arg(self.path("tilegen.toml"));
        run.arg("--report").arg(self.path("report.json")).output().unwrap()
    }

    fn report(&self) -> Value {
        serde_json::from_slice(&fs::read(self.path("report.json")).unwrap()).unwrap()
    }

    /// Runs a job and returns the outcome of each step.
    fn run(&self, job: &str, more: &[&str]) -> Vec<(String, String)> {
        let (inputs, store) = (self.path("inputs"), self.path("store"));
        let arguments = ["run", job, "--inputs", inputs.to_str().unwrap(), "--store"];
        let arguments = [&arguments[..], &[store.to_str().unwrap()], more].concat();
        let output = self.command(&arguments);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let report = self.report();
        let steps = report["steps"].as_array().unwrap().iter();
        steps.map(|step| (text(&step["step"]), text(&step["outcome"]))).collect()
    }

    fn fetch_vendors(&self) -> (bool, Value) {
        let inputs = self.path("inputs");
        let output = self.command(&["fetch", "vendors", "--into", inputs.to_str().unwrap()]);
        (output.status.success(), self.report())
    }

    fn manifest(&self) -> Value {
        let manifests = fs::read_dir(self.path("store/manifests")).unwrap();
        let newest = manifests.map(|file| file.unwrap().path()).max().unwrap();
        serde_json::from_slice(&fs::read(newest).unwrap()).unwrap()
    }
}

fn vendors(count: usize) -> String {
    let mut text = String::new();
    for number in 0..count {
        writeln!(text, "{number:04},2,Cafe,35.7,51.4,2.5,5,1").unwrap();
    }
    text
}

fn outcomes(steps: &[(String, String)]) -> Vec<(&str, &str)> {
    steps.iter().map(|(step, outcome)| (&**step, &**outcome)).collect()
}

#[test]
fn the_steps_of_orders_run_once_and_again_after_a_change() {
    let inputs = Inputs::new();
    inputs.orders("2026-11-22", 0..60);
    let steps = inputs.run("orders", &["--now", NOW]);
    let all = [("density", "done"), ("area-stats", "done"), ("retire", "done")];
    assert_eq!(outcomes(&steps), all);
    assert_eq!(inputs.report()["steps"][0]["report"]["orders_counted"], 60);
    let number = inputs.manifest()["number"].clone();
    let steps = inputs.run("orders", &["--now", NOW]);
    let none = [("density", "unchanged"), ("area-stats", "unchanged"), ("retire", "unchanged")];
    assert_eq!(outcomes(&steps), none);
    assert_eq!(inputs.manifest()["number"], number);
    inputs.orders("2026-11-22", 0..70);
    let steps = inputs.run("orders", &["--now", NOW]);
    assert_eq!(outcomes(&steps), [all[0], all[1], none[2]]);
    // A file of areas changes, which density does not read.
    let ring = "51.3 35.6, 51.4 35.6, 51.4 35.8, 51.3 35.8, 51.3 35.6";
    inputs.write("inputs/areas/tehran.csv", &format!("WKT,name\n\"POLYGON (({ring}))\",ونک\n"));
    let steps = inputs.run("orders", &["--now", NOW]);
    assert_eq!(outcomes(&steps), [none[0], all[1], none[2]]);
}

#[test]
fn a_build_that_fails_ends_the_run_with_its_exit_status() {
    let inputs = Inputs::new();
    inputs.orders("2026-11-22", 0..60);
    inputs.write("tilegen.toml", "[run]\ndensity = ['--no-such-argument']\n");
    let (from, store) = (inputs.path("inputs"), inputs.path("store"));
    let arguments = ["run", "orders", "--now", NOW, "--inputs", from.to_str().unwrap()];
    let output = inputs.command(&[&arguments[..], &["--store", store.to_str().unwrap()]].concat());
    assert_eq!(output.status.code(), Some(2));
    let report = inputs.report();
    let outcome = |step: usize| report["steps"][step]["outcome"].as_str().unwrap();
    assert_eq!([outcome(0), outcome(1), outcome(2)], ["failed", "not-run", "not-run"]);
}

#[test]
fn a_snapshot_joins_its_sources_and_says_how_old_they_are() {
    let inputs = Inputs::new();
    let steps = inputs.run("snapshot", &[]);
    let all = [("fetch vendors", "done"), ("snapshot", "done"), ("retire", "done")];
    assert_eq!(outcomes(&steps), all);
    assert_eq!(inputs.report()["steps"][1]["report"]["rows"], 50);
    let manifest = inputs.manifest();
    let sources = &manifest["layers"][0]["build"]["sources"];
    assert_eq!((&sources[0]["name"], &sources[0]["rows"]), (&"tapsifood".into(), &30.into()));
    assert_eq!(sources[1]["max_age_seconds"], 3600);
}

#[test]
fn a_source_that_fails_keeps_its_last_good_rows() {
    let inputs = Inputs::new();
    let (is_complete, report) = inputs.fetch_vendors();
    assert!(is_complete && report["rows"] == 50, "{report}");
    let (is_complete, report) = inputs.fetch_vendors();
    let is_unchanged = |source: usize| report["sources"][source]["is_unchanged"] == true;
    assert!(is_complete && is_unchanged(0) && is_unchanged(1), "{report}");
    let good = fs::read(inputs.path("rival.csv")).unwrap();
    let cut = good[..good.len() - 20].to_vec();
    for (case, bytes, part) in [
        ("a login page", b"<html>Log in</html>\n".to_vec(), "no column `vendor_code`"),
        ("no rows", HEADER.as_bytes().to_vec(), "has no vendors"),
        ("a cut row", cut, "number of fields"),
        (
            "no radii",
            String::from_utf8(good.clone()).unwrap().replace(",2.5,", ",,").into(),
            "radius",
        ),
    ] {
        fs::write(inputs.path("rival.csv"), bytes).unwrap();
        fs::write(inputs.path("own.csv"), format!("{HEADER}{}", vendors(31))).unwrap();
        let (is_complete, report) = inputs.fetch_vendors();
        assert!(!is_complete, "{case}");
        let rival = &report["sources"][1];
        assert_eq!((&report["rows"], &rival["rows"]), (&51.into(), &20.into()), "{case}");
        assert!(rival["error"].as_str().unwrap().contains(part), "{case}: {rival}");
    }
    fs::write(inputs.path("rival.csv"), good).unwrap();
    assert!(inputs.fetch_vendors().0, "the source delivers again");
}

#[test]
fn without_any_rows_of_a_source_no_file_is_written() {
    let inputs = Inputs::new();
    fs::remove_file(inputs.path("rival.csv")).unwrap();
    let (is_complete, report) = inputs.fetch_vendors();
    assert!(!is_complete && report["file"].is_null(), "{report}");
    assert!(report["sources"][1]["is_too_old"].as_bool().unwrap(), "{report}");
}
