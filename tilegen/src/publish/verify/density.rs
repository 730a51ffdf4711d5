//! Verifies density archives: decodes each tile, adds up its counts and compares parents with children.

use std::collections::BTreeMap;
use std::num::NonZeroU64;

use rayon::prelude::*;
use serde::Deserialize;
use tilecore::archive::{ArchiveIndex, MAX_TILE_BYTES, gunzip};
use tilecore::cell::CELLS_PER_SIDE;
use tilecore::mvt::{self, Value};
use tilecore::{TileCoord, hilbert};

use super::error::VerifyError;
use super::metadata::VectorLayer;
use super::reader::stored_tiles;
use super::totals::ZoomTotals;

/// The part of a density archive's metadata that can be checked against the tiles.
#[derive(Deserialize)]
pub(super) struct DensityMetadata {
    vector_layers: Vec<VectorLayer>,
    /// `None` for a line that no cell shows.
    lines: Vec<Option<String>>,
    min_users: u16,
    /// Numbers of users are multiples of this, rounded down. Archives without a floor do not have it.
    #[serde(default = "no_rounding")]
    users_step: NonZeroU64,
    /// Whether the lines of a cell may be withheld. Older archives do not have this field.
    #[serde(default)]
    floor_lines: bool,
    totals: BTreeMap<u8, ZoomTotals>,
}

const fn no_rounding() -> NonZeroU64 {
    NonZeroU64::MIN
}

/// A cell as read from a tile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct DecodedCell {
    key: u64,
    orders: u64,
    organic: u64,
    unknown: u64,
    users: u64,
}

/// Decodes every tile, compares the totals with the metadata, and parents with their children.
pub(super) fn check(
    index: &ArchiveIndex,
    archive: &[u8],
    metadata: &DensityMetadata,
) -> Result<BTreeMap<u8, ZoomTotals>, VerifyError> {
    let tiles: Vec<(TileCoord, Vec<DecodedCell>)> = stored_tiles(index, archive)
        .map(|(coord, stored)| Ok((coord, read_tile(coord, stored, metadata)?)))
        .collect::<Result<_, VerifyError>>()?;
    let zooms = check_totals(&tiles, metadata)?;
    check_parents(&tiles, metadata)?;
    Ok(zooms)
}

/// What an attribute counts.
#[derive(Clone, Copy)]
enum Attribute {
    Orders,
    Organic,
    Unknown,
    Users,
    OrdersOf(usize),
    OrganicOf(usize),
    UnknownOf(usize),
    UsersOf(usize),
}

impl Attribute {
    fn named(name: &str) -> Option<Self> {
        let line = || name.get(1..)?.parse().ok();
        Some(match (name, name.as_bytes().first()?) {
            ("orders", _) => Self::Orders,
            ("organic", _) => Self::Organic,
            ("unknown", _) => Self::Unknown,
            ("users", _) => Self::Users,
            (_, b'l') => Self::OrdersOf(line()?),
            (_, b'o') => Self::OrganicOf(line()?),
            (_, b'x') => Self::UnknownOf(line()?),
            (_, b'u') => Self::UsersOf(line()?),
            _ => return None,
        })
    }
}

fn read_tile(
    coord: TileCoord,
    stored: &[u8],
    metadata: &DensityMetadata,
) -> Result<Vec<DecodedCell>, VerifyError> {
    let plain =
        gunzip(stored, MAX_TILE_BYTES).map_err(|source| VerifyError::Gzip { coord, source })?;
    let decode = |source| VerifyError::Decode { coord, source };
    let wrong = |fault| VerifyError::Content { coord, fault };
    let layers = mvt::decode(&plain).map_err(decode)?;
    let [layer] = layers.as_slice() else {
        return Err(wrong("it does not have exactly one layer"));
    };
    let [declared] = metadata.vector_layers.as_slice() else {
        return Err(wrong("the metadata do not have exactly one layer"));
    };
    if layer.name != declared.id || !layer.keys.iter().all(|&key| declared.fields.contains_key(key))
    {
        return Err(wrong("its layer or one of its attributes is not in the metadata"));
    }
    let attributes: Vec<Attribute> = layer
        .keys
        .iter()
        .map(|key| Attribute::named(key).ok_or_else(|| wrong("an attribute is unknown")))
        .collect::<Result<_, _>>()?;
    let cell_units = i64::from(layer.extent / CELLS_PER_SIDE);
    let first_key = coord.position() << 12;
    let mut cells: Vec<DecodedCell> = Vec::with_capacity(layer.len());
    let mut lines = LineSums::new(metadata.lines.len());
    let is_rounded = |users: u64| users.is_multiple_of(metadata.users_step.get());
    for feature in layer.features() {
        let feature = feature.map_err(decode)?;
        let (x, y) = feature.point().map_err(decode)?;
        let (column, row) = (x / cell_units, y / cell_units);
        let at_centre = x == column * cell_units + cell_units / 2
            && y == row * cell_units + cell_units / 2
            && (0..64).contains(&column)
            && (0..64).contains(&row);
        if !at_centre {
            return Err(wrong("a feature is not at the centre of a cell"));
        }
        let level = coord.z() + tilecore::cell::CELL_LEVELS;
        let key = hilbert::position(
            level,
            (coord.x() << 6) + column as u32,
            (coord.y() << 6) + row as u32,
        );
        let in_order = cells.last().map_or(key >= first_key, |last| last.key < key);
        if !in_order {
            return Err(wrong("the features are not in the order of the Hilbert curve"));
        }
        let mut cell = DecodedCell { key, orders: 0, organic: 0, unknown: 0, users: 0 };
        lines.clear();
        for tag in layer.tags(feature) {
            let (key, value) = tag.map_err(decode)?;
            let Value::Uint(value) = layer.values[value] else {
                return Err(wrong("an attribute is not an unsigned integer"));
            };
            match attributes[key] {
                Attribute::Orders => cell.orders = value,
                Attribute::Organic => cell.organic = value,
                Attribute::Unknown => cell.unknown = value,
                Attribute::Users => cell.users = value,
                Attribute::OrdersOf(line) => lines.orders.add(line, value),
                Attribute::OrganicOf(line) => lines.organic.add(line, value),
                Attribute::UnknownOf(line) => lines.unknown.add(line, value),
                Attribute::UsersOf(line) => {
                    lines.users.add(line, value);
                    lines.has_other_steps |= !is_rounded(value);
                }
            }
        }
        if let Some(fault) = lines.fault(&cell, metadata) {
            return Err(wrong(fault));
        }
        if !is_rounded(cell.users) || lines.has_other_steps {
            return Err(wrong("a number of users is not rounded as the metadata say"));
        }
        cells.push(cell);
    }
    if cells.is_empty() { Err(wrong("it is empty")) } else { Ok(cells) }
}

/// Sum and maximum of one attribute over the lines of a cell.
#[derive(Clone, Copy, Default)]
struct LineSum {
    sum: u64,
    max: u64,
    has_unknown_line: bool,
    /// Number of lines that the metadata list.
    lines: usize,
    /// Number of values added.
    added: u64,
}

impl LineSum {
    #[inline]
    fn add(&mut self, line: usize, value: u64) {
        self.sum += value;
        self.max = self.max.max(value);
        self.added += 1;
        self.has_unknown_line |= line >= self.lines;
    }
}

struct LineSums {
    orders: LineSum,
    organic: LineSum,
    unknown: LineSum,
    users: LineSum,
    /// Whether a number of users of a line is not a multiple of the step.
    has_other_steps: bool,
}

impl LineSums {
    fn new(lines: usize) -> Self {
        let none = LineSum { lines, ..LineSum::default() };
        Self { orders: none, organic: none, unknown: none, users: none, has_other_steps: false }
    }

    #[inline]
    fn clear(&mut self) {
        *self = Self::new(self.orders.lines);
    }

    /// Why the totals of a cell do not match its lines, some of which may be withheld.
    #[inline]
    fn fault(&self, cell: &DecodedCell, metadata: &DensityMetadata) -> Option<&'static str> {
        let Self { orders, organic, unknown, users, .. } = self;
        let may_withhold = metadata.floor_lines;
        if [orders, organic, unknown, users].iter().any(|sum| sum.has_unknown_line) {
            return Some("an attribute counts a line that the metadata do not name");
        }
        if cell.orders == 0 {
            return Some("a cell has no orders");
        }
        let whole = orders.sum == cell.orders;
        let fits = if whole {
            (organic.sum, unknown.sum) == (cell.organic, cell.unknown)
        } else {
            may_withhold
                && orders.sum < cell.orders
                && organic.sum <= cell.organic
                && unknown.sum <= cell.unknown
        };
        if !fits {
            return Some("the lines of a cell do not add up to its totals");
        }
        if cell.organic + cell.unknown > cell.orders {
            return Some("a cell has more organic and unknown orders than orders");
        }
        let rounded_off = orders.added * (metadata.users_step.get() - 1);
        let of_lines = users.sum + rounded_off;
        let most_users = if whole { of_lines.min(cell.orders) } else { cell.orders };
        if !(users.max..=most_users).contains(&cell.users) {
            return Some("the distinct users of a cell do not match those of its lines");
        }
        None
    }
}

fn check_totals(
    tiles: &[(TileCoord, Vec<DecodedCell>)],
    metadata: &DensityMetadata,
) -> Result<BTreeMap<u8, ZoomTotals>, VerifyError> {
    let mut zooms: BTreeMap<u8, ZoomTotals> = BTreeMap::new();
    for (coord, cells) in tiles {
        let totals = zooms.entry(coord.z()).or_default();
        totals.tiles += 1;
        for cell in cells {
            totals.cells += 1;
            totals.orders += cell.orders;
            totals.organic += cell.organic;
            totals.unknown += cell.unknown;
        }
    }
    for (&zoom, &declared) in &metadata.totals {
        let found = zooms.get(&zoom).copied().unwrap_or_default();
        if found != declared {
            return Err(VerifyError::Totals { zoom, declared, found });
        }
    }
    match zooms.iter().find(|(zoom, _)| !metadata.totals.contains_key(zoom)) {
        Some((&zoom, &found)) => {
            Err(VerifyError::Totals { zoom, declared: ZoomTotals::default(), found })
        }
        None => Ok(zooms),
    }
}

/// Every cell except those of the shallowest zoom has a parent, and no parent has less than the sum of
/// its children. Without a privacy floor it has exactly their sum.
fn check_parents(
    tiles: &[(TileCoord, Vec<DecodedCell>)],
    metadata: &DensityMetadata,
) -> Result<(), VerifyError> {
    let rounded_off = metadata.users_step.get() - 1;
    let by_zoom: Vec<(u8, Vec<&DecodedCell>)> = tiles
        .chunk_by(|(a, _), (b, _)| a.z() == b.z())
        .map(|tiles| (tiles[0].0.z(), tiles.iter().flat_map(|(_, cells)| cells).collect()))
        .collect();
    by_zoom.par_windows(2).try_for_each(|pair| {
        let ((zoom, parents), (_, children)) = (&pair[0], &pair[1]);
        let mut children = children.iter().peekable();
        for parent in parents {
            let mut sum =
                DecodedCell { key: parent.key, orders: 0, organic: 0, unknown: 0, users: 0 };
            let mut most_users = 0;
            while let Some(child) = children.next_if(|child| child.key >> 2 == parent.key) {
                sum.orders += child.orders;
                sum.organic += child.organic;
                sum.unknown += child.unknown;
                sum.users += child.users + rounded_off;
                most_users = most_users.max(child.users);
            }
            let whole = sum.orders == parent.orders;
            let fits = sum.orders <= parent.orders
                && sum.organic <= parent.organic
                && sum.unknown <= parent.unknown
                && most_users <= parent.users
                && (!whole
                    || (sum.organic, sum.unknown) == (parent.organic, parent.unknown)
                        && sum.users >= parent.users)
                && (metadata.min_users > 1 || whole);
            if !fits {
                return Err(VerifyError::ParentMismatch { zoom: *zoom, key: parent.key });
            }
        }
        match children.next() {
            Some(orphan) => Err(VerifyError::ParentMismatch { zoom: *zoom, key: orphan.key >> 2 }),
            None => Ok(()),
        }
    })
}
