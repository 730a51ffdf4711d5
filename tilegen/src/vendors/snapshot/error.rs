//! Errors of a snapshot build. After each of them the last published layers stay unchanged.

use std::path::PathBuf;

use jiff::Timestamp;
use tilecore::archive::WriteError;
use tilecore::manifest::TableNameError;

use crate::orders::lines::TooManyLines;
use crate::polygons::AreaError;
use crate::publish::PublishError;
use crate::store::StoreError;

/// An error of a snapshot build.
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
    /// The file name has an unknown extension.
    #[error("the name of {name} must end with .parquet, .csv, .jsonl or .ndjson")]
    UnknownFormat {
        /// The file.
        name: String,
    },
    /// The file is empty.
    #[error("{name} is empty")]
    EmptyFile {
        /// The file.
        name: String,
    },
    /// The file is not complete.
    #[error(
        "{name} is incomplete: its last line has no line break, or it changed while it was read; use --force to publish it anyway"
    )]
    Incomplete {
        /// The file.
        name: String,
    },
    /// The Parquet file is damaged or truncated.
    #[error("could not read {name}: it is damaged or incomplete")]
    Parquet {
        /// The file.
        name: String,
        /// Cause.
        #[source]
        source: parquet::errors::ParquetError,
    },
    /// Rows of the Parquet file could not be decoded.
    #[error("could not read the rows of {name}")]
    Decode {
        /// The file.
        name: String,
        /// Cause.
        #[source]
        source: arrow::error::ArrowError,
    },
    /// The CSV file is malformed or truncated.
    #[error("could not read {name}")]
    Csv {
        /// The file.
        name: String,
        /// Cause, with the row.
        #[source]
        source: csv::Error,
    },
    /// A line is not a JSON object.
    #[error("line {line} of {name} is not a complete JSON object")]
    Json {
        /// The file.
        name: String,
        /// The line, from 1.
        line: u64,
        /// Cause.
        #[source]
        source: serde_json::Error,
    },
    /// A required column is missing.
    #[error("{name} has no column `{column}`; its columns are {found}")]
    MissingColumn {
        /// The file.
        name: String,
        /// The column.
        column: String,
        /// The columns of the file.
        found: String,
    },
    /// A column has the wrong type.
    #[error("{name}: column `{column}` contains {found}, but must contain {expected}")]
    WrongType {
        /// The file.
        name: String,
        /// The column.
        column: String,
        /// The actual type or value.
        found: String,
        /// The expected type.
        expected: &'static str,
    },
    /// A grades file has an unknown layout.
    #[error("{name} is not a grades file: its columns are {found}; expected {expected}")]
    GradesLayout {
        /// The file.
        name: String,
        /// The columns of the file.
        found: String,
        /// The columns of the known layouts.
        expected: String,
    },
    /// The folder contains no targets.
    #[error(
        "{folder} contains no file of targets; its name must be the key of a city, such as tehran.csv"
    )]
    NoTargets {
        /// The folder.
        folder: PathBuf,
    },
    /// A target is not an integer, or an area has two rows.
    #[error("{path}, row {row}: `{text}` is not a whole number, or is an area with an earlier row")]
    Target {
        /// The file.
        path: PathBuf,
        /// The row, from 1; the header is row 1.
        row: u64,
        /// The value or name.
        text: String,
    },
    /// Targets name unknown areas or lines.
    #[error(
        "the targets name areas or lines that do not exist: {}; correct the names, or set allow_unmatched_targets",
        unmatched.join(", ")
    )]
    UnmatchedTargets {
        /// The names, with their files.
        unmatched: Vec<String>,
    },
    /// The snapshot is too old.
    #[error(
        "the snapshot {name} is stale: it was written at {written_at}, {age} minutes ago, and max_age_minutes is {allowed}; use --force to publish it anyway"
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
        "the snapshot {name} was written at {written_at}, before the published snapshot of {newest}; use --force to publish it anyway"
    )]
    OlderThanPublished {
        /// The file.
        name: String,
        /// When it was written.
        written_at: Timestamp,
        /// When the published snapshot was written.
        newest: Timestamp,
    },
    /// There are no valid vendors.
    #[error("{name} contains no valid vendors: {rows} rows read ({reasons})")]
    NoVendors {
        /// The file.
        name: String,
        /// Number of rows read.
        rows: u64,
        /// Rejected rows by reason.
        reasons: String,
    },
    /// More rows were rejected than the configuration allows.
    #[error(
        "{rejected} of {rows} rows of {name} were rejected ({reasons}), and max_reject_share is {allowed}; correct the rows, or use --force to publish it anyway"
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
    /// The number of vendors has dropped since the published snapshot.
    #[error(
        "{name} has too few vendors of {scope}: {now}, and {before} in the published snapshot; max_shrink_share is {allowed}; use --force to publish it anyway"
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
    /// There are too many business lines.
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
    /// The key of a city is not valid in a table name.
    #[error("the key of a city is not valid in the name of a table")]
    TableName(#[from] TableNameError),
    /// The store could not be used.
    #[error("could not use the store")]
    Store(#[from] StoreError),
    /// The input files could not be recorded.
    #[error(transparent)]
    Lineage(#[from] crate::publish::lineage::LineageError),
    /// Publishing failed.
    #[error("could not publish")]
    Publish(#[from] PublishError),
}
