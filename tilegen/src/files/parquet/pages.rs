//! The page headers of a column chunk: whether they are plausible, and how much memory the pages need.

use std::io::{self, Read};

use parquet::basic::Compression;

use super::thrift::{ThriftReader, kind};

/// Encodings (`parquet.thrift`) whose values are numbers of dictionary entries.
const DICTIONARY_ENCODINGS: [i64; 2] = [2, 8];

/// `DELTA_BYTE_ARRAY`: a value repeats the beginning of the one before, so that a short page may contain
/// many long values.
const DELTA_BYTE_ARRAY: i64 = 7;

const DATA_PAGE: i64 = 0;
const DICTIONARY_PAGE: i64 = 2;
const DATA_PAGE_V2: i64 = 3;

/// What the page headers of a column chunk say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ChunkPages {
    /// Length of the dictionary, in bytes.
    pub(crate) dictionary_bytes: u64,
    /// Uncompressed length and number of values of each data page.
    pub(crate) pages: Vec<(u64, u64)>,
    /// Whether some values are in the dictionary and others are not.
    pub(crate) is_mixed: bool,
    /// Whether values may repeat the beginning of others.
    pub(crate) has_shared_prefixes: bool,
}

/// Most bytes that a byte of DEFLATE expands to.
const MAX_DEFLATE_RATIO: u64 = 1032;

/// The sizes to which the pages of a column chunk may expand. Most decoders stop at the length in the page header. Those
/// of gzip and Brotli do not, so their pages are decompressed once without being stored.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Expansion {
    pub(crate) compression: Compression,
    /// A page that cannot expand to more bytes needs no check.
    pub(crate) harmless_bytes: u64,
}

impl Expansion {
    /// Checks that compressed bytes expand to the given length at most.
    fn check(self, data: &[u8], length: u64) -> Result<(), String> {
        let expanded = match self.compression {
            Compression::GZIP(_) if self.is_harmless(data) => return Ok(()),
            Compression::GZIP(_) => count(flate2::read::MultiGzDecoder::new(data), length),
            Compression::BROTLI(_) => count(brotli::Decompressor::new(data, 4096), length),
            _ => return Ok(()),
        };
        if expanded <= length {
            return Ok(());
        }
        Err(format!("a page expands to more than the {length} bytes that its header says"))
    }

    const fn is_harmless(self, data: &[u8]) -> bool {
        data.len() as u64 * MAX_DEFLATE_RATIO <= self.harmless_bytes
    }
}

/// The number of bytes of a stream, or one more than the limit. The `parquet` crate reports damaged streams.
fn count(stream: impl Read, limit: u64) -> u64 {
    io::copy(&mut stream.take(limit.saturating_add(1)), &mut io::sink()).unwrap_or(0)
}

/// A page header.
#[derive(Clone, Copy, Debug, Default)]
struct PageHeader {
    kind: i64,
    uncompressed: i64,
    compressed: i64,
    values: i64,
    encoding: i64,
    /// Length of the levels before the compressed values (version 2).
    levels: [i64; 2],
    is_plain: bool,
}

impl PageHeader {
    /// The compressed part of a page, and the length that it must have when it is decompressed.
    fn compressed_part(self, data: &[u8]) -> Option<(&[u8], u64)> {
        let levels = self.levels[0].checked_add(self.levels[1])?;
        let part = data.get(usize::try_from(levels).ok()?..)?;
        let length = u64::try_from(self.uncompressed.checked_sub(levels)?).ok()?;
        (!self.is_plain).then_some((part, length))
    }
}

/// Reads the page headers of a column chunk, which must have this number of values.
pub(crate) fn scan_pages(
    chunk: &[u8],
    values: u64,
    expansion: Expansion,
) -> Result<ChunkPages, String> {
    let mut found = ChunkPages::default();
    let (mut rest, mut total, mut has_dictionary, mut has_plain) = (chunk, 0u64, false, false);
    while !rest.is_empty() {
        let page = found.pages.len();
        let (header, length) =
            read_header(rest).ok_or_else(|| format!("the header of page {page} is malformed"))?;
        let (compressed, uncompressed) = (header.compressed, header.uncompressed);
        let data = rest.get(length..).unwrap_or_default();
        let is_inside = usize::try_from(compressed).is_ok_and(|bytes| bytes <= data.len());
        let sizes = u64::try_from(uncompressed).ok().zip(u64::try_from(header.values).ok());
        let Some((bytes, count)) = sizes.filter(|_| is_inside) else {
            return Err(format!(
                "page {page} says {compressed} bytes, uncompressed {uncompressed}, and {} values; {} bytes are left",
                header.values,
                data.len()
            ));
        };
        let (data, next) = data.split_at(compressed as usize);
        rest = next;
        if let Some((part, length)) = header.compressed_part(data) {
            expansion.check(part, length)?;
        }
        match header.kind {
            DICTIONARY_PAGE => {
                has_dictionary = true;
                found.dictionary_bytes = found.dictionary_bytes.max(bytes);
            }
            DATA_PAGE | DATA_PAGE_V2 => {
                found.pages.push((bytes, count));
                total = total.saturating_add(count);
                has_plain |= !DICTIONARY_ENCODINGS.contains(&header.encoding);
                found.has_shared_prefixes |= header.encoding == DELTA_BYTE_ARRAY;
            }
            _ => {}
        }
    }
    found.is_mixed = has_dictionary && has_plain;
    if total != values {
        return Err(format!("its pages have {total} values, and its footer says {values}"));
    }
    Ok(found)
}

/// A page header and its length. The fields are those of `PageHeader` in `parquet.thrift`.
fn read_header(bytes: &[u8]) -> Option<(PageHeader, usize)> {
    let mut header = PageHeader::default();
    let mut reader = ThriftReader::new(bytes);
    reader.structure(|reader, field| {
        match (field.id, field.kind) {
            (1, kind::I32) => header.kind = reader.integer()?,
            (2, kind::I32) => header.uncompressed = reader.integer()?,
            (3, kind::I32) => header.compressed = reader.integer()?,
            (5 | 7 | 8, kind::STRUCT) => {
                let encoding = if field.id == 8 { 4 } else { 2 };
                reader.structure(|reader, field| {
                    match (field.id, field.kind) {
                        (1, kind::I32) => header.values = reader.integer()?,
                        (id, kind::I32) if id == encoding => header.encoding = reader.integer()?,
                        (id @ 5..=6, kind::I32) if encoding == 4 => {
                            header.levels[usize::from(id == 6)] = reader.integer()?;
                        }
                        // A Boolean has no value of its own.
                        (7, kind::FALSE) if encoding == 4 => header.is_plain = true,
                        _ => return Some(false),
                    }
                    Some(true)
                })?;
            }
            _ => return Some(false),
        }
        Some(true)
    })?;
    Some((header, bytes.len() - reader.remaining()))
}

impl ChunkPages {
    /// Length of the longest data page.
    pub(crate) fn longest_page(&self) -> u64 {
        self.pages.iter().map(|(bytes, _)| *bytes).max().unwrap_or(0)
    }

    /// Most bytes of the pages that a batch of rows lies in.
    pub(crate) fn bytes_of_rows(&self, rows: u64) -> u64 {
        let (mut most, mut bytes, mut inner, mut first) = (0, 0u64, 0u64, 0);
        for (index, &(length, values)) in self.pages.iter().enumerate() {
            bytes = bytes.saturating_add(length);
            // A batch that begins in page `first` and ends in page `index` has all values in between.
            while index > first + 1 && inner >= rows {
                bytes -= self.pages[first].0;
                first += 1;
                inner -= self.pages[first].1;
            }
            most = most.max(bytes);
            if index > first {
                inner = inner.saturating_add(values);
            }
        }
        most
    }
}

/// The length of the longest value in a dictionary of texts: each is stored after its length.
pub(crate) fn longest_value(mut dictionary: &[u8]) -> u64 {
    let mut longest = 0;
    while let Some((length, rest)) = dictionary.split_first_chunk::<4>() {
        let length = u32::from_le_bytes(*length);
        longest = longest.max(u64::from(length));
        dictionary = rest.get(length as usize..).unwrap_or_default();
    }
    longest
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    const PLAIN: Expansion =
        Expansion { compression: Compression::UNCOMPRESSED, harmless_bytes: 0 };

    #[test]
    fn a_page_expands_to_what_its_header_says_at_most() {
        let mut writer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        writer.write_all(&vec![0; 100_000]).unwrap();
        let gzip = writer.finish().unwrap();
        let mut brotli = Vec::new();
        let mut writer = brotli::CompressorWriter::new(&mut brotli, 4096, 5, 22);
        writer.write_all(&vec![0; 100_000]).unwrap();
        drop(writer);
        for (data, compression) in [
            (&gzip, Compression::GZIP(parquet::basic::GzipLevel::default())),
            (&brotli, Compression::BROTLI(parquet::basic::BrotliLevel::default())),
        ] {
            let expansion = Expansion { compression, harmless_bytes: 1000 };
            assert_eq!(expansion.check(data, 100_000), Ok(()), "{compression}");
            assert!(expansion.check(data, 99_999).is_err(), "{compression}");
        }
    }

    fn varint(value: i64) -> Vec<u8> {
        let mut bytes = Vec::new();
        tilecore::varint::push(&mut bytes, ((value << 1) ^ (value >> 63)).cast_unsigned());
        bytes
    }

    /// A page of this kind, uncompressed length, stored length, number of values and encoding.
    fn page(kind: i64, uncompressed: i64, stored: i64, values: i64, encoding: i64) -> Vec<u8> {
        let field: u8 = if kind == DICTIONARY_PAGE { 0x4c } else { 0x2c };
        let mut bytes = vec![0x15];
        bytes.extend(varint(kind));
        bytes.push(0x15);
        bytes.extend(varint(uncompressed));
        bytes.push(0x15);
        bytes.extend(varint(stored));
        bytes.push(field);
        bytes.push(0x15);
        bytes.extend(varint(values));
        bytes.push(0x15);
        bytes.extend(varint(encoding));
        bytes.extend([0, 0]);
        bytes.extend(vec![0xaa; usize::try_from(stored).unwrap_or(0).min(100)]);
        bytes
    }

    #[test]
    fn page_headers_are_read_without_their_pages() {
        let chunk = [
            page(DICTIONARY_PAGE, 5000, 50, 100, 0),
            page(DATA_PAGE, 700, 70, 10, 8),
            page(DATA_PAGE, 900, 90, 20, 0),
        ]
        .concat();
        let found = scan_pages(&chunk, 30, PLAIN).unwrap();
        assert_eq!(found.dictionary_bytes, 5000);
        assert_eq!(found.pages, [(700, 10), (900, 20)]);
        assert!(found.is_mixed && !found.has_shared_prefixes);
        assert!(scan_pages(&chunk, 31, PLAIN).unwrap_err().contains("30 values"));
        for end in 1..chunk.len() {
            assert!(scan_pages(&chunk[..end], 30, PLAIN).is_err(), "cut after {end} bytes");
        }
    }

    #[test]
    fn implausible_pages_are_refused() {
        for (name, chunk) in [
            ("more bytes than are left", page(DATA_PAGE, 10, 4_000, 1, 0)),
            ("a negative length", page(DATA_PAGE, 10, -1, 1, 0)),
            ("a negative uncompressed length", page(DATA_PAGE, -1, 10, 1, 0)),
            ("a negative number of values", page(DATA_PAGE, 10, 10, -1, 0)),
            ("2^62 values", page(DATA_PAGE, 10, 10, 1 << 62, 0)),
            ("noise", vec![0xff; 100]),
            ("zeros", vec![0; 100]),
            ("nested structures", vec![0x9c; 100_000]),
        ] {
            assert!(scan_pages(&chunk, 1, PLAIN).is_err(), "{name}");
        }
    }

    #[test]
    fn a_batch_lies_in_the_pages_that_its_rows_touch() {
        let pages =
            |pages: &[(u64, u64)]| ChunkPages { pages: pages.to_vec(), ..ChunkPages::default() };
        for (chunk, rows, bytes) in [
            (&[(10, 5), (20, 5), (30, 5), (1, 5)][..], 1, 50),
            (&[(10, 5), (20, 5), (30, 5), (1, 5)], 6, 60),
            (&[(10, 5), (20, 5), (30, 5), (1, 5)], 100, 61),
            (&[(10, 5), (0, 0), (30, 5)], 1, 40),
            (&[], 1, 0),
        ] {
            assert_eq!(pages(chunk).bytes_of_rows(rows), bytes, "{chunk:?}, {rows} rows");
        }
    }

    #[test]
    fn the_longest_value_of_a_dictionary_is_found() {
        assert_eq!(longest_value(b"\x01\0\0\0a\x03\0\0\0abc\0\0\0\0"), 3);
        assert_eq!(longest_value(b"\xff\xff\xff\xff"), u64::from(u32::MAX), "a wrong length");
    }
}
