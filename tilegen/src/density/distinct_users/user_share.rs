//! A share of the users, for several passes over the orders.

use tilecore::hash::fibonacci;

/// A share of all users. With little memory, the users are taken in several passes over the orders.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UserShare {
    /// Number of the share, counted from 0.
    pub share: u64,
    /// Number of shares.
    pub of: u64,
}

impl UserShare {
    /// All users.
    pub const ALL: Self = Self { share: 0, of: 1 };

    /// Whether a user belongs to the share. It depends on other bits of the hash than the shards and
    /// their tables.
    #[inline]
    #[must_use]
    pub const fn contains(self, user: u64) -> bool {
        self.of == 1 || (fibonacci(user ^ user >> 29) >> 24) % self.of == self.share
    }
}
