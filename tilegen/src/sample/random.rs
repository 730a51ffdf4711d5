//! Seeded random numbers. Every stream is a pure function of its key, so a row, a user or a street is the
//! same on any thread and in any order.

use std::f64::consts::TAU;

use tilecore::hash::{SplitMix64, mix};

/// What the random numbers of a stream are used for. Different streams are independent.
#[derive(Clone, Copy, Debug)]
pub(super) enum Stream {
    HotSpots,
    Streets,
    Buildings,
    User,
    Address,
    Order,
    Flaw,
    Copy,
    Vendor,
    VendorTraits,
    Grade,
    Border,
    Neighbourhood,
    Target,
    Year,
}

/// A random number generator. Its output must never change, because documents and tests quote the
/// digests of the demo data.
#[derive(Clone, Debug)]
pub(super) struct Rng {
    generator: SplitMix64,
}

impl Rng {
    /// The generator of item `index` of a stream.
    pub(super) fn of(seed: u64, topic: Stream, index: u64) -> Self {
        Self { generator: SplitMix64::new(mix(mix(seed ^ mix(topic as u64 + 1)) ^ index)) }
    }

    pub(super) fn bits(&mut self) -> u64 {
        self.generator.next_u64()
    }

    /// Uniform in 0 ≤ x < 1.
    pub(super) fn unit(&mut self) -> f64 {
        self.generator.next_unit()
    }

    /// Uniform in `low` ≤ x < `high`.
    pub(super) fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.unit()
    }

    /// Uniform in 0..`count`.
    pub(super) fn below(&mut self, count: usize) -> usize {
        ((u128::from(self.bits()) * count as u128) >> 64) as usize
    }

    pub(super) fn chance(&mut self, share: f64) -> bool {
        self.unit() < share
    }

    pub(super) fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[self.below(items.len())]
    }

    /// An index with a probability proportional to its weight. For a few weights.
    pub(super) fn weighted(&mut self, weights: &[f64]) -> usize {
        let mut rest = self.unit() * weights.iter().sum::<f64>();
        for (index, weight) in weights.iter().enumerate() {
            rest -= weight;
            if rest < 0.0 {
                return index;
            }
        }
        weights.len() - 1
    }

    /// Two independent normally distributed values (Box–Muller transform).
    pub(super) fn normal_pair(&mut self) -> (f64, f64) {
        let radius = (-2.0 * (1.0 - self.unit()).ln()).sqrt();
        let angle = TAU * self.unit();
        (radius * angle.cos(), radius * angle.sin())
    }

    /// A Pareto distributed value of the given exponent, from 1 to at most `most`.
    pub(super) fn pareto(&mut self, exponent: f64, most: f64) -> f64 {
        (1.0 - self.unit()).powf(-1.0 / exponent).min(most)
    }
}

/// A table for drawing from many weights in constant time (alias method of Walker and Vose).
#[derive(Clone, Debug)]
pub(super) struct AliasTable {
    slots: Vec<(f32, u32)>,
}

impl AliasTable {
    pub(super) fn new(weights: &[f64]) -> Self {
        let mean = weights.iter().sum::<f64>() / weights.len() as f64;
        let mut filled: Vec<f64> = weights.iter().map(|weight| weight / mean).collect();
        let mut slots: Vec<(f32, u32)> = (0..weights.len()).map(|i| (1.0, i as u32)).collect();
        let (mut small, mut large): (Vec<usize>, Vec<usize>) =
            (0..weights.len()).partition(|&i| filled[i] < 1.0);
        while let (Some(low), Some(&high)) = (small.pop(), large.last()) {
            slots[low] = (filled[low] as f32, high as u32);
            filled[high] -= 1.0 - filled[low];
            if filled[high] < 1.0 {
                large.pop();
                small.push(high);
            }
        }
        Self { slots }
    }

    pub(super) fn draw(&self, rng: &mut Rng) -> usize {
        let slot = rng.below(self.slots.len());
        let (share, other) = self.slots[slot];
        if rng.unit() < f64::from(share) { slot } else { other as usize }
    }
}

/// Divides `total` into integers in proportion to `weights`. They add up to `total`.
pub(super) fn split(total: u64, weights: &[f64]) -> Vec<u64> {
    let sum: f64 = weights.iter().sum();
    let (mut reached, mut before) = (0.0, 0);
    weights
        .iter()
        .map(|weight| {
            reached += weight;
            let until = ((reached / sum * total as f64).round() as u64).clamp(before, total);
            let part = until - before;
            before = until;
            part
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_depends_only_on_its_key() {
        let first = |seed, topic, index| Rng::of(seed, topic, index).bits();
        assert_eq!(first(1, Stream::User, 7), first(1, Stream::User, 7));
        let others =
            [first(2, Stream::User, 7), first(1, Stream::Order, 7), first(1, Stream::User, 8)];
        assert!(others.iter().all(|&other| other != first(1, Stream::User, 7)));
    }

    #[test]
    fn an_alias_table_draws_in_proportion_to_its_weights() {
        let weights = [1.0, 5.0, 0.5, 3.5];
        let (alias, mut rng) = (AliasTable::new(&weights), Rng::of(3, Stream::Order, 0));
        let mut seen = [0_u32; 4];
        (0..100_000).for_each(|_| seen[alias.draw(&mut rng)] += 1);
        for (count, weight) in seen.iter().zip(weights) {
            let share = f64::from(*count) / 100_000.0;
            assert!((share - weight / 10.0).abs() < 0.01, "{share} for weight {weight}");
        }
    }

    #[test]
    fn a_split_keeps_the_total() {
        for (total, weights) in [(100, vec![1.0, 2.0, 4.0]), (0, vec![1.0]), (2, vec![1.0; 9])] {
            assert_eq!(split(total, &weights).iter().sum::<u64>(), total, "{weights:?}");
        }
    }
}
