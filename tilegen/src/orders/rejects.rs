//! Rejected rows, counted by reason.

use std::collections::BTreeMap;

use serde::Serialize;

/// Why a row is rejected, in the order in which rows are checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RejectReason {
    /// No time.
    TimeMissing,
    /// A time before 2000 or after 2099.
    TimeOutOfRange,
    /// A time later than the current time and `max_future`.
    TimeInFuture,
    /// A time too long before the end of the window of all days.
    TimeTooOld,
    /// No city, or a city that is not in the configuration.
    CityUnknown,
    /// No longitude or no latitude.
    PositionMissing,
    /// A position that is not a finite number.
    PositionNotFinite,
    /// Longitude and latitude both exactly 0.
    PositionZero,
    /// A position outside the bounds of its city.
    PositionOutsideCity,
    /// No business line, or a blank one.
    LineMissing,
    /// A business line that is longer than a name may be.
    LineTooLong,
    /// A business line that is not one of the known ones.
    LineUnknown,
    /// An `organic` value other than 0, 1 or null.
    OrganicInvalid,
    /// Another order with the same id is counted.
    Duplicate,
}

impl RejectReason {
    /// Every reason, in the order in which rows are checked.
    pub const ALL: [Self; 14] = [
        Self::TimeMissing,
        Self::TimeOutOfRange,
        Self::TimeInFuture,
        Self::TimeTooOld,
        Self::CityUnknown,
        Self::PositionMissing,
        Self::PositionNotFinite,
        Self::PositionZero,
        Self::PositionOutsideCity,
        Self::LineMissing,
        Self::LineTooLong,
        Self::LineUnknown,
        Self::OrganicInvalid,
        Self::Duplicate,
    ];

    /// A phrase that completes "N rows …".
    #[must_use]
    pub const fn description(self) -> &'static str {
        match self {
            Self::TimeMissing => "without a time",
            Self::TimeOutOfRange => "with a time before 2000 or after 2099",
            Self::TimeInFuture => "later than the current time and max_future",
            Self::TimeTooOld => "more than 8000 days before the end of the window",
            Self::CityUnknown => "with a missing or unknown city",
            Self::PositionMissing => "without a position",
            Self::PositionNotFinite => "with a position that is not a finite number",
            Self::PositionZero => "at longitude 0 and latitude 0",
            Self::PositionOutsideCity => "outside the bounds of their city",
            Self::LineMissing => "without a business line",
            Self::LineTooLong => "with a business line longer than 200 characters",
            Self::LineUnknown => "of a business line that [lines] known does not contain",
            Self::OrganicInvalid => "with an organic value other than 0 or 1",
            Self::Duplicate => "with the id of another order",
        }
    }
}

/// Number of rejected rows by reason.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rejects([u64; RejectReason::ALL.len()]);

impl Rejects {
    /// Adds rows that were rejected for a reason.
    pub fn add(&mut self, reason: RejectReason, rows: u64) {
        self.0[reason as usize] += rows;
    }

    /// Rows rejected for a reason.
    #[must_use]
    pub const fn count(&self, reason: RejectReason) -> u64 {
        self.0[reason as usize]
    }

    /// Rows rejected for any reason.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.0.iter().sum()
    }

    /// The reasons that occur and their rows, most frequent first.
    pub(crate) fn by_frequency(&self) -> Vec<(RejectReason, u64)> {
        let all = RejectReason::ALL.into_iter().map(|reason| (reason, self.count(reason)));
        let mut found: Vec<_> = all.filter(|(_, rows)| *rows > 0).collect();
        found.sort_by_key(|(_, rows)| std::cmp::Reverse(*rows));
        found
    }

    /// The three most common reasons in brackets, with a space before them; nothing if there are none.
    ///
    /// ```
    /// use tilegen::orders::rejects::{RejectReason, Rejects};
    ///
    /// let mut rejects = Rejects::default();
    /// assert_eq!(rejects.in_brackets(), "");
    /// rejects.add(RejectReason::LineMissing, 7);
    /// assert_eq!(rejects.in_brackets(), " (7 without a business line)");
    /// ```
    #[must_use]
    pub fn in_brackets(&self) -> String {
        let found = self.by_frequency();
        if found.is_empty() {
            return String::new();
        }
        let most = found.iter().take(3);
        let phrases = most.map(|(reason, rows)| format!("{rows} {}", reason.description()));
        format!(" ({})", phrases.collect::<Vec<_>>().join(", "))
    }

    /// Adds the counts of another part.
    pub fn merge(&mut self, other: &Self) {
        for reason in RejectReason::ALL {
            self.add(reason, other.count(reason));
        }
    }
}

impl Serialize for Rejects {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let counts: BTreeMap<_, _> =
            RejectReason::ALL.into_iter().map(|reason| (reason, self.count(reason))).collect();
        counts.serialize(serializer)
    }
}
