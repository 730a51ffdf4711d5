//! Identity: users and orders are the same whatever the types of their columns and the order of files.

use std::fs;
use std::sync::Arc;

use crate::support::{
    DAY, Fixture, NOON, OrderRow, SLOTS, batch, read_cells, scattered, write_batch,
};
use arrow_array::{
    Array, ArrayRef, BinaryArray, BooleanArray, Decimal128Array, Float32Array, Float64Array,
    Int8Array, Int64Array, NullArray, RecordBatch, StringArray, UInt64Array,
};
use arrow_cast::cast;
use arrow_schema::DataType;
use proptest::prelude::*;
use proptest::test_runner::TestCaseResult;
use serde_json::{Value, json};

/// The rows with some columns replaced.
fn with_columns(rows: &[OrderRow], columns: &[(&str, ArrayRef)]) -> RecordBatch {
    let whole = batch(rows);
    let schema = whole.schema();
    let replaced = schema.fields().iter().zip(whole.columns()).map(|(field, array)| {
        let other = columns.iter().find(|(name, _)| name == field.name());
        (
            field.name().clone(),
            other.map_or_else(|| Arc::clone(array), |(_, array)| Arc::clone(array)),
            true,
        )
    });
    RecordBatch::try_from_iter_with_nullable(replaced.collect::<Vec<_>>()).unwrap()
}

fn write(fixture: &Fixture, file: &str, rows: &[OrderRow], columns: &[(&str, ArrayRef)]) {
    write_batch(&fixture.path(&format!("orders/{file}.parquet")), &with_columns(rows, columns));
}

/// Orders of one cell, and one user each in `users`.
fn orders_of(users: ArrayRef) -> Fixture {
    let rows: Vec<_> = (0..).take(users.len()).map(OrderRow::clean).collect();
    let fixture = Fixture::new();
    write(&fixture, "users", &rows, &[("user_id", users)]);
    fixture
}

/// Distinct users, and orders without a user.
fn users_of(fixture: &Fixture, arguments: &[&str]) -> (u64, u64) {
    let report = fixture.build(&[&["--layer", "density"], arguments].concat());
    let cells = read_cells(&fixture.archive("density", "30d"));
    let cells = cells.iter().filter(|((zoom, ..), _)| *zoom == 14);
    let users = cells.map(|(_, cell)| cell.get("users").copied().unwrap_or(0)).sum();
    (users, report["orders_without_user"].as_u64().unwrap())
}

fn texts(ids: &[&str]) -> ArrayRef {
    Arc::new(StringArray::from(ids.to_vec()))
}

#[test]
fn outer_blanks_are_not_part_of_a_user_and_text_is_never_parsed() {
    let same = texts(&[
        "u7",
        "u7 ",
        "\u{a0}u7",
        "\u{200f}u7\u{200e}",
        "\u{feff}u7\u{200b}",
        "\tu7\u{2028}",
    ]);
    assert_eq!(users_of(&orders_of(same), &[]), (1, 0));
    let different = texts(&["7", "007", "+7", "7.0", "-7", "7e0", "۷", "7 0"]);
    assert_eq!(users_of(&orders_of(different), &[]), (8, 0));
}

#[test]
fn blank_null_and_unknown_users_identify_no_user() {
    let ids =
        [Some("0"), Some(" guest"), Some(""), Some("\u{3000}"), Some("None"), None, Some("7")];
    let fixture = orders_of(Arc::new(StringArray::from(ids.to_vec())));
    let config = fixture.path("unknown.toml");
    fs::write(&config, "[orders]\nunknown_users = [\"0\", \"guest\", \"None\"]\n").unwrap();
    let arguments = ["--config", config.to_str().unwrap()];
    assert_eq!(users_of(&fixture, &arguments), (1, 6));
    assert_eq!(users_of(&fixture, &[]), (3, 4), "only None is unknown by default");
    let zeros: [ArrayRef; 4] = [
        Arc::new(Int64Array::from(vec![Some(0), None, Some(7)])),
        Arc::new(Float64Array::from(vec![Some(-0.0), Some(f64::NAN), Some(7.0)])),
        Arc::new(
            Decimal128Array::from(vec![Some(0), None, Some(700)])
                .with_precision_and_scale(12, 2)
                .unwrap(),
        ),
        Arc::new(BinaryArray::from(vec![Some(b"0".as_slice()), None, Some(b"7")])),
    ];
    for zeros in zeros {
        write(
            &fixture,
            "users",
            &[1, 2, 3].map(OrderRow::clean),
            &[("user_id", Arc::clone(&zeros))],
        );
        assert_eq!(users_of(&fixture, &arguments), (1, 2), "{zeros:?}");
    }
}

#[test]
fn numbers_above_63_bits_equal_their_text_and_no_negative_number() {
    let fixture = Fixture::new();
    let high: ArrayRef = Arc::new(UInt64Array::from(vec![u64::MAX, 7]));
    write(&fixture, "a", &[1, 2].map(OrderRow::clean), &[("user_id", high)]);
    let same = texts(&["18446744073709551615", "7"]);
    write(&fixture, "b", &[3, 4].map(OrderRow::clean), &[("user_id", same)]);
    let negative: ArrayRef = Arc::new(Int64Array::from(vec![-1, 7]));
    write(&fixture, "c", &[5, 6].map(OrderRow::clean), &[("user_id", negative)]);
    assert_eq!(users_of(&fixture, &[]), (3, 0), "2^64 - 1, 7 and -1");
}

#[test]
fn a_row_group_may_begin_with_low_numbers_and_end_with_high_ones() {
    let fixture = Fixture::new();
    let rows: Vec<_> = (0..600).map(OrderRow::clean).collect();
    let ids = |high: u64| -> ArrayRef {
        Arc::new(
            (0..600).map(|row| row % 5 + if row < 300 { 0 } else { high }).collect::<UInt64Array>(),
        )
    };
    write(
        &fixture,
        "a",
        &rows,
        &[
            ("user_id", ids(u64::MAX - 9)),
            ("order_id", Arc::new((0..600).map(|row| u64::MAX - row).collect::<UInt64Array>())),
        ],
    );
    assert_eq!(users_of(&fixture, &[]), (10, 0));
}

#[test]
fn an_id_that_is_not_a_whole_number_or_text_is_refused_with_its_position() {
    let cases: [(ArrayRef, &str); 5] = [
        (Arc::new(Float64Array::from(vec![1.0, 7.5])), "contains 7.5 in row 2"),
        (
            Arc::new(Float64Array::from(vec![1.0, 9_007_199_254_740_994.0])),
            "contains 9007199254740994 in row 2",
        ),
        (Arc::new(Float32Array::from(vec![f32::INFINITY, 1.0])), "contains inf in row 1"),
        (
            Arc::new(
                Decimal128Array::from(vec![700, 750]).with_precision_and_scale(12, 2).unwrap(),
            ),
            "contains 7.50 in row 2",
        ),
        (
            Arc::new(BinaryArray::from(vec![b"a".as_slice(), b"\xff"])),
            "bytes in row 2 that are not UTF-8",
        ),
    ];
    for (ids, part) in cases {
        for column in ["user_id", "order_id"] {
            let fixture = Fixture::new();
            write(&fixture, "bad", &[1, 2].map(OrderRow::clean), &[(column, Arc::clone(&ids))]);
            let error = fixture.fail(&["--layer", "density"]);
            for part in [part, "bad.parquet", column] {
                assert!(error.contains(part), "{part} is not in {error}");
            }
        }
    }
}

#[test]
fn an_order_without_an_id_is_never_a_duplicate() {
    let ids = ["", " ", "\u{200b}", "\u{a0}", "01", "1", " 1\u{a0}"];
    let rows: Vec<_> = (0..7).map(OrderRow::clean).collect();
    let fixture = Fixture::new();
    let config = fixture.path("lenient.toml");
    fs::write(&config, "[orders]\nmax_reject_share = 1.0\n[guards]\nreject_share = 1.0\n").unwrap();
    write(&fixture, "a", &rows, &[("order_id", texts(&ids))]);
    write(&fixture, "b", &rows[..2], &[("order_id", Arc::new(NullArray::new(2)))]);
    write(
        &fixture,
        "c",
        &rows[..2],
        &[("order_id", Arc::new(Int64Array::from(vec![1, i64::MIN])))],
    );
    let report = fixture.build(&["--min-users", "1", "--config", config.to_str().unwrap()]);
    assert_eq!(report["rejects"]["duplicate"], 2, "1 is there three times");
}

#[test]
fn flags_are_read_from_every_type_and_all_null_columns_are_nulls() {
    let rows = [1, 2, 3].map(OrderRow::clean);
    let flags: [ArrayRef; 4] = [
        Arc::new(Float64Array::from(vec![Some(1.0), Some(0.0), None])),
        Arc::new(Float64Array::from(vec![1.0, 0.0, f64::NAN])),
        Arc::new(BooleanArray::from(vec![Some(true), Some(false), None])),
        Arc::new(StringArray::from(vec![Some("True"), Some("0"), Some(" ")])),
    ];
    let counts = |organic: ArrayRef| {
        let fixture = Fixture::new();
        write(&fixture, "a", &rows, &[("organic", organic)]);
        fixture.build(&["--layer", "density"]);
        let cells = read_cells(&fixture.archive("density", "30d"));
        let cell = cells.values().next().unwrap().clone();
        [
            cell["orders"],
            cell.get("organic").copied().unwrap_or(0),
            cell.get("unknown").copied().unwrap_or(0),
        ]
    };
    for flags in flags {
        assert_eq!(counts(Arc::clone(&flags)), [3, 1, 1], "{flags:?}");
    }
    assert_eq!(counts(Arc::new(NullArray::new(3))), [3, 0, 3]);
    let fixture = Fixture::new();
    let others: ArrayRef = Arc::new(Float64Array::from(vec![1.0, 0.5, 2.0]));
    write(&fixture, "a", &rows, &[("organic", others), ("user_id", Arc::new(NullArray::new(3)))]);
    let error = fixture.fail(&["--layer", "density"]);
    assert!(error.contains("2 of 3 rows") && error.contains("organic"), "{error}");
}

/// Types that a number or its text can have.
const TYPES: [&str; 7] =
    ["int64", "uint64", "float64", "decimal", "string", "dictionary", "binary"];

fn ids_as(kind: &str, ids: &[Option<i64>]) -> ArrayRef {
    let ints: ArrayRef = Arc::new(Int64Array::from(ids.to_vec()));
    let strings = || cast(&ints, &DataType::Utf8).unwrap();
    let dictionary = DataType::Dictionary(DataType::Int16.into(), DataType::LargeUtf8.into());
    match kind {
        "uint64" => cast(&ints, &DataType::UInt64).unwrap(),
        "float64" => cast(&ints, &DataType::Float64).unwrap(),
        "decimal" => cast(&ints, &DataType::Decimal128(20, 1)).unwrap(),
        "string" => strings(),
        "dictionary" => cast(&strings(), &dictionary).unwrap(),
        "binary" => cast(&strings(), &DataType::Binary).unwrap(),
        _ => ints,
    }
}

/// Rows in which many orders have several copies, in other cells, lines and of other users.
fn rows_with_copies(seed: u64) -> Vec<OrderRow> {
    let mut rows = scattered(400, seed);
    for (number, row) in (0..).zip(rows.iter_mut()) {
        row.id = (number % 9 > 0).then_some(number % 150);
        // Copies have the same time. All days of the public window have orders, and so do those after it.
        let days_back = if row.id.is_some() { 9 + number % 150 % 28 } else { number / 9 % 10 };
        row.time = Some(NOON - days_back * DAY);
    }
    rows
}

fn build(
    rows: &[OrderRow],
    files: &[(usize, usize, usize)],
    threads: &str,
) -> (Value, Vec<Vec<u8>>) {
    let fixture = Fixture::new();
    let config = fixture.path("lenient.toml");
    fs::write(&config, "[orders]\nmax_reject_share = 1.0\n[guards]\nreject_share = 1.0\n").unwrap();
    let mut rest = rows;
    for (number, &(length, order_type, user_type)) in files.iter().enumerate() {
        let length = if number + 1 == files.len() { rest.len() } else { length.min(rest.len()) };
        let (part, others) = rest.split_at(length);
        rest = others;
        let ids = ids_as(TYPES[order_type], &part.iter().map(|row| row.id).collect::<Vec<_>>());
        let users = ids_as(TYPES[user_type], &part.iter().map(|row| row.user).collect::<Vec<_>>());
        let organic: ArrayRef = if order_type % 2 == 0 {
            Arc::new(part.iter().map(|row| row.organic).collect::<Int8Array>())
        } else {
            Arc::new(part.iter().map(|row| row.organic.map(f64::from)).collect::<Float64Array>())
        };
        let columns = [("order_id", ids), ("user_id", users), ("organic", organic)];
        write(&fixture, &number.to_string(), part, &columns);
    }
    let arguments = ["--threads", threads, "--config", config.to_str().unwrap()];
    let report = fixture.build(&arguments);
    let bytes = SLOTS.map(|(layer, slot)| fs::read(fixture.archive(layer, slot)).unwrap());
    (json!([report["rejects"], report["orders_without_user"]]), bytes.into())
}

fn same_archives(seed: u64, order: &[usize], files: &[(usize, usize, usize)]) -> TestCaseResult {
    let rows = rows_with_copies(seed);
    let shuffled: Vec<_> = order.iter().map(|&row| rows[row].clone()).collect();
    let (counts, archives) = build(&rows, &[(0, 0, 0)], "1");
    let (mixed_counts, mixed_archives) = build(&shuffled, files, "3");
    prop_assert_eq!(counts, mixed_counts);
    prop_assert!(archives == mixed_archives, "the archives differ");
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, max_shrink_iters: 20, ..ProptestConfig::default() })]
    #[test]
    fn any_mix_of_types_and_files_gives_the_same_archives(
        seed in 0u64..1000,
        order in Just((0..400usize).collect::<Vec<_>>()).prop_shuffle(),
        files in proptest::collection::vec((0usize..200, 0..TYPES.len(), 0..TYPES.len()), 1..6),
    ) {
        same_archives(seed, &order, &files)?;
    }
}

#[test]
fn unknown_order_ids_are_those_of_different_orders() {
    let rows: Vec<_> = (0..15).map(OrderRow::clean).collect();
    for id in ["nan", "NaN", "None", "none", "null", "NULL", "<NA>", " NaN "] {
        let fixture = Fixture::new();
        write(&fixture, "orders", &rows, &[("order_id", texts(&[id; 15]))]);
        let report = fixture.build(&["--layer", "density"]);
        assert_eq!(report["orders_counted"], 15, "{id}");
    }
    let fixture = Fixture::new();
    write(&fixture, "orders", &rows, &[("order_id", Arc::new(Int64Array::from(vec![0; 15])))]);
    let config = fixture.path("unknown.toml");
    for (unknown, counted) in [("[]", 1), ("[\"0\"]", 15)] {
        let text = format!("[orders]\nmax_reject_share = 1.0\nunknown_orders = {unknown}\n");
        fs::write(&config, text).unwrap();
        let report = fixture.build(&["--layer", "density", "--config", config.to_str().unwrap()]);
        assert_eq!(report["orders_counted"], counted, "{unknown}");
    }
}

#[test]
fn a_dictionary_of_numbers_identifies_as_its_numbers() {
    let integers = Int64Array::from(vec![Some(7), Some(7), None, Some(8)]);
    let floats = Float64Array::from(vec![Some(7.0), Some(7.0), None, Some(8.0)]);
    let (integers, floats): (ArrayRef, ArrayRef) = (Arc::new(integers), Arc::new(floats));
    for values in [integers, floats] {
        let plain = values.data_type().clone();
        let dictionary = DataType::Dictionary(DataType::Int32.into(), plain.clone().into());
        let users = cast(&values, &dictionary).unwrap();
        assert_eq!(users_of(&orders_of(users), &[]), (2, 1), "{plain}");
    }
}
