//! Pyramid: every tile of every zoom, out of buckets that come portion by portion.

use std::ops::Range;
use std::sync::{Mutex, PoisonError};

use rayon::prelude::*;
use tilecore::archive::StoredTile;
use tilecore::cell::CELL_LEVELS;
use tilecore::{CellKey, DEEPEST_LEVEL, LayerSpec, TileCoord};

use crate::density::counts::Row;
use crate::density::distinct_users::NewUser;
use crate::density::floor::ShownLevels;
use crate::density::quantiles::ZoomFigures;
use crate::density::tile::Bench;
use crate::orders::lines::WITHHELD;
use crate::orders::order::OrderWord;

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

    /// Every order as a row of its own.
    fn single_rows(&self) -> impl Iterator<Item = SharedRow> {
        self.words.iter().zip(self.news).enumerate().map(|(at, (&word, &new))| {
            let row = Row::of(OrderWord(word), NewUser::from_byte(new));
            let (shown_level, told_level) = self.shown_levels(at);
            SharedRow { row, shown_level, told_level }
        })
    }

    /// The deepest levels at which an order's cell is shown and tells of its line.
    fn shown_levels(&self, at: usize) -> (u8, u8) {
        let Some(levels) = self.shown_levels else { return (DEEPEST_LEVEL, DEEPEST_LEVEL) };
        let cell = levels.cells[at];
        (cell, levels.lines.as_ref().map_or(cell, |lines| lines[at]))
    }

    /// Whether so many orders share each deepest cell that most of them count alike.
    fn is_crowded(&self) -> bool {
        let key = |word: u64| OrderWord(word).key();
        let cells = self.words.windows(2).filter(|pair| key(pair[0]) != key(pair[1])).count();
        self.words.len() >= CROWD * (cells + 1)
    }
}

/// Orders in each deepest cell from which summing them up before the first zoom is less work than
/// counting them zoom by zoom (measured on both inputs of `scripts/bench`).
const CROWD: usize = 16;

/// A bucket as the tiles of its zooms read it: order by order, or what counts alike summed up.
enum BucketRows<'a> {
    Single(&'a CountedOrders<'a>),
    Summed(Vec<SharedRow>),
}

impl<'a> BucketRows<'a> {
    fn of(bucket: &'a CountedOrders<'a>) -> Self {
        if bucket.is_crowded() {
            Self::Summed(sum_up(bucket.single_rows(), DEEPEST_LEVEL))
        } else {
            Self::Single(bucket)
        }
    }

    /// Ranges of rows that lie in one tile of `zoom`.
    fn tile_ranges(&self, zoom: u8) -> Vec<Range<usize>> {
        match self {
            Self::Single(bucket) => {
                ranges(bucket.words, |&word| OrderWord(word).key().tile(zoom)).collect()
            }
            Self::Summed(rows) => ranges(rows, |row| row.tile(zoom)).collect(),
        }
    }

    /// Makes the tile of a range.
    fn make(&self, bench: &mut Bench, zoom: u8, range: Range<usize>) -> Option<StoredTile> {
        match self {
            Self::Single(bucket) => {
                let key = OrderWord(bucket.words[range.start]).key();
                let coord = TileCoord::at(zoom, key.tile(zoom));
                bench.make(coord, bucket.rows(range, zoom + CELL_LEVELS))
            }
            Self::Summed(rows) => make_shared(bench, zoom, &rows[range]),
        }
    }

    /// Sums up to rows of cells of `level`.
    fn sum_up(&self, level: u8) -> Vec<SharedRow> {
        match self {
            Self::Single(bucket) => sum_up(bucket.single_rows(), level),
            Self::Summed(rows) => sum_up(rows.iter().copied(), level),
        }
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
struct SharedRow {
    row: Row,
    shown_level: u8,
    told_level: u8,
}

impl SharedRow {
    fn tile(&self, zoom: u8) -> u64 {
        CellKey(self.row.key).tile(zoom)
    }
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
    coarse: Vec<SharedRow>,
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
        let buckets: Vec<BucketRows<'_>> = buckets.par_iter().map(BucketRows::of).collect();
        for zoom in first_inner..=self.layer.maxzoom {
            let tasks: Vec<(&BucketRows<'_>, Range<usize>)> = buckets
                .iter()
                .flat_map(|bucket| {
                    bucket.tile_ranges(zoom).into_iter().map(move |range| (bucket, range))
                })
                .collect();
            let made: Vec<Option<StoredTile>> = tasks
                .into_par_iter()
                .map(|(bucket, range)| self.at_bench(|bench| bucket.make(bench, zoom, range)))
                .collect();
            self.tiles[usize::from(zoom - self.layer.minzoom)].extend(made.into_iter().flatten());
        }
        if first_inner > self.layer.minzoom {
            let level = first_inner - 1 + CELL_LEVELS;
            let coarse: Vec<Vec<SharedRow>> =
                buckets.par_iter().map(|bucket| bucket.sum_up(level)).collect();
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
        let tasks: Vec<(u8, &[SharedRow])> = (self.layer.minzoom..first_inner)
            .flat_map(|zoom| {
                ranges(&coarse, move |row| row.tile(zoom)).map(move |range| (zoom, range))
            })
            .map(|(zoom, range)| (zoom, &coarse[range]))
            .collect();
        let made: Vec<Option<StoredTile>> = tasks
            .par_iter()
            .map(|&(zoom, rows)| self.at_bench(|bench| make_shared(bench, zoom, rows)))
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

/// Makes the tile that rows lie in.
fn make_shared(bench: &mut Bench, zoom: u8, rows: &[SharedRow]) -> Option<StoredTile> {
    let level = zoom + CELL_LEVELS;
    let shown = rows.iter().filter(|row| row.shown_level >= level);
    let told = shown.map(|row| row.row.told_down_to(row.told_level, level));
    bench.make(TileCoord::at(zoom, rows[0].tile(zoom)), told)
}

/// Ranges of neighbours that lie in one place.
fn ranges<T, P: PartialEq>(
    rows: &[T],
    place: impl Fn(&T) -> P,
) -> impl Iterator<Item = Range<usize>> {
    let mut start = 0;
    rows.chunk_by(move |a, b| place(a) == place(b)).map(move |chunk| {
        let range = start..start + chunk.len();
        start = range.end;
        range
    })
}

/// Sums rows sorted along the curve up to rows of cells of `level`.
fn sum_up(rows: impl Iterator<Item = SharedRow>, level: u8) -> Vec<SharedRow> {
    let mut row_of: Vec<u32> = vec![0; 1 << 16]; // by line and newness, counted from 1
    let slot = |row: &Row| usize::from(row.line) << 8 | usize::from(row.new.byte());
    let cell = |row: &Row| CellKey(row.key).zoom_out(DEEPEST_LEVEL - level);
    let mut sums: Vec<SharedRow> = Vec::new();
    let mut first = 0; // of the cell
    for shared in rows {
        let row = Row { new: shared.row.new.down_to(level), ..shared.row };
        if sums.last().is_some_and(|last| cell(&last.row) != cell(&row)) {
            for sum in &sums[first..] {
                row_of[slot(&sum.row)] = 0;
            }
            first = sums.len();
        }
        let at = &mut row_of[slot(&row)];
        if *at == 0 {
            sums.push(SharedRow { row, ..shared });
            *at = sums.len() as u32;
        } else {
            let sum = &mut sums[*at as usize - 1].row;
            sum.orders += row.orders;
            sum.organic += row.organic;
            sum.unknown += row.unknown;
        }
    }
    sums
}
