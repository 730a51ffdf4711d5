//! The row groups of all order files with their days, and the last day of the windows.
//!
//! The days come from the footers of the files, so they include rows that validation rejects later. A
//! build therefore reads the orders first, and then asks `earlier_last_day` whether the
//! windows must end on an earlier day.

use std::sync::Arc;

use rayon::prelude::*;

use crate::config::{OrdersConfig, TimeColumn, Zoneless};
use crate::orders::calendar::{Calendar, Day, END_MICROS, MIN_MICROS};
use crate::orders::lines::LineNames;
use crate::orders::memory::ReadMemory;
use crate::orders::read::{OrderInput, OrdersError};
use crate::orders::source::{
    OrderFile, OrderFiles, RowGroup, RowGroupTimes, SourceError, micros_per_unit, open_orders,
};
use crate::orders::validate::{RowCounts, Validator};
use crate::orders::window::{DayRange, MAX_DAYS, ReadRange};
use crate::store::input::Input;

/// A row group and its first and last day.
pub(crate) struct DatedRowGroup<'a> {
    pub(crate) group: RowGroup<'a>,
    /// The days of its valid times.
    days: Option<DayRange>,
    has_invalid_times: bool,
}

impl DatedRowGroup<'_> {
    /// Whether it may contain rows of these days, or rows that must be counted as rejected for their
    /// time.
    fn overlaps(&self, range: ReadRange) -> bool {
        let ReadRange { days, rejects_older } = range;
        self.has_invalid_times
            || self.days.is_none_or(|own| {
                own.first <= days.last && (rejects_older || own.last >= days.first)
            })
    }
}

/// The row groups of all order files, with their days.
pub(crate) struct OrderDataset<'a> {
    pub(crate) groups: Vec<DatedRowGroup<'a>>,
    /// The last day: as requested, or the newest complete day that the footers allow.
    pub(crate) newest: Day,
    /// The earliest day in the data, which may be that of a row that is rejected later.
    pub(crate) oldest: Day,
}

impl<'a> OrderDataset<'a> {
    /// The row groups that may contain orders of some days, or rows that are rejected for their time.
    pub(crate) fn overlapping(&self, range: ReadRange) -> Vec<&DatedRowGroup<'a>> {
        self.groups.iter().filter(|group| group.overlaps(range)).collect()
    }

    /// Number of rows in the row groups that [`Self::overlapping`] leaves out.
    pub(crate) fn rows_outside(&self, range: ReadRange) -> u64 {
        let outside = self.groups.iter().filter(|group| !group.overlaps(range));
        outside.map(|group| group.group.rows()).fold(0, u64::saturating_add)
    }

    /// Fails if the footer of a row group that [`Self::overlapping`] leaves out is false: the row group may then
    /// contain orders of these days. Those of the others were checked when their rows were read.
    fn verify_outside(&self, range: ReadRange, time: &TimeColumn) -> Result<(), SourceError> {
        let outside = self.groups.par_iter().filter(|group| !group.overlaps(range));
        outside.try_for_each(|group| group.group.verify_times(time))
    }

    /// The first and last day in the footers, if there is any valid time.
    pub(crate) fn days(&self) -> Option<DayRange> {
        let days = self.groups.iter().filter_map(|group| group.days);
        days.reduce(|a, b| DayRange { first: a.first.min(b.first), last: a.last.max(b.last) })
    }

    /// The newest day up to `last` that the footers allow.
    fn newest_until(&self, last: Day) -> Option<Day> {
        let days = self.groups.iter().filter_map(|group| group.days);
        days.filter(|days| days.first <= last).map(|days| days.last.min(last)).max()
    }
}

/// The files of row groups, for the lineage of a build. The row groups of a file are adjacent.
pub(crate) fn input_files<'a>(groups: &[&DatedRowGroup<'a>]) -> Vec<(String, Input<'a>)> {
    let mut inputs: Vec<_> = groups.iter().map(|group| group.group.input()).collect();
    inputs.dedup_by(|(a, _), (b, _)| a == b);
    inputs
}

/// Converts the times of footers to days.
struct FooterCalendar<'a> {
    config: &'a OrdersConfig,
    zoned: Calendar,
    /// The latest valid time, in microseconds since 1970, and as local time.
    latest: i64,
    latest_local: i64,
}

impl FooterCalendar<'_> {
    /// A row group with its days, and whether any of its times is between 2000 and 2099.
    fn dated<'g>(&self, group: RowGroup<'g>) -> Result<(DatedRowGroup<'g>, bool), SourceError> {
        let column = &self.config.columns.time;
        let time_type = group.time_type(column);
        let is_local = self.config.zoneless == Zoneless::Local
            && matches!(time_type, arrow_schema::DataType::Timestamp(_, None));
        let wall_clock = Calendar::wall_clock();
        let (calendar, latest) =
            if is_local { (&wall_clock, self.latest_local) } else { (&self.zoned, self.latest) };
        let (factor, divisor) = micros_per_unit(time_type, column.unit);
        let micros = |time: i64| time.saturating_mul(factor).div_euclid(divisor);
        let RowGroupTimes::Between(low, high) = group.times(column)? else {
            return Ok((DatedRowGroup { group, days: None, has_invalid_times: true }, false));
        };
        let (low, high) = (micros(low), micros(high));
        let (first, last) = (low.max(MIN_MICROS), high.min(latest).min(END_MICROS - 1));
        let days = || DayRange { first: calendar.day(first), last: calendar.day(last) };
        let dated = DatedRowGroup {
            group,
            days: (first <= last).then(days),
            has_invalid_times: (first, last) != (low, high),
        };
        Ok((dated, low < END_MICROS && high >= MIN_MICROS))
    }
}

impl OrderInput {
    /// Opens the files and reads their footers.
    pub(crate) fn open_files(&self) -> Result<OrderFiles, OrdersError> {
        let memory = Arc::new(ReadMemory::new(self.memory_limit()?));
        Ok(open_orders(&self.orders, &self.config.orders, &memory)?)
    }

    /// The row groups of files and their days.
    pub(crate) fn dataset<'a>(
        &self,
        files: &'a [OrderFile],
    ) -> Result<OrderDataset<'a>, OrdersError> {
        self.check_as_of()?;
        let groups = self.groups(files)?;
        let mut dataset = OrderDataset { groups, newest: self.newest_allowed(), oldest: Day(0) };
        if self.as_of.is_none() {
            dataset.newest = dataset.newest_until(dataset.newest).unwrap_or(dataset.newest);
        }
        let days = dataset.groups.iter().filter_map(|group| group.days);
        dataset.oldest = days.map(|days| days.first).min().unwrap_or(dataset.newest);
        Ok(dataset)
    }

    /// The last day that windows may end with.
    fn newest_allowed(&self) -> Day {
        match self.as_of {
            Some(date) => Day::from_date(date),
            None if self.include_today => self.today(),
            None => Day(self.today().0 - 1),
        }
    }

    /// The day of the current time. An order may be later than now, but no window is.
    fn today(&self) -> Day {
        Day::from_date(self.config.time_zone.to_datetime(self.now).date())
    }

    /// Fails if the requested last day has not begun.
    fn check_as_of(&self) -> Result<(), OrdersError> {
        let today = self.today().date();
        match self.as_of {
            Some(as_of) if as_of > today => {
                Err(OrdersError::AsOfInFuture { as_of, today, now: self.now })
            }
            _ => Ok(()),
        }
    }

    fn groups<'a>(&self, files: &'a [OrderFile]) -> Result<Vec<DatedRowGroup<'a>>, OrdersError> {
        let groups: Vec<_> = files.iter().flat_map(OrderFile::row_groups).collect();
        if groups.iter().all(|group| group.rows() == 0) {
            return Err(OrdersError::NoRows { orders: self.orders.clone() });
        }
        let latest = self.latest();
        let offset = i64::from(self.config.time_zone.to_offset(latest).seconds()) * 1_000_000;
        let calendar = FooterCalendar {
            config: &self.config.orders,
            zoned: Calendar::new(&self.config.time_zone),
            latest: latest.as_microsecond(),
            latest_local: latest.as_microsecond() + offset,
        };
        let dated = groups.into_par_iter().map(|group| calendar.dated(group));
        let dated: Vec<_> = dated.collect::<Result<_, SourceError>>()?;
        if !dated.iter().any(|(_, has_times)| *has_times) {
            return Err(OrdersError::NoTimes { orders: self.orders.clone() });
        }
        Ok(dated.into_iter().map(|(group, _)| group).collect())
    }

    /// The last day that the windows must have instead of the last day of `range`; `None` if that day is
    /// right. `counts` are the counts of the orders that were read in `range`. If the day is right, no row group that
    /// was not read contains an order of these days.
    pub(crate) fn earlier_last_day(
        &self,
        dataset: &OrderDataset<'_>,
        range: ReadRange,
        counts: &RowCounts,
    ) -> Result<Option<Day>, OrdersError> {
        let earlier = self.find_earlier_last_day(dataset, range, counts)?;
        if earlier.is_none() && !self.config.orders.trust_footer_times {
            dataset.verify_outside(range, &self.config.orders.columns.time)?;
        }
        Ok(earlier)
    }

    fn find_earlier_last_day(
        &self,
        dataset: &OrderDataset<'_>,
        range: ReadRange,
        counts: &RowCounts,
    ) -> Result<Option<Day>, OrdersError> {
        let DayRange { first, last } = range.days;
        if self.as_of.is_some() || counts.last_day == Some(last) {
            return Ok(None);
        }
        if counts.last_day.is_some() {
            return Ok(counts.last_day);
        }
        if let Some(day) = self.newest_valid_day(dataset, Day(first.0 - 1))? {
            return Ok(Some(day));
        }
        // The caller reports that there is no valid order.
        let Some(day) = self.newest_valid_day(dataset, Day::from_date(self.latest_date()))? else {
            return Ok(None);
        };
        Err(OrdersError::NoCompleteDay {
            orders: self.orders.clone(),
            day: day.date(),
            now: self.now,
        })
    }

    fn latest_date(&self) -> jiff::civil::Date {
        self.config.time_zone.to_datetime(self.latest()).date()
    }

    /// The newest day up to `last` that has a valid order.
    fn newest_valid_day(
        &self,
        dataset: &OrderDataset<'_>,
        mut last: Day,
    ) -> Result<Option<Day>, OrdersError> {
        while let Some(newest) = dataset.newest_until(last) {
            let days = DayRange { first: Day(newest.0 - i32::from(MAX_DAYS)), last: newest };
            if let Some(day) = self.newest_valid_day_within(dataset, days)? {
                return Ok(Some(day));
            }
            last = Day(days.first.0 - 1);
        }
        Ok(None)
    }

    /// The newest of these days that has a valid order. Reads row groups from the newest to the oldest,
    /// and stops when no other one can contain a newer order.
    fn newest_valid_day_within(
        &self,
        dataset: &OrderDataset<'_>,
        days: DayRange,
    ) -> Result<Option<Day>, OrdersError> {
        let mut groups: Vec<_> = dataset
            .groups
            .iter()
            .filter_map(|group| Some((group.days?, group.group)))
            .filter(|(own, _)| own.first <= days.last && own.last >= days.first)
            .map(|(own, group)| (own.last.min(days.last), group))
            .collect();
        groups.sort_by_key(|(last, _)| std::cmp::Reverse(*last));
        let lines = LineNames::default();
        let range = ReadRange { days, rejects_older: false };
        let validator = Validator::new(&self.config, range, self.latest(), &lines, None);
        let mut newest = None;
        for groups in groups.chunk_by(|(a, _), (b, _)| a == b) {
            if newest >= Some(groups[0].0) {
                break;
            }
            let days = groups.par_iter().map(|(_, group)| {
                let counts = validator.validate(*group, |_| Ok::<_, OrdersError>(()))?;
                Ok::<_, OrdersError>(counts.last_day)
            });
            newest = newest.max(days.try_reduce(|| None, |a, b| Ok(a.max(b)))?);
        }
        Ok(newest)
    }
}
