//! Portions: partitions that are counted together, and a queue of portions between two passes.

use std::collections::VecDeque;
use std::fs::File;
use std::io;
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::path::Path;

use rayon::prelude::*;

use crate::density::floor::{Floor, ShownLevels};
use crate::density::pyramid::CountedPartition;
use crate::orders::sort::partition::Partitions;
use crate::orders::sort::radix::{Selection, SortedOrders};

/// Partitions that are counted together: their orders, and the first-seen levels of each order.
pub(super) struct Portion {
    pub(super) partitions: Vec<SortedOrders>,
    pub(super) first_seen: Vec<Vec<u8>>,
}

/// Ranges of partitions that have at most `max_orders` orders each, or consist of one partition.
pub(super) fn portion_ranges(
    selection: &Selection<'_>,
    partitions: &Partitions,
    max_orders: usize,
) -> Vec<Range<usize>> {
    let segments = selection.spill.segments();
    let orders_in = |partition| segments.iter().map(|one| one.partition(partition).len()).sum();
    let (mut ranges, mut start, mut orders) = (Vec::new(), 0, 0usize);
    for partition in 0..partitions.len() {
        let more: usize = orders_in(partition);
        if orders + more > max_orders && partition > start {
            ranges.push(start..partition);
            (start, orders) = (partition, 0);
        }
        orders += more;
    }
    ranges.push(start..partitions.len());
    ranges
}

impl Portion {
    pub(super) fn orders(&self) -> u64 {
        self.partitions.iter().map(|orders| orders.packed.len() as u64).sum()
    }

    pub(super) fn counted<'a>(
        &'a self,
        levels: Option<&'a [ShownLevels]>,
    ) -> Vec<CountedPartition<'a>> {
        let partitions = self.partitions.iter().zip(&self.first_seen).enumerate();
        partitions
            .map(|(index, (orders, first_seen))| CountedPartition {
                packed: &orders.packed,
                first_seen,
                shown_levels: levels.map(|levels| &levels[index]),
            })
            .collect()
    }

    /// The deepest levels at which the cell of each order is shown, by partition. `shown` lists the
    /// shown top cells as ranges by partition.
    pub(super) fn shown_levels(
        &self,
        floor: Floor,
        range: &Range<usize>,
        shown: &[(usize, Range<usize>)],
    ) -> Vec<ShownLevels> {
        let top_cells_of = |partition: usize| {
            let cells = shown.iter().filter(move |(at, _)| *at == partition);
            cells.map(|(_, cell)| cell.clone())
        };
        let partitions = range.clone().into_par_iter().zip(&self.partitions).zip(&self.first_seen);
        partitions
            .map(|((partition, orders), first_seen)| {
                floor.shown_levels(orders, first_seen, top_cells_of(partition))
            })
            .collect()
    }
}

/// Portions between two passes, in memory or one after the other in a temporary file.
pub(super) struct PortionQueue {
    file: Option<File>,
    end: u64,
    portions: VecDeque<QueuedPortion>,
}

enum QueuedPortion {
    Memory(Portion),
    File { offset: u64, lengths: Vec<usize> },
}

impl PortionQueue {
    /// A queue in a temporary file in `folder`, or in memory without one.
    pub(super) fn new(folder: Option<&Path>) -> io::Result<Self> {
        let file = folder.map(tempfile::tempfile_in).transpose()?;
        Ok(Self { file, end: 0, portions: VecDeque::new() })
    }

    pub(super) fn push(&mut self, portion: Portion) -> io::Result<()> {
        let Some(file) = &self.file else {
            self.portions.push_back(QueuedPortion::Memory(portion));
            return Ok(());
        };
        let (offset, mut lengths) = (self.end, Vec::with_capacity(portion.partitions.len()));
        for (orders, first_seen) in portion.partitions.iter().zip(&portion.first_seen) {
            let columns: [&[u8]; 3] = [
                bytemuck::cast_slice(&orders.packed),
                bytemuck::cast_slice(&orders.users),
                first_seen,
            ];
            for column in columns {
                file.write_all_at(column, self.end)?;
                self.end += column.len() as u64;
            }
            lengths.push(orders.packed.len());
        }
        self.portions.push_back(QueuedPortion::File { offset, lengths });
        Ok(())
    }

    /// Removes and returns the oldest portion.
    pub(super) fn pop(&mut self) -> io::Result<Option<Portion>> {
        match (self.portions.pop_front(), &self.file) {
            (Some(QueuedPortion::Memory(portion)), _) => Ok(Some(portion)),
            (Some(QueuedPortion::File { offset, lengths }), Some(file)) => {
                read_portion(file, offset, &lengths).map(Some)
            }
            _ => Ok(None),
        }
    }
}

fn read_portion(file: &File, mut offset: u64, lengths: &[usize]) -> io::Result<Portion> {
    let mut portion = Portion { partitions: Vec::new(), first_seen: Vec::new() };
    for &length in lengths {
        let mut orders = SortedOrders { packed: vec![0; length], users: vec![0; length] };
        let mut first_seen = vec![0; length];
        let columns: [&mut [u8]; 3] = [
            bytemuck::cast_slice_mut(&mut orders.packed),
            bytemuck::cast_slice_mut(&mut orders.users),
            &mut first_seen,
        ];
        for column in columns {
            file.read_exact_at(column, offset)?;
            offset += column.len() as u64;
        }
        portion.partitions.push(orders);
        portion.first_seen.push(first_seen);
    }
    Ok(portion)
}
