//! Randomness for names and for spreading load; nothing secret is made of it.

use std::hash::{BuildHasher, Hasher, RandomState};

/// A number that is new each time: each `RandomState` is seeded anew.
#[must_use]
pub fn number() -> u64 {
    RandomState::new().build_hasher().finish()
}

/// A name of 16 hex digits that nobody else has.
#[must_use]
pub fn word() -> String {
    format!("{:016x}", number())
}
