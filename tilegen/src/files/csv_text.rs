//! The text of CSV files (RFC 4180): separated by commas, and with quotes only around whole fields.
//!
//! The CSV reader accepts a quote anywhere. A name that begins with a quote then takes every row until
//! the next quote into its field, so this module checks the quotes before the reader sees the text.

use std::collections::HashSet;

use tilecore::text::identity;

use super::encoding::{EncodingError, Separator, line_at, utf8_text};
use super::name::short_name;

/// Why the rows of a CSV file cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum CsvError {
    /// A row has fewer fields than the header.
    #[error(
        "{file}, line {line}: the number of fields is {found}, but {expected} in the header; the row is cut"
    )]
    TooFewFields {
        /// The file.
        file: String,
        /// The line, from 1.
        line: u64,
        /// Number of fields of the row.
        found: u64,
        /// Number of columns.
        expected: u64,
    },
    /// A row has more fields than the header.
    #[error(
        "{file}, line {line}: the number of fields is {found}, but {expected} in the header; put a field that contains a comma in quotes"
    )]
    TooManyFields {
        /// The file.
        file: String,
        /// The line, from 1.
        line: u64,
        /// Number of fields of the row.
        found: u64,
        /// Number of columns.
        expected: u64,
    },
    /// The reader refuses the file.
    #[error("{file} is not a valid CSV file")]
    Malformed {
        /// The file.
        file: String,
        /// Cause, with the row.
        #[source]
        source: csv::Error,
    },
}

impl CsvError {
    /// An error of the reader of a file.
    pub(crate) fn new(file: &str, source: csv::Error) -> Self {
        let file = file.to_owned();
        let csv::ErrorKind::UnequalLengths { ref pos, expected_len: expected, len: found } =
            *source.kind()
        else {
            return Self::Malformed { file, source };
        };
        let line = pos.as_ref().map_or(0, csv::Position::line);
        if found < expected {
            Self::TooFewFields { file, line, found, expected }
        } else {
            Self::TooManyFields { file, line, found, expected }
        }
    }
}

/// The text of a CSV file: in UTF-8, with commas, and with quotes only around whole fields.
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
    if text.contains('"') {
        QuoteScan::new(file, text).check()?;
    }
    Ok(text)
}

/// The names of the columns of a CSV file, without blanks around them.
pub(crate) fn csv_columns(header: &csv::StringRecord) -> Vec<&str> {
    header.iter().map(identity).collect()
}

/// Checks that no name of a column is repeated: the reader would take the value of one of them.
pub(crate) fn check_repeated<'a>(
    file: &str,
    columns: impl IntoIterator<Item = &'a str>,
) -> Result<(), EncodingError> {
    let mut known = HashSet::new();
    let mut named = columns.into_iter().filter(|name| !name.is_empty());
    named.find(|name| !known.insert(*name)).map_or(Ok(()), |column| {
        Err(EncodingError::RepeatedColumn { file: file.to_owned(), column: column.to_owned() })
    })
}

/// A walk through the quoted fields of a text.
struct QuoteScan<'a> {
    file: &'a str,
    text: &'a str,
    header: Vec<String>,
}

impl<'a> QuoteScan<'a> {
    fn new(file: &'a str, text: &'a str) -> Self {
        let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(text.as_bytes());
        let names = |header: &csv::StringRecord| {
            csv_columns(header).into_iter().map(str::to_owned).collect()
        };
        let header = reader.headers().map(names).unwrap_or_default();
        Self { file, text, header }
    }

    /// Finds the fields that begin with a quote. A quote inside another field is a character of its text.
    fn check(&self) -> Result<(), EncodingError> {
        let bytes = self.text.as_bytes();
        let (mut at, mut column, mut is_start) = (0, 0, true);
        while let Some(&byte) = bytes.get(at) {
            if byte == b'"' && is_start {
                at = self.field_end(at, column)?;
                is_start = false;
                continue;
            }
            is_start = matches!(byte, b',' | b'\n' | b'\r');
            column = match byte {
                b',' => column + 1,
                b'\n' | b'\r' => 0,
                _ => column,
            };
            at += 1;
        }
        Ok(())
    }

    /// The end of the quoted field that begins at `start`: the place after its closing quote.
    fn field_end(&self, start: usize, column: usize) -> Result<usize, EncodingError> {
        let bytes = self.text.as_bytes();
        let mut at = start + 1;
        loop {
            let Some(quote) = bytes[at..].iter().position(|&byte| byte == b'"') else {
                return Err(self.open_quote(start, column));
            };
            at += quote + 1;
            match bytes.get(at) {
                Some(b'"') => at += 1,
                None | Some(b',' | b'\n' | b'\r') => break,
                Some(_) => return Err(self.text_after_quote(start, column, at)),
            }
        }
        if self.contains_row_end(start, at, column) {
            return Err(self.quoted_row(start, column, at));
        }
        Ok(at)
    }

    /// Whether the first line of a quoted field is the rest of a row, and its last line the start of another:
    /// without the quotes, both rows would have all of their columns. The text of a polygon has commas and line
    /// breaks of its own.
    fn contains_row_end(&self, start: usize, end: usize, column: usize) -> bool {
        let field = &self.text[start..end];
        let is_polygon =
            self.header.get(column).is_some_and(|name| name.eq_ignore_ascii_case("wkt"));
        let commas = |line: &str| line.bytes().filter(|&byte| byte == b',').count();
        let ends = field.split_once('\n').zip(field.rsplit_once('\n'));
        ends.is_some_and(|((first, _), (_, last))| {
            let is_rest_of_row = column + commas(first) + 1 == self.header.len();
            !is_polygon && self.header.len() > 1 && is_rest_of_row && commas(last) == column
        })
    }

    fn line(&self, at: usize) -> usize {
        line_at(self.text.as_bytes(), at)
    }

    /// The name of a column, or its number if it has no name.
    fn column_name(&self, column: usize) -> String {
        let name = self.header.get(column).filter(|name| !name.is_empty());
        name.map_or_else(|| (column + 1).to_string(), |name| short_name(name))
    }

    fn open_quote(&self, start: usize, column: usize) -> EncodingError {
        EncodingError::OpenQuote {
            file: self.file.to_owned(),
            line: self.line(start),
            column: self.column_name(column),
            last: self.line(self.text.trim_end_matches(['\n', '\r']).len()),
        }
    }

    fn text_after_quote(&self, start: usize, column: usize, end: usize) -> EncodingError {
        EncodingError::TextAfterQuote {
            file: self.file.to_owned(),
            line: self.line(start),
            column: self.column_name(column),
            end: self.line(end),
        }
    }

    fn quoted_row(&self, start: usize, column: usize, end: usize) -> EncodingError {
        EncodingError::QuotedRow {
            file: self.file.to_owned(),
            line: self.line(start),
            column: self.column_name(column),
            end: self.line(end),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_separator_is_named() {
        for (text, part) in [("a;b\n1;2\n", "semicolons"), ("a\tb\n1\t2\n", "tabs")] {
            let error = csv_text("v.csv", text.as_bytes()).unwrap_err().to_string();
            assert!(error.contains(part) && error.contains("v.csv"), "{part}: {error}");
        }
    }

    #[test]
    fn a_byte_order_mark_and_a_missing_last_line_break_are_accepted() {
        for text in ["\u{feff}a,b\n1,2\n", "a,b\n1,\"2\"", "a,b\n1,۲"] {
            assert_eq!(csv_text("v.csv", text.as_bytes()), Ok(text.trim_start_matches('\u{feff}')));
        }
    }

    #[test]
    fn a_stray_quote_is_named_with_its_line_and_column() {
        for (text, parts) in [
            ("a,b\n1,\"2", ["line 2, column `b`", "ends inside a quoted field"]),
            ("a,b\n1,\"2\n3,4\n\n", ["line 2, column `b`", "the last line is 3"]),
            ("a,b\n1,2\n3,\"", ["line 3, column `b`", "ends inside a quoted field"]),
            ("a,b,c\n1,\"x,3\n4,y,6\n7,\"z,9\n", ["line 2, column `b`", "ends in line 4"]),
            ("a,b,c\n1,\"x,3\n4,y,6\n7,z\",9\n", ["line 2, column `b`", "the rest of its row"]),
            ("a,b,c\n1,\"x,3\n7,z\",9\n", ["line 2, column `b`", "ends in line 3"]),
            ("a,b,c\r\n1,\"x,3\r\n7,z\",9\r\n", ["line 2, column `b`", "the rest of its row"]),
            ("a,b\n\"x\" y,2\n", ["line 2, column `a`", "text follows its closing quote"]),
            ("a,b\n1,2,\"x\"y\n", ["line 2, column `3`", "text follows its closing quote"]),
            ("\"a\"b,c\n1,2\n", ["line 1", "text follows its closing quote"]),
        ] {
            let error = csv_text("v.csv", text.as_bytes()).unwrap_err().to_string();
            assert!(parts.iter().all(|part| error.contains(part)), "{text:?}: {error}");
        }
    }

    #[test]
    fn whole_fields_in_quotes_and_quotes_within_a_field_are_accepted() {
        for text in [
            "a,b\n\"x, y\",2\n",
            "a,b\n\"x \"\"y\"\"\",2\n",
            "a,b\n\"\",\"\"\n\"\"\"\",2\n",
            "a,b\n12\" pizza,2\n",
            "a,b,c\n1,\"two\nlines\",3\n",
            "a,b,c\n1,\"two, or\nthree, or\nfour lines\",3\n\n4,\"x\",6",
            "WKT,name\n\"POLYGON((51 35,\n52 35,52 36,51 35))\",Vanak\n",
            "\"a\",\"b\"\r\n\"1\",\"2\"\r\n",
        ] {
            assert_eq!(csv_text("v.csv", text.as_bytes()), Ok(text));
        }
    }

    #[test]
    fn a_repeated_column_is_named() {
        assert_eq!(check_repeated("v.csv", ["a", "b", "", ""]), Ok(()));
        let error = check_repeated("v.csv", ["a", "b", "a"]).unwrap_err().to_string();
        assert_eq!(error, "v.csv has two columns named `a`; remove one of them, or rename it");
    }
}
