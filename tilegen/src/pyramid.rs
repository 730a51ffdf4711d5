//! Pyramid: every tile of every zoom, out of buckets that come portion by portion.

use std::ops::Range;
use std::sync::{Mutex, PoisonError};

use rayon::prelude::*;
use tilecore::archive::StoredTile;
use tilecore::cell::CELL_LEVELS;
use tilecore::{DEEPEST_LEVEL, LayerSpec, TileCoord};

use crate::distinct::NewUser;
use crate::floor::ShownLevels;
use crate::lines::WITHHELD;
use crate::order::OrderWord;
use crate::quantiles::ZoomFigures;
use crate::tile::{Bench, Row};

/// A bucket's orders, counted: whom each brings and, under a floor, how deep its cell is shown.
pub(crate) struct CountedOrders<'a> {
    pub(crate) words: &'a [u64],
    pub(crate) news: &'a [u8],
    pub(crate) shown_levels: Option<&'a ShownLevels>,
}

impl CountedOrders<'_> {
    /// The orders of a range whose cells of `level` are shown.
    #[inline]
    fn rows(&self, range: Range<usize>, level: u8) -> impl Iterator<Item = Row> {
        let row = |(&word, &new)| Row::of(OrderWord(word), NewUser::from_byte(new));
        let rows = self.words[range.clone()].iter().zip(&self.news[range.clone()]).map(row);
        let cells = self.shown_levels.map(|levels| &levels.cells[range.clone()]);
        let lines = self.shown_levels.and_then(|levels| Some(&levels.lines.as_ref()?[range]));
        rows.enumerate()
            .filter(move |(at, _)| cells.is_none_or(|deepest| deepest[*at] >= level))
            .map(move |(at, row)| match lines {
                Some(deepest) => row.told_down_to(deepest[at], level),
                None => row,
            })
    }

    /// The deepest levels at which an order's cell is shown and tells of its line, given that of the
    /// deepest row wanted.
    fn shown_levels(&self, at: usize, level: u8) -> (u8, u8) {
        let Some(levels) = self.shown_levels else { return (level, level) };
        let cell = levels.cells[at];
        (cell, levels.lines.as_ref().map_or(cell, |lines| lines[at]))
    }
}

impl Row {
    /// The row as a cell of `level` tells of it, where cells down to `deepest` tell of its line.
    #[inline]
    fn told_down_to(self, deepest: u8, level: u8) -> Self {
        if deepest < level { Self { line: WITHHELD, ..self } } else { self }
    }
}

/// A row that may stand for many orders, and the deepest levels at which its cell is shown and tells
/// of its line.
#[derive(Clone, Copy, Debug)]
struct CoarseRow {
    row: Row,
    shown_level: u8,
    told_level: u8,
}

/// All tiles of a layer.
pub(crate) struct Pyramid {
    /// By rising id.
    pub(crate) tiles: Vec<StoredTile>,
    /// By zoom, shallow first.
    pub(crate) figures: Vec<ZoomFigures>,
}

impl Pyramid {
    /// Bytes of all tiles.
    pub(crate) fn bytes(&self) -> u64 {
        self.tiles.iter().map(|tile| tile.bytes.len() as u64).sum()
    }
}

/// Makes a layer's tiles. Zooms at which a tile lies in one bucket are made portion by portion;
/// what the zooms above need is summed up on the way and made at the end.
pub(crate) struct PyramidBuilder {
    layer: LayerSpec,
    lines: usize,
    bucket_level: u8,
    benches: Mutex<Vec<Bench>>,
    tiles: Vec<Vec<StoredTile>>,
    coarse: Vec<CoarseRow>,
}

impl PyramidBuilder {
    pub(crate) fn new(layer: LayerSpec, lines: usize, bucket_level: u8) -> Self {
        let tiles = layer.zooms().map(|_| Vec::new()).collect();
        let benches = Mutex::default();
        Self { layer, lines, bucket_level, benches, tiles, coarse: Vec::new() }
    }

    /// Adds the next buckets along the curve.
    pub(crate) fn add(&mut self, buckets: &[CountedOrders<'_>]) {
        let first_inner = self.layer.minzoom.max(self.bucket_level);
        for zoom in first_inner..=self.layer.maxzoom {
            let tasks: Vec<(usize, Range<usize>)> = buckets
                .iter()
                .enumerate()
                .flat_map(|(index, bucket)| {
                    tile_ranges(bucket.words, zoom).map(move |range| (index, range))
                })
                .collect();
            let made: Vec<Option<StoredTile>> = tasks
                .par_iter()
                .map(|(index, range)| {
                    let bucket = &buckets[*index];
                    let key = OrderWord(bucket.words[range.start]).key();
                    let coord = TileCoord::at(zoom, key.tile(zoom));
                    let rows = bucket.rows(range.clone(), zoom + CELL_LEVELS);
                    self.at_bench(|bench| bench.make(coord, rows))
                })
                .collect();
            self.tiles[usize::from(zoom - self.layer.minzoom)].extend(made.into_iter().flatten());
        }
        if first_inner > self.layer.minzoom {
            let level = first_inner - 1 + CELL_LEVELS;
            let coarse: Vec<Vec<CoarseRow>> =
                buckets.par_iter().map(|bucket| sum_up(bucket, level)).collect();
            self.coarse.extend(coarse.into_iter().flatten());
        }
    }

    /// Tiles and cells made so far.
    pub(crate) fn made(&self) -> (u64, u64) {
        let benches = self.benches.lock().unwrap_or_else(PoisonError::into_inner);
        benches.iter().map(Bench::made).fold((0, 0), |all, made| (all.0 + made.0, all.1 + made.1))
    }

    /// Makes the zooms above the buckets and puts everything in order.
    pub(crate) fn finish(mut self) -> Pyramid {
        let first_inner = self.layer.minzoom.max(self.bucket_level);
        let coarse = std::mem::take(&mut self.coarse);
        let keys = |row: &CoarseRow, zoom| tilecore::CellKey(row.row.key).tile(zoom);
        let tasks: Vec<(u8, &[CoarseRow])> = (self.layer.minzoom..first_inner)
            .flat_map(|zoom| {
                let same_tile = move |a: &CoarseRow, b: &CoarseRow| keys(a, zoom) == keys(b, zoom);
                coarse.chunk_by(same_tile).map(move |rows| (zoom, rows))
            })
            .collect();
        let made: Vec<Option<StoredTile>> = tasks
            .par_iter()
            .map(|&(zoom, rows)| {
                let coord = TileCoord::at(zoom, keys(&rows[0], zoom));
                let level = zoom + CELL_LEVELS;
                let shown = rows.iter().filter(|row| row.shown_level >= level);
                let told = shown.map(|row| row.row.told_down_to(row.told_level, level));
                self.at_bench(|bench| bench.make(coord, told))
            })
            .collect();
        for tile in made.into_iter().flatten() {
            self.tiles[usize::from(tile.coord.z() - self.layer.minzoom)].push(tile);
        }
        let mut figures: Vec<_> =
            self.layer.zooms().map(|_| ZoomFigures::new(self.lines)).collect();
        for bench in self.benches.into_inner().unwrap_or_else(PoisonError::into_inner) {
            for (all, part) in figures.iter_mut().zip(bench.into_figures()) {
                all.merge(&part);
            }
        }
        Pyramid { tiles: self.tiles.into_iter().flatten().collect(), figures }
    }

    fn at_bench<T>(&self, work: impl FnOnce(&mut Bench) -> T) -> T {
        let benches = || self.benches.lock().unwrap_or_else(PoisonError::into_inner);
        let free = benches().pop();
        let mut bench = free.unwrap_or_else(|| Bench::new(&self.layer, self.lines));
        let made = work(&mut bench);
        benches().push(bench);
        made
    }
}

/// Ranges of sorted orders that lie in one tile of `zoom`.
fn tile_ranges(words: &[u64], zoom: u8) -> impl Iterator<Item = Range<usize>> {
    let tile = move |word: u64| OrderWord(word).key().tile(zoom);
    let mut start = 0;
    words.chunk_by(move |&a, &b| tile(a) == tile(b)).map(move |chunk| {
        let range = start..start + chunk.len();
        start = range.end;
        range
    })
}

/// Sums a bucket up to rows of cells of `level`.
fn sum_up(bucket: &CountedOrders<'_>, level: u8) -> Vec<CoarseRow> {
    const NO_ROW: u32 = u32::MAX;
    let mut row_of: Vec<u32> = vec![NO_ROW; 1 << 16]; // by line and newness
    let slot = |line: u8, new: NewUser| usize::from(line) << 8 | usize::from(new.byte());
    let mut rows: Vec<CoarseRow> = Vec::new();
    let cell = |word: u64| OrderWord(word).key().zoom_out(DEEPEST_LEVEL - level);
    let mut start = 0;
    for orders in bucket.words.chunk_by(|&a, &b| cell(a) == cell(b)) {
        let first_row = rows.len();
        for (at, &word) in (start..).zip(orders) {
            let new = NewUser::from_byte(bucket.news[at]).down_to(level);
            let order = Row::of(OrderWord(word), new);
            let row = &mut row_of[slot(order.line, new)];
            if *row == NO_ROW {
                *row = rows.len() as u32;
                let (shown_level, told_level) = bucket.shown_levels(at, level);
                rows.push(CoarseRow { row: order, shown_level, told_level });
            } else {
                let sum = &mut rows[*row as usize].row;
                sum.orders += 1;
                sum.organic += order.organic;
                sum.unknown += order.unknown;
            }
        }
        for row in &rows[first_row..] {
            row_of[slot(row.row.line, row.row.new)] = NO_ROW;
        }
        start += orders.len();
    }
    rows
}
