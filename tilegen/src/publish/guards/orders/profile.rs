//! The hours of a normal day, and how a day differs from it.

use super::days::CityDay;
use crate::orders::day_counts::HOURS;

/// Share of a normal day's orders in each hour.
#[derive(Clone, Copy, Debug)]
pub(super) struct Profile(pub(super) [f64; HOURS]);

/// Orders that an hour must be expected to have before it counts as empty: with 8 expected orders, an hour
/// is empty by chance in 1 of 3,000 cases.
const HOUR_MIN_ORDERS: f64 = 8.0;

/// Hours that must be expected to have orders before a day can be called filled.
const FILLED_MIN_HOURS: usize = 6;

/// Share of the orders that an hour should have, below which it counts as missing: a single late order does
/// not make a day complete.
const HOUR_MIN_SHARE: f64 = 0.1;

/// Least share of orders in unusual hours for which a shift is looked for, and the share of it that may remain
/// after the shift.
const SHIFT_MIN: f64 = 0.15;
const SHIFT_REMAINS: f64 = 0.5;

impl Profile {
    /// The profile of a day whose times are later by some half hours, and wrap around midnight.
    fn later_by(self, half_hours: usize) -> Self {
        let (hours, is_half) = (half_hours / 2, half_hours % 2 == 1);
        let at = |hour: usize, back: usize| self.0[(hour + 2 * HOURS - hours - back) % HOURS];
        Self(std::array::from_fn(|hour| {
            if is_half { f64::midpoint(at(hour, 0), at(hour, 1)) } else { at(hour, 0) }
        }))
    }

    /// Hours that a day with this number of orders should not have without any.
    fn expected_hours(&self, orders: f64) -> [bool; HOURS] {
        self.0.map(|share| share * orders >= HOUR_MIN_ORDERS)
    }

    /// Whether a day with this number of orders has enough in each hour to say whether it is filled.
    pub(super) fn can_check(&self, orders: f64) -> bool {
        let expected = self.expected_hours(orders);
        expected.iter().filter(|&&expected| expected).count() >= FILLED_MIN_HOURS
    }
}

impl CityDay {
    /// Which hours have about the orders that they should have.
    fn present_hours(&self, profile: &Profile) -> [bool; HOURS] {
        let hours = self.hours.unwrap_or_default();
        let all = hours.iter().sum::<u64>() as f64;
        std::array::from_fn(|hour| {
            let orders = hours[hour];
            orders > 0 && orders as f64 >= HOUR_MIN_SHARE * profile.0[hour] * all
        })
    }

    /// The share of a normal day that comes after the last hour of this one.
    pub(super) fn tail(&self, profile: &Profile) -> f64 {
        let present = self.present_hours(profile);
        let after = present.iter().rposition(|&present| present).map_or(0, |last| last + 1);
        profile.0[after..].iter().sum()
    }

    /// The share of a normal day that comes before the first hour of this one.
    pub(super) fn head(&self, profile: &Profile) -> f64 {
        let present = self.present_hours(profile);
        let first = present.iter().position(|&present| present).unwrap_or(HOURS);
        profile.0[..first].iter().sum()
    }

    /// The share of a normal day in the hours that this one does not have, although it should.
    pub(super) fn missing(&self, profile: &Profile) -> f64 {
        let expected = profile.expected_hours(self.orders as f64);
        let hours = self.present_hours(profile).into_iter().zip(expected).zip(profile.0);
        hours
            .filter(|((is_present, is_expected), _)| *is_expected && !is_present)
            .map(|(_, share)| share)
            .sum()
    }

    /// Whether hours with this share of a normal day cannot be without orders by chance, at the level of this
    /// day.
    pub(super) fn would_have(&self, share: f64) -> bool {
        self.orders as f64 * share >= HOUR_MIN_ORDERS * (1.0 - share)
    }

    /// Whether every hour has orders that should have some.
    pub(super) fn has_all_hours(&self, profile: &Profile) -> bool {
        let hours = self.hours.unwrap_or_default();
        let orders = self.orders as f64;
        let expected = profile.expected_hours(orders);
        profile.can_check(orders)
            && expected.iter().zip(hours).all(|(&expected, orders)| !expected || orders > 0)
    }

    /// The share of the orders that would have to move to other hours to give a normal day.
    pub(super) fn hours_shift(&self, profile: &Profile) -> f64 {
        let hours = self.hours.unwrap_or_default();
        // Duplicates are in the hours, but not among the orders.
        let all = hours.iter().sum::<u64>().max(1) as f64;
        let excess = |(orders, share): (u64, f64)| (orders as f64 / all - share).max(0.0);
        hours.into_iter().zip(profile.0).map(excess).sum()
    }

    /// By how many hours all times seem to be late, or early if it is negative.
    pub(super) fn hours_late(&self, profile: &Profile) -> Option<f64> {
        let unshifted = self.hours_shift(profile);
        let shifts = 1..2 * HOURS;
        let remaining = shifts.map(|shift| (shift, self.hours_shift(&profile.later_by(shift))));
        let (shift, remains) = remaining.min_by(|a, b| a.1.total_cmp(&b.1))?;
        let late = shift as f64 / 2.0;
        let late = if late > HOURS as f64 / 2.0 { late - HOURS as f64 } else { late };
        (unshifted > SHIFT_MIN && remains < SHIFT_REMAINS * unshifted).then_some(late)
    }
}
