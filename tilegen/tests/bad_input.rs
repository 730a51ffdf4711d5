//! Bad input: one clear sentence, a non-zero exit, and nothing published.

mod support;

use std::fs::{self, File, OpenOptions};
use std::process::Command;
use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, StringArray};
use support::{Bench, OrderRow, batch, failure, scattered, tilegen, write_batch};

fn refuses(bench: &Bench, arguments: &[&str], parts: &[&str]) {
    let sentence = bench.fail(arguments);
    for part in parts {
        assert!(sentence.contains(part), "`{part}` is not in: {sentence}");
    }
    assert!(bench.manifests().is_empty(), "something was published");
}

#[test]
fn nothing_there() {
    refuses(&Bench::new(), &[], &["no order file (*.parquet) at", "orders"]);
}

#[test]
fn a_truncated_file() {
    let bench = Bench::with_orders(&scattered(3000, 1));
    let file = OpenOptions::new().write(true).open(bench.path("orders/part-0.parquet")).unwrap();
    file.set_len(file.metadata().unwrap().len() / 2).unwrap();
    refuses(&bench, &[], &["part-0.parquet", "not a readable parquet file"]);
}

#[test]
fn damaged_pages() {
    let bench = Bench::with_orders(&scattered(3000, 1));
    let path = bench.path("orders/part-0.parquet");
    let mut bytes = fs::read(&path).unwrap();
    for byte in &mut bytes[4..6000] {
        *byte = 0xff;
    }
    fs::write(&path, bytes).unwrap();
    refuses(&bench, &[], &["part-0.parquet", "row group 0"]);
}

#[test]
fn an_empty_file() {
    let bench = Bench::new();
    fs::create_dir_all(bench.path("orders")).unwrap();
    File::create(bench.path("orders/empty.parquet")).unwrap();
    refuses(&bench, &[], &["empty.parquet", "not a readable parquet file"]);
}

#[test]
fn a_file_without_rows() {
    refuses(&Bench::with_orders(&[]), &[], &["has no rows"]);
}

#[test]
fn a_missing_column() {
    let bench = Bench::new();
    let whole = batch(&scattered(10, 1));
    let kept: Vec<usize> = (0..whole.num_columns())
        .filter(|&index| whole.schema().field(index).name() != "organic")
        .collect();
    write_batch(&bench.path("orders/a.parquet"), &whole.project(&kept).unwrap());
    refuses(&bench, &[], &["a.parquet has no column `organic`", "it has order_id, city_id"]);
}

#[test]
fn a_column_of_another_type() {
    let bench = Bench::new();
    let whole = batch(&scattered(10, 1));
    let schema = whole.schema();
    let columns = schema.fields().iter().zip(whole.columns()).map(|(field, array)| {
        let text: ArrayRef = Arc::new(StringArray::from(vec!["35.7"; whole.num_rows()]));
        let is_lat = field.name() == "customer_latitude";
        (field.name().clone(), if is_lat { text } else { Arc::clone(array) })
    });
    let wrong = RecordBatch::try_from_iter(columns.collect::<Vec<_>>()).unwrap();
    write_batch(&bench.path("orders/a.parquet"), &wrong);
    refuses(&bench, &[], &["`customer_latitude`", "holds Utf8, but a number is needed"]);
}

#[test]
fn every_row_rejected() {
    let rows: Vec<_> =
        (0..50).map(|id| OrderRow { city: Some(9), ..OrderRow::clean(id) }).collect();
    let parts =
        ["50 of 50 rows were rejected", "50 of no city or an unknown one", "max_reject_share"];
    refuses(&Bench::with_orders(&rows), &[], &parts);
}

#[test]
fn no_order_in_the_window() {
    let bench = Bench::with_orders(&[OrderRow::clean(1)]);
    let parts = ["no valid order between 2026-10-01 and 2026-10-01"];
    refuses(&bench, &["--window", "1d", "--as-of", "2026-10-01", "--layer", "density"], &parts);
}

#[test]
fn nobody_known_under_a_floor() {
    let mut rows = scattered(50, 1);
    for row in &mut rows {
        row.user = None;
    }
    let bench = Bench::with_orders(&rows);
    refuses(&bench, &[], &["no order has a user", "--min-users 1"]);
    bench.build(&["--min-users", "1"]);
}

#[test]
fn an_unreadable_folder() {
    let bench = Bench::with_orders(&scattered(50, 1));
    for path in [bench.path(""), bench.path("orders")] {
        fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    }
    fs::set_permissions(bench.path("orders"), std::os::unix::fs::PermissionsExt::from_mode(0o000))
        .unwrap();
    // Root reads everything, so the program runs as nobody where the test runs as root.
    let is_root = fs::read_dir(bench.path("orders")).is_ok();
    let mut command = if is_root {
        let mut command = Command::new("setpriv");
        command.args(["--reuid=65534", "--regid=65534", "--clear-groups"]);
        let program = bench.path("tilegen");
        fs::copy(env!("CARGO_BIN_EXE_tilegen"), &program).unwrap();
        command.arg(program);
        command
    } else {
        tilegen()
    };
    command.env("RUST_LOG", "warn").arg("density").arg("--orders").arg(bench.path("orders"));
    let store = tempfile::tempdir().unwrap();
    fs::set_permissions(store.path(), std::os::unix::fs::PermissionsExt::from_mode(0o777)).unwrap();
    let sentence = failure(command.arg("--store").arg(store.path()));
    assert!(sentence.contains("could not read") && sentence.contains("orders"), "{sentence}");
    fs::set_permissions(bench.path("orders"), std::os::unix::fs::PermissionsExt::from_mode(0o755))
        .unwrap();
}

#[test]
fn a_configuration_with_faults() {
    let bench = Bench::with_orders(&scattered(50, 1));
    let path = bench.path("tilegen.toml");
    fs::write(&path, "[orders]\nmax_reject_share = 3\n").unwrap();
    refuses(&bench, &["--config", path.to_str().unwrap()], &["max_reject_share is 3"]);
    fs::write(&path, "[orders]\nmax_rejects = 3\n").unwrap();
    let parts = ["is not understood", "unknown field `max_rejects`"];
    let sentence = errors_of(&bench, path.to_str().unwrap());
    for part in parts {
        assert!(sentence.contains(part), "{sentence}");
    }
}

fn errors_of(bench: &Bench, config: &str) -> String {
    let output = bench.density(&["--config", config]).output().unwrap();
    assert!(!output.status.success());
    support::errors(&output)
}

#[test]
fn a_store_that_is_a_file() {
    let bench = Bench::with_orders(&scattered(50, 1));
    fs::write(bench.store(), "not a folder").unwrap();
    let sentence = bench.fail(&[]);
    assert!(sentence.contains("could not make the store's folder"), "{sentence}");
}
