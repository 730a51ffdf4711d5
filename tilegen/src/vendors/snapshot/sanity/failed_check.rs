//! The checks that a snapshot can fail, and what the operator reads about each of them.

use jiff::Timestamp;
use tilecore::text::{counted, was_or_were};

/// A check that a snapshot failed. Its text is that of a finding.
#[derive(Debug, thiserror::Error)]
pub(super) enum FailedCheck {
    /// Targets name unknown areas or lines.
    #[error(
        "the targets name {}; correct the names, or set allow_unmatched_targets",
        unmatched(areas, lines)
    )]
    UnmatchedTargets {
        /// The names of areas, with their files.
        areas: Vec<String>,
        /// The names of business lines, with their files.
        lines: Vec<String>,
    },
    /// The snapshot is too old.
    #[error(
        "the snapshot {name} is stale: it was written at {written_at}, {} ago, and max_age_minutes is {allowed}",
        counted(age.unsigned_abs(), "minute")
    )]
    Stale {
        /// The file.
        name: String,
        /// When it was written.
        written_at: Timestamp,
        /// The age in minutes.
        age: i64,
        /// The maximum age in minutes.
        allowed: u32,
    },
    /// The published snapshot is newer.
    #[error(
        "the snapshot {name} was written at {written_at}, before the published snapshot of {newest}"
    )]
    OlderThanPublished {
        /// The file.
        name: String,
        /// When it was written.
        written_at: Timestamp,
        /// When the published snapshot was written.
        newest: Timestamp,
    },
    /// More rows were rejected than the configuration allows.
    #[error(
        "{rejected} of {} of {name} {} rejected ({reasons}), and max_reject_share is {allowed}; correct the rows",
        counted(*rows, "row"),
        was_or_were(*rejected)
    )]
    TooManyRejects {
        /// The file.
        name: String,
        /// Number of rows rejected.
        rejected: u64,
        /// Number of rows read.
        rows: u64,
        /// Rejected rows by reason, most frequent first.
        reasons: String,
        /// Maximum share of rejected rows.
        allowed: f64,
    },
    /// Longitude and latitude seem to be swapped.
    #[error(
        "{swapped} of {} of {name} are outside their city, and inside it if longitude and latitude are swapped; set longitude = {lat:?} and latitude = {lng:?} under [vendors.columns]",
        counted(*vendors, "vendor")
    )]
    SwappedPositions {
        /// The file.
        name: String,
        /// Vendors that are inside their city only if their coordinates are swapped.
        swapped: u64,
        /// Number of vendors.
        vendors: u64,
        /// The column of longitudes.
        lng: String,
        /// The column of latitudes.
        lat: String,
    },
    /// The radii are not kilometres.
    #[error(
        "the median of the column `{column}` of {name} is {median} km, and the limit is {limit} km; give the radius in kilometres, not in metres"
    )]
    LargeRadii {
        /// The file.
        name: String,
        /// The column.
        column: String,
        /// The median in kilometres.
        median: f64,
        /// The limit in kilometres.
        limit: u32,
    },
    /// The number of vendors has dropped since the published snapshot.
    #[error(
        "{name} has {} of {scope}, but the published snapshot has {before}, and max_shrink_share is {allowed}",
        counted(*now, "vendor")
    )]
    TooFewVendors {
        /// The file.
        name: String,
        /// The key of a city, or `all cities`.
        scope: String,
        /// Number of vendors in the published snapshot.
        before: u64,
        /// Number of vendors in this snapshot.
        now: u64,
        /// Maximum share of missing vendors.
        allowed: f64,
    },
}

/// The names of targets that do not exist, by their kind.
fn unmatched(areas: &[String], lines: &[String]) -> String {
    let kinds = [("areas", areas), ("business lines", lines)];
    let named = kinds.into_iter().filter(|(_, names)| !names.is_empty());
    let named =
        named.map(|(kind, names)| format!("{kind} that do not exist: {}", names.join(", ")));
    named.collect::<Vec<_>>().join("; and ")
}
