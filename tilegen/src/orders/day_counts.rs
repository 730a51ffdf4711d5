//! Counts of rows by day and city, from which the guards check a build.

use std::collections::{BTreeMap, BTreeSet};

use tilecore::CellKey;
use tilecore::hash::fibonacci;

use crate::orders::calendar::Day;

/// Hours of a day.
pub const HOURS: usize = 24;

/// The rows of one day and city.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DayCount {
    /// Valid orders by hour, with duplicates.
    pub hours: [u64; HOURS],
    /// Valid orders without a user, with duplicates.
    pub without_user: u64,
    /// Rejected rows, without duplicates.
    pub rejected: u64,
    /// Orders whose id another order has.
    pub duplicates: u64,
}

impl DayCount {
    /// Orders that are counted.
    #[must_use]
    pub fn orders(&self) -> u64 {
        self.hours.iter().sum::<u64>() - self.duplicates
    }

    /// All rows.
    #[must_use]
    pub fn rows(&self) -> u64 {
        self.hours.iter().sum::<u64>() + self.rejected
    }

    fn merge(&mut self, other: &Self) {
        self.hours.iter_mut().zip(other.hours).for_each(|(sum, more)| *sum += more);
        self.without_user += other.without_user;
        self.rejected += other.rejected;
        self.duplicates += other.duplicates;
    }
}

/// The users and positions of the last day of a city: a sample of the users, and orders by the hash of their
/// position.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LastDay {
    users: BTreeSet<u64>,
    orders_of_users: u64,
    /// Orders in each bucket of positions; empty without orders.
    positions: Vec<u64>,
}

impl LastDay {
    /// Orders per user, if there are enough users.
    #[must_use]
    pub fn orders_per_user(&self) -> Option<f64> {
        (self.users.len() >= MIN_SAMPLED_USERS)
            .then(|| self.orders_of_users as f64 / self.users.len() as f64)
    }

    /// Share of the orders at the most common position, and of those that have the same hash.
    #[must_use]
    pub fn one_position_share(&self) -> Option<f64> {
        let all: u64 = self.positions.iter().sum();
        let most = self.positions.iter().max()?;
        Some(*most as f64 / all.max(1) as f64)
    }

    #[inline]
    fn add(&mut self, position: CellKey, user: Option<u64>) {
        if self.positions.is_empty() {
            self.positions = vec![0; 1 << POSITION_BITS];
        }
        self.positions[(fibonacci(position.0) >> (u64::BITS - POSITION_BITS)) as usize] += 1;
        if let Some(user) = user
            && fibonacci(user).leading_zeros() >= SAMPLED_LEADING_ZEROS
        {
            self.users.insert(user);
            self.orders_of_users += 1;
        }
    }

    fn merge(&mut self, other: &Self) {
        self.users.extend(&other.users);
        self.orders_of_users += other.orders_of_users;
        if self.positions.len() < other.positions.len() {
            self.positions.resize(other.positions.len(), 0);
        }
        self.positions.iter_mut().zip(&other.positions).for_each(|(sum, more)| *sum += more);
    }
}

/// Bits of the hash of a position: the buckets of a city take 8 KB.
const POSITION_BITS: u32 = 10;

/// Users whose hash has this many leading zeros are sampled, which is one in 16: enough for a mean, and little
/// memory for any number of orders.
const SAMPLED_LEADING_ZEROS: u32 = 4;

/// Users below which a mean is too uncertain.
const MIN_SAMPLED_USERS: usize = 50;

/// The rows of a build by day and by the id of the city; `None` is an unknown city.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DayCounts {
    counts: BTreeMap<(Day, Option<i64>), DayCount>,
    /// Users and positions of the last day of the range, by city.
    last_day: BTreeMap<i64, LastDay>,
    /// Valid orders by the code of their line, with duplicates.
    pub(crate) by_line: Vec<u64>,
}

impl DayCounts {
    /// The counts, by day and city.
    pub fn iter(&self) -> impl Iterator<Item = (Day, Option<i64>, &DayCount)> {
        self.counts.iter().map(|(&(day, city), count)| (day, city, count))
    }

    /// Users and positions of the last day, by city.
    #[must_use]
    pub const fn last_day(&self) -> &BTreeMap<i64, LastDay> {
        &self.last_day
    }

    /// Adds the counts of another part.
    pub fn merge(&mut self, other: &Self) {
        for (key, count) in &other.counts {
            self.counts.entry(*key).or_default().merge(count);
        }
        for (city, other) in &other.last_day {
            self.last_day.entry(*city).or_default().merge(other);
        }
        if self.by_line.len() < other.by_line.len() {
            self.by_line.resize(other.by_line.len(), 0);
        }
        self.by_line.iter_mut().zip(&other.by_line).for_each(|(sum, more)| *sum += more);
    }

    /// Counts an order as a duplicate.
    pub(crate) fn add_duplicate(&mut self, day: Day, city: i64) {
        self.counts.entry((day, Some(city))).or_default().duplicates += 1;
    }
}

/// Counts the rows of a row group. A table has one slot for each day and city.
pub(crate) struct DayTally {
    last: Day,
    /// Ids of the cities by number.
    cities: Vec<i64>,
    /// Number of each slot's count, from 1; 0 without one. By city, then by days back from the last day.
    slots: Vec<u32>,
    days: usize,
    counts: Vec<((Day, Option<i64>), DayCount)>,
    last_day: Vec<LastDay>,
    by_line: Vec<u64>,
}

impl DayTally {
    pub(crate) fn new(cities: Vec<i64>, last: Day, days: usize) -> Self {
        Self {
            last,
            slots: vec![0; (cities.len() + 1) * days],
            last_day: vec![LastDay::default(); cities.len()],
            cities,
            days,
            counts: Vec::new(),
            by_line: vec![0; 256],
        }
    }

    /// The count of a day and of the city with a number, or of an unknown city.
    #[inline]
    fn count(&mut self, days_back: u16, city: Option<usize>) -> &mut DayCount {
        let slot = city.unwrap_or(self.cities.len()) * self.days + usize::from(days_back);
        if self.slots[slot] == 0 {
            let day = Day(self.last.0 - i32::from(days_back));
            self.counts.push(((day, city.map(|city| self.cities[city])), DayCount::default()));
            self.slots[slot] = u32::try_from(self.counts.len()).unwrap_or(u32::MAX);
        }
        &mut self.counts[self.slots[slot] as usize - 1].1
    }

    #[inline]
    pub(crate) fn add_order(
        &mut self,
        days_back: u16,
        city: usize,
        hour: u8,
        line: u8,
        user: Option<u64>,
        position: CellKey,
    ) {
        let count = self.count(days_back, Some(city));
        count.hours[usize::from(hour)] += 1;
        count.without_user += u64::from(user.is_none());
        self.by_line[usize::from(line)] += 1;
        if days_back == 0 {
            self.last_day[city].add(position, user);
        }
    }

    #[inline]
    pub(crate) fn add_reject(&mut self, days_back: u16, city: Option<usize>) {
        self.count(days_back, city).rejected += 1;
    }

    pub(crate) fn finish(self) -> DayCounts {
        let last_day = self.cities.into_iter().zip(self.last_day);
        DayCounts {
            counts: self.counts.into_iter().collect(),
            last_day: last_day.filter(|(_, day)| !day.positions.is_empty()).collect(),
            by_line: self.by_line,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn orders_are_counted_by_day_city_and_hour() {
        let mut tally = DayTally::new(vec![2, 5], Day(100), 30);
        tally.add_order(0, 0, 12, 0, Some(7), CellKey(7));
        tally.add_order(0, 0, 12, 0, None, CellKey(7));
        tally.add_order(29, 1, 23, 1, Some(7), CellKey(7));
        tally.add_reject(0, Some(0));
        tally.add_reject(0, None);
        let mut counts = tally.finish();
        counts.merge(&counts.clone());
        counts.add_duplicate(Day(100), 2);
        let found: Vec<_> = counts
            .iter()
            .map(|(day, city, count)| {
                (day.0, city, count.orders(), count.rows(), count.without_user)
            })
            .collect();
        assert_eq!(found, [(71, Some(5), 2, 2, 0), (100, None, 0, 2, 0), (100, Some(2), 3, 6, 2)]);
        assert_eq!(counts.by_line[..2], [4, 2]);
    }

    #[test]
    fn orders_per_user_are_estimated_from_a_sample() {
        let mut tally = DayTally::new(vec![2], Day(100), 1);
        for order in 0..9_000 {
            tally.add_order(0, 0, 12, 0, Some(order / 3), CellKey(7));
        }
        let last_day = &tally.finish().last_day[&2];
        assert_eq!(last_day.orders_per_user(), Some(3.0));
        assert_eq!(LastDay::default().orders_per_user(), None);
    }

    #[test]
    fn the_share_of_the_most_common_position_is_the_same_in_any_order() {
        let orders: Vec<u64> = (0..1000).map(|n| if n % 4 == 0 { 5 } else { 1000 + n }).collect();
        let counts = |parts: Vec<&[u64]>| {
            let mut all = DayCounts::default();
            for part in parts {
                let mut tally = DayTally::new(vec![2], Day(100), 2);
                for &key in part {
                    tally.add_order(0, 0, 12, 0, None, CellKey(key));
                    tally.add_order(1, 0, 12, 0, None, CellKey(5));
                }
                all.merge(&tally.finish());
            }
            all.last_day[&2].one_position_share()
        };
        let (left, right) = orders.split_at(300);
        let share = counts(vec![left, right]);
        assert_eq!(share, counts(vec![right, left]));
        let share = share.unwrap();
        assert!((0.25..0.27).contains(&share), "{share}");
        assert_eq!(LastDay::default().one_position_share(), None);
    }
}
