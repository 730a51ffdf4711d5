//! Orders by day and by hour, and their totals.

use std::cmp::Ordering;

use tilecore::mvt::MAX_COUNTS;

use super::family::{Family, LAYERS, RowSink};
use super::key_maker::KeyMaker;
use super::zoom_out::CellRow;
use crate::timeline::gather::TimelineOrder;
use crate::timeline::keys::{
    Counted, RowKey, WITHOUT_DAY, WITHOUT_HOUR, add, compare_in_cell, count_orders, group,
    is_same_cell, is_same_parent, is_same_tile, parent,
};

/// Hours of a day.
const HOURS: usize = 24;

/// Hours of a week.
const WEEK: usize = 7 * HOURS;

/// The family of orders. All its layers are counted from orders by cell, line, day and hour.
pub(in crate::timeline) struct Orders;

impl CellRow for Counted {
    #[inline]
    fn is_same_cell(&self, other: &Self) -> bool {
        is_same_cell(self.0, other.0)
    }

    #[inline]
    fn is_same_parent(&self, other: &Self) -> bool {
        is_same_parent(self.0, other.0)
    }

    #[inline]
    fn order(&self, other: &Self) -> Ordering {
        compare_in_cell(self.0, other.0)
    }

    #[inline]
    fn add(&mut self, other: &Self) {
        add(&mut self.1, &other.1);
    }

    #[inline]
    fn move_to_parent(&mut self) {
        self.0 = parent(self.0);
    }
}

impl Family for Orders {
    /// The key of an order.
    type Item = u64;
    type Row = Counted;
    const LAYERS: [usize; LAYERS] = [0, 1, 6, 7];

    fn item(maker: &KeyMaker<'_>, order: &TimelineOrder, cell: u32) -> Option<u64> {
        let hour = u16::from(order.hour);
        Some(maker.key(cell, order.day, Some(order.line), hour).of_order(order.organic))
    }

    fn rows(mut keys: Vec<u64>) -> Vec<Counted> {
        keys.sort_unstable();
        count_orders(&keys).collect()
    }

    fn count(
        maker: &KeyMaker<'_>,
        rows: &[Counted],
        [days, totals, hours, week]: [bool; LAYERS],
        sink: &mut impl RowSink,
    ) {
        let mut by_day = Vec::new();
        for rows in rows.chunk_by(|a, b| is_same_tile(a.0, b.0)) {
            by_day.clear();
            by_day.extend(group(rows, WITHOUT_HOUR));
            if days {
                sink.add(0, by_day.iter().copied());
            }
            if totals {
                sink.add(1, group(&by_day, WITHOUT_DAY));
            }
            if hours {
                sink.add(2, rows.iter().copied());
            }
            if week {
                let lines = rows.chunk_by(|a, b| a.0 & WITHOUT_DAY == b.0 & WITHOUT_DAY);
                sink.add(3, lines.flat_map(|rows| count_week(maker, rows)));
            }
        }
    }
}

/// The orders of a cell and line in a month, by weekday and hour.
fn count_week(maker: &KeyMaker<'_>, rows: &[Counted]) -> impl Iterator<Item = Counted> + use<> {
    let line = RowKey::unpack(rows[0].0 & WITHOUT_DAY);
    let first = maker.months.first_weekday(line.month);
    let mut week = [[0; MAX_COUNTS]; WEEK];
    for (key, counts) in rows {
        let RowKey { day, part, .. } = RowKey::unpack(*key);
        let weekday = (first + day) % 7;
        add(&mut week[usize::from(weekday) * HOURS + usize::from(part)], counts);
    }
    (0u8..).zip(week).filter(|(_, counts)| counts[0] > 0).map(move |(slot, counts)| {
        let (day, part) = (slot / HOURS as u8, u16::from(slot % HOURS as u8));
        (RowKey { day, part, ..line }.packed(), counts)
    })
}
