//! Tile: counts the cells of one tile and encodes them, at a bench that keeps its tools.

use tilecore::archive::StoredTile;
use tilecore::cell::CELL_LEVELS;
use tilecore::hilbert::SixLevels;
use tilecore::mvt::PointLayerEncoder;
use tilecore::{DEEPEST_LEVEL, LayerSpec, TileCoord};

use crate::density::counts::{Counts, Row};
use crate::density::quantiles::ZoomFigures;
use crate::orders::lines::{MAX_LINES, WITHHELD};
use crate::tiles::grid::{EXTENT, centre};
use crate::tiles::gzip::Packer;

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
