//! Text users: the numbers that stand for identities of text, and the proof that no two share one.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::{Mutex, PoisonError};

use xxhash_rust::xxh3::xxh3_128;

/// So many that threads seldom wait for each other.
const SHARDS: usize = 64;

/// Users known by texts. A user's number is one half of the text's 128-bit XXH3; the other half is
/// its witness: a second text with the same number brings another.
pub(super) struct TextUsers {
    witnesses: [Mutex<Witnesses>; SHARDS],
}

type Witnesses = HashMap<u64, u64, BuildHasherDefault<AsItIs>>;

impl Default for TextUsers {
    fn default() -> Self {
        Self { witnesses: std::array::from_fn(|_| Mutex::default()) }
    }
}

impl TextUsers {
    /// The number of a text; nothing when it is another text's already.
    pub(super) fn number(&self, text: &str) -> Option<u64> {
        let hash = xxh3_128(text.as_bytes());
        let (number, witness) = (hash as u64, (hash >> 64) as u64);
        self.is_its_own(number, witness).then_some(number)
    }

    /// Whether a number belongs to the text of this witness, or to none until now.
    fn is_its_own(&self, number: u64, witness: u64) -> bool {
        let shard = &self.witnesses[number as usize % SHARDS];
        match shard.lock().unwrap_or_else(PoisonError::into_inner).entry(number) {
            Entry::Occupied(known) => *known.get() == witness,
            Entry::Vacant(free) => {
                free.insert(witness);
                true
            }
        }
    }
}

/// Numbers that are hashes need no hashing; those of one shard differ above their lowest bits.
#[derive(Default)]
struct AsItIs(u64);

impl Hasher for AsItIs {
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
    fn a_text_keeps_its_number_and_no_other_text_gets_it() {
        let users = TextUsers::default();
        let number = users.number("کاربر ۱").unwrap();
        assert_eq!(users.number("کاربر ۱"), Some(number));
        assert_ne!(users.number("کاربر ۲"), Some(number));
        assert!(users.is_its_own(7, 1) && users.is_its_own(7, 1), "the same text again");
        assert!(!users.is_its_own(7, 2), "another text with the same number");
        assert!(users.is_its_own(7 + SHARDS as u64, 2), "the next number of the same shard");
    }
}
