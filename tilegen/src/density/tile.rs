//! Tile: counts the cells of one tile and encodes them, at a bench that keeps its tools.

use tilecore::archive::StoredTile;
use tilecore::cell::{CELL_LEVELS, CELLS_PER_SIDE};
use tilecore::hilbert::SixLevels;
use tilecore::mvt::PointLayerEncoder;
use tilecore::{DEEPEST_LEVEL, LayerSpec, TileCoord};

use crate::density::distinct_users::NewUser;
use crate::density::quantiles::ZoomFigures;
use crate::orders::lines::{MAX_LINES, WITHHELD};
use crate::orders::order::{OrderWord, Organic};
use crate::tiles::gzip::Packer;

/// Units of a cell's side. Of the sizes that were measured this one packs best
/// (`docs/decisions.md`): a step between cells is a multiple of 128 when written as a varint, so its
/// first byte never changes and its second is the step.
const CELL_UNITS: u32 = 64;

/// Units of a tile's side: 4096, which is also what the standard assumes when a tile does not say.
pub const EXTENT: u32 = CELL_UNITS * CELLS_PER_SIDE;

/// The middle of a column or row of cells, in units of the tile.
pub(crate) const fn centre(place: u32) -> u32 {
    CELL_UNITS * place + CELL_UNITS / 2
}

/// Orders that count alike: one of them, or many of one cell.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Row {
    /// Key of a deepest cell in the cell that all of them lie in.
    pub(crate) key: u64,
    /// Index of the line, or [`WITHHELD`].
    pub(crate) line: u8,
    pub(crate) new: NewUser,
    pub(crate) orders: u32,
    pub(crate) organic: u32,
    pub(crate) unknown: u32,
}

impl Row {
    /// A single order.
    #[inline]
    pub(crate) fn of(word: OrderWord, new: NewUser) -> Self {
        let organic = word.organic();
        Self {
            key: word.key().0,
            line: word.line(),
            new,
            orders: 1,
            organic: u32::from(organic == Organic::Yes),
            unknown: u32::from(organic == Organic::Unknown),
        }
    }
}

/// Counts of a cell, over all lines or of one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) orders: u32,
    pub(crate) organic: u32,
    pub(crate) unknown: u32,
    pub(crate) users: u32,
}

impl Counts {
    #[inline]
    fn add(&mut self, row: &Row, is_new: bool) {
        self.orders += row.orders;
        self.organic += row.organic;
        self.unknown += row.unknown;
        // Of several orders that count alike, each brings a user of its own or none does.
        self.users += if is_new { row.orders } else { 0 };
    }

    pub(crate) const fn nonorganic(&self) -> u32 {
        self.orders - self.organic - self.unknown
    }
}

/// Attributes of a feature: four for all lines together, then four for each line.
pub(crate) const PER_LINE: usize = 4;

/// Names of a layer's attributes in the order of their numbers.
pub(crate) fn attribute_names(lines: usize) -> Vec<String> {
    let overall = ["orders", "organic", "unknown", "users"].map(str::to_owned);
    let of_line = |line| ["l", "o", "x", "u"].map(|letter| format!("{letter}{line}"));
    overall.into_iter().chain((0..lines).flat_map(of_line)).collect()
}

/// The cell being counted: its totals, and those of the lines that it has.
struct Cell {
    total: Counts,
    lines: Vec<Counts>,
    present: [u64; 4],
}

impl Cell {
    fn new() -> Self {
        let lines = vec![Counts::default(); MAX_LINES + 1];
        Self { total: Counts::default(), lines, present: [0; 4] }
    }

    #[inline]
    fn add(&mut self, row: &Row, level: u8) {
        self.total.add(row, row.new.is_new(level));
        self.lines[usize::from(row.line)].add(row, row.new.is_new_of_line(level));
        self.present[usize::from(row.line >> 6)] |= 1 << (row.line & 63);
    }

    /// Hands out the lines that the cell tells of, by rising index, and forgets everything.
    #[inline]
    fn drain(&mut self, mut take: impl FnMut(usize, Counts)) {
        self.present[usize::from(WITHHELD >> 6)] &= !(1 << (WITHHELD & 63));
        for (quarter, present) in self.present.iter_mut().enumerate() {
            while *present != 0 {
                let line = quarter * 64 + present.trailing_zeros() as usize;
                take(line, std::mem::take(&mut self.lines[line]));
                *present &= *present - 1;
            }
        }
        self.total = Counts::default();
    }
}

/// Where tiles of one layer are made. A thread takes a bench, makes a tile and puts it back.
pub(crate) struct Bench {
    encoder: PointLayerEncoder,
    packer: Packer,
    cell: Cell,
    minzoom: u8,
    figures: Vec<ZoomFigures>,
}

impl Bench {
    pub(crate) fn new(layer: &LayerSpec, lines: usize) -> Self {
        Self {
            encoder: PointLayerEncoder::new(layer.source_layers[0], EXTENT, attribute_names(lines)),
            packer: Packer::new(),
            cell: Cell::new(),
            minzoom: layer.minzoom,
            figures: layer.zooms().map(|_| ZoomFigures::new(lines)).collect(),
        }
    }

    /// Tiles and cells made here.
    pub(crate) fn made(&self) -> (u64, u64) {
        let zooms = self.figures.iter();
        zooms.fold((0, 0), |(tiles, cells), zoom| (tiles + zoom.tiles, cells + zoom.cells))
    }

    /// What the tiles made here add up to, by zoom.
    pub(crate) fn into_figures(self) -> Vec<ZoomFigures> {
        self.figures
    }

    /// Makes a tile from rows sorted along the curve, unless there is none.
    pub(crate) fn make(
        &mut self,
        coord: TileCoord,
        rows: impl Iterator<Item = Row>,
    ) -> Option<StoredTile> {
        let level = coord.z() + CELL_LEVELS;
        let figures = &mut self.figures[usize::from(coord.z() - self.minzoom)];
        let places = SixLevels::below(coord.z(), coord.position());
        let cell_of = |row: &Row| row.key >> (2 * (DEEPEST_LEVEL - level));
        let mut rows = rows.peekable();
        rows.peek()?;
        while let Some(first) = rows.next() {
            let key = cell_of(&first);
            self.cell.add(&first, level);
            while let Some(row) = rows.next_if(|row| cell_of(row) == key) {
                self.cell.add(&row, level);
            }
            let (column, row) = places.get(key);
            encode_cell(&mut self.encoder, figures, &mut self.cell, column, row);
        }
        figures.tiles += 1;
        Some(self.packer.pack(coord, &self.encoder.finish()))
    }
}

fn encode_cell(
    encoder: &mut PointLayerEncoder,
    figures: &mut ZoomFigures,
    cell: &mut Cell,
    column: u32,
    row: u32,
) {
    figures.add_total(&cell.total);
    encoder.point(centre(column), centre(row), |tags| {
        let mut describe = |first: usize, counts: Counts| {
            let values = [counts.orders, counts.organic, counts.unknown, counts.users];
            for (offset, value) in values.into_iter().enumerate() {
                if value > 0 {
                    tags.push(first + offset, u64::from(value));
                }
            }
        };
        describe(0, cell.total);
        cell.drain(|line, counts| {
            figures.add_line(line, &counts);
            describe(PER_LINE * (line + 1), counts);
        });
    });
}
