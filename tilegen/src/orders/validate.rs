//! Validation: turns rows into orders, or counts them by reject reason.

mod batch;
mod columns;
mod error;
mod ids;
mod line_codes;
mod rejected_row;
mod unknown_ids;
mod user_ids;
mod users;

use std::collections::HashMap;

use jiff::Timestamp;
use tilecore::text::counted;
use tilecore::{Cell, CellKey, DEEPEST_LEVEL, LngLat};

use crate::config::{Config, Zoneless};
use crate::orders::calendar::{Calendar, Day, END_MICROS, MIN_MICROS};
use crate::orders::day_counts::{DayCounts, DayTally};
use crate::orders::lines::{LineCode, LineNames, TooManyLines};
use crate::orders::order::{OrderDetail, Organic, PackedOrder};
use crate::orders::rejects::{RejectReason, Rejects};
use crate::orders::source::{RowGroup, SourceError};
use crate::orders::window::{MAX_DAYS, ReadRange};
use crate::polygons::{AreaSetCache, AreaSets};
pub use batch::OrderIds;
use batch::{IdsAsText, OrderBatch};
pub(crate) use batch::{NO_INTEGER_ID, NO_TEXT_ID};
use columns::ColumnReader;
pub use error::ValidateError;
use line_codes::LineCodes;
pub use rejected_row::{RejectedRow, RejectedRows};
use unknown_ids::UnknownIds;
pub use user_ids::{UserIds, UserIdsError};
pub(crate) use users::Users;

/// Orders that passed every check except the one for duplicates. Only [`Validator`] creates them.
#[derive(Debug, Default)]
pub struct ValidOrders {
    /// The packed orders.
    pub(crate) packed: Vec<u64>,
    /// The user of each order; 0 if the packed order says that it is unknown.
    pub(crate) users: Vec<u64>,
    /// The id of each order, if the data have ids.
    pub(crate) ids: OrderIds,
    /// The number of the set of areas that contain each order; empty unless areas are requested.
    pub(crate) area_sets: Vec<u32>,
    /// The [`OrderDetail`] of each order; empty unless details are requested.
    pub(crate) details: Vec<u32>,
    /// Whether the users come from a column of integers.
    pub(crate) has_integer_users: bool,
}

/// What happened to the rows that were read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RowCounts {
    /// Rows read.
    pub rows: u64,
    /// Rows outside every window.
    pub outside_window: u64,
    /// Rows rejected.
    pub rejects: Rejects,
    /// The first row that was rejected for each reason, except duplicates.
    pub rejected_rows: RejectedRows,
    /// Rows rejected for a position outside their city that is inside it if longitude and latitude are
    /// swapped.
    pub swapped_positions: u64,
    /// Rows whose business line lost control characters or marks that reorder text.
    pub lines_cleaned: u64,
    /// Valid orders without a user.
    pub without_user: u64,
    /// The first day with a valid order.
    pub first_day: Option<Day>,
    /// The last day with a valid order.
    pub last_day: Option<Day>,
    /// Rows inside the window by day and city.
    pub by_day: DayCounts,
}

impl RowCounts {
    /// Adds the counts of another part.
    pub fn merge(&mut self, other: &Self) {
        self.rows += other.rows;
        self.outside_window += other.outside_window;
        self.without_user += other.without_user;
        self.first_day = self.first_day.into_iter().chain(other.first_day).min();
        self.last_day = self.last_day.max(other.last_day);
        self.rejects.merge(&other.rejects);
        self.by_day.merge(&other.by_day);
        self.swapped_positions += other.swapped_positions;
        self.lines_cleaned += other.lines_cleaned;
        for (&reason, row) in &other.rejected_rows {
            let first = self.rejected_rows.entry(reason).or_insert_with(|| row.clone());
            if row < first {
                first.clone_from(row);
            }
        }
    }

    /// Rows that are valid orders.
    #[must_use]
    pub fn orders(&self) -> u64 {
        self.rows - self.outside_window - self.rejects.total()
    }
}

/// Converts the times of one kind of column to days.
struct Clock {
    calendar: Calendar,
    /// The latest valid time, in microseconds since 1970.
    latest: i64,
}

impl Clock {
    const fn new(calendar: Calendar, latest: i64) -> Self {
        Self { calendar, latest: if latest < END_MICROS { latest } else { END_MICROS - 1 } }
    }

    fn zoned(config: &Config, latest: Timestamp) -> Self {
        Self::new(Calendar::new(&config.time_zone), latest.as_microsecond())
    }

    /// The clock of times without a zone.
    fn zoneless(config: &Config, latest: Timestamp) -> Self {
        match config.orders.zoneless {
            Zoneless::Utc => Self::zoned(config, latest),
            Zoneless::Local => {
                let offset = config.time_zone.to_offset(latest).seconds();
                let latest = latest.as_microsecond() + i64::from(offset) * 1_000_000;
                Self::new(Calendar::wall_clock(), latest)
            }
        }
    }
}

/// Validates rows against a configuration and a range of days.
pub struct Validator<'a> {
    config: &'a Config,
    /// The number and the bounds of each city, by its id.
    cities: HashMap<i64, (usize, [f64; 4])>,
    zoned: Clock,
    zoneless: Clock,
    range: ReadRange,
    lines: &'a LineNames,
    users: Users,
    unknown_orders: UnknownIds,
    areas: Option<&'a AreaSets>,
    keeps_details: bool,
}

impl<'a> Validator<'a> {
    /// A validator for orders of a range of days until `latest`. It assigns line codes in `lines` and
    /// finds the areas of each order in `areas`.
    #[must_use]
    pub fn new(
        config: &'a Config,
        range: ReadRange,
        latest: Timestamp,
        lines: &'a LineNames,
        areas: Option<&'a AreaSets>,
    ) -> Self {
        Self {
            config,
            cities: config
                .cities
                .iter()
                .enumerate()
                .map(|(number, city)| (city.id, (number, city.bounds)))
                .collect(),
            zoned: Clock::zoned(config, latest),
            zoneless: Clock::zoneless(config, latest),
            range,
            lines,
            users: Users::new(&config.orders.unknown_users),
            unknown_orders: UnknownIds::new(&config.orders.unknown_orders),
            areas,
            keeps_details: false,
        }
    }

    /// The same validator, which keeps the hour and city of each order if `keeps_details` is true.
    #[must_use]
    pub(crate) fn with_details(self, keeps_details: bool) -> Self {
        Self { keeps_details, ..self }
    }

    /// The users of all rows validated so far.
    pub(crate) const fn users(&self) -> &Users {
        &self.users
    }

    /// Reads a row group and validates every row. Passes the valid orders to `store` in segments of limited
    /// size: the number of rows that a footer claims says nothing about how many there are.
    pub fn validate<E: From<ValidateError>>(
        &self,
        group: RowGroup<'_>,
        mut store: impl FnMut(ValidOrders) -> Result<(), E>,
    ) -> Result<RowCounts, E> {
        let (mut orders, mut counts) = (ValidOrders::default(), RowCounts::default());
        let segment_orders = group.segment_orders();
        // Ids of a segment are of one kind. A number that must be read as text starts another segment.
        let mut as_text = IdsAsText::default();
        let mut line_codes = LineCodes::new(self.lines, &self.config.known_lines);
        let mut tally = self.tally();
        let mut area_set_cache = self.areas.map(AreaSets::cache);
        let columns_config = &self.config.orders.columns;
        for batch in group.read().map_err(ValidateError::from)? {
            let batch = &batch.map_err(ValidateError::from)?;
            let first_row = group.first_row() + counts.rows;
            let reader = ColumnReader { batch, file: group.file_name(), first_row };
            if as_text.add(&reader, columns_config)? || orders.packed.len() >= segment_orders {
                store(std::mem::take(&mut orders))?;
            }
            let (users, unknown) = (&self.users, &self.unknown_orders);
            let columns = OrderBatch::new(&reader, columns_config, as_text, users, unknown)?;
            if let Some((low, high)) = columns.time_ends() {
                let checked = group.check_claim(&columns_config.time, low, high);
                checked.map_err(ValidateError::from)?;
            }
            if orders.packed.is_empty() {
                let left = usize::try_from(group.rows().saturating_sub(counts.rows));
                let capacity = left.map_or(segment_orders, |left| left.min(segment_orders));
                orders.packed.reserve(capacity);
                orders.users.reserve(capacity);
                orders.ids = columns.empty_ids(capacity);
                orders.has_integer_users = columns.has_integer_users();
            }
            self.check_batch(
                (&reader, &columns),
                &mut line_codes,
                area_set_cache.as_mut(),
                &mut orders,
                &mut counts,
                &mut tally,
            )?;
            let (users, bytes) = self.users.texts();
            let what = || {
                let users = counted(users, "user");
                format!("the ids of {users} are texts, and take {bytes} bytes")
            };
            let grown = group.memory().set_growing(bytes, what);
            grown.map_err(|error| ValidateError::from(SourceError::from(error)))?;
        }
        if counts.rows != group.rows() {
            let what = {
                let rows = counted(counts.rows, "row");
                format!("it has {rows}, and its footer says {}", group.rows())
            };
            return Err(ValidateError::from(group.damaged(what)).into());
        }
        counts.by_day = tally.finish();
        store(orders)?;
        Ok(counts)
    }

    fn tally(&self) -> DayTally {
        let days = self.range.days;
        let span = usize::try_from(days.last.0 - days.first.0 + 1).unwrap_or_default();
        DayTally::new(self.config.cities.iter().map(|city| city.id).collect(), days.last, span)
    }

    fn check_batch(
        &self,
        (reader, columns): (&ColumnReader<'_>, &OrderBatch),
        line_codes: &mut LineCodes<'_>,
        mut area_set_cache: Option<&mut AreaSetCache<'_>>,
        orders: &mut ValidOrders,
        counts: &mut RowCounts,
        tally: &mut DayTally,
    ) -> Result<(), ValidateError> {
        let clock = if columns.is_zoneless() { &self.zoneless } else { &self.zoned };
        let mut city = LastCity::default();
        let mut days_back: Option<(u16, u16)> = None;
        line_codes.start_batch(columns);
        counts.rows += columns.rows() as u64;
        for row in 0..columns.rows() {
            match self.check_row(columns, row, clock, &mut city, line_codes, tally)? {
                RowOutcome::Order(order, user, detail) => {
                    orders.packed.push(order.0);
                    orders.users.push(user);
                    columns.push_id(row, &self.unknown_orders, &mut orders.ids);
                    if let (Some(sets), Some(lng), Some(lat)) =
                        (area_set_cache.as_mut(), columns.lng(row), columns.lat(row))
                    {
                        orders.area_sets.push(sets.number(LngLat { lng, lat }));
                    }
                    if self.keeps_details {
                        orders.details.push(detail.0);
                    }
                    counts.without_user += u64::from(!order.is_user_known());
                    let back = order.days_back();
                    let (least, most) = days_back.unwrap_or((back, back));
                    days_back = Some((least.min(back), most.max(back)));
                }
                RowOutcome::OutsideWindow => counts.outside_window += 1,
                RowOutcome::Reject(reason) => {
                    counts.rejects.add(reason, 1);
                    counts.rejected_rows.entry(reason).or_insert_with(|| {
                        let columns_config = &self.config.orders.columns;
                        RejectedRow::new(reader, columns, row, columns_config, reason)
                    });
                    let is_swapped = reason == RejectReason::PositionOutsideCity
                        && city.contains(columns.lat(row), columns.lng(row));
                    counts.swapped_positions += u64::from(is_swapped);
                }
            }
        }
        counts.lines_cleaned += line_codes.take_cleaned_rows();
        let day = |back: u16| Day(self.range.days.last.0 - i32::from(back));
        if let Some((least, most)) = days_back {
            counts.first_day = counts.first_day.into_iter().chain([day(most)]).min();
            counts.last_day = counts.last_day.max(Some(day(least)));
        }
        Ok(())
    }

    #[inline]
    fn check_row(
        &self,
        columns: &OrderBatch,
        row: usize,
        clock: &Clock,
        city: &mut LastCity,
        line_codes: &mut LineCodes<'_>,
        tally: &mut DayTally,
    ) -> Result<RowOutcome, TooManyLines> {
        use RejectReason as Reason;
        let Some(time) = columns.time(row) else {
            return Ok(RowOutcome::Reject(Reason::TimeMissing));
        };
        if !(MIN_MICROS..=clock.latest).contains(&time) {
            let is_valid = (MIN_MICROS..END_MICROS).contains(&time);
            let reason = if is_valid { Reason::TimeInFuture } else { Reason::TimeOutOfRange };
            return Ok(RowOutcome::Reject(reason));
        }
        let (day, hour) = clock.calendar.day_and_hour(time);
        if !self.range.days.contains(day) {
            let is_too_old =
                self.range.rejects_older && day.0 < self.range.days.last.0 - i32::from(MAX_DAYS);
            return Ok(if is_too_old {
                RowOutcome::Reject(Reason::TimeTooOld)
            } else {
                RowOutcome::OutsideWindow
            });
        }
        let days_back = (self.range.days.last.0 - day.0) as u16;
        let found = columns.city(row).and_then(|id| city.find(id, &self.cities));
        let Some((number, bounds)) = found else {
            tally.add_reject(days_back, None);
            return Ok(RowOutcome::Reject(Reason::CityUnknown));
        };
        match Self::check_position(columns, row, bounds, line_codes)? {
            Err(reason) => {
                tally.add_reject(days_back, Some(number));
                Ok(RowOutcome::Reject(reason))
            }
            Ok((key, line, organic)) => {
                let user = columns.user(row);
                tally.add_order(days_back, number, hour, line, user, key);
                let order = PackedOrder::new(key, line, days_back, organic, user.is_some());
                Ok(RowOutcome::Order(order, user.unwrap_or(0), OrderDetail::new(hour, number)))
            }
        }
    }

    /// The cell, line and organic flag of a row of a city with these bounds, or why it is rejected.
    #[inline]
    fn check_position(
        columns: &OrderBatch,
        row: usize,
        [west, south, east, north]: [f64; 4],
        line_codes: &mut LineCodes<'_>,
    ) -> Result<Result<(CellKey, LineCode, Organic), RejectReason>, TooManyLines> {
        use RejectReason as Reason;
        let (Some(lng), Some(lat)) = (columns.lng(row), columns.lat(row)) else {
            return Ok(Err(Reason::PositionMissing));
        };
        if !(lng.is_finite() && lat.is_finite()) {
            return Ok(Err(Reason::PositionNotFinite));
        }
        if lng == 0.0 && lat == 0.0 {
            return Ok(Err(Reason::PositionZero));
        }
        if !((west..=east).contains(&lng) && (south..=north).contains(&lat)) {
            return Ok(Err(Reason::PositionOutsideCity));
        }
        let line = match line_codes.code(columns, row)? {
            Ok(line) => line,
            Err(reason) => return Ok(Err(reason)),
        };
        let Some(organic) = columns.organic(row) else {
            return Ok(Err(Reason::OrganicInvalid));
        };
        Ok(Ok((Cell::at(DEEPEST_LEVEL, LngLat { lng, lat }).key(), line, organic)))
    }
}

enum RowOutcome {
    /// A valid order, its user, and its hour and city.
    Order(PackedOrder, u64, OrderDetail),
    OutsideWindow,
    Reject(RejectReason),
}

/// The id, number and bounds of the city of the last row: most rows have the same city as the row before.
#[derive(Default)]
struct LastCity(Option<(i64, (usize, [f64; 4]))>);

impl LastCity {
    #[inline]
    fn find(
        &mut self,
        id: i64,
        cities: &HashMap<i64, (usize, [f64; 4])>,
    ) -> Option<(usize, [f64; 4])> {
        if let Some((last, found)) = self.0
            && last == id
        {
            return Some(found);
        }
        let found = *cities.get(&id)?;
        self.0 = Some((id, found));
        Some(found)
    }

    /// Whether the city contains a position.
    fn contains(&self, lng: Option<f64>, lat: Option<f64>) -> bool {
        let (Some((_, (_, [west, south, east, north]))), Some(lng), Some(lat)) = (self.0, lng, lat)
        else {
            return false;
        };
        (west..=east).contains(&lng) && (south..=north).contains(&lat)
    }
}
