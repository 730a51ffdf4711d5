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
fn a_column_of_the_wrong_type_is_rejected() {
    let fixture = Fixture::new();
    let whole = batch(&scattered(10, 1));
    let schema = whole.schema();
    let columns = schema.fields().iter().zip(whole.columns()).map(|(field, array)| {
        let text: ArrayRef = Arc::new(StringArray::from(vec!["35.7"; whole.num_rows()]));
        let is_lat = field.name() == "customer_latitude";
        (field.name().clone(), if is_lat { text } else { Arc::clone(array) })
    });
    let wrong = RecordBatch::try_from_iter(columns.collect::<Vec<_>>()).unwrap();
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
    let parts = ["no valid order between 2026-10-01 and 2026-10-01"];
    assert_rejected(
        &fixture,
        &["--window", "1d", "--as-of", "2026-10-01", "--layer", "density"],
        &parts,
    );
}

#[test]
fn a_floor_needs_users() {
    let mut rows = scattered(50, 1);
    for row in &mut rows {
        row.user = None;
    }
    let fixture = Fixture::with_orders(&rows);
    assert_rejected(&fixture, &[], &["no order has a user", "--min-users 1"]);
    fixture.build(&["--min-users", "1"]);
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
