//! Builds density archives and compares every count with a second implementation that uses sets.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use crate::support::{
    Attributes, CellAddress, DAY, Fixture, NOON, OrderRow, PUBLIC_DAYS, SLOTS, read_cells,
    scattered,
};
use serde_json::Value;

const LINES: [&str; 4] = ["Bakery", "Cafe", "Meat Shop", "Restaurant"];

/// Counts the cells of valid rows with sets, by the formula of the standard.
fn count_with_sets(rows: &[OrderRow]) -> BTreeMap<CellAddress, Attributes> {
    let mut members: BTreeMap<CellAddress, Vec<&OrderRow>> = BTreeMap::new();
    for row in rows {
        for zoom in 5..=14u8 {
            let side = f64::from(1u32 << (zoom + 6));
            let phi = row.lat.unwrap().to_radians();
            let share = (1.0 - (phi.tan() + 1.0 / phi.cos()).ln() / std::f64::consts::PI) / 2.0;
            let column = ((row.lng.unwrap() + 180.0) / 360.0 * side).floor() as u32;
            let cell = (zoom, column, (share * side).floor() as u32);
            members.entry(cell).or_default().push(row);
        }
    }
    let mut cells = BTreeMap::new();
    for (cell, rows) in members {
        let mut attributes = Attributes::new();
        let mut insert_counts = |names: [&str; 4], suffix: &str, rows: &[&OrderRow]| {
            let users: BTreeSet<_> = rows.iter().filter_map(|row| row.user).collect();
            let count = |organic| rows.iter().filter(|row| row.organic == organic).count();
            let values = [rows.len(), count(Some(1)), count(None), users.len()];
            for (name, value) in names.into_iter().zip(values).filter(|(_, value)| *value > 0) {
                attributes.insert(format!("{name}{suffix}"), value as u64);
            }
        };
        insert_counts(["orders", "organic", "unknown", "users"], "", &rows);
        for (index, line) in LINES.into_iter().enumerate() {
            let of_line: Vec<_> =
                rows.iter().copied().filter(|row| row.line == Some(line)).collect();
            insert_counts(["l", "o", "x", "u"], &index.to_string(), &of_line);
        }
        cells.insert(cell, attributes);
    }
    cells
}

/// Fails with the first cell that differs, so that the message stays short.
fn assert_same(
    found: &BTreeMap<CellAddress, Attributes>,
    expected: &BTreeMap<CellAddress, Attributes>,
    name: &str,
) {
    for cell in expected.keys().chain(found.keys()) {
        assert_eq!(found.get(cell), expected.get(cell), "{name}, cell {cell:?}");
    }
}

fn last_days(rows: &[OrderRow], days: i64) -> Vec<OrderRow> {
    let newest = rows.iter().filter_map(|row| row.time).max().unwrap();
    rows.iter().filter(|row| newest - row.time.unwrap() < days * DAY).cloned().collect()
}

#[test]
fn every_count_of_every_window_is_exact() {
    let rows = scattered(4000, 1);
    let fixture = Fixture::with_orders(&rows);
    fixture.build(&["--window", "30d", "--window", "7d", "--window", "1d", "--window", "all"]);
    for (slot, days) in [("1d", 1), ("7d", 7), ("30d", 30), ("all", 1000)] {
        let cells = read_cells(&fixture.archive("density", slot));
        assert_same(&cells, &count_with_sets(&last_days(&rows, days)), slot);
    }
}

#[test]
fn the_all_window_starts_with_the_first_valid_order() {
    let mut rows = scattered(300, 9);
    let first = rows.iter().filter_map(|row| row.time).min().unwrap();
    // A much older row that is rejected because it has no position.
    rows.push(OrderRow { time: Some(first - 400 * DAY), lat: None, ..rows[0].clone() });
    let fixture = Fixture::with_orders(&rows);
    let report = fixture.build(&["--layer", "density", "--window", "all"]);
    let noon = jiff::civil::date(2026, 11, 22);
    let date = noon.checked_sub(jiff::Span::new().days((NOON - first) / DAY)).unwrap();
    assert_eq!(report["archives"][0]["from"], date.to_string());
}

/// The attributes of a cell as a public layer has them: users are rounded down to multiples of five.
fn rounded(attributes: &Attributes) -> Attributes {
    let round = |(name, value): (&String, &u64)| {
        let value =
            if name.starts_with('u') && name != "unknown" { value - value % 5 } else { *value };
        (value > 0).then(|| (name.clone(), value))
    };
    attributes.iter().filter_map(round).collect()
}

/// The exact cells of the days of the public window.
fn cells_of_public_days(rows: &[OrderRow]) -> BTreeMap<CellAddress, Attributes> {
    let fixture = Fixture::with_orders(rows);
    fixture.build(&["--layer", "density", "--window", "28d", "--as-of", PUBLIC_DAYS[1]]);
    read_cells(&fixture.archive("density", "28d"))
}

#[test]
fn without_a_floor_nothing_is_public() {
    let fixture = Fixture::with_orders(&scattered(2000, 2));
    let report = fixture.build(&["--min-users", "1"]);
    assert_eq!(report["public"], serde_json::json!({"outcome": "nothing", "reason": "no_floor"}));
    let manifest = fixture.manifest();
    let layers: Vec<_> = manifest["layers"].as_array().unwrap().iter().collect();
    assert!(layers.iter().all(|entry| entry["layer"] == "density"), "{layers:?}");
}

#[test]
fn a_floor_hides_cells_and_rounds_users() {
    let rows = scattered(6000, 3);
    let fixture = Fixture::with_orders(&rows);
    let report = fixture.build(&["--floor-lines=false"]);
    let all = cells_of_public_days(&rows);
    let shown = read_cells(&fixture.archive("density-public", "28d"));
    assert!(!shown.is_empty() && shown.len() < all.len(), "{} of {}", shown.len(), all.len());
    for (cell, attributes) in &shown {
        assert_eq!(Some(attributes), all.get(cell).map(rounded).as_ref(), "{cell:?}");
        assert!(attributes["users"] >= 5, "{cell:?}");
    }
    let public = archive_report(&report, "density-public");
    assert_eq!([&public["from"], &public["to"]], PUBLIC_DAYS);
    let orders_at = |cells: &BTreeMap<CellAddress, Attributes>, zoom| -> u64 {
        let of_zoom = cells.iter().filter(|((z, ..), _)| *z == zoom);
        of_zoom.map(|(_, attributes)| attributes["orders"]).sum()
    };
    for zoom in 5..=14u8 {
        let withheld = public["withheld"][zoom.to_string()].as_u64().unwrap();
        assert_eq!(orders_at(&all, zoom) - orders_at(&shown, zoom), withheld, "zoom {zoom}");
    }
}

#[test]
fn the_floor_withholds_lines_and_leaves_the_rest_unchanged() {
    let rows = scattered(6000, 3);
    let (by_cell, by_line) = (Fixture::with_orders(&rows), Fixture::with_orders(&rows));
    by_cell.build(&["--layer", "density-public", "--floor-lines=false"]);
    by_line.build(&["--layer", "density-public"]);
    let all = read_cells(&by_cell.archive("density-public", "28d"));
    let shown = read_cells(&by_line.archive("density-public", "28d"));
    assert!(all.keys().eq(shown.keys()), "the same cells are shown");
    let of_lines = |cells: &BTreeMap<CellAddress, Attributes>, letter| -> u64 {
        let of_line = |(name, value): (&String, &u64)| (name.starts_with(letter)).then_some(*value);
        cells.values().flatten().filter_map(of_line).sum()
    };
    assert!(0 < of_lines(&shown, 'l') && of_lines(&shown, 'l') < of_lines(&all, 'l'));
    for (cell, attributes) in &shown {
        let whole = &all[cell];
        for name in ["orders", "organic", "unknown", "users"] {
            assert_eq!(attributes.get(name), whole.get(name), "{name} of {cell:?}");
        }
        for line in 0..LINES.len() {
            let [orders, users] = ["l", "u"].map(|letter| format!("{letter}{line}"));
            if attributes.contains_key(&orders) {
                assert!(attributes[&users] >= 5, "line {line} of {cell:?}");
            }
            for name in ["l", "o", "x", "u"].map(|letter| format!("{letter}{line}")) {
                let is_shown = attributes.contains_key(&orders);
                let expected = whole.get(&name).filter(|_| is_shown);
                assert_eq!(attributes.get(&name), expected, "{name} of {cell:?}");
            }
        }
    }
}

#[test]
fn the_public_window_is_read_as_of_its_own_last_day() {
    let rows = scattered(4000, 8);
    let newest = rows.iter().filter_map(|row| row.time).max().unwrap();
    // Orders that are repeated on the newest day, which is after the public window.
    let repeated =
        rows.iter().step_by(40).map(|row| OrderRow { time: Some(newest), ..row.clone() });
    let with_repeats: Vec<OrderRow> = rows.iter().cloned().chain(repeated).collect();
    let [alone, together] = [(); 2].map(|()| Fixture::with_orders(&with_repeats));
    let report = alone.build(&["--layer", "density-public"]);
    assert!(report["rejects"]["duplicate"].as_u64().unwrap() > 0);
    assert_eq!(archive_report(&report, "density-public")["to"], PUBLIC_DAYS[1]);
    together.build(&[]);
    let without_repeats = Fixture::with_orders(&rows);
    without_repeats.build(&[]);
    let [alone, together, without_repeats] = [&alone, &together, &without_repeats]
        .map(|fixture| fixture.archive("density-public", "28d").file_name().unwrap().to_owned());
    assert_eq!(alone, together);
    assert_eq!(alone, without_repeats);
}

fn archive_report<'a>(report: &'a Value, layer: &str) -> &'a Value {
    report["archives"].as_array().unwrap().iter().find(|found| found["layer"] == layer).unwrap()
}

#[test]
fn archives_do_not_depend_on_threads_files_or_memory() {
    let rows = scattered(5000, 4);
    let whole = Fixture::with_orders(&rows);
    whole.build(&["--window", "30d", "--threads", "1"]);
    let split = Fixture::new();
    for (number, rows) in rows.chunks(900).rev().enumerate() {
        split.write(&format!("orders/date=x{number}/part.parquet"), rows);
    }
    let report = split.build(&["--window", "30d", "--threads", "4", "--memory", "100MB"]);
    assert_eq!(report["spilled"], true);
    for (layer, slot) in SLOTS {
        let (one, other) = (whole.archive(layer, slot), split.archive(layer, slot));
        assert_eq!(one.file_name(), other.file_name(), "{layer}");
        assert_eq!(fs::read(one).unwrap(), fs::read(other).unwrap(), "{layer}");
    }
}

/// Makes a valid row invalid.
type Corrupt = fn(&mut OrderRow);

#[test]
fn invalid_rows_are_counted_by_reason_and_no_order_is_lost() {
    let mut rows = scattered(3000, 5);
    let clean = rows.clone();
    let corrupt: [(&str, Corrupt); 13] = [
        ("time_missing", |row| row.time = None),
        ("time_out_of_range", |row| row.time = Some(0)),
        ("city_unknown", |row| row.city = Some(77)),
        ("city_unknown", |row| row.city = None),
        ("position_missing", |row| row.lat = None),
        ("position_not_finite", |row| row.lng = Some(f64::NAN)),
        ("position_not_finite", |row| row.lat = Some(f64::INFINITY)),
        ("position_zero", |row| (row.lat, row.lng) = (Some(0.0), Some(0.0))),
        ("position_outside_city", |row| row.lat = Some(95.0)),
        ("line_missing", |row| row.line = Some(" \u{a0}")),
        ("line_too_long", |row| row.line = Some("l".repeat(201).leak())),
        ("organic_invalid", |row| row.organic = Some(2)),
        ("duplicate", |row| row.id = Some(5)),
    ];
    for (id, (_, corrupt)) in (100_000..).zip(&corrupt) {
        let mut row = OrderRow { time: Some(NOON - 45 * DAY), ..OrderRow::clean(id) };
        corrupt(&mut row);
        rows.push(row);
    }
    let fixture = Fixture::with_orders(&rows);
    let report = fixture.build(&["--window", "all"]);
    let mut expected: BTreeMap<&str, u64> = BTreeMap::new();
    for (reason, _) in corrupt {
        *expected.entry(reason).or_default() += 1;
    }
    for (reason, count) in report["rejects"].as_object().unwrap() {
        assert_eq!(
            count.as_u64().unwrap(),
            expected.get(reason.as_str()).copied().unwrap_or(0),
            "{reason}"
        );
    }
    let density = archive_report(&report, "density");
    for zoom in 5..=14u8 {
        assert_eq!(density["zooms"][zoom.to_string()]["orders"], 3000, "zoom {zoom}");
    }
    assert_same(&read_cells(&fixture.archive("density", "all")), &count_with_sets(&clean), "all");
}

#[test]
fn lines_are_published_without_control_characters_and_marks_that_reorder_text() {
    let longest: &str = "ن".repeat(200).leak();
    let lines = ["Cafe", "Ca\0fe", "\u{200f}Cafe\u{202e} ", "Ca\u{1b}fe", longest, "Bak\nery"];
    let rows =
        (0..).zip(lines).map(|(id, line)| OrderRow { line: Some(line), ..OrderRow::clean(id) });
    let fixture = Fixture::with_orders(&rows.collect::<Vec<_>>());
    let report = fixture.build(&["--min-users", "1"]);
    assert_eq!(report["lines"], serde_json::json!(["Bak ery", "Cafe", longest]));
    assert_eq!((&report["lines_cleaned"], &report["orders_counted"]), (&4.into(), &6.into()));
}

#[test]
fn of_orders_with_the_same_id_the_newest_counts_in_any_order_of_files() {
    let old = OrderRow { time: Some(NOON - 3 * DAY), lat: Some(35.60), ..OrderRow::clean(1) };
    let new = OrderRow { line: Some("Cafe"), ..OrderRow::clean(1) };
    let other = OrderRow { line: Some("Bakery"), ..OrderRow::clean(2) };
    let without_id = [OrderRow { id: None, ..old.clone() }, OrderRow { id: None, ..old.clone() }];
    for order in [[&old, &new], [&new, &old]] {
        let fixture = Fixture::new();
        for (file, row) in order.into_iter().enumerate() {
            fixture.write(&format!("orders/{file}.parquet"), std::slice::from_ref(row));
        }
        fixture.write("orders/other.parquet", std::slice::from_ref(&other));
        fixture.write("orders/without_id.parquet", &without_id);
        let report = fixture.build(&["--min-users", "1", "--config", &any_reject_share(&fixture)]);
        assert_eq!(report["rejects"]["duplicate"], 1);
        let cells = read_cells(&fixture.archive("density", "30d"));
        let total: u64 =
            cells.iter().filter(|((z, ..), _)| *z == 14).map(|(_, a)| a["orders"]).sum();
        assert_eq!(total, 4);
        assert_eq!(report["lines"], serde_json::json!(["Bakery", "Cafe", "Restaurant"]));
        // The cafe order of the newest day is counted, the older order with the same id is not.
        let cafes: u64 =
            cells.iter().filter(|((z, ..), _)| *z == 14).filter_map(|(_, a)| a.get("l1")).sum();
        assert_eq!(cafes, 1);
    }
}

/// A configuration that allows any share of rejected rows.
fn any_reject_share(fixture: &Fixture) -> String {
    let path = fixture.path("lenient.toml");
    fs::write(&path, "[orders]\nmax_reject_share = 1.0\n").unwrap();
    path.to_str().unwrap().to_owned()
}

#[test]
fn a_line_keeps_its_index_from_build_to_build() {
    let fixture =
        Fixture::with_orders(&[OrderRow { line: Some("Restaurant"), ..OrderRow::clean(1) }]);
    fixture.build(&["--min-users", "1"]);
    fixture.write("orders/new.parquet", &[OrderRow { line: Some("Cafe"), ..OrderRow::clean(2) }]);
    let report = fixture.build(&["--min-users", "1"]);
    assert_eq!(report["lines"], serde_json::json!(["Restaurant", "Cafe"]));
    let cells = read_cells(&fixture.archive("density", "30d"));
    assert!(cells.values().all(|cell| cell["l0"] == 1 && cell["l1"] == 1));
}

#[test]
fn as_of_moves_the_window_back() {
    let rows = [
        OrderRow::clean(1),
        OrderRow { time: Some(NOON - DAY), ..OrderRow::clean(2) },
        OrderRow { time: Some(NOON - 2 * DAY), ..OrderRow::clean(3) },
    ];
    let fixture = Fixture::with_orders(&rows);
    let report = fixture.build(&["--window", "2d", "--as-of", "2026-11-21", "--min-users", "1"]);
    assert_eq!(report["orders_counted"], 2);
    assert_eq!(report["outside_window"], 1);
    assert_eq!(archive_report(&report, "density")["to"], "2026-11-21");
}
