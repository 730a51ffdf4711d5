//! DBF: the attribute table of a shapefile, with its text as bytes first, because what it says of
//! its encoding is seldom true.

use std::path::Path;

use super::report::Repairs;
use crate::polygons::AreaError;

/// Fields of a table, by record.
pub(super) struct Table {
    pub(super) names: Vec<String>,
    /// One text for each field of each record, blanks trimmed.
    pub(super) records: Vec<Vec<String>>,
}

/// How text is encoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Encoding {
    Utf8,
    Arabic,
    /// Each byte is the letter of its number, as far as names of places in use go.
    Latin,
}

struct Field {
    name: String,
    length: usize,
    is_text: bool,
}

/// Reads a table; `cpg` is the text of the file beside it that names the encoding.
pub(super) fn read(
    path: &Path,
    cpg: Option<&str>,
    repairs: &mut Repairs,
) -> Result<Table, AreaError> {
    let bytes = std::fs::read(path).map_err(|source| AreaError::read(path, source))?;
    let cut = || AreaError::Dbf { path: path.to_owned() };
    let (header, fields) = fields(&bytes).ok_or_else(cut)?;
    let records: Vec<&[u8]> = bytes
        .get(header.length..)
        .ok_or_else(cut)?
        .chunks_exact(header.record.max(1))
        .take(header.records)
        .collect();
    if records.len() < header.records {
        return Err(cut());
    }
    let text_of = |record: &[u8]| {
        let mut start = 1; // the first byte marks deleted records
        let parts = fields.iter().map(|field| {
            let part = record.get(start..start + field.length).unwrap_or_default();
            start += field.length;
            part.trim_ascii_end().to_vec()
        });
        parts.collect::<Vec<_>>()
    };
    let raw: Vec<Vec<Vec<u8>>> = records.iter().map(|record| text_of(record)).collect();
    let texts = || {
        raw.iter().flat_map(|record| record.iter().zip(&fields)).filter(|(_, field)| field.is_text)
    };
    let is_utf8 = texts().all(|(text, field)| utf8(text, field.length).is_some());
    let encoding = encoding(cpg, header.mark, is_utf8)
        .ok_or_else(|| AreaError::Encoding { path: path.to_owned() })?;
    let mut records = Vec::with_capacity(raw.len());
    for record in raw {
        let mut decoded = Vec::with_capacity(fields.len());
        for (bytes, field) in record.iter().zip(&fields) {
            let text = decode(bytes, field, encoding, repairs)
                .ok_or_else(|| AreaError::Encoding { path: path.to_owned() })?;
            decoded.push(text.trim_matches(['\0', ' ']).to_owned());
        }
        records.push(decoded);
    }
    Ok(Table { names: fields.into_iter().map(|field| field.name).collect(), records })
}

struct Header {
    length: usize,
    record: usize,
    records: usize,
    /// Mark of the code page.
    mark: u8,
}

/// The header: dBASE III, 32 bytes, then 32 for each field up to a carriage return.
fn fields(bytes: &[u8]) -> Option<(Header, Vec<Field>)> {
    let number = |at: usize| Some(usize::from(u16::from_le_bytes(*bytes[at..].first_chunk()?)));
    if bytes.len() < 32 {
        return None;
    }
    let header = Header {
        records: u32::from_le_bytes(*bytes[4..].first_chunk()?) as usize,
        length: number(8)?,
        record: number(10)?,
        mark: bytes[29],
    };
    let described = bytes.get(32..header.length)?.chunks_exact(32);
    let fields = described.take_while(|field| field[0] != b'\r').map(|field| {
        let name = field[..11].split(|&byte| byte == 0).next().unwrap_or_default();
        Field {
            name: String::from_utf8_lossy(name).trim().to_lowercase(),
            length: usize::from(field[16]),
            is_text: field[11] == b'C',
        }
    });
    Some((header, fields.collect()))
}

/// A `.cpg` is believed when it names an encoding that the text can be in; without one the bytes
/// decide, and the table's own mark only where they are no UTF-8.
fn encoding(cpg: Option<&str>, mark: u8, is_utf8: bool) -> Option<Encoding> {
    let Some(cpg) = cpg else {
        return match (is_utf8, mark) {
            (true, _) => Some(Encoding::Utf8),
            // 7E: Windows Arabic.
            (false, 0x7e) => Some(Encoding::Arabic),
            _ => None,
        };
    };
    let name: String = cpg.chars().filter(char::is_ascii_alphanumeric).collect();
    match name.to_ascii_uppercase().as_str() {
        "UTF8" | "65001" => is_utf8.then_some(Encoding::Utf8),
        "1256" | "CP1256" | "WINDOWS1256" | "ANSI1256" => Some(Encoding::Arabic),
        // Writers that do not know better name Latin-1 for any bytes.
        "88591" | "ISO88591" | "1252" | "CP1252" | "WINDOWS1252" | "ANSI1252" => {
            Some(if is_utf8 { Encoding::Utf8 } else { Encoding::Latin })
        }
        _ => None,
    }
}

fn decode(
    bytes: &[u8],
    field: &Field,
    encoding: Encoding,
    repairs: &mut Repairs,
) -> Option<String> {
    if !field.is_text {
        return Some(String::from_utf8_lossy(bytes).into_owned());
    }
    match encoding {
        Encoding::Latin => Some(bytes.iter().map(|&byte| char::from(byte)).collect()),
        Encoding::Arabic => {
            bytes.iter().map(|&byte| windows_1256(byte)).collect::<Option<String>>()
        }
        Encoding::Utf8 => {
            let text = utf8(bytes, field.length)?;
            repairs.texts_cut += u64::from(text.len() < bytes.len());
            Some(match twice_encoded(text) {
                Some(meant) => {
                    repairs.texts_repaired += 1;
                    meant
                }
                None => text.to_owned(),
            })
        }
    }
}

/// The text in bytes of UTF-8. A text that fills its field may end inside a letter, which is left
/// out.
fn utf8(bytes: &[u8], field_length: usize) -> Option<&str> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Some(text),
        Err(error) if bytes.len() == field_length && error.error_len().is_none() => {
            std::str::from_utf8(&bytes[..error.valid_up_to()]).ok()
        }
        Err(_) => None,
    }
}

/// What was meant by a text that went through a program which took UTF-8 for Windows Latin:
/// `ÙˆÙ†Ú©` was `ونک`. Such a text has only letters of that code page, and their bytes are UTF-8.
fn twice_encoded(text: &str) -> Option<String> {
    if text.is_ascii() {
        return None;
    }
    let bytes: Vec<u8> = text.chars().map(latin_byte).collect::<Option<_>>()?;
    String::from_utf8(bytes).ok()
}

/// Letters of Windows-1252 for the bytes 80 to 9F; `\0` where there is none.
const LATIN_HIGH: &str = "€\0‚ƒ„…†‡ˆ‰Š‹Œ\0Ž\0\0‘’“”•–—˜™š›œ\0žŸ";

fn latin_byte(letter: char) -> Option<u8> {
    let high = LATIN_HIGH.chars().position(|high| high == letter && high != '\0');
    high.map(|at| 0x80 + at as u8).or_else(|| u8::try_from(u32::from(letter)).ok())
}

/// Letters of Windows-1256 for the bytes 80 to FF.
const ARABIC_HIGH: &str = concat!(
    "€پ‚ƒ„…†‡ˆ‰ٹ‹Œچژڈگ‘’“”•–—ک™ڑ›œ\u{200c}\u{200d}ں",
    "\u{a0}،¢£¤¥¦§¨©ھ«¬\u{ad}®¯°±²³´µ¶·¸¹؛»¼½¾؟",
    "ہءآأؤإئابةتثجحخدذرزسشصض×طظعغـفقك",
    "àلâمنهوçèéêëىيîï\u{64b}\u{64c}\u{64d}\u{64e}ô\u{64f}\u{650}÷\u{651}ù\u{652}ûü\u{200e}\u{200f}ے",
);

fn windows_1256(byte: u8) -> Option<char> {
    match byte.checked_sub(0x80) {
        None => Some(char::from(byte)),
        Some(high) => ARABIC_HIGH.chars().nth(usize::from(high)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_arabic_code_page_has_all_its_letters() {
        assert_eq!(ARABIC_HIGH.chars().count(), 128);
        let vanak = [0xe6, 0xe4, 0x98].map(windows_1256);
        assert_eq!(vanak, [Some('و'), Some('ن'), Some('ک')]);
        assert_eq!(windows_1256(0xff), Some('ے'));
    }

    #[test]
    fn text_that_was_encoded_twice_is_found_out() {
        let spoilt: String = "ونک"
            .bytes()
            .map(|byte| match byte {
                0x80..=0x9f => LATIN_HIGH.chars().nth(usize::from(byte - 0x80)).unwrap(),
                byte => char::from(byte),
            })
            .collect();
        assert_eq!(twice_encoded(&spoilt).as_deref(), Some("ونک"));
        for honest in ["ونک", "Vanak", "Åland", "café"] {
            assert_eq!(twice_encoded(honest), None, "{honest}");
        }
    }

    #[test]
    fn bytes_decide_unless_a_cpg_says_more() {
        for (cpg, mark, is_utf8, expected) in [
            (None, 0, true, Some(Encoding::Utf8)),
            (None, 0x57, true, Some(Encoding::Utf8)),
            (None, 0x7e, false, Some(Encoding::Arabic)),
            (None, 0, false, None),
            (Some("UTF-8\n"), 0, true, Some(Encoding::Utf8)),
            (Some("UTF-8"), 0, false, None),
            (Some("windows-1256"), 0, false, Some(Encoding::Arabic)),
            (Some("ISO 88591"), 0, true, Some(Encoding::Utf8)),
            (Some("Klingon"), 0, true, None),
        ] {
            assert_eq!(encoding(cpg, mark, is_utf8), expected, "{cpg:?} {mark} {is_utf8}");
        }
    }

    #[test]
    fn a_letter_cut_by_the_end_of_its_field_is_left_out() {
        let vanak = "ونک".as_bytes();
        assert_eq!(utf8(&vanak[..5], 5), Some("ون"));
        assert_eq!(utf8(&vanak[..5], 10), None, "the field has room, so this is no UTF-8");
    }
}
