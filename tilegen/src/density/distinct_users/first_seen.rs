//! The first level at which a user is new to the cell of an order.

use tilecore::DEEPEST_LEVEL;

use crate::orders::sort::partition::MAX_PARTITION_LEVEL;

/// The depth of an order that is new at no level: an earlier order of the same user lies in the same
/// deepest cell.
const NEVER: u8 = 0xf;

const _: () = assert!(DEEPEST_LEVEL - MAX_PARTITION_LEVEL < NEVER);

/// The first level at which the user of an order is new to the order's cell: among all orders, and
/// among the orders of the same line. Stored as depths below the cells of the shallowest zoom, where
/// the first order of each user is new.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct FirstSeenLevel(u8);

impl FirstSeenLevel {
    /// New at no level.
    pub const NEVER: Self = Self(NEVER << 4 | NEVER);

    #[inline]
    pub(super) const fn new(overall: u8, of_line: u8) -> Self {
        Self(overall << 4 | of_line)
    }

    /// Whether the user is new to the order's cell at `level`.
    #[inline]
    #[must_use]
    pub const fn is_new_at(self, level: u8) -> bool {
        self.0 >> 4 <= level - MAX_PARTITION_LEVEL
    }

    /// Whether the user is new among the orders of the same line in the order's cell at `level`.
    #[inline]
    #[must_use]
    pub const fn is_new_for_line_at(self, level: u8) -> bool {
        self.0 & 0xf <= level - MAX_PARTITION_LEVEL
    }

    /// The same for cells down to `level`; deeper first-seen levels become [`Self::NEVER`].
    #[inline]
    #[must_use]
    pub fn clamped_to(self, level: u8) -> Self {
        let clamp = |depth: u8| if depth <= level - MAX_PARTITION_LEVEL { depth } else { NEVER };
        Self::new(clamp(self.0 >> 4), clamp(self.0 & 0xf))
    }

    /// The value as a byte.
    #[inline]
    #[must_use]
    pub const fn byte(self) -> u8 {
        self.0
    }

    /// The value of a byte.
    #[inline]
    #[must_use]
    pub const fn from_byte(byte: u8) -> Self {
        Self(byte)
    }

    /// Number of orders whose user is new to their cell at `level`.
    #[must_use]
    pub fn count_new(bytes: &[u8], level: u8) -> usize {
        let last = (level - MAX_PARTITION_LEVEL) << 4 | 0xf;
        bytes.iter().filter(|&&byte| byte <= last).count()
    }
}

/// The depth at which a key first differs from the previous key.
#[inline]
pub(super) fn first_new_depth(key: u64, previous: u64) -> u8 {
    match key ^ previous {
        0 => NEVER,
        differ => {
            let levels_above_deepest = (differ.ilog2() / 2) as u8;
            (DEEPEST_LEVEL - MAX_PARTITION_LEVEL).saturating_sub(levels_above_deepest)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_order_is_new_at_the_level_where_keys_differ() {
        for (key, previous, depth) in
            [(0b0101, 0b0101, NEVER), (0b01, 0b00, 9), (0b0100, 0b0001, 8), (1 << 39, 0, 0)]
        {
            assert_eq!(first_new_depth(key, previous), depth, "{key:b} after {previous:b}");
        }
    }
}
