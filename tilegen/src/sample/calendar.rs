//! The days of a sample and the times of day at which people order: lunch and dinner, Tehran time.

use jiff::ToSpan;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::SampleError;
use super::city::CITIES;
use super::demand::weight;
use super::random::split;
use super::trends;
use super::year::{Events, Hours, events};

/// Time zone of the calendar days in the names of the order folders.
pub(super) const TIME_ZONE: &str = "Asia/Tehran";
const MINUTES: usize = 24 * 60;

/// One calendar day of the sample.
#[derive(Clone, Copy, Debug)]
pub(super) struct Day {
    pub(super) date: Date,
    /// Start and end (exclusive) in microseconds since 1970, UTC.
    pub(super) from_us: i64,
    pub(super) until_us: i64,
    /// Number of its first row, counted across all days.
    pub(super) first_row: u64,
    pub(super) rows: u64,
    /// At which hours people order.
    pub(super) hours: Hours,
    /// The level of each city, 0 to 1.
    pub(super) cities: [f64; CITIES.len()],
    /// The share of the days that have passed, 0 to 1.
    pub(super) passed: f64,
    /// Whether the newest line has orders.
    pub(super) has_new_line: bool,
}

/// Consecutive days. Each has a share of the rows that depends on its weekday.
#[derive(Debug)]
pub(super) struct Calendar {
    pub(super) days: Vec<Day>,
    /// Share of the day that has passed when the share i / (len − 1) of its orders has been placed, for each
    /// kind of hours.
    inverse_cdfs: [Vec<f64>; Hours::ALL.len()],
}

impl Calendar {
    /// The days up to `last_day`. With `has_events` they are those of a year with events.
    pub(super) fn new(
        last_day: Date,
        days: u16,
        rows: u64,
        has_events: bool,
    ) -> Result<Self, SampleError> {
        let zone = TimeZone::get(TIME_ZONE)
            .map_err(|source| SampleError::TimeZone { name: TIME_ZONE, source })?;
        let first = last_day
            .checked_sub((i64::from(days) - 1).days())
            .map_err(|source| SampleError::Days { last_day, days, source })?;
        let start_us = |date: Date| -> Result<i64, SampleError> {
            let start = date.to_zoned_datetime(zone.clone());
            let start = start.map_err(|source| SampleError::Days { last_day, days, source })?;
            Ok(start.timestamp().as_microsecond())
        };
        let dates: Vec<Date> = first.series(1.day()).take(usize::from(days)).collect();
        let normal = |date: Date, index: usize| Events {
            level: weight(date.weekday()) * trends::level(date, index),
            hours: Hours::Normal,
            cities: [1.0; CITIES.len()],
        };
        let event = |(index, date): (usize, &Date)| {
            if has_events { events(*date, index) } else { normal(*date, index) }
        };
        let all_events: Vec<Events> = dates.iter().enumerate().map(event).collect();
        let weights: Vec<f64> = all_events.iter().map(Events::weight).collect();
        let mut first_row = 0;
        let days = dates
            .into_iter()
            .zip(all_events)
            .zip(split(rows, &weights))
            .enumerate()
            .map(|(index, ((date, events), rows))| {
                let day = Day {
                    date,
                    from_us: start_us(date)?,
                    until_us: start_us(date.saturating_add(1.day()))?,
                    first_row,
                    rows,
                    hours: events.hours,
                    cities: events.cities,
                    passed: index as f64 / f64::from(days),
                    has_new_line: has_events || trends::has_new_line(index, usize::from(days)),
                };
                first_row += rows;
                Ok(day)
            })
            .collect::<Result<_, SampleError>>()?;
        Ok(Self { days, inverse_cdfs: Hours::ALL.map(inverse_cdf) })
    }

    /// The time (microseconds since 1970, UTC) at which the share 0 ≤ `done` < 1 of a day's orders
    /// has been placed.
    pub(super) fn moment_us(&self, day: &Day, done: f64) -> i64 {
        let inverse_cdf = &self.inverse_cdfs[day.hours as usize];
        let index = done * (inverse_cdf.len() - 1) as f64;
        let (low, part) = (index as usize, index.fract());
        let passed = inverse_cdf[low] * (1.0 - part) + inverse_cdf[low + 1] * part;
        let length = (day.until_us - day.from_us) as f64;
        day.from_us + ((passed * length) as i64).min(day.until_us - day.from_us - 1)
    }
}

/// The inverse of the cumulative distribution of orders over a day, in 4,096 steps.
fn inverse_cdf(hours: Hours) -> Vec<f64> {
    let mut sums = vec![0.0];
    for minute in 0..MINUTES {
        sums.push(sums[minute] + hours.orders_per_minute(minute as f64 / 60.0));
    }
    let whole = sums[MINUTES];
    let mut minute = 0;
    (0..=4096)
        .map(|step| {
            let wanted = whole * f64::from(step) / 4096.0;
            while minute < MINUTES - 1 && sums[minute + 1] < wanted {
                minute += 1;
            }
            let part = (wanted - sums[minute]) / (sums[minute + 1] - sums[minute]);
            (minute as f64 + part) / MINUTES as f64
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use jiff::civil::{Weekday, date};

    use super::*;

    #[test]
    fn the_days_end_on_the_last_day_and_have_all_rows() {
        let calendar = Calendar::new(date(2026, 11, 22), 30, 300_000, false).expect("calendar");
        let days = &calendar.days;
        assert_eq!((days[0].date, days[29].date), (date(2026, 10, 24), date(2026, 11, 22)));
        assert_eq!(days.iter().map(|day| day.rows).sum::<u64>(), 300_000);
        assert_eq!(days[29].first_row + days[29].rows, 300_000);
        assert_eq!(days[1].from_us - days[0].from_us, 86_400_000_000);
        assert_eq!(days[0].from_us, 1_792_787_400_000_000, "2026-10-23T20:30Z");
    }

    #[test]
    fn orders_peak_at_lunch_dinner_and_on_fridays() {
        let calendar = Calendar::new(date(2026, 11, 22), 7, 70_000, false).expect("calendar");
        let day = &calendar.days[0];
        let mut hours = [0_u32; 24];
        for step in 0..10_000 {
            let us = calendar.moment_us(day, f64::from(step) / 10_000.0) - day.from_us;
            hours[(us / 3_600_000_000) as usize] += 1;
        }
        let rank = |hour: usize| hours.iter().filter(|&&other| other > hours[hour]).count();
        assert!(rank(20) == 0 && rank(4) > 20, "{hours:?}");
        assert!(hours[13] > 2 * hours[16] && hours[12] > hours[15], "{hours:?}");
        let busiest = calendar.days.iter().max_by_key(|day| day.rows).expect("seven days");
        assert_eq!(busiest.date.weekday(), Weekday::Friday);
    }
}
