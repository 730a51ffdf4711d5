//! The encoding of text files: UTF-8, and the true reason why a file is not.

use std::fmt;

use tilecore::text::{identity, strip_bom};

/// Why the bytes of a text file cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EncodingError {
    /// The file has no bytes.
    #[error("{file} is empty; it needs at least a header")]
    Empty {
        /// The file.
        file: String,
    },
    /// The file is of another format or encoding.
    #[error("{file} is {found}; {remedy}")]
    Other {
        /// The file.
        file: String,
        /// What the first bytes show.
        found: &'static str,
        /// What to do.
        remedy: &'static str,
    },
    /// A line is not UTF-8.
    #[error("{file}, line {line}: the text is not UTF-8; save the file as UTF-8")]
    NotUtf8 {
        /// The file.
        file: String,
        /// The line, from 1.
        line: usize,
    },
    /// The columns are not separated by commas.
    #[error(
        "{file} separates its columns by {separator}, and the header is one column; save the file with commas"
    )]
    Separator {
        /// The file.
        file: String,
        /// The separator.
        separator: Separator,
    },
    /// The file ends inside quotes.
    #[error(
        "{file} ends inside a quoted field, so it is cut or a quote is missing; the last line is {line}"
    )]
    OpenQuote {
        /// The file.
        file: String,
        /// The last line, from 1.
        line: usize,
    },
}

/// A separator of columns that is not a comma.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Separator {
    /// `;`
    Semicolon,
    /// A tab.
    Tab,
}

impl fmt::Display for Separator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Semicolon => "semicolons (`;`)",
            Self::Tab => "tabs",
        })
    }
}

const AS_UTF8: &str = "save it as UTF-8";

/// The text of a file without its byte order mark.
pub(crate) fn utf8_text<'a>(file: &str, bytes: &'a [u8]) -> Result<&'a str, EncodingError> {
    if bytes.is_empty() {
        return Err(EncodingError::Empty { file: file.to_owned() });
    }
    let other = |found, remedy| Err(EncodingError::Other { file: file.to_owned(), found, remedy });
    let starts = |magic: &[u8]| bytes.starts_with(magic);
    if starts(b"\xff\xfe\0\0") || starts(b"\0\0\xfe\xff") {
        return other("UTF-32 text", AS_UTF8);
    }
    if starts(b"\xff\xfe") || starts(b"\xfe\xff") || is_utf16_without_mark(bytes) {
        return other("UTF-16 text", AS_UTF8);
    }
    for (magic, found, remedy) in [
        (&b"\x1f\x8b"[..], "a gzip file", "decompress it"),
        (b"PK\x03\x04", "a zip archive, such as an Excel workbook", "save it as CSV in UTF-8"),
        (b"PAR1", "a Parquet file", "give its name the ending .parquet"),
    ] {
        if starts(magic) {
            return other(found, remedy);
        }
    }
    let text = strip_bom(bytes);
    std::str::from_utf8(text).map_err(|error| EncodingError::NotUtf8 {
        file: file.to_owned(),
        line: line_at(text, error.valid_up_to()),
    })
}

/// Text of ASCII letters in UTF-16 has a NUL as every second byte.
fn is_utf16_without_mark(bytes: &[u8]) -> bool {
    let start = &bytes[..bytes.len().min(64)];
    let nuls =
        |first: usize| start.iter().skip(first).step_by(2).filter(|&&byte| byte == 0).count();
    start.len() >= 8 && nuls(0).abs_diff(nuls(1)) > start.len() / 4
}

fn line_at(text: &[u8], end: usize) -> usize {
    text[..end].split(|&byte| byte == b'\n').count()
}

/// The text of a CSV file: in UTF-8, with commas, and not cut inside quotes.
pub(crate) fn csv_text<'a>(file: &str, bytes: &'a [u8]) -> Result<&'a str, EncodingError> {
    let text = utf8_text(file, bytes)?;
    let header = text.lines().next().unwrap_or_default();
    if !header.contains(',') {
        let separators = [(';', Separator::Semicolon), ('\t', Separator::Tab)];
        if let Some((_, separator)) =
            separators.into_iter().find(|(mark, _)| header.contains(*mark))
        {
            return Err(EncodingError::Separator { file: file.to_owned(), separator });
        }
    }
    // Programs end each line with a line break. Without one, an odd number of quotes means that the file
    // was cut inside a field.
    if !text.ends_with('\n') && text.bytes().filter(|&byte| byte == b'"').count() % 2 == 1 {
        let line = line_at(text.as_bytes(), text.len());
        return Err(EncodingError::OpenQuote { file: file.to_owned(), line });
    }
    Ok(text)
}

/// The names of the columns of a CSV file, without blanks around them.
pub(crate) fn csv_columns(header: &csv::StringRecord) -> Vec<&str> {
    header.iter().map(identity).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn utf16(text: &str) -> Vec<u8> {
        text.encode_utf16().flat_map(u16::to_le_bytes).collect()
    }

    #[test]
    fn the_true_encoding_of_a_file_is_named() {
        let header = "vendor_code,city_id\n1,2\n";
        let with_mark = [b"\xff\xfe".to_vec(), utf16(header)].concat();
        for (bytes, part) in [
            (utf16(header), "UTF-16"),
            (with_mark, "UTF-16"),
            (b"\xfe\xff\0a".to_vec(), "UTF-16"),
            (b"a,b\n\xe6\xe4\x98,1\n".to_vec(), "line 2: the text is not UTF-8"),
            (b"\x1f\x8b\x08\0".to_vec(), "gzip"),
            (b"PK\x03\x04".to_vec(), "Excel"),
            (b"PAR1".to_vec(), "Parquet"),
            (b"a;b\n1;2\n".to_vec(), "semicolons"),
            (b"a\tb\n1\t2\n".to_vec(), "tabs"),
            (b"a,b\n1,\"2".to_vec(), "ends inside a quoted field"),
            (Vec::new(), "empty"),
        ] {
            let error = csv_text("v.csv", &bytes).unwrap_err().to_string();
            assert!(error.contains(part) && error.contains("v.csv"), "{part}: {error}");
        }
    }

    #[test]
    fn a_byte_order_mark_and_a_missing_last_line_break_are_accepted() {
        for text in ["\u{feff}a,b\n1,2\n", "a,b\n1,\"2\"", "a,b\n1,۲"] {
            assert_eq!(csv_text("v.csv", text.as_bytes()), Ok(text.trim_start_matches('\u{feff}')));
        }
    }
}
