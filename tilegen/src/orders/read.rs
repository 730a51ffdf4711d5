//! Reads orders: from files to valid orders without duplicates.

use std::io;
use std::path::PathBuf;

use jiff::Timestamp;
use jiff::civil::Date;
use rayon::prelude::*;

use crate::config::{Config, Zoneless};
use crate::orders::calendar::{Calendar, Day, END_MICROS, MIN_MICROS};
use crate::orders::lines::{LineNames, Lines, TooManyLines};
use crate::orders::rejects::RejectReason;
use crate::orders::sort::dedup::{Duplicates, find_duplicates};
use crate::orders::sort::partition::Partitions;
use crate::orders::sort::spill::{OrderSpill, SpillWriter};
use crate::orders::source::{
    OrderFile, RowGroup, RowGroupTimes, SourceError, micros_per_unit, open_orders,
};
use crate::orders::validate::{RowCounts, ValidateError, Validator};
use crate::orders::window::DayRange;
use crate::polygons::AreaSets;
use crate::store::input::Input;
use crate::telemetry::progress::Progress;
use crate::telemetry::stopwatch::Stopwatch;

/// Which orders to read, and how.
#[derive(Clone, Debug)]
pub struct OrderInput {
    /// Path, folder, glob pattern or URL of the order files.
    pub orders: String,
    /// Columns, cities and time zone.
    pub config: Config,
    /// Last day; by default the newest day of the orders.
    pub as_of: Option<Date>,
    /// Most memory to use, in bytes.
    pub memory_bytes: u64,
    /// Folder for temporary files.
    pub temp_dir: PathBuf,
}

/// Why orders could not be read.
#[derive(Debug, thiserror::Error)]
pub enum OrdersError {
    /// Orders could not be read.
    #[error("could not read the orders")]
    Source(#[from] SourceError),
    /// Orders could not be validated.
    #[error("could not validate the orders")]
    Validate(#[from] ValidateError),
    /// The orders have too many lines.
    #[error(transparent)]
    Lines(#[from] TooManyLines),
    /// The files have no rows.
    #[error("{orders} has no rows")]
    NoRows {
        /// Where the orders came from.
        orders: String,
    },
    /// No row has a valid time.
    #[error(
        "no row of {orders} has a time between 2000 and 2099; check the time column and its unit under [orders.columns]"
    )]
    NoTimes {
        /// Where the orders came from.
        orders: String,
    },
    /// The window contains no valid order.
    #[error(
        "no valid order between {from} and {to}: {rows} rows read, {outside} on other days, {rejected} rejected ({reasons})"
    )]
    NoOrders {
        /// First day of the window.
        from: Date,
        /// Last day of the window.
        to: Date,
        /// Rows read.
        rows: u64,
        /// Rows on other days.
        outside: u64,
        /// Rows rejected.
        rejected: u64,
        /// The most common reasons.
        reasons: String,
    },
    /// More rows were rejected than the configuration allows.
    #[error(
        "{rejected} of {rows} rows were rejected ({reasons}), more than the share of {allowed} that max_reject_share allows; nothing was published"
    )]
    TooManyRejects {
        /// Rows rejected.
        rejected: u64,
        /// Rows read.
        rows: u64,
        /// Share allowed.
        allowed: f64,
        /// The most common reasons.
        reasons: String,
    },
    /// Temporary files could not be used.
    #[error("could not use temporary files in {folder}; check that the disk is not full")]
    Temporary {
        /// The folder.
        folder: PathBuf,
        /// Cause.
        #[source]
        source: io::Error,
    },
}

/// A row group and its first and last day.
pub(crate) struct DatedRowGroup<'a> {
    pub(crate) group: RowGroup<'a>,
    days: Option<DayRange>,
}

impl DatedRowGroup<'_> {
    /// Whether some of its rows may count. A group without a valid time is read too, so that its rows
    /// are counted as rejected.
    fn overlaps(&self, days: DayRange) -> bool {
        self.days.is_none_or(|own| own.first <= days.last && own.last >= days.first)
    }
}

/// The row groups of all order files, with their days.
pub(crate) struct OrderDataset<'a> {
    pub(crate) groups: Vec<DatedRowGroup<'a>>,
    /// The last day: as requested, or the newest day in the data.
    pub(crate) newest: Day,
    /// The earliest day in the data, which may be that of a row that is rejected later.
    pub(crate) oldest: Day,
}

/// How to read orders.
pub(crate) struct ReadOptions<'a> {
    pub(crate) days: DayRange,
    pub(crate) partitions: &'a Partitions,
    /// Where orders are stored until they are counted.
    pub(crate) spill: SpillWriter,
    /// Areas to look up for each order.
    pub(crate) areas: Option<&'a AreaSets>,
    /// Lines that have an index already.
    pub(crate) published_lines: &'a [String],
    pub(crate) progress: Progress,
}

/// Valid orders, and which of them are duplicates.
pub(crate) struct LoadedOrders {
    pub(crate) spill: OrderSpill,
    pub(crate) duplicates: Duplicates,
    pub(crate) lines: Lines,
    pub(crate) counts: RowCounts,
}

impl OrderInput {
    /// Opens the files and reads their footers.
    pub(crate) fn open_files(&self) -> Result<Vec<OrderFile>, OrdersError> {
        Ok(open_orders(&self.orders, &self.config.orders)?)
    }

    /// The row groups of files and their days.
    pub(crate) fn dataset<'a>(
        &self,
        files: &'a [OrderFile],
    ) -> Result<OrderDataset<'a>, OrdersError> {
        let groups = self.groups(files)?;
        let days = || groups.iter().filter_map(|group| group.days);
        let newest = days().map(|days| days.last).max();
        let newest = newest.ok_or_else(|| OrdersError::NoTimes { orders: self.orders.clone() })?;
        let newest = self.as_of.map_or(newest, Day::from_date);
        let oldest = days().map(|days| days.first).min().unwrap_or(newest);
        Ok(OrderDataset { groups, newest, oldest })
    }

    fn groups<'a>(&self, files: &'a [OrderFile]) -> Result<Vec<DatedRowGroup<'a>>, OrdersError> {
        let groups: Vec<_> = files.iter().flat_map(OrderFile::row_groups).collect();
        if groups.iter().all(|group| group.rows() == 0) {
            return Err(OrdersError::NoRows { orders: self.orders.clone() });
        }
        let zoned = Calendar::new(&self.config.time_zone);
        let dated = groups.into_par_iter().map(|group| {
            let column = &self.config.orders.columns.time;
            let time_type = group.time_type(column);
            let local = self.config.orders.zoneless == Zoneless::Local
                && matches!(time_type, arrow::datatypes::DataType::Timestamp(_, None));
            let calendar = if local { &Calendar::wall_clock() } else { &zoned };
            let (factor, divisor) = micros_per_unit(time_type, column.unit);
            let micros = |time: i64| time.saturating_mul(factor).div_euclid(divisor);
            let days = match group.times(column)? {
                RowGroupTimes::NoTimes => None,
                RowGroupTimes::Between(low, high) => {
                    let (low, high) =
                        (micros(low).max(MIN_MICROS), micros(high).min(END_MICROS - 1));
                    let range = || DayRange { first: calendar.day(low), last: calendar.day(high) };
                    (low <= high).then(range)
                }
            };
            Ok(DatedRowGroup { group, days })
        });
        dated.collect::<Result<_, SourceError>>().map_err(OrdersError::from)
    }

    /// Reads and validates orders, assigns line indices and finds duplicates.
    pub(crate) fn read(
        &self,
        groups: &[&DatedRowGroup<'_>],
        options: ReadOptions<'_>,
        stopwatch: &mut Stopwatch,
    ) -> Result<LoadedOrders, OrdersError> {
        let ReadOptions { days, partitions, spill, areas, published_lines, progress } = options;
        let names = LineNames::default();
        let validator = Validator::new(&self.config, days, &names, areas);
        let rows = groups.iter().map(|group| group.group.rows()).sum();
        let bar = progress.step("reading rows", rows);
        let counts = groups.par_iter().map(|group| {
            let (orders, counts) = validator.validate(group.group)?;
            spill.add(orders, partitions).map_err(|source| self.temporary_error(source))?;
            bar.advance(counts.rows);
            Ok(counts)
        });
        let add = |mut all: RowCounts, part: RowCounts| {
            all.merge(&part);
            Ok::<_, OrdersError>(all)
        };
        let mut counts = counts.try_reduce(RowCounts::default, add)?;
        stopwatch.record_step("read");

        let lines = names.assign_indices(published_lines)?;
        let mut spill = spill.finish();
        let duplicates =
            find_duplicates(&spill, &lines).map_err(|source| self.temporary_error(source))?;
        spill.drop_ids();
        counts.rejects.add(RejectReason::Duplicate, duplicates.count());
        self.check_counts(&counts, days)?;
        stopwatch.record_step("dedup");
        Ok(LoadedOrders { spill, duplicates, lines, counts })
    }

    /// The end of a day, or now if the day has not ended.
    pub(crate) fn end_of_day(&self, day: Day) -> Timestamp {
        let next = day.date().tomorrow();
        let midnight = next.and_then(|next| next.in_tz(&self.config.time_zone_name));
        let now = Timestamp::now();
        midnight.map_or(now, |midnight| midnight.timestamp().min(now))
    }

    fn check_counts(&self, counts: &RowCounts, days: DayRange) -> Result<(), OrdersError> {
        let rejected = counts.rejects.total();
        let reasons = || {
            let mut reasons: Vec<_> = RejectReason::ALL
                .iter()
                .map(|&reason| (counts.rejects.count(reason), reason.description()))
                .collect();
            reasons.retain(|(rows, _)| *rows > 0);
            reasons.sort_by_key(|(rows, _)| std::cmp::Reverse(*rows));
            let phrases = reasons.iter().take(3).map(|(rows, reason)| format!("{rows} {reason}"));
            phrases.collect::<Vec<_>>().join(", ")
        };
        let inside = counts.rows - counts.outside_window;
        let allowed = self.config.orders.max_reject_share;
        if rejected as f64 > allowed * inside as f64 {
            return Err(OrdersError::TooManyRejects {
                rejected,
                rows: inside,
                allowed,
                reasons: reasons(),
            });
        }
        if counts.orders() == 0 {
            return Err(OrdersError::NoOrders {
                from: days.first.date(),
                to: days.last.date(),
                rows: counts.rows,
                outside: counts.outside_window,
                rejected,
                reasons: reasons(),
            });
        }
        Ok(())
    }

    pub(crate) fn temporary_error(&self, source: io::Error) -> OrdersError {
        OrdersError::Temporary { folder: self.temp_dir.clone(), source }
    }
}

/// The files of row groups, for the lineage of a build. The row groups of a file are adjacent.
pub(crate) fn input_files<'a>(groups: &[&DatedRowGroup<'a>]) -> Vec<(String, Input<'a>)> {
    let mut inputs: Vec<_> = groups.iter().map(|group| group.group.input()).collect();
    inputs.dedup_by(|(a, _), (b, _)| a == b);
    inputs
}

impl<'a> OrderDataset<'a> {
    /// The row groups that may contain orders of some days.
    pub(crate) fn overlapping(&self, days: DayRange) -> Vec<&DatedRowGroup<'a>> {
        self.groups.iter().filter(|group| group.overlaps(days)).collect()
    }
}
