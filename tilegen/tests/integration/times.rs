//! Time: fast clocks, days that are not over, and the end of windows.

use std::fs;

use crate::support::{
    DAY, Fixture, NOON, NOW, OrderRow, PUBLIC_DAYS, errors, read_cells, scattered, tilegen,
};
use serde_json::{Value, json};

const HOUR: i64 = 3_600_000_000;
/// [`NOW`] in microseconds since 1970.
const NOW_MICROS: i64 = NOON + 18 * HOUR;

fn at(id: i64, time: i64) -> OrderRow {
    OrderRow { time: Some(time), ..OrderRow::clean(id) }
}

/// A hundred orders: ten of each day until the day of [`NOON`].
fn good() -> Vec<OrderRow> {
    (0..100).map(|id| at(id, NOON - id % 10 * DAY)).collect()
}

/// A fixture with good orders and others, in the same row group or in a file of their own.
fn fixtures(others: &[OrderRow]) -> [Fixture; 2] {
    let same = Fixture::with_orders(&[&good(), others].concat());
    let own = Fixture::with_orders(&good());
    own.write("orders/part-1.parquet", others);
    [same, own]
}

fn archive<'a>(report: &'a Value, layer: &str, slot: &str) -> &'a Value {
    let archives = report["archives"].as_array().unwrap();
    archives.iter().find(|found| found["layer"] == layer && found["slot"] == slot).unwrap()
}

fn days(report: &Value, slot: &str) -> [String; 2] {
    ["from", "to"].map(|end| archive(report, "density", slot)[end].as_str().unwrap().to_owned())
}

#[test]
fn an_order_of_the_future_is_rejected_and_moves_no_window() {
    let future = [
        at(1000, NOW_MICROS + HOUR + 1),
        OrderRow { city: Some(99), ..at(1001, NOW_MICROS + 70 * 365 * DAY) },
        OrderRow { lat: None, ..at(1002, NOON + 99 * DAY) },
    ];
    for fixture in fixtures(&future) {
        let report = fixture.build(&["--window", "30d", "--window", "all"]);
        assert_eq!(report["rejects"]["time_in_future"], 3);
        assert_eq!(report["orders_counted"], 100);
        assert_eq!(days(&report, "30d"), ["2026-10-24", "2026-11-22"]);
        assert_eq!(days(&report, "all"), ["2026-11-13", "2026-11-22"]);
        assert_eq!(fixture.manifest()["layers"][0]["data_at"], "2026-11-22T20:30:00Z");
    }
}

#[test]
fn orders_of_the_future_leave_the_public_layer_as_it_is() {
    let rows = scattered(4000, 4);
    let public = |others: &[OrderRow]| {
        let fixture = Fixture::with_orders(&[&rows, others].concat());
        let report = fixture.build(&[]);
        assert_eq!(report["public"]["outcome"], "built");
        let manifest = fixture.manifest();
        let layers = manifest["layers"].as_array().unwrap().iter();
        let entry = layers.clone().find(|entry| entry["layer"] == "density-public").unwrap();
        let days = ["from", "to"].map(|end| entry[end].clone());
        let bytes = fs::read(fixture.archive("density-public", "28d")).unwrap();
        (days, bytes, report["rejects"].clone())
    };
    let (days, bytes, _) = public(&[]);
    assert_eq!(days, PUBLIC_DAYS.map(Value::from));
    for (reason, time) in [
        ("time_in_future", NOON + 120 * DAY),
        ("time_in_future", NOW_MICROS + 2 * HOUR),
        ("time_out_of_range", 253_402_214_400_000_000),
    ] {
        let (found_days, found, rejects) = public(&[at(100_000, time)]);
        assert_eq!(rejects[reason], 1, "{time}");
        assert_eq!(found_days, days, "{time}");
        assert!(found == bytes, "{time}: the public archive has changed");
    }
}

#[test]
fn a_time_of_9999_in_a_row_group_of_valid_rows_is_one_reject() {
    for time in [253_402_214_400_000_000, i64::MAX, i64::MIN + 1, -1] {
        for fixture in fixtures(&[at(1000, time)]) {
            let report = fixture.build(&["--window", "3d"]);
            assert_eq!(report["rejects"]["time_out_of_range"], 1, "{time}");
            assert_eq!(days(&report, "3d"), ["2026-11-20", "2026-11-22"], "{time}");
        }
    }
}

#[test]
fn max_future_is_configured() {
    let fixture =
        Fixture::with_orders(&[&good(), [at(1000, NOW_MICROS + 2 * HOUR)].as_slice()].concat());
    let config = fixture.path("future.toml");
    for (max_future, rejected, outside) in [("1h 59m", 1, 0), ("2h", 0, 1), ("1d", 0, 1)] {
        fs::write(&config, format!("[orders]\nmax_future = \"{max_future}\"\n")).unwrap();
        let report = fixture.build(&["--config", config.to_str().unwrap()]);
        assert_eq!(report["rejects"]["time_in_future"], rejected, "{max_future}");
        assert_eq!(report["outside_window"], outside, "{max_future}");
    }
    fs::write(&config, "[orders]\nmax_future = \"soon\"\n").unwrap();
    let error = fixture.fail(&["--config", config.to_str().unwrap()]);
    assert!(error.contains("orders.max_future: `soon` is not a period"), "{error}");
    fs::write(&config, "[orders]\nmax_future = \"25h\"\n").unwrap();
    let error = fixture.fail(&["--config", config.to_str().unwrap()]);
    assert!(error.contains("orders.max_future is `25h`; it must be at most 1d"), "{error}");
}

#[test]
fn no_window_ends_after_today() {
    let fixture = Fixture::with_orders(&good());
    for as_of in ["2026-11-24", "2026-12-20", "2027-11-24"] {
        let error = fixture.fail(&["--as-of", as_of]);
        for part in [as_of, "in the future", "today is 2026-11-23"] {
            assert!(error.contains(part), "{part} is not in: {error}");
        }
    }
    let report = fixture.build(&["--as-of", "2026-11-23", "--window", "2d"]);
    assert_eq!(days(&report, "2d"), ["2026-11-22", "2026-11-23"]);
    // It is 23:30 in Tehran, and the clock of one order says 00:15 of the next day.
    let next_day = at(1000, NOON + 12 * HOUR + HOUR / 4);
    let fixture = Fixture::with_orders(&[&good(), [next_day].as_slice()].concat());
    let now = ["--now", "2026-11-22T20:00:00Z", "--include-today", "--window", "1d"];
    let report = fixture.build(&now);
    assert_eq!(days(&report, "1d"), ["2026-11-22", "2026-11-22"]);
    assert_eq!(archive(&report, "density", "1d")["orders"], 10);
}

#[test]
fn a_rejected_row_does_not_move_a_window() {
    let rejected: [fn(OrderRow) -> OrderRow; 4] = [
        |row| OrderRow { city: Some(99), ..row },
        |row| OrderRow { lng: None, ..row },
        |row| OrderRow { line: Some(" "), ..row },
        |row| OrderRow { organic: Some(7), ..row },
    ];
    // The newest day with a valid order is read at once, or is before all days that are read at first.
    for days_later in [1, 40] {
        let now = if days_later == 1 { "2026-11-25T12:00:00Z" } else { "2027-02-25T12:00:00Z" };
        for reject in rejected {
            for fixture in fixtures(&[reject(at(1000, NOON + days_later * DAY))]) {
                let report = fixture.build(&["--now", now, "--window", "5d"]);
                assert_eq!(days(&report, "5d"), ["2026-11-18", "2026-11-22"]);
                assert_eq!(archive(&report, "density", "5d")["orders"], 50);
                assert_eq!(fixture.manifest()["layers"][0]["data_at"], "2026-11-22T20:30:00Z");
            }
        }
    }
}

#[test]
fn windows_end_with_the_newest_day_that_is_over() {
    let night: Vec<_> = (0..3).map(|id| at(1000 + id, NOON + 13 * HOUR + id * HOUR)).collect();
    for fixture in fixtures(&night) {
        let report = fixture.build(&["--window", "1d"]);
        assert_eq!(days(&report, "1d"), ["2026-11-22", "2026-11-22"]);
        let left_out = ["outside_window", "rows_skipped"].map(|key| report[key].as_u64().unwrap());
        // The footers of a file with only these orders prove that it need not be read.
        assert!(left_out == [3, 0] || left_out == [0, 3], "{left_out:?}");
        let cells = read_cells(&fixture.archive("density", "1d"));
        let orders: u64 = cells
            .iter()
            .filter(|((zoom, ..), _)| *zoom == 14)
            .map(|(_, cell)| cell["orders"])
            .sum();
        assert_eq!(orders, 10);
        let report = fixture.build(&["--window", "1d", "--include-today", "--layer", "density"]);
        assert_eq!(days(&report, "1d"), ["2026-11-23", "2026-11-23"]);
        assert_eq!(archive(&report, "density", "1d")["orders"], 3);
        assert_eq!(fixture.manifest()["layers"][0]["data_at"], "2026-11-23T02:30:00Z");
        let report =
            fixture.build(&["--window", "1d", "--as-of", "2026-11-23", "--layer", "density"]);
        assert_eq!(archive(&report, "density", "1d")["orders"], 3);
    }
}

#[test]
fn a_day_is_over_at_midnight_of_the_map() {
    let fixture = Fixture::with_orders(&good());
    for (now, last) in [
        ("2026-11-22T23:59:59+03:30", "2026-11-21"),
        ("2026-11-23T00:00:00+03:30", "2026-11-22"),
        ("2026-11-22T20:30:00Z", "2026-11-22"),
    ] {
        let report = fixture.build(&["--now", now, "--window", "1d", "--layer", "density"]);
        assert_eq!(days(&report, "1d")[1], last, "{now}");
    }
}

#[test]
fn orders_of_today_alone_are_refused_with_the_remedy() {
    let fixture = Fixture::with_orders(&[at(1, NOW_MICROS - HOUR)]);
    let error = fixture.fail(&["--layer", "density"]);
    assert!(error.contains("--include-today") && error.contains("2026-11-23"), "{error}");
    assert!(fixture.manifests().is_empty());
    fixture.build(&["--layer", "density", "--include-today"]);
}

#[test]
fn orders_of_the_future_alone_are_refused() {
    let rows: Vec<_> = (0..5).map(|id| at(id, NOON + 90 * DAY)).collect();
    let error = Fixture::with_orders(&rows).fail(&["--layer", "density"]);
    assert!(error.contains("5 of 5 rows") && error.contains("max_future"), "{error}");
}

#[test]
fn an_order_too_old_for_the_window_of_all_days_is_rejected() {
    let old = [at(1000, NOON - 8_000 * DAY), at(1001, NOON - 8_001 * DAY)];
    for fixture in fixtures(&old) {
        let report = fixture.build(&["--window", "all"]);
        assert_eq!(report["rejects"]["time_too_old"], 1);
        assert_eq!(report["orders_counted"], 101);
        assert_eq!(days(&report, "all")[0], "2004-12-27");
        let report = fixture.build(&["--window", "7d"]);
        assert_eq!(report["rejects"]["time_too_old"], 0, "the days are outside the window");
    }
}

#[test]
fn local_times_without_a_zone_are_compared_with_the_local_clock() {
    use arrow_array::{Array, ArrayRef, RecordBatch, TimestampMicrosecondArray};
    let fixture = Fixture::new();
    let offset = 3 * HOUR + HOUR / 2;
    let rows =
        [&good(), [at(1000, NOW_MICROS + HOUR / 2), at(1001, NOW_MICROS + 2 * HOUR)].as_slice()]
            .concat();
    let whole = crate::support::batch(&rows);
    let times: TimestampMicrosecondArray =
        rows.iter().map(|row| row.time.map(|time| time + offset)).collect();
    let times: ArrayRef = std::sync::Arc::new(times);
    let schema = whole.schema();
    let columns = schema.fields().iter().zip(whole.columns()).map(|(field, array)| {
        let array = if field.name() == "created_at" { &times } else { array };
        (field.name().clone(), array.slice(0, array.len()))
    });
    let local = RecordBatch::try_from_iter(columns.collect::<Vec<_>>()).unwrap();
    crate::support::write_batch(&fixture.path("orders/local.parquet"), &local);
    let config = fixture.path("local.toml");
    fs::write(&config, "[orders]\nzoneless_time = \"local\"\n").unwrap();
    let report = fixture.build(&["--window", "1d", "--config", config.to_str().unwrap()]);
    assert_eq!(report["rejects"]["time_in_future"], 1);
    assert_eq!(days(&report, "1d"), ["2026-11-22", "2026-11-22"]);
}

#[test]
fn the_clock_is_an_rfc_3339_time() {
    let fixture = Fixture::with_orders(&good());
    for text in ["yesterday", "2026-11-23", "2026-13-01T00:00:00Z"] {
        let output = fixture.density(&["--now", text]).output().unwrap();
        let message = errors(&output);
        assert!(!output.status.success() && message.contains("RFC 3339"), "{message}");
        assert!(message.contains("--now") && message.contains(text), "{message}");
    }
}

#[test]
fn area_statistics_end_with_the_newest_day_that_is_over() {
    let fixture = Fixture::with_orders(&good());
    fixture.write("orders/today.parquet", &[at(1000, NOW_MICROS - HOUR)]);
    fixture.write("orders/future.parquet", &[at(1001, NOON + 999 * DAY)]);
    fs::create_dir_all(fixture.path("areas")).unwrap();
    let square =
        "WKT,name\n\"POLYGON ((51.3 35.6, 51.5 35.6, 51.5 35.8, 51.3 35.8, 51.3 35.6))\",ونک\n";
    fs::write(fixture.path("areas/tehran.csv"), square).unwrap();
    let file = fs::File::options().write(true).open(fixture.path("areas/tehran.csv")).unwrap();
    let now: jiff::Timestamp = NOW.parse().unwrap();
    file.set_modified(
        std::time::UNIX_EPOCH + std::time::Duration::from_secs(now.as_second().unsigned_abs()),
    )
    .unwrap();
    let mut command = tilegen();
    command.args(["area-stats", "--now", NOW, "--orders"]).arg(fixture.path("orders"));
    command.arg("--areas").arg(fixture.path("areas")).arg("--store").arg(fixture.store());
    let output = command.arg("--report").arg(fixture.path("report.json")).output().unwrap();
    assert!(output.status.success(), "{}", errors(&output));
    let report: Value =
        serde_json::from_slice(&fs::read(fixture.path("report.json")).unwrap()).unwrap();
    assert_eq!(report["orders"], 100);
    assert_eq!(report["rows_skipped"], 1);
    assert_eq!(report["rejects"]["time_in_future"], 1);
    assert_eq!(fixture.manifest()["tables"][0]["data_at"], json!("2026-11-22T20:30:00Z"));
}
