//! Quantiles: the exact distribution of the cells of a zoom, for legends.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::density::order_group::Counts;

/// Probabilities of the published quantiles. They include the limits of the page's classes and the
/// 5th and 95th percentile of the heat view (requirements, Density).
pub const PROBABILITIES: [f64; 9] = [0.0, 0.05, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 1.0];

/// Values below this have a counter of their own.
const SMALL: usize = 512;

/// How often each value occurs.
#[derive(Clone, Debug)]
struct Histogram {
    small: Vec<u32>,
    large: BTreeMap<u32, u32>,
}

impl Histogram {
    fn new() -> Self {
        Self { small: vec![0; SMALL], large: BTreeMap::new() }
    }

    #[inline]
    fn add(&mut self, value: u32) {
        match self.small.get_mut(value as usize) {
            Some(count) => *count += 1,
            None => *self.large.entry(value).or_default() += 1,
        }
    }

    /// The sum of all values.
    fn sum(&self) -> u64 {
        self.nonzero().map(|(value, count)| u64::from(value) * count).sum()
    }

    fn merge(&mut self, other: &Self) {
        for (mine, theirs) in self.small.iter_mut().zip(&other.small) {
            *mine += theirs;
        }
        for (&value, &count) in &other.large {
            *self.large.entry(value).or_default() += count;
        }
    }

    /// Values above zero in ascending order, each with its count.
    fn nonzero(&self) -> impl Iterator<Item = (u32, u64)> {
        let small = self.small.iter().enumerate().skip(1);
        let small = small.map(|(value, &count)| (value as u32, u64::from(count)));
        let large = self.large.iter().map(|(&value, &count)| (value, u64::from(count)));
        small.chain(large).filter(|&(_, count)| count > 0)
    }

    /// For each probability `p`, the lowest value that at least a share of `p` of the values does
    /// not exceed (the inverse of the distribution function, type 1 of Hyndman and Fan).
    fn quantiles(&self) -> Option<[u32; PROBABILITIES.len()]> {
        let total: u64 = self.nonzero().map(|(_, count)| count).sum();
        if total == 0 {
            return None;
        }
        let rank = |p: f64| ((p * total as f64).ceil() as u64).clamp(1, total);
        let mut found = [0; PROBABILITIES.len()];
        let (mut values, mut seen, mut value) = (self.nonzero(), 0, 0);
        for (quantile, p) in found.iter_mut().zip(PROBABILITIES) {
            while seen < rank(p) {
                let Some((next, count)) = values.next() else { break };
                value = next;
                seen += count;
            }
            *quantile = value;
        }
        Some(found)
    }
}

/// Attributes with a legend, with their names for all lines together (`orders`) and for one (`l3`).
const LEGEND_ATTRIBUTES: [(&str, &str); 4] =
    [("orders", "l"), ("organic", "o"), ("nonorganic", "n"), ("users", "u")];

/// Statistics of the tiles of a zoom.
#[derive(Clone, Debug)]
pub(crate) struct ZoomStats {
    pub(crate) tiles: u64,
    pub(crate) cells: u64,
    pub(crate) orders: u64,
    pub(crate) organic: u64,
    pub(crate) unknown: u64,
    histograms: Vec<Histogram>,
}

impl ZoomStats {
    pub(crate) fn new(lines: usize) -> Self {
        let histograms = vec![Histogram::new(); LEGEND_ATTRIBUTES.len() * (lines + 1)];
        Self { tiles: 0, cells: 0, orders: 0, organic: 0, unknown: 0, histograms }
    }

    #[inline]
    pub(crate) fn add_total(&mut self, counts: &Counts) {
        self.cells += 1;
        self.orders += u64::from(counts.orders);
        self.organic += u64::from(counts.organic);
        self.unknown += u64::from(counts.unknown);
        self.add_counts(0, counts);
    }

    #[inline]
    pub(crate) fn add_line(&mut self, line: usize, counts: &Counts) {
        self.add_counts(LEGEND_ATTRIBUTES.len() * (line + 1), counts);
    }

    #[inline]
    fn add_counts(&mut self, first: usize, counts: &Counts) {
        let values = [counts.orders, counts.organic, counts.nonorganic(), counts.users];
        for (histogram, value) in self.histograms[first..].iter_mut().zip(values) {
            histogram.add(value);
        }
    }

    /// Whether a cell has orders of a line.
    pub(crate) fn has_line(&self, line: usize) -> bool {
        self.histograms[LEGEND_ATTRIBUTES.len() * (line + 1)].nonzero().next().is_some()
    }

    pub(crate) fn merge(&mut self, other: &Self) {
        self.tiles += other.tiles;
        self.cells += other.cells;
        self.orders += other.orders;
        self.organic += other.organic;
        self.unknown += other.unknown;
        for (mine, theirs) in self.histograms.iter_mut().zip(&other.histograms) {
            mine.merge(theirs);
        }
    }

    /// Number of cells, and the sums of the attributes of orders under their names in tiles. Zeros are left out.
    /// Users are not summed: a person who orders in two cells would count twice.
    pub(crate) fn totals(&self) -> Value {
        let mut totals = Map::from_iter([("cells".to_owned(), self.cells.into())]);
        let mut push = |name: String, total: u64| {
            if total > 0 {
                totals.insert(name, total.into());
            }
        };
        for (index, histograms) in self.histograms.chunks(LEGEND_ATTRIBUTES.len()).enumerate() {
            let [orders, organic, nonorganic, ..] = histograms else { continue };
            let [orders, organic, nonorganic] = [orders, organic, nonorganic].map(Histogram::sum);
            let name = |overall: &str, letter: char| match index {
                0 => overall.to_owned(),
                line => format!("{letter}{}", line - 1),
            };
            push(name("orders", 'l'), orders);
            push(name("organic", 'o'), organic);
            push(name("unknown", 'x'), orders - organic - nonorganic);
        }
        totals.into()
    }

    /// Quantiles of each attribute, over the cells where it is above zero.
    pub(crate) fn quantiles(&self) -> Value {
        let mut by_attribute = Map::new();
        for (index, histogram) in self.histograms.iter().enumerate() {
            let (overall, letter) = LEGEND_ATTRIBUTES[index % LEGEND_ATTRIBUTES.len()];
            let name = match index / LEGEND_ATTRIBUTES.len() {
                0 => overall.to_owned(),
                line => format!("{letter}{}", line - 1),
            };
            if let Some(quantiles) = histogram.quantiles() {
                by_attribute.insert(name, json!(quantiles));
            }
        }
        Value::Object(by_attribute)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn quantiles_match_the_sorted_list(
            mut values in proptest::collection::vec(1u32..2000, 1..400)
        ) {
            let mut parts = [Histogram::new(), Histogram::new()];
            for (index, &value) in values.iter().enumerate() {
                parts[index % 2].add(value);
            }
            let [mut all, other] = parts;
            all.merge(&other);
            values.sort_unstable();
            for (p, found) in PROBABILITIES.into_iter().zip(all.quantiles().unwrap()) {
                let rank = ((p * values.len() as f64).ceil() as usize).max(1);
                prop_assert_eq!(found, values[rank - 1], "at {}", p);
            }
        }
    }

    #[test]
    fn an_empty_histogram_has_no_quantiles() {
        let mut zeros = Histogram::new();
        zeros.add(0);
        assert_eq!(zeros.quantiles(), None);
    }
}
