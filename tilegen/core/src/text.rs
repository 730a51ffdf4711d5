//! Byte order marks, blanks and identities of text, and values that are written as text.

use std::fmt;

use jiff::civil::Date;

/// The byte order mark, which spreadsheet programs write at the start of UTF-8 files.
pub const BOM: &str = "\u{feff}";

/// A count and what is counted, in English.
///
/// ```
/// use tilecore::text::counted;
///
/// assert_eq!([0, 1, 2].map(|rows| counted(rows, "row")), ["0 rows", "1 row", "2 rows"]);
/// ```
#[must_use]
pub fn counted<N: fmt::Display + PartialEq + From<u8> + Copy>(count: N, noun: &str) -> String {
    let end = if count == N::from(1) { "" } else { "s" };
    format!("{count} {noun}{end}")
}

/// The verb for a count: `1 of 20 rows was rejected`, `2 of 20 rows were rejected`.
#[must_use]
pub const fn was_or_were(count: u64) -> &'static str {
    if count == 1 { "was" } else { "were" }
}

/// Removes a byte order mark from the start of a UTF-8 file.
///
/// ```
/// use tilecore::text::strip_bom;
///
/// assert_eq!(strip_bom("\u{feff}name".as_bytes()), b"name");
/// assert_eq!(strip_bom(b"name"), b"name");
/// ```
#[must_use]
pub fn strip_bom(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix(BOM.as_bytes()).unwrap_or(bytes)
}

/// Removes blanks from both ends: white space, including no-break spaces, and byte order marks that
/// copying has moved into a value.
///
/// ```
/// use tilecore::text::trim_blanks;
///
/// assert_eq!(trim_blanks("\u{feff}\u{a0} name\t"), "name");
/// ```
#[must_use]
pub fn trim_blanks(text: &str) -> &str {
    text.trim_matches(|letter: char| letter.is_whitespace() || BOM.starts_with(letter))
}

/// The text that identifies a user, an order or a vendor: without outer blanks, where zero-width
/// characters and marks of direction count as blanks too.
///
/// ```
/// use tilecore::text::identity;
///
/// assert_eq!(identity("\u{200f}u7\u{a0}"), "u7");
/// assert_eq!(identity("\u{200b} "), "");
/// ```
#[inline]
#[must_use]
pub fn identity(text: &str) -> &str {
    // Most ids begin and end with an ASCII letter or digit.
    match text.as_bytes() {
        [first, .., last] if first.is_ascii_graphic() && last.is_ascii_graphic() => text,
        _ => text.trim_matches(|letter: char| {
            letter.is_whitespace()
                || BOM.starts_with(letter)
                || ('\u{200b}'..='\u{200f}').contains(&letter)
        }),
    }
}

/// Whether a letter has the general category Cf (Unicode 16): soft hyphen, zero-width characters, embeddings,
/// overrides and isolates (UAX #9), annotations, shorthand and musical controls, and tags. Left out are the
/// four that Persian text needs (zero-width non-joiner and joiner, left-to-right and right-to-left mark), and
/// those that have a glyph, such as the Arabic number sign.
///
/// ```
/// use tilecore::text::is_format;
///
/// assert!("\u{ad}\u{202e}\u{feff}\u{e0041}".chars().all(is_format));
/// assert!(!"a \u{200c}\u{200f}".chars().any(is_format));
/// ```
#[must_use]
pub const fn is_format(letter: char) -> bool {
    matches!(
        letter,
        '\u{ad}'
            | '\u{61c}'
            | '\u{180e}'
            | '\u{200b}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}'
            | '\u{13430}'..='\u{1343f}'
            | '\u{1bca0}'..='\u{1bca3}'
            | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0001}'
            | '\u{e0020}'..='\u{e007f}'
    )
}

/// The number whose decimal text this is, such as `7` or `-1`, but not `007`, `+7` or `-0`.
///
/// ```
/// use tilecore::text::canonical_integer;
///
/// assert_eq!(canonical_integer("-9223372036854775808"), Some(i64::MIN));
/// for text in ["007", "+7", "-0", "7.0", "", "-", "9223372036854775808"] {
///     assert_eq!(canonical_integer(text), None, "{text}");
/// }
/// ```
#[inline]
#[must_use]
pub fn canonical_integer(text: &str) -> Option<i64> {
    match text.as_bytes() {
        [b'0'] => Some(0),
        [b'1'..=b'9', ..] | [b'-', b'1'..=b'9', ..] => text.parse().ok(),
        _ => None,
    }
}

/// The calendar date that an argument names. The error message says how to write one.
///
/// ```
/// use jiff::civil::date;
/// use tilecore::text::parse_date;
///
/// assert_eq!(parse_date("2026-11-22"), Ok(date(2026, 11, 22)));
/// assert_eq!(parse_date("today").unwrap_err(), "`today` is not a date such as 2026-11-22");
/// ```
pub fn parse_date(text: &str) -> Result<Date, String> {
    text.parse().map_err(|_| format!("{} is not a date such as 2026-11-22", Quoted(text)))
}

/// A value within an error message: between backticks, or said to be blank.
///
/// ```
/// use tilecore::text::Quoted;
///
/// assert_eq!(Quoted("7x").to_string(), "`7x`");
/// assert_eq!(Quoted("").to_string(), "a blank text");
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Quoted<'a>(pub &'a str);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match trim_blanks(self.0) {
            "" => f.write_str("a blank text"),
            _ => write!(f, "`{}`", self.0),
        }
    }
}
