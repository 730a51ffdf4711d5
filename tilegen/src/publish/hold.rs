//! Holds: a job that is held publishes nothing. A run checks it when it starts, and again when it
//! publishes, because a rollback may have set the hold in the meantime.

use jiff::Timestamp;
use tilecore::manifest::{Hold, Job, Manifest};

/// A job is held, so it publishes nothing.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error(
    "{job} is held by {author} until {until:.0} ({reason}); `tilegen catalog release --job {job}` ends the hold",
    author = hold.author, until = hold.until, reason = hold.reason
)]
pub struct HeldError {
    /// The job.
    pub job: Job,
    /// Its hold.
    pub hold: Hold,
}

/// The first hold of one of the jobs in a manifest.
pub(super) fn hold_in(
    manifest: &Manifest,
    jobs: impl IntoIterator<Item = Job>,
) -> Option<HeldError> {
    let now = Timestamp::now();
    jobs.into_iter()
        .find_map(|job| manifest.hold(job, now).map(|hold| HeldError { job, hold: hold.clone() }))
}
