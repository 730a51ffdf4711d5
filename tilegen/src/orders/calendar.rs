//! Calendar: converts timestamps to days of the configured time zone, fast enough for every row.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

const MICROS_PER_SECOND: i64 = 1_000_000;
const SECONDS_PER_DAY: i64 = 86_400;
const SECONDS_PER_HOUR: i64 = 3_600;

/// Earliest valid time: 2000-01-01 UTC, in microseconds since 1970.
pub const MIN_MICROS: i64 = 946_684_800 * MICROS_PER_SECOND;

/// End of the valid times, exclusive: 2100-01-01 UTC, in microseconds since 1970.
pub const END_MICROS: i64 = 4_102_444_800 * MICROS_PER_SECOND;

/// A calendar day, counted from 1970-01-01.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(pub i32);

impl Day {
    /// The day of a date.
    #[must_use]
    pub fn from_date(date: Date) -> Self {
        let days = date.since(Date::constant(1970, 1, 1)).map_or(0, |span| span.get_days());
        Self(days)
    }

    /// The date of the day.
    #[must_use]
    pub fn date(self) -> Date {
        let span = jiff::Span::new().days(i64::from(self.0));
        Date::constant(1970, 1, 1).checked_add(span).unwrap_or(Date::MAX)
    }
}

/// Converts timestamps to days. The offset changes of the zone between [`MIN_MICROS`] and
/// [`END_MICROS`] are looked up once, and a binary search finds the one that applies to a time.
#[derive(Clone, Debug)]
pub struct Calendar {
    /// When each offset starts to apply, in microseconds since 1970.
    starts: Vec<i64>,
    /// The offsets, in microseconds east of UTC.
    offsets: Vec<i64>,
}

impl Calendar {
    /// The calendar of a time zone.
    #[must_use]
    pub fn new(zone: &TimeZone) -> Self {
        let offset = |time| i64::from(zone.to_offset(time).seconds()) * MICROS_PER_SECOND;
        let first = Timestamp::from_microsecond(MIN_MICROS).unwrap_or(Timestamp::UNIX_EPOCH);
        let (mut starts, mut offsets) = (vec![i64::MIN], vec![offset(first)]);
        for transition in zone.following(first) {
            let start = transition.timestamp();
            if start.as_microsecond() >= END_MICROS {
                break;
            }
            starts.push(start.as_microsecond());
            offsets.push(offset(start));
        }
        Self { starts, offsets }
    }

    /// A calendar for times that are already local wall-clock times.
    #[must_use]
    pub fn wall_clock() -> Self {
        Self { starts: vec![i64::MIN], offsets: vec![0] }
    }

    /// The day of a time in microseconds since 1970.
    #[inline]
    #[must_use]
    pub fn day(&self, micros: i64) -> Day {
        self.day_and_hour(micros).0
    }

    /// The day and the hour (0 to 23) of a time in microseconds since 1970.
    #[inline]
    #[must_use]
    pub fn day_and_hour(&self, micros: i64) -> (Day, u8) {
        const DAY: i64 = SECONDS_PER_DAY * MICROS_PER_SECOND;
        // The number of offsets that have started to apply; the last of them is in force.
        let started = match self.starts.last() {
            Some(&last) if micros >= last => self.starts.len(),
            _ => self.starts.partition_point(|&start| start <= micros),
        };
        let local = micros.saturating_add(self.offsets[started - 1]);
        let day = local.div_euclid(DAY);
        let hour = (local - day * DAY) / (SECONDS_PER_HOUR * MICROS_PER_SECOND);
        (Day(day as i32), hour as u8)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn tehran() -> TimeZone {
        jiff::tz::TimeZoneDatabase::bundled().get("Asia/Tehran").unwrap()
    }

    #[test]
    fn a_day_begins_at_midnight_in_tehran() {
        let calendar = Calendar::new(&tehran());
        for (time, date) in [
            ("2026-11-22T20:29:59.999999Z", "2026-11-22"),
            ("2026-11-22T20:30:00Z", "2026-11-23"),
            ("2021-07-01T19:29:59Z", "2021-07-01"), // summer time, UTC+4:30, until 2022
            ("2021-07-01T19:30:00Z", "2021-07-02"),
        ] {
            let micros = time.parse::<Timestamp>().unwrap().as_microsecond();
            assert_eq!(calendar.day(micros).date().to_string(), date, "{time}");
        }
    }

    proptest! {
        #[test]
        fn days_match_the_time_zone_library(micros in MIN_MICROS..END_MICROS) {
            let zoned = tehran().to_datetime(Timestamp::from_microsecond(micros).unwrap());
            let (day, hour) = Calendar::new(&tehran()).day_and_hour(micros);
            prop_assert_eq!((day.date(), i8::try_from(hour)), (zoned.date(), Ok(zoned.hour())));
            prop_assert_eq!(Day::from_date(zoned.date()).date(), zoned.date());
        }
    }
}
