//! Byte order marks and blanks of text files.

/// The byte order mark, which spreadsheet programs write at the start of UTF-8 files.
pub const BOM: &str = "\u{feff}";

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
