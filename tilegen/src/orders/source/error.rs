//! Why orders could not be read.

use crate::store::StoreError;

/// Why orders could not be read.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// Nothing lies at the address.
    #[error("no order file (*.parquet) at {address}")]
    Nothing {
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
    /// The store could not be asked.
    #[error("could not read orders from the store")]
    Store(#[from] StoreError),
    /// The file is no parquet, or damaged.
    #[error("{name} is not a readable parquet file; is it whole?")]
    Parquet {
        /// The file.
        name: String,
        /// Cause.
        #[source]
        source: parquet::errors::ParquetError,
    },
    /// A row group's data are damaged.
    #[error("row group {row_group} of {name} could not be decoded; is the file whole?")]
    Decode {
        /// The file.
        name: String,
        /// Row group counted from 0.
        row_group: usize,
        /// Cause.
        #[source]
        source: arrow::error::ArrowError,
    },
    /// A column that the configuration names is not there.
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
    /// A column holds something else.
    #[error("column `{column}` of {name} holds {found}, but {wanted} is needed")]
    WrongType {
        /// The file.
        name: String,
        /// The column.
        column: String,
        /// Type found.
        found: String,
        /// Types that would do.
        wanted: &'static str,
    },
}
