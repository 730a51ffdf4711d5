//! A sample of the vendors of a snapshot, and which of them have a grade, so that the share of graded
//! vendors is compared among vendors that were known before.

use std::collections::{BTreeMap, BTreeSet};

use jiff::ToSpan;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use tilecore::hash::mix;

/// Days for which a snapshot is compared with the highest counts, so that many small losses add up.
const RECENT_DAYS: i64 = 7;

/// Whether a day is one of the last days.
pub(crate) fn is_recent(day: Date, today: Date) -> bool {
    today.checked_sub(RECENT_DAYS.days()).map_or(true, |first| day > first)
}

/// The vendors with the lowest hashes: of two snapshots they are a sample of the vendors of both. The hashes
/// are those of codes, so the sample is for the private report only.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct KnownVendors {
    /// Vendors with a grade, by the day on which they last had one.
    graded: BTreeMap<Date, BTreeSet<u32>>,
    /// Vendors without a grade in the last days.
    ungraded: BTreeSet<u32>,
}

/// Vendors in a sample: enough for a share to one point, and little memory.
const MOST_VENDORS: usize = 2048;

/// Vendors of a sample that are in another one too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct KnownGrades {
    /// Their number.
    pub(crate) vendors: u64,
    /// How many of them had a grade before, and have one now.
    graded: [u64; 2],
}

impl KnownGrades {
    /// The shares with a grade, before and now.
    pub(crate) fn graded_shares(self) -> [f64; 2] {
        self.graded.map(|graded| graded as f64 / self.vendors.max(1) as f64)
    }
}

impl KnownVendors {
    /// A sample of vendors: their platforms and codes, and whether they have a grade today.
    #[must_use]
    pub fn sample<'a>(
        vendors: impl IntoIterator<Item = (&'a str, &'a str, bool)>,
        today: Date,
    ) -> Self {
        let mut hashes = BTreeMap::new();
        for (platform, code, is_graded) in vendors {
            hashes.insert(hash(platform, code), is_graded);
            if hashes.len() > MOST_VENDORS {
                hashes.pop_last();
            }
        }
        let of = |wanted: bool| {
            let hashes = hashes.iter().filter(|(_, is_graded)| **is_graded == wanted);
            hashes.map(|(&hash, _)| hash).collect::<BTreeSet<_>>()
        };
        Self { graded: BTreeMap::from([(today, of(true))]), ungraded: of(false) }
    }

    /// The sample with the grades that an earlier one knew: a vendor that has lost its grade counts as graded for
    /// some days, so that many small losses add up.
    pub(crate) fn after(mut self, before: &Self, today: Date) -> Self {
        for (&day, hashes) in before.graded.iter().filter(|(day, _)| is_recent(**day, today)) {
            let lost: BTreeSet<_> = hashes.intersection(&self.ungraded).copied().collect();
            self.ungraded.retain(|hash| !lost.contains(hash));
            if !lost.is_empty() {
                self.graded.entry(day).or_default().extend(lost);
            }
        }
        self
    }

    /// The grades of the vendors of this sample that are in a newer one. `None` if one of them is empty.
    pub(crate) fn compare(&self, now: &Self) -> Option<KnownGrades> {
        let graded = |sample: &Self| -> BTreeSet<u32> {
            sample.graded.values().flatten().copied().collect()
        };
        let (graded_before, graded_now) = (graded(self), graded(now));
        let all_now: BTreeSet<u32> = graded_now.union(&now.ungraded).copied().collect();
        if all_now.is_empty() || (graded_before.is_empty() && self.ungraded.is_empty()) {
            return None;
        }
        let known = graded_before.union(&self.ungraded).filter(|hash| all_now.contains(hash));
        let mut result = KnownGrades { vendors: 0, graded: [0, 0] };
        for hash in known {
            result.vendors += 1;
            result.graded[0] += u64::from(graded_before.contains(hash));
            result.graded[1] += u64::from(graded_now.contains(hash));
        }
        Some(result)
    }
}

/// The FNV-1a hash of a vendor, with every bit affecting the high ones.
fn hash(platform: &str, code: &str) -> u32 {
    let bytes = platform.bytes().chain([b'/']).chain(code.bytes());
    let hash = bytes.fold(0xCBF2_9CE4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3)
    });
    (mix(hash) >> 32) as u32
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    const TODAY: Date = date(2026, 11, 30);

    /// Vendors with these numbers, of which those below `graded` have a grade.
    fn sample(numbers: std::ops::Range<u32>, graded: u32, today: Date) -> KnownVendors {
        let codes: Vec<_> = numbers.map(|number| (number, format!("{number:05}"))).collect();
        let vendors = codes.iter().map(|(number, code)| ("snappfood", &**code, *number < graded));
        KnownVendors::sample(vendors, today)
    }

    /// The shares in whole percent.
    fn percent(known: Option<KnownGrades>) -> [u32; 2] {
        known.unwrap().graded_shares().map(|share| (share * 100.0).round() as u32)
    }

    #[test]
    fn the_share_is_that_of_vendors_that_both_have() {
        let before = sample(0..1000, 900, TODAY);
        let share = |now: &KnownVendors| percent(before.compare(now));
        assert_eq!(share(&before), [90, 90]);
        assert_eq!(share(&sample(0..1400, 900, TODAY)), [90, 90], "400 new without a grade");
        assert_eq!(share(&sample(0..1000, 800, TODAY)), [90, 80], "100 have lost it");
        assert_eq!(before.compare(&KnownVendors::default()), None);
        assert_eq!(KnownVendors::default().compare(&before), None);
    }

    #[test]
    fn of_many_vendors_a_sample_is_compared() {
        let before = sample(0..50_000, 45_000, TODAY);
        let known = before.compare(&sample(0..60_000, 40_000, TODAY)).unwrap();
        assert!((1500..=2048).contains(&known.vendors), "{known:?}");
        let [before, now] = known.graded_shares();
        assert!((before - 0.9).abs() < 0.03 && (now - 0.8).abs() < 0.03, "{before} {now}");
    }

    #[test]
    fn a_lost_grade_counts_for_a_week() {
        let before = sample(0..1000, 900, TODAY);
        let next = sample(0..1000, 860, TODAY + 1.day()).after(&before, TODAY + 1.day());
        let share = |now: &KnownVendors| percent(next.compare(now));
        assert_eq!(share(&sample(0..1000, 820, TODAY + 1.day())), [90, 82]);
        let later = TODAY + 8.days();
        let week = sample(0..1000, 860, later).after(&next, later);
        let now = sample(0..1000, 820, later);
        assert_eq!(percent(week.compare(&now)), [86, 82]);
    }
}
