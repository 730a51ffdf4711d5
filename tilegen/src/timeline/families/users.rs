//! Users of all lines and of each line, and their totals.

use super::family::{Family, LAYERS, RowSink};
use super::key_maker::KeyMaker;
use super::visits::{Event, Visit, for_each_event};
use crate::timeline::gather::TimelineOrder;
use crate::timeline::keys::{RowKey, TILE_BITS, count_users};

/// The family of users. Its layers are counted from the visits of each cell.
pub(in crate::timeline) struct Users;

/// The keys of what each layer counts in a month.
type MonthKeys = [Vec<u64>; LAYERS];

impl Family for Users {
    type Item = Visit;
    type Row = Visit;
    const LAYERS: [usize; LAYERS] = [2, 3, 4, 5];

    fn item(_: &KeyMaker<'_>, order: &TimelineOrder, cell: u32) -> Option<Visit> {
        Some(Visit::new(cell, order.user?, order.day, order.line))
    }

    fn rows(mut visits: Vec<Visit>) -> Vec<Visit> {
        visits.sort_unstable();
        visits.dedup();
        visits
    }

    fn count(
        maker: &KeyMaker<'_>,
        visits: &[Visit],
        needed: [bool; LAYERS],
        sink: &mut impl RowSink,
    ) {
        let mut months: Vec<MonthKeys> = Vec::new();
        months.resize_with(maker.months.list().len(), MonthKeys::default);
        for tile in visits.chunk_by(|a, b| a.cell() >> TILE_BITS == b.cell() >> TILE_BITS) {
            for visits in tile.chunk_by(|a, b| a.cell() == b.cell()) {
                add_cell(maker, visits, &mut months);
            }
            for keys in &mut months {
                for (layer, keys) in keys.iter_mut().enumerate() {
                    if needed[layer] && !keys.is_empty() {
                        sink.add(layer, count_users(keys));
                    }
                    keys.clear();
                }
            }
        }
    }
}

/// Adds the keys of a cell to those of lower cells.
fn add_cell(maker: &KeyMaker<'_>, visits: &[Visit], months: &mut [MonthKeys]) {
    let cell = visits[0].cell();
    let starts: Vec<[usize; LAYERS]> =
        months.iter().map(|keys| std::array::from_fn(|layer| keys[layer].len())).collect();
    for_each_event(visits, |Event { line, day, previous }| {
        let since = previous.map_or(0, |previous| day - previous);
        let key = maker.key(cell, day, line, since);
        let keys = &mut months[usize::from(key.month)];
        let first = if line.is_some() { 2 } else { 0 };
        keys[first].push(key.packed());
        let start = maker.month_start(day);
        if previous.is_none_or(|previous| previous < start) {
            let before = previous.map_or(0, |previous| start - previous);
            keys[first + 1].push(RowKey { day: 0, part: before, ..key }.packed());
        }
    });
    for (keys, starts) in months.iter_mut().zip(starts) {
        for (keys, start) in keys.iter_mut().zip(starts) {
            keys[start..].sort_unstable();
        }
    }
}
