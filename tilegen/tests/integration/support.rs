//! Helpers of the integration tests: small order files, builds, and archives decoded into cells.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Arc;

use arrow_array::{
    ArrayRef, Float64Array, Int8Array, Int32Array, Int64Array, RecordBatch, StringArray,
    TimestampMicrosecondArray,
};
use parquet::arrow::ArrowWriter;
use parquet::file::properties::WriterProperties;
use serde_json::Value;
use tempfile::TempDir;

/// A row of an order file.
#[derive(Clone, Debug)]
pub(crate) struct OrderRow {
    pub(crate) id: Option<i64>,
    pub(crate) city: Option<i32>,
    pub(crate) line: Option<&'static str>,
    pub(crate) lat: Option<f64>,
    pub(crate) lng: Option<f64>,
    pub(crate) user: Option<i64>,
    pub(crate) organic: Option<i8>,
    pub(crate) time: Option<i64>,
}

/// 2026-11-22 12:00 in Tehran, in microseconds since 1970.
pub(crate) const NOON: i64 = 1_795_336_200_000_000;
pub(crate) const DAY: i64 = 86_400_000_000;

/// The density layers and their slots, as a build without options publishes them.
pub(crate) const SLOTS: [(&str, &str); 2] = [("density", "30d"), ("density-public", "28d")];

/// First and last day of the public window at [`NOW`].
pub(crate) const PUBLIC_DAYS: [&str; 2] = ["2026-10-17", "2026-11-13"];

/// The morning after [`NOON`]'s day in Tehran: that day is over.
pub(crate) const NOW: &str = "2026-11-23T06:00:00+03:30";

impl OrderRow {
    /// A valid order in Tehran.
    pub(crate) fn clean(id: i64) -> Self {
        Self {
            id: Some(id),
            city: Some(2),
            line: Some("Restaurant"),
            lat: Some(35.70),
            lng: Some(51.40),
            user: Some(id),
            organic: Some(1),
            time: Some(NOON),
        }
    }
}

/// Deterministic orders around three hot spots in Tehran and one in Shiraz.
pub(crate) fn scattered(count: i64, seed: u64) -> Vec<OrderRow> {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut next = |below: u64| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state % below
    };
    let spots = [(2, 35.70, 51.40), (2, 35.7001, 51.4003), (2, 35.78, 51.30), (5, 29.61, 52.53)];
    let lines = ["Restaurant", "Cafe", "Bakery", "Meat Shop"];
    let row = |id| {
        let (city, lat, lng) = spots[next(4) as usize];
        let spread = [0.0002, 0.003, 0.05][next(3) as usize];
        let mut near = |middle: f64| middle + (next(1000) as f64 / 1000.0 - 0.5) * spread;
        OrderRow {
            lat: Some(near(lat)),
            lng: Some(near(lng)),
            city: Some(city),
            line: Some(lines[next(4) as usize]),
            user: (next(50) > 0).then(|| next(count.cast_unsigned() / 6 + 3).cast_signed()),
            organic: [Some(0), Some(1), Some(1), None][next(4) as usize],
            time: Some(NOON - next(40).cast_signed() * DAY),
            ..OrderRow::clean(id)
        }
    };
    (0..count).map(row).collect()
}

/// The rows as a record batch with the default columns.
pub(crate) fn batch(rows: &[OrderRow]) -> RecordBatch {
    let column = |name: &str, array: ArrayRef| (name.to_owned(), array, true);
    RecordBatch::try_from_iter_with_nullable([
        column("order_id", Arc::new(rows.iter().map(|row| row.id).collect::<Int64Array>())),
        column("city_id", Arc::new(rows.iter().map(|row| row.city).collect::<Int32Array>())),
        column("business_line", Arc::new(rows.iter().map(|row| row.line).collect::<StringArray>())),
        column("unused", Arc::new(rows.iter().map(|_| Some("x")).collect::<StringArray>())),
        column(
            "customer_latitude",
            Arc::new(rows.iter().map(|row| row.lat).collect::<Float64Array>()),
        ),
        column(
            "customer_longitude",
            Arc::new(rows.iter().map(|row| row.lng).collect::<Float64Array>()),
        ),
        column("user_id", Arc::new(rows.iter().map(|row| row.user).collect::<Int64Array>())),
        column("organic", Arc::new(rows.iter().map(|row| row.organic).collect::<Int8Array>())),
        column(
            "created_at",
            Arc::new(
                rows.iter()
                    .map(|row| row.time)
                    .collect::<TimestampMicrosecondArray>()
                    .with_timezone("UTC"),
            ),
        ),
    ])
    .unwrap()
}

/// Writes a record batch as a Parquet file with small row groups.
pub(crate) fn write_batch(path: &Path, batch: &RecordBatch) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    let properties = WriterProperties::builder().set_max_row_group_row_count(Some(700)).build();
    let file = File::create(path).unwrap();
    let mut writer = ArrowWriter::try_new(file, batch.schema(), Some(properties)).unwrap();
    writer.write(batch).unwrap();
    writer.close().unwrap();
}

/// A temporary directory with orders and a store.
pub(crate) struct Fixture {
    folder: TempDir,
}

impl Fixture {
    pub(crate) fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    pub(crate) fn with_orders(rows: &[OrderRow]) -> Self {
        let fixture = Self::new();
        fixture.write("orders/part-0.parquet", rows);
        fixture
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, rows: &[OrderRow]) {
        write_batch(&self.path(name), &batch(rows));
    }

    pub(crate) fn store(&self) -> PathBuf {
        self.path("store")
    }

    /// A `tilegen density` command with the fixture's orders and store, at [`NOW`] unless the arguments
    /// say otherwise.
    pub(crate) fn density(&self, arguments: &[&str]) -> Command {
        let mut command = tilegen();
        command.arg("density").arg("--orders").arg(self.path("orders"));
        command.arg("--store").arg(self.store()).args(arguments);
        if !arguments.contains(&"--now") {
            command.args(["--now", NOW]);
        }
        command
    }

    /// Runs a build that must succeed, and returns its report.
    pub(crate) fn build(&self, arguments: &[&str]) -> Value {
        let report = self.path("report.json");
        let output = self.density(arguments).arg("--report").arg(&report).output().unwrap();
        assert!(output.status.success(), "{}", errors(&output));
        serde_json::from_slice(&fs::read(report).unwrap()).unwrap()
    }

    /// Runs a build that must fail, and returns its error message.
    pub(crate) fn fail(&self, arguments: &[&str]) -> String {
        failure(&mut self.density(arguments))
    }

    /// Names of the manifests in the store, without unfinished uploads.
    pub(crate) fn manifests(&self) -> Vec<String> {
        let Ok(listed) = fs::read_dir(self.store().join("manifests")) else { return Vec::new() };
        let mut names: Vec<_> =
            listed.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.retain(|name| Path::new(name).extension().is_some_and(|end| end == "json"));
        names.sort();
        names
    }

    /// The newest manifest.
    pub(crate) fn manifest(&self) -> Value {
        let name = self.manifests().pop().expect("a manifest");
        let path = self.store().join("manifests").join(name);
        serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
    }

    /// Path of the archive of a slot in the newest manifest.
    pub(crate) fn archive(&self, layer: &str, slot: &str) -> PathBuf {
        let output = tilegen().arg("catalog").arg("--store").arg(self.store()).output().unwrap();
        assert!(output.status.success(), "{}", errors(&output));
        let manifest: Value = serde_json::from_slice(&output.stdout).unwrap();
        let entries = manifest["layers"].as_array().unwrap();
        let entry = entries.iter().find(|entry| entry["layer"] == layer && entry["slot"] == slot);
        let digest =
            entry.unwrap_or_else(|| panic!("no {layer}/{slot}"))["digest"].as_str().unwrap();
        self.store().join(format!("archives/{layer}/{slot}/{digest}.pmtiles"))
    }
}

pub(crate) fn tilegen() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tilegen"));
    command.env("RUST_LOG", "warn");
    command
}

pub(crate) fn errors(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Runs a command that must fail with a one-line error message, and returns the message.
pub(crate) fn failure(command: &mut Command) -> String {
    let output = command.output().unwrap();
    assert!(!output.status.success(), "it should have failed");
    let message = errors(&output);
    let is_one_line = message.trim_end().lines().count() == 1;
    assert!(is_one_line && message.starts_with("tilegen: "), "{message}");
    message
}

/// A cell: zoom, and column and row at the cell level of that zoom.
pub(crate) type CellAddress = (u8, u32, u32);

/// A cell's attributes by name.
pub(crate) type Attributes = BTreeMap<String, u64>;

/// Every cell of an archive. Tiles are decoded with the `fast_mvt` crate.
pub(crate) fn read_cells(path: &Path) -> BTreeMap<CellAddress, Attributes> {
    let archive = fs::read(path).unwrap();
    let word = |at: usize| u64::from_le_bytes(archive[at..at + 8].try_into().unwrap()) as usize;
    let header = tilecore::archive::Header::parse(&archive, archive.len() as u64).unwrap();
    let index = tilecore::archive::ArchiveIndex::parse(
        header,
        &archive[word(8)..word(8) + word(16)],
        &archive[word(40)..word(40) + word(48)],
    )
    .unwrap();
    let mut cells = BTreeMap::new();
    for entry in index.entries() {
        for id in entry.tile_id..entry.tile_id + u64::from(entry.run_length) {
            let coord = tilecore::TileCoord::from_id(id).unwrap();
            let range = index.file_range(entry);
            let stored = &archive[range.start as usize..range.end as usize];
            let plain = tilecore::archive::gunzip(stored, 1 << 26).unwrap();
            let reader = fast_mvt::MvtReaderRef::new(&plain).unwrap();
            for feature in reader.layers().flat_map(fast_mvt::MvtLayerRef::features) {
                let commands = feature.geometry_commands();
                // A cell centre is at 64 c + 32; zigzag encoding doubles it.
                let index = |at: usize, tile: u32| tile * 64 + commands[at] / 128;
                let attributes = feature
                    .properties_vec()
                    .unwrap()
                    .into_iter()
                    .map(|(name, value)| match value {
                        fast_mvt::MvtValueRef::UInt(value) => (name.to_owned(), value),
                        other => panic!("{name} is {other:?}"),
                    })
                    .collect();
                let key = (coord.z(), index(1, coord.x()), index(2, coord.y()));
                assert!(cells.insert(key, attributes).is_none(), "duplicate cell {key:?}");
            }
        }
    }
    cells
}
