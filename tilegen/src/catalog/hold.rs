//! Holds a job, so that its builds publish nothing, and releases it.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use tilecore::manifest::{Hold, Job, Manifest};

use super::{CatalogError, empty, show};
use crate::publish::publish_next;
use crate::store::Store;

/// Holds a job for a period from now. A hold that it already has is replaced.
pub fn hold(
    store: &Store,
    job: Job,
    period: Duration,
    author: &str,
    reason: &str,
) -> Result<(Manifest, Hold), CatalogError> {
    let since = Timestamp::now();
    let hold = Hold {
        job: job.to_string(),
        author: author.to_owned(),
        reason: reason.to_owned(),
        since,
        until: since.checked_add(period).unwrap_or(Timestamp::MAX),
        other: BTreeMap::new(),
    };
    let manifest = publish_next(store, |newest| {
        let mut content = newest.ok_or_else(|| empty(store))?;
        content.holds.retain(|known| known.job != hold.job);
        content.holds.push(hold.clone());
        Ok::<_, CatalogError>(content)
    })?;
    Ok((manifest, hold))
}

/// Ends the hold of a job. Returns `None`, and publishes no map, if the job is not held.
pub fn release(store: &Store, job: Job) -> Result<Option<Manifest>, CatalogError> {
    if show(store, None)?.hold(job, Timestamp::now()).is_none() {
        return Ok(None);
    }
    let manifest = publish_next(store, |newest| {
        let mut content = newest.ok_or_else(|| empty(store))?;
        content.holds.retain(|hold| hold.job != job.as_str());
        Ok::<_, CatalogError>(content)
    })?;
    Ok(Some(manifest))
}
