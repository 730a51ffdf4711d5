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

/// The numbers of a Parquet file contradict each other or its length.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{name} is not a readable Parquet file: {what}; check that it is complete, or write it again"
)]
pub struct DamagedParquet {
    name: String,
    what: String,
}

impl DamagedParquet {
    /// The error for a file; `what` says what is wrong with it.
    pub(crate) fn new(name: &str, what: String) -> Self {
        Self { name: name.to_owned(), what }
    }
}

/// Most bytes of one text or binary value: an id, a code or a name. A longer one is refused, because a
/// compressed file of some kilobytes may contain hundreds of megabytes of one letter.
pub(crate) const MAX_VALUE_BYTES: usize = 1 << 20;
