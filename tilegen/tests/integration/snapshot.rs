//! A snapshot is published completely, and a snapshot that fails a sanity check changes nothing.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::{Duration, SystemTime};

use serde_json::Value;
use tempfile::TempDir;
use tilecore::ArchiveDigest;

const HEADER: &str = "vendor_code,vendor_name,vendor_source,city_id,business_line,latitude,longitude,\
                      radius,status_id,visible\n";

/// A temporary folder with the input files of a snapshot, and its store.
struct Fixture {
    folder: TempDir,
}

impl Fixture {
    fn new() -> Self {
        let fixture = Self { folder: tempfile::tempdir().unwrap() };
        fixture.write("vendors.csv", &vendors(30));
        fixture.write("grades.csv", "vendor_code,grade\n0001,A\n0002,C\n0002,B\n");
        let ring = "51.3 35.6, 51.5 35.6, 51.5 35.8, 51.3 35.8, 51.3 35.6";
        let far = "51.6 35.85, 51.61 35.85, 51.61 35.86, 51.6 35.86, 51.6 35.85";
        let areas = format!("WKT,name\n\"POLYGON (({ring}))\",ونک\n\"POLYGON (({far}))\",دور\n");
        fixture.write("areas/tehran.csv", &areas);
        fixture.write("targets/tehran.csv", "marketing_area,Cafe,Bakery\nونک,4,0\n");
        fixture
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn run(&self, more: &[&str]) -> Output {
        let name = |name: &str| self.path(name).to_str().unwrap().to_owned();
        Command::new(env!("CARGO_BIN_EXE_tilegen"))
            .arg("snapshot")
            .args(["--vendors", &name("vendors.csv"), "--grades", &name("grades.csv")])
            .args(["--areas", &name("areas"), "--targets", &name("targets")])
            .args(["--store", &name("store"), "--report", &name("report.json")])
            .args(more)
            .output()
            .unwrap()
    }

    fn publish(&self, more: &[&str]) -> Value {
        let output = self.run(more);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice(&fs::read(self.path("report.json")).unwrap()).unwrap()
    }

    /// Runs the build, and expects an error that contains `part` and no new manifest.
    fn expect_error(&self, part: &str) {
        let before = self.manifests();
        let output = self.run(&[]);
        let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
        let last = stderr.lines().last().unwrap_or_default();
        assert!(!output.status.success() && last.contains(part), "{part}: {stderr}");
        assert_eq!(self.manifests(), before, "{part}");
    }

    fn manifests(&self) -> usize {
        fs::read_dir(self.path("store/manifests")).map_or(0, Iterator::count)
    }

    fn manifest(&self) -> Value {
        let number = self.manifests();
        let path = self.path(&format!("store/manifests/{number:010}.json"));
        serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
    }

    fn table(&self, name: &str) -> Value {
        let manifest = self.manifest();
        let tables = manifest["tables"].as_array().unwrap();
        let entry = tables.iter().find(|entry| entry["name"] == name).unwrap();
        let digest = entry["digest"].as_str().unwrap();
        let packed = fs::read(self.path(&format!("store/tables/{name}/now/{digest}.json.gz")));
        serde_json::from_slice(&tilecore::archive::gunzip(&packed.unwrap(), 1 << 24).unwrap())
            .unwrap()
    }

    fn age(&self, name: &str, age: Duration) {
        let file = File::options().write(true).open(self.path(name)).unwrap();
        file.set_modified(SystemTime::now() - age).unwrap();
    }
}

/// Vendors on a line through the first area. All are active and visible, except every tenth.
fn vendors(count: usize) -> String {
    let mut text = HEADER.to_owned();
    for number in 0..count {
        let (line, status) = (["Cafe", "Bakery"][number % 2], if number % 10 == 9 { 1 } else { 5 });
        let lng = 51.32 + 0.16 * number as f64 / count as f64;
        writeln!(text, "{number:04},نان {number},,2,{line},35.7,{lng:.6},1.5,{status},1").unwrap();
    }
    text
}

fn digests(manifest: &Value) -> Vec<Value> {
    let lists = [&manifest["layers"], &manifest["tables"]];
    lists
        .into_iter()
        .flat_map(|list| list.as_array().unwrap())
        .map(|e| e["digest"].clone())
        .collect()
}

#[test]
fn one_manifest_lists_every_layer_and_table_and_every_archive_verifies() {
    let fixture = Fixture::new();
    let report = fixture.publish(&[]);
    assert_eq!((&report["rows"], &report["vendors"]["tehran"]), (&30.into(), &30.into()));
    assert_eq!(report["vendors_counted"], 27);
    assert_eq!(report["grades"]["contradicted"], 1);
    let manifest = fixture.manifest();
    assert_eq!(manifest["number"], 1);
    let names = |list: &str, name: &str| -> Vec<String> {
        let entries = manifest[list].as_array().unwrap();
        entries.iter().map(|entry| entry[name].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(names("layers", "layer"), ["coverage", "vendors"]);
    let cities = ["mashhad", "shiraz", "tehran"];
    let of_cities = |table: &str| cities.map(|city| format!("{table}/{city}"));
    let wanted = [
        vec!["area-stats/vendors".to_owned()],
        of_cities("coverage-grid").to_vec(),
        vec!["options".to_owned()],
        of_cities("vendors").to_vec(),
    ];
    assert_eq!(names("tables", "name"), wanted.concat());
    for layer in ["coverage", "vendors"] {
        let folder = fixture.path(&format!("store/archives/{layer}/now"));
        let archives = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        for archive in archives.filter(|path| path.extension().unwrap() == "pmtiles") {
            assert!(verify(&archive).status.success(), "{layer}");
            let mut bytes = fs::read(&archive).unwrap();
            let middle = bytes.len() - 40;
            bytes[middle] ^= 1;
            let damaged = fixture.path("damaged.pmtiles");
            fs::write(&damaged, bytes).unwrap();
            assert!(!verify(&damaged).status.success(), "{layer}");
        }
    }
}

fn verify(archive: &Path) -> Output {
    Command::new(env!("CARGO_BIN_EXE_tilegen")).arg("verify").arg(archive).output().unwrap()
}

#[test]
fn tables_contain_the_values_that_the_page_needs() {
    let fixture = Fixture::new();
    fixture.publish(&[]);
    let vendors = fixture.table("vendors/tehran");
    let columns = &vendors["columns"];
    assert_eq!((&vendors["count"], &columns["code"][2]), (&30.into(), &"0002".into()));
    assert_eq!(columns["lat_e7"][2], 357_000_000);
    assert_eq!(columns["radius_m"][2], 1500);
    let grades = vendors["grades"].as_array().unwrap();
    let name_of = |row: usize| &grades[columns["grade"][row].as_u64().unwrap() as usize];
    assert_eq!([name_of(1), name_of(2), name_of(3)], ["A", "B", "Ungraded"]);
    for column in columns.as_object().unwrap().values() {
        assert_eq!(column.as_array().unwrap().len(), 30);
    }
    let grid = fixture.table("coverage-grid/tehran");
    let runs: Vec<i64> =
        grid["runs"].as_array().unwrap().iter().map(|n| n.as_i64().unwrap()).collect();
    let cells = grid["columns"].as_i64().unwrap() * grid["rows"].as_i64().unwrap();
    assert_eq!(runs.chunks(2).map(|run| run[1]).sum::<i64>(), cells);
    assert_eq!(grid["areas"].as_array().unwrap().len(), 2);
    let stats = fixture.table("area-stats/vendors");
    let areas = stats["areas"].as_array().unwrap();
    let vanak = areas.iter().find(|area| area["name"] == "ونک").unwrap();
    assert_eq!((&vanak["all"]["total"], &vanak["default"]["total"]), (&30.into(), &27.into()));
    assert_eq!(fixture.table("options")["statuses"], serde_json::json!([1, 5]));
}

#[test]
fn the_order_of_rows_does_not_change_the_output_and_a_line_keeps_its_index() {
    let fixture = Fixture::new();
    fixture.publish(&[]);
    let first = fixture.manifest();
    let mut rows: Vec<_> = vendors(30).lines().skip(1).map(str::to_owned).collect();
    rows.reverse();
    fixture.write("vendors.csv", &format!("{HEADER}{}\n", rows.join("\n")));
    fixture.publish(&[]);
    assert_eq!(digests(&fixture.manifest()), digests(&first));
    // A new line comes last, even if its name sorts first.
    rows.push("zz,n,,2,Apple Shop,35.7,51.4,1,5,1".to_owned());
    fixture.write("vendors.csv", &format!("{HEADER}{}\n", rows.join("\n")));
    let report = fixture.publish(&[]);
    assert_eq!(report["lines"], serde_json::json!(["Bakery", "Cafe", "Apple Shop"]));
}

#[test]
fn a_snapshot_that_fails_a_check_is_rejected_and_the_published_one_stays() {
    let fixture = Fixture::new();
    fixture.publish(&[]);
    for (text, part) in [
        (String::new(), "is empty"),
        (HEADER.to_owned(), "has no rows of vendors"),
        (vendors(30).trim_end().trim_end_matches(",1.5,1,1").to_owned(), "the row is cut"),
        (vendors(30).replace(",2,", ",77,"), "contains no valid vendors"),
        (vendors(30).replacen("35.7", "", 3), "were rejected (3 without a position)"),
        (vendors(30).replace("visible", "shown"), "no column `visible`"),
        (vendors(14), "has 14 vendors of all cities, but the published snapshot has 30"),
    ] {
        fixture.write("vendors.csv", &text);
        fixture.expect_error(part);
    }
    fixture.write("vendors.csv", &vendors(30));
    fixture.age("vendors.csv", Duration::from_hours(25));
    fixture.expect_error("is stale");
    fixture.age("vendors.csv", Duration::from_hours(1));
    fixture.expect_error("before the published snapshot");
    fixture.write("vendors.csv", &vendors(30));
    fixture.write("targets/tehran.csv", "marketing_area,Cafe\nناکجا,4\n");
    fixture.expect_error("ناکجا");
    fixture.write("grades.csv", "code,note\n1,A\n");
    fixture.expect_error("is not a grades file");
    fixture.write("grades.csv", "vendor_code,grade\n");
    fixture.write("areas/tehran.csv", "WKT,name\n\"POLYGON ((51 35, 51.1 35, 51.1 35.1))\",باز\n");
    fixture.expect_error("could not read the areas");
    assert_eq!(fixture.manifest()["number"], 1);
}

#[test]
fn a_map_that_was_published_by_a_fast_clock_refuses_no_right_file() {
    let fixture = Fixture::new();
    let ahead = SystemTime::now() + Duration::from_hours(72);
    for name in ["vendors.csv", "targets/tehran.csv", "grades.csv", "areas/tehran.csv"] {
        let file = File::options().write(true).open(fixture.path(name)).unwrap();
        file.set_modified(ahead).unwrap();
    }
    fixture.expect_error("correct the clock, or touch the file");
    let fast = jiff::Timestamp::try_from(ahead).unwrap().to_string();
    fixture.publish(&["--now", &fast]);
    let is_ahead = |fixture: &Fixture| {
        let data_at = fixture.manifest()["tables"][0]["data_at"].as_str().unwrap().to_owned();
        data_at.parse::<jiff::Timestamp>().unwrap() > jiff::Timestamp::now()
    };
    assert!(is_ahead(&fixture), "the clock was three days fast");
    for name in ["vendors.csv", "targets/tehran.csv", "grades.csv", "areas/tehran.csv"] {
        fixture.age(name, Duration::from_mins(5));
    }
    fixture.publish(&[]);
    assert_eq!(fixture.manifest()["number"], 2);
    assert!(!is_ahead(&fixture));
    // The right time is compared again.
    fixture.age("vendors.csv", Duration::from_hours(1));
    fixture.expect_error("before the published snapshot");
}

#[test]
fn an_acceptance_overrides_failed_checks_and_the_report_lists_them() {
    let fixture = Fixture::new();
    fixture.publish(&[]);
    fixture.write("vendors.csv", vendors(14).trim_end());
    fixture.age("vendors.csv", Duration::from_hours(25));
    let digest = |name: &str| ArchiveDigest::of(&fs::read(fixture.path(name)).unwrap());
    let accept = format!("vendors:{}", digest("vendors.csv"));
    let message = String::from_utf8(fixture.run(&[]).stderr).unwrap();
    assert!(message.contains(&format!("use --accept {accept}")), "{message}");
    let other = format!("vendors:{}", digest("grades.csv"));
    assert_eq!(fixture.run(&["--accept", &other]).status.code(), Some(3));
    let report = fixture.publish(&["--accept", &accept]);
    let forced = report["accepted"].as_array().unwrap();
    for part in ["is stale", "before the published snapshot", "of all cities", "of tehran"] {
        let is_listed = forced.iter().any(|check| check.as_str().unwrap().contains(part));
        assert!(is_listed, "{part}: {forced:?}");
    }
    assert_eq!(fixture.manifest()["number"], 2);
    // A snapshot without vendors is rejected even then.
    fixture.write("vendors.csv", HEADER);
    let accept = format!("vendors:{}", digest("vendors.csv"));
    assert!(!fixture.run(&["--accept", &accept]).status.success());
    let removed = fixture.run(&["--force"]);
    let message = String::from_utf8(removed.stderr).unwrap();
    assert!(message.contains("unexpected argument '--force'"), "{message}");
}

#[test]
fn vendors_with_swapped_longitudes_and_latitudes_are_rejected() {
    let fixture = Fixture::new();
    let swapped = vendors(30).replace("latitude,longitude", "longitude,latitude");
    fixture.write("vendors.csv", &swapped);
    fixture.expect_error(
        "vendors.csv are outside their city, and inside it if longitude and latitude are swapped; \
         set longitude = \"latitude\" and latitude = \"longitude\" under [vendors.columns]",
    );
    let config = "[vendors.columns]\nlongitude = \"latitude\"\nlatitude = \"longitude\"\n";
    fixture.write("tilegen.toml", config);
    let report = fixture.publish(&["--config", fixture.path("tilegen.toml").to_str().unwrap()]);
    assert_eq!((&report["swapped_positions"], &report["outside_city"]), (&0.into(), &0.into()));
}

#[test]
fn radii_in_metres_are_refused_until_they_are_accepted() {
    let fixture = Fixture::new();
    let text = fs::read_to_string(fixture.path("vendors.csv")).unwrap();
    let mut lines = text.lines();
    let mut metres = format!("{}\n", lines.next().unwrap());
    for line in lines {
        let mut fields: Vec<&str> = line.split(',').collect();
        fields[7] = "800";
        writeln!(metres, "{}", fields.join(",")).unwrap();
    }
    fixture.write("vendors.csv", &metres);
    let error = String::from_utf8_lossy(&fixture.run(&[]).stderr).into_owned();
    for part in ["`radius`", "800 km", "the limit is 50 km", "--accept vendors:"] {
        assert!(error.contains(part), "{part} is not in: {error}");
    }
}
