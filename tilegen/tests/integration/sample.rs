//! The output of `tilegen sample`, read as the other commands and other programs read it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

use arrow_array::Array;
use arrow_array::RecordBatch;
use arrow_array::cast::AsArray;
use arrow_array::types::ArrowPrimitiveType;
use arrow_array::types::{Float64Type, Int8Type, Int32Type, Int64Type, TimestampMicrosecondType};
use arrow_cast::cast;
use arrow_schema::{DataType, TimeUnit};
use clap::Parser;
use geo::{BoundingRect, Contains, Geometry, InteriorPoint, Validation};
use geozero::ToGeo;
use jiff::civil::date;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use shapefile::dbase::{FieldValue, Record};
use tempfile::TempDir;
use tilegen::sample::{Flaw, SampleArgs, SampleError, SampleReport, SampleSpec, write_sample};

/// Key, id and bounds (west, south, east, north) of each city (requirements, section 1).
const CITIES: [(&str, i32, [f64; 4]); 3] = [
    ("tehran", 2, [51.00, 35.45, 51.75, 35.90]),
    ("mashhad", 1, [59.20, 36.10, 59.85, 36.55]),
    ("shiraz", 5, [52.30, 29.40, 52.75, 29.90]),
];

struct Sample {
    dir: TempDir,
    report: SampleReport,
}

fn spec(dir: &Path, orders: u64, days: u16, seed: u64) -> SampleSpec {
    SampleSpec {
        out: dir.join("demo"),
        orders,
        days,
        seed,
        last_day: date(2026, 11, 22),
        has_events: false,
    }
}

fn sample(orders: u64, days: u16, seed: u64) -> Sample {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let report = write_sample(&spec(dir.path(), orders, days, seed)).expect("a sample");
    Sample { dir, report }
}

fn sample_on(threads: usize, seed: u64) -> Sample {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads");
    pool.install(|| sample(20_000, 3, seed))
}

impl Sample {
    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join("demo").join(name)
    }

    fn text(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).expect("UTF-8")
    }

    fn orders(&self) -> Vec<OrderRow> {
        let mut files = files(&self.path("orders"));
        files.sort();
        files.iter().flat_map(|path| rows(path)).collect()
    }

    /// User, city and exact position of every order without a flaw.
    fn visits(&self) -> Vec<(i64, i32, f64, f64)> {
        let is_valid = |row: &OrderRow| self.report.flaws.iter().all(|(flaw, _)| !row.has(*flaw));
        let visit = |row: OrderRow| Some((row.user?, row.city?, row.lng?, row.lat?));
        self.orders().into_iter().filter(is_valid).filter_map(visit).collect()
    }
}

/// Every file under a directory.
fn files(dir: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(dir).expect("a directory").map(|entry| entry.expect("entry").path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

fn contents(sample: &Sample) -> BTreeMap<PathBuf, Vec<u8>> {
    let root = sample.path("");
    let named = |path: PathBuf| {
        let bytes = fs::read(&path).expect("a file");
        (path.strip_prefix(&root).expect("under the root").to_owned(), bytes)
    };
    files(&root).into_iter().map(named).collect()
}

fn table(path: &Path) -> Vec<RecordBatch> {
    let file = File::open(path).expect("a file");
    let reader = ParquetRecordBatchReaderBuilder::try_new(file).expect("parquet");
    reader.build().expect("a reader").map(|batch| batch.expect("a batch")).collect()
}

/// A row of an order file.
#[derive(Clone, Debug)]
struct OrderRow {
    folder: String,
    id: i64,
    city: Option<i32>,
    line: Option<String>,
    area: Option<String>,
    vendor: Option<String>,
    lat: Option<f64>,
    lng: Option<f64>,
    user: Option<i64>,
    organic: Option<i8>,
    created_us: Option<i64>,
}

impl OrderRow {
    fn has(&self, flaw: Flaw) -> bool {
        let is_nan = |value: Option<f64>| value.is_some_and(f64::is_nan);
        match flaw {
            Flaw::TimeMissing => self.created_us.is_none(),
            Flaw::TimeBefore2000 => self.created_us.is_some_and(|us| us < 946_684_800_000_000),
            Flaw::CityUnknown => {
                self.city.is_some_and(|city| CITIES.iter().all(|(_, id, _)| *id != city))
            }
            Flaw::CityMissing => self.city.is_none(),
            Flaw::PositionMissing => self.lat.is_none() || self.lng.is_none(),
            Flaw::PositionNotANumber => is_nan(self.lat) || is_nan(self.lng),
            Flaw::PositionZero => (self.lat, self.lng) == (Some(0.0), Some(0.0)),
            Flaw::PositionOutsideCity => self.is_outside_city(),
            Flaw::LineMissing => self.line.as_ref().is_none_or(|line| line.trim().is_empty()),
            Flaw::OrganicInvalid => self.organic.is_some_and(|organic| organic > 1),
            Flaw::OrganicUnknown => self.organic.is_none(),
            Flaw::UserMissing => self.user.is_none(),
            Flaw::VendorMissing => self.vendor.is_none(),
            Flaw::AreaMissing => self.area.is_none(),
            Flaw::Copy | Flaw::LateCopy => false,
        }
    }

    fn is_outside_city(&self) -> bool {
        let (Some(lat), Some(lng)) = (self.lat, self.lng) else { return false };
        let is_valid = lat.is_finite() && lng.is_finite() && (lat, lng) != (0.0, 0.0);
        let city = CITIES.iter().find(|(_, id, _)| Some(*id) == self.city);
        city.is_some_and(|(_, _, [west, south, east, north])| {
            is_valid && !((*west..=*east).contains(&lng) && (*south..=*north).contains(&lat))
        })
    }
}

fn rows(path: &Path) -> Vec<OrderRow> {
    let folder = path.parent().and_then(Path::file_name).expect("a day's folder");
    let folder = folder.to_str().expect("UTF-8").to_owned();
    table(path).iter().flat_map(|batch| batch_rows(batch, &folder)).collect()
}

fn numbers<T: ArrowPrimitiveType>(batch: &RecordBatch, name: &str) -> Vec<Option<T::Native>> {
    batch.column_by_name(name).expect("the column").as_primitive::<T>().iter().collect()
}

fn texts(batch: &RecordBatch, name: &str) -> Vec<Option<String>> {
    let column = batch.column_by_name(name).expect("the column");
    let column = cast(column, &DataType::Utf8).expect("text");
    column.as_string::<i32>().iter().map(|text| text.map(str::to_owned)).collect()
}

fn batch_rows(batch: &RecordBatch, folder: &str) -> Vec<OrderRow> {
    let id = numbers::<Int64Type>(batch, "order_id");
    let city = numbers::<Int32Type>(batch, "city_id");
    let line = texts(batch, "business_line");
    let area = texts(batch, "marketing_area");
    let vendor = texts(batch, "vendor_code");
    let lat = numbers::<Float64Type>(batch, "customer_latitude");
    let lng = numbers::<Float64Type>(batch, "customer_longitude");
    let user = numbers::<Int64Type>(batch, "user_id");
    let organic = numbers::<Int8Type>(batch, "organic");
    let created_us = numbers::<TimestampMicrosecondType>(batch, "created_at");
    (0..batch.num_rows())
        .map(|row| OrderRow {
            folder: folder.to_owned(),
            id: id[row].expect("an order id"),
            city: city[row],
            line: line[row].clone(),
            area: area[row].clone(),
            vendor: vendor[row].clone(),
            lat: lat[row],
            lng: lng[row],
            user: user[row],
            organic: organic[row],
            created_us: created_us[row],
        })
        .collect()
}

#[test]
fn the_same_seed_gives_the_same_bytes_on_any_number_of_threads() {
    let (alone, together) = (sample_on(1, 1), sample_on(4, 1));
    assert_eq!(alone.report, together.report);
    let (alone, together) = (contents(&alone), contents(&together));
    assert!(alone.keys().eq(together.keys()));
    for (path, bytes) in &alone {
        assert!(bytes == &together[path], "{} differs", path.display());
    }
}

#[test]
fn another_seed_gives_different_orders() {
    let (one, two) = (contents(&sample_on(2, 1)), contents(&sample_on(2, 2)));
    let last = Path::new("orders/date=2026-11-22/part-0.parquet");
    assert!(one.keys().eq(two.keys()));
    assert!(one[last] != two[last]);
}

#[test]
fn every_day_has_a_folder_and_no_row_is_missing() {
    let sample = sample(50_000, 9, 1);
    let rows = sample.orders();
    assert_eq!((rows.len(), sample.report.orders), (50_000, 50_000));
    let folders: BTreeSet<&str> = rows.iter().map(|row| row.folder.as_str()).collect();
    assert_eq!(folders.len(), 9);
    assert_eq!(folders.last(), Some(&"date=2026-11-22"));
    let friday = files(&sample.path("orders/date=2026-11-20"));
    assert_eq!(friday.len(), 2, "a Friday has two files");
    assert_eq!(sample.report.order_files, files(&sample.path("orders")).len() as u64);
}

#[test]
fn a_row_is_in_the_folder_of_its_day_in_tehran() {
    let zone = jiff::tz::TimeZone::get("Asia/Tehran").expect("the zone");
    for row in sample(20_000, 3, 1).orders() {
        let Some(us) = row.created_us.filter(|us| *us > 0) else { continue };
        let time = jiff::Timestamp::from_microsecond(us).expect("a time");
        let day = zone.to_datetime(time).date();
        assert_eq!(row.folder, format!("date={day}"), "order {}", row.id);
    }
}

#[test]
fn order_files_have_the_columns_that_the_generator_reads() {
    let sample = sample(1_000, 1, 1);
    let batch = &table(&sample.path("orders/date=2026-11-22/part-0.parquet"))[0];
    let label = DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8));
    for (name, expected) in [
        ("order_id", DataType::Int64),
        ("city_id", DataType::Int32),
        ("business_line", label.clone()),
        ("marketing_area", label),
        ("vendor_code", DataType::Utf8),
        ("customer_latitude", DataType::Float64),
        ("customer_longitude", DataType::Float64),
        ("user_id", DataType::Int64),
        ("organic", DataType::Int8),
        ("created_at", DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()))),
    ] {
        let column = batch.column_by_name(name).unwrap_or_else(|| panic!("no column {name}"));
        assert_eq!(column.data_type(), &expected, "{name}");
    }
}

#[test]
fn every_flaw_occurs_as_often_as_reported() {
    let sample = sample(60_000, 4, 1);
    let rows = sample.orders();
    for (flaw, count) in &sample.report.flaws {
        assert!(*count > 0, "{flaw:?}");
        if !matches!(flaw, Flaw::Copy | Flaw::LateCopy) {
            let found = rows.iter().filter(|row| row.has(*flaw)).count();
            assert_eq!(found as u64, *count, "{flaw:?}");
        }
    }
    assert_eq!(sample.report.rejects(), 720, "1.2 % of the rows");
}

#[test]
fn a_build_rejects_the_rows_that_the_report_lists_under_the_same_reasons() {
    let sample = sample(20_000, 3, 1);
    let report = sample.dir.path().join("report.json");
    let output = Command::new(env!("CARGO_BIN_EXE_tilegen"))
        .args(["density", "--window", "all", "--layer", "density"])
        .args(["--now", "2026-11-23T06:00:00+03:30", "--orders"])
        .arg(sample.path("orders"))
        .arg("--store")
        .arg(sample.dir.path().join("store"))
        .arg("--report")
        .arg(&report)
        .output()
        .expect("tilegen runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let built: serde_json::Value =
        serde_json::from_slice(&fs::read(report).expect("a report")).expect("JSON");
    let rejects = built["rejects"].as_object().expect("rejects by reason");
    let rejects: BTreeMap<&str, u64> = rejects
        .iter()
        .map(|(reason, rows)| (reason.as_str(), rows.as_u64().expect("a number")))
        .filter(|(_, rows)| *rows > 0)
        .collect();
    assert_eq!(rejects, sample.report.rejects_by_reason().into_iter().collect());
}

#[test]
fn the_report_names_reject_reasons_and_missing_values() {
    let report = sample(20_000, 2, 1).report.to_string();
    assert!(report.contains("rejects  240 invalid rows, by the reason that a build reports:\n"));
    for line in
        ["         4 time_out_of_range\n", "        20 city_unknown\n", "        72 duplicate\n"]
    {
        assert!(report.contains(line), "{line} is not in {report}");
    }
    assert!(report.contains("       200 no organic flag\n"), "{report}");
    assert!(report.ends_with(" no marketing area\n"), "{report}");
}

#[test]
fn copies_have_the_order_id_of_another_row_and_some_another_day() {
    let sample = sample(60_000, 4, 1);
    let mut days: BTreeMap<i64, Vec<String>> = BTreeMap::new();
    for row in sample.orders() {
        days.entry(row.id).or_default().push(row.folder);
    }
    let (exact, late) =
        (sample.report.rows_with(Flaw::Copy), sample.report.rows_with(Flaw::LateCopy));
    let copies: usize = days.values().map(|days| days.len() - 1).sum();
    assert_eq!(copies as u64, exact + late);
    let on_two = days.values().filter(|days| days.iter().any(|day| *day != days[0])).count();
    assert!((1..=late).contains(&(on_two as u64)), "{on_two} orders on two days, {late} copies");
}

#[test]
fn users_order_to_the_same_few_positions() {
    let mut visits: BTreeMap<i64, Vec<(i32, u64, u64)>> = BTreeMap::new();
    for (user, city, lng, lat) in sample(60_000, 4, 1).visits() {
        visits.entry(user).or_default().push((city, lng.to_bits(), lat.to_bits()));
    }
    let total: usize = visits.values().map(Vec::len).sum();
    let addresses: usize =
        visits.values().map(|visits| visits.iter().collect::<BTreeSet<_>>().len()).sum();
    assert!(total > 3 * addresses, "{total} orders to {addresses} addresses of users");
    let busiest = visits.values().map(Vec::len).max().expect("users");
    assert!(busiest > 7 * total / visits.len(), "the busiest user ordered {busiest} times");
    assert!(visits.values().any(|visits| visits.iter().any(|visit| visit.0 != visits[0].0)));
}

#[test]
fn nearly_all_orders_share_their_z12_cell_with_four_other_users() {
    let side = f64::from(1_u32 << 18);
    let mut cells: BTreeMap<(u64, u64), (u64, BTreeSet<i64>)> = BTreeMap::new();
    for (user, _, lng, lat) in sample(100_000, 30, 1).visits() {
        let phi = lat.to_radians();
        let north = (phi.tan() + 1.0 / phi.cos()).ln() / std::f64::consts::PI;
        let column = ((lng + 180.0) / 360.0 * side) as u64;
        let cell = cells.entry((column, ((1.0 - north) / 2.0 * side) as u64)).or_default();
        cell.0 += 1;
        cell.1.insert(user);
    }
    let all: u64 = cells.values().map(|(orders, _)| orders).sum();
    let shared: u64 =
        cells.values().filter(|(_, users)| users.len() >= 5).map(|(orders, _)| orders).sum();
    assert!(shared as f64 > 0.98 * all as f64, "{shared} of {all}");
}

#[test]
fn the_demo_has_trends_to_find() {
    let sample = sample(120_000, 120, 1);
    let report = &sample.report;
    let is_clean = |row: &OrderRow| report.flaws.iter().all(|(flaw, _)| !row.has(*flaw));
    let rows: Vec<OrderRow> = sample.orders().into_iter().filter(is_clean).collect();
    let first_day: jiff::civil::Date = date(2026, 7, 26);
    let day = |row: &OrderRow| -> i64 {
        let day: jiff::civil::Date = row.folder["date=".len()..].parse().expect("a date");
        i64::from(day.since(first_day).expect("a span").get_days())
    };
    let count = |test: &dyn Fn(&OrderRow) -> bool| rows.iter().filter(|row| test(row)).count();
    let (early, late) = (|row: &OrderRow| day(row) < 28, |row: &OrderRow| day(row) >= 92);
    assert!(count(&late) as f64 > 1.1 * count(&early) as f64, "growth");

    let mut areas: BTreeMap<&str, [f64; 2]> = BTreeMap::new();
    let mut meals: BTreeMap<&str, [f64; 2]> = BTreeMap::new();
    for row in &rows {
        let area = row.area.as_deref().expect("an area");
        areas.entry(area).or_default()[usize::from(day(row) >= 60)] += 1.0;
        let local = row.created_us.expect("a time").div_euclid(3_600_000_000);
        // Tehran is three and a half hours ahead of UTC: whole hours are enough here.
        match (local + 3).rem_euclid(24) {
            11..=15 => meals.entry(area).or_default()[0] += 1.0,
            18..=23 => meals.entry(area).or_default()[1] += 1.0,
            _ => {}
        }
    }
    let ratios = |counts: &BTreeMap<&str, [f64; 2]>| -> Vec<f64> {
        let busy = counts.values().filter(|[a, b]| a + b > 300.0);
        let mut ratios: Vec<f64> = busy.map(|[a, b]| b / a).collect();
        ratios.sort_by(f64::total_cmp);
        ratios
    };
    let change = ratios(&areas);
    assert!(change[0] < 0.8 && change[change.len() - 1] > 1.6, "{change:?}");
    let dinner = ratios(&meals);
    assert!(dinner[dinner.len() - 1] > 4.0 * dinner[0], "{dinner:?}");

    let is_new = |row: &OrderRow| row.line.as_deref() == Some("Meat Shop");
    let first = rows.iter().filter(|row| is_new(row)).map(day).min();
    assert_eq!(first, Some(60), "the newest line begins in the middle");
    let on = |date: &str| count(&|row: &OrderRow| row.folder.ends_with(date));
    assert!(on("2026-08-12") * 10 < on("2026-08-19") * 9, "a holiday");
}

#[test]
fn vendors_have_both_platforms_and_some_numeric_codes() {
    let sample = sample(1_000, 1, 1);
    let batches = table(&sample.path("vendors/snapshot.parquet"));
    let column = |name| batches.iter().flat_map(move |batch| texts(batch, name)).flatten();
    let codes: BTreeSet<String> = column("vendor_code").collect();
    assert_eq!((codes.len(), sample.report.vendors), (9_000, 9_000), "codes are unique");
    assert_eq!(codes.iter().filter(|code| code.bytes().all(|b| b.is_ascii_digit())).count(), 80);
    assert_eq!(column("business_line").collect::<BTreeSet<_>>().len(), 7);
    assert!(
        column("vendor_source").collect::<BTreeSet<_>>().into_iter().eq(["snappfood", "tapsifood"])
    );
    for name in ["latitude", "longitude", "radius", "status_id", "visible", "availability"] {
        let nulls = |batch: &RecordBatch| batch.column_by_name(name).expect(name).null_count();
        assert!(batches.iter().map(nulls).sum::<usize>() > 0, "{name} is never null");
    }
    let ordered: BTreeSet<String> =
        sample.orders().into_iter().filter_map(|row| row.vendor).collect();
    assert!(!ordered.is_empty() && ordered.is_subset(&codes));
}

#[test]
fn grades_have_both_layouts_with_repeated_and_contradictory_rows() {
    let sample = sample(1_000, 1, 1);
    let (a, b) = (sample.text("grades.csv"), sample.text("grades_b.csv"));
    assert!(a.starts_with("\u{feff}vendor_code,vendor_name,city_id,business_line,grade\n"));
    assert!(b.starts_with(
        "sf_vendor_code,sf_vendor_name,city_id,business_line,grade,is_dual,tf_vendor_code,\
         tf_vendor_name\n"
    ));
    for text in [a.trim_start_matches('\u{feff}'), &b] {
        let mut grades: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for record in csv::Reader::from_reader(text.as_bytes()).records() {
            let record = record.expect("a record");
            grades.entry(record[0].to_owned()).or_default().push(record[4].to_owned());
        }
        let twice = || grades.values().filter(|grades| grades.len() > 1);
        assert!(twice().any(|grades| grades[0] == grades[1]), "none is repeated");
        assert!(twice().any(|grades| grades[0] != grades[1]), "none is contradicted");
    }
}

/// Names as they are normalised for matching (requirements, section 1.3).
fn normalised(name: &str) -> String {
    let visible = name.replace(['\u{200e}', '\u{200f}', '\u{feff}', '\u{a0}'], "");
    visible.replace('ي', "ی").replace('ك', "ک").replace('\u{200c}', " ").trim().to_owned()
}

/// The records of a marketing area file: WKT and name.
fn areas(sample: &Sample, city: &str) -> Vec<(String, String)> {
    let text = sample.text(&format!("areas/{city}.csv"));
    assert_eq!(text.starts_with('\u{feff}'), city == "tehran", "{city}");
    let mut reader = csv::Reader::from_reader(text.trim_start_matches('\u{feff}').as_bytes());
    assert_eq!(reader.headers().expect("a header"), vec!["WKT", "name"], "{city}");
    let records = reader.records().map(|record| record.expect("a record"));
    records.map(|record| (record[0].to_owned(), record[1].to_owned())).collect()
}

#[test]
fn marketing_areas_are_valid_polygons_inside_the_box_of_their_city() {
    let sample = sample(1_000, 1, 1);
    for (city, _, [west, south, east, north]) in CITIES {
        for (wkt, name) in areas(&sample, city) {
            let shape = geozero::wkt::Wkt(&wkt).to_geo().expect("WKT");
            let Geometry::Polygon(polygon) = shape else { panic!("{name} is not a polygon") };
            assert!(polygon.is_valid(), "{name}");
            let frame = polygon.bounding_rect().expect("corners");
            assert!(frame.min().x > west && frame.max().x < east, "{name}");
            assert!(frame.min().y > south && frame.max().y < north, "{name}");
        }
    }
}

#[test]
fn area_names_are_persian_and_contain_the_invisible_characters_of_real_names() {
    let sample = sample(1_000, 1, 1);
    let is_persian = |c: char| ('\u{600}'..='\u{6ff}').contains(&c) || c == ' ';
    let mut signs = BTreeSet::new();
    for (city, ..) in CITIES {
        for (_, name) in areas(&sample, city) {
            let plain = normalised(&name);
            assert!(!plain.is_empty() && plain.chars().all(is_persian), "{name:?}");
            signs.extend(name.chars().filter(|c| !is_persian(*c) || "يك".contains(*c)));
        }
    }
    assert_eq!(signs, BTreeSet::from(['\u{200c}', '\u{200e}', '\u{200f}', '\u{a0}', 'ي', 'ك']));
}

#[test]
fn every_target_and_every_label_of_an_order_names_an_area() {
    let sample = sample(20_000, 1, 1);
    let mut names = BTreeSet::new();
    for (city, ..) in CITIES {
        let here: BTreeSet<String> =
            areas(&sample, city).iter().map(|(_, name)| normalised(name)).collect();
        let targets = sample.text(&format!("targets/{city}.csv"));
        for record in csv::Reader::from_reader(targets.as_bytes()).records() {
            let record = record.expect("a record");
            assert!(here.contains(&normalised(&record[0])), "{} is not an area", &record[0]);
            assert!(record.iter().skip(1).all(|target| target.parse::<u32>().is_ok()));
        }
        names.extend(here);
    }
    for area in sample.orders().into_iter().filter_map(|row| row.area) {
        assert!(names.contains(&normalised(&area)), "{area} is not an area");
    }
}

fn number(record: &Record, field: &str) -> f64 {
    match record.get(field) {
        Some(FieldValue::Numeric(Some(value))) => *value,
        other => panic!("{field} is {other:?}"),
    }
}

fn text(record: &Record, field: &str) -> String {
    match record.get(field) {
        Some(FieldValue::Character(Some(text))) => text.clone(),
        other => panic!("{field} is {other:?}"),
    }
}

fn shapes(path: &Path) -> Vec<(geo::MultiPolygon, Record)> {
    let mut reader = shapefile::Reader::from_path(path).expect("a shapefile");
    let at = |point: &shapefile::Point| (point.x, point.y);
    let polygon = |ring: &shapefile::PolygonRing<shapefile::Point>| {
        geo::Polygon::new(ring.points().iter().map(at).collect(), Vec::new())
    };
    reader
        .iter_shapes_and_records_as::<shapefile::Polygon, Record>()
        .map(|record| record.expect("a record"))
        .map(|(shape, record)| (shape.rings().iter().map(polygon).collect(), record))
        .collect()
}

#[test]
fn neighbourhoods_nest_in_their_regions() {
    let sample = sample(1_000, 1, 1);
    let regions = shapes(&sample.path("regions/regions.shp"));
    let neighbourhoods = shapes(&sample.path("neighbourhoods/neighbourhoods.shp"));
    assert_eq!((regions.len(), neighbourhoods.len()), (22, 349));
    assert_eq!(text(&regions[4].1, "Name"), "منطقه ۵");
    for (polygons, record) in &neighbourhoods {
        assert!(polygons.is_valid(), "{record:?}");
        let (region, about) = &regions[number(record, "Region") as usize - 1];
        for key in ["Region", "OBJECTID_1"] {
            assert_eq!(number(about, key) as u64, number(record, "Region") as u64, "{record:?}");
        }
        let middle = polygons.interior_point().expect("not empty");
        assert!(region.contains(&middle), "{record:?}");
    }
}

#[test]
fn neighbourhoods_have_people_and_twelve_names_occur_twice() {
    let sample = sample(1_000, 1, 1);
    let (mut names, mut codes) = (BTreeMap::<String, u32>::new(), BTreeSet::new());
    for (_, record) in shapes(&sample.path("neighbourhoods/neighbourhoods.shp")) {
        let [people, men, women] = ["Pop", "Male", "Female"].map(|field| number(&record, field));
        assert!((people - men - women).abs() < 0.5, "{record:?}");
        let density = people / number(&record, "Area");
        assert!((number(&record, "PopDensity") - density).abs() < 0.01, "{record:?}");
        *names.entry(text(&record, "NAME_MAHAL")).or_default() += 1;
        codes.insert(number(&record, "CODE") as u64);
    }
    assert_eq!((names.len(), codes.len()), (349 - 12, 349));
    assert_eq!(names.values().filter(|count| **count == 2).count(), 12);
}

#[test]
fn shapefiles_have_a_projection_but_no_encoding() {
    let sample = sample(1_000, 1, 1);
    for name in ["regions", "neighbourhoods"] {
        let path = sample.path(name).join(name);
        let projection = fs::read_to_string(path.with_extension("prj")).expect("a projection");
        assert!(projection.contains("WGS_1984"), "{projection}");
        assert!(!path.with_extension("cpg").exists());
        let table = fs::read(path.with_extension("dbf")).expect("a table");
        assert_eq!(table[1..4], [126, 11, 22], "the header's day is the last day");
        assert_eq!(table[29], 0, "no code page is named");
    }
}

#[test]
fn an_existing_sample_is_not_overwritten_and_no_other_files_remain() {
    let sample = sample(100, 1, 1);
    let before = contents(&sample);
    let again = write_sample(&spec(sample.dir.path(), 200, 2, 2));
    assert!(matches!(again, Err(SampleError::AlreadyExists { .. })), "{again:?}");
    assert!(contents(&sample) == before);
    assert!(before.keys().all(|path| !path.starts_with(".sample")), "{:?}", before.keys());
    let top = fs::read_dir(sample.path("")).expect("a directory").count();
    assert_eq!(top, 8, "orders, vendors, two grades, areas, regions, neighbourhoods, targets");
}

#[test]
fn the_smallest_samples_are_valid() {
    for (orders, days) in [(0, 1), (1, 1), (3, 30), (40, 2)] {
        let sample = sample(orders, days, 1);
        assert_eq!(sample.orders().len() as u64, orders, "{orders} orders in {days} days");
    }
    let dir = tempfile::tempdir().expect("a temporary directory");
    let none = write_sample(&spec(dir.path(), 10, 0, 1));
    assert!(matches!(none, Err(SampleError::NoDays)), "{none:?}");
    assert!(!dir.path().join("demo").exists());
}

#[test]
fn the_default_is_a_month_of_three_hundred_thousand_orders() {
    #[derive(Parser)]
    struct Cli {
        #[command(flatten)]
        sample: SampleArgs,
    }
    let spec = Cli::try_parse_from(["sample", "--out", "demo"]).expect("arguments").sample.spec();
    let (out, last_day) = (PathBuf::from("demo"), date(2026, 11, 22));
    assert_eq!(
        spec,
        SampleSpec { out, orders: 300_000, days: 30, seed: 1, last_day, has_events: false }
    );
    assert!(Cli::try_parse_from(["sample", "--out", "demo", "--days", "0"]).is_err());
}

#[test]
fn a_year_has_days_of_very_different_levels_and_cities_that_open_and_close() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let spec = SampleSpec { has_events: true, ..spec(dir.path(), 40_000, 400, 1) };
    let report = write_sample(&spec).expect("a sample");
    let orders = Sample { dir, report }.orders();
    assert_eq!(orders.len(), 40_000);
    let days: BTreeSet<&str> = orders.iter().map(|order| order.folder.as_str()).collect();
    assert_eq!(days.len(), 400);
    let (first, last) = (date(2025, 10, 19), date(2026, 11, 22));
    let folder = |day: i64| (first + jiff::Span::new().days(day)).to_string();
    assert_eq!(folder(399), last.to_string());
    let count = |from: i64, to: i64, city: i32| {
        let (from, to) = (folder(from), folder(to));
        let is_in = |order: &&OrderRow| {
            let day = order.folder.trim_start_matches("date=");
            (from.as_str()..=to.as_str()).contains(&day)
        };
        orders.iter().filter(is_in).filter(|order| order.city == Some(city)).count()
    };
    assert_eq!((count(0, 179, 5), count(341, 399, 1)), (0, 0), "Shiraz opens, Mashhad is given up");
    assert!(count(300, 339, 5) > 100 && count(300, 339, 1) > 100);
    assert!(count(230, 232, 2) * 5 < count(223, 225, 2), "the strike");
}
