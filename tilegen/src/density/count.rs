//! Count: from selected orders to the pyramids of every layer asked for, in portions that fit.

use std::collections::VecDeque;
use std::fs::File;
use std::io;
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::path::Path;

use rayon::prelude::*;
use tilecore::LayerSpec;

use crate::density::distinct_users::UserWalk;
use crate::density::floor::{Floor, ShownLevels, TopCell};
use crate::density::pyramid::{CountedOrders, Pyramid, PyramidBuilder};
use crate::orders::sort::partition::Buckets;
use crate::orders::sort::radix::{Selection, SortedOrders};
use crate::telemetry::progress::Progress;

/// A layer's tiles, and how many orders went into them before any floor.
pub(crate) struct CountedLayer {
    pub(crate) pyramid: Pyramid,
    pub(crate) orders: u64,
}

/// Buckets that are counted together: their orders, and whom each order brings.
struct Portion {
    buckets: Vec<SortedOrders>,
    news: Vec<Vec<u8>>,
}

/// Orders that are counted together, as long as memory allows: enough to share out among threads,
/// few enough that what was just sorted is still near the processor when it is split and counted.
const PORTION_ORDERS: usize = 1 << 19;

/// Counts the orders of a selection and makes the tiles of each layer, with or without a floor.
///
/// Layers without a floor get their tiles portion by portion. A floor has to see all of the
/// shallowest cells before it can decide about the first, so its layers take a second turn.
pub(crate) fn count(
    selection: &Selection<'_>,
    buckets: &Buckets,
    layers: &[(LayerSpec, Option<Floor>)],
    most_orders: usize,
    spill_to: Option<&Path>,
    progress: Progress,
) -> io::Result<Vec<CountedLayer>> {
    let lines = selection.lines.names().len();
    let portions = portions(selection, buckets, most_orders.min(PORTION_ORDERS));
    let bar = progress.step("counting orders", selection.runs.len() as u64);
    let mut walk = UserWalk::new(selection.runs.len());
    let mut builders: Vec<LayerBuilder> =
        layers.iter().map(|&layer| LayerBuilder::new(layer, lines, buckets.level())).collect();
    let has_floor = builders.iter().any(|layer| layer.floor.is_some());
    let mut orders = 0;
    let mut kept = KeptPortions::new(spill_to.filter(|_| has_floor))?;
    for range in &portions {
        let sorted: Vec<SortedOrders> = range
            .clone()
            .into_par_iter()
            .map(|bucket| selection.gather(buckets, bucket))
            .collect::<io::Result<_>>()?;
        let news = walk.walk(&sorted);
        let portion = Portion { buckets: sorted, news };
        for layer in &mut builders {
            layer.see(range, &portion);
        }
        orders += portion.orders();
        bar.advance(portion.orders());
        bar.tell_made(made(&builders));
        if has_floor {
            kept.push(portion)?;
        }
    }
    drop(walk);
    for layer in &mut builders {
        layer.decide();
    }
    for range in &portions {
        let Some(portion) = kept.take()? else { break };
        bar.tell_made(made(&builders));
        for layer in &mut builders {
            layer.see_again(range, &portion);
        }
    }
    let finish = |layer: LayerBuilder| CountedLayer { pyramid: layer.pyramid.finish(), orders };
    Ok(builders.into_iter().map(finish).collect())
}

/// Tiles and cells of all layers so far.
fn made(builders: &[LayerBuilder]) -> (u64, u64) {
    let layers = builders.iter().map(|layer| layer.pyramid.made());
    layers.fold((0, 0), |all, layer| (all.0 + layer.0, all.1 + layer.1))
}

/// A layer under way.
struct LayerBuilder {
    pyramid: PyramidBuilder,
    floor: Option<Floor>,
    top_cells: Vec<TopCell>,
    shown: Vec<(usize, Range<usize>)>,
}

impl LayerBuilder {
    fn new((layer, floor): (LayerSpec, Option<Floor>), lines: usize, bucket_level: u8) -> Self {
        let pyramid = PyramidBuilder::new(layer, lines, bucket_level);
        Self { pyramid, floor, top_cells: Vec::new(), shown: Vec::new() }
    }

    /// First turn: tiles where no floor stands in the way, else the shallowest cells.
    fn see(&mut self, range: &Range<usize>, portion: &Portion) {
        let Some(floor) = self.floor else {
            self.pyramid.add(&portion.counted(None));
            return;
        };
        let buckets = range.clone().zip(portion.buckets.iter().zip(&portion.news));
        let cells = buckets.flat_map(|(at, (orders, news))| floor.top_cells(at, orders, news));
        self.top_cells.extend(cells);
    }

    /// Between the turns: which of the shallowest cells are shown.
    fn decide(&mut self) {
        if let Some(floor) = self.floor {
            self.shown = floor.shown_top_cells(&self.top_cells);
        }
    }

    /// Second turn: tiles of what the floor shows.
    fn see_again(&mut self, range: &Range<usize>, portion: &Portion) {
        if let Some(floor) = self.floor {
            let levels = portion.shown_levels(floor, range, &self.shown);
            self.pyramid.add(&portion.counted(Some(&levels)));
        }
    }
}

/// Runs of buckets that together hold at most so many orders, or are a single bucket.
fn portions(selection: &Selection<'_>, buckets: &Buckets, most: usize) -> Vec<Range<usize>> {
    let held = |bucket| selection.runs.runs().iter().map(|run| run.bucket(bucket).len()).sum();
    let (mut portions, mut start, mut orders) = (Vec::new(), 0, 0usize);
    for bucket in 0..buckets.len() {
        let more: usize = held(bucket);
        if orders + more > most && bucket > start {
            portions.push(start..bucket);
            (start, orders) = (bucket, 0);
        }
        orders += more;
    }
    portions.push(start..buckets.len());
    portions
}

impl Portion {
    fn orders(&self) -> u64 {
        self.buckets.iter().map(|bucket| bucket.words.len() as u64).sum()
    }

    fn counted<'a>(&'a self, levels: Option<&'a [ShownLevels]>) -> Vec<CountedOrders<'a>> {
        let buckets = self.buckets.iter().zip(&self.news).enumerate();
        buckets
            .map(|(index, (orders, news))| CountedOrders {
                words: &orders.words,
                news,
                shown_levels: levels.map(|levels| &levels[index]),
            })
            .collect()
    }

    /// How deep each order's cell is shown, bucket by bucket.
    fn shown_levels(
        &self,
        floor: Floor,
        range: &Range<usize>,
        shown: &[(usize, Range<usize>)],
    ) -> Vec<ShownLevels> {
        let of_bucket = |bucket: usize| {
            let cells = shown.iter().filter(move |(at, _)| *at == bucket);
            cells.map(|(_, cell)| cell.clone())
        };
        let buckets = range.clone().into_par_iter().zip(&self.buckets).zip(&self.news);
        buckets
            .map(|((bucket, orders), news)| floor.shown_levels(orders, news, of_bucket(bucket)))
            .collect()
    }
}

/// Portions between their two turns, in memory or one behind the other in a temporary file.
struct KeptPortions {
    file: Option<File>,
    end: u64,
    portions: VecDeque<KeptPortion>,
}

enum KeptPortion {
    Memory(Portion),
    File { at: u64, lengths: Vec<usize> },
}

impl KeptPortions {
    fn new(folder: Option<&Path>) -> io::Result<Self> {
        let file = folder.map(tempfile::tempfile_in).transpose()?;
        Ok(Self { file, end: 0, portions: VecDeque::new() })
    }

    fn push(&mut self, portion: Portion) -> io::Result<()> {
        let Some(file) = &self.file else {
            self.portions.push_back(KeptPortion::Memory(portion));
            return Ok(());
        };
        let (at, mut lengths) = (self.end, Vec::with_capacity(portion.buckets.len()));
        for (orders, news) in portion.buckets.iter().zip(&portion.news) {
            let columns: [&[u8]; 3] =
                [bytemuck::cast_slice(&orders.words), bytemuck::cast_slice(&orders.users), news];
            for column in columns {
                file.write_all_at(column, self.end)?;
                self.end += column.len() as u64;
            }
            lengths.push(orders.words.len());
        }
        self.portions.push_back(KeptPortion::File { at, lengths });
        Ok(())
    }

    /// The first portion that was not taken yet.
    fn take(&mut self) -> io::Result<Option<Portion>> {
        match (self.portions.pop_front(), &self.file) {
            (Some(KeptPortion::Memory(portion)), _) => Ok(Some(portion)),
            (Some(KeptPortion::File { at, lengths }), Some(file)) => {
                read_portion(file, at, &lengths).map(Some)
            }
            _ => Ok(None),
        }
    }
}

fn read_portion(file: &File, mut at: u64, lengths: &[usize]) -> io::Result<Portion> {
    let mut portion = Portion { buckets: Vec::new(), news: Vec::new() };
    for &length in lengths {
        let mut orders = SortedOrders { words: vec![0; length], users: vec![0; length] };
        let mut news = vec![0; length];
        let columns: [&mut [u8]; 3] = [
            bytemuck::cast_slice_mut(&mut orders.words),
            bytemuck::cast_slice_mut(&mut orders.users),
            &mut news,
        ];
        for column in columns {
            file.read_exact_at(column, at)?;
            at += column.len() as u64;
        }
        portion.buckets.push(orders);
        portion.news.push(news);
    }
    Ok(portion)
}
