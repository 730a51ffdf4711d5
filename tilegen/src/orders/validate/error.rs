//! Why a row group could not be validated.

use crate::orders::lines::TooManyLines;
use crate::orders::source::SourceError;

/// Why a row group could not be validated.
#[derive(Debug, thiserror::Error)]
pub enum ValidateError {
    /// The row group could not be read.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// A column could not be converted.
    #[error("column `{column}` of {name} could not be converted")]
    Convert {
        /// The file.
        name: String,
        /// The column.
        column: String,
        /// Cause.
        #[source]
        source: arrow_schema::ArrowError,
    },
    /// An id is a number with a fraction, or too large to be exact.
    #[error(
        "column `{column}` of {name} contains {value} in row {row}, which is not an exact whole number; write ids as integers or text"
    )]
    NotWhole {
        /// The file.
        name: String,
        /// The column.
        column: String,
        /// The row, counted from 1.
        row: u64,
        /// The number.
        value: String,
    },
    /// A text is longer than an id or a name may be.
    #[error(
        "column `{column}` of {name} contains a text of {bytes} bytes in row {row}, longer than {max} bytes; correct the row, or name another column under [orders.columns]",
        max = crate::files::MAX_VALUE_BYTES
    )]
    TooLong {
        /// The file.
        name: String,
        /// The column.
        column: String,
        /// The row, counted from 1.
        row: u64,
        /// Length of the text.
        bytes: usize,
    },
    /// The bytes of an id are not text.
    #[error(
        "column `{column}` of {name} contains bytes in row {row} that are not UTF-8 text; write ids as integers or text"
    )]
    NotUtf8 {
        /// The file.
        name: String,
        /// The column.
        column: String,
        /// The row, counted from 1.
        row: u64,
    },
    /// The ids of two users hash to the same 64-bit value. With 30 million users this happens in one of
    /// 40,000 builds.
    #[error(
        "two user ids in column `{column}` of {name} hash to the same 64-bit value; write the ids of users as integers"
    )]
    UserCollision {
        /// The file.
        name: String,
        /// The column.
        column: String,
    },
    /// The data contain too many lines.
    #[error(transparent)]
    Lines(#[from] TooManyLines),
}
