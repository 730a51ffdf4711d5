//! What must hold before the rows of a source replace those that it delivered last.

use super::source_store::LastRows;
use crate::config::Config;
use crate::config::fetch::SecretError;
use crate::fetch::error::QueryError;
use crate::store::StoreError;
use crate::vendors::snapshot::{SnapshotError, SourceRows};

/// Why a source did not deliver, or why what it delivered is not used.
#[derive(Debug, thiserror::Error)]
pub enum VendorSourceError {
    /// The system did not deliver.
    #[error("the source did not deliver its vendors")]
    Query(#[from] QueryError),
    /// The URL cannot be read.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// The file could not be read, or its copy could not be stored.
    #[error("the file of vendors could not be copied")]
    Store(#[from] StoreError),
    /// The URL does not say which format the file has.
    #[error("the URL must end with .parquet, .csv, .jsonl or .ndjson")]
    Extension,
    /// The server says that a file has not changed that was never read.
    #[error("the server has sent no content")]
    NoContent,
    /// The temporary file cannot be read again.
    #[error("could not read the temporary file again")]
    Read(#[source] std::io::Error),
    /// The rows are not vendors.
    #[error("what the source delivered is not a file of vendors")]
    Vendors(#[from] SnapshotError),
    /// There are no rows.
    #[error("the source has no vendors")]
    Empty,
    /// Too many rows break the rules.
    #[error(
        "{rejected} of {rows} rows break the rules for vendors; max_reject_share under [snapshot] allows a share of {allowed}"
    )]
    Rejects {
        /// Rows that a build would reject.
        rejected: u64,
        /// All rows.
        rows: u64,
        /// The allowed share.
        allowed: f64,
    },
    /// A column lost all its values.
    #[error("the column {column} had values and has none any more; correct the source")]
    Column {
        /// Its key in `[vendors.columns]`.
        column: String,
    },
}

/// Checks the rows of a source.
pub(super) fn check(
    rows: &SourceRows,
    last: Option<&LastRows>,
    config: &Config,
) -> Result<(), VendorSourceError> {
    let &SourceRows { rows: all, rejected, .. } = rows;
    if all == 0 {
        return Err(VendorSourceError::Empty);
    }
    let allowed = config.snapshot.max_reject_share;
    if rejected as f64 > allowed * all as f64 {
        return Err(VendorSourceError::Rejects { rejected, rows: all, allowed });
    }
    let before = last.map(|last| last.columns.as_slice()).unwrap_or_default();
    match before.iter().find(|column| !rows.columns.contains(&column.as_str())) {
        Some(column) => Err(VendorSourceError::Column { column: column.clone() }),
        None => Ok(()),
    }
}
