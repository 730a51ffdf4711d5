//! OrderCounter: orders and distinct users of every area in several windows, counted user by user.
//!
//! Orders are shared out by user into parts that are sorted and walked by themselves. Somebody is
//! new to an area if the last one who was counted there is somebody else, so that no area needs a
//! list of its own. What parts find adds up, because nobody is in two of them.

use std::io;
use std::ops::Range;

use rayon::prelude::*;
use serde::Serialize;

use crate::orders::order::PackedOrder;
use crate::orders::read::LoadedOrders;
use crate::orders::sort::spill::Segment;

/// Orders of a part: a part and what is counted in it stay inside the second-level cache.
const ORDERS_PER_PARTITION: usize = 1 << 14;

/// Most parts.
const MAX_PARTITIONS: usize = 1 << 12;

/// Orders and the people who placed them. Somebody unknown is counted among no users.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub(super) struct OrderStats {
    pub(super) orders: u64,
    pub(super) users: u64,
    pub(super) orders_by_line: Vec<u64>,
    pub(super) users_by_line: Vec<u64>,
}

/// What to count: orders at most so many days back, in areas that sets name by number.
pub(super) struct OrderCounter<'a> {
    pub(super) sets: &'a [Box<[u32]>],
    pub(super) areas: usize,
    pub(super) lines: usize,
    /// Most days back, of each window; the last one holds all orders.
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

/// A number for each (window, area, line) and, behind the lines, for each (window, area).
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
    /// Counts everything that was read: for each area its statistics by window, and the orders that
    /// lie in some area. Visits take at most about so many bytes at a time.
    pub(super) fn count(
        &self,
        read: &LoadedOrders,
        memory_bytes: u64,
    ) -> io::Result<(Vec<Vec<OrderStats>>, u64)> {
        let total = read.spill.len();
        let partitions = (total / ORDERS_PER_PARTITION).clamp(1, MAX_PARTITIONS).next_power_of_two();
        let passes = (total as u64 * Visit::BYTES).div_ceil(memory_bytes.max(1)).max(1);
        let partitions_per_pass = partitions.div_ceil(usize::try_from(passes).unwrap_or(partitions)).max(1);
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

    /// Orders by area, and those that lie in some area.
    fn count_orders(&self, read: &LoadedOrders) -> io::Result<(CountTable, u64)> {
        let none = || (CountTable::new(self), 0);
        let runs = read.spill.segments().par_iter().enumerate();
        runs.try_fold(none, |(mut table, mut inside), (index, run)| {
            for_each_order(read, index, run, |word, _, set| {
                let areas = &self.sets[set as usize];
                inside += u64::from(!areas.is_empty());
                let line = usize::from(read.lines.index(word.line()));
                for window in self.windows_including(word.days_back()) {
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

    /// Distinct users by area, of those users who fall into some of all parts.
    fn count_users(
        &self,
        read: &LoadedOrders,
        partitions: usize,
        pass: Range<usize>,
    ) -> io::Result<CountTable> {
        let runs = read.spill.segments().par_iter().enumerate();
        let split: Vec<Vec<Vec<Visit>>> = runs
            .map(|(index, run)| {
                let mut split = vec![Vec::new(); pass.len()];
                for_each_order(read, index, run, |word, user, set| {
                    let partition = partition_of(user, partitions);
                    if word.is_user_known() && pass.contains(&partition) && set != 0 {
                        let line = read.lines.index(word.line());
                        let visit = Visit::new(user, set, line, word.days_back());
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
                    split.iter().flat_map(|run| &run[partition]).copied().collect();
                visits.sort_unstable();
                visits.dedup();
                for visits in visits.chunk_by(|a, b| a.user() == b.user()) {
                    serial += 1;
                    self.count_user(visits, serial, &mut last, &mut users);
                }
                (users, last, serial)
            },
        );
        Ok(counted.map(|(users, ..)| users).reduce(|| CountTable::new(self), |all, part| all.add(&part)))
    }

    /// Counts somebody, who goes by a serial number, once in everything visited.
    fn count_user(&self, visits: &[Visit], serial: u64, last: &mut CountTable, users: &mut CountTable) {
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
        windows.filter(move |(_, most)| days_back <= **most).map(|(window, _)| window)
    }
}

/// Hands out the orders of a run that repeat no other one: word, user and set of areas.
fn for_each_order(
    read: &LoadedOrders,
    index: usize,
    run: &Segment,
    mut on_order: impl FnMut(PackedOrder, u64, u32),
) -> io::Result<()> {
    let (mut words, mut users, mut sets) = (Vec::new(), Vec::new(), Vec::new());
    for range in read.duplicates.ranges_without(index, 0..run.len()) {
        read.spill.append_packed(run, range.clone(), &mut words)?;
        read.spill.append_users(run, range.clone(), &mut users)?;
        read.spill.append_area_sets(run, range, &mut sets)?;
    }
    for ((word, user), set) in words.into_iter().zip(users).zip(sets) {
        on_order(PackedOrder(word), user, set);
    }
    Ok(())
}

/// Fibonacci hashing: 2^64 divided by the golden ratio (Knuth, volume 3, section 6.4).
const fn partition_of(user: u64, partitions: usize) -> usize {
    ((user ^ user >> 32).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32) as usize & (partitions - 1)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn users_are_those_of_a_set(
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
