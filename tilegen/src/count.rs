//! Count: from selected orders to the pyramids of every layer asked for, in portions that fit.

use std::fs::File;
use std::io;
use std::ops::Range;
use std::os::unix::fs::FileExt;

use rayon::prelude::*;
use tilecore::LayerSpec;

use crate::bin::{Selection, SortedOrders};
use crate::buckets::Buckets;
use crate::distinct::UserWalk;
use crate::floor::{Floor, TopCell};
use crate::progress::Progress;
use crate::pyramid::{CountedOrders, Pyramid, PyramidBuilder};

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

/// A portion between its two uses.
enum KeptPortion {
    Memory(Portion),
    File { file: File, lengths: Vec<usize> },
}

/// Counts the orders of a selection and makes the tiles of each layer, with or without a floor.
pub(crate) fn count(
    selection: &Selection<'_>,
    buckets: &Buckets,
    layers: &[(LayerSpec, Option<Floor>)],
    portion_orders: usize,
    spills: bool,
    progress: Progress,
) -> io::Result<Vec<CountedLayer>> {
    let lines = selection.lines.names().len();
    let portions = portions(selection, buckets, portion_orders);
    let bar = progress.step("counting orders", selection.runs.len() as u64);
    let mut walk = UserWalk::new(selection.runs.len());
    let floors: Vec<Floor> = layers.iter().filter_map(|(_, floor)| *floor).collect();
    let mut top_cells: Vec<Vec<TopCell>> = floors.iter().map(|_| Vec::new()).collect();
    let mut kept = Vec::with_capacity(portions.len());
    for range in &portions {
        let sorted: Vec<SortedOrders> = range
            .clone()
            .into_par_iter()
            .map(|bucket| selection.gather(buckets, bucket))
            .collect::<io::Result<_>>()?;
        let news = walk.walk(&sorted);
        for (floor, cells) in floors.iter().zip(&mut top_cells) {
            for (bucket, (orders, news)) in range.clone().zip(sorted.iter().zip(&news)) {
                cells.extend(floor.top_cells(bucket, orders, news));
            }
        }
        bar.advance(sorted.iter().map(|orders| orders.words.len() as u64).sum());
        let portion = Portion { buckets: sorted, news };
        kept.push(portion.keep(spills && portions.len() > 1)?);
    }
    drop(walk);

    let mut builders: Vec<PyramidBuilder> = layers
        .iter()
        .map(|&(layer, _)| PyramidBuilder::new(layer, lines, buckets.level()))
        .collect();
    let mut shown: Vec<Vec<(usize, Range<usize>)>> =
        floors.iter().zip(&top_cells).map(|(floor, cells)| floor.shown_top_cells(cells)).collect();
    let mut orders = 0;
    for (range, portion) in portions.iter().zip(kept) {
        let portion = portion.take()?;
        orders += portion.buckets.iter().map(|bucket| bucket.words.len() as u64).sum::<u64>();
        let mut shown = floors.iter().zip(&mut shown);
        for (builder, (_, floor)) in builders.iter_mut().zip(layers) {
            let levels = floor
                .and_then(|_| shown.next())
                .map(|(floor, shown)| portion.shown_levels(*floor, range, shown));
            builder.add(&portion.counted(levels.as_deref()));
        }
    }
    let finish = |builder: PyramidBuilder| CountedLayer { pyramid: builder.finish(), orders };
    Ok(builders.into_iter().map(finish).collect())
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
    fn counted<'a>(&'a self, levels: Option<&'a [Vec<u8>]>) -> Vec<CountedOrders<'a>> {
        let buckets = self.buckets.iter().zip(&self.news).enumerate();
        buckets
            .map(|(index, (orders, news))| CountedOrders {
                words: &orders.words,
                news,
                shown_levels: levels.map(|levels| levels[index].as_slice()),
            })
            .collect()
    }

    /// How deep each order's cell is shown, bucket by bucket.
    fn shown_levels(
        &self,
        floor: Floor,
        range: &Range<usize>,
        shown: &[(usize, Range<usize>)],
    ) -> Vec<Vec<u8>> {
        let of_bucket = |bucket: usize| {
            let cells = shown.iter().filter(move |(at, _)| *at == bucket);
            cells.map(|(_, cell)| cell.clone())
        };
        let buckets = range.clone().into_par_iter().zip(&self.buckets).zip(&self.news);
        buckets
            .map(|((bucket, orders), news)| floor.shown_levels(orders, news, of_bucket(bucket)))
            .collect()
    }

    fn keep(self, on_disk: bool) -> io::Result<KeptPortion> {
        if !on_disk {
            return Ok(KeptPortion::Memory(self));
        }
        let file = tempfile::tempfile()?;
        let (mut at, mut lengths) = (0, Vec::new());
        for (orders, news) in self.buckets.iter().zip(&self.news) {
            let columns: [&[u8]; 3] =
                [bytemuck::cast_slice(&orders.words), bytemuck::cast_slice(&orders.users), news];
            for column in columns {
                file.write_all_at(column, at)?;
                at += column.len() as u64;
            }
            lengths.push(orders.words.len());
        }
        Ok(KeptPortion::File { file, lengths })
    }
}

impl KeptPortion {
    fn take(self) -> io::Result<Portion> {
        let (file, lengths) = match self {
            Self::Memory(portion) => return Ok(portion),
            Self::File { file, lengths } => (file, lengths),
        };
        let (mut at, mut portion) = (0, Portion { buckets: Vec::new(), news: Vec::new() });
        for length in lengths {
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
}
