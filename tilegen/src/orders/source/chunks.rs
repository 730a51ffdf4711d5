//! Reads bytes of a Parquet file: its footer, and the column chunks of one row group at once.

use std::fs::File;
use std::io;
use std::ops::Range;
use std::os::unix::fs::FileExt;

use bytes::{Buf, Bytes, buf::Reader};
use parquet::arrow::ProjectionMask;
use parquet::errors::{ParquetError, Result as ParquetResult};
use parquet::file::metadata::{ParquetMetaData, ParquetMetaDataReader, RowGroupMetaData};
use parquet::file::reader::{ChunkReader, Length};

use super::error::SourceError;
use super::location::Location;
use crate::files::{DamagedParquet, check_nesting, footer_len, guarded};
use crate::orders::memory::MemoryLimit;

/// Bytes to read from the end of a file first: most footers fit, so one request is enough.
const FOOTER_GUESS: u64 = 64 << 10;

/// Memory of a decoded footer for each of its bytes: the largest structures are those of column chunks, which
/// take at least 30 bytes in a footer.
const DECODED_FOOTER_RATIO: u64 = 24;

/// The column chunks of a row group that are needed. Reads outside them fail.
#[derive(Clone)]
pub(super) struct ColumnChunks {
    chunks: Vec<(u64, Bytes)>,
    file_len: u64,
}

impl ColumnChunks {
    pub(super) fn read(
        location: &Location,
        name: &str,
        row_group: &RowGroupMetaData,
        projection: &ProjectionMask,
    ) -> Result<Self, SourceError> {
        let ranges: Vec<Range<u64>> = row_group
            .columns()
            .iter()
            .enumerate()
            .filter(|(index, _)| projection.leaf_included(*index))
            .map(|(_, column)| {
                let (start, length) = column.byte_range();
                start..start.saturating_add(length)
            })
            .collect();
        let (bytes, file_len) = location.read(name, &ranges)?;
        let chunks = ranges.iter().map(|range| range.start).zip(bytes).collect();
        Ok(Self { chunks, file_len })
    }

    /// The stored bytes of each chunk, in the order of the columns.
    pub(super) fn chunks(&self) -> impl Iterator<Item = &Bytes> {
        self.chunks.iter().map(|(_, bytes)| bytes)
    }

    fn slice(&self, start: u64, length: Option<usize>) -> ParquetResult<Bytes> {
        let outside = || ParquetError::EOF(format!("no column chunk contains offset {start}"));
        let (chunk_start, chunk) = self
            .chunks
            .iter()
            .find(|(at, chunk)| (*at..*at + chunk.len() as u64).contains(&start))
            .ok_or_else(outside)?;
        let from = (start - chunk_start) as usize;
        let end = length.map_or(Some(chunk.len()), |length| from.checked_add(length));
        let end = end.filter(|&end| end <= chunk.len()).ok_or_else(outside)?;
        Ok(chunk.slice(from..end))
    }
}

impl Length for ColumnChunks {
    fn len(&self) -> u64 {
        self.file_len
    }
}

impl ChunkReader for ColumnChunks {
    type T = Reader<Bytes>;

    fn get_read(&self, start: u64) -> ParquetResult<Self::T> {
        Ok(self.slice(start, None)?.reader())
    }

    fn get_bytes(&self, start: u64, length: usize) -> ParquetResult<Bytes> {
        self.slice(start, Some(length))
    }
}

impl Location {
    /// The bytes of several ranges, and the length of the file.
    fn read(&self, name: &str, ranges: &[Range<u64>]) -> Result<(Vec<Bytes>, u64), SourceError> {
        match self {
            Self::Local(path) => {
                let io = |source| SourceError::Io { name: name.to_owned(), source };
                let file = File::open(path).map_err(io)?;
                let len = file.metadata().map_err(io)?.len();
                let read = |range: &Range<u64>| read_range(&file, range, len);
                Ok((ranges.iter().map(read).collect::<io::Result<_>>().map_err(io)?, len))
            }
            Self::Stored { store, key, len, .. } => Ok((store.get_ranges(key, ranges)?, *len)),
            Self::Bytes(bytes) => {
                let slice = |range: &Range<u64>| {
                    let found = bytes.get(range.start as usize..range.end as usize);
                    found.map(|found| bytes.slice_ref(found))
                };
                let slices: Option<_> = ranges.iter().map(slice).collect();
                let outside = || io::ErrorKind::UnexpectedEof.into();
                let slices = slices.ok_or_else(outside);
                let slices =
                    slices.map_err(|source| SourceError::Io { name: name.to_owned(), source })?;
                Ok((slices, bytes.len() as u64))
            }
        }
    }

    pub(super) fn len(&self, name: &str) -> Result<u64, SourceError> {
        match self {
            Self::Local(path) => std::fs::metadata(path)
                .map(|metadata| metadata.len())
                .map_err(|source| SourceError::Io { name: name.to_owned(), source }),
            Self::Stored { len, .. } => Ok(*len),
            Self::Bytes(bytes) => Ok(bytes.len() as u64),
        }
    }
}

fn read_range(file: &File, range: &Range<u64>, file_len: u64) -> io::Result<Bytes> {
    if range.end > file_len {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    let mut bytes = vec![0; (range.end - range.start) as usize];
    file.read_exact_at(&mut bytes, range.start)?;
    Ok(bytes.into())
}

/// Reads the footer, with a second request if it is longer than the guess.
pub(super) fn read_footer(
    location: &Location,
    name: &str,
    limit: MemoryLimit,
) -> Result<ParquetMetaData, SourceError> {
    let damaged = |what| SourceError::from(DamagedParquet::new(name, what));
    let len = location.len(name)?;
    let mut tail_len = FOOTER_GUESS;
    loop {
        let tail = len.saturating_sub(tail_len)..len;
        let (bytes, _) = location.read(name, std::slice::from_ref(&tail))?;
        let bytes = bytes.into_iter().next().unwrap_or_default();
        if let Some(footer) = footer_len(&bytes) {
            let whole = footer + 8;
            if whole > len {
                let what = format!("its footer has {footer} bytes, and the file has {len}");
                return Err(damaged(what));
            }
            if whole > tail_len && tail.start > 0 {
                check_footer_memory(name, footer, limit)?;
                tail_len = whole;
                continue;
            }
            let start = bytes.len() - whole as usize;
            check_nesting(&bytes[start..bytes.len() - 8]).map_err(damaged)?;
        }
        let mut reader = ParquetMetaDataReader::new();
        let parsed = guarded(|| reader.try_parse_sized(&bytes, len).and_then(|()| reader.finish()));
        return parsed
            .map_err(damaged)?
            .map_err(|source| SourceError::from(DamagedParquet::undecodable(name)(source)));
    }
}

fn check_footer_memory(name: &str, footer: u64, limit: MemoryLimit) -> Result<(), SourceError> {
    let needed = footer.saturating_mul(DECODED_FOOTER_RATIO);
    let remedy = Some("write the file with fewer and larger row groups");
    Ok(limit.check(needed, remedy, || format!("the footer of {name} has {footer} bytes"))?)
}
