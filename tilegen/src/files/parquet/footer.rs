//! Checks the numbers of a footer against each other and against the length of the file.

use parquet::arrow::ProjectionMask;
use parquet::file::metadata::{ColumnChunkMetaData, ParquetMetaData, RowGroupMetaData};
use tilecore::text::counted;

use super::thrift::{ThriftReader, kind};

/// Length of the end of every file: the length of the footer and `PAR1`.
const TAIL_BYTES: u64 = 8;

/// Length of the beginning of every file: `PAR1`.
const MAGIC_BYTES: u64 = 4;

/// Deepest nesting of columns. The `parquet` crate builds the tree of columns recursively.
const MAX_NESTING: usize = 64;

/// Most rows for each stored byte of the columns that are read. A row group whose rows are all equal takes a few
/// hundred bytes for each million rows, so only a wrong number of rows is beyond it.
const MAX_ROWS_PER_BYTE: u64 = 10_000;

/// The length of the footer that the last bytes of a file claim, or `None` if they are not those of a
/// Parquet file.
pub(crate) fn footer_len(tail: &[u8]) -> Option<u64> {
    let end = tail.last_chunk::<8>()?;
    let [a, b, c, d, magic @ ..] = *end;
    (magic == *b"PAR1").then(|| u64::from(u32::from_le_bytes([a, b, c, d])))
}

/// Checks how deep the columns of a footer are nested. Bytes that are not a footer pass: the `parquet` crate
/// refuses them.
pub(crate) fn check_nesting(footer: &[u8]) -> Result<(), String> {
    let mut deepest = 0;
    let mut reader = ThriftReader::new(footer);
    // parquet.thrift: field 2 of FileMetaData is the list of schema elements in depth-first order, and
    // field 5 of an element is the number of its children.
    let walked = reader.structure(|reader, field| {
        if (field.id, field.kind) != (2, kind::LIST) {
            return Some(false);
        }
        let (count, _) = reader.list()?;
        let mut open: Vec<i64> = Vec::new();
        for _ in 0..count {
            let mut children = 0;
            reader.structure(|reader, field| {
                if (field.id, field.kind) != (5, kind::I32) {
                    return Some(false);
                }
                children = reader.integer()?;
                Some(true)
            })?;
            while open.last() == Some(&0) {
                open.pop();
            }
            if let Some(left) = open.last_mut() {
                *left -= 1;
            }
            if children > 0 {
                open.push(children);
            }
            deepest = deepest.max(open.len());
            if deepest > MAX_NESTING {
                return None;
            }
        }
        Some(true)
    });
    if walked.is_none() && deepest > MAX_NESTING {
        return Err(format!("its columns are nested more than {MAX_NESTING} levels deep"));
    }
    Ok(())
}

/// Checks the numbers of rows, and the place and size of the column chunks that are read.
pub(crate) fn check_footer(
    metadata: &ParquetMetaData,
    columns: &ProjectionMask,
    file_len: u64,
) -> Result<(), String> {
    let rows = metadata.file_metadata().num_rows();
    let mut total = 0i64;
    for (index, group) in metadata.row_groups().iter().enumerate() {
        let in_group = |what| format!("row group {index}: {what}");
        if group.num_rows() < 0 {
            return Err(in_group(format!("its number of rows is {}", group.num_rows())));
        }
        total = total.saturating_add(group.num_rows());
        let mut stored = 0u64;
        for (_, column) in read_columns(group, columns) {
            check_chunk(column, group.num_rows(), file_len).map_err(|what| {
                in_group(format!("column `{}`: {what}", column.column_path().string()))
            })?;
            stored = stored.saturating_add(column.byte_range().1);
        }
        let rows = u64::try_from(group.num_rows()).unwrap_or(0);
        if rows > stored.saturating_mul(MAX_ROWS_PER_BYTE) {
            return Err(in_group(format!("it says {} in {stored} bytes", counted(rows, "row"))));
        }
    }
    if rows != total {
        return Err(format!(
            "its footer says {}, and its row groups have {total}",
            counted(rows, "row")
        ));
    }
    Ok(())
}

/// The column chunks of a row group that are read.
fn read_columns<'a>(
    group: &'a RowGroupMetaData,
    columns: &ProjectionMask,
) -> impl Iterator<Item = (usize, &'a ColumnChunkMetaData)> {
    let chunks = group.columns().iter().enumerate();
    chunks.filter(|(index, _)| columns.leaf_included(*index))
}

fn check_chunk(column: &ColumnChunkMetaData, rows: i64, file_len: u64) -> Result<(), String> {
    let start = column.dictionary_page_offset().unwrap_or(column.data_page_offset());
    let (bytes, unpacked) = (column.compressed_size(), column.uncompressed_size());
    let place = u64::try_from(start).ok().zip(u64::try_from(bytes).ok());
    let is_inside = place.is_some_and(|(start, bytes)| {
        let end = start.checked_add(bytes).and_then(|end| end.checked_add(TAIL_BYTES));
        start >= MAGIC_BYTES && end.is_some_and(|end| end <= file_len)
    });
    if !is_inside {
        return Err(format!(
            "it has {bytes} bytes from byte {start}, which are not inside the file of {file_len} bytes"
        ));
    }
    if unpacked < 0 {
        return Err(format!("its uncompressed size is {unpacked} bytes"));
    }
    let is_flat = column.column_descr().max_rep_level() == 0;
    if is_flat && column.num_values() != rows {
        let values = column.num_values();
        return Err(format!(
            "it has {}, and the row group has {}",
            counted(values, "value"),
            counted(rows, "row")
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A footer of nested groups: `depth` groups, each with one child, and a column.
    fn nested(depth: usize) -> Vec<u8> {
        let count = depth as u64 + 1;
        let mut bytes = vec![0x15, 2, 0x19, 0xfc];
        let mut rest = count;
        while rest > 127 {
            bytes.push(rest as u8 | 0x80);
            rest >>= 7;
        }
        bytes.push(rest as u8);
        for _ in 0..depth {
            bytes.extend([0x48, 1, b'g', 0x15, 2, 0]);
        }
        bytes.extend([0x15, 4, 0x38, 1, b'c', 0, 0]);
        bytes
    }

    #[test]
    fn deeply_nested_columns_are_refused() {
        assert_eq!(check_nesting(&nested(2)), Ok(()));
        assert_eq!(check_nesting(&nested(MAX_NESTING)), Ok(()));
        for depth in [MAX_NESTING + 1, 1_000_000] {
            let error = check_nesting(&nested(depth)).unwrap_err();
            assert!(error.contains("64 levels"), "{depth}: {error}");
        }
        assert_eq!(check_nesting(b"no footer"), Ok(()), "left to the reader");
    }

    #[test]
    fn the_length_of_a_footer_is_before_the_magic() {
        assert_eq!(footer_len(b"....\x02\x01\0\0PAR1"), Some(258));
        for tail in [&b"\x02\x01\0\0PARE"[..], b"PAR1", b""] {
            assert_eq!(footer_len(tail), None, "{tail:?}");
        }
    }
}
