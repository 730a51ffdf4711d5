//! Damaged and hostile Parquet files: what must hold before the `parquet` crate decodes a file.
//!
//! `thrift` walks through footers and page headers without decoding them, `footer` checks the numbers of a
//! footer, `pages` finds how much memory the pages of a column chunk need, and `guard` turns a panic into an
//! error.

mod footer;
mod guard;
mod pages;
mod thrift;

pub(crate) use footer::{check_footer, check_nesting, footer_len};
pub(crate) use guard::guarded;
pub(crate) use pages::{ChunkPages, Expansion, longest_value, scan_pages};

/// A Parquet file is damaged, or it is not one.
#[derive(Debug, thiserror::Error)]
pub enum DamagedParquet {
    /// The numbers of the file contradict each other or its length.
    #[error(
        "{name} is not a readable Parquet file: {what}; check that it is complete, or write it again"
    )]
    Numbers {
        /// The file.
        name: String,
        /// What is wrong.
        what: String,
    },
    /// The decoder refuses the file.
    #[error("{name} is not a readable Parquet file; check that it is complete, or write it again")]
    Undecodable {
        /// The file.
        name: String,
        /// Cause.
        #[source]
        source: parquet::errors::ParquetError,
    },
}

impl DamagedParquet {
    /// The error for a file whose numbers are wrong; `what` says which.
    pub(crate) fn new(name: &str, what: String) -> Self {
        Self::Numbers { name: name.to_owned(), what }
    }

    /// The error for a file that the decoder refuses.
    pub(crate) fn undecodable(
        name: &str,
    ) -> impl FnOnce(parquet::errors::ParquetError) -> Self + use<> {
        let name = name.to_owned();
        move |source| Self::Undecodable { name, source }
    }
}

/// Most bytes of one text or binary value: an id, a code or a name. A longer one is refused, because a
/// compressed file of some kilobytes may contain hundreds of megabytes of one letter.
pub(crate) const MAX_VALUE_BYTES: usize = 1 << 20;
