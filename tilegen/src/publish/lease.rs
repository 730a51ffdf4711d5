//! Leases: only one run of a job at a time, on any number of machines.
//!
//! A run creates a lease object under a free number and checks that there is no other live lease. If
//! there is one, the run removes its own. The holder rewrites its lease while it works, and removes it
//! at the end. A lease that was not rewritten for longer than its time to live has expired: its run was
//! killed. Ages are measured with the store's own clock.

use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use tilecore::process::host_name;

use crate::store::{Store, StoreError, modified};

/// Why a run may not start.
#[derive(Debug, thiserror::Error)]
pub enum LeaseError {
    /// Another run holds the lease.
    #[error(
        "{holder} has been running {job} since {since:.0}; its lease expires at {until:.0} unless it is renewed"
    )]
    Held {
        /// The job.
        job: String,
        /// Machine and process of the other run.
        holder: String,
        /// When it started, by its own clock.
        since: Timestamp,
        /// When its lease expires, by the store's clock.
        until: Timestamp,
    },
    /// A store operation failed.
    #[error("could not take the lease of {job}")]
    Store {
        /// The job.
        job: String,
        /// Cause.
        #[source]
        source: StoreError,
    },
}

/// The holder of a lease, as written to the store.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Holder {
    name: String,
    since: Timestamp,
    ttl_seconds: u64,
}

/// A held lease. It is renewed in the background until it is dropped, and then released.
#[derive(Debug)]
pub struct Lease {
    renewal: Option<(Sender<()>, JoinHandle<()>)>,
}

/// Folder of the leases in the store.
const FOLDER: &str = "leases";

impl Lease {
    /// Acquires the lease of a job, if no other run holds it.
    pub fn acquire(store: &Store, job: &str, ttl: Duration) -> Result<Self, LeaseError> {
        let failed = |source| LeaseError::Store { job: job.to_owned(), source };
        let host = host_name().unwrap_or_else(|| "an unknown host".to_owned());
        let holder = Holder {
            name: format!("process {} on {host}", std::process::id()),
            since: Timestamp::now(),
            ttl_seconds: ttl.as_secs(),
        };
        let text = serde_json::to_vec(&holder).unwrap_or_default();
        loop {
            let known = numbers(store, job).map_err(failed)?;
            for &number in &known {
                check_expired(store, job, number)?;
            }
            let number = known.last().map_or(1, |highest| highest + 1);
            let key = key(job, number);
            match store.create(&key, text.clone().into()) {
                Ok(()) => {}
                Err(error) if error.is_already_exists() => continue,
                Err(error) => return Err(failed(error)),
            }
            if is_sole_holder(store, job, number)? {
                return Ok(Self::with_renewal(store.clone(), key, text, ttl));
            }
            store.remove(&key).map_err(failed)?;
            let nanoseconds = Timestamp::now().subsec_nanosecond().unsigned_abs();
            std::thread::sleep(Duration::from_millis(u64::from(nanoseconds / 1000 % 200)));
        }
    }

    fn with_renewal(store: Store, key: String, text: Vec<u8>, ttl: Duration) -> Self {
        let (stop, stopped) = channel();
        let renew = move || {
            while stopped.recv_timeout(ttl / 3) == Err(RecvTimeoutError::Timeout) {
                if let Err(error) = store.overwrite(&key, text.clone().into()) {
                    tracing::warn!(key, %error, "could not renew the lease");
                }
            }
            if let Err(error) = store.remove(&key) {
                tracing::warn!(key, %error, "could not release the lease; it expires by itself");
            }
        };
        Self { renewal: Some((stop, std::thread::spawn(renew))) }
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        if let Some((stop, renewal)) = self.renewal.take() {
            drop(stop);
            drop(renewal.join());
        }
    }
}

/// Who is running a job now, in words, if a live lease says so.
pub fn running(store: &Store, job: &str) -> Result<Option<String>, LeaseError> {
    let failed = |source| LeaseError::Store { job: job.to_owned(), source };
    for number in numbers(store, job).map_err(failed)? {
        match check_expired(store, job, number) {
            Ok(()) => {}
            Err(LeaseError::Held { holder, since, .. }) => {
                return Ok(Some(format!("{holder} has been running {job} since {since:.0}")));
            }
            Err(error) => return Err(error),
        }
    }
    Ok(None)
}

/// Whether no other lease is live; expired ones are removed. Of two runs that create their leases at the
/// same time, at least the one that checks later sees the other and removes its own.
fn is_sole_holder(store: &Store, job: &str, own: u64) -> Result<bool, LeaseError> {
    let failed = |source| LeaseError::Store { job: job.to_owned(), source };
    for number in numbers(store, job).map_err(failed)? {
        if number == own {
            continue;
        }
        match check_expired(store, job, number) {
            Ok(()) => store.remove(&key(job, number)).map_err(failed)?,
            Err(LeaseError::Held { .. }) => return Ok(false),
            Err(error) => return Err(error),
        }
    }
    Ok(true)
}

/// Fails unless the lease with this number has expired.
fn check_expired(store: &Store, job: &str, number: u64) -> Result<(), LeaseError> {
    let failed = |source| LeaseError::Store { job: job.to_owned(), source };
    let key = key(job, number);
    let (written, text) = match store.head(&key).and_then(|found| Ok((found, store.get(&key)?))) {
        Ok((found, text)) => (modified(&found), text),
        Err(error) if error.is_not_found() => return Ok(()),
        Err(error) => return Err(failed(error)),
    };
    // An object that is not a lease has no holder.
    let Ok(Holder { name: holder, since, ttl_seconds }) = serde_json::from_slice(&text) else {
        return Ok(());
    };
    // Many stores report whole seconds only.
    let ttl = SignedDuration::from_secs(ttl_seconds.saturating_add(1).cast_signed());
    let until = written.checked_add(ttl).unwrap_or(Timestamp::MAX);
    if store.now().map_err(failed)? < until {
        return Err(LeaseError::Held { job: job.to_owned(), holder, since, until });
    }
    Ok(())
}

fn key(job: &str, number: u64) -> String {
    format!("{FOLDER}/{job}/{number:010}.json")
}

/// Numbers of the leases of a job, in ascending order.
fn numbers(store: &Store, job: &str) -> Result<Vec<u64>, StoreError> {
    let listed = store.list(&format!("{FOLDER}/{job}"))?;
    let number = |key: &str| key.rsplit('/').next()?.strip_suffix(".json")?.parse().ok();
    Ok(listed.iter().filter_map(|object| number(object.location.as_ref())).collect())
}
