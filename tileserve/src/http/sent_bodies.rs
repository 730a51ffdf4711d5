//! Sent bodies: bytes that are in memory only until clients have received them, within a budget.
//!
//! Archives in memory, tables and documents are sent without a copy. Everything else costs memory for
//! as long as a client takes to read it: decompressed tiles and tables, and tiles and parts of archives
//! from the store. Equal bodies are shared, and all of them together stay within the budget, however
//! many clients read slowly or not at all.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use bytes::Bytes;
use tilecore::TileHash;

use crate::values::content_encoding::Encoding;

/// The bodies that are being sent.
#[derive(Debug)]
pub struct SentBodies {
    budget: Arc<Budget>,
    /// By the key's hash, so that requests for different bodies seldom wait for each other.
    shards: [Mutex<Shard>; SHARDS],
    hasher: RandomState,
}

/// Names a body: the hash of the stored bytes that it is made from, and its encoding.
pub type BodyKey = (TileHash, Encoding);

/// Memory that is reserved for a body until this is dropped.
#[derive(Debug)]
pub struct Reservation {
    budget: Arc<Budget>,
    bytes: u64,
}

/// The budget has no room for a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the memory for responses is used up")]
pub struct BudgetExceeded;

/// Why a body cannot be sent.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BodyError<E> {
    /// The budget has no room for it.
    #[error(transparent)]
    Budget(#[from] BudgetExceeded),
    /// It could not be made.
    #[error("the body could not be created")]
    Make(#[source] E),
}

#[derive(Debug)]
struct Budget {
    limit: u64,
    used: AtomicU64,
}

#[derive(Debug, Default)]
struct Shard {
    bodies: HashMap<BodyKey, Weak<SharedBody>>,
    /// Number of entries at which those that are no longer sent are removed.
    purge_at: usize,
}

/// A body, and the memory that is reserved for it.
#[derive(Debug)]
struct SharedBody {
    bytes: Bytes,
    _reservation: Arc<Reservation>,
}

/// Keeps a shared body alive. Each response has one.
struct Handle(Arc<SharedBody>);

const SHARDS: usize = 16;

impl AsRef<[u8]> for Handle {
    fn as_ref(&self) -> &[u8] {
        &self.0.bytes
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        self.budget.used.fetch_sub(self.bytes, Ordering::AcqRel);
    }
}

impl SentBodies {
    /// No bodies, with a budget of this many bytes.
    #[must_use]
    pub fn new(limit: u64) -> Self {
        Self {
            budget: Arc::new(Budget { limit, used: AtomicU64::new(0) }),
            shards: std::array::from_fn(|_| Mutex::default()),
            hasher: RandomState::new(),
        }
    }

    /// Bytes that are reserved now.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.budget.used.load(Ordering::Acquire)
    }

    /// Reserves memory for a body. A body that is larger than the whole budget is sent if it is the
    /// only one.
    ///
    /// # Errors
    ///
    /// Fails if the budget has no room for it.
    pub fn reserve(&self, bytes: u64) -> Result<Reservation, BudgetExceeded> {
        let take = |used: u64| {
            let next = used.checked_add(bytes)?;
            (used == 0 || next <= self.budget.limit).then_some(next)
        };
        let taken = self.budget.used.fetch_update(Ordering::AcqRel, Ordering::Acquire, take);
        taken.map_err(|_| BudgetExceeded)?;
        Ok(Reservation { budget: Arc::clone(&self.budget), bytes })
    }

    /// The body with this key, if it is being sent now.
    #[must_use]
    pub fn find(&self, key: &BodyKey) -> Option<Bytes> {
        let shard = self.shard(key).lock().unwrap_or_else(PoisonError::into_inner);
        let body = shard.bodies.get(key)?.upgrade();
        drop(shard);
        body.map(|body| Bytes::from_owner(Handle(body)))
    }

    /// A body to send, whose memory is reserved until every response with it is sent. If another
    /// request has added the same body, that one is sent.
    #[must_use]
    pub fn add(&self, key: BodyKey, bytes: Bytes, reservation: Reservation) -> Bytes {
        let mut shard = self.shard(&key).lock().unwrap_or_else(PoisonError::into_inner);
        let known = shard.bodies.get(&key).and_then(Weak::upgrade);
        let body = known.unwrap_or_else(|| {
            let added = Arc::new(SharedBody { bytes, _reservation: reservation.into() });
            shard.insert(key, Arc::downgrade(&added));
            added
        });
        drop(shard);
        Bytes::from_owner(Handle(body))
    }

    /// The body with this key, made if it is not being sent already. `length` is its length.
    ///
    /// # Errors
    ///
    /// Fails if the budget has no room for it, or if it cannot be made.
    pub fn get_or_make<E>(
        &self,
        key: BodyKey,
        length: u64,
        make: impl FnOnce() -> Result<Bytes, E>,
    ) -> Result<Bytes, BodyError<E>> {
        if let Some(body) = self.find(&key) {
            return Ok(body);
        }
        let reservation = self.reserve(length)?;
        let bytes = make().map_err(BodyError::Make)?;
        Ok(self.add(key, bytes, reservation))
    }

    fn shard(&self, key: &BodyKey) -> &Mutex<Shard> {
        &self.shards[self.hasher.hash_one(key) as usize % SHARDS]
    }
}

impl Shard {
    fn insert(&mut self, key: BodyKey, body: Weak<SharedBody>) {
        if self.bodies.len() >= self.purge_at {
            self.bodies.retain(|_, body| body.strong_count() > 0);
            self.purge_at = 2 * self.bodies.len() + 16;
        }
        self.bodies.insert(key, body);
    }
}

/// A part of a body whose memory is reserved until every part is sent.
pub fn with_reservation(bytes: Bytes, reservation: &Arc<Reservation>) -> Bytes {
    let part = SharedBody { bytes, _reservation: Arc::clone(reservation) };
    Bytes::from_owner(Handle(Arc::new(part)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(name: &[u8]) -> BodyKey {
        (TileHash::of(name), Encoding::Identity)
    }

    fn body(length: usize) -> Bytes {
        vec![7; length].into()
    }

    /// An error that no body of these tests has.
    type NoError = ();

    #[test]
    fn equal_bodies_are_made_and_counted_once() {
        let bodies = SentBodies::new(100);
        let first = bodies.get_or_make(key(b"a"), 60, || Ok::<_, NoError>(body(60))).unwrap();
        let unexpected = || -> Result<Bytes, NoError> { panic!("the body is made again") };
        let second = bodies.get_or_make(key(b"a"), 60, unexpected).unwrap();
        assert_eq!((first.as_ptr(), bodies.bytes()), (second.as_ptr(), 60));
        drop(first);
        assert_eq!((second.len(), bodies.bytes()), (60, 60));
        drop(second);
        assert_eq!((bodies.find(&key(b"a")), bodies.bytes()), (None, 0));
    }

    #[test]
    fn a_body_beyond_the_budget_is_refused_until_another_is_sent() {
        let bodies = SentBodies::new(100);
        let first = bodies.get_or_make(key(b"a"), 60, || Ok::<_, NoError>(body(60))).unwrap();
        let refused = bodies.get_or_make(key(b"b"), 41, || Ok::<_, NoError>(body(41)));
        assert_eq!(refused, Err(BodyError::Budget(BudgetExceeded)));
        // A part of a body keeps all of it in memory.
        let part = first.slice(0..1);
        drop(first);
        assert_eq!(bodies.reserve(41).unwrap_err(), BudgetExceeded);
        drop(part);
        assert!(bodies.reserve(41).is_ok());
    }

    #[test]
    fn a_body_larger_than_the_budget_is_sent_alone() {
        let bodies = SentBodies::new(100);
        let large = bodies.reserve(1000).unwrap();
        assert_eq!(bodies.reserve(1).unwrap_err(), BudgetExceeded);
        drop(large);
        assert!(bodies.reserve(1).is_ok());
    }

    #[test]
    fn a_body_that_cannot_be_made_reserves_nothing() {
        let bodies = SentBodies::new(100);
        let failed = bodies.get_or_make(key(b"a"), 60, || Err("damaged"));
        assert_eq!(failed, Err(BodyError::Make("damaged")));
        assert_eq!(bodies.bytes(), 0);
    }

    #[test]
    fn keys_of_sent_bodies_are_forgotten() {
        let bodies = SentBodies::new(100);
        for number in 0..10_000_u32 {
            drop(bodies.get_or_make(key(&number.to_be_bytes()), 1, || Ok::<_, NoError>(body(1))));
        }
        let known = |shard: &Mutex<Shard>| shard.lock().unwrap().bodies.len();
        assert!(bodies.shards.iter().map(known).sum::<usize>() <= SHARDS * 17);
    }
}
