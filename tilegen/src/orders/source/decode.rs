//! How much memory it takes to decode a row group, and how many rows to decode at once.
//!
//! A compressed page of some kilobytes may contain hundreds of megabytes. The page headers say how many before
//! anything is decoded. Batches are smaller where rows are large, and a row group whose largest page does
//! not fit into the memory is refused.

use std::sync::Arc;

use parquet::arrow::ProjectionMask;
use parquet::basic::Type;
use parquet::column::page::{Page, PageReader};
use parquet::file::metadata::{ColumnChunkMetaData, RowGroupMetaData};
use parquet::file::serialized_reader::SerializedPageReader;

use super::chunks::ColumnChunks;
use super::error::SourceError;
use crate::files::{ChunkPages, Expansion, guarded, longest_value, scan_pages};
use crate::orders::memory::{MemoryLimit, ReadMemory};

/// Rows of one batch: their columns together fit into the second-level cache.
const BATCH_ROWS: u64 = 16_384;

/// The remedy for a row group that does not fit into the memory.
pub(super) const REMEDY: Option<&str> =
    Some("write the file with smaller row groups, or correct its long texts");

/// Bytes per row of a decoded number and of what validation makes of it.
const NUMBER_BYTES: u64 = 32;

/// Copies of the pages of a batch: the decoded texts, and a new dictionary of them that has grown to twice
/// its size.
const TEXT_COPIES: u64 = 3;

/// How a row group is decoded.
pub(super) struct DecodePlan {
    pub(super) batch_rows: usize,
    /// Memory that it takes, with a segment of validated orders.
    pub(super) bytes: u64,
}

/// A row group of a file, for messages.
#[derive(Clone, Copy)]
pub(super) struct Place<'a> {
    pub(super) name: &'a str,
    /// Counted from 0.
    pub(super) row_group: usize,
}

impl Place<'_> {
    /// An error that says what is wrong with the row group.
    pub(super) fn damaged(self, what: String) -> SourceError {
        let (name, row_group) = (self.name.to_owned(), self.row_group);
        SourceError::DamagedRowGroup { name, row_group, what }
    }
}

/// A column chunk to read.
struct Column<'a> {
    metadata: &'a ColumnChunkMetaData,
    pages: ChunkPages,
    /// Most bytes of a value that a row repeats: an entry of a dictionary that is copied for each row.
    repeated_bytes: u64,
}

fn columns<'a>(
    footer: &'a RowGroupMetaData,
    projection: &ProjectionMask,
) -> impl Iterator<Item = &'a ColumnChunkMetaData> {
    let chunks = footer.columns().iter().enumerate();
    chunks.filter(|(index, _)| projection.leaf_included(*index)).map(|(_, chunk)| chunk)
}

/// The bytes of the column chunks as they are stored. The footer was checked: they are inside the file.
pub(super) fn stored_bytes(footer: &RowGroupMetaData, projection: &ProjectionMask) -> u64 {
    columns(footer, projection).map(|chunk| chunk.byte_range().1).fold(0, u64::saturating_add)
}

/// The memory that a row group takes according to its footer, before its pages are known.
pub(super) fn expected_bytes(
    footer: &RowGroupMetaData,
    projection: &ProjectionMask,
    limit: MemoryLimit,
) -> u64 {
    let unpacked = columns(footer, projection).map(ColumnChunkMetaData::uncompressed_size);
    let unpacked = unpacked.map(|bytes| u64::try_from(bytes).unwrap_or(0));
    unpacked
        .fold(stored_bytes(footer, projection), u64::saturating_add)
        .saturating_add(limit.segment_bytes())
}

/// Scans the page headers and chooses the largest batches that leave memory for other threads, or else that
/// fit at all.
pub(super) fn plan(
    place: Place<'_>,
    footer: &RowGroupMetaData,
    chunks: &ColumnChunks,
    projection: &ProjectionMask,
    memory: &ReadMemory,
) -> Result<DecodePlan, SourceError> {
    let (limit, growing) = (memory.limit, memory.growing_bytes());
    let rows = u64::try_from(footer.num_rows()).unwrap_or(0);
    let fixed = stored_bytes(footer, projection)
        .saturating_add(limit.segment_bytes())
        .saturating_add(growing);
    let mut found = Vec::new();
    for (metadata, bytes) in columns(footer, projection).zip(chunks.chunks()) {
        let wrong =
            |what| place.damaged(format!("column `{}`: {what}", metadata.column_path().string()));
        let expansion = Expansion {
            compression: metadata.compression(),
            harmless_bytes: limit.working_bytes() / 32,
        };
        let pages = scan_pages(bytes, rows, expansion).map_err(wrong)?;
        let mut column = Column { metadata, pages, repeated_bytes: 0 };
        check(place, fixed.saturating_add(column.bytes(1)), limit, &column)?;
        column.find_repeated(chunks, limit).map_err(wrong)?;
        found.push(column);
    }
    let bytes =
        |rows| found.iter().map(|column| column.bytes(rows)).fold(fixed, u64::saturating_add);
    let sizes = || std::iter::successors(Some(BATCH_ROWS), |rows| (*rows > 1).then(|| rows / 4));
    let (shared, all) = (growing + limit.working_bytes() / 4, limit.working_bytes());
    let fits = |most| sizes().find(move |&rows| bytes(rows) <= most);
    let batch = fits(shared).filter(|&rows| rows >= 1024).or_else(|| fits(all)).unwrap_or(1);
    if let Some(largest) = found.iter().max_by_key(|column| column.bytes(batch)) {
        check(place, bytes(batch), limit, largest)?;
    }
    Ok(DecodePlan {
        batch_rows: usize::try_from(batch).unwrap_or(1),
        bytes: bytes(batch) - growing,
    })
}

/// Checks that a row group fits into the memory. `column` is the one that takes most of it.
fn check(
    place: Place<'_>,
    bytes: u64,
    limit: MemoryLimit,
    column: &Column<'_>,
) -> Result<(), SourceError> {
    let what = || {
        let Place { name, row_group } = place;
        let path = column.metadata.column_path().string();
        let page = column.pages.longest_page().max(column.pages.dictionary_bytes);
        format!(
            "row group {row_group} of {name} takes {bytes} bytes, because a page of the column `{path}` has {page} bytes"
        )
    };
    Ok(limit.check(bytes, REMEDY, what)?)
}

impl Column<'_> {
    /// Most bytes that the column takes while batches of this many rows are decoded.
    fn bytes(&self, rows: u64) -> u64 {
        // Dictionary pages and data pages are decompressed; texts of a dictionary are copied.
        let pages = self.pages.longest_page().saturating_add(2 * self.pages.dictionary_bytes);
        let values = match self.metadata.column_type() {
            Type::BYTE_ARRAY => {
                let mut texts = self.pages.bytes_of_rows(rows);
                if self.pages.has_shared_prefixes {
                    texts = texts.max(self.pages.longest_page().saturating_mul(rows));
                }
                let repeated = self.repeated_bytes.saturating_mul(rows);
                texts.saturating_add(repeated).saturating_mul(TEXT_COPIES)
            }
            Type::FIXED_LEN_BYTE_ARRAY => {
                let width = u64::try_from(self.metadata.column_descr().type_length()).unwrap_or(0);
                width.saturating_mul(rows).saturating_mul(TEXT_COPIES)
            }
            _ => 0,
        };
        pages.saturating_add(values).saturating_add(rows * NUMBER_BYTES)
    }

    /// Finds the longest entry of a dictionary that only some pages use. A batch with values from both kinds
    /// of pages copies the entries of its rows.
    fn find_repeated(&mut self, chunks: &ColumnChunks, limit: MemoryLimit) -> Result<(), String> {
        let dictionary = self.pages.dictionary_bytes;
        let may_matter = dictionary.saturating_mul(BATCH_ROWS) > limit.working_bytes() / 32;
        if !self.pages.is_mixed || self.metadata.column_type() != Type::BYTE_ARRAY {
            return Ok(());
        }
        self.repeated_bytes = dictionary;
        if may_matter {
            let read = guarded(|| {
                let chunks = Arc::new(chunks.clone());
                let mut pages = SerializedPageReader::new(chunks, self.metadata, 0, None)?;
                pages.get_next_page()
            });
            if let Some(Page::DictionaryPage { buf, .. }) =
                read?.map_err(|error| error.to_string())?
            {
                self.repeated_bytes = longest_value(&buf);
            }
        }
        Ok(())
    }
}
