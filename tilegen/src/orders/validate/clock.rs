//! Times of orders, and the days on which they are.

use jiff::Timestamp;

use crate::config::{Config, Zoneless};
use crate::orders::calendar::{Calendar, END_MICROS};

/// Converts the times of one kind of column to days.
pub(super) struct Clock {
    pub(super) calendar: Calendar,
    /// The latest valid time, in microseconds since 1970.
    pub(super) latest: i64,
}

impl Clock {
    const fn new(calendar: Calendar, latest: i64) -> Self {
        Self { calendar, latest: if latest < END_MICROS { latest } else { END_MICROS - 1 } }
    }

    pub(super) fn zoned(config: &Config, latest: Timestamp) -> Self {
        Self::new(Calendar::new(&config.time_zone), latest.as_microsecond())
    }

    /// The clock of times without a zone.
    pub(super) fn zoneless(config: &Config, latest: Timestamp) -> Self {
        match config.orders.zoneless {
            Zoneless::Utc => Self::zoned(config, latest),
            Zoneless::Local => {
                let offset = config.time_zone.to_offset(latest).seconds();
                let latest = latest.as_microsecond() + i64::from(offset) * 1_000_000;
                Self::new(Calendar::wall_clock(), latest)
            }
        }
    }
}
