//! Random numbers for names and jitter; not for secrets.

use std::hash::{BuildHasher, Hasher, RandomState};

/// A random number: each `RandomState` has a new seed.
#[must_use]
pub fn number() -> u64 {
    RandomState::new().build_hasher().finish()
}

/// A random name of 16 hex digits.
#[must_use]
pub fn word() -> String {
    format!("{:016x}", number())
}
