//! Why orders could not be read.

use std::fmt;

use tilecore::text::counted;

use super::column_key::ColumnKey;
use super::skipped::SkippedFiles;
use super::table_format::TableFormat;
use crate::files::DamagedParquet;
use crate::orders::day_manifest::DayManifestError;
use crate::orders::memory::TooLittleMemory;
use crate::store::StoreError;

/// Why there is no order file at an address.
#[derive(Debug)]
pub enum NothingFound {
    /// The path does not exist.
    Missing,
    /// The folder or the store has no files there.
    Empty,
    /// No name matches the pattern.
    NoMatch,
    /// All files were skipped.
    Skipped(SkippedFiles),
}

impl fmt::Display for NothingFound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => f.write_str("the path does not exist; check --orders"),
            Self::Empty => f.write_str("there are no files; check --orders"),
            Self::NoMatch => f.write_str("no file matches the pattern; check --orders"),
            Self::Skipped(skipped) => {
                let files = counted(skipped.total(), "file");
                write!(f, "{files} skipped, {skipped}; rename or move the order files")
            }
        }
    }
}

/// Why orders could not be read.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// There are no order files at the address.
    #[error("no order files (*.parquet) in {address}: {reason}")]
    NotFound {
        /// The address given.
        address: String,
        /// Why nothing is read there.
        reason: NothingFound,
    },
    /// The files belong to a table, and some of them are of older versions.
    #[error(
        "{table} contains {format} table, whose files also hold deleted and older rows; export the orders of its newest version to plain Parquet files in another folder, and give that folder"
    )]
    Table {
        /// The format.
        format: TableFormat,
        /// The folder of the table.
        table: String,
    },
    /// A day manifest cannot be read.
    #[error("could not read the day manifest {manifest}; fetch the day again")]
    DayManifest {
        /// The manifest.
        manifest: String,
        /// Cause.
        #[source]
        source: DayManifestError,
    },
    /// The file that a day manifest names does not exist.
    #[error("the day manifest {manifest} names {file}, which does not exist; fetch the day again")]
    DayFileMissing {
        /// The manifest.
        manifest: String,
        /// The file.
        file: String,
    },
    /// A file or folder could not be read.
    #[error("could not read {name}")]
    Io {
        /// File or folder.
        name: String,
        /// Cause.
        #[source]
        source: std::io::Error,
    },
    /// The glob pattern is malformed.
    #[error("`{pattern}` is not a valid pattern")]
    Pattern {
        /// The pattern.
        pattern: String,
        /// Cause.
        #[source]
        source: glob::PatternError,
    },
    /// The store could not be read.
    #[error("could not read orders from the store")]
    Store(#[from] StoreError),
    /// The file is not a Parquet file, or it is damaged.
    #[error(transparent)]
    Damaged(#[from] DamagedParquet),
    /// The pages of a row group are damaged.
    #[error(
        "row group {row_group} of {name} could not be decoded: {what}; check that the file is complete, or write it again"
    )]
    DamagedRowGroup {
        /// The file.
        name: String,
        /// Row group, counted from 0.
        row_group: usize,
        /// What is wrong.
        what: String,
    },
    /// The statistics of a footer say something else about the times than the rows.
    #[error(
        "the footer of {name} is false: it says that `{column}` of row group {row_group} is between {} and {}, but a row has {found}; write the file again",
        claimed.0, claimed.1
    )]
    FalseTimes {
        /// The file.
        name: String,
        /// Row group, counted from 0.
        row_group: usize,
        /// The time column.
        column: String,
        /// The earliest and the latest time that the footer claims.
        claimed: (String, String),
        /// A time outside this range.
        found: String,
    },
    /// The file needs more memory than the limit.
    #[error(transparent)]
    Memory(#[from] TooLittleMemory),
    /// The data of a row group are damaged.
    #[error(
        "row group {row_group} of {name} could not be decoded; check that the file is complete"
    )]
    Decode {
        /// The file.
        name: String,
        /// Row group, counted from 0.
        row_group: usize,
        /// Cause.
        #[source]
        source: arrow_schema::ArrowError,
    },
    /// The file lacks a column that the configuration names.
    #[error(
        "{name} has no column `{column}`, which should contain {}; it has {found}; name the column under [orders.columns], such as {} = \"…\"{}",
        key.content(), key.as_str(), key.without_column()
    )]
    MissingColumn {
        /// The file.
        name: String,
        /// The column.
        column: String,
        /// Its key in the configuration.
        key: ColumnKey,
        /// Columns that the file has.
        found: String,
    },
    /// Two columns have the same name.
    #[error("{name} has two columns named `{column}`; write it with one of them")]
    RepeatedColumn {
        /// The file.
        name: String,
        /// The column.
        column: String,
    },
    /// A column has the wrong type.
    #[error(
        "column `{column}` of {name} has type {found}, expected {expected}; convert it, or name another column under [orders.columns]: {} = \"…\"",
        key.as_str()
    )]
    WrongType {
        /// The file.
        name: String,
        /// The column.
        column: String,
        /// Its key in the configuration.
        key: ColumnKey,
        /// Type found.
        found: String,
        /// Accepted types.
        expected: &'static str,
    },
}
