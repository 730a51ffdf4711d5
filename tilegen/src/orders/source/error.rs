//! Why orders could not be read.

use crate::store::StoreError;

/// Why orders could not be read.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// There are no order files at the address.
    #[error("no order files (*.parquet) in {address}")]
    NotFound {
        /// The address given.
        address: String,
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
    #[error("{name} is not a readable Parquet file; check that it is complete")]
    Parquet {
        /// The file.
        name: String,
        /// Cause.
        #[source]
        source: parquet::errors::ParquetError,
    },
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
        source: arrow::error::ArrowError,
    },
    /// The file lacks a column that the configuration names.
    #[error(
        "{name} has no column `{column}`; it has {found}; map the columns under [orders.columns]"
    )]
    MissingColumn {
        /// The file.
        name: String,
        /// The column.
        column: String,
        /// Columns that the file has.
        found: String,
    },
    /// A column has the wrong type.
    #[error("column `{column}` of {name} has type {found}, expected {expected}")]
    WrongType {
        /// The file.
        name: String,
        /// The column.
        column: String,
        /// Type found.
        found: String,
        /// Accepted types.
        expected: &'static str,
    },
}
