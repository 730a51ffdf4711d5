//! Bad input: one clear error message, a non-zero exit status, and nothing published.

use std::fs::{self, File, OpenOptions};
use std::process::Command;
use std::sync::Arc;

use crate::support::{Fixture, OrderRow, batch, failure, scattered, tilegen, write_batch};
use arrow_array::{ArrayRef, RecordBatch, StringArray};

fn assert_rejected(fixture: &Fixture, arguments: &[&str], parts: &[&str]) {
    let message = fixture.fail(arguments);
    for part in parts {
        assert!(message.contains(part), "`{part}` is not in: {message}");
    }
    assert!(fixture.manifests().is_empty(), "a manifest was published");
}

#[test]
fn a_missing_folder_is_rejected() {
    assert_rejected(&Fixture::new(), &[], &["no order files (*.parquet) in", "orders"]);
}

#[test]
fn a_truncated_parquet_file_is_rejected() {
    let fixture = Fixture::with_orders(&scattered(3000, 1));
    let file = OpenOptions::new().write(true).open(fixture.path("orders/part-0.parquet")).unwrap();
    file.set_len(file.metadata().unwrap().len() / 2).unwrap();
    assert_rejected(&fixture, &[], &["part-0.parquet", "not a readable Parquet file"]);
}

#[test]
fn a_damaged_row_group_is_rejected() {
    let fixture = Fixture::with_orders(&scattered(3000, 1));
    let path = fixture.path("orders/part-0.parquet");
    let mut bytes = fs::read(&path).unwrap();
    for byte in &mut bytes[4..6000] {
        *byte = 0xff;
    }
    fs::write(&path, bytes).unwrap();
    assert_rejected(&fixture, &[], &["part-0.parquet", "row group 0"]);
}

#[test]
fn an_empty_file_is_rejected() {
    let fixture = Fixture::new();
    fs::create_dir_all(fixture.path("orders")).unwrap();
    File::create(fixture.path("orders/empty.parquet")).unwrap();
    assert_rejected(&fixture, &[], &["empty.parquet", "not a readable Parquet file"]);
}

#[test]
fn a_file_without_rows_is_rejected() {
    assert_rejected(&Fixture::with_orders(&[]), &[], &["has no rows"]);
}

#[test]
fn a_missing_column_is_reported_with_the_columns_found() {
    let fixture = Fixture::new();
    let whole = batch(&scattered(10, 1));
    let columns: Vec<usize> = (0..whole.num_columns())
        .filter(|&index| whole.schema().field(index).name() != "organic")
        .collect();
    write_batch(&fixture.path("orders/a.parquet"), &whole.project(&columns).unwrap());
    assert_rejected(
        &fixture,
        &[],
        &["a.parquet has no column `organic`", "it has order_id, city_id"],
    );
}

#[test]
fn each_missing_column_is_named_with_its_content_and_its_key() {
    let whole = batch(&scattered(10, 1));
    for (missing, content, remedy) in [
        ("order_id", "the ids of the orders", "order_id = \"…\", or order_id = { absent = true }"),
        ("city_id", "the ids of the cities", "city = \"…\", or city = { constant = 2 }"),
        ("business_line", "the business lines", "line = \"…\", or line = { constant"),
        ("customer_latitude", "the latitudes", "lat = \"…\""),
        ("customer_longitude", "the longitudes", "lng = \"…\""),
        ("user_id", "the ids of the customers", "user = \"…\""),
        ("organic", "whether the orders are organic", "organic = \"…\", or organic = { constant"),
        ("created_at", "the times of the orders", "time = \"…\""),
    ] {
        let fixture = Fixture::new();
        let mut others = whole.clone();
        others.remove_column(whole.schema().index_of(missing).unwrap());
        write_batch(&fixture.path("orders/a.parquet"), &others);
        let sentence = format!("no column `{missing}`, which should contain {content}");
        assert_rejected(&fixture, &[], &["a.parquet", &sentence, "[orders.columns]", remedy]);
    }
}

/// Nine orders that one change makes invalid, and a valid one.
fn assert_example(corrupt: fn(&mut OrderRow), parts: &[&str]) {
    let mut rows: Vec<_> = (0..10).map(OrderRow::clean).collect();
    rows[1..].iter_mut().for_each(corrupt);
    assert_rejected(&Fixture::with_orders(&rows), &["--window", "all"], parts);
}

#[test]
fn the_first_rejected_row_is_named_with_its_column_and_value() {
    type Corrupt = fn(&mut OrderRow);
    let cases: [(Corrupt, &str); 7] = [
        (|row| row.city = Some(9), "part-0.parquet, where `city_id` is `9`"),
        (|row| row.city = None, "part-0.parquet, where `city_id` is missing"),
        (|row| row.line = Some(" "), "part-0.parquet, where `business_line` is blank"),
        (|row| row.organic = Some(7), "part-0.parquet, where `organic` is `7`"),
        (|row| row.time = Some(0), "part-0.parquet, where `created_at` is `1970-01-01T00:00:00Z`"),
        (|row| row.lat = None, "part-0.parquet, more than the share"),
        (|row| row.line = Some("l".repeat(300).leak()), "where `business_line` is `lllll"),
    ];
    for (corrupt, value) in cases {
        if value.contains("more than") {
            assert_example(corrupt, &["9 without a position", "an example is row 2 of "]);
        } else {
            assert_example(corrupt, &["9 of 10 rows", "an example is row 2 of ", value]);
        }
    }
}

/// The batch with another column.
fn with_column(whole: &RecordBatch, name: &str, column: &ArrayRef) -> RecordBatch {
    let schema = whole.schema();
    let fields = schema.fields().iter().zip(whole.columns());
    let columns = fields.map(|(field, array)| {
        let array = if field.name() == name { column } else { array };
        (field.name().clone(), Arc::clone(array))
    });
    RecordBatch::try_from_iter(columns.collect::<Vec<_>>()).unwrap()
}

#[test]
fn an_organic_flag_that_is_another_text_is_named() {
    let fixture = Fixture::new();
    let whole = batch(&scattered(10, 1));
    let texts: ArrayRef = Arc::new(StringArray::from(vec!["maybe"; whole.num_rows()]));
    let wrong = with_column(&whole, "organic", &texts);
    write_batch(&fixture.path("orders/a.parquet"), &wrong);
    let parts = [
        "10 of 10 rows were rejected (10 with an organic value other than 0 or 1)",
        "an example is row 1 of ",
        "a.parquet, where `organic` is `maybe`; nothing was published",
    ];
    assert_rejected(&fixture, &["--window", "all"], &parts);
}

#[test]
fn swapped_longitudes_and_latitudes_are_suspected() {
    let swap = |row: &mut OrderRow| (row.lng, row.lat) = (row.lat, row.lng);
    let mut rows = scattered(100, 1);
    rows.iter_mut().for_each(swap);
    let parts = [
        "100 of 100 rows were rejected (100 outside the bounds of their city)",
        "100 positions outside their city are inside it if longitude and latitude are swapped",
        "set lng = \"customer_latitude\" and lat = \"customer_longitude\" under [orders.columns]",
    ];
    assert_rejected(&Fixture::with_orders(&rows), &["--window", "all"], &parts);

    let mut rows = scattered(100, 1);
    rows[..3].iter_mut().for_each(swap);
    rows[3].lat = Some(95.0);
    let fixture = Fixture::with_orders(&rows);
    let arguments = ["--window", "all", "--layer", "density"];
    let report = fixture.build(&arguments);
    assert_eq!(report["rejects"]["position_outside_city"], 4);
    assert_eq!(report["swapped_positions"], 3);
    let output = fixture.density(&arguments).output().unwrap();
    let log = crate::support::errors(&output);
    assert!(log.contains("3 positions outside their city are inside it if"), "{log}");
}

#[test]
fn an_empty_argument_is_named() {
    for (arguments, value) in [
        (&["density", "--orders", "", "--store", "s"][..], "'--orders <PATH|URL>'"),
        (&["density", "--orders", "o", "--store", ""], "'--store <URL>'"),
        (&["density", "--orders", "o", "--store", "s", "--config", ""], "'--config <FILE>'"),
        (&["snapshot", "--vendors", "", "--areas", "a", "--store", "s"], "'--vendors <FILE|URL>'"),
        (&["areas", "--areas", "", "--store", "s"], "'--areas <DIR>'"),
        (&["status", "--store", ""], "'--store <URL>'"),
        (&["fetch", "--from", "", "--into", "i", "a"], "'--from <URL>'"),
        (&["catalog", "copy", "--to", "", "--store", "s"], "'--to <URL>'"),
    ] {
        let output = tilegen().args(arguments).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        let message = crate::support::errors(&output);
        let part = format!("a value is required for {value} but none was supplied");
        assert!(message.contains(&part), "{part} is not in {message}");
    }
}

#[test]
fn a_column_of_the_wrong_type_is_rejected() {
    let fixture = Fixture::new();
    let whole = batch(&scattered(10, 1));
    let texts: ArrayRef = Arc::new(StringArray::from(vec!["35.7"; whole.num_rows()]));
    let wrong = with_column(&whole, "customer_latitude", &texts);
    write_batch(&fixture.path("orders/a.parquet"), &wrong);
    assert_rejected(&fixture, &[], &["`customer_latitude`", "has type text, expected a number"]);
}

#[test]
fn too_many_rejected_rows_stop_the_build() {
    let rows: Vec<_> =
        (0..50).map(|id| OrderRow { city: Some(9), ..OrderRow::clean(id) }).collect();
    let parts =
        ["50 of 50 rows were rejected", "50 with a missing or unknown city", "max_reject_share"];
    assert_rejected(&Fixture::with_orders(&rows), &[], &parts);
}

#[test]
fn a_window_without_orders_is_rejected() {
    let fixture = Fixture::with_orders(&[OrderRow::clean(1)]);
    let parts = [
        "no valid order between 2026-10-01 and 2026-10-01: 0 rows of these days were rejected, and",
        "rows from 2026-11-22 to 2026-11-22; check --as-of",
    ];
    assert_rejected(
        &fixture,
        &["--window", "1d", "--as-of", "2026-10-01", "--layer", "density"],
        &parts,
    );
}

#[test]
fn a_floor_needs_users() {
    let mut rows = scattered(400, 1);
    for row in &mut rows {
        row.user = None;
    }
    let fixture = Fixture::with_orders(&rows);
    assert_rejected(&fixture, &[], &["no order has a user", "--layer density"]);
    fixture.build(&["--layer", "density"]);
}

#[test]
fn an_unreadable_folder_is_rejected() {
    let fixture = Fixture::with_orders(&scattered(50, 1));
    for path in [fixture.path(""), fixture.path("orders")] {
        fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    }
    fs::set_permissions(
        fixture.path("orders"),
        std::os::unix::fs::PermissionsExt::from_mode(0o000),
    )
    .unwrap();
    // Root can read everything, so as root the program is run as the user `nobody`. words: allow
    let is_root = fs::read_dir(fixture.path("orders")).is_ok();
    let mut command = if is_root {
        let mut command = Command::new("setpriv");
        command.args(["--reuid=65534", "--regid=65534", "--clear-groups"]);
        let program = fixture.path("tilegen");
        fs::copy(env!("CARGO_BIN_EXE_tilegen"), &program).unwrap();
        command.arg(program);
        command
    } else {
        tilegen()
    };
    command.env("RUST_LOG", "warn").arg("density").arg("--orders").arg(fixture.path("orders"));
    let store = tempfile::tempdir().unwrap();
    fs::set_permissions(store.path(), std::os::unix::fs::PermissionsExt::from_mode(0o777)).unwrap();
    let message = failure(command.arg("--store").arg(store.path()));
    assert!(message.contains("could not read") && message.contains("orders"), "{message}");
    fs::set_permissions(
        fixture.path("orders"),
        std::os::unix::fs::PermissionsExt::from_mode(0o755),
    )
    .unwrap();
}

#[test]
fn an_invalid_configuration_is_rejected() {
    let fixture = Fixture::with_orders(&scattered(50, 1));
    let path = fixture.path("tilegen.toml");
    fs::write(&path, "[orders]\nmax_reject_share = 3\n").unwrap();
    assert_rejected(&fixture, &["--config", path.to_str().unwrap()], &["max_reject_share is 3"]);
    for (text, part) in [
        ("time_zone = ''", "time_zone is blank"),
        ("[orders]\nmax_future = ''", "orders.max_future: a blank text is not a period"),
        ("[orders.columns]\nlng = ' '", "orders.columns.lng is blank"),
        ("[orders.columns]\ntime = { column = '' }", "orders.columns.time must be a column name"),
        ("[vendors.columns]\nlatitude = ''", "vendors.columns.latitude is blank"),
    ] {
        fs::write(&path, text).unwrap();
        assert_rejected(&fixture, &["--config", path.to_str().unwrap()], &[part]);
    }
    fs::write(&path, "[orders]\nmax_rejects = 3\n").unwrap();
    let parts =
        ["the configuration", "is invalid: orders.max_rejects: unknown field `max_rejects`"];
    let message = errors_of(&fixture, path.to_str().unwrap());
    for part in parts {
        assert!(message.contains(part), "{message}");
    }
}

fn errors_of(fixture: &Fixture, config: &str) -> String {
    let output = fixture.density(&["--config", config]).output().unwrap();
    assert!(!output.status.success());
    crate::support::errors(&output)
}

#[test]
fn every_error_of_a_configuration_is_reported_at_once() {
    let fixture = Fixture::with_orders(&scattered(50, 1));
    let path = fixture.path("tilegen.toml");
    fs::write(&path, "time_zome = 1\n[orders]\nmax_rejects = 3\nmax_reject_share = 3\n").unwrap();
    let message = errors_of(&fixture, path.to_str().unwrap());
    for line in [
        "  orders.max_rejects: unknown field `max_rejects`",
        "  time_zome: unknown field `time_zome`",
        "  orders.max_reject_share is 3; it must be between 0 and 1",
    ] {
        assert!(message.lines().any(|said| said.starts_with(line)), "{line} is not in {message}");
    }
    assert!(fixture.manifests().is_empty(), "a manifest was published");
}

#[test]
fn an_argument_that_cannot_be_read_is_named_with_an_example() {
    let sample = ["sample", "--out", "demo", "--last-day", "today"];
    let repeat = ["repeat", "--daily", "25:00", "--", "density"];
    let zone = ["repeat", "--daily", "08:30", "--time-zone", "Asia/Nowhere", "--", "density"];
    let never = ["repeat", "--", "density"];
    for (arguments, part) in [
        (&["density", "--as-of", "yesterday"][..], "`yesterday` is not a date such as 2026-11-22"),
        (&sample[..], "`today` is not a date such as 2026-11-22"),
        (&repeat[..], "`25:00` is not a time of day such as 08:30"),
        (&zone[..], "`Asia/Nowhere` is not in the IANA time zone database"),
        (&never[..], "<--every <PERIOD>|--daily <TIME>>"),
    ] {
        let output = tilegen().args(arguments).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        let message = crate::support::errors(&output);
        assert!(message.contains(part), "{part} is not in {message}");
    }
}

#[test]
fn a_store_folder_that_does_not_exist_is_named() {
    let fixture = Fixture::new();
    let folder = fixture.path("nowhere");
    let message = failure(tilegen().args(["catalog", "--store"]).arg(&folder));
    let expected = format!("tilegen: the store folder {} does not exist\n", folder.display());
    assert_eq!(message, expected);
}

#[test]
fn a_store_that_is_a_file_is_rejected() {
    let fixture = Fixture::with_orders(&scattered(50, 1));
    fs::write(fixture.store(), "not a folder").unwrap();
    let message = fixture.fail(&[]);
    assert!(message.contains("could not create the store folder"), "{message}");
}
