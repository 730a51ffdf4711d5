//! Calendar: which day of the configured zone a moment belongs to, fast enough for every row.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

const MICROS_PER_SECOND: i64 = 1_000_000;
const SECONDS_PER_DAY: i64 = 86_400;

/// First moment that counts as a time at all: 2000-01-01 UTC, in microseconds since 1970.
pub const EARLIEST: i64 = 946_684_800 * MICROS_PER_SECOND;

/// First moment that is too late: 2100-01-01 UTC, in microseconds since 1970.
pub const TOO_LATE: i64 = 4_102_444_800 * MICROS_PER_SECOND;

/// A calendar day, counted from 1970-01-01.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(pub i32);

impl Day {
    /// The day of a date.
    #[must_use]
    pub fn of(date: Date) -> Self {
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

/// Tells days from moments. The zone's changes between [`EARLIEST`] and [`TOO_LATE`] are looked up
/// once; a search among them costs a few comparisons.
#[derive(Clone, Debug)]
pub struct Calendar {
    /// When each offset begins, in microseconds since 1970.
    starts: Vec<i64>,
    /// The offsets, in microseconds east of UTC.
    offsets: Vec<i64>,
}

impl Calendar {
    /// The calendar of a zone.
    #[must_use]
    pub fn new(zone: &TimeZone) -> Self {
        let at = |micros| Timestamp::from_microsecond(micros).unwrap_or(Timestamp::UNIX_EPOCH);
        let offset = |moment| i64::from(zone.to_offset(moment).seconds()) * MICROS_PER_SECOND;
        let first = at(EARLIEST);
        let (mut starts, mut offsets) = (vec![i64::MIN], vec![offset(first)]);
        for change in zone.following(first) {
            let moment = change.timestamp();
            if moment.as_microsecond() >= TOO_LATE {
                break;
            }
            starts.push(moment.as_microsecond());
            offsets.push(offset(moment));
        }
        Self { starts, offsets }
    }

    /// A calendar for times that are wall-clock times already.
    #[must_use]
    pub fn wall_clock() -> Self {
        Self { starts: vec![i64::MIN], offsets: vec![0] }
    }

    /// The day of a moment, given in microseconds since 1970.
    #[must_use]
    pub fn day(&self, micros: i64) -> Day {
        let found = match self.starts.last() {
            Some(&last) if micros >= last => self.starts.len(),
            _ => self.starts.partition_point(|&start| start <= micros),
        };
        let local = micros.saturating_add(self.offsets[found - 1]);
        Day(local.div_euclid(SECONDS_PER_DAY * MICROS_PER_SECOND) as i32)
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
        for (moment, date) in [
            ("2026-11-22T20:29:59.999999Z", "2026-11-22"),
            ("2026-11-22T20:30:00Z", "2026-11-23"),
            ("2021-07-01T19:29:59Z", "2021-07-01"), // summer time, UTC+4:30, until 2022
            ("2021-07-01T19:30:00Z", "2021-07-02"),
        ] {
            let micros = moment.parse::<Timestamp>().unwrap().as_microsecond();
            assert_eq!(calendar.day(micros).date().to_string(), date, "{moment}");
        }
    }

    proptest! {
        #[test]
        fn days_are_those_of_the_time_zone_library(micros in EARLIEST..TOO_LATE) {
            let zoned = tehran().to_datetime(Timestamp::from_microsecond(micros).unwrap());
            prop_assert_eq!(Calendar::new(&tehran()).day(micros).date(), zoned.date());
            prop_assert_eq!(Day::of(zoned.date()).date(), zoned.date());
        }
    }
}
