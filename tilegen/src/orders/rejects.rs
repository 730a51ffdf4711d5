//! Rejects: a bad row is data about the data, so each is counted under its reason.

use std::collections::BTreeMap;

use serde::Serialize;

/// Why a row is no order, in the order in which the reasons are tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RejectReason {
    /// No time.
    TimeMissing,
    /// A time before 2000 or after 2099.
    TimeOutOfRange,
    /// No city, or one that is not configured.
    CityUnknown,
    /// No longitude or no latitude.
    PositionMissing,
    /// A position that is not a finite number.
    PositionNotFinite,
    /// Longitude and latitude both exactly 0.
    PositionZero,
    /// A position outside the city's box.
    PositionOutsideCity,
    /// No business line, or a blank one.
    LineMissing,
    /// An organic mark other than 0, 1 or nothing.
    OrganicInvalid,
    /// An order with this id is counted already.
    Duplicate,
}

impl RejectReason {
    /// Every reason, in the order in which they are tried.
    pub const ALL: [Self; 10] = [
        Self::TimeMissing,
        Self::TimeOutOfRange,
        Self::CityUnknown,
        Self::PositionMissing,
        Self::PositionNotFinite,
        Self::PositionZero,
        Self::PositionOutsideCity,
        Self::LineMissing,
        Self::OrganicInvalid,
        Self::Duplicate,
    ];

    /// The reason in words.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::TimeMissing => "without a time",
            Self::TimeOutOfRange => "with a time before 2000 or after 2099",
            Self::CityUnknown => "of no city or an unknown one",
            Self::PositionMissing => "without a position",
            Self::PositionNotFinite => "with a position that is no finite number",
            Self::PositionZero => "at longitude 0 and latitude 0",
            Self::PositionOutsideCity => "outside their city's box",
            Self::LineMissing => "without a business line",
            Self::OrganicInvalid => "with an organic mark other than 0 or 1",
            Self::Duplicate => "with the id of another order",
        }
    }
}

/// How many rows were rejected, by reason.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rejects([u64; RejectReason::ALL.len()]);

impl Rejects {
    /// Counts rows.
    pub fn add(&mut self, reason: RejectReason, rows: u64) {
        self.0[reason as usize] += rows;
    }

    /// Rows with this reason.
    #[must_use]
    pub const fn of(&self, reason: RejectReason) -> u64 {
        self.0[reason as usize]
    }

    /// Rows with any reason.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.0.iter().sum()
    }

    /// Adds another part's counts.
    pub fn merge(&mut self, other: &Self) {
        for reason in RejectReason::ALL {
            self.add(reason, other.of(reason));
        }
    }
}

impl Serialize for Rejects {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let counts: BTreeMap<_, _> =
            RejectReason::ALL.into_iter().map(|reason| (reason, self.of(reason))).collect();
        counts.serialize(serializer)
    }
}
