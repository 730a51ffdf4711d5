//! Verify: reads an archive as a stranger would, and checks everything that it claims.

pub(crate) mod drawn;

use std::collections::BTreeMap;
use std::ops::Range;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use tilecore::archive::{ArchiveIndex, Entry, GzipError, Header, HeaderError, IndexError, gunzip};
use tilecore::cell::CELLS_PER_SIDE;
use tilecore::layer::DENSITY;
use tilecore::mvt::{self, DecodeError, Value};
use tilecore::{TileCoord, TileHash, TileId, hilbert};

/// Most bytes that a tile may unpack to: a full tile of 4,096 cells with every attribute of 256
/// lines stays below.
pub(crate) const MAX_TILE: usize = 64 << 20;

/// What is true of an archive that passed.
#[derive(Clone, Debug, Serialize)]
pub struct VerifiedArchive {
    /// Entries of the directories.
    pub entries: usize,
    /// Length in bytes of the largest stored tile.
    pub largest_tile: u32,
    /// Length in bytes that 99 % of the stored tiles do not exceed.
    pub p99_tile: u32,
    /// Figures by zoom, as counted from the tiles; none unless this is a density archive.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub zooms: BTreeMap<u8, ZoomTotals>,
    /// What is drawn by zoom; nothing if this is a density archive.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub drawn: BTreeMap<u8, DrawnTotals>,
}

/// What the tiles of a zoom add up to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ZoomTotals {
    /// Tiles.
    pub tiles: u64,
    /// Cells, one a feature.
    pub cells: u64,
    /// Orders.
    pub orders: u64,
    /// Organic orders.
    pub organic: u64,
    /// Orders of unknown origin.
    pub unknown: u64,
}

/// What the tiles of a zoom hold, in an archive of drawn features.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DrawnTotals {
    /// Tiles.
    pub tiles: u64,
    /// Features, each counted in every tile that shows a part of it.
    pub features: u64,
    /// Sum of the attribute that the metadata name as `sum_of`, to the nearest whole number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sum: Option<u64>,
}

/// Why an archive is not to be believed.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// The header is wrong.
    #[error("the header is wrong")]
    Header(#[from] HeaderError),
    /// The directories are wrong.
    #[error("the directories are wrong")]
    Index(#[from] IndexError),
    /// The metadata cannot be unpacked.
    #[error("the metadata cannot be unpacked")]
    Metadata(#[from] GzipError),
    /// The metadata are not what an archive of ours has.
    #[error("the metadata are not those of an archive of this map")]
    MetadataForm(#[from] serde_json::Error),
    /// The archive does not claim to be clustered, or its tiles do not lie in order.
    #[error("tiles do not lie in the order of their ids")]
    NotClustered,
    /// The header counts something else than there is.
    #[error("the header counts {said} {what}, there are {found}")]
    HeaderCount {
        /// What is counted.
        what: &'static str,
        /// By the header.
        said: u64,
        /// Found.
        found: u64,
    },
    /// The list of hashes belongs to another archive.
    #[error("there are {hashes} hashes for {entries} directory entries")]
    HashCount {
        /// Hashes.
        hashes: usize,
        /// Entries.
        entries: usize,
    },
    /// A tile's bytes are not those that were hashed.
    #[error("tile {coord} does not have the hash on record")]
    Hash {
        /// The tile.
        coord: TileCoord,
    },
    /// A tile cannot be unpacked.
    #[error("tile {coord} cannot be unpacked")]
    Gzip {
        /// The tile.
        coord: TileCoord,
        /// Cause.
        #[source]
        source: GzipError,
    },
    /// A tile cannot be decoded.
    #[error("tile {coord} cannot be decoded")]
    Decode {
        /// The tile.
        coord: TileCoord,
        /// Cause.
        #[source]
        source: DecodeError,
    },
    /// A tile is not one of its layer, or contradicts itself.
    #[error("tile {coord} is wrong: {fault}")]
    Content {
        /// The tile.
        coord: TileCoord,
        /// What is wrong.
        fault: &'static str,
    },
    /// The tiles of a zoom do not add up to what the metadata say.
    #[error("zoom {zoom} adds up to {found:?}, the metadata say {said:?}")]
    Totals {
        /// The zoom.
        zoom: u8,
        /// By the metadata.
        said: ZoomTotals,
        /// By the tiles.
        found: ZoomTotals,
    },
    /// The tiles of a zoom do not hold what the metadata say.
    #[error("zoom {zoom} holds {found:?}, the metadata say {said:?}")]
    DrawnTotals {
        /// The zoom.
        zoom: u8,
        /// By the metadata.
        said: DrawnTotals,
        /// By the tiles.
        found: DrawnTotals,
    },
    /// A cell and its children contradict each other.
    #[error("cell {key} of zoom {zoom} and its children contradict each other")]
    Family {
        /// Zoom of the parent.
        zoom: u8,
        /// Parent's key.
        key: u64,
    },
}

/// The part of every archive's metadata that can be checked against the tiles.
#[derive(Deserialize)]
struct LayerClaims {
    vector_layers: Vec<LayerClaim>,
}

/// The part of a density archive's metadata that can be checked against the tiles.
#[derive(Deserialize)]
struct Claims {
    vector_layers: Vec<LayerClaim>,
    lines: Vec<String>,
    min_users: u16,
    /// Whether cells may withhold lines; archives of before this was possible do not say.
    #[serde(default)]
    floor_lines: bool,
    totals: BTreeMap<u8, ZoomTotals>,
}

#[derive(Deserialize)]
struct LayerClaim {
    id: String,
    fields: BTreeMap<String, String>,
}

/// A cell as read from a tile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct SeenCell {
    key: u64,
    orders: u64,
    organic: u64,
    unknown: u64,
    users: u64,
}

/// Checks an archive and, where they are at hand, the hashes of its tiles.
pub fn verify(archive: &[u8], hashes: Option<&[TileHash]>) -> Result<VerifiedArchive, VerifyError> {
    let (header, index) = open(archive)?;
    let metadata = header.unpack_metadata(part(archive, &header.metadata))?;
    let LayerClaims { vector_layers } = serde_json::from_slice(&metadata)?;
    check_order(&index)?;
    check_hashes(&index, archive, hashes)?;
    let is_density = vector_layers.iter().any(|layer| DENSITY.source_layers.contains(&&*layer.id));
    let (zooms, drawn) = if is_density {
        (check_density(&index, archive, &serde_json::from_slice(&metadata)?)?, BTreeMap::new())
    } else {
        let drawn = drawn::check(&index, archive, &serde_json::from_slice(&metadata)?)?;
        (BTreeMap::new(), drawn)
    };
    let mut lengths: Vec<_> = index.entries().iter().map(|entry| entry.length).collect();
    lengths.sort_unstable();
    let at = |share: f64| lengths.get(((lengths.len() as f64 * share) as usize).saturating_sub(1));
    Ok(VerifiedArchive {
        entries: lengths.len(),
        largest_tile: lengths.last().copied().unwrap_or(0),
        p99_tile: at(0.99).copied().unwrap_or(0),
        zooms,
        drawn,
    })
}

/// Every tile read, every count added up, parents held against children.
fn check_density(
    index: &ArchiveIndex,
    archive: &[u8],
    claims: &Claims,
) -> Result<BTreeMap<u8, ZoomTotals>, VerifyError> {
    let tiles: Vec<(TileCoord, Vec<SeenCell>)> = stored_tiles(index, archive)
        .map(|(coord, stored)| Ok((coord, read_tile(coord, stored, claims)?)))
        .collect::<Result<_, VerifyError>>()?;
    let zooms = check_totals(&tiles, claims)?;
    check_families(&tiles, claims.min_users)?;
    Ok(zooms)
}

/// Every tile that can be asked for, with its bytes as stored.
fn stored_tiles<'a>(
    index: &'a ArchiveIndex,
    archive: &'a [u8],
) -> impl ParallelIterator<Item = (TileCoord, &'a [u8])> {
    let tiles = index.entries().par_iter();
    tiles
        .flat_map_iter(|entry| coords(entry).map(move |coord| (coord, entry)))
        .map(|(coord, entry)| (coord, part(archive, &index.file_range(entry))))
}

/// The header and all directories of an archive, checked.
pub(crate) fn open(archive: &[u8]) -> Result<(Header, ArchiveIndex), VerifyError> {
    let header = Header::parse(archive, archive.len() as u64)?;
    let (root, leaves) = (part(archive, &header.root), part(archive, &header.leaves));
    let index = ArchiveIndex::parse(header.clone(), root, leaves)?;
    Ok((header, index))
}

/// The bytes of a range that the header was checked to have.
pub(crate) fn part<'a>(archive: &'a [u8], range: &Range<u64>) -> &'a [u8] {
    &archive[range.start as usize..range.end as usize]
}

fn coords(entry: &Entry) -> impl Iterator<Item = TileCoord> + use<> {
    let ids = entry.tile_id..entry.tile_id + u64::from(entry.run_length);
    ids.filter_map(TileId::coord_of)
}

fn check_order(index: &ArchiveIndex) -> Result<(), VerifyError> {
    let (mut end, mut contents) = (0, 0);
    for entry in index.entries() {
        // New bytes follow what is there; bytes seen before may be pointed to again.
        if entry.offset > end {
            return Err(VerifyError::NotClustered);
        }
        if entry.offset == end {
            end += u64::from(entry.length);
            contents += 1;
        }
    }
    if !index.header().is_clustered {
        return Err(VerifyError::NotClustered);
    }
    let header = index.header();
    for (what, said, found) in [
        ("tiles", header.addressed_tiles, index.tile_count()),
        ("entries", header.tile_entries, index.entries().len() as u64),
        ("contents", header.tile_contents, contents),
        ("bytes of tiles", header.tiles.end - header.tiles.start, end),
    ] {
        if said != found {
            return Err(VerifyError::HeaderCount { what, said, found });
        }
    }
    Ok(())
}

fn check_hashes(
    index: &ArchiveIndex,
    archive: &[u8],
    hashes: Option<&[TileHash]>,
) -> Result<(), VerifyError> {
    let Some(hashes) = hashes else { return Ok(()) };
    let entries = index.entries().len();
    if hashes.len() != entries {
        return Err(VerifyError::HashCount { hashes: hashes.len(), entries });
    }
    index.entries().par_iter().zip(hashes).try_for_each(|(entry, hash)| {
        let range = index.file_range(entry);
        if TileHash::of(&archive[range.start as usize..range.end as usize]) == *hash {
            return Ok(());
        }
        let coord = TileId::coord_of(entry.tile_id).unwrap_or_else(|| TileCoord::at(0, 0));
        Err(VerifyError::Hash { coord })
    })
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
    claims: &Claims,
) -> Result<Vec<SeenCell>, VerifyError> {
    let plain = gunzip(stored, MAX_TILE).map_err(|source| VerifyError::Gzip { coord, source })?;
    let decode = |source| VerifyError::Decode { coord, source };
    let wrong = |fault| VerifyError::Content { coord, fault };
    let layers = mvt::decode(&plain).map_err(decode)?;
    let [layer] = layers.as_slice() else { return Err(wrong("it has not exactly one layer")) };
    let [claimed] = claims.vector_layers.as_slice() else {
        return Err(wrong("the metadata have not exactly one layer"));
    };
    if layer.name != claimed.id || !layer.keys.iter().all(|&key| claimed.fields.contains_key(key)) {
        return Err(wrong("its layer or attributes are not those of the metadata"));
    }
    let attributes: Vec<Attribute> = layer
        .keys
        .iter()
        .map(|key| Attribute::named(key).ok_or_else(|| wrong("an attribute is unknown")))
        .collect::<Result<_, _>>()?;
    let cell_units = i64::from(layer.extent / CELLS_PER_SIDE);
    let first_key = coord.position() << 12;
    let mut cells: Vec<SeenCell> = Vec::with_capacity(layer.len());
    let mut lines = LineSums::new(claims.lines.len());
    for feature in layer.features() {
        let feature = feature.map_err(decode)?;
        let (x, y) = feature.point().map_err(decode)?;
        let (column, row) = (x / cell_units, y / cell_units);
        let at_centre = x == column * cell_units + cell_units / 2
            && y == row * cell_units + cell_units / 2
            && (0..64).contains(&column)
            && (0..64).contains(&row);
        if !at_centre {
            return Err(wrong("a feature does not lie at a cell's centre"));
        }
        let level = coord.z() + tilecore::cell::CELL_LEVELS;
        let key = hilbert::position(
            level,
            (coord.x() << 6) + column as u32,
            (coord.y() << 6) + row as u32,
        );
        let in_order = cells.last().map_or(key >= first_key, |last| last.key < key);
        if !in_order {
            return Err(wrong("features are not ordered along the curve"));
        }
        let mut cell = SeenCell { key, orders: 0, organic: 0, unknown: 0, users: 0 };
        lines.clear();
        for tag in layer.tags(feature) {
            let (key, value) = tag.map_err(decode)?;
            let Value::Uint(value) = layer.values[value] else {
                return Err(wrong("an attribute is no whole number"));
            };
            match attributes[key] {
                Attribute::Orders => cell.orders = value,
                Attribute::Organic => cell.organic = value,
                Attribute::Unknown => cell.unknown = value,
                Attribute::Users => cell.users = value,
                Attribute::OrdersOf(line) => lines.orders.add(line, value),
                Attribute::OrganicOf(line) => lines.organic.add(line, value),
                Attribute::UnknownOf(line) => lines.unknown.add(line, value),
                Attribute::UsersOf(line) => lines.users.add(line, value),
            }
        }
        if let Some(fault) = lines.fault(&cell, claims.floor_lines) {
            return Err(wrong(fault));
        }
        cells.push(cell);
    }
    if cells.is_empty() { Err(wrong("it is empty")) } else { Ok(cells) }
}

/// Sum and greatest of one attribute over the lines of a cell.
#[derive(Clone, Copy, Default)]
struct LineSum {
    sum: u64,
    greatest: u64,
    beyond: bool,
    lines: usize,
}

impl LineSum {
    #[inline]
    fn add(&mut self, line: usize, value: u64) {
        self.sum += value;
        self.greatest = self.greatest.max(value);
        self.beyond |= line >= self.lines;
    }
}

struct LineSums {
    orders: LineSum,
    organic: LineSum,
    unknown: LineSum,
    users: LineSum,
}

impl LineSums {
    fn new(lines: usize) -> Self {
        let none = LineSum { lines, ..LineSum::default() };
        Self { orders: none, organic: none, unknown: none, users: none }
    }

    #[inline]
    fn clear(&mut self) {
        *self = Self::new(self.orders.lines);
    }

    /// What of a cell contradicts its lines, some of which may be withheld.
    #[inline]
    fn fault(&self, cell: &SeenCell, may_withhold: bool) -> Option<&'static str> {
        let Self { orders, organic, unknown, users } = self;
        if [orders, organic, unknown, users].iter().any(|sum| sum.beyond) {
            return Some("an attribute counts a line that the metadata do not name");
        }
        if cell.orders == 0 {
            return Some("a cell without orders is shown");
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
        let most_users = if whole { users.sum.min(cell.orders) } else { cell.orders };
        if !(users.greatest..=most_users).contains(&cell.users) {
            return Some("the distinct users of a cell contradict those of its lines");
        }
        None
    }
}

fn check_totals(
    tiles: &[(TileCoord, Vec<SeenCell>)],
    claims: &Claims,
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
    for (&zoom, &said) in &claims.totals {
        let found = zooms.get(&zoom).copied().unwrap_or_default();
        if found != said {
            return Err(VerifyError::Totals { zoom, said, found });
        }
    }
    match zooms.iter().find(|(zoom, _)| !claims.totals.contains_key(zoom)) {
        Some((&zoom, &found)) => {
            Err(VerifyError::Totals { zoom, said: ZoomTotals::default(), found })
        }
        None => Ok(zooms),
    }
}

/// Every cell but the shallowest has its parent, and no parent has less than its children; without
/// a floor it has exactly their sum.
fn check_families(tiles: &[(TileCoord, Vec<SeenCell>)], min_users: u16) -> Result<(), VerifyError> {
    let by_zoom: Vec<(u8, Vec<&SeenCell>)> = tiles
        .chunk_by(|(a, _), (b, _)| a.z() == b.z())
        .map(|tiles| (tiles[0].0.z(), tiles.iter().flat_map(|(_, cells)| cells).collect()))
        .collect();
    by_zoom.par_windows(2).try_for_each(|pair| {
        let ((zoom, parents), (_, children)) = (&pair[0], &pair[1]);
        let mut children = children.iter().peekable();
        for parent in parents {
            let mut sum = SeenCell { key: parent.key, orders: 0, organic: 0, unknown: 0, users: 0 };
            let mut most_users = 0;
            while let Some(child) = children.next_if(|child| child.key >> 2 == parent.key) {
                sum.orders += child.orders;
                sum.organic += child.organic;
                sum.unknown += child.unknown;
                sum.users += child.users;
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
                && (min_users > 1 || whole);
            if !fits {
                return Err(VerifyError::Family { zoom: *zoom, key: parent.key });
            }
        }
        match children.next() {
            Some(orphan) => Err(VerifyError::Family { zoom: *zoom, key: orphan.key >> 2 }),
            None => Ok(()),
        }
    })
}
