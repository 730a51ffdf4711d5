//! An order in 64 bits: the cell, the line, the day and the flags; its user stands beside it.

use crate::orders::lines::LineCode;

/// Where each fact lies: key 40 bits, line 8, days back 13, organic 2, user known 1.
mod shift {
    pub(super) const KEY: u32 = 24;
    pub(super) const LINE: u32 = 16;
    pub(super) const DAYS_BACK: u32 = 3;
    pub(super) const ORGANIC: u32 = 1;
}

/// Most days that an order can lie before the newest.
pub const MAX_DAYS_BACK: u16 = (1 << 13) - 1;

const _: () = assert!(2 * tilecore::DEEPEST_LEVEL as u32 + shift::KEY == 64);
const _: () = assert!(crate::orders::window::MAX_DAYS < MAX_DAYS_BACK);

/// Whether an order came by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Organic {
    /// Through a campaign or the like.
    No,
    /// By itself.
    Yes,
    /// Not known.
    Unknown,
}

/// A valid order. Words sort by the cell's key.
///
/// ```
/// use tilecore::CellKey;
/// use tilegen::orders::order::{OrderWord, Organic};
///
/// let word = OrderWord::new(CellKey(77), 3, 29, Organic::Unknown, true);
/// assert_eq!((word.key(), word.line(), word.days_back()), (CellKey(77), 3, 29));
/// assert_eq!(word.organic(), Organic::Unknown);
/// assert!(word.is_user_known());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OrderWord(pub u64);

impl OrderWord {
    /// Packs the facts. `days_back` counts from the newest day, at most [`MAX_DAYS_BACK`].
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

    /// Key of its cell at the deepest level.
    #[inline]
    #[must_use]
    pub const fn key(self) -> tilecore::CellKey {
        tilecore::CellKey(self.0 >> shift::KEY)
    }

    /// Code of its business line.
    #[inline]
    #[must_use]
    pub const fn line(self) -> LineCode {
        (self.0 >> shift::LINE) as LineCode
    }

    /// The same order with another code for its line.
    #[inline]
    #[must_use]
    pub const fn with_line(self, line: LineCode) -> Self {
        Self(self.0 & !(0xff << shift::LINE) | (line as u64) << shift::LINE)
    }

    /// Days from its day to the newest.
    #[inline]
    #[must_use]
    pub const fn days_back(self) -> u16 {
        (self.0 >> shift::DAYS_BACK) as u16 & MAX_DAYS_BACK
    }

    /// Whether it came by itself.
    #[inline]
    #[must_use]
    pub const fn organic(self) -> Organic {
        match self.0 >> shift::ORGANIC & 3 {
            0 => Organic::No,
            1 => Organic::Yes,
            _ => Organic::Unknown,
        }
    }

    /// Whether somebody known placed it.
    #[inline]
    #[must_use]
    pub const fn is_user_known(self) -> bool {
        self.0 & 1 == 1
    }
}
