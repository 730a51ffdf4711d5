//! What a client of the public servers can prove about fewer than k people, from the archives in a store.
//!
//! The audit reads what is published as a client does and shares no code with the privacy floor. `published` reads an
//! archive, `single` subtracts inside it, `conclusions` compares the sums of withheld lines, `users` compares numbers of users, and
//! `pairs` compares archives of the same days. `report` is what the command prints. `replacement` checks a window that replaces a withdrawn one.

mod conclusions;
mod pairs;
mod published;
mod replacement;
mod report;
mod single;
mod users;

use std::collections::BTreeMap;

use tilecore::ArchiveDigest;
use tilecore::layer::DENSITY_PUBLIC;
use tilecore::manifest::{LayerEntry, MANIFEST_FOLDER, manifest_number};

use super::error::PublishError;
use super::newest::read_manifest;
use super::public_window::{PublicWindow, withdrawn};
use crate::store::{Store, StoreError};

pub use published::AuditedArchiveError;
use published::Published;
pub use replacement::{ErasedOrder, ReplacementError, WithdrawnWindow};
use report::Tally;
pub use report::{Audit, AuditOptions};

/// Why the audit could not be done.
#[derive(Debug, thiserror::Error)]
pub enum AuditError {
    /// The store could not be read.
    #[error(transparent)]
    Publish(#[from] PublishError),
    /// A store operation failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// An archive could not be read.
    #[error("could not read the public archive {key}")]
    Archive {
        /// Its key.
        key: String,
        /// Cause.
        #[source]
        source: AuditedArchiveError,
    },
}

/// Audits every public archive of orders that a manifest of the store or the record of a public window lists, and that
/// is still in the store.
///
/// # Errors
/// If the store or an archive cannot be read.
pub fn privacy_audit(store: &Store, options: AuditOptions) -> Result<Audit, AuditError> {
    let mut tally = Tally::default();
    let mut archives: Vec<(bool, Published)> = Vec::new();
    let withdrawn = withdrawn(store)?;
    let mut missing = Vec::new();
    for entry in public_entries(store)? {
        let key = entry.archive_key();
        let bytes = match store.get(&key) {
            Ok(bytes) => bytes,
            Err(error) if error.is_not_found() => {
                missing.push(key);
                continue;
            }
            Err(error) => return Err(error.into()),
        };
        let archive = Published::read(&entry, &bytes)
            .map_err(|source| AuditError::Archive { key, source })?;
        single::check(&archive, options.min_users, &mut tally);
        conclusions::check(&archive, options.min_users, &mut tally);
        users::check(&archive, options.min_users, &mut tally);
        archives.push((withdrawn.contains(&entry.digest), archive));
    }
    for (index, (first_withdrawn, first)) in archives.iter().enumerate() {
        for (second_withdrawn, second) in &archives[index + 1..] {
            // `tilegen erase --republish-public` compared a withdrawn window with the one that replaces it.
            let is_replaced = first.days == second.days && first_withdrawn != second_withdrawn;
            let may_overlap = options.may_overlap || is_replaced;
            pairs::check(first, second, AuditOptions { may_overlap, ..options }, &mut tally);
        }
    }
    Ok(Audit::new(options, archives.len() as u64, missing, &tally))
}

/// The entries of all public archives of orders, by their days.
fn public_entries(store: &Store) -> Result<Vec<LayerEntry>, AuditError> {
    let mut entries: BTreeMap<ArchiveDigest, LayerEntry> = BTreeMap::new();
    for object in store.list(MANIFEST_FOLDER)? {
        let Some(number) = manifest_number(object.location.as_ref()) else { continue };
        let public = read_manifest(store, number)?.layers.into_iter();
        let public = public.filter(|entry| entry.layer == DENSITY_PUBLIC.id);
        entries.extend(public.map(|entry| (entry.digest, entry)));
    }
    let windows = PublicWindow::all(store, DENSITY_PUBLIC.id)?;
    entries.extend(windows.into_iter().map(|window| (window.entry.digest, window.entry)));
    let mut entries: Vec<_> = entries.into_values().collect();
    entries.sort_by_key(|entry| (entry.from, entry.to, entry.digest));
    Ok(entries)
}
