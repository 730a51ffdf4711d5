//! What a public server hands out of one archive: every cell and line, as a client tabulates it.

use std::collections::BTreeMap;
use std::ops::Range;

use jiff::civil::Date;
use serde::Deserialize;
use tilecore::TileCoord;
use tilecore::archive::{
    ArchiveIndex, GzipError, Header, HeaderError, IndexError, MAX_TILE_BYTES, gunzip,
};
use tilecore::manifest::LayerEntry;
use tilecore::mvt::{self, DecodeError, Value};

/// Cells on each side of a tile.
const CELLS_PER_SIDE: u64 = 64;

/// Why an archive could not be read.
#[derive(Debug, thiserror::Error)]
pub enum AuditedArchiveError {
    /// The header is damaged.
    #[error(transparent)]
    Header(#[from] HeaderError),
    /// The directories are damaged.
    #[error(transparent)]
    Index(#[from] IndexError),
    /// A section is damaged.
    #[error(transparent)]
    Gzip(#[from] GzipError),
    /// The metadata are not those of a density archive.
    #[error("its metadata are not those of a density archive")]
    Metadata(#[from] serde_json::Error),
    /// A tile is damaged.
    #[error("tile {0} is damaged")]
    Tile(TileCoord, #[source] DecodeError),
    /// An attribute is not a count.
    #[error("tile {0} has an attribute that is not a count")]
    Attribute(TileCoord),
}

/// The metadata that the audit needs.
#[derive(Deserialize)]
struct Metadata {
    lines: Vec<Option<String>>,
    #[serde(default = "one")]
    users_step: u64,
    #[serde(default)]
    min_users: u16,
    #[serde(default)]
    floor_lines: bool,
    totals: BTreeMap<u8, Totals>,
}

const fn one() -> u64 {
    1
}

#[derive(Deserialize)]
struct Totals {
    orders: u64,
}

/// Published counts of a place.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Counts {
    pub(super) orders: u64,
    /// Rounded down.
    pub(super) users: u64,
}

/// A shown cell.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Cell {
    pub(super) all: Counts,
    /// The shown lines, by index.
    pub(super) lines: BTreeMap<usize, Counts>,
}

impl Cell {
    /// Orders of the lines that are not shown.
    pub(super) fn of_withheld_lines(&self) -> i64 {
        signed(self.all.orders) - self.lines.values().map(|line| signed(line.orders)).sum::<i64>()
    }
}

/// Column and row at a zoom.
pub(super) type Place = (u32, u32);

/// The shown cells of a zoom.
pub(super) type Cells = BTreeMap<Place, Cell>;

/// One public archive.
pub(super) struct Published {
    pub(super) label: String,
    pub(super) days: (Date, Date),
    pub(super) zooms: BTreeMap<u8, Cells>,
    /// Names of the lines that it names, by index.
    pub(super) lines: Vec<Option<String>>,
    /// The privacy floor, as the metadata say; 0 if they do not.
    pub(super) min_users: u16,
    /// Whether the floor applies by line.
    pub(super) floor_lines: bool,
    /// Numbers of users are rounded down to multiples of it.
    pub(super) users_step: u64,
    /// Orders by zoom, as the metadata say.
    pub(super) totals: BTreeMap<u8, u64>,
    /// Orders of the whole archive, as the manifest says.
    pub(super) orders: u64,
}

impl Published {
    /// Reads an archive that a manifest lists.
    pub(super) fn read(entry: &LayerEntry, bytes: &[u8]) -> Result<Self, AuditedArchiveError> {
        let header = Header::parse(bytes, bytes.len() as u64)?;
        let metadata = header.unpack_metadata(section(bytes, &header.metadata))?;
        let metadata: Metadata = serde_json::from_slice(&metadata)?;
        let (root, leaves) = (section(bytes, &header.root), section(bytes, &header.leaves));
        let index = ArchiveIndex::parse(header.clone(), root, leaves)?;
        let mut zooms: BTreeMap<u8, Cells> = BTreeMap::new();
        for stored in index.entries() {
            let tile = gunzip(section(bytes, &index.file_range(stored)), MAX_TILE_BYTES)?;
            let ids = stored.tile_id..stored.tile_id + u64::from(stored.run_length);
            for coord in ids.filter_map(TileCoord::from_id) {
                add_tile(coord, &tile, zooms.entry(coord.z()).or_default())?;
            }
        }
        Ok(Self {
            label: format!("{}/{} {} to {}", entry.layer, entry.slot, entry.from, entry.to),
            days: (entry.from, entry.to),
            zooms,
            lines: metadata.lines,
            min_users: metadata.min_users,
            floor_lines: metadata.floor_lines,
            users_step: metadata.users_step.max(1),
            totals: metadata.totals.into_iter().map(|(zoom, of)| (zoom, of.orders)).collect(),
            orders: entry.orders,
        })
    }

    /// Whether two archives count the same day.
    pub(super) fn shares_a_day(&self, other: &Self) -> bool {
        self.days.0 <= other.days.1 && other.days.0 <= self.days.1
    }

    /// A place in words.
    pub(super) fn describe(&self, zoom: u8, (column, row): Place, line: Option<usize>) -> String {
        let cell = format!("{}: cell {column}/{row} of zoom {zoom}", self.label);
        let name = line.and_then(|line| self.lines.get(line).cloned().flatten());
        name.map_or(cell.clone(), |name| format!("{cell}, {name}"))
    }
}

/// A published number, for subtractions.
pub(super) const fn signed(number: u64) -> i64 {
    number.cast_signed()
}

/// The bytes of a range that the header was checked to contain.
fn section<'a>(bytes: &'a [u8], range: &Range<u64>) -> &'a [u8] {
    bytes.get(range.start as usize..range.end as usize).unwrap_or_default()
}

fn add_tile(coord: TileCoord, tile: &[u8], cells: &mut Cells) -> Result<(), AuditedArchiveError> {
    let damaged = |source| AuditedArchiveError::Tile(coord, source);
    for layer in mvt::decode(tile).map_err(damaged)? {
        let side = (i64::from(layer.extent) / CELLS_PER_SIDE.cast_signed()).max(1);
        for feature in layer.features() {
            let feature = feature.map_err(damaged)?;
            let (x, y) = feature.point().map_err(damaged)?;
            let at = |tile: u32, offset: i64| {
                (u64::from(tile) * CELLS_PER_SIDE + (offset / side).cast_unsigned()) as u32
            };
            let cell = cells.entry((at(coord.x(), x), at(coord.y(), y))).or_default();
            for tag in layer.tags(feature) {
                let (key, value) = tag.map_err(damaged)?;
                let value = count(layer.values[value]);
                let value = value.ok_or(AuditedArchiveError::Attribute(coord))?;
                add_attribute(cell, layer.keys[key], value);
            }
        }
    }
    Ok(())
}

fn count(value: Value<'_>) -> Option<u64> {
    match value {
        Value::Uint(number) => Some(number),
        Value::Int(number) => u64::try_from(number).ok(),
        Value::Text(_) | Value::Float(_) | Value::Double(_) | Value::Bool(_) => None,
    }
}

/// Adds an attribute: `orders`, `users`, or `l3` and `u3` of a line. The floor does not protect the others.
fn add_attribute(cell: &mut Cell, name: &str, value: u64) {
    let line = |letter| name.strip_prefix(letter).and_then(|line: &str| line.parse().ok());
    match name {
        "orders" => cell.all.orders = value,
        "users" => cell.all.users = value,
        _ => {
            if let Some(line) = line('l') {
                cell.lines.entry(line).or_default().orders = value;
            } else if let Some(line) = line('u') {
                cell.lines.entry(line).or_default().users = value;
            }
        }
    }
}
