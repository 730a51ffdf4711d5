//! Reads orders: from files to valid orders without duplicates.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use bytes::Bytes;
use jiff::Timestamp;
use jiff::civil::Date;
use rayon::prelude::*;
use tilecore::manifest::City;
use tilecore::text::{counted, was_or_were};
use tilecore::{Cell, DEEPEST_LEVEL};

use crate::config::Config;
use crate::orders::calendar::Day;
use crate::orders::lines::{LineNames, Lines, TooManyLines};
use crate::orders::memory::{MemoryLimit, ReadMemory, TooLittleMemory};
use crate::orders::order::PackedOrder;
use crate::orders::rejects::RejectReason;
use crate::orders::sort::dedup::{Duplicates, find_duplicates};
use crate::orders::sort::partition::Partitions;
use crate::orders::sort::spill::{OrderSpill, SpillWriter};
use crate::orders::source::{RowGroup, SourceError, open_bytes};
use crate::orders::validate::{RowCounts, Users, ValidateError, Validator};
use crate::orders::window::{DayRange, ReadRange, Window};
use crate::polygons::AreaSets;
use crate::telemetry::progress::Progress;
use crate::telemetry::stopwatch::Stopwatch;

/// Which orders to read, and how.
#[derive(Clone, Debug)]
pub struct OrderInput {
    /// Path, folder, glob pattern or URL of the order files.
    pub orders: String,
    /// Columns, cities and time zone.
    pub config: Config,
    /// The current time.
    pub now: Timestamp,
    /// Last day; by default the newest complete day with a valid order.
    pub as_of: Option<Date>,
    /// Whether the last day may be a day that is not over.
    pub include_today: bool,
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
    /// The memory limit is too low for the data.
    #[error(transparent)]
    Memory(#[from] TooLittleMemory),
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
    /// All valid orders are from days that have not ended.
    #[error(
        "every valid order of {orders} is from a day that has not ended: the newest is from {day}, and the current time is {now:.0}; use --include-today to publish a day that is not over"
    )]
    NoCompleteDay {
        /// Where the orders came from.
        orders: String,
        /// The newest day with a valid order.
        day: Date,
        /// The current time.
        now: Timestamp,
    },
    /// The requested last day has not begun.
    #[error(
        "--as-of {as_of} is in the future: today is {today} ({now:.0}); use a day up to {today}, or correct the clock"
    )]
    AsOfInFuture {
        /// The requested last day.
        as_of: Date,
        /// The current day in the time zone of the configuration.
        today: Date,
        /// The current time.
        now: Timestamp,
    },
    /// The window contains no valid order.
    #[error(
        "no valid order between {from} and {to}: {} of these days {} rejected{reasons}, and the files contain rows from {first} to {last}; check --as-of, --window and the time column",
        counted(*rejected, "row"),
        was_or_were(*rejected)
    )]
    NoOrders {
        /// First day of the window.
        from: Date,
        /// Last day of the window.
        to: Date,
        /// Rows rejected.
        rejected: u64,
        /// The most common reasons in brackets, or nothing.
        reasons: String,
        /// The earliest day in the files, also of rejected rows.
        first: Date,
        /// The latest day in the files.
        last: Date,
    },
    /// More rows were rejected than the configuration allows.
    #[error(
        "{rejected} of {} {} rejected{reasons}, more than the share of {allowed} that max_reject_share allows{example}{hint}; nothing was published",
        counted(*rows, "row"),
        was_or_were(*rejected)
    )]
    TooManyRejects {
        /// Rows rejected.
        rejected: u64,
        /// Rows read.
        rows: u64,
        /// Share allowed.
        allowed: f64,
        /// The most common reasons in brackets.
        reasons: String,
        /// A row that was rejected for the most common reason, or nothing.
        example: String,
        /// The remedy, if one is known.
        hint: String,
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

/// How to read orders.
pub(crate) struct ReadOptions<'a> {
    pub(crate) range: ReadRange,
    pub(crate) partitions: &'a Partitions,
    /// Where orders are stored until they are counted.
    pub(crate) spill: SpillWriter,
    /// Areas to look up for each order.
    pub(crate) areas: Option<&'a AreaSets>,
    /// Whether the hour and city of each order are kept.
    pub(crate) keeps_details: bool,
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

impl LoadedOrders {
    /// Frees the orders, and keeps what was counted of them and their lines.
    pub(crate) fn into_counts(self) -> (RowCounts, Lines) {
        (self.counts, self.lines)
    }
}

/// Reads and validates the orders of one Parquet file, and returns what happened to its rows. The fuzzer
/// calls this with damaged files.
pub fn validate_bytes(input: &OrderInput, bytes: Bytes) -> Result<RowCounts, OrdersError> {
    let memory = Arc::new(ReadMemory::new(input.memory_limit()?));
    let file = open_bytes(bytes, &input.config.orders, &memory)?;
    let names = LineNames::default();
    let last = Day::from_date(input.config.time_zone.to_datetime(input.latest()).date());
    let days = DayRange::of_window(Window::All, last, Day(0));
    let range = ReadRange { days, rejects_older: true };
    let validator = Validator::new(&input.config, range, input.latest(), &names, None);
    let mut counts = RowCounts::default();
    for group in file.row_groups() {
        group.times(&input.config.orders.columns.time)?;
        counts.merge(&validator.validate(group, |_| Ok::<_, OrdersError>(()))?);
    }
    Ok(counts)
}

impl OrderInput {
    /// Reads and validates orders, assigns line indices and finds duplicates.
    pub(crate) fn read(
        &self,
        groups: &[RowGroup<'_>],
        options: ReadOptions<'_>,
        stopwatch: &mut Stopwatch,
    ) -> Result<LoadedOrders, OrdersError> {
        let ReadOptions {
            range,
            partitions,
            spill,
            areas,
            keeps_details,
            published_lines,
            progress,
        } = options;
        let names = LineNames::default();
        let validator = Validator::new(&self.config, range, self.latest(), &names, areas)
            .with_details(keeps_details);
        let rows = groups.iter().map(RowGroup::rows).fold(0, u64::saturating_add);
        let bar = progress.step("reading rows", rows);
        let counts = groups.par_iter().map(|group| {
            let counts = validator.validate(*group, |orders| {
                spill.add(orders, partitions).map_err(|source| self.temporary_error(source))
            })?;
            bar.advance(counts.rows);
            Ok(counts)
        });
        let add = |mut all: RowCounts, part: RowCounts| {
            all.merge(&part);
            Ok::<_, OrdersError>(all)
        };
        let mut counts = counts.try_reduce(RowCounts::default, add)?;
        stopwatch.record_step("read");

        let mut spill = spill.finish();
        self.check_integer_users(&spill, validator.users())?;
        drop(validator);
        let lines = names.assign_indices(published_lines)?;
        let memory_bytes = self.memory_limit()?.working_bytes() / 2;
        let area_ranks = areas.map(AreaSets::ranks).unwrap_or_default();
        let duplicates = find_duplicates(&spill, &lines, &area_ranks, memory_bytes)
            .map_err(|source| self.temporary_error(source))?;
        spill.drop_ids();
        counts.rejects.add(RejectReason::Duplicate, duplicates.count());
        self.count_duplicates(&duplicates, &spill, range, &mut counts)
            .map_err(|source| self.temporary_error(source))?;
        stopwatch.record_step("dedup");
        Ok(LoadedOrders { spill, duplicates, lines, counts })
    }

    /// Counts duplicates by day and city. A packed order has no city, so it is the one whose box is nearest
    /// to the cell.
    fn count_duplicates(
        &self,
        duplicates: &Duplicates,
        spill: &OrderSpill,
        range: ReadRange,
        counts: &mut RowCounts,
    ) -> io::Result<()> {
        for order in duplicates.orders(spill) {
            let order = order?;
            let (corner, opposite) = Cell::from_key(DEEPEST_LEVEL, order.key()).corners();
            let (lng, lat) =
                (f64::midpoint(corner.lng, opposite.lng), f64::midpoint(corner.lat, opposite.lat));
            let outside = |city: &City| {
                let [west, south, east, north] = city.bounds;
                (west - lng).max(lng - east).max(south - lat).max(lat - north)
            };
            let cities = &self.config.cities;
            let city = cities.iter().min_by(|a, b| outside(a).total_cmp(&outside(b)));
            if let Some(city) = city {
                let day = Day(range.days.last.0 - i32::from(order.days_back()));
                counts.by_day.add_duplicate(day, city.id);
            }
        }
        Ok(())
    }

    /// The memory limit, for the threads of this process.
    pub(crate) fn memory_limit(&self) -> Result<MemoryLimit, TooLittleMemory> {
        MemoryLimit::new(self.memory_bytes, rayon::current_num_threads())
    }

    /// The end of a day, or now if the day has not ended.
    pub(crate) fn end_of_day(&self, day: Day) -> Timestamp {
        let next = day.date().tomorrow();
        let midnight = next.and_then(|next| next.in_tz(&self.config.time_zone_name));
        midnight.map_or(self.now, |midnight| midnight.timestamp().min(self.now))
    }

    /// The latest time that an order may have.
    pub(crate) fn latest(&self) -> Timestamp {
        self.now.checked_add(self.config.orders.max_future).unwrap_or(Timestamp::MAX)
    }

    /// Checks that no integer is the same number as the hash of a text. Texts are checked while they are
    /// read, but integers only here and only if there are both, because most data have one kind.
    fn check_integer_users(&self, spill: &OrderSpill, users: &Users) -> Result<(), OrdersError> {
        if !users.has_hashes() {
            return Ok(());
        }
        let segments = spill.segments().par_iter().filter(|segment| segment.has_integer_users());
        segments.try_for_each(|segment| {
            let (mut packed, mut numbers) = (Vec::new(), Vec::new());
            let all = 0..segment.len();
            spill
                .append_packed(segment, all.clone(), &mut packed)
                .and_then(|()| spill.append_users(segment, all, &mut numbers))
                .map_err(|source| self.temporary_error(source))?;
            let known = packed
                .iter()
                .zip(&numbers)
                .filter(|(order, _)| PackedOrder(**order).is_user_known());
            if known.into_iter().any(|(_, &number)| users.is_hash(number)) {
                let (name, column) = (self.orders.clone(), self.config.orders.columns.user.clone());
                return Err(ValidateError::UserCollision { name, column }.into());
            }
            Ok(())
        })
    }

    pub(crate) fn temporary_error(&self, source: io::Error) -> OrdersError {
        OrdersError::Temporary { folder: self.temp_dir.clone(), source }
    }
}
