//! Validate: rows become orders, or are counted under the reason why not.

mod columns;
mod error;
mod text_users;

use std::collections::HashMap;

use tilecore::{Cell, DEEPEST_LEVEL, LngLat};

use crate::config::{Config, Zoneless};
use crate::orders::calendar::{Calendar, Day, EARLIEST, TOO_LATE};
use crate::orders::lines::{LineNames, TooManyLines};
use crate::orders::order::OrderWord;
use crate::orders::rejects::{RejectReason, Rejects};
use crate::orders::source::RowGroup;
use crate::orders::window::DayRange;
use crate::polygons::{AreaSets, KnownSets};
use columns::Columns;
pub use columns::OrderIds;
pub(crate) use columns::{NO_INTEGER_ID, NO_TEXT_ID};
pub use error::ValidateError;
use text_users::TextUsers;

/// Orders that passed every check but the one for duplicates. Only [`Validator`] makes them.
#[derive(Debug, Default)]
pub struct ValidOrders {
    /// One word an order.
    pub(crate) words: Vec<u64>,
    /// The order's user; 0 where the word says that none is known.
    pub(crate) users: Vec<u64>,
    /// The order's id, where the data have one.
    pub(crate) ids: OrderIds,
    /// Number of the set of areas that hold the order, where areas are asked for.
    pub(crate) area_sets: Vec<u32>,
}

/// What became of the rows that were read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RowCounts {
    /// Rows read.
    pub rows: u64,
    /// Rows outside every window.
    pub outside_window: u64,
    /// Rows rejected.
    pub rejects: Rejects,
    /// Valid orders of nobody known.
    pub without_user: u64,
    /// The first day that has a valid order.
    pub first_day: Option<Day>,
}

impl RowCounts {
    /// Adds another part's counts.
    pub fn merge(&mut self, other: &Self) {
        self.rows += other.rows;
        self.outside_window += other.outside_window;
        self.without_user += other.without_user;
        self.first_day = self.first_day.into_iter().chain(other.first_day).min();
        self.rejects.merge(&other.rejects);
    }

    /// Rows that are orders.
    #[must_use]
    pub fn orders(&self) -> u64 {
        self.rows - self.outside_window - self.rejects.total()
    }
}

/// Checks rows against one configuration and one span of days.
pub struct Validator<'a> {
    config: &'a Config,
    boxes: HashMap<i64, [f64; 4]>,
    zoned: Calendar,
    zoneless: Calendar,
    days: DayRange,
    lines: &'a LineNames,
    text_users: TextUsers,
    areas: Option<&'a AreaSets>,
}

impl<'a> Validator<'a> {
    /// A validator that keeps orders of `days`, names lines in `lines` and finds each order's areas.
    #[must_use]
    pub fn new(
        config: &'a Config,
        days: DayRange,
        lines: &'a LineNames,
        areas: Option<&'a AreaSets>,
    ) -> Self {
        let zoned = Calendar::new(&config.time_zone);
        let zoneless = match config.orders.zoneless {
            Zoneless::Utc => zoned.clone(),
            Zoneless::Local => Calendar::wall_clock(),
        };
        let boxes = config.cities.iter().map(|city| (city.id, city.bounds)).collect();
        let text_users = TextUsers::default();
        Self { config, boxes, zoned, zoneless, days, lines, text_users, areas }
    }

    /// Reads a row group and checks every row.
    pub fn check(&self, group: RowGroup<'_>) -> Result<(ValidOrders, RowCounts), ValidateError> {
        let (mut orders, mut counts) = (ValidOrders::default(), RowCounts::default());
        orders.words.reserve(group.rows() as usize);
        orders.users.reserve(group.rows() as usize);
        let mut line_codes = LineCodes::new(self.lines);
        let mut known_sets = self.areas.map(AreaSets::known);
        for batch in group.read()? {
            let wanted = &self.config.orders.columns;
            let columns = Columns::of(&batch?, wanted, group.file_name(), &self.text_users)?;
            if counts.rows == 0 {
                orders.ids = columns.room_for_ids(group.rows() as usize);
            }
            self.check_batch(
                &columns,
                &mut line_codes,
                known_sets.as_mut(),
                &mut orders,
                &mut counts,
            )?;
        }
        Ok((orders, counts))
    }

    fn check_batch(
        &self,
        columns: &Columns,
        line_codes: &mut LineCodes<'_>,
        mut known_sets: Option<&mut KnownSets<'_>>,
        orders: &mut ValidOrders,
        counts: &mut RowCounts,
    ) -> Result<(), ValidateError> {
        let calendar = if columns.is_zoneless() { &self.zoneless } else { &self.zoned };
        let mut city = CityBox::default();
        let mut most_days_back = None;
        line_codes.begin_batch(columns);
        counts.rows += columns.rows() as u64;
        for row in 0..columns.rows() {
            match self.check_row(columns, row, calendar, &mut city, line_codes)? {
                Verdict::Order(word, user) => {
                    orders.words.push(word.0);
                    orders.users.push(user);
                    columns.push_id(row, &mut orders.ids);
                    if let (Some(sets), Some(lng), Some(lat)) =
                        (known_sets.as_mut(), columns.lng(row), columns.lat(row))
                    {
                        orders.area_sets.push(sets.number(LngLat { lng, lat }));
                    }
                    counts.without_user += u64::from(!word.is_user_known());
                    most_days_back = most_days_back.max(Some(word.days_back()));
                }
                Verdict::OutsideWindow => counts.outside_window += 1,
                Verdict::Reject(reason) => counts.rejects.add(reason, 1),
            }
        }
        let first_day = most_days_back.map(|days| Day(self.days.last.0 - i32::from(days)));
        counts.first_day = counts.first_day.into_iter().chain(first_day).min();
        Ok(())
    }

    #[inline]
    fn check_row(
        &self,
        columns: &Columns,
        row: usize,
        calendar: &Calendar,
        city: &mut CityBox,
        line_codes: &mut LineCodes<'_>,
    ) -> Result<Verdict, TooManyLines> {
        use RejectReason as Why;
        let Some(time) = columns.time(row) else { return Ok(Verdict::Reject(Why::TimeMissing)) };
        if !(EARLIEST..TOO_LATE).contains(&time) {
            return Ok(Verdict::Reject(Why::TimeOutOfRange));
        }
        let day = calendar.day(time);
        if !self.days.has(day) {
            return Ok(Verdict::OutsideWindow);
        }
        let Some(bounds) = columns.city(row).and_then(|id| city.of(id, &self.boxes)) else {
            return Ok(Verdict::Reject(Why::CityUnknown));
        };
        let (Some(lng), Some(lat)) = (columns.lng(row), columns.lat(row)) else {
            return Ok(Verdict::Reject(Why::PositionMissing));
        };
        if !(lng.is_finite() && lat.is_finite()) {
            return Ok(Verdict::Reject(Why::PositionNotFinite));
        }
        if lng == 0.0 && lat == 0.0 {
            return Ok(Verdict::Reject(Why::PositionZero));
        }
        let [west, south, east, north] = bounds;
        if !((west..=east).contains(&lng) && (south..=north).contains(&lat)) {
            return Ok(Verdict::Reject(Why::PositionOutsideCity));
        }
        let Some(line) = line_codes.code(columns, row)? else {
            return Ok(Verdict::Reject(Why::LineMissing));
        };
        let Some(organic) = columns.organic(row) else {
            return Ok(Verdict::Reject(Why::OrganicInvalid));
        };
        let user = columns.user(row);
        let key = Cell::at(DEEPEST_LEVEL, LngLat { lng, lat }).key();
        let days_back = (self.days.last.0 - day.0) as u16;
        let word = OrderWord::new(key, line, days_back, organic, user.is_some());
        Ok(Verdict::Order(word, user.unwrap_or(0)))
    }
}

enum Verdict {
    Order(OrderWord, u64),
    OutsideWindow,
    Reject(RejectReason),
}

/// The box of the city that the last row belonged to: most rows are of the same city.
#[derive(Default)]
struct CityBox(Option<(i64, [f64; 4])>);

impl CityBox {
    #[inline]
    fn of(&mut self, id: i64, boxes: &HashMap<i64, [f64; 4]>) -> Option<[f64; 4]> {
        if let Some((last, bounds)) = self.0
            && last == id
        {
            return Some(bounds);
        }
        let bounds = *boxes.get(&id)?;
        self.0 = Some((id, bounds));
        Some(bounds)
    }
}

/// Codes of the lines that this batch spells out; a spelling is looked up when first used.
struct LineCodes<'a> {
    names: &'a LineNames,
    by_spelling: Vec<Spelling>,
}

#[derive(Clone, Copy)]
enum Spelling {
    NotSeen,
    Blank,
    Line(u8),
}

impl<'a> LineCodes<'a> {
    fn new(names: &'a LineNames) -> Self {
        Self { names, by_spelling: Vec::new() }
    }

    fn begin_batch(&mut self, columns: &Columns) {
        self.by_spelling.clear();
        self.by_spelling.resize(columns.line_spellings(), Spelling::NotSeen);
    }

    /// The code of a row's line; nothing when the row has none.
    #[inline]
    fn code(&mut self, columns: &Columns, row: usize) -> Result<Option<u8>, TooManyLines> {
        let Some(spelling) = columns.line(row) else { return Ok(None) };
        match self.by_spelling[spelling] {
            Spelling::Line(code) => Ok(Some(code)),
            Spelling::Blank => Ok(None),
            Spelling::NotSeen => {
                let name = columns.line_name(spelling).trim();
                let known = match name {
                    "" => Spelling::Blank,
                    name => Spelling::Line(self.names.code(name)?),
                };
                self.by_spelling[spelling] = known;
                self.code(columns, row)
            }
        }
    }
}
