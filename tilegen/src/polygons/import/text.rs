//! Text of shapefile attributes: finds the encoding, decodes, and repairs text that was encoded twice.

use encoding_rs::{Encoding, UTF_8, WINDOWS_1252};
use shapefile::dbase::CodePageMark;
use tilecore::text::trim_blanks;

use super::report::Repairs;

/// The encoding of all text of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TextEncoding(&'static Encoding);

impl TextEncoding {
    /// The encoding that the `.cpg` file names. Without a `.cpg` file, text that is valid UTF-8 is UTF-8,
    /// and other text has the code page of the header.
    pub(super) fn detect(cpg: Option<&str>, header: CodePageMark, is_utf8: bool) -> Option<Self> {
        let encoding = match cpg {
            None if is_utf8 => UTF_8,
            None => code_page(header)?,
            Some(label) => match named(label)? {
                // Some programs write UTF-8, but name Latin-1 in the `.cpg` file.
                encoding if encoding == WINDOWS_1252 && is_utf8 => UTF_8,
                encoding => encoding,
            },
        };
        (encoding != UTF_8 || is_utf8).then_some(Self(encoding))
    }

    /// Decodes the value of a field; `None` if the bytes are not valid in this encoding.
    pub(super) fn decode(
        self,
        bytes: &[u8],
        field_length: u8,
        repairs: &mut Repairs,
    ) -> Option<String> {
        if self.0 != UTF_8 {
            let text = self.0.decode_without_bom_handling_and_without_replacement(bytes)?;
            return Some(text.into_owned());
        }
        let text = utf8(bytes, field_length)?;
        repairs.texts_cut += u64::from(text.len() < bytes.len());
        let repaired = decode_twice_encoded(text);
        repairs.texts_repaired += u64::from(repaired.is_some());
        Some(repaired.unwrap_or_else(|| text.to_owned()))
    }
}

/// The encoding of a code page in the header.
fn code_page(mark: CodePageMark) -> Option<&'static Encoding> {
    match mark {
        CodePageMark::Utf8 => Some(UTF_8),
        CodePageMark::CP1250 => Some(encoding_rs::WINDOWS_1250),
        CodePageMark::CP1251 => Some(encoding_rs::WINDOWS_1251),
        CodePageMark::CP1252 => Some(WINDOWS_1252),
        CodePageMark::CP1253 => Some(encoding_rs::WINDOWS_1253),
        CodePageMark::CP1254 => Some(encoding_rs::WINDOWS_1254),
        CodePageMark::CP1255 => Some(encoding_rs::WINDOWS_1255),
        CodePageMark::CP1256 => Some(encoding_rs::WINDOWS_1256),
        _ => None,
    }
}

/// The encoding with this name in a `.cpg` file: `UTF-8`, `65001`, `1256`, `CP1256`, `ANSI 1256`,
/// `ISO 88591`, or a label of the Encoding Standard.
fn named(label: &str) -> Option<&'static Encoding> {
    let label = trim_blanks(label).to_ascii_lowercase();
    let short: String = label.chars().filter(char::is_ascii_alphanumeric).collect();
    let number = short.trim_start_matches(|letter: char| letter.is_ascii_alphabetic());
    let label = match number {
        "65001" => "utf-8".to_owned(),
        number if number.len() == 4 && number.starts_with("125") => format!("windows-{number}"),
        number if number.len() > 4 && number.starts_with("8859") => {
            format!("iso-8859-{}", &number[4..])
        }
        _ => label,
    };
    Encoding::for_label(label.as_bytes()).filter(|encoding| encoding.is_ascii_compatible())
}

/// Decodes UTF-8. If the text fills the field, an incomplete last character is dropped.
pub(super) fn utf8(bytes: &[u8], field_length: u8) -> Option<&str> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Some(text),
        Err(error) if bytes.len() == usize::from(field_length) && error.error_len().is_none() => {
            std::str::from_utf8(&bytes[..error.valid_up_to()]).ok()
        }
        Err(_) => None,
    }
}

/// The original of a text whose UTF-8 bytes were read as Windows-1252 and encoded again: `ÙˆÙ†Ú©` was
/// `ونک`. Such a text consists of characters of that code page, and their bytes are valid UTF-8.
fn decode_twice_encoded(text: &str) -> Option<String> {
    if text.is_ascii() {
        return None;
    }
    let bytes: Vec<u8> = text.chars().map(windows_1252_byte).collect::<Option<_>>()?;
    String::from_utf8(bytes).ok()
}

/// The byte of a character in Windows-1252, or in Latin-1 for the control characters 80 to 9F.
fn windows_1252_byte(letter: char) -> Option<u8> {
    let mut buffer = [0; 4];
    match WINDOWS_1252.encode(letter.encode_utf8(&mut buffer)) {
        (bytes, _, false) => bytes.first().copied(),
        _ => u8::try_from(u32::from(letter)).ok(),
    }
}

#[cfg(test)]
mod tests {
    use encoding_rs::WINDOWS_1256;

    use super::*;

    #[test]
    fn text_that_was_encoded_twice_is_recognised() {
        for vanak in ["ÙˆÙ†Ú©", "Ù\u{88}Ù\u{86}Ú©"] {
            assert_eq!(decode_twice_encoded(vanak).as_deref(), Some("ونک"), "{vanak:?}");
        }
        for correct in ["ونک", "Vanak", "Åland", "café"] {
            assert_eq!(decode_twice_encoded(correct), None, "{correct}");
        }
    }

    #[test]
    fn the_cpg_file_decides_then_the_bytes_then_the_header() {
        const NONE: CodePageMark = CodePageMark::Undefined;
        for (cpg, header, is_utf8, expected) in [
            (None, NONE, true, Some(UTF_8)),
            (None, CodePageMark::Invalid, true, Some(UTF_8)),
            (None, CodePageMark::CP1256, true, Some(UTF_8)),
            (None, CodePageMark::CP1256, false, Some(WINDOWS_1256)),
            (None, CodePageMark::CP1252, false, Some(WINDOWS_1252)),
            (None, NONE, false, None),
            (None, CodePageMark::Utf8, false, None),
            (Some("UTF-8\n"), NONE, true, Some(UTF_8)),
            (Some("\u{feff}65001"), NONE, true, Some(UTF_8)),
            (Some("UTF-8"), NONE, false, None),
            (Some("windows-1256"), NONE, false, Some(WINDOWS_1256)),
            (Some("ANSI 1256"), NONE, false, Some(WINDOWS_1256)),
            (Some("1252"), NONE, false, Some(WINDOWS_1252)),
            (Some("ISO 88591"), NONE, true, Some(UTF_8)),
            (Some("ISO 88591"), NONE, false, Some(WINDOWS_1252)),
            (Some("UTF-16"), NONE, true, None),
            (Some("Klingon"), NONE, true, None),
        ] {
            let found = TextEncoding::detect(cpg, header, is_utf8).map(|found| found.0);
            assert_eq!(found, expected, "{cpg:?} {header:?} {is_utf8}");
        }
    }

    #[test]
    fn an_incomplete_last_character_is_dropped_if_the_text_fills_the_field() {
        let vanak = "ونک".as_bytes();
        assert_eq!(utf8(&vanak[..5], 5), Some("ون"));
        assert_eq!(utf8(&vanak[..5], 10), None, "the field has room for the rest");
    }

    #[test]
    fn arabic_and_western_code_pages_are_decoded() {
        let mut repairs = Repairs::default();
        let mut decode = |encoding, bytes| TextEncoding(encoding).decode(bytes, 20, &mut repairs);
        assert_eq!(decode(WINDOWS_1256, b"\xe6\xe4\x98").as_deref(), Some("ونک"));
        assert_eq!(decode(WINDOWS_1256, b"\xff").as_deref(), Some("ے"));
        assert_eq!(decode(WINDOWS_1252, b"\x93caf\xe9\x94").as_deref(), Some("“café”"));
    }
}
