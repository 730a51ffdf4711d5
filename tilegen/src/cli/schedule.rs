//! The schedule of `tilegen repeat`: when the next run starts.

use std::fmt;
use std::time::Duration;

use jiff::civil::Time;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan};

use crate::config::period::Period;

/// When runs start.
#[derive(Clone, Debug, PartialEq)]
pub enum Schedule {
    /// At every multiple of a period since 1970, so that all machines use the same times: 10m means
    /// :00, :10, :20 and so on.
    Every(Period),
    /// Once per calendar day, at a local time of a time zone.
    Daily(Time, TimeZone),
}

impl Schedule {
    /// The first start after `now`.
    ///
    /// ```
    /// use jiff::tz::TimeZone;
    /// use tilegen::cli::schedule::Schedule;
    ///
    /// let morning = Schedule::Daily("08:30".parse()?, TimeZone::get("Asia/Tehran")?);
    /// let next = morning.next("2026-11-25T05:00:00Z".parse()?);
    /// assert_eq!(next.to_string(), "2026-11-26T05:00:00Z"); // 08:30 is 05:00 UTC
    /// # Ok::<(), jiff::Error>(())
    /// ```
    #[must_use]
    pub fn next(&self, now: Timestamp) -> Timestamp {
        match self {
            Self::Every(period) => {
                let seconds = period.duration().as_secs().max(1).cast_signed();
                let next = (now.as_second().div_euclid(seconds) + 1).saturating_mul(seconds);
                Timestamp::from_second(next).unwrap_or(Timestamp::MAX)
            }
            Self::Daily(time, zone) => {
                let today = zone.to_datetime(now).date();
                (-1..=2)
                    .filter_map(|days| today.checked_add(days.days()).ok())
                    .filter_map(|day| zone.to_timestamp(day.to_datetime(*time)).ok())
                    .find(|&moment| moment > now)
                    .unwrap_or(Timestamp::MAX)
            }
        }
    }

    /// Sleeps until the next start, but no longer than `at_most`. Reads the clock every minute, because
    /// it may be set in the meantime.
    pub fn wait(&self, at_most: Option<Duration>) {
        let now = Timestamp::now();
        let limit = at_most.and_then(|wait| now.checked_add(wait).ok());
        let next = limit.unwrap_or(Timestamp::MAX).min(self.next(now));
        loop {
            let left = next.duration_since(Timestamp::now());
            if left <= SignedDuration::ZERO {
                return;
            }
            std::thread::sleep(left.unsigned_abs().min(Duration::from_mins(1)));
        }
    }
}

impl fmt::Display for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Every(period) => write!(f, "every {} s", period.duration().as_secs()),
            Self::Daily(time, zone) => {
                write!(f, "daily at {time} {}", zone.iana_name().unwrap_or("UTC"))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;

    fn next(schedule: &Schedule, now: &str) -> String {
        schedule.next(now.parse().unwrap()).to_string()
    }

    #[test]
    fn a_wait_is_no_longer_than_its_limit() {
        let started = Instant::now();
        Schedule::Every("1w".parse().unwrap()).wait(Some(Duration::from_millis(20)));
        assert!((20..5_000).contains(&started.elapsed().as_millis()));
    }

    #[test]
    fn every_ten_minutes_is_on_the_tens() {
        let schedule = Schedule::Every("10m".parse().unwrap());
        assert_eq!(next(&schedule, "2026-11-25T18:34:12.5Z"), "2026-11-25T18:40:00Z");
        assert_eq!(next(&schedule, "2026-11-25T18:40:00Z"), "2026-11-25T18:50:00Z");
    }

    #[test]
    fn a_daily_run_follows_the_local_time_of_its_zone() {
        let zone = |name| TimeZone::get(name).unwrap();
        let tehran = Schedule::Daily("08:30".parse().unwrap(), zone("Asia/Tehran"));
        assert_eq!(next(&tehran, "2026-11-25T04:59:59Z"), "2026-11-25T05:00:00Z");
        assert_eq!(next(&tehran, "2026-11-25T22:00:00Z"), "2026-11-26T05:00:00Z");
        // 02:30 does not exist on the night on which clocks go forward: the run starts at 03:30.
        let berlin = Schedule::Daily("02:30".parse().unwrap(), zone("Europe/Berlin"));
        assert_eq!(next(&berlin, "2026-03-28T12:00:00Z"), "2026-03-29T01:30:00Z");
        assert_eq!(next(&berlin, "2026-03-29T01:30:00Z"), "2026-03-30T00:30:00Z");
    }
}
