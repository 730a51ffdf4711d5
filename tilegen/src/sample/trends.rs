//! What changes in the course of a sample, so that ranges of days and hours differ: growth, holidays, an area
//! of each city that grows and one that shrinks, areas of offices and of homes, and a line that begins.

use jiff::civil::{Date, date};

/// Growth of the number of orders in 30 days.
const GROWTH: f64 = 1.05;

/// Level of a holiday.
const HOLIDAY: f64 = 0.75;

/// First and last days of holidays: Ashura, Arbaeen, the end of Safar, and single days. Those of the lunar
/// calendar are estimates, as in `data/quiet-days-iran.toml`.
const HOLIDAYS: [(Date, Date); 11] = [
    (date(2025, 7, 5), date(2025, 7, 6)),
    (date(2025, 8, 14), date(2025, 8, 15)),
    (date(2025, 8, 22), date(2025, 8, 24)),
    (date(2026, 6, 24), date(2026, 6, 26)),
    (date(2026, 8, 4), date(2026, 8, 5)),
    (date(2026, 8, 12), date(2026, 8, 14)),
    (date(2026, 11, 14), date(2026, 11, 14)),
    (date(2026, 12, 23), date(2026, 12, 23)),
    (date(2027, 6, 14), date(2027, 6, 16)),
    (date(2027, 7, 24), date(2027, 7, 26)),
    (date(2027, 8, 1), date(2027, 8, 3)),
];

/// Days from which on a sample is long enough for a line that begins in the middle.
const DAYS_WITH_NEW_LINE: usize = 60;

/// Indices of the areas of each city that grow and shrink, and the level of all others.
const GROWING: usize = 2;
const SHRINKING: usize = 3;
const STEADY: f64 = 0.65;
/// Lowest level of an area that grows or shrinks. The highest is 1.
const LOWEST: f64 = 0.3;

/// Level of an area at the time of day that is not its own, and at times of no meal.
const OFF_PEAK: f64 = 0.35;
const BETWEEN: f64 = 0.7;

/// Relative number of orders of day `index`, without its weekday.
pub(super) fn level(day: Date, index: usize) -> f64 {
    let is_holiday = HOLIDAYS.iter().any(|(first, last)| (*first..=*last).contains(&day));
    GROWTH.powf(index as f64 / 30.0) * if is_holiday { HOLIDAY } else { 1.0 }
}

/// Whether the newest line, the last one of the list, has orders on day `index`.
pub(super) fn has_new_line(index: usize, days: usize) -> bool {
    days < DAYS_WITH_NEW_LINE || index >= days / 2
}

/// The level of an area, 0 to 1, after a share of the days.
pub(super) fn area_level(area: usize, done: f64) -> f64 {
    match area {
        GROWING => LOWEST + (1.0 - LOWEST) * done,
        SHRINKING => 1.0 - (1.0 - LOWEST) * done,
        _ => STEADY,
    }
}

/// The level of an area at a time of day, 0 to 1: offices order lunch, homes order dinner.
pub(super) fn hour_level(area: usize, hour: f64) -> f64 {
    let is_lunch = (11.0..16.0).contains(&hour);
    let is_dinner = hour >= 18.0;
    match area % 4 {
        0 if is_lunch => 1.0,
        0 if is_dinner => OFF_PEAK,
        1 if is_lunch => OFF_PEAK,
        1 if is_dinner => 1.0,
        _ => BETWEEN,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_are_shares_and_never_zero() {
        for area in 0..40 {
            for step in 0..=24 {
                let (done, hour) = (f64::from(step) / 24.0, f64::from(step));
                for level in [area_level(area, done), hour_level(area, hour)] {
                    assert!((0.3..=1.0).contains(&level), "area {area}, step {step}: {level}");
                }
            }
        }
    }

    #[test]
    fn a_holiday_is_quieter_than_the_days_around_it() {
        let of = |day: Date| level(day, 10);
        assert!(of(date(2026, 8, 4)) < 0.8 * of(date(2026, 8, 6)));
    }
}
