//! Tile: counts the cells of one tile and encodes them.

use tilecore::archive::GzipEncoder;
use tilecore::archive::StoredTile;
use tilecore::cell::CELL_LEVELS;
use tilecore::hilbert::SixLevels;
use tilecore::manifest::City;
use tilecore::mvt::PointLayerEncoder;
use tilecore::{DEEPEST_LEVEL, LayerSpec, TileCoord};

use crate::density::city_stats::MapStats;
use crate::density::order_group::{Counts, OrderGroup};
use crate::orders::lines::{MAX_LINES, WITHHELD};
use crate::tiles::grid::{EXTENT, centre};
use crate::tiles::gzip::gzip_encoder;

/// Attributes of a feature for all lines together, and again for each line.
pub(crate) const ATTRIBUTES_PER_LINE: usize = 4;

/// Names of a layer's attributes, in the order of their numbers.
pub(crate) fn attribute_names(lines: usize) -> Vec<String> {
    let overall = ["orders", "organic", "unknown", "users"].map(str::to_owned);
    let of_line = |line| ["l", "o", "x", "u"].map(|letter| format!("{letter}{line}"));
    overall.into_iter().chain((0..lines).flat_map(of_line)).collect()
}

/// The counts of one cell: the totals, and those of each line present.
struct CellCounts {
    total: Counts,
    by_line: Vec<Counts>,
    /// One bit for each line that has orders in the cell.
    present: [u64; 4],
    /// Numbers of users are rounded down to multiples of it.
    users_step: u32,
}

impl CellCounts {
    fn new(users_step: u32) -> Self {
        let by_line = vec![Counts::default(); MAX_LINES + 1];
        Self { total: Counts::default(), by_line, present: [0; 4], users_step }
    }

    /// The totals as they are published.
    #[inline]
    const fn total(&self) -> Counts {
        self.total.with_users_in_steps(self.users_step)
    }

    #[inline]
    fn add(&mut self, group: &OrderGroup, level: u8) {
        self.total.add(group, group.first_seen.is_new_at(level));
        self.by_line[usize::from(group.line)]
            .add(group, group.first_seen.is_new_for_line_at(level));
        self.present[usize::from(group.line >> 6)] |= 1 << (group.line & 63);
    }

    /// Passes the counts of each line that is not withheld to `take`, by ascending index, as they are
    /// published, and resets the cell.
    #[inline]
    fn drain(&mut self, mut take: impl FnMut(usize, Counts)) {
        self.present[usize::from(WITHHELD >> 6)] &= !(1 << (WITHHELD & 63));
        for (quarter, present) in self.present.iter_mut().enumerate() {
            while *present != 0 {
                let line = quarter * 64 + present.trailing_zeros() as usize;
                let counts = std::mem::take(&mut self.by_line[line]);
                take(line, counts.with_users_in_steps(self.users_step));
                *present &= *present - 1;
            }
        }
        self.total = Counts::default();
    }
}

/// Builds tiles of one layer. Its buffers are reused from tile to tile.
pub(crate) struct TileBuilder<'a> {
    encoder: PointLayerEncoder,
    gzip_encoder: GzipEncoder,
    cell: CellCounts,
    minzoom: u8,
    cities: &'a [City],
    stats: Vec<MapStats>,
}

impl<'a> TileBuilder<'a> {
    pub(crate) fn new(
        layer: &LayerSpec,
        lines: usize,
        cities: &'a [City],
        users_step: u32,
    ) -> Self {
        Self {
            encoder: PointLayerEncoder::new(layer.source_layers[0], EXTENT, attribute_names(lines)),
            gzip_encoder: gzip_encoder(),
            cell: CellCounts::new(users_step),
            minzoom: layer.minzoom,
            cities,
            stats: layer.zooms().map(|_| MapStats::new(lines, cities.len())).collect(),
        }
    }

    /// Number of tiles and cells built so far.
    pub(crate) fn output_counts(&self) -> (u64, u64) {
        let zooms = self.stats.iter().map(|stats| &stats.all);
        zooms.fold((0, 0), |(tiles, cells), zoom| (tiles + zoom.tiles, cells + zoom.cells))
    }

    /// Statistics of the tiles built, by zoom.
    pub(crate) fn into_stats(self) -> Vec<MapStats> {
        self.stats
    }

    /// Builds a tile from groups sorted along the Hilbert curve, or none without groups.
    pub(crate) fn build(
        &mut self,
        coord: TileCoord,
        groups: impl Iterator<Item = OrderGroup>,
    ) -> Option<StoredTile> {
        let level = coord.z() + CELL_LEVELS;
        let stats = &mut self.stats[usize::from(coord.z() - self.minzoom)];
        let positions = SixLevels::below(coord.z(), coord.position());
        let cell_of = |group: &OrderGroup| group.key >> (2 * (DEEPEST_LEVEL - level));
        let mut groups = groups.peekable();
        groups.peek()?;
        stats.start_tile(coord, self.cities);
        while let Some(first) = groups.next() {
            let key = cell_of(&first);
            self.cell.add(&first, level);
            while let Some(group) = groups.next_if(|group| cell_of(group) == key) {
                self.cell.add(&group, level);
            }
            encode_cell(&mut self.encoder, stats, &mut self.cell, positions.get(key));
        }
        Some(self.gzip_encoder.encode_tile(coord, &self.encoder.finish()))
    }
}

fn encode_cell(
    encoder: &mut PointLayerEncoder,
    stats: &mut MapStats,
    cell: &mut CellCounts,
    (column, row): (u32, u32),
) {
    let total = cell.total();
    stats.start_cell((column, row), &total);
    encoder.point(centre(column), centre(row), |tags| {
        let mut push_counts = |first_attribute: usize, counts: Counts| {
            let values = [counts.orders, counts.organic, counts.unknown, counts.users];
            for (offset, value) in values.into_iter().enumerate() {
                if value > 0 {
                    tags.push(first_attribute + offset, u64::from(value));
                }
            }
        };
        push_counts(0, total);
        cell.drain(|line, counts| {
            stats.add_line(line, &counts);
            push_counts(ATTRIBUTES_PER_LINE * (line + 1), counts);
        });
    });
}
