//! Why people were not erased.

use jiff::civil::Date;

use crate::catalog::CatalogError;
use crate::density::error::BuildError;
use crate::fetch::erase::EraseInputsError;
use crate::publish::PublishError;
use crate::publish::audit::{AuditedArchiveError, ReplacementError};
use crate::publish::lease::LeaseError;
use crate::store::StoreError;

/// Why people were not erased.
#[derive(Debug, thiserror::Error)]
pub enum EraseError {
    /// The inputs could not be changed.
    #[error(transparent)]
    Inputs(#[from] EraseInputsError),
    /// A build is running.
    #[error("a build may read the old orders; wait until it has ended")]
    Lease(#[from] LeaseError),
    /// The store failed.
    #[error("could not use the store")]
    Store(#[from] StoreError),
    /// Publishing failed.
    #[error(transparent)]
    Publish(#[from] PublishError),
    /// The catalog could not be read or changed.
    #[error(transparent)]
    Catalog(#[from] CatalogError),
    /// The public window is not published again.
    #[error("--republish-public is refused and {done} (repeat the command without it)")]
    RepublishRefused {
        /// What has changed until then.
        done: &'static str,
        /// Why.
        #[source]
        source: RepublishError,
    },
    /// The public window could not be published again.
    #[error(transparent)]
    Republish(RepublishError),
    /// The orders of the public window could not be read or counted.
    #[error("could not build the public window again")]
    Build(#[from] BuildError),
    /// The record of an erasure is damaged.
    #[error("could not read the record {key} of an erasure; remove it and run the command again")]
    Record {
        /// Its key.
        key: String,
        /// Cause.
        #[source]
        source: serde_json::Error,
    },
}

impl EraseError {
    /// Whether `--republish-public` was refused.
    #[must_use]
    pub const fn is_refusal(&self) -> bool {
        matches!(self, Self::RepublishRefused { .. })
    }
}

/// Why a public window is not published again.
#[derive(Debug, thiserror::Error)]
pub enum RepublishError {
    /// The difference of the windows isolates people, or cannot be proven not to.
    #[error(transparent)]
    Difference(#[from] ReplacementError),
    /// The window was withdrawn by an earlier call.
    #[error(
        "the window {from} to {to} was withdrawn by an earlier call, and the orders by which a new one would differ are not known any more"
    )]
    Withdrawn {
        /// First day of the window.
        from: Date,
        /// Last day of the window.
        to: Date,
    },
    /// The window replaces another one already.
    #[error(
        "the window {from} to {to} has replaced a withdrawn one already, and is published at most twice"
    )]
    Twice {
        /// First day of the window.
        from: Date,
        /// Last day of the window.
        to: Date,
    },
    /// Files of other programs have orders of the people.
    #[error("{files} files of other programs have orders of these people; remove them there first")]
    Foreign {
        /// Number of the files.
        files: usize,
    },
    /// The withdrawn window has no floor.
    #[error("the withdrawn window has no privacy floor")]
    NoFloor,
    /// The orders of the people did not count.
    #[error(
        "none of their orders counts in the withdrawn window, so the new one would be the same archive"
    )]
    SameArchive,
    /// The floor withholds everything.
    #[error("the privacy floor withholds every cell of the new window")]
    AllWithheld,
    /// An archive of the window cannot be read.
    #[error("could not read the archive {key}")]
    Archive {
        /// Its key.
        key: String,
        /// Cause.
        #[source]
        source: AuditedArchiveError,
    },
}
