//! Lease: only one run of a job at a time, however many machines start it.
//!
//! A run creates a lease of its own, under a number that nobody has, and looks whether it is alone;
//! if not, it steps back. It writes its lease anew while it works, and removes it at its end. A lease
//! that was not written for longer than its life is over: its run was killed. Age is told by the
//! store's own clock.

use std::fmt;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::store::{Store, StoreError, modified};

/// Why a run may not begin.
#[derive(Debug, thiserror::Error)]
pub enum LeaseError {
    /// Another run is at work.
    #[error(
        "{holder} has been running {job} since {since:.0}; its lease lasts until {until:.0} unless it is renewed"
    )]
    Held {
        /// The job.
        job: String,
        /// Machine and process of the other run.
        holder: String,
        /// When it began, by its own clock.
        since: Timestamp,
        /// When its lease ends, by the store's clock.
        until: Timestamp,
    },
    /// The store cannot be used.
    #[error("could not take the lease of {job}")]
    Store {
        /// The job.
        job: String,
        /// Cause.
        #[source]
        source: StoreError,
    },
}

/// Who holds a lease.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Holder {
    name: String,
    since: Timestamp,
    life_seconds: u64,
}

/// A lease that is held. It is renewed until it is dropped, and then given back.
#[derive(Debug)]
pub struct Lease {
    renewal: Option<(Sender<()>, JoinHandle<()>)>,
}

/// Folder of the leases in the store.
const FOLDER: &str = "leases";

impl Lease {
    /// Takes the lease of a job, if nobody holds it.
    pub fn take(store: &Store, job: &str, life: Duration) -> Result<Self, LeaseError> {
        let failed = |source| LeaseError::Store { job: job.to_owned(), source };
        let own = Holder {
            name: format!("process {} on {}", std::process::id(), machine()),
            since: Timestamp::now(),
            life_seconds: life.as_secs(),
        };
        let text = serde_json::to_vec(&own).unwrap_or_default();
        loop {
            let known = numbers(store, job).map_err(failed)?;
            for &number in &known {
                check_over(store, job, number)?;
            }
            let number = known.last().map_or(1, |highest| highest + 1);
            let key = key(job, number);
            match store.create(&key, text.clone().into()) {
                Ok(()) => {}
                Err(error) if error.is_taken() => continue,
                Err(error) => return Err(failed(error)),
            }
            if is_alone(store, job, number)? {
                return Ok(Self::renewed(store.clone(), key, text, life));
            }
            store.remove(&key).map_err(failed)?;
            let nanoseconds = Timestamp::now().subsec_nanosecond().unsigned_abs();
            std::thread::sleep(Duration::from_millis(u64::from(nanoseconds / 1000 % 200)));
        }
    }

    fn renewed(store: Store, key: String, text: Vec<u8>, life: Duration) -> Self {
        let (end, ended) = channel();
        let renew = move || {
            while ended.recv_timeout(life / 3) == Err(RecvTimeoutError::Timeout) {
                if let Err(error) = store.overwrite(&key, text.clone().into()) {
                    tracing::warn!(key, %error, "lease not renewed");
                }
            }
            if let Err(error) = store.remove(&key) {
                tracing::warn!(key, %error, "lease not given back; it ends by itself");
            }
        };
        Self { renewal: Some((end, std::thread::spawn(renew))) }
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        if let Some((end, renewal)) = self.renewal.take() {
            drop(end);
            drop(renewal.join());
        }
    }
}

/// Whether no other lease is alive; those that are over are removed. Of two runs that made theirs
/// at the same time, at least the one that looks later sees the other and steps back.
fn is_alone(store: &Store, job: &str, own: u64) -> Result<bool, LeaseError> {
    let failed = |source| LeaseError::Store { job: job.to_owned(), source };
    for number in numbers(store, job).map_err(failed)? {
        if number == own {
            continue;
        }
        match check_over(store, job, number) {
            Ok(()) => store.remove(&key(job, number)).map_err(failed)?,
            Err(LeaseError::Held { .. }) => return Ok(false),
            Err(error) => return Err(error),
        }
    }
    Ok(true)
}

/// An error unless the lease of this number is over.
fn check_over(store: &Store, job: &str, number: u64) -> Result<(), LeaseError> {
    let failed = |source| LeaseError::Store { job: job.to_owned(), source };
    let key = key(job, number);
    let (written, text) = match store.head(&key).and_then(|found| Ok((found, store.get(&key)?))) {
        Ok((found, text)) => (modified(&found), text),
        Err(error) if error.is_missing() => return Ok(()),
        Err(error) => return Err(failed(error)),
    };
    // What is no lease is held by nobody.
    let Ok(Holder { name: holder, since, life_seconds }) = serde_json::from_slice(&text) else {
        return Ok(());
    };
    // Many stores tell whole seconds only.
    let life = SignedDuration::from_secs(life_seconds.saturating_add(1).cast_signed());
    let until = written.checked_add(life).unwrap_or(Timestamp::MAX);
    if store.now().map_err(failed)? < until {
        return Err(LeaseError::Held { job: job.to_owned(), holder, since, until });
    }
    Ok(())
}

fn key(job: &str, number: u64) -> String {
    format!("{FOLDER}/{job}/{number:010}.json")
}

/// Numbers of the leases of a job, rising.
fn numbers(store: &Store, job: &str) -> Result<Vec<u64>, StoreError> {
    let listed = store.list(&format!("{FOLDER}/{job}"))?;
    let number = |key: &str| key.rsplit('/').next()?.strip_suffix(".json")?.parse().ok();
    Ok(listed.iter().filter_map(|object| number(object.location.as_ref())).collect())
}

/// The machine's name, as its kernel tells it.
fn machine() -> impl fmt::Display {
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let name = name.trim();
    if name.is_empty() { "an unnamed machine".to_owned() } else { name.to_owned() }
}
