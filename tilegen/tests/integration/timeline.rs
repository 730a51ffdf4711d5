//! The timeline: any range of days has the orders and users of a plain count, and the months of the map do not
//! depend on the order in which files arrive.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::Command;

use proptest::prelude::*;
use serde_json::Value;
use tilecore::archive::{ArchiveIndex, Header, gunzip};
use tilecore::manifest::LayerEntry;
use tilecore::mvt::{Row, Schema, decode_rows};
use tilecore::{Cell, LngLat, TileCoord, Visibility};
use tilegen::publish::{PublishError, Update, newest_manifest, publish};
use tilegen::store::Store;

use crate::support::{DAY, Fixture, NOON, NOW, OrderRow, errors, scattered, tilegen};

const HOUR: i64 = 3_600_000_000;

/// Days from 1970-01-01 to 2026-11-22, the day of [`NOON`].
const NEWEST: i64 = 20_779;

/// Orders of about 100 days at every hour, and few enough users that many come back.
fn rows(count: i64, seed: u64) -> Vec<OrderRow> {
    let mut rows = scattered(count, seed);
    for (index, row) in (0..).zip(&mut rows) {
        let (day, hour) = (index * 37 % 101, index * 7 % 24 - 12);
        row.time = Some(NOON - day * DAY + hour * HOUR);
        row.user = row.user.map(|user| user % 90);
    }
    rows
}

fn fixture(rows: &[OrderRow]) -> Fixture {
    let fixture = Fixture::with_orders(rows);
    let config =
        "[guards]\nmax_shrink_share = 1.0\nmax_removed_days = 1000\nmax_users_missing_rise = 1.0\n";
    fs::write(fixture.path("config.toml"), config).unwrap();
    fixture
}

fn timeline(fixture: &Fixture, arguments: &[&str]) -> Command {
    let mut command = tilegen();
    command.arg("timeline").arg("--orders").arg(fixture.path("orders"));
    command.arg("--store").arg(fixture.store()).arg("--config").arg(fixture.path("config.toml"));
    command.arg("--report").arg(fixture.path("report.json"));
    command.args(["--now", NOW]).args(arguments);
    command
}

/// Builds the timeline and returns the report.
fn build(fixture: &Fixture, arguments: &[&str]) -> Value {
    let output = timeline(fixture, arguments).output().unwrap();
    assert!(output.status.success(), "{}", errors(&output));
    serde_json::from_slice(&fs::read(fixture.path("report.json")).unwrap()).unwrap()
}

/// The digest of each archive and table of the newest map.
fn digests(fixture: &Fixture) -> BTreeMap<String, String> {
    let manifest = fixture.manifest();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let of = |list: &str, name: &str| -> Vec<(String, String)> {
        let entries = manifest[list].as_array().cloned().unwrap_or_default();
        let named = |entry: &Value| {
            (format!("{}/{}", text(&entry[name]), text(&entry["slot"])), text(&entry["digest"]))
        };
        entries.iter().map(named).collect()
    };
    of("layers", "layer").into_iter().chain(of("tables", "name")).collect()
}

/// A row with its zoom and the column and row of its cell at the level of the zoom.
type Placed = ((u8, u32, u32), Row);

/// The rows of an archive, and its lines.
fn read(path: &Path, layer: &str) -> (Vec<Placed>, Vec<String>) {
    let archive = fs::read(path).unwrap();
    let header = Header::parse(&archive, archive.len() as u64).unwrap();
    let part = |range: &std::ops::Range<u64>| &archive[range.start as usize..range.end as usize];
    let metadata: Value =
        serde_json::from_slice(&header.unpack_metadata(part(&header.metadata)).unwrap()).unwrap();
    let index =
        ArchiveIndex::parse(header.clone(), part(&header.root), part(&header.leaves)).unwrap();
    let schema = Schema::of(layer).unwrap();
    let mut rows = Vec::new();
    for entry in index.entries() {
        for id in entry.tile_id..entry.tile_id + u64::from(entry.run_length) {
            let coord = TileCoord::from_id(id).unwrap();
            let plain = gunzip(part(&index.file_range(entry)), 1 << 26).unwrap();
            for row in decode_rows(&plain, schema).unwrap() {
                let position = coord.position() << 10 | u64::from(row.keys[0]);
                let cell = TileCoord::at(coord.z() + 5, position);
                rows.push(((coord.z(), cell.x(), cell.y()), row));
            }
        }
    }
    let lines = metadata["lines"].as_array().cloned().unwrap_or_default();
    (rows, lines.iter().map(|line| line.as_str().unwrap().to_owned()).collect())
}

/// The months of the newest map, as slot, first and last day since 1970.
fn months(fixture: &Fixture) -> Vec<(String, i64, i64)> {
    let slots: BTreeSet<String> = digests(fixture)
        .into_keys()
        .filter_map(|name| name.strip_prefix("timeline-orders/").map(str::to_owned))
        .collect();
    let month = |slot: String| {
        let first: jiff::civil::Date = format!("{slot}-01").parse().unwrap();
        let number = |date: jiff::civil::Date| {
            i64::from(date.since(jiff::civil::Date::constant(1970, 1, 1)).unwrap().get_days())
        };
        (slot, number(first), number(first.last_of_month()))
    };
    slots.into_iter().map(month).collect()
}

type Counts = BTreeMap<(u8, u32, u32), u64>;

/// What a reader of the archives counts between two days: whole months from the totals, the others by day.
/// `counts` gets a row, its line and, for users, the day before which a previous day must be.
fn count(
    fixture: &Fixture,
    layer: &str,
    (first, last): (i64, i64),
    counts: impl Fn(&Row, Option<&str>) -> u64,
) -> Counts {
    let mut found = Counts::new();
    for (slot, start, end) in months(fixture) {
        if start > last || end < first {
            continue;
        }
        let is_whole = first <= start && end <= last;
        let layer = if is_whole { format!("{layer}-totals") } else { layer.to_owned() };
        let schema = Schema::of(&layer).unwrap();
        let at = |name: &str| schema.keys.iter().position(|key| *key == name);
        let (rows, lines) = read(&fixture.archive(&layer, &slot), &layer);
        for (cell, row) in rows {
            let day = at("day").map_or(start, |at| start + i64::from(row.keys[at]));
            let back = at("since").or(at("before")).map(|at| i64::from(row.keys[at]));
            let is_new = back.is_none_or(|back| back == 0 || day - back < first);
            if (first..=last).contains(&day.max(first)) && (is_whole || day >= first) && is_new {
                let line = at("line").map(|at| lines[usize::from(row.keys[at])].as_str());
                *found.entry(cell).or_default() += counts(&row, line);
            }
        }
    }
    found.retain(|_, count| *count > 0);
    found
}

/// The orders between two days by cell of every zoom up to `deepest`.
fn orders_by_cell(
    rows: &[OrderRow],
    (first, last): (i64, i64),
    deepest: u8,
) -> BTreeMap<(u8, u32, u32), Vec<&OrderRow>> {
    let mut cells: BTreeMap<_, Vec<&OrderRow>> = BTreeMap::new();
    for row in rows {
        let day = NEWEST + (row.time.unwrap() - NOON + 12 * HOUR).div_euclid(DAY);
        if !(first..=last).contains(&day) {
            continue;
        }
        for zoom in 6..=deepest {
            let cell = Cell::at(zoom + 5, LngLat { lng: row.lng.unwrap(), lat: row.lat.unwrap() });
            cells.entry((zoom, cell.column(), cell.row())).or_default().push(row);
        }
    }
    cells
}

/// Ranges with days only, with one whole month, with all months, and of one day.
const RANGES: [(i64, i64); 5] = [
    (NEWEST - 20, NEWEST - 3),
    (NEWEST - 70, NEWEST - 5),
    (NEWEST - 100, NEWEST),
    (NEWEST - 60, NEWEST - 60),
    (NEWEST - 52, NEWEST - 22),
];

#[test]
fn any_range_has_the_orders_and_users_of_a_plain_count() {
    let rows = rows(2500, 5);
    let fixture = fixture(&rows);
    build(&fixture, &[]);
    for range in RANGES {
        let cells = orders_by_cell(&rows, range, 14);
        let plain = |count: &dyn Fn(&[&OrderRow]) -> usize| -> Counts {
            let counts = cells.iter().map(|(cell, orders)| (*cell, count(orders) as u64));
            counts.filter(|(_, count)| *count > 0).collect()
        };
        let orders = count(&fixture, "timeline-orders", range, |row, _| u64::from(row.counts[0]));
        assert_eq!(orders, plain(&|orders| orders.len()), "orders of {range:?}");
        let cafe = count(&fixture, "timeline-orders", range, |row, line| {
            if line == Some("Cafe") { u64::from(row.counts[1]) } else { 0 }
        });
        let is_cafe = |row: &&&OrderRow| row.line == Some("Cafe");
        let organic = plain(&|orders| {
            orders.iter().filter(is_cafe).filter(|row| row.organic == Some(1)).count()
        });
        assert_eq!(cafe, organic, "organic orders of Cafe of {range:?}");
        let users = |orders: &[&OrderRow]| {
            orders.iter().filter_map(|row| row.user).collect::<BTreeSet<_>>().len()
        };
        let found = count(&fixture, "timeline-users", range, |row, _| u64::from(row.counts[0]));
        assert_eq!(found, plain(&users), "users of {range:?}");
        let found = count(&fixture, "timeline-line-users", range, |row, line| {
            if line == Some("Cafe") { u64::from(row.counts[0]) } else { 0 }
        });
        let of_cafe = |orders: &[&OrderRow]| {
            let orders: Vec<&OrderRow> = orders.iter().filter(is_cafe).copied().collect();
            users(&orders)
        };
        assert_eq!(found, plain(&of_cafe), "users of Cafe of {range:?}");
    }
}

#[test]
fn hours_have_the_orders_of_a_plain_count() {
    let rows = rows(1500, 6);
    let fixture = fixture(&rows);
    build(&fixture, &[]);
    let hour_of = |row: &OrderRow| (row.time.unwrap() - NOON).div_euclid(HOUR).rem_euclid(24);
    for range in RANGES {
        let found = count(&fixture, "timeline-hours", range, |row, _| {
            if row.keys[3] == 12 { u64::from(row.counts[0]) } else { 0 }
        });
        let cells = orders_by_cell(&rows, range, 12);
        // Noon is the middle of the day, so the order of hour 12 is at most an hour after it.
        let at_noon = |orders: &[&OrderRow]| orders.iter().filter(|row| hour_of(row) == 0).count();
        let plain = cells.iter().map(|(cell, orders)| (*cell, at_noon(orders) as u64));
        assert_eq!(found, plain.filter(|(_, count)| *count > 0).collect(), "{range:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3))]
    /// Files arrive in any order, one of them holds orders that are erased later, and an order is repeated: the
    /// map is that of one build from scratch.
    #[test]
    fn the_months_do_not_depend_on_the_order_of_files(
        seed in 1u64..1000,
        size in 301usize..=400,
        repeated in 0usize..1200,
        order in Just(vec![0, 1, 2, 3]).prop_shuffle(),
    ) {
        let mut all = rows(1200, seed);
        // The same order again on a later day: its first month loses it.
        let again = OrderRow { time: Some(NOON), ..all[repeated].clone() };
        all.push(again);
        let whole = fixture(&all);
        build(&whole, &[]);
        let parts: Vec<&[OrderRow]> = all.chunks(size).collect();
        prop_assert_eq!(parts.len(), order.len());
        let stepwise = fixture(parts[order[0]]);
        let erased: Vec<OrderRow> = rows(1300, seed + 1).split_off(1200);
        stepwise.write("orders/erased.parquet", &erased);
        for part in &order[1..] {
            build(&stepwise, &["--as-of", "2026-11-22"]);
            stepwise.write(&format!("orders/late-{part}.parquet"), parts[*part]);
        }
        fs::remove_file(stepwise.path("orders/erased.parquet")).unwrap();
        build(&stepwise, &[]);
        prop_assert_eq!(digests(&stepwise), digests(&whole));
        let again = build(&stepwise, &[]);
        prop_assert_eq!(&again["changed"], &Value::from(0), "a second build changes nothing");
    }
}

#[test]
fn only_months_that_change_are_stored_and_old_months_are_removed() {
    let mut all = rows(1200, 8);
    let fixture = fixture(&all);
    let first = build(&fixture, &[]);
    let before = digests(&fixture);
    let archives = first["archives"].as_array().unwrap().len();
    let tables = first["tables"].as_array().unwrap().len();
    assert_eq!(first["changed"], archives + tables);
    assert_eq!(archives, 4 * 8, "August to November, eight layers");

    all.push(OrderRow { user: Some(77_777), ..OrderRow::clean(99_999) });
    fixture.write("orders/part-0.parquet", &all);
    let second = build(&fixture, &[]);
    let after = digests(&fixture);
    let changed: Vec<&String> = after.keys().filter(|name| before[*name] != after[*name]).collect();
    assert!(changed.iter().all(|name| name.ends_with("/2026-11")), "{changed:?}");
    assert_eq!(second["changed"], changed.len());

    let third = build(&fixture, &["--look-back", "22"]);
    assert!(digests(&fixture).keys().all(|name| name.ends_with("/2026-11")));
    assert_eq!(third["removed"], after.len() - digests(&fixture).len());
}

#[test]
fn the_table_of_a_city_has_its_orders_and_users() {
    let rows = rows(900, 9);
    let fixture = fixture(&rows);
    build(&fixture, &[]);
    let schema = Schema::of("timeline-orders").unwrap();
    let mut orders = 0;
    for (name, digest) in digests(&fixture) {
        let Some(slot) = name.strip_prefix("timeline-areas/tehran/") else { continue };
        let path = format!("tables/timeline-areas/tehran/{slot}/{digest}.json.gz");
        let json = gunzip(&fs::read(fixture.store().join(path)).unwrap(), 1 << 24).unwrap();
        let table: Value = serde_json::from_slice(&json).unwrap();
        assert_eq!(table["places"][0]["kind"], "city");
        let columns = &table["layers"]["timeline-orders"];
        let rows =
            tilecore::mvt::decode_columns(schema, |column| columns[column].as_str()).unwrap();
        orders += rows.iter().map(|row| u64::from(row.counts[0])).sum::<u64>();
    }
    assert_eq!(orders, rows.iter().filter(|row| row.city == Some(2)).count() as u64);
}

#[test]
fn the_report_names_what_the_import_of_areas_could_not_read() {
    let fixture = fixture(&rows(300, 12));
    fs::create_dir_all(fixture.path("areas")).unwrap();
    let square = "POLYGON ((51.3 35.7, 51.4 35.7, 51.4 35.8, 51.3 35.8, 51.3 35.7))";
    let areas = format!("WKT,name,Pop\n\"{square}\",ونک,about 3000\n");
    let path = fixture.path("areas/tehran.csv");
    fs::write(&path, areas).unwrap();
    // The clock of the test is in the past.
    let file = fs::File::options().write(true).open(&path).unwrap();
    file.set_modified(std::time::UNIX_EPOCH).unwrap();
    let folder = fixture.path("areas");
    let report = build(&fixture, &["--areas", folder.to_str().unwrap()]);
    assert_eq!(report["areas"]["unreadable"]["values"], 1, "{}", report["areas"]);
    let example = report["areas"]["unreadable"]["examples"][0].as_str().unwrap();
    assert!(example.contains("about 3000"), "{example}");
}

#[test]
fn an_archive_of_the_timeline_is_never_published_as_public() {
    let fixture = fixture(&rows(300, 10));
    build(&fixture, &[]);
    let manifests = fixture.manifests();
    let store = Store::open(fixture.store().to_str().unwrap(), false).unwrap();
    let newest = newest_manifest(&store).unwrap().unwrap();
    assert!(newest.layers.iter().all(|entry| entry.visibility == Visibility::Internal));
    let exposed = LayerEntry { visibility: Visibility::Public, ..newest.layers[0].clone() };
    let update = Update {
        base: Some(&newest),
        cities: &newest.cities,
        layers: std::slice::from_ref(&exposed),
        ..Update::default()
    };
    let error = publish(&store, update).unwrap_err();
    assert!(matches!(error, PublishError::InternalLayer { .. }), "{error}");
    assert_eq!(fixture.manifests(), manifests);
}
