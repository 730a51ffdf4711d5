//! The days that a run fetches: those that are requested and missing.

use std::path::PathBuf;

use jiff::Timestamp;
use jiff::civil::Date;

use crate::config::Config;
use crate::fetch::day_store::{DayStoreError, Listing};
use crate::store::StoreError;

/// What to fetch, and where to write it.
pub struct OrdersFetch {
    /// The source, the columns and the rules for rows.
    pub config: Config,
    /// Folder or URL of the store of inputs.
    pub into: String,
    /// The days.
    pub days: Days,
    /// Days before today whose count is compared with that of the source.
    pub recheck_days: u16,
    /// Whether columns may be missing or have another type than in the last file.
    pub accept_columns: bool,
    /// The current time.
    pub now: Timestamp,
    /// Most memory for checking a file, in bytes.
    pub memory_bytes: u64,
    /// Folder for temporary files.
    pub temp_dir: PathBuf,
}

/// Which days to fetch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Days {
    /// One day, whether it is there or not.
    One(Date),
    /// Every day from this one to yesterday that is not there.
    MissingSince(Date),
}

/// Why nothing could be fetched.
#[derive(Debug, thiserror::Error)]
pub enum OrdersFetchError {
    /// No source is configured.
    #[error("no source of orders is configured; write [fetch.orders] in the configuration")]
    NoSource,
    /// The day has not ended.
    #[error("{day} is not over in {zone}; the newest day that can be fetched is {newest}")]
    NotOver {
        /// The day.
        day: Date,
        /// Name of the time zone.
        zone: String,
        /// The day before today.
        newest: Date,
    },
    /// Counts cannot be compared without a query for them.
    #[error(
        "--recheck-days compares counts; write count_query or count_question under [fetch.orders]"
    )]
    NoCount,
    /// The inputs could not be opened or listed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The days could not be read.
    #[error(transparent)]
    Days(#[from] DayStoreError),
}

impl OrdersFetch {
    /// The day before today.
    pub(super) fn newest_day(&self) -> Date {
        let today = self.config.time_zone.to_datetime(self.now).date();
        today.yesterday().unwrap_or(today)
    }

    /// The days to fetch, newest first.
    pub(super) fn wanted(&self, listing: &Listing) -> Result<Vec<Date>, OrdersFetchError> {
        let newest = self.newest_day();
        match self.days {
            Days::One(day) if day > newest => {
                let zone = self.config.time_zone_name.clone();
                Err(OrdersFetchError::NotOver { day, zone, newest })
            }
            Days::One(day) => Ok(vec![day]),
            Days::MissingSince(first) => {
                let days = back_from(newest).take_while(|&day| day >= first);
                Ok(days.filter(|day| !listing.days.contains(day)).collect())
            }
        }
    }
}

/// A day and all days before it.
pub(super) fn back_from(day: Date) -> impl Iterator<Item = Date> {
    std::iter::successors(Some(day), |day| day.yesterday().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spec(days: Days) -> OrdersFetch {
        OrdersFetch {
            config: Config::load(None).unwrap(),
            into: String::new(),
            days,
            recheck_days: 0,
            accept_columns: false,
            // 2026-11-23 06:00 in Tehran.
            now: "2026-11-23T02:30:00Z".parse().unwrap(),
            memory_bytes: 1 << 30,
            temp_dir: std::env::temp_dir(),
        }
    }

    #[test]
    fn missing_days_are_fetched_newest_first_and_end_yesterday() {
        let day = |day| Date::constant(2026, 11, day);
        let mut listing = Listing::default();
        listing.days.insert(day(21));
        let wanted = spec(Days::MissingSince(day(19))).wanted(&listing).unwrap();
        assert_eq!(wanted, [day(22), day(20), day(19)]);
        assert_eq!(spec(Days::One(day(21))).wanted(&listing).unwrap(), [day(21)]);
    }

    #[test]
    fn a_day_that_is_not_over_is_refused() {
        let today = Date::constant(2026, 11, 23);
        let error = spec(Days::One(today)).wanted(&Listing::default()).unwrap_err();
        assert!(error.to_string().contains("2026-11-23 is not over in Asia/Tehran"), "{error}");
    }
}
