//! Why a snapshot was not published. The last good layers stay up in every case.

use std::path::PathBuf;

use jiff::Timestamp;
use tilecore::archive::WriteError;
use tilecore::manifest::TableNameError;

use crate::orders::lines::TooManyLines;
use crate::polygons::AreaError;
use crate::publish::PublishError;
use crate::store::StoreError;

/// Why a snapshot was not published.
#[derive(Debug, thiserror::Error)]
pub enum SnapshotError {
    /// A file could not be read.
    #[error("could not read {name}")]
    Io {
        /// The file.
        name: String,
        /// Cause.
        #[source]
        source: std::io::Error,
    },
    /// The name does not tell the form.
    #[error("{name} does not end with .parquet, .csv, .jsonl or .ndjson")]
    Form {
        /// The file.
        name: String,
    },
    /// There is not one byte.
    #[error("{name} is empty")]
    EmptyFile {
        /// The file.
        name: String,
    },
    /// The end is missing.
    #[error(
        "{name} is half-written: it was cut off inside its last line, or it changed while it was read; --force publishes it all the same"
    )]
    HalfWritten {
        /// The file.
        name: String,
    },
    /// The parquet file is damaged or cut.
    #[error("could not read {name}, which is damaged or half-written")]
    Parquet {
        /// The file.
        name: String,
        /// Cause.
        #[source]
        source: parquet::errors::ParquetError,
    },
    /// Rows of the parquet file could not be decoded.
    #[error("could not read the rows of {name}")]
    Decode {
        /// The file.
        name: String,
        /// Cause.
        #[source]
        source: arrow::error::ArrowError,
    },
    /// The CSV file is malformed or cut.
    #[error("could not read {name}")]
    Csv {
        /// The file.
        name: String,
        /// Cause, with the row.
        #[source]
        source: csv::Error,
    },
    /// A line is no JSON object.
    #[error("line {line} of {name} is no JSON object, or is cut off")]
    Json {
        /// The file.
        name: String,
        /// The line, from 1.
        line: u64,
        /// Cause.
        #[source]
        source: serde_json::Error,
    },
    /// A column that must be there is not.
    #[error("{name} has no column `{column}`; its columns are {found}")]
    MissingColumn {
        /// The file.
        name: String,
        /// The column.
        column: String,
        /// What there is.
        found: String,
    },
    /// A column holds something else.
    #[error("{name}: column `{column}` holds {found}, it must hold {wanted}")]
    WrongType {
        /// The file.
        name: String,
        /// The column.
        column: String,
        /// What it holds.
        found: String,
        /// What it should.
        wanted: &'static str,
    },
    /// A grades file of no known layout.
    #[error("{name} is no grades file: its columns are {found}, expected are {wanted}")]
    GradesLayout {
        /// The file.
        name: String,
        /// What there is.
        found: String,
        /// What there should be.
        wanted: String,
    },
    /// No city has targets.
    #[error("{folder} has no file of targets, which would be named after a city's key: tehran.csv")]
    NoTargets {
        /// The folder.
        folder: PathBuf,
    },
    /// A target is no whole number, or an area has two rows.
    #[error("{path}, row {row}: `{text}` is no whole number, or an area that stands there twice")]
    Target {
        /// The file.
        path: PathBuf,
        /// The row, from 1; the header is row 1.
        row: u64,
        /// What stands there.
        text: String,
    },
    /// Targets name what does not exist.
    #[error(
        "targets are set for areas or lines that do not exist: {}; correct them, or set allow_unmatched_targets",
        unmatched.join(", ")
    )]
    UnmatchedTargets {
        /// Names and their files.
        unmatched: Vec<String>,
    },
    /// The snapshot is too old.
    #[error(
        "the snapshot {name} is late: written {written_at}, {age} minutes ago, where max_age_minutes allows {allowed}; --force publishes it all the same"
    )]
    Late {
        /// The file.
        name: String,
        /// When it was written.
        written_at: Timestamp,
        /// Its age in minutes.
        age: i64,
        /// The age allowed, in minutes.
        allowed: u32,
    },
    /// A newer snapshot is published.
    #[error(
        "the snapshot {name} was written {written_at}, before the published one of {newest}; --force publishes it all the same"
    )]
    Older {
        /// The file.
        name: String,
        /// When it was written.
        written_at: Timestamp,
        /// When the published one was.
        newest: Timestamp,
    },
    /// No row is a vendor.
    #[error("{name} has no valid vendor: {rows} rows read ({reasons})")]
    NoVendors {
        /// The file.
        name: String,
        /// Rows read.
        rows: u64,
        /// Rejects by reason.
        reasons: String,
    },
    /// More rows were rejected than the configuration allows.
    #[error(
        "{rejected} of {rows} rows of {name} were rejected ({reasons}), more than the share of {allowed} that max_reject_share allows; nothing is published"
    )]
    TooManyRejects {
        /// The file.
        name: String,
        /// Rows rejected.
        rejected: u64,
        /// Rows read.
        rows: u64,
        /// The reasons, the commonest first.
        reasons: String,
        /// Share allowed.
        allowed: f64,
    },
    /// Vendors are missing against the last published snapshot.
    #[error(
        "{name} has shrunk: {now} vendors of {place}, the last published snapshot had {before}, and max_shrink_share is {allowed}; --force publishes it all the same"
    )]
    Shrunken {
        /// The file.
        name: String,
        /// A city's key, or all cities.
        place: String,
        /// Vendors of the last published snapshot.
        before: u64,
        /// Vendors of this one.
        now: u64,
        /// Share that may be missing.
        allowed: f64,
    },
    /// Too many lines.
    #[error(transparent)]
    Lines(#[from] TooManyLines),
    /// Areas could not be read.
    #[error("could not read the areas")]
    Areas(#[from] AreaError),
    /// An archive could not be written.
    #[error("could not write the archive of {layer}/now")]
    Write {
        /// The layer.
        layer: &'static str,
        /// Cause.
        #[source]
        source: WriteError,
    },
    /// A table could not be written.
    #[error("could not write the table {name}")]
    Table {
        /// The table.
        name: String,
        /// Cause.
        #[source]
        source: serde_json::Error,
    },
    /// A city's key makes no table name.
    #[error("a city's key cannot be part of a table's name")]
    TableName(#[from] TableNameError),
    /// The store cannot be used.
    #[error("could not use the store")]
    Store(#[from] StoreError),
    /// The input cannot be named.
    #[error(transparent)]
    Lineage(#[from] crate::publish::lineage::LineageError),
    /// Publishing failed.
    #[error("could not publish")]
    Publish(#[from] PublishError),
}
