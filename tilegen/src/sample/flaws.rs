//! Flaws of order rows: every kind of invalid data that real order files have, in fixed shares.

use tilecore::hash::mix;

use super::random::{Rng, Stream};

/// A flaw of a row. A flawed row has exactly one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Flaw {
    /// `created_at` is null.
    TimeMissing,
    /// `created_at` is the first second of 1970, as when a zero is written by mistake.
    TimeBefore2000,
    /// `city_id` is not the id of a configured city.
    CityUnknown,
    /// `city_id` is null.
    CityMissing,
    /// Latitude, longitude or both are null.
    PositionMissing,
    /// Latitude, longitude or both are NaN.
    PositionNotANumber,
    /// Latitude and longitude are 0.
    PositionZero,
    /// The position is outside the city's box; half of these are swapped coordinates.
    PositionOutsideCity,
    /// `business_line` is null, empty or blank.
    LineMissing,
    /// `organic` is neither 0 nor 1.
    OrganicInvalid,
    /// An exact copy of another row of the same day.
    Copy,
    /// A copy of a row of the previous day, including its `order_id`, with a time of this day.
    LateCopy,
    /// `organic` is null. The row is valid.
    OrganicUnknown,
    /// `user_id` is null. The row is valid.
    UserMissing,
    /// `vendor_code` is null. The row is valid.
    VendorMissing,
    /// `marketing_area` is null. The row is valid.
    AreaMissing,
}

/// Every flaw, and how many of each 10,000 consecutive rows have it.
pub(super) const FLAWS: [(Flaw, u64); 16] = [
    (Flaw::TimeMissing, 6),
    (Flaw::TimeBefore2000, 2),
    (Flaw::CityUnknown, 8),
    (Flaw::CityMissing, 2),
    (Flaw::PositionMissing, 16),
    (Flaw::PositionNotANumber, 8),
    (Flaw::PositionZero, 16),
    (Flaw::PositionOutsideCity, 16),
    (Flaw::LineMissing, 8),
    (Flaw::OrganicInvalid, 2),
    (Flaw::Copy, 24),
    (Flaw::LateCopy, 12),
    (Flaw::OrganicUnknown, 100),
    (Flaw::UserMissing, 30),
    (Flaw::VendorMissing, 40),
    (Flaw::AreaMissing, 40),
];
const BLOCK: u64 = 10_000;

impl Flaw {
    /// The reason for which `tilegen density` rejects the row or drops it as a duplicate (see
    /// docs/inputs.md). `None` if the row is valid.
    #[must_use]
    pub fn reject_reason(self) -> Option<&'static str> {
        match self {
            Self::TimeMissing => Some("time_missing"),
            Self::TimeBefore2000 => Some("time_out_of_range"),
            Self::CityUnknown | Self::CityMissing => Some("city_unknown"),
            Self::PositionMissing => Some("position_missing"),
            Self::PositionNotANumber => Some("position_not_finite"),
            Self::PositionZero => Some("position_zero"),
            Self::PositionOutsideCity => Some("position_outside_city"),
            Self::LineMissing => Some("line_missing"),
            Self::OrganicInvalid => Some("organic_invalid"),
            Self::Copy | Self::LateCopy => Some("duplicate"),
            Self::OrganicUnknown | Self::UserMissing | Self::VendorMissing | Self::AreaMissing => {
                None
            }
        }
    }

    /// The value that the row lacks, if the row is valid without it.
    pub(super) const fn missing_value(self) -> Option<&'static str> {
        match self {
            Self::OrganicUnknown => Some("organic flag"),
            Self::UserMissing => Some("user"),
            Self::VendorMissing => Some("vendor"),
            Self::AreaMissing => Some("marketing area"),
            Self::TimeMissing
            | Self::TimeBefore2000
            | Self::CityUnknown
            | Self::CityMissing
            | Self::PositionMissing
            | Self::PositionNotANumber
            | Self::PositionZero
            | Self::PositionOutsideCity
            | Self::LineMissing
            | Self::OrganicInvalid
            | Self::Copy
            | Self::LateCopy => None,
        }
    }

    /// Whether a reader must reject the row or drop it as a duplicate.
    #[must_use]
    pub fn is_reject(self) -> bool {
        self.reject_reason().is_some()
    }

    /// The flaw of a row, whose number counts across all days. The rows of each block are permuted by a
    /// step that is coprime to its length, so every block has its exact share of every flaw.
    pub(super) fn of_row(seed: u64, row: u64) -> Option<Self> {
        let mut rng = Rng::of(seed, Stream::Flaw, row / BLOCK);
        let step = [1_237, 3_001, 4_999, 7_919][rng.below(4)];
        let mut position = (row % BLOCK * step + rng.bits() % BLOCK) % BLOCK;
        FLAWS.iter().find_map(|&(flaw, share)| {
            let hit = position < share;
            position = position.wrapping_sub(share);
            hit.then_some(flaw)
        })
    }

    /// Index in `FLAWS`, which lists the flaws as they are declared.
    pub(super) fn index(self) -> usize {
        self as usize
    }
}

/// A number that differs between rows with the same flaw, to choose between the variants of the flaw.
pub(super) fn variant(row: u64) -> u64 {
    mix(row) >> 7
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_lists_every_flaw_in_order() {
        for (index, (flaw, share)) in FLAWS.iter().enumerate() {
            assert_eq!(flaw.index(), index, "{flaw:?}");
            assert!(*share > 0, "{flaw:?}");
        }
    }

    #[test]
    fn each_block_of_rows_has_its_exact_share_of_every_flaw() {
        for block in 0..5 {
            for (flaw, share) in FLAWS {
                let rows = block * BLOCK..(block + 1) * BLOCK;
                let count = rows.filter(|&row| Flaw::of_row(1, row) == Some(flaw)).count();
                assert_eq!(count as u64, share, "{flaw:?} in block {block}");
            }
        }
    }

    #[test]
    fn rejects_are_one_row_in_eighty_three() {
        let rejects = FLAWS.iter().filter(|(flaw, _)| flaw.is_reject());
        assert_eq!(rejects.map(|(_, share)| share).sum::<u64>(), 120);
    }
}
