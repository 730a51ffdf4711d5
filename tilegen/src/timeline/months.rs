//! The calendar months of a look-back.

use jiff::civil::Date;
use tilecore::Slot;

use crate::orders::calendar::Day;
use crate::orders::window::DayRange;

/// Most days of a look-back: three years. A row key has 8 bits for the month.
pub const MAX_LOOK_BACK: u16 = 1_096;

/// A calendar month of the look-back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Month {
    /// Its slot, such as `2026-10`.
    pub(crate) slot: Slot,
    /// Its days up to the newest one.
    pub(crate) days: DayRange,
}

/// The place of a day in the look-back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct DayOfMonth {
    /// Number of the month in the look-back.
    pub(super) month: u8,
    /// Day of the month, from 0.
    pub(super) day: u8,
}

/// The whole months of a look-back.
#[derive(Clone, Debug)]
pub(crate) struct Months {
    list: Vec<Month>,
    days: Vec<DayOfMonth>,
}

impl Months {
    /// The months with the last `look_back` days that end on `newest`. The first month is whole, so that what is
    /// published of it does not change from day to day.
    pub(crate) fn covering(newest: Day, look_back: u16) -> Self {
        let oldest = Day(newest.0 - i32::from(look_back.clamp(1, MAX_LOOK_BACK)) + 1);
        let first = Day::from_date(oldest.date().first_of_month());
        let dates: Vec<Date> = (first.0..=newest.0).map(|day| Day(day).date()).collect();
        let mut months = Self { list: Vec::new(), days: Vec::new() };
        for dates in dates.chunk_by(|a, b| a.first_of_month() == b.first_of_month()) {
            months.push(dates);
        }
        months
    }

    fn push(&mut self, dates: &[Date]) {
        let (first, last) = (dates[0], dates[dates.len() - 1]);
        let month = self.list.len() as u8;
        let days = DayRange { first: Day::from_date(first), last: Day::from_date(last) };
        self.list.push(Month { slot: slot(first), days });
        self.days.extend(
            dates.iter().map(|date| DayOfMonth { month, day: date.day().unsigned_abs() - 1 }),
        );
    }

    /// All days.
    pub(crate) fn days(&self) -> DayRange {
        let (first, last) = (&self.list[0], &self.list[self.list.len() - 1]);
        DayRange { first: first.days.first, last: last.days.last }
    }

    /// The months, the first one first.
    pub(crate) fn list(&self) -> &[Month] {
        &self.list
    }

    /// The day of the week of the first day of a month, Monday = 0.
    pub(super) fn first_weekday(&self, month: u8) -> u8 {
        let first = self.list[usize::from(month)].days.first.date();
        first.weekday().to_monday_zero_offset().unsigned_abs()
    }

    /// The place of a day, counted from the first day.
    #[inline]
    pub(super) fn of_day(&self, day: u16) -> DayOfMonth {
        self.days[usize::from(day)]
    }
}

/// The slot of the month of a date.
///
/// # Panics
/// Never: the dates of orders are between 2000 and 2099.
fn slot(date: Date) -> Slot {
    let name = format!("{:04}-{:02}", date.year(), date.month());
    name.parse().expect("a year and a month are a valid slot")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn months(newest: &str, look_back: u16) -> Months {
        Months::covering(Day::from_date(newest.parse().unwrap()), look_back)
    }

    #[test]
    fn the_look_back_begins_with_a_whole_month() {
        let months = months("2026-11-29", 400);
        let days = months.days();
        assert_eq!(
            (days.first.date().to_string(), days.last.date().to_string()),
            ("2025-10-01".into(), "2026-11-29".into())
        );
        let slots: Vec<_> = months.list().iter().map(|month| month.slot.as_str()).collect();
        assert_eq!((slots.len(), slots[0], slots[13]), (14, "2025-10", "2026-11"));
        assert_eq!(months.list()[13].days.last, days.last);
    }

    #[test]
    fn a_day_has_its_month_and_a_month_its_first_weekday() {
        let months = months("2026-03-01", 2);
        assert_eq!(months.list().len(), 2);
        assert_eq!(months.of_day(0), DayOfMonth { month: 0, day: 0 });
        assert_eq!(months.of_day(28), DayOfMonth { month: 1, day: 0 });
        assert_eq!([0, 1].map(|month| months.first_weekday(month)), [6, 6]);
    }
}
