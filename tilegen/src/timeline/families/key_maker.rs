//! Makes the keys of rows.

use super::lines::MonthLines;
use crate::orders::lines::LineCode;
use crate::timeline::keys::RowKey;
use crate::timeline::months::Months;

/// The values from which the keys of all layers are computed.
pub(in crate::timeline) struct KeyMaker<'a> {
    pub(in crate::timeline) months: &'a Months,
    pub(in crate::timeline) lines: &'a MonthLines,
}

impl KeyMaker<'_> {
    /// The key of a day and a line.
    #[inline]
    pub(super) fn key(&self, cell: u32, day: u16, line: Option<LineCode>, part: u16) -> RowKey {
        let place = self.months.of_day(day);
        let line = line.map_or(0, |line| self.lines.index(place.month, line));
        RowKey { month: place.month, cell, line, day: place.day, part }
    }

    /// The first day of the month of a day.
    #[inline]
    pub(super) fn month_start(&self, day: u16) -> u16 {
        day - u16::from(self.months.of_day(day).day)
    }
}
