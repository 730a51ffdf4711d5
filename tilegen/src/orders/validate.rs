//! Validation: turns rows into orders, or counts them by reject reason.
//!
//! [`Validator`] goes through the batches of a row group. `row_check` decides about one row.

mod batch;
mod cities;
mod clock;
mod columns;
mod error;
mod ids;
mod line_codes;
mod rejected_row;
mod row_check;
mod row_counts;
mod unknown_ids;
mod user_ids;
mod users;
mod valid_orders;

use jiff::Timestamp;
use tilecore::LngLat;
use tilecore::text::counted;

use crate::config::Config;
use crate::orders::calendar::Day;
use crate::orders::day_counts::DayTally;
use crate::orders::lines::LineNames;
use crate::orders::rejects::RejectReason;
use crate::orders::source::{RowGroup, SourceError};
use crate::orders::window::ReadRange;
use crate::polygons::{AreaSetCache, AreaSets};
pub use batch::OrderIds;
use batch::{IdsAsText, OrderBatch};
pub(crate) use batch::{NO_INTEGER_ID, NO_TEXT_ID};
use cities::{Cities, LastCity};
use clock::Clock;
use columns::ColumnReader;
pub use error::ValidateError;
use line_codes::LineCodes;
pub use rejected_row::{RejectedRow, RejectedRows};
use row_check::{RowCheck, RowOutcome};
pub use row_counts::RowCounts;
use unknown_ids::UnknownIds;
pub use user_ids::{UserIds, UserIdsError};
pub(crate) use users::Users;
pub use valid_orders::ValidOrders;

/// Validates rows against a configuration and a range of days.
pub struct Validator<'a> {
    config: &'a Config,
    cities: Cities,
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
            cities: Cities::new(&config.cities),
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
        let check = RowCheck { clock, range: self.range, cities: &self.cities };
        let mut city = LastCity::default();
        let mut days_back: Option<(u16, u16)> = None;
        line_codes.start_batch(columns);
        counts.rows += columns.rows() as u64;
        for row in 0..columns.rows() {
            match check.check(columns, row, &mut city, line_codes, tally)? {
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
}
