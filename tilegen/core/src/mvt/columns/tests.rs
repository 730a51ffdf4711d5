use std::collections::{BTreeMap, HashMap};

use fast_mvt::{MvtReaderRef, MvtValueRef};
use proptest::prelude::*;
use serde::Serialize;

use super::*;
use crate::layer::{TIMELINE_LAYERS, Visibility};

/// A schema, and rows whose keys ascend, many of them close together.
fn schema_and_rows() -> impl Strategy<Value = (Schema, Vec<Row>)> {
    (0..Schema::ALL.len()).prop_flat_map(|index| {
        let schema = Schema::ALL[index];
        let key = || prop_oneof![0u16..4, 0u16..1024, any::<u16>()];
        let keys = proptest::collection::vec(key(), MAX_KEYS);
        let count = || prop_oneof![1u32..4, 1u32..100_000, 1u32..u32::MAX];
        let counts = (count(), 0u32..3, 0u32..2);
        let rows = proptest::collection::btree_map(keys, counts, 1..120);
        rows.prop_map(move |rows| (schema, sorted(schema, rows)))
    })
}

fn sorted(schema: Schema, rows: BTreeMap<Vec<u16>, (u32, u32, u32)>) -> Vec<Row> {
    let row = |(keys, (first, second, third)): (Vec<u16>, (u32, u32, u32))| {
        let mut row = Row { keys: [0; MAX_KEYS], counts: [first, second, third] };
        row.keys[..schema.keys.len()].copy_from_slice(&keys[..schema.keys.len()]);
        row.counts[schema.counts.len()..].fill(0);
        (row.keys, row)
    };
    rows.into_iter().map(row).collect::<BTreeMap<_, _>>().into_values().collect()
}

proptest! {
    #[test]
    fn decoded_rows_are_those_that_were_encoded((schema, rows) in schema_and_rows()) {
        let columns = Columns::of(schema, rows.iter().copied()).unwrap();
        prop_assert_eq!(columns.rows(), rows.len() as u64);
        prop_assert_eq!(columns.total(), rows.iter().map(|row| u64::from(row.counts[0])).sum::<u64>());
        prop_assert_eq!(decode_rows(&columns.tile(), schema), Ok(rows));
    }

    #[test]
    fn appended_columns_are_those_of_all_rows((schema, rows) in schema_and_rows(), at in 0usize..120) {
        let cells: Vec<&[Row]> = rows.chunk_by(|a, b| a.keys[0] == b.keys[0]).collect();
        let (low, high) = cells.split_at(at.min(cells.len()));
        let columns = |cells: &[&[Row]]| Columns::of(schema, cells.concat());
        let Some((mut low, high)) = columns(low).zip(columns(high)) else { return Ok(()) };
        low.append(&high);
        prop_assert_eq!(low.tile(), Columns::of(schema, rows).unwrap().tile());
    }

    #[test]
    fn an_independent_decoder_reads_the_columns((schema, rows) in schema_and_rows()) {
        let columns = Columns::of(schema, rows.iter().copied()).unwrap();
        let tile = columns.tile();
        let reader = MvtReaderRef::new(&tile).unwrap();
        let layer = reader.layers().next().unwrap();
        prop_assert_eq!((layer.name(), layer.version(), layer.feature_count()), (schema.layer, 2, 1));
        let properties = layer.features().next().unwrap().properties_vec().unwrap();
        let texts: HashMap<String, String> = columns.texts().collect();
        for (name, value) in properties {
            match value {
                MvtValueRef::String(text) => prop_assert_eq!(Some(text), texts.get(name).map(|text| &**text)),
                MvtValueRef::UInt(count) => prop_assert_eq!((name, count), ("rows", rows.len() as u64)),
                other => prop_assert!(false, "{} is {:?}", name, other),
            }
        }
    }

    #[test]
    fn a_damaged_tile_is_an_error_or_other_rows_and_not_a_panic(
        (schema, rows) in schema_and_rows(), at in 0usize..2000, byte: u8, cut in 0usize..50
    ) {
        let mut tile = Columns::of(schema, rows).unwrap().tile();
        let length = tile.len();
        tile[at % length] = byte;
        tile.truncate(length - cut.min(length));
        if let Ok(rows) = decode_rows(&tile, schema) {
            prop_assert!(rows.is_sorted_by(|a, b| a.keys < b.keys));
        }
    }
}

fn texts(schema: Schema, rows: &[Row]) -> HashMap<String, String> {
    Columns::of(schema, rows.iter().copied()).unwrap().texts().collect()
}

#[test]
fn columns_that_do_not_fit_together_are_rejected() {
    let schema = Schema::of("timeline-orders").unwrap();
    let row = |cell, day| Row { keys: [cell, 0, day, 0], counts: [1, 0, 0] };
    let whole = texts(schema, &[row(1, 2), row(1, 3), row(7, 0)]);
    let decode = |texts: &HashMap<String, String>| {
        decode_columns(schema, |name| texts.get(name).map(String::as_str))
    };
    assert_eq!(decode(&whole).map(|rows| rows.len()), Ok(3));
    for column in ["cell", "line", "line_count", "day", "day_count", "orders"] {
        let mut long = whole.clone();
        long.get_mut(column).unwrap().push('\0');
        assert!(decode(&long).is_err(), "{column} is too long");
        let mut short = whole.clone();
        short.get_mut(column).unwrap().pop();
        assert!(decode(&short).is_err(), "{column} is too short");
    }
    let mut large = whole;
    large.insert("day".to_owned(), "\u{8000}\u{4}\0\0".to_owned());
    assert_eq!(decode(&large), Err(ColumnError::TooLarge { column: "day".to_owned() }));
}

#[test]
fn a_tile_of_another_layer_is_rejected() {
    let [orders, totals, ..] = Schema::ALL;
    let row = Row { keys: [5, 0, 0, 0], counts: [1, 0, 0] };
    let tile = Columns::of(totals, [row]).unwrap().tile();
    assert_eq!(decode_rows(&tile, orders), Err(ColumnError::Layer { layer: orders.layer }));
}

#[test]
fn timeline_layers_have_a_schema_and_are_internal_and_not_kept_offline() {
    for (layer, schema) in TIMELINE_LAYERS.iter().zip(Schema::ALL) {
        assert_eq!(layer.source_layers, [schema.layer], "{}", layer.id);
        assert_eq!(layer.visibility, Visibility::Internal, "{}", layer.id);
        assert!(!layer.offline, "{}", layer.id);
    }
}

/// A test vector: rows, the columns that they become, and the whole tile.
#[derive(Serialize)]
struct Vector {
    layer: &'static str,
    keys: &'static [&'static str],
    counts: &'static [&'static str],
    /// Each row has the keys and then the counts.
    rows: Vec<Vec<u32>>,
    columns: BTreeMap<String, String>,
    /// The tile in hexadecimal digits, not compressed.
    tile: String,
}

fn vector(schema: Schema, rows: &[(&[u16], &[u32])]) -> Vector {
    let row = |(keys, counts): &(&[u16], &[u32])| {
        let mut row = Row::default();
        row.keys[..keys.len()].copy_from_slice(keys);
        row.counts[..counts.len()].copy_from_slice(counts);
        row
    };
    let columns = Columns::of(schema, rows.iter().map(row)).unwrap();
    let numbers = |(keys, counts): &(&[u16], &[u32])| {
        keys.iter().map(|&key| u32::from(key)).chain(counts.iter().copied()).collect()
    };
    Vector {
        layer: schema.layer,
        keys: schema.keys,
        counts: schema.counts,
        rows: rows.iter().map(numbers).collect(),
        columns: columns.texts().collect(),
        tile: hex(&columns.tile()),
    }
}

/// One vector for each schema; together they have every step, length and count that has a form of its own.
fn vectors() -> Vec<Vector> {
    let [orders, orders_totals, users, users_totals, line_users, line_totals, hours, weekdays] =
        Schema::ALL;
    vec![
        vector(orders, &[(&[0, 0, 0], &[1, 0, 0])]),
        vector(
            orders,
            &[
                (&[3, 0, 0], &[1, 1, 0]),
                (&[3, 0, 1], &[2, 1, 1]),
                (&[3, 2, 30], &[129, 0, 0]),
                (&[4, 0, 5], &[1, 0, 0]),
                (&[1023, 254, 30], &[100_000, 32_768, 65_279]),
            ],
        ),
        vector(orders_totals, &[(&[17, 1], &[300, 20, 0]), (&[700, 0], &[2_000_000, 0, 0])]),
        vector(
            users,
            &[
                (&[9, 0, 0], &[3]),
                (&[9, 0, 1], &[1]),
                (&[9, 0, 429], &[1]),
                (&[9, 1, 7], &[2]),
                (&[10, 30, 0], &[1]),
            ],
        ),
        vector(users_totals, &[(&[9, 0], &[3]), (&[9, 2], &[1]), (&[511, 398], &[128])]),
        vector(
            line_users,
            &[(&[0, 0, 0, 0], &[1]), (&[0, 0, 0, 31], &[1]), (&[0, 4, 12, 1], &[9])],
        ),
        vector(line_totals, &[(&[5, 0, 0], &[1]), (&[5, 3, 29], &[1]), (&[6, 3, 29], &[1])]),
        vector(hours, &[(&[64, 1, 6, 12], &[5, 2, 0]), (&[64, 1, 6, 13], &[8, 3, 0])]),
        vector(weekdays, &[(&[64, 1, 0, 0], &[5, 2, 3]), (&[64, 1, 6, 23], &[8, 0, 0])]),
    ]
}

#[test]
fn the_shared_test_vectors_are_up_to_date() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../data/timeline-columns.json");
    let lines: Vec<String> =
        vectors().iter().map(|vector| serde_json::to_string(vector).unwrap()).collect();
    let text = format!("[\n{}\n]\n", lines.join(",\n"));
    if std::env::var_os("UPDATE_TABLES").is_some() {
        std::fs::write(path, &text).unwrap();
    }
    let written = std::fs::read_to_string(path).unwrap_or_default();
    assert_eq!(written, text, "run the tests with UPDATE_TABLES=1 to update it");
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}
