//! The checks of one row.

use tilecore::{Cell, CellKey, DEEPEST_LEVEL, LngLat};

use super::batch::OrderBatch;
use super::cities::{Cities, LastCity};
use super::clock::Clock;
use super::line_codes::LineCodes;
use crate::orders::calendar::{END_MICROS, MIN_MICROS};
use crate::orders::day_counts::DayTally;
use crate::orders::lines::{LineCode, TooManyLines};
use crate::orders::order::{OrderDetail, Organic, PackedOrder};
use crate::orders::rejects::RejectReason;
use crate::orders::window::{MAX_DAYS, ReadRange};

/// What a row is.
pub(super) enum RowOutcome {
    /// A valid order, its user, and its hour and city.
    Order(PackedOrder, u64, OrderDetail),
    OutsideWindow,
    Reject(RejectReason),
}

/// What the checks of all rows of a batch share.
pub(super) struct RowCheck<'a> {
    pub(super) clock: &'a Clock,
    pub(super) range: ReadRange,
    pub(super) cities: &'a Cities,
}

impl RowCheck<'_> {
    /// Whether a row is an order. Tallies the rows in the range of days.
    #[inline]
    pub(super) fn check(
        &self,
        columns: &OrderBatch,
        row: usize,
        city: &mut LastCity,
        line_codes: &mut LineCodes<'_>,
        tally: &mut DayTally,
    ) -> Result<RowOutcome, TooManyLines> {
        use RejectReason as Reason;
        let Some(time) = columns.time(row) else {
            return Ok(RowOutcome::Reject(Reason::TimeMissing));
        };
        if !(MIN_MICROS..=self.clock.latest).contains(&time) {
            let is_valid = (MIN_MICROS..END_MICROS).contains(&time);
            let reason = if is_valid { Reason::TimeInFuture } else { Reason::TimeOutOfRange };
            return Ok(RowOutcome::Reject(reason));
        }
        let (day, hour) = self.clock.calendar.day_and_hour(time);
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
        let found = columns.city(row).and_then(|id| city.find(id, self.cities));
        let Some((number, bounds)) = found else {
            tally.add_reject(days_back, None);
            return Ok(RowOutcome::Reject(Reason::CityUnknown));
        };
        match check_position(columns, row, bounds, line_codes)? {
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
