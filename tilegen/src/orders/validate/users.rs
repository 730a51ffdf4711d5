//! Users: gives each user id a number, and detects two ids with the same number.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use tilecore::text::{canonical_integer, identity};
use xxhash_rust::xxh3::xxh3_128;

use super::unknown_ids::UnknownIds;

/// Enough shards that threads seldom wait for each other.
const SHARDS: usize = 64;

/// Check bits of an integer. A text has the same ones with a probability of 2^-64.
const INTEGER: u64 = 0;

/// The numbers of users. The decimal text of a 64-bit integer has the number itself. Any other text
/// has one half of its 128-bit XXH3 hash; the other half is stored as check bits, which differ for a
/// second text with the same number.
pub(crate) struct Users {
    unknown: UnknownIds,
    check_bits: [Mutex<CheckBitsByNumber>; SHARDS],
    has_hashes: AtomicBool,
    /// Number of users in all tables.
    count: AtomicU64,
}

/// Memory of a user in a table that is half empty.
const USER_BYTES: u64 = 40;

type CheckBitsByNumber = HashMap<u64, u64, BuildHasherDefault<IdentityHasher>>;

/// Two user ids have the same number.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Collision;

impl Users {
    /// No users yet. The ids in `unknown` identify none.
    pub(super) fn new(unknown: &[String]) -> Self {
        Self {
            unknown: UnknownIds::new(unknown),
            check_bits: std::array::from_fn(|_| Mutex::default()),
            has_hashes: AtomicBool::new(false),
            count: AtomicU64::new(0),
        }
    }

    /// Integers that identify no user.
    pub(super) fn unknown_integers(&self) -> &[i64] {
        self.unknown.integers()
    }

    /// Number of users whose ids are texts, and the memory that their table takes.
    pub(super) fn texts(&self) -> (u64, u64) {
        let count = self.count.load(Ordering::Relaxed);
        (count, count * USER_BYTES)
    }

    /// The number of a user id, or `None` if the id identifies no user.
    pub(super) fn number(&self, id: &str) -> Result<Option<u64>, Collision> {
        let id = identity(id);
        if id.is_empty() || self.unknown.contains(id) {
            return Ok(None);
        }
        let (number, check) = if let Some(integer) = canonical_integer(id) {
            (integer.cast_unsigned(), INTEGER)
        } else {
            self.has_hashes.store(true, Ordering::Relaxed);
            let hash = xxh3_128(id.as_bytes());
            (hash as u64, (hash >> 64) as u64)
        };
        if self.is_unique(number, check) { Ok(Some(number)) } else { Err(Collision) }
    }

    /// Whether some number is a hash, so that an integer may have the same number.
    pub(crate) fn has_hashes(&self) -> bool {
        self.has_hashes.load(Ordering::Relaxed)
    }

    /// Whether a number is the hash of a text.
    pub(crate) fn is_hash(&self, number: u64) -> bool {
        let shard = &self.check_bits[number as usize % SHARDS];
        let known = shard.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(&number).is_some_and(|&check| check != INTEGER)
    }

    /// Whether a number is new, or belongs to the id with these check bits.
    fn is_unique(&self, number: u64, check: u64) -> bool {
        let shard = &self.check_bits[number as usize % SHARDS];
        match shard.lock().unwrap_or_else(PoisonError::into_inner).entry(number) {
            Entry::Occupied(known) => *known.get() == check,
            Entry::Vacant(free) => {
                free.insert(check);
                self.count.fetch_add(1, Ordering::Relaxed);
                true
            }
        }
    }
}

/// Most numbers are hashes already. Within a shard they differ above the lowest bits only.
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
        self.0 = tilecore::hash::fibonacci(number.rotate_right(SHARDS.trailing_zeros()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn users() -> Users {
        Users::new(&["0".to_owned(), "guest".to_owned()])
    }

    #[test]
    fn a_text_keeps_its_number_and_no_other_text_can_have_it() {
        let users = users();
        let number = users.number("کاربر ۱").unwrap();
        assert_eq!(users.number("کاربر ۱"), Ok(number));
        assert_ne!(users.number("کاربر ۲"), Ok(number));
        assert!(users.is_unique(7, 1) && users.is_unique(7, 1), "the same text again");
        assert!(!users.is_unique(7, 2), "another text with the same number");
        assert!(users.is_unique(7 + SHARDS as u64, 2), "the next number of the same shard");
        assert_eq!(users.number("7"), Err(Collision), "the integer 7");
    }

    #[test]
    fn the_decimal_text_of_an_integer_has_the_number_itself() {
        let users = users();
        for (id, number) in [("7", 7), (" \u{feff}7\u{200f}", 7), ("-1", u64::MAX)] {
            assert_eq!(users.number(id), Ok(Some(number)), "{id:?}");
        }
        assert!(!users.has_hashes());
        for id in ["007", "+7", "7.0", "۷", "18446744073709551615"] {
            let number = users.number(id).unwrap().unwrap();
            assert!(number != 7 && number != u64::MAX && users.is_hash(number), "{id}");
        }
        assert!(users.has_hashes() && !users.is_hash(7));
    }

    #[test]
    fn blank_and_unknown_ids_identify_no_user() {
        for id in ["", " \u{a0}", "\u{200b}", "0", "guest", "\tguest "] {
            assert_eq!(users().number(id), Ok(None), "{id:?}");
        }
        assert_eq!(users().unknown_integers(), [0]);
    }
}
