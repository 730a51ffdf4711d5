//! The encoding of text files: UTF-8, and the true reason why a file is not.

use std::fmt;

use tilecore::text::strip_bom;

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
        "{file} ends inside a quoted field that begins in line {line}, column `{column}`, so it is cut or a quote is missing; the last line is {last}"
    )]
    OpenQuote {
        /// The file.
        file: String,
        /// The line of the opening quote, from 1.
        line: usize,
        /// The column of the field.
        column: String,
        /// The last line, from 1.
        last: usize,
    },
    /// Text follows the quote that closes a field.
    #[error(
        "{file}, line {line}, column `{column}`: the quoted field that begins here ends in line {end}, and text follows its closing quote; put the whole field in quotes, and write each quote in it twice"
    )]
    TextAfterQuote {
        /// The file.
        file: String,
        /// The line of the opening quote, from 1.
        line: usize,
        /// The column of the field.
        column: String,
        /// The line of the closing quote.
        end: usize,
    },
    /// A quoted field contains line breaks where rows end.
    #[error(
        "{file}, line {line}, column `{column}`: the quoted field that begins here contains the rest of its row, and ends in line {end}; put the whole field in quotes, and write each quote in it twice"
    )]
    QuotedRow {
        /// The file.
        file: String,
        /// The line of the opening quote, from 1.
        line: usize,
        /// The column of the field.
        column: String,
        /// The line of the closing quote.
        end: usize,
    },
    /// Two columns have the same name.
    #[error("{file} has two columns named `{column}`; remove one of them, or rename it")]
    RepeatedColumn {
        /// The file.
        file: String,
        /// The name.
        column: String,
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

pub(super) fn line_at(text: &[u8], end: usize) -> usize {
    text[..end].split(|&byte| byte == b'\n').count()
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
            (Vec::new(), "empty"),
        ] {
            let error = utf8_text("v.csv", &bytes).unwrap_err().to_string();
            assert!(error.contains(part) && error.contains("v.csv"), "{part}: {error}");
        }
    }
}
