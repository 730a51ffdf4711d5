//! Pyramid: builds the tiles of every zoom from partitions that arrive portion by portion.

use std::ops::Range;
use std::sync::{Mutex, PoisonError};

use rayon::prelude::*;
use tilecore::archive::StoredTile;
use tilecore::cell::CELL_LEVELS;
use tilecore::manifest::City;
use tilecore::{CellKey, DEEPEST_LEVEL, LayerSpec, TileCoord};

use crate::density::city_stats::MapStats;
use crate::density::distinct_users::FirstSeenLevel;
use crate::density::floor::ShownLevels;
use crate::density::order_group::OrderGroup;
use crate::density::tile::TileBuilder;
use crate::orders::lines::WITHHELD;
use crate::orders::order::PackedOrder;

/// The orders of a partition with their first-seen levels and, under a privacy floor, the levels
/// down to which their cells are shown.
pub(crate) struct CountedPartition<'a> {
    pub(crate) packed: &'a [u64],
    pub(crate) first_seen: &'a [u8],
    pub(crate) shown_levels: Option<&'a ShownLevels>,
}

impl CountedPartition<'_> {
    /// The orders of a range whose cells at `level` are shown, each as a group of its own.
    #[inline]
    fn groups(&self, range: Range<usize>, level: u8) -> impl Iterator<Item = OrderGroup> {
        let group = |(&packed, &first_seen)| {
            OrderGroup::single(PackedOrder(packed), FirstSeenLevel::from_byte(first_seen))
        };
        let orders = self.packed[range.clone()].iter().zip(&self.first_seen[range.clone()]);
        let cells = self.shown_levels.map(|levels| &levels.cells[range.clone()]);
        let lines = self.shown_levels.and_then(|levels| Some(&levels.lines.as_ref()?[range]));
        orders
            .map(group)
            .enumerate()
            .filter(move |(at, _)| cells.is_none_or(|deepest| deepest[*at] >= level))
            .map(move |(at, group)| match lines {
                Some(deepest) => group.with_line_down_to(deepest[at], level),
                None => group,
            })
    }

    /// All orders, each as a group of its own.
    fn all_groups(&self) -> impl Iterator<Item = VisibleGroup> {
        self.packed.iter().zip(self.first_seen).enumerate().map(|(at, (&packed, &first_seen))| {
            let first_seen = FirstSeenLevel::from_byte(first_seen);
            let group = OrderGroup::single(PackedOrder(packed), first_seen);
            let (cell_level, line_level) = self.shown_levels(at);
            VisibleGroup { group, cell_level, line_level }
        })
    }

    /// The deepest levels at which the cell of an order is shown, and shows its line.
    fn shown_levels(&self, at: usize) -> (u8, u8) {
        let Some(levels) = self.shown_levels else { return (DEEPEST_LEVEL, DEEPEST_LEVEL) };
        let cell = levels.cells[at];
        (cell, levels.lines.as_ref().map_or(cell, |lines| lines[at]))
    }

    /// Whether the deepest cells have enough orders that most orders have the same counts.
    fn is_dense(&self) -> bool {
        let key = |packed: u64| PackedOrder(packed).key();
        let cells = self.packed.windows(2).filter(|pair| key(pair[0]) != key(pair[1])).count();
        self.packed.len() >= DENSE_ORDERS_PER_CELL * (cells + 1)
    }
}

/// Orders per deepest cell from which merging them before the first zoom is faster than counting
/// them zoom by zoom (measured on both inputs of `scripts/bench`).
const DENSE_ORDERS_PER_CELL: usize = 16;

/// A partition as the tiles of its zooms read it: order by order, or merged into groups.
enum PartitionGroups<'a> {
    Single(&'a CountedPartition<'a>),
    Merged(Vec<VisibleGroup>),
}

impl<'a> PartitionGroups<'a> {
    fn new(partition: &'a CountedPartition<'a>) -> Self {
        if partition.is_dense() {
            Self::Merged(merge(partition.all_groups(), DEEPEST_LEVEL))
        } else {
            Self::Single(partition)
        }
    }

    /// Ranges of groups that lie in one tile of `zoom`.
    fn tile_ranges(&self, zoom: u8) -> Vec<Range<usize>> {
        match self {
            Self::Single(partition) => {
                equal_ranges(partition.packed, |&packed| PackedOrder(packed).key().tile(zoom))
                    .collect()
            }
            Self::Merged(groups) => equal_ranges(groups, |group| group.tile(zoom)).collect(),
        }
    }

    /// Builds the tile of a range.
    fn build_tile(
        &self,
        builder: &mut TileBuilder<'_>,
        zoom: u8,
        range: Range<usize>,
    ) -> Option<StoredTile> {
        match self {
            Self::Single(partition) => {
                let key = PackedOrder(partition.packed[range.start]).key();
                let coord = TileCoord::at(zoom, key.tile(zoom));
                builder.build(coord, partition.groups(range, zoom + CELL_LEVELS))
            }
            Self::Merged(groups) => build_merged_tile(builder, zoom, &groups[range]),
        }
    }

    /// Merges the groups of each cell of `level`.
    fn merge(&self, level: u8) -> Vec<VisibleGroup> {
        match self {
            Self::Single(partition) => merge(partition.all_groups(), level),
            Self::Merged(groups) => merge(groups.iter().copied(), level),
        }
    }
}

impl OrderGroup {
    /// The group as a cell of `level` shows it, if cells down to level `deepest` show its line.
    #[inline]
    fn with_line_down_to(self, deepest: u8, level: u8) -> Self {
        if deepest < level { Self { line: WITHHELD, ..self } } else { self }
    }
}

/// A group, and the deepest levels at which its cell is shown and shows its line.
#[derive(Clone, Copy, Debug)]
struct VisibleGroup {
    group: OrderGroup,
    cell_level: u8,
    line_level: u8,
}

impl VisibleGroup {
    fn tile(&self, zoom: u8) -> u64 {
        CellKey(self.group.key).tile(zoom)
    }
}

/// All tiles of a layer.
pub(crate) struct Pyramid {
    /// By ascending id.
    pub(crate) tiles: Vec<StoredTile>,
    /// By zoom, starting with the minzoom.
    pub(crate) stats: Vec<MapStats>,
}

impl Pyramid {
    /// Whether a cell shows a line.
    pub(crate) fn shows_line(&self, line: usize) -> bool {
        self.stats.iter().any(|stats| stats.all.has_line(line))
    }

    /// Size of all tiles in bytes.
    pub(crate) fn bytes(&self) -> u64 {
        self.tiles.iter().map(|tile| tile.bytes.len() as u64).sum()
    }
}

/// Builds the tiles of a layer. The zooms at which a tile lies in one partition are built portion by
/// portion. What the shallower zooms need is merged on the way and built at the end.
pub(crate) struct PyramidBuilder<'a> {
    layer: LayerSpec,
    lines: usize,
    cities: &'a [City],
    partition_level: u8,
    users_step: u32,
    /// Builders that no thread is using.
    tile_builders: Mutex<Vec<TileBuilder<'a>>>,
    /// Tiles by zoom.
    tiles: Vec<Vec<StoredTile>>,
    /// Memory of all tiles.
    tile_bytes: u64,
    /// Groups for the zooms above the partitions.
    coarse: Vec<VisibleGroup>,
}

impl<'a> PyramidBuilder<'a> {
    /// Numbers of users are rounded down to multiples of `users_step`.
    pub(crate) fn new(
        layer: LayerSpec,
        lines: usize,
        cities: &'a [City],
        partition_level: u8,
        users_step: u32,
    ) -> Self {
        let tiles = layer.zooms().map(|_| Vec::new()).collect();
        let tile_builders = Mutex::default();
        Self {
            layer,
            lines,
            cities,
            partition_level,
            users_step,
            tile_builders,
            tiles,
            tile_bytes: 0,
            coarse: Vec::new(),
        }
    }

    /// Adds the next partitions along the Hilbert curve.
    pub(crate) fn add(&mut self, partitions: &[CountedPartition<'_>]) {
        let first_zoom = self.first_partition_zoom();
        let partitions: Vec<PartitionGroups<'_>> =
            partitions.par_iter().map(PartitionGroups::new).collect();
        for zoom in first_zoom..=self.layer.maxzoom {
            let tasks: Vec<(&PartitionGroups<'_>, Range<usize>)> = partitions
                .iter()
                .flat_map(|partition| {
                    partition.tile_ranges(zoom).into_iter().map(move |range| (partition, range))
                })
                .collect();
            let tiles: Vec<Option<StoredTile>> = tasks
                .into_par_iter()
                .map(|(partition, range)| {
                    self.with_tile_builder(|builder| partition.build_tile(builder, zoom, range))
                })
                .collect();
            let bytes =
                tiles.iter().flatten().map(|tile| tile.bytes.len() + size_of::<StoredTile>());
            self.tile_bytes += bytes.sum::<usize>() as u64;
            self.tiles[usize::from(zoom - self.layer.minzoom)].extend(tiles.into_iter().flatten());
        }
        if first_zoom > self.layer.minzoom {
            let level = first_zoom - 1 + CELL_LEVELS;
            let coarse: Vec<Vec<VisibleGroup>> =
                partitions.par_iter().map(|partition| partition.merge(level)).collect();
            self.coarse.extend(coarse.into_iter().flatten());
        }
    }

    /// Memory of the tiles built so far, and of what the shallower zooms need.
    pub(crate) fn bytes(&self) -> u64 {
        self.tile_bytes + (self.coarse.len() * size_of::<VisibleGroup>()) as u64
    }

    /// Number of tiles and cells built so far.
    pub(crate) fn output_counts(&self) -> (u64, u64) {
        let builders = self.tile_builders.lock().unwrap_or_else(PoisonError::into_inner);
        let counts = builders.iter().map(TileBuilder::output_counts);
        counts.fold((0, 0), |all, one| (all.0 + one.0, all.1 + one.1))
    }

    /// Builds the zooms above the partitions and returns all tiles in the order of their ids.
    pub(crate) fn finish(mut self) -> Pyramid {
        let first_zoom = self.first_partition_zoom();
        let coarse = std::mem::take(&mut self.coarse);
        let tasks: Vec<(u8, &[VisibleGroup])> = (self.layer.minzoom..first_zoom)
            .flat_map(|zoom| {
                equal_ranges(&coarse, move |group| group.tile(zoom)).map(move |range| (zoom, range))
            })
            .map(|(zoom, range)| (zoom, &coarse[range]))
            .collect();
        let tiles: Vec<Option<StoredTile>> = tasks
            .par_iter()
            .map(|&(zoom, groups)| {
                self.with_tile_builder(|builder| build_merged_tile(builder, zoom, groups))
            })
            .collect();
        for tile in tiles.into_iter().flatten() {
            self.tiles[usize::from(tile.coord.z() - self.layer.minzoom)].push(tile);
        }
        let none = || MapStats::new(self.lines, self.cities.len());
        let mut stats: Vec<_> = self.layer.zooms().map(|_| none()).collect();
        for builder in self.tile_builders.into_inner().unwrap_or_else(PoisonError::into_inner) {
            for (all, one) in stats.iter_mut().zip(builder.into_stats()) {
                all.merge(one);
            }
        }
        Pyramid { tiles: self.tiles.into_iter().flatten().collect(), stats }
    }

    /// The first zoom at which every tile lies in one partition.
    fn first_partition_zoom(&self) -> u8 {
        self.layer.minzoom.max(self.partition_level)
    }

    /// Lends a free tile builder, or a new one.
    fn with_tile_builder<T>(&self, work: impl FnOnce(&mut TileBuilder<'a>) -> T) -> T {
        let builders = || self.tile_builders.lock().unwrap_or_else(PoisonError::into_inner);
        let free = builders().pop();
        let mut builder = free.unwrap_or_else(|| {
            TileBuilder::new(&self.layer, self.lines, self.cities, self.users_step)
        });
        let output = work(&mut builder);
        builders().push(builder);
        output
    }
}

/// Builds the tile that contains all `groups`.
fn build_merged_tile(
    builder: &mut TileBuilder<'_>,
    zoom: u8,
    groups: &[VisibleGroup],
) -> Option<StoredTile> {
    let level = zoom + CELL_LEVELS;
    let shown = groups.iter().filter(|group| group.cell_level >= level);
    let shown = shown.map(|group| group.group.with_line_down_to(group.line_level, level));
    builder.build(TileCoord::at(zoom, groups[0].tile(zoom)), shown)
}

/// Ranges of adjacent items with equal keys.
fn equal_ranges<T, K: PartialEq>(
    items: &[T],
    key: impl Fn(&T) -> K,
) -> impl Iterator<Item = Range<usize>> {
    let mut start = 0;
    items.chunk_by(move |a, b| key(a) == key(b)).map(move |chunk| {
        let range = start..start + chunk.len();
        start = range.end;
        range
    })
}

/// Merges groups that are sorted along the Hilbert curve: in each cell of `level`, those of one line
/// with the same first-seen levels become one group.
fn merge(groups: impl Iterator<Item = VisibleGroup>, level: u8) -> Vec<VisibleGroup> {
    // Number of the merged group by line and first-seen levels, counted from 1.
    let mut merged_of: Vec<u32> = vec![0; 1 << 16];
    let slot =
        |group: &OrderGroup| usize::from(group.line) << 8 | usize::from(group.first_seen.byte());
    let cell = |group: &OrderGroup| CellKey(group.key).zoom_out(DEEPEST_LEVEL - level);
    let mut merged: Vec<VisibleGroup> = Vec::new();
    let mut first_of_cell = 0;
    for visible in groups {
        let first_seen = visible.group.first_seen.clamped_to(level);
        let group = OrderGroup { first_seen, ..visible.group };
        if merged.last().is_some_and(|last| cell(&last.group) != cell(&group)) {
            for done in &merged[first_of_cell..] {
                merged_of[slot(&done.group)] = 0;
            }
            first_of_cell = merged.len();
        }
        let number = &mut merged_of[slot(&group)];
        if *number == 0 {
            merged.push(VisibleGroup { group, ..visible });
            *number = merged.len() as u32;
        } else {
            let sum = &mut merged[*number as usize - 1].group;
            sum.orders += group.orders;
            sum.organic += group.organic;
            sum.unknown += group.unknown;
        }
    }
    merged
}
