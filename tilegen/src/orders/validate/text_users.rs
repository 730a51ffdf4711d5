//! Text users: maps user ids of text to numbers, and detects two texts with the same number.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::{Mutex, PoisonError};

use xxhash_rust::xxh3::xxh3_128;

/// Enough shards that threads seldom wait for each other.
const SHARDS: usize = 64;

/// Users identified by text. The number of a user is one half of the 128-bit XXH3 hash of the text;
/// the other half is stored as check bits, which differ for a second text with the same number.
pub(super) struct TextUsers {
    check_bits: [Mutex<CheckBitsByNumber>; SHARDS],
}

type CheckBitsByNumber = HashMap<u64, u64, BuildHasherDefault<IdentityHasher>>;

impl Default for TextUsers {
    fn default() -> Self {
        Self { check_bits: std::array::from_fn(|_| Mutex::default()) }
    }
}

impl TextUsers {
    /// The number of a text, or `None` if another text has the same number.
    pub(super) fn number(&self, text: &str) -> Option<u64> {
        let hash = xxh3_128(text.as_bytes());
        let (number, check) = (hash as u64, (hash >> 64) as u64);
        self.is_unique(number, check).then_some(number)
    }

    /// Whether a number is new, or belongs to the text with these check bits.
    fn is_unique(&self, number: u64, check: u64) -> bool {
        let shard = &self.check_bits[number as usize % SHARDS];
        match shard.lock().unwrap_or_else(PoisonError::into_inner).entry(number) {
            Entry::Occupied(known) => *known.get() == check,
            Entry::Vacant(free) => {
                free.insert(check);
                true
            }
        }
    }
}

/// The numbers are hashes already. Within a shard they differ above the lowest bits only.
#[derive(Default)]
struct IdentityHasher(u64);

impl Hasher for IdentityHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        self.0 = bytes.iter().fold(self.0, |hash, &byte| hash << 8 | u64::from(byte));
    }

    fn write_u64(&mut self, number: u64) {
        self.0 = number.rotate_right(SHARDS.trailing_zeros());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_keeps_its_number_and_no_other_text_can_have_it() {
        let users = TextUsers::default();
        let number = users.number("کاربر ۱").unwrap();
        assert_eq!(users.number("کاربر ۱"), Some(number));
        assert_ne!(users.number("کاربر ۲"), Some(number));
        assert!(users.is_unique(7, 1) && users.is_unique(7, 1), "the same text again");
        assert!(!users.is_unique(7, 2), "another text with the same number");
        assert!(users.is_unique(7 + SHARDS as u64, 2), "the next number of the same shard");
    }
}
