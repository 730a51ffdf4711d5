//! Which files are order files: one rule for folders, patterns and stores, each file once, and every
//! file that is not read is in the report.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::symlink;
use std::process::Command;
use std::sync::Arc;

use crate::support::{Fixture, NOW, OrderRow, errors, failure, tilegen};
use serde_json::{Value, json};

/// Valid orders with these ids.
fn orders(ids: std::ops::Range<i64>) -> Vec<OrderRow> {
    ids.map(OrderRow::clean).collect()
}

/// A folder with ten orders.
fn ten_orders() -> Fixture {
    Fixture::with_orders(&orders(0..10))
}

/// Builds with the orders at a path or pattern, and returns the report.
fn build_at(fixture: &Fixture, address: &str) -> Value {
    let report = fixture.path("report.json");
    let mut command = density_at(fixture, fixture.path(address).to_str().unwrap());
    let output = command.arg("--report").arg(&report).output().unwrap();
    assert!(output.status.success(), "{address}: {}", errors(&output));
    serde_json::from_slice(&fs::read(report).unwrap()).unwrap()
}

fn density_at(fixture: &Fixture, address: &str) -> Command {
    let mut command = tilegen();
    command.args(["density", "--now", NOW, "--orders", address, "--store"]).arg(fixture.store());
    command
}

#[test]
fn leftovers_of_other_programs_are_not_counted_and_the_report_names_them() {
    let fixture = ten_orders();
    for name in [
        "_temporary/0/task/part-0.parquet",
        "_temporary/0/task/part-1.parquet",
        "day=1/.spark-staging-7/part-0.parquet",
        "day=1/_part-0.parquet",
        "_date=2026-11-01/part-0.parquet",
    ] {
        fixture.write(&format!("orders/{name}"), &orders(100..200));
    }
    for name in ["notes.txt", "_SUCCESS", ".part-0.parquet.crc", "part-0.parquet.tmp"] {
        fs::write(fixture.path("orders").join(name), "x").unwrap();
    }
    fixture.write("orders/day=1/part-0.PARQ", &orders(10..15));
    fixture.write("orders/day=1/part-1.Pq", &orders(15..20));
    for pattern in ["orders", "orders/*", "orders/**", "orders/**/*"] {
        let report = build_at(&fixture, pattern);
        assert_eq!((&report["orders_counted"], &report["files"]), (&json!(20), &json!(3)));
        let expected = ["_date=2026-11-01/", "_temporary/", "day=1/.spark-staging-7/"];
        let hidden = &report["skipped_files"]["hidden_order_file"];
        assert_eq!(hidden["files"], 5, "{pattern}");
        let listed = hidden["names"].as_array().unwrap();
        assert!(expected.iter().all(|name| listed.contains(&json!(name))), "{pattern}: {listed:?}");
        assert_eq!(
            report["skipped_files"]["other_extension"],
            json!({ "files": 2, "names": ["notes.txt", "part-0.parquet.tmp"] }),
            "{pattern}"
        );
        assert_eq!(report["skipped_files"]["hidden_other_file"]["files"], 2, "{pattern}");
    }
}

#[test]
fn the_log_warns_about_skipped_files_but_not_about_markers() {
    let fixture = ten_orders();
    fs::write(fixture.path("orders/_SUCCESS"), "").unwrap();
    // Ten orders are too few for the public layer, about which the log warns, too.
    let internal = ["--layer", "density"];
    let output = fixture.density(&internal).output().unwrap();
    assert!(output.status.success() && errors(&output).is_empty(), "{}", errors(&output));
    fixture.write("orders/_old/part-0.parquet", &orders(0..10));
    fs::write(fixture.path("orders/b.csv"), "").unwrap();
    let log = errors(&fixture.density(&internal).output().unwrap());
    assert_eq!(log.trim().lines().count(), 1, "{log}");
    for part in ["some files are not read", "_old/", "b.csv"] {
        assert!(log.contains(part), "`{part}` is not in: {log}");
    }
}

#[test]
fn each_file_is_counted_once_whatever_leads_to_it() {
    let fixture = Fixture::new();
    fixture.write("orders/o.parquet/part-0.parquet", &orders(0..10));
    fixture.write("orders/day=1/part-0.parquet", &orders(10..20));
    let at = |name: &str| fixture.path("orders").join(name);
    symlink("..", at("day=1/up")).unwrap();
    symlink(".", at("again")).unwrap();
    symlink("day=1", at("latest")).unwrap();
    symlink("day=1/part-0.parquet", at("0.parquet")).unwrap();
    fs::hard_link(at("day=1/part-0.parquet"), at("z.parquet")).unwrap();
    for pattern in ["orders", "orders//", "orders/*", "orders/**", "orders/**/*.parquet"] {
        let report = build_at(&fixture, pattern);
        assert_eq!(report["files"], 2, "{pattern}");
        assert_eq!(report["orders_counted"], 20, "{pattern}");
        assert_eq!(report["rejects"]["duplicate"], 0, "{pattern}");
    }
    let report = build_at(&fixture, "orders/o.parquet");
    assert_eq!((&report["files"], &report["orders_counted"]), (&json!(1), &json!(10)));
}

#[test]
fn tables_whose_files_are_not_their_rows_are_refused() {
    for (marker, orders, format) in [
        ("orders/_delta_log/00000000000000000000.json", "orders", "a Delta table"),
        ("orders/a/_delta_log/00000000000000000010.checkpoint.parquet", "orders", "a Delta table"),
        ("orders/_delta_log/00000000000000000000.json", "orders/*.parquet", "a Delta table"),
        ("_delta_log/00000000000000000000.json", "orders", "a Delta table"),
        ("_delta_log/00000000000000000000.json", "orders/part-0.parquet", "a Delta table"),
        ("orders/metadata/v1.metadata.json", "orders", "an Iceberg table"),
        ("orders/a/metadata/00001-a.gz.metadata.json", "orders/**", "an Iceberg table"),
        ("orders/.hoodie/hoodie.properties", "orders", "a Hudi table"),
        ("orders/day=1/.hoodie_partition_metadata", "orders/**/*.parquet", "a Hudi table"),
    ] {
        let fixture = ten_orders();
        fs::create_dir_all(fixture.path(marker).parent().unwrap()).unwrap();
        fs::write(fixture.path(marker), "{}").unwrap();
        let orders = fixture.path(orders);
        let root = fixture.path("orders").parent().unwrap().display().to_string();
        let message = failure(&mut density_at(&fixture, orders.to_str().unwrap()));
        for part in [format, "export the orders", &root] {
            assert!(message.contains(part), "{marker}: `{part}` is not in: {message}");
        }
        assert!(fixture.manifests().is_empty(), "{marker}");
    }
}

#[test]
fn an_error_names_what_was_skipped_instead() {
    let fixture = Fixture::new();
    fixture.write("orders/_temporary/part-0.parquet", &orders(0..10));
    fixture.write("orders/part-0.parquet.gz", &orders(0..10));
    let message = fixture.fail(&[]);
    for part in ["orders", "2 files skipped", "(_temporary/)", "(part-0.parquet.gz)", "move"] {
        assert!(message.contains(part), "`{part}` is not in: {message}");
    }
}

/// A server for the objects of the bucket `lake`.
struct S3 {
    address: String,
}

impl S3 {
    /// Starts a server for objects, whose listings also contain an empty key.
    fn serve(objects: BTreeMap<String, Vec<u8>>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let objects = Arc::new(objects);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let (stream, objects) = (stream.unwrap(), Arc::clone(&objects));
                std::thread::spawn(move || respond(&stream, &objects));
            }
        });
        Self { address }
    }

    fn density(&self, fixture: &Fixture, orders: &str) -> Command {
        self.with_address(density_at(fixture, orders))
    }

    /// A command that reads this server.
    fn with_address(&self, mut command: Command) -> Command {
        command.env("AWS_ENDPOINT", &self.address).env("AWS_ALLOW_HTTP", "true");
        command.env("NO_PROXY", "127.0.0.1");
        for (name, value) in
            [("AWS_REGION", "r"), ("AWS_ACCESS_KEY_ID", "a"), ("AWS_SECRET_ACCESS_KEY", "b")]
        {
            command.env(name, value);
        }
        command
    }
}

fn respond(mut stream: &TcpStream, objects: &BTreeMap<String, Vec<u8>>) {
    let mut lines = BufReader::new(stream).lines().map_while(Result::ok);
    let Some(request) = lines.next() else { return };
    let head: Vec<_> = lines.take_while(|line| !line.is_empty()).collect();
    let range = head.iter().find_map(|line| {
        let (name, value) = line.split_once(": ")?;
        let range = name.eq_ignore_ascii_case("range").then(|| value.strip_prefix("bytes="))??;
        let (first, last) = range.split_once('-')?;
        Some((first.parse::<usize>().ok()?, last.parse::<usize>().ok()?))
    });
    let mut words = request.split(' ');
    let (method, target) = (words.next().unwrap(), words.next().unwrap());
    let url = url::Url::parse(&format!("http://lake{target}")).unwrap();
    let query: BTreeMap<_, _> = url.query_pairs().into_owned().collect();
    let (status, body, extra) = if query.contains_key("list-type") {
        ("200 OK", listing(objects, query.get("prefix").map_or("", String::as_str)), String::new())
    } else {
        let key = url.path().trim_start_matches("/lake/").replace("%3D", "=");
        match (objects.get(&key), range) {
            (Some(bytes), Some((first, last))) => {
                let last = last.min(bytes.len() - 1);
                let range = format!("Content-Range: bytes {first}-{last}/{}\r\n", bytes.len());
                ("206 Partial Content", bytes[first..=last].to_vec(), range)
            }
            (Some(bytes), None) => ("200 OK", bytes.clone(), String::new()),
            (None, _) => ("404 Not Found", Vec::new(), String::new()),
        }
    };
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Length: {}\r\nLast-Modified: Sun, 22 Nov 2026 12:00:00 GMT\r\n\
         ETag: \"1\"\r\n{extra}Connection: close\r\n\r\n",
        body.len()
    );
    let body = if method == "HEAD" { Vec::new() } else { body };
    stream.write_all(&[head.into_bytes(), body].concat()).unwrap();
}

fn listing(objects: &BTreeMap<String, Vec<u8>>, prefix: &str) -> Vec<u8> {
    let mut text = String::from("<ListBucketResult><IsTruncated>false</IsTruncated>");
    let keys = objects.iter().map(|(key, bytes)| (key.as_str(), bytes.len()));
    for (key, len) in keys.filter(|(key, _)| key.starts_with(prefix)).chain([("", 0)]) {
        write!(
            text,
            "<Contents><Key>{key}</Key><LastModified>2026-11-22T12:00:00.000Z</LastModified>\
             <ETag>1</ETag><Size>{len}</Size></Contents>"
        )
        .unwrap();
    }
    text.push_str("</ListBucketResult>");
    text.into_bytes()
}

/// Objects with ten orders in each order file, and empty objects for folders.
fn objects(fixture: &Fixture, names: &[&str]) -> BTreeMap<String, Vec<u8>> {
    fixture.write("parts/a.parquet", &orders(0..10));
    fixture.write("parts/b.parquet", &orders(10..20));
    let read = |name: &str| fs::read(fixture.path("parts").join(name)).unwrap();
    let (a, b) = (read("a.parquet"), read("b.parquet"));
    let content = |name: &str| match name {
        _ if name.ends_with('/') || name.ends_with("_$folder$") => Vec::new(),
        _ if name.contains("day=2") => b.clone(),
        _ => a.clone(),
    };
    names.iter().map(|name| ((*name).to_owned(), content(name))).collect()
}

#[test]
fn folder_markers_and_hidden_keys_of_a_store_are_not_order_files() {
    let fixture = Fixture::new();
    let s3 = S3::serve(objects(
        &fixture,
        &[
            "export/orders/",
            "export/orders/day=1/",
            "export/orders/day=1/a.PARQUET",
            "export/orders/day=1/_temporary/0/c.parquet",
            "export/orders/day=2_$folder$",
            "export/orders/day=2.parquet/",
            "export/orders/day=2.parquet/part-0.parquet",
            "export/orders/notes.txt",
            "export/single",
        ],
    ));
    for (address, files) in [
        ("s3://lake/export/orders", 2),
        ("s3://lake/export/orders/", 2),
        ("s3://lake/export/orders/**/*", 2),
        ("s3://lake/export/o*", 2),
        ("s3://lake/export/single", 1),
        ("s3://lake/export/orders/day=2.parquet", 1),
        ("s3://lake/export/orders/day=1/a.PARQUET", 1),
    ] {
        let report = fixture.path("report.json");
        let mut command = s3.density(&fixture, address);
        let output = command.arg("--report").arg(&report).output().unwrap();
        assert!(output.status.success(), "{address}: {}", errors(&output));
        let report: Value = serde_json::from_slice(&fs::read(report).unwrap()).unwrap();
        assert_eq!(report["files"], files, "{address}");
        assert_eq!(report["orders_counted"], 10 * files, "{address}");
        if files == 2 {
            let skipped = &report["skipped_files"];
            assert_eq!(skipped["hidden_order_file"]["files"], 1, "{address}: {skipped}");
            assert_eq!(skipped["other_extension"]["files"], 1, "{address}: {skipped}");
        }
    }
    let message = failure(&mut s3.density(&fixture, "s3://lake/export/nothing"));
    assert!(message.contains("there are no files"), "{message}");
}

#[test]
fn a_copy_in_a_store_is_read_once_and_named() {
    let fixture = Fixture::new();
    let s3 = S3::serve(objects(
        &fixture,
        &[
            "export/orders/day=1/a-0.parquet",
            "export/orders/day=1/a.parquet",
            "export/orders/day=2/a.parquet",
            "export/orders/z.parquet",
        ],
    ));
    for address in ["s3://lake/export/orders", "s3://lake/export/orders/", "s3://lake/export/o*/**"]
    {
        let report = fixture.path("report.json");
        let output = s3.density(&fixture, address).arg("--report").arg(&report).output().unwrap();
        assert!(output.status.success(), "{address}: {}", errors(&output));
        let report: Value = serde_json::from_slice(&fs::read(report).unwrap()).unwrap();
        assert_eq!((&report["files"], &report["rows"]), (&2.into(), &20.into()), "{address}");
        let copies = &report["skipped_files"]["copy"];
        assert_eq!(copies["files"], 2, "{address}: {copies}");
        let names = copies["names"].as_array().unwrap();
        let ends = ["day=1/a.parquet", "z.parquet"];
        assert!(
            names.iter().zip(ends).all(|(name, end)| name.as_str().unwrap().ends_with(end)),
            "{address}: {copies}"
        );
    }
}

#[test]
fn tables_in_a_store_are_refused() {
    for (marker, format) in [
        ("lake/t/_delta_log/00000000000000000000.json", "s3://lake/lake/t contains a Delta table"),
        ("lake/t/metadata/v1.metadata.json", "s3://lake/lake/t contains an Iceberg table"),
        ("lake/t/.hoodie/hoodie.properties", "s3://lake/lake/t contains a Hudi table"),
    ] {
        let fixture = Fixture::new();
        let s3 = S3::serve(objects(&fixture, &["lake/t/data/a.parquet", marker]));
        for address in ["s3://lake/lake", "s3://lake/lake/t", "s3://lake/lake/t/data"] {
            let message = failure(&mut s3.density(&fixture, address));
            assert!(message.contains(format), "{address}: {message}");
        }
    }
}

#[test]
fn a_vendor_object_of_the_future_is_refused() {
    let fixture = Fixture::new();
    let vendors = "vendor_code,vendor_name,vendor_source,city_id,business_line,latitude,longitude,\
                   radius,status_id,visible\n1,a,,2,Cafe,35.7,51.4,1.5,5,1\n";
    fs::create_dir_all(fixture.path("areas")).unwrap();
    let areas = fixture.path("areas/tehran.csv");
    let ring = "51.3 35.6, 51.5 35.6, 51.5 35.8, 51.3 35.6";
    fs::write(&areas, format!("WKT,name\n\"POLYGON (({ring}))\",a\n")).unwrap();
    let file = fs::File::options().write(true).open(&areas).unwrap();
    file.set_modified(std::time::UNIX_EPOCH).unwrap();
    // The server says that each object was modified at 12:00 UTC.
    let s3 = S3::serve(BTreeMap::from([("vendors.csv".to_owned(), vendors.into())]));
    let snapshot = |now: &str| {
        let mut command = tilegen();
        command.args(["snapshot", "--vendors", "s3://lake/vendors.csv", "--now", now, "--store"]);
        command.arg(fixture.store()).arg("--areas").arg(fixture.path("areas"));
        s3.with_address(command)
    };
    let error = failure(&mut snapshot("2026-11-22T11:00:00Z"));
    for part in ["s3://lake/vendors.csv was modified at 2026-11-22T12:00:00Z", "1 hour later"] {
        assert!(error.contains(part), "{error}");
    }
    assert_eq!(fixture.manifests(), Vec::<String>::new());
    let output = snapshot("2026-11-22T11:59:30Z").output().unwrap();
    assert!(output.status.success(), "{}", errors(&output));
    assert_eq!(fixture.manifest()["tables"][0]["data_at"], "2026-11-22T12:00:00Z");
}
