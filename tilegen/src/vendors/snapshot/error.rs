//! Errors of a snapshot build. After each of them the last published layers stay unchanged.

use tilecore::archive::WriteError;
use tilecore::manifest::TableNameError;
use tilecore::text::counted;

use super::targets::TargetsError;
use crate::files::{CsvError, DamagedParquet, EncodingError, ModifiedInFuture};
use crate::orders::lines::TooManyLines;
use crate::polygons::AreaError;
use crate::publish::OutputError;
use crate::publish::guards::{Acceptance, GuardStop};

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
    /// The file is empty, or in another encoding or format.
    #[error(transparent)]
    Encoding(#[from] EncodingError),
    /// The file was modified in the future.
    #[error(transparent)]
    Modified(#[from] ModifiedInFuture),
    /// The file changed while it was read.
    #[error(
        "{name} changed while it was read: {read} bytes were read, and it has {size}; run the job again"
    )]
    Changed {
        /// The file.
        name: String,
        /// Number of bytes that were read.
        read: u64,
        /// Size in bytes after that.
        size: u64,
    },
    /// The Parquet file is damaged or truncated.
    #[error(transparent)]
    Damaged(#[from] DamagedParquet),
    /// A page of the Parquet file is too long.
    #[error(
        "column `{column}` of {name} has a page of {bytes} bytes, more than {max}; shorten its long values, or write it with smaller pages"
    )]
    LongPage {
        /// The file.
        name: String,
        /// The column.
        column: String,
        /// Length of the page when it is decompressed.
        bytes: u64,
        /// Greatest length.
        max: u64,
    },
    /// A text is longer than a code or a name may be.
    #[error(
        "{name}, row {row}: column `{column}` contains a text of {bytes} bytes, longer than {max} bytes; correct the row",
        max = crate::files::MAX_VALUE_BYTES
    )]
    LongText {
        /// The file.
        name: String,
        /// The row, from 1.
        row: u64,
        /// The column.
        column: String,
        /// Length of the text.
        bytes: usize,
    },
    /// Rows of the Parquet file could not be decoded.
    #[error("could not read the rows of {name}")]
    Decode {
        /// The file.
        name: String,
        /// Cause.
        #[source]
        source: arrow_schema::ArrowError,
    },
    /// The CSV file is malformed or truncated.
    #[error(transparent)]
    Csv(#[from] CsvError),
    /// A JSON object contains a key twice.
    #[error(
        "line {line} of {name} contains the key `{key}` more than once; keep one of its values"
    )]
    RepeatedKey {
        /// The file.
        name: String,
        /// The line, from 1.
        line: u64,
        /// The key.
        key: String,
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
    #[error(
        "{name} has no column `{column}`; its columns are {found}; if the column has another name, set `{key}` in [{section}.columns]"
    )]
    MissingColumn {
        /// The file.
        name: String,
        /// Section of the configuration.
        section: &'static str,
        /// Key of the configuration.
        key: String,
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
    /// A code is a number with a fraction, or too large for its type.
    #[error(
        "{name}, row {row}: column `{column}` contains {value}, which is not a whole number up to 2^53; write the codes as text or whole numbers"
    )]
    FractionalCode {
        /// The file.
        name: String,
        /// The row, from 1.
        row: u64,
        /// The column.
        column: String,
        /// The value.
        value: String,
    },
    /// A value of a binary column is not UTF-8.
    #[error("{name}, row {row}: column `{column}` contains bytes that are not UTF-8 text")]
    BinaryNotUtf8 {
        /// The file.
        name: String,
        /// The row, from 1.
        row: u64,
        /// The column.
        column: String,
    },
    /// A grades file has an unknown layout.
    #[error(
        "{name} is not a grades file: its columns are {found}; expected {expected}; if the columns have other names, set them in [grades.columns]"
    )]
    GradesLayout {
        /// The file.
        name: String,
        /// The columns of the file.
        found: String,
        /// The columns of the known layouts.
        expected: String,
    },
    /// The targets cannot be used.
    #[error(transparent)]
    Targets(#[from] TargetsError),
    /// A guard stopped the build.
    #[error(transparent)]
    Guard(#[from] GuardStop),
    /// There are no rows.
    #[error("{name} has no rows of vendors")]
    NoRows {
        /// The file.
        name: String,
    },
    /// There are no valid vendors.
    #[error(
        "{name} contains no valid vendors: {} read, {reasons}; correct them",
        counted(*rows, "row")
    )]
    NoVendors {
        /// The file.
        name: String,
        /// Number of rows read.
        rows: u64,
        /// Rejected rows by reason.
        reasons: String,
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
    /// The output could not be stored or published.
    #[error(transparent)]
    Output(OutputError),
}

impl<E> From<E> for SnapshotError
where
    OutputError: From<E>,
{
    fn from(error: E) -> Self {
        Self::Output(error.into())
    }
}

impl SnapshotError {
    /// If a guard stopped the build, the `--accept` values with which it would publish. Without them, a retry
    /// stops again.
    #[must_use]
    pub fn acceptances_if_stopped(&self) -> Option<Vec<Acceptance>> {
        if let Self::Guard(stop) = self { Some(stop.acceptances()) } else { None }
    }
}
