//! An order packed into 64 bits: cell, line, day and flags. Its user is stored separately.

use crate::orders::lines::LineCode;

/// Bit offset of each field: key 40 bits, line 8, days back 13, organic 2, user known 1.
mod shift {
    pub(super) const KEY: u32 = 24;
    pub(super) const LINE: u32 = 16;
    pub(super) const DAYS_BACK: u32 = 3;
    pub(super) const ORGANIC: u32 = 1;
}

/// Most days between an order and the newest day.
pub const MAX_DAYS_BACK: u16 = (1 << 13) - 1;

const _: () = assert!(2 * tilecore::DEEPEST_LEVEL as u32 + shift::KEY == 64);
const _: () = assert!(crate::orders::window::MAX_DAYS < MAX_DAYS_BACK);

/// What a packed order has no room for: its hour and the number of its city.
///
/// ```
/// use tilegen::orders::order::OrderDetail;
///
/// let detail = OrderDetail::new(23, 2);
/// assert_eq!((detail.hour(), detail.city()), (23, 2));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct OrderDetail(pub u32);

impl OrderDetail {
    /// Bits of the hour.
    const HOUR_BITS: u32 = 5;

    /// Packs an hour (0 to 23) and the number of a city in the configuration.
    #[inline]
    #[must_use]
    pub const fn new(hour: u8, city: usize) -> Self {
        Self((city as u32) << Self::HOUR_BITS | hour as u32)
    }

    /// The hour.
    #[inline]
    #[must_use]
    pub const fn hour(self) -> u8 {
        (self.0 & ((1 << Self::HOUR_BITS) - 1)) as u8
    }

    /// The number of the city.
    #[inline]
    #[must_use]
    pub const fn city(self) -> usize {
        (self.0 >> Self::HOUR_BITS) as usize
    }
}

/// Whether an order is organic, that is, not brought by a campaign.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Organic {
    /// Brought by a campaign or similar.
    No,
    /// Organic.
    Yes,
    /// Unknown.
    Unknown,
}

/// A valid order. Packed orders sort by the key of their cell.
///
/// ```
/// use tilecore::CellKey;
/// use tilegen::orders::order::{PackedOrder, Organic};
///
/// let order = PackedOrder::new(CellKey(77), 3, 29, Organic::Unknown, true);
/// assert_eq!((order.key(), order.line(), order.days_back()), (CellKey(77), 3, 29));
/// assert_eq!(order.organic(), Organic::Unknown);
/// assert!(order.is_user_known());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PackedOrder(pub u64);

impl PackedOrder {
    /// Packs the fields. `days_back` counts back from the newest day, at most [`MAX_DAYS_BACK`].
    #[inline]
    #[must_use]
    pub const fn new(
        key: tilecore::CellKey,
        line: LineCode,
        days_back: u16,
        organic: Organic,
        is_user_known: bool,
    ) -> Self {
        debug_assert!(days_back <= MAX_DAYS_BACK);
        Self(
            key.0 << shift::KEY
                | (line as u64) << shift::LINE
                | (days_back as u64) << shift::DAYS_BACK
                | (organic as u64) << shift::ORGANIC
                | is_user_known as u64,
        )
    }

    /// Key of the order's cell at the deepest level.
    #[inline]
    #[must_use]
    pub const fn key(self) -> tilecore::CellKey {
        tilecore::CellKey(self.0 >> shift::KEY)
    }

    /// Code of the order's business line.
    #[inline]
    #[must_use]
    pub const fn line(self) -> LineCode {
        (self.0 >> shift::LINE) as LineCode
    }

    /// The same order with another line code.
    #[inline]
    #[must_use]
    pub const fn with_line(self, line: LineCode) -> Self {
        Self(self.0 & !(0xff << shift::LINE) | (line as u64) << shift::LINE)
    }

    /// Days from the order's day to the newest day.
    #[inline]
    #[must_use]
    pub const fn days_back(self) -> u16 {
        (self.0 >> shift::DAYS_BACK) as u16 & MAX_DAYS_BACK
    }

    /// Whether the order is organic.
    #[inline]
    #[must_use]
    pub const fn organic(self) -> Organic {
        match self.0 >> shift::ORGANIC & 3 {
            0 => Organic::No,
            1 => Organic::Yes,
            _ => Organic::Unknown,
        }
    }

    /// Whether the order has a known user.
    #[inline]
    #[must_use]
    pub const fn is_user_known(self) -> bool {
        self.0 & 1 == 1
    }
}
