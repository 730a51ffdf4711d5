//! Families: the layers that are counted together, because they need the same orders in the same order.

use std::io;

use rayon::prelude::*;

use super::gather::{Gather, TimelineOrder};
use super::keys::RowKey;
use super::months::Months;
use super::visits::{Event, Visit, for_each_event, sort};
use crate::orders::lines::{LineCode, MAX_LINES};
use crate::orders::order::Organic;
use crate::orders::sort::partition::Partitions;

/// Layers of a family.
pub(super) const LAYERS: usize = 4;

/// Keys of what each layer of a family counts.
pub(super) type LayerKeys = [Vec<u64>; LAYERS];

/// The lines that occur in each month.
pub(super) struct MonthLines {
    names: Vec<Vec<String>>,
    /// For each month, the index of each line among those of the month.
    indices: Vec<[LineCode; MAX_LINES]>,
}

impl MonthLines {
    /// Finds the lines of all orders.
    pub(super) fn find(
        gather: &Gather<'_>,
        partitions: &Partitions,
        months: &Months,
    ) -> io::Result<Self> {
        let none = || vec![[false; MAX_LINES]; months.list().len()];
        let occurs = (0..partitions.len()).into_par_iter().map(|partition| {
            let mut occurs = none();
            gather.for_each(partition, |order| {
                let month = months.of_day(order.day).month;
                occurs[usize::from(month)][usize::from(order.line)] = true;
            })?;
            Ok::<_, io::Error>(occurs)
        });
        let either = |mut all: Vec<[bool; MAX_LINES]>, more: Vec<[bool; MAX_LINES]>| {
            let flags = all.iter_mut().flatten().zip(more.into_iter().flatten());
            flags.for_each(|(all, more)| *all |= more);
            Ok::<_, io::Error>(all)
        };
        let occurs = occurs.try_reduce(none, either)?;
        Ok(Self::new(gather.read.lines.names(), &occurs))
    }

    fn new(names: &[String], occurs: &[[bool; MAX_LINES]]) -> Self {
        let mut lines = Self { names: Vec::new(), indices: Vec::new() };
        for occurs in occurs {
            let mut indices = [0; MAX_LINES];
            let mut own = Vec::new();
            for (line, name) in names.iter().enumerate().filter(|(line, _)| occurs[*line]) {
                indices[line] = own.len() as LineCode;
                own.push(name.clone());
            }
            lines.names.push(own);
            lines.indices.push(indices);
        }
        lines
    }

    /// The names of the lines of a month, in index order.
    pub(super) fn names(&self, month: usize) -> &[String] {
        &self.names[month]
    }
}

/// The values from which the keys of all layers are computed.
pub(super) struct KeyMaker<'a> {
    pub(super) months: &'a Months,
    pub(super) lines: &'a MonthLines,
}

impl KeyMaker<'_> {
    /// The key of a day and a line.
    #[inline]
    fn key(&self, cell: u16, day: u16, line: Option<LineCode>, part: u16) -> RowKey {
        let place = self.months.of_day(day);
        let indices = &self.lines.indices[usize::from(place.month)];
        let line = line.map_or(0, |line| indices[usize::from(line)]);
        RowKey { month: place.month, cell, line, day: place.day, part }
    }

    /// The first day of the month of a day.
    #[inline]
    fn month_start(&self, day: u16) -> u16 {
        day - u16::from(self.months.of_day(day).day)
    }
}

/// Numbers places: the cells of a level inside their tile, or places that have numbers.
#[derive(Clone, Copy)]
pub(super) struct PlaceNumbers {
    /// Bits of a place below its number.
    pub(super) shift: u32,
    /// Bits of the number.
    pub(super) mask: u64,
}

impl PlaceNumbers {
    #[inline]
    pub(super) const fn number(self, place: u64) -> u16 {
        (place >> self.shift & self.mask) as u16
    }
}

/// A family of layers.
pub(super) trait Family: Sync {
    /// What is counted.
    type Item: Copy + Send;
    /// Its layers, as indices into `TIMELINE_LAYERS`.
    const LAYERS: [usize; LAYERS];

    /// What is counted of an order in a place.
    fn item(order: &TimelineOrder, place: u64) -> Option<Self::Item>;
    /// The place of an item.
    fn place(item: &Self::Item) -> u64;
    /// The sorted keys of items, which are grouped by place. May reorder the items of a place.
    fn keys(maker: &KeyMaker<'_>, numbers: PlaceNumbers, items: &mut [Self::Item]) -> LayerKeys;
}

/// Orders by day and by hour, and their totals.
pub(super) struct Orders;

/// What is counted of an order.
#[derive(Clone, Copy)]
pub(super) struct OrderItem {
    place: u64,
    day: u16,
    hour: u8,
    line: LineCode,
    organic: Organic,
}

impl Family for Orders {
    type Item = OrderItem;
    const LAYERS: [usize; LAYERS] = [0, 1, 6, 7];

    fn item(order: &TimelineOrder, place: u64) -> Option<OrderItem> {
        let TimelineOrder { day, hour, line, organic, .. } = *order;
        Some(OrderItem { place, day, hour, line, organic })
    }

    fn place(item: &OrderItem) -> u64 {
        item.place
    }

    fn keys(maker: &KeyMaker<'_>, numbers: PlaceNumbers, items: &mut [OrderItem]) -> LayerKeys {
        let mut keys: LayerKeys = std::array::from_fn(|_| Vec::with_capacity(items.len()));
        for item in &*items {
            let hour = u16::from(item.hour);
            let key = maker.key(numbers.number(item.place), item.day, Some(item.line), hour);
            let weekday = maker.months.of_day(item.day).weekday;
            let by_day = RowKey { part: 0, ..key };
            let of = |key: RowKey| key.of_order(item.organic);
            keys[0].push(of(by_day));
            keys[1].push(of(RowKey { day: 0, ..by_day }));
            keys[2].push(of(key));
            keys[3].push(of(RowKey { day: weekday, ..key }));
        }
        for keys in &mut keys {
            keys.sort_unstable();
        }
        keys
    }
}

/// Users of all lines and of each line, and their totals.
pub(super) struct Users;

impl Family for Users {
    type Item = Visit;
    const LAYERS: [usize; LAYERS] = [2, 3, 4, 5];

    fn item(order: &TimelineOrder, place: u64) -> Option<Visit> {
        let user = order.user?;
        Some(Visit { place, user, day: order.day, line: order.line })
    }

    fn place(item: &Visit) -> u64 {
        item.place
    }

    fn keys(maker: &KeyMaker<'_>, numbers: PlaceNumbers, items: &mut [Visit]) -> LayerKeys {
        let mut keys: LayerKeys = Default::default();
        let is_same = |a: &Visit, b: &Visit| a.place >> numbers.shift == b.place >> numbers.shift;
        for visits in items.chunk_by_mut(is_same) {
            sort(visits);
            let cell = numbers.number(visits[0].place);
            for_each_event(visits, |Event { line, day, previous }| {
                let of = |part| maker.key(cell, day, line, part);
                let first = if line.is_some() { 2 } else { 0 };
                let since = previous.map_or(0, |previous| day - previous);
                keys[first].push(of(since).packed());
                let start = maker.month_start(day);
                if previous.is_none_or(|previous| previous < start) {
                    let before = previous.map_or(0, |previous| start - previous);
                    keys[first + 1].push(RowKey { day: 0, ..of(before) }.packed());
                }
            });
        }
        for keys in &mut keys {
            keys.sort_unstable();
        }
        keys
    }
}
