//! Count: turns selected orders into the tile pyramids of all layers, in portions that fit into
//! memory. `memory` divides the memory, and `portion` has the portions and a queue of them.

mod memory;
mod portion;

use std::io;
use std::ops::Range;
use std::path::Path;

use rayon::prelude::*;
use tilecore::LayerSpec;
use tilecore::manifest::City;

use crate::density::distinct_users::{DistinctUsers, EarlierLevels, UserShare};
use crate::density::floor::{Floor, TopCell};
use crate::density::pyramid::{Pyramid, PyramidBuilder};
use crate::orders::sort::partition::Partitions;
use crate::orders::sort::radix::{Selection, SortedOrders};
use crate::telemetry::progress::Progress;

pub(crate) use self::memory::{CountError, CountMemory};
use self::portion::{Portion, PortionQueue, portion_ranges};

/// The tiles of a layer, and the number of orders counted before the privacy floor.
pub(crate) struct CountedLayer {
    pub(crate) pyramid: Pyramid,
    pub(crate) orders: u64,
}

/// What is counted, and where its temporary files are.
pub(crate) struct Counting<'a> {
    pub(crate) selection: &'a Selection<'a>,
    pub(crate) partitions: &'a Partitions,
    pub(crate) layers: &'a [(LayerSpec, Option<Floor>)],
    pub(crate) cities: &'a [City],
    pub(crate) memory: CountMemory,
    /// Folder for temporary files.
    pub(crate) temp_dir: &'a Path,
    /// Whether orders wait for a second pass in a temporary file.
    pub(crate) is_spilled: bool,
}

/// Counts the selected orders and builds the tiles of each layer, with or without a privacy floor.
///
/// The tiles of layers without a floor are built portion by portion. A floor needs all of the
/// shallowest cells before it can decide about the first one, so its layers take a second pass.
pub(crate) fn count(
    counting: &Counting<'_>,
    progress: Progress,
) -> Result<Vec<CountedLayer>, CountError> {
    let Counting { selection, partitions, layers, cities, memory, temp_dir, is_spilled } =
        *counting;
    let lines = selection.lines.names().len();
    let total = selection.spill.len() as u64;
    let ranges = portion_ranges(selection, partitions, memory.portion_orders);
    let mut earlier = counting.earlier_levels(&ranges)?;
    let bar = progress.step("counting orders", total);
    let mut distinct_users = counting.distinct_users(memory.user_passes - 1);
    let builder = |&layer| LayerBuilder::new(layer, lines, cities, partitions.level());
    let mut builders: Vec<LayerBuilder<'_>> = layers.iter().map(builder).collect();
    let has_floor = builders.iter().any(|layer| layer.floor.is_some());
    let mut orders = 0;
    let mut second_pass = PortionQueue::new((is_spilled && has_floor).then_some(temp_dir))?;
    for range in &ranges {
        let sorted = counting.sorted(range)?;
        let mut first_seen = distinct_users.first_seen_levels(&sorted);
        if let Some(earlier) = &mut earlier {
            earlier.merge_into(&mut first_seen)?;
        }
        let portion = Portion { partitions: sorted, first_seen };
        for layer in &mut builders {
            layer.first_pass(range, &portion);
        }
        orders += portion.orders();
        memory.check_tiles(tile_bytes(&builders), orders, total)?;
        bar.advance(portion.orders());
        bar.set_output_counts(output_counts(&builders));
        if has_floor {
            second_pass.push(portion)?;
        }
    }
    drop(distinct_users);
    for layer in &mut builders {
        layer.choose_top_cells();
    }
    for range in &ranges {
        let Some(portion) = second_pass.pop()? else { break };
        bar.set_output_counts(output_counts(&builders));
        for layer in &mut builders {
            layer.second_pass(range, &portion);
        }
        memory.check_tiles(tile_bytes(&builders), orders, total)?;
    }
    let finish = |layer: LayerBuilder<'_>| CountedLayer { pyramid: layer.pyramid.finish(), orders };
    Ok(builders.into_iter().map(finish).collect())
}

impl Counting<'_> {
    /// The sorted orders of a range of partitions.
    fn sorted(&self, range: &Range<usize>) -> io::Result<Vec<SortedOrders>> {
        let sorted = range.clone().into_par_iter();
        sorted.map(|one| self.selection.sorted_partition(self.partitions, one)).collect()
    }

    /// The users of a pass.
    fn distinct_users(&self, pass: u64) -> DistinctUsers {
        let share = UserShare { share: pass, of: self.memory.user_passes };
        DistinctUsers::of_share(share, self.selection.spill.len(), self.memory.users_of_pass)
    }

    /// The first-seen levels of the users of all passes but the last, or `None` if there is only one.
    fn earlier_levels(&self, ranges: &[Range<usize>]) -> io::Result<Option<EarlierLevels>> {
        if self.memory.user_passes == 1 {
            return Ok(None);
        }
        let mut levels = EarlierLevels::new(self.temp_dir)?;
        for pass in 0..self.memory.user_passes - 1 {
            let mut users = self.distinct_users(pass);
            for range in ranges {
                levels.add(&mut users.first_seen_levels(&self.sorted(range)?))?;
            }
            levels.rewind();
        }
        Ok(Some(levels))
    }
}

/// Bytes of the tiles and merged groups of all layers.
fn tile_bytes(builders: &[LayerBuilder<'_>]) -> u64 {
    builders.iter().map(|layer| layer.pyramid.bytes()).sum()
}

/// Number of tiles and cells that all layers have built so far.
fn output_counts(builders: &[LayerBuilder<'_>]) -> (u64, u64) {
    let layers = builders.iter().map(|layer| layer.pyramid.output_counts());
    layers.fold((0, 0), |all, layer| (all.0 + layer.0, all.1 + layer.1))
}

/// Builds one layer.
struct LayerBuilder<'a> {
    pyramid: PyramidBuilder<'a>,
    floor: Option<Floor>,
    top_cells: Vec<TopCell>,
    shown_top_cells: Vec<(usize, Range<usize>)>,
}

impl<'a> LayerBuilder<'a> {
    fn new(
        (layer, floor): (LayerSpec, Option<Floor>),
        lines: usize,
        cities: &'a [City],
        partition_level: u8,
    ) -> Self {
        let users_step = floor.map_or(1, Floor::users_step);
        let pyramid = PyramidBuilder::new(layer, lines, cities, partition_level, users_step);
        Self { pyramid, floor, top_cells: Vec::new(), shown_top_cells: Vec::new() }
    }

    /// First pass: builds tiles if there is no floor, and otherwise collects the top cells.
    fn first_pass(&mut self, range: &Range<usize>, portion: &Portion) {
        let Some(floor) = self.floor else {
            self.pyramid.add(&portion.counted(None));
            return;
        };
        let partitions = portion.partitions.iter().zip(&portion.first_seen);
        for (partition, (orders, first_seen)) in range.clone().zip(partitions) {
            self.top_cells.extend(floor.top_cells(partition, orders, first_seen));
        }
    }

    /// Between the passes: decides which top cells are shown.
    fn choose_top_cells(&mut self) {
        if let Some(floor) = self.floor {
            self.shown_top_cells = floor.shown_top_cells(&self.top_cells);
        }
    }

    /// Second pass: builds the tiles of the cells that the floor shows.
    fn second_pass(&mut self, range: &Range<usize>, portion: &Portion) {
        if let Some(floor) = self.floor {
            let levels = portion.shown_levels(floor, range, &self.shown_top_cells);
            self.pyramid.add(&portion.counted(Some(&levels)));
        }
    }
}
