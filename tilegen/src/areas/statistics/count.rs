//! Counts orders and distinct users of every area in several windows.
//!
//! Orders are partitioned by user, and each partition is sorted by user and counted separately. Each
//! count remembers the last user that it included, so no area needs a set of users. The counts of
//! partitions can be added because each user is in exactly one partition.

use std::io;
use std::ops::Range;

use rayon::prelude::*;
use serde::Serialize;
use tilecore::hash::fibonacci;

use crate::orders::order::PackedOrder;
use crate::orders::read::LoadedOrders;
use crate::orders::sort::spill::Segment;

/// Orders in a partition. A partition and its counts fit into the L2 cache.
const ORDERS_PER_PARTITION: usize = 1 << 14;

/// Maximum number of partitions.
const MAX_PARTITIONS: usize = 1 << 12;

/// Orders and distinct users. Orders of unknown users count as orders but not as users.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub(super) struct OrderStats {
    pub(super) orders: u64,
    pub(super) users: u64,
    pub(super) orders_by_line: Vec<u64>,
    pub(super) users_by_line: Vec<u64>,
}

/// Counts the orders of several windows in each area. Orders refer to areas by the number of an area
/// set.
pub(super) struct OrderCounter<'a> {
    pub(super) sets: &'a [Box<[u32]>],
    pub(super) areas: usize,
    pub(super) lines: usize,
    /// The oldest day of each window, in days before the newest day; the last window contains all orders.
    pub(super) windows: &'a [u16],
}

/// An order of a known user, packed so that it sorts by user.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Visit(u128);

impl Visit {
    const BYTES: u64 = size_of::<Self>() as u64;

    const fn new(user: u64, set: u32, line: u8, days_back: u16) -> Self {
        Self((user as u128) << 64 | (set as u128) << 32 | (line as u128) << 16 | days_back as u128)
    }

    const fn user(self) -> u64 {
        (self.0 >> 64) as u64
    }

    const fn set(self) -> u32 {
        (self.0 >> 32) as u32
    }

    const fn line(self) -> u8 {
        (self.0 >> 16) as u8
    }

    const fn days_back(self) -> u16 {
        self.0 as u16
    }
}

/// A count for each window, area and line, and one for all lines of each window and area.
struct CountTable {
    counts: Vec<u64>,
    areas: usize,
    columns: usize,
}

impl CountTable {
    fn new(counter: &OrderCounter<'_>) -> Self {
        let columns = counter.lines + 1;
        let counts = vec![0; counter.windows.len() * counter.areas * columns];
        Self { counts, areas: counter.areas, columns }
    }

    const fn row(&self, window: usize, area: usize) -> usize {
        (window * self.areas + area) * self.columns
    }

    fn add(mut self, other: &Self) -> Self {
        self.counts.iter_mut().zip(&other.counts).for_each(|(sum, count)| *sum += count);
        self
    }

    fn counts_of(&self, window: usize, area: usize) -> (u64, Vec<u64>) {
        let row = self.row(window, area);
        let lines = self.counts[row..row + self.columns - 1].to_vec();
        (self.counts[row + self.columns - 1], lines)
    }
}

impl OrderCounter<'_> {
    /// Counts all orders. Returns the statistics of each area by window, and the number of orders that
    /// lie in at least one area. Visits use about `memory_bytes` at most.
    pub(super) fn count(
        &self,
        read: &LoadedOrders,
        memory_bytes: u64,
    ) -> io::Result<(Vec<Vec<OrderStats>>, u64)> {
        let total = read.spill.len();
        let partitions =
            (total / ORDERS_PER_PARTITION).clamp(1, MAX_PARTITIONS).next_power_of_two();
        let passes = (total as u64 * Visit::BYTES).div_ceil(memory_bytes.max(1)).max(1);
        let partitions_per_pass =
            partitions.div_ceil(usize::try_from(passes).unwrap_or(partitions)).max(1);
        let (orders, inside) = self.count_orders(read)?;
        let mut users = CountTable::new(self);
        for first in (0..partitions).step_by(partitions_per_pass) {
            let pass = first..(first + partitions_per_pass).min(partitions);
            users = users.add(&self.count_users(read, partitions, pass)?);
        }
        let stats = (0..self.areas).map(|area| {
            let of_window = |window| {
                let (orders, orders_by_line) = orders.counts_of(window, area);
                let (users, users_by_line) = users.counts_of(window, area);
                OrderStats { orders, users, orders_by_line, users_by_line }
            };
            (0..self.windows.len()).map(of_window).collect()
        });
        Ok((stats.collect(), inside))
    }

    /// Counts orders by area, and the orders that lie in at least one area.
    fn count_orders(&self, read: &LoadedOrders) -> io::Result<(CountTable, u64)> {
        let none = || (CountTable::new(self), 0);
        let segments = read.spill.segments().par_iter().enumerate();
        segments
            .try_fold(none, |(mut table, mut inside), (index, segment)| {
                for_each_order(read, index, segment, |order, _, set| {
                    let areas = &self.sets[set as usize];
                    inside += u64::from(!areas.is_empty());
                    let line = usize::from(read.lines.index(order.line()));
                    for window in self.windows_including(order.days_back()) {
                        for &area in areas {
                            let row = table.row(window, area as usize);
                            table.counts[row + line] += 1;
                            table.counts[row + self.lines] += 1;
                        }
                    }
                })?;
                Ok((table, inside))
            })
            .try_reduce(none, |(table, inside), (more, more_inside)| {
                Ok((table.add(&more), inside + more_inside))
            })
    }

    /// Counts distinct users by area, of the users in a range of partitions.
    fn count_users(
        &self,
        read: &LoadedOrders,
        partitions: usize,
        pass: Range<usize>,
    ) -> io::Result<CountTable> {
        let segments = read.spill.segments().par_iter().enumerate();
        let split: Vec<Vec<Vec<Visit>>> = segments
            .map(|(index, segment)| {
                let mut split = vec![Vec::new(); pass.len()];
                for_each_order(read, index, segment, |order, user, set| {
                    let partition = partition_of(user, partitions);
                    if order.is_user_known() && pass.contains(&partition) && set != 0 {
                        let line = read.lines.index(order.line());
                        let visit = Visit::new(user, set, line, order.days_back());
                        split[partition - pass.start].push(visit);
                    }
                })?;
                Ok(split)
            })
            .collect::<io::Result<_>>()?;
        let counted = (0..pass.len()).into_par_iter().fold(
            || (CountTable::new(self), CountTable::new(self), 0),
            |(mut users, mut last, mut serial), partition| {
                let mut visits: Vec<Visit> =
                    split.iter().flat_map(|segment| &segment[partition]).copied().collect();
                visits.sort_unstable();
                visits.dedup();
                for visits in visits.chunk_by(|a, b| a.user() == b.user()) {
                    serial += 1;
                    self.count_user(visits, serial, &mut last, &mut users);
                }
                (users, last, serial)
            },
        );
        Ok(counted
            .map(|(users, ..)| users)
            .reduce(|| CountTable::new(self), |all, part| all.add(&part)))
    }

    /// Counts a user once in every window, area and line that they ordered in.
    fn count_user(
        &self,
        visits: &[Visit],
        serial: u64,
        last: &mut CountTable,
        users: &mut CountTable,
    ) {
        for visit in visits {
            for window in self.windows_including(visit.days_back()) {
                for &area in &self.sets[visit.set() as usize] {
                    let row = users.row(window, area as usize);
                    for column in [usize::from(visit.line()), self.lines] {
                        let last = &mut last.counts[row + column];
                        users.counts[row + column] += u64::from(*last != serial);
                        *last = serial;
                    }
                }
            }
        }
    }

    fn windows_including(&self, days_back: u16) -> impl Iterator<Item = usize> {
        let windows = self.windows.iter().enumerate();
        windows.filter(move |(_, max_days)| days_back <= **max_days).map(|(window, _)| window)
    }
}

/// Calls `on_order` with each order of a segment, except duplicates: the packed order, its user and its
/// area set.
fn for_each_order(
    read: &LoadedOrders,
    index: usize,
    segment: &Segment,
    mut on_order: impl FnMut(PackedOrder, u64, u32),
) -> io::Result<()> {
    let (mut packed, mut users, mut sets) = (Vec::new(), Vec::new(), Vec::new());
    for range in read.duplicates.ranges_without(index, 0..segment.len()) {
        read.spill.append_packed(segment, range.clone(), &mut packed)?;
        read.spill.append_users(segment, range.clone(), &mut users)?;
        read.spill.append_area_sets(segment, range, &mut sets)?;
    }
    for ((order, user), set) in packed.into_iter().zip(users).zip(sets) {
        on_order(PackedOrder(order), user, set);
    }
    Ok(())
}

/// The partition of a user.
const fn partition_of(user: u64, partitions: usize) -> usize {
    (fibonacci(user ^ user >> 32) >> 32) as usize & (partitions - 1)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn distinct_users_equal_the_size_of_a_set(
            visits in proptest::collection::vec((0u64..9, 1u32..4, 0u8..3, 0u16..60), 0..200)
        ) {
            let sets: [Box<[u32]>; 4] = [[].into(), [0].into(), [1, 2].into(), [0, 2].into()];
            let counter = OrderCounter { sets: &sets, areas: 3, lines: 3, windows: &[29, u16::MAX] };
            let mut sorted: Vec<_> = visits
                .iter()
                .map(|&(user, set, line, days)| Visit::new(user, set, line, days))
                .collect();
            sorted.sort_unstable();
            let (mut users, mut last) = (CountTable::new(&counter), CountTable::new(&counter));
            for (serial, visits) in (1..).zip(sorted.chunk_by(|a, b| a.user() == b.user())) {
                counter.count_user(visits, serial, &mut last, &mut users);
            }
            for (window, &most) in counter.windows.iter().enumerate() {
                for area in 0..3 {
                    let (all, by_line) = users.counts_of(window, area);
                    let here = |line: Option<u8>| {
                        let inside = visits.iter().filter(|&&(_, set, of, days)| {
                            days <= most
                                && sets[set as usize].contains(&(area as u32))
                                && line.is_none_or(|line| line == of)
                        });
                        inside.map(|(user, ..)| *user).collect::<BTreeSet<_>>().len() as u64
                    };
                    prop_assert_eq!(all, here(None));
                    prop_assert_eq!(by_line, (0..3).map(|line| here(Some(line))).collect::<Vec<_>>());
                }
            }
        }
    }
}
