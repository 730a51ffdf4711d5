//! Order input: which orders a job reads, and the way from files to valid orders without repeats.

use std::io;
use std::path::PathBuf;

use jiff::Timestamp;
use jiff::civil::Date;
use rayon::prelude::*;

use crate::config::{Config, Zoneless};
use crate::orders::calendar::{Calendar, Day, EARLIEST, TOO_LATE};
use crate::orders::lines::{LineNames, Lines, TooManyLines};
use crate::orders::rejects::RejectReason;
use crate::orders::sort::dedup::{Repeats, find_repeats};
use crate::orders::sort::partition::Buckets;
use crate::orders::sort::spill::{Runs, SealedRuns};
use crate::orders::source::{
    OrderFile, RowGroup, RowGroupTimes, SourceError, micros_per_unit, open_orders,
};
use crate::orders::validate::{RowCounts, ValidateError, Validator};
use crate::orders::window::DayRange;
use crate::polygons::AreaSets;
use crate::store::input::Input;
use crate::telemetry::progress::Progress;
use crate::telemetry::stopwatch::Stopwatch;

/// Which orders to read, and with what.
#[derive(Clone, Debug)]
pub struct OrderInput {
    /// Path, folder, pattern or URL of order parquet.
    pub orders: String,
    /// How orders are read.
    pub config: Config,
    /// Last day; without it the newest day of the orders.
    pub as_of: Option<Date>,
    /// Most memory to use, in bytes.
    pub memory_bytes: u64,
    /// Folder for temporary files.
    pub temporary: PathBuf,
}

/// Why no orders could be had.
#[derive(Debug, thiserror::Error)]
pub enum OrdersError {
    /// Orders could not be read.
    #[error("could not read the orders")]
    Source(#[from] SourceError),
    /// Orders could not be checked.
    #[error("could not check the orders")]
    Validate(#[from] ValidateError),
    /// Too many lines.
    #[error(transparent)]
    Lines(#[from] TooManyLines),
    /// There is no row at all.
    #[error("{orders} has no rows")]
    NoRows {
        /// Where the orders came from.
        orders: String,
    },
    /// No row has a time that can be read.
    #[error(
        "no row of {orders} has a readable time between 2000 and 2099; is the time column the right one, with the right unit?"
    )]
    NoTimes {
        /// Where the orders came from.
        orders: String,
    },
    /// No valid order lies in the window.
    #[error(
        "no valid order between {from} and {to}: {rows} rows read, {outside} of other days, {rejected} rejected ({reasons})"
    )]
    NoOrders {
        /// First day asked for.
        from: Date,
        /// Last day asked for.
        to: Date,
        /// Rows read.
        rows: u64,
        /// Rows of other days.
        outside: u64,
        /// Rows rejected.
        rejected: u64,
        /// The commonest reasons.
        reasons: String,
    },
    /// More rows were rejected than the configuration allows.
    #[error(
        "{rejected} of {rows} rows were rejected ({reasons}), more than the share of {allowed} that max_reject_share allows; nothing is published"
    )]
    TooManyRejects {
        /// Rows rejected.
        rejected: u64,
        /// Rows read.
        rows: u64,
        /// Share allowed.
        allowed: f64,
        /// The commonest reasons.
        reasons: String,
    },
    /// Temporary files could not be used.
    #[error("could not use temporary files in {folder}; is the disk full?")]
    Temporary {
        /// The folder.
        folder: PathBuf,
        /// Cause.
        #[source]
        source: io::Error,
    },
}

/// A row group and its first and last day.
pub(crate) struct DatedGroup<'a> {
    pub(crate) group: RowGroup<'a>,
    days: Option<DayRange>,
}

impl DatedGroup<'_> {
    /// Whether some of its rows may count. A group without any readable time is read too, so that
    /// its rows are counted as rejects.
    fn overlaps(&self, days: DayRange) -> bool {
        self.days.is_none_or(|own| own.first <= days.last && own.last >= days.first)
    }
}

/// Order files whose footers are read.
pub(crate) struct OpenOrders<'a> {
    pub(crate) groups: Vec<DatedGroup<'a>>,
    /// The last day: as asked for, or else the newest present.
    pub(crate) newest: Day,
    /// The earliest day that footers know, which may be that of a row that is no order.
    pub(crate) oldest: Day,
}

/// How the orders of some days are read.
pub(crate) struct Reading<'a> {
    pub(crate) days: DayRange,
    pub(crate) buckets: &'a Buckets,
    /// Where they go while they are not needed.
    pub(crate) runs: Runs,
    /// Areas to find each order's in.
    pub(crate) areas: Option<&'a AreaSets>,
    /// Lines that have an index already.
    pub(crate) known_lines: &'a [String],
    pub(crate) progress: Progress,
}

/// Valid orders, and which of them repeat another.
pub(crate) struct ReadOrders {
    pub(crate) runs: SealedRuns,
    pub(crate) repeats: Repeats,
    pub(crate) lines: Lines,
    pub(crate) counts: RowCounts,
}

impl OrderInput {
    /// The files, footers read.
    pub(crate) fn open(&self) -> Result<Vec<OrderFile>, OrdersError> {
        Ok(open_orders(&self.orders, &self.config.orders)?)
    }

    /// The row groups of files, and the days that they span.
    pub(crate) fn dated<'a>(&self, files: &'a [OrderFile]) -> Result<OpenOrders<'a>, OrdersError> {
        let groups = self.groups(files)?;
        let days = || groups.iter().filter_map(|group| group.days);
        let newest = days().map(|days| days.last).max();
        let newest = newest.ok_or_else(|| OrdersError::NoTimes { orders: self.orders.clone() })?;
        let newest = self.as_of.map_or(newest, Day::of);
        let oldest = days().map(|days| days.first).min().unwrap_or(newest);
        Ok(OpenOrders { groups, newest, oldest })
    }

    fn groups<'a>(&self, files: &'a [OrderFile]) -> Result<Vec<DatedGroup<'a>>, OrdersError> {
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
                RowGroupTimes::Nowhere => None,
                RowGroupTimes::Between(low, high) => {
                    let (low, high) = (micros(low).max(EARLIEST), micros(high).min(TOO_LATE - 1));
                    let range = || DayRange { first: calendar.day(low), last: calendar.day(high) };
                    (low <= high).then(range)
                }
            };
            Ok(DatedGroup { group, days })
        });
        dated.collect::<Result<_, SourceError>>().map_err(OrdersError::from)
    }

    /// Reads orders, names their lines and finds those that repeat another.
    pub(crate) fn read(
        &self,
        groups: &[&DatedGroup<'_>],
        reading: Reading<'_>,
        watch: &mut Stopwatch,
    ) -> Result<ReadOrders, OrdersError> {
        let Reading { days, buckets, runs, areas, known_lines, progress } = reading;
        let names = LineNames::default();
        let validator = Validator::new(&self.config, days, &names, areas);
        let rows = groups.iter().map(|group| group.group.rows()).sum();
        let bar = progress.step("reading rows", rows);
        let counts = groups.par_iter().map(|group| {
            let (orders, counts) = validator.check(group.group)?;
            runs.add(orders, buckets).map_err(|source| self.temporary_failed(source))?;
            bar.advance(counts.rows);
            Ok(counts)
        });
        let add = |mut all: RowCounts, part: RowCounts| {
            all.merge(&part);
            Ok::<_, OrdersError>(all)
        };
        let mut counts = counts.try_reduce(RowCounts::default, add)?;
        watch.lap("read");

        let lines = names.settle(known_lines)?;
        let mut runs = runs.seal();
        let repeats =
            find_repeats(&runs, &lines).map_err(|source| self.temporary_failed(source))?;
        runs.drop_ids();
        counts.rejects.add(RejectReason::Duplicate, repeats.count());
        self.check_counts(&counts, days)?;
        watch.lap("dedup");
        Ok(ReadOrders { runs, repeats, lines, counts })
    }

    /// When a day ends, or now if that is still to come.
    pub(crate) fn end_of(&self, day: Day) -> Timestamp {
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
                .map(|&why| (counts.rejects.of(why), why.words()))
                .collect();
            reasons.retain(|(rows, _)| *rows > 0);
            reasons.sort_by_key(|(rows, _)| std::cmp::Reverse(*rows));
            let words = reasons.iter().take(3).map(|(rows, words)| format!("{rows} {words}"));
            words.collect::<Vec<_>>().join(", ")
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

    pub(crate) fn temporary_failed(&self, source: io::Error) -> OrdersError {
        OrdersError::Temporary { folder: self.temporary.clone(), source }
    }
}

/// The files of row groups as a build names them; the groups of a file lie side by side.
pub(crate) fn inputs_of<'a>(groups: &[&DatedGroup<'a>]) -> Vec<(String, Input<'a>)> {
    let mut inputs: Vec<_> = groups.iter().map(|group| group.group.input()).collect();
    inputs.dedup_by(|(a, _), (b, _)| a == b);
    inputs
}

impl<'a> OpenOrders<'a> {
    /// The row groups that may hold orders of some days.
    pub(crate) fn of(&self, days: DayRange) -> Vec<&DatedGroup<'a>> {
        self.groups.iter().filter(|group| group.overlaps(days)).collect()
    }
}
