//! Count: turns selected orders into the tile pyramids of all layers, in portions that fit into
//! memory.

use std::io;
use std::ops::Range;
use std::path::Path;

use rayon::prelude::*;
use tilecore::LayerSpec;

use crate::density::distinct_users::DistinctUsers;
use crate::density::floor::{Floor, TopCell};
use crate::density::portion::{Portion, PortionQueue, portion_ranges};
use crate::density::pyramid::{Pyramid, PyramidBuilder};
use crate::orders::sort::partition::Partitions;
use crate::orders::sort::radix::{Selection, SortedOrders};
use crate::telemetry::progress::Progress;

/// The tiles of a layer, and the number of orders counted before the privacy floor.
pub(crate) struct CountedLayer {
    pub(crate) pyramid: Pyramid,
    pub(crate) orders: u64,
}

/// Most orders of a portion, if memory allows: enough to divide among threads, and few enough that
/// sorted orders are still in the processor's cache when they are counted.
const PORTION_ORDERS: usize = 1 << 19;

/// Counts the selected orders and builds the tiles of each layer, with or without a privacy floor.
///
/// The tiles of layers without a floor are built portion by portion. A floor needs all of the
/// shallowest cells before it can decide about the first one, so its layers take a second pass.
pub(crate) fn count(
    selection: &Selection<'_>,
    partitions: &Partitions,
    layers: &[(LayerSpec, Option<Floor>)],
    max_orders: usize,
    spill_to: Option<&Path>,
    progress: Progress,
) -> io::Result<Vec<CountedLayer>> {
    let lines = selection.lines.names().len();
    let ranges = portion_ranges(selection, partitions, max_orders.min(PORTION_ORDERS));
    let bar = progress.step("counting orders", selection.spill.len() as u64);
    let mut distinct_users = DistinctUsers::new(selection.spill.len());
    let mut builders: Vec<LayerBuilder> =
        layers.iter().map(|&layer| LayerBuilder::new(layer, lines, partitions.level())).collect();
    let has_floor = builders.iter().any(|layer| layer.floor.is_some());
    let mut orders = 0;
    let mut second_pass = PortionQueue::new(spill_to.filter(|_| has_floor))?;
    for range in &ranges {
        let sorted: Vec<SortedOrders> = range
            .clone()
            .into_par_iter()
            .map(|partition| selection.sorted_partition(partitions, partition))
            .collect::<io::Result<_>>()?;
        let first_seen = distinct_users.first_seen_levels(&sorted);
        let portion = Portion { partitions: sorted, first_seen };
        for layer in &mut builders {
            layer.first_pass(range, &portion);
        }
        orders += portion.orders();
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
    }
    let finish = |layer: LayerBuilder| CountedLayer { pyramid: layer.pyramid.finish(), orders };
    Ok(builders.into_iter().map(finish).collect())
}

/// Number of tiles and cells that all layers have built so far.
fn output_counts(builders: &[LayerBuilder]) -> (u64, u64) {
    let layers = builders.iter().map(|layer| layer.pyramid.output_counts());
    layers.fold((0, 0), |all, layer| (all.0 + layer.0, all.1 + layer.1))
}

/// Builds one layer.
struct LayerBuilder {
    pyramid: PyramidBuilder,
    floor: Option<Floor>,
    top_cells: Vec<TopCell>,
    shown_top_cells: Vec<(usize, Range<usize>)>,
}

impl LayerBuilder {
    fn new((layer, floor): (LayerSpec, Option<Floor>), lines: usize, partition_level: u8) -> Self {
        let pyramid = PyramidBuilder::new(layer, lines, partition_level);
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
