//! Numbers, flags and codes, as people and programs write them.

use tilecore::text::{canonical_integer, identity as trim};

/// Reads a number. The digits can be Persian or Arabic, and the whole part can have groups of three
/// digits. `None` if the text is not a finite number.
///
/// `1,234` is 1234. A comma that does not separate groups of three digits makes the text unreadable,
/// because it can be a decimal comma. So does a first group with a leading zero: `0,500` is a half.
pub(crate) fn parse_number(text: &str) -> Option<f64> {
    parse(text, without_groups)
}

/// Reads a number without groups of digits, such as a distance or a degree: `1,500` km may be 1.5 km.
pub(crate) fn parse_ungrouped(text: &str) -> Option<f64> {
    parse(text, |whole| whole.bytes().all(|byte| byte.is_ascii_digit()).then(|| whole.to_owned()))
}

/// Reads a number. `digits_of` returns the digits of its whole part.
fn parse(text: &str, digits_of: impl Fn(&str) -> Option<String>) -> Option<f64> {
    let text = trim(text);
    // The fast path: most numbers have neither groups nor foreign digits.
    let is_plain = |byte: u8| byte.is_ascii_digit() || matches!(byte, b'.' | b'-' | b'+');
    if text.bytes().all(is_plain) {
        return text.parse().ok().filter(|number: &f64| number.is_finite());
    }
    let plain: String = text.chars().map(ascii_digit).collect();
    let (sign, unsigned) = match plain.strip_prefix(['-', '\u{2212}']) {
        Some(unsigned) => ("-", unsigned),
        None => ("", plain.strip_prefix('+').unwrap_or(&plain)),
    };
    let end = unsigned.find(['.', 'e', 'E']).unwrap_or(unsigned.len());
    let (whole, rest) = unsigned.split_at(end);
    let is_fraction =
        |byte: u8| byte.is_ascii_digit() || matches!(byte, b'.' | b'e' | b'E' | b'-' | b'+');
    if !rest.bytes().all(is_fraction) {
        return None;
    }
    let digits = digits_of(whole)?;
    format!("{sign}{digits}{rest}").parse().ok().filter(|number: &f64| number.is_finite())
}

/// Persian and Arabic digits and decimal separators become ASCII.
fn ascii_digit(letter: char) -> char {
    let digit = match letter {
        '۰'..='۹' => u32::from(letter) - u32::from('۰'),
        '٠'..='٩' => u32::from(letter) - u32::from('٠'),
        '٫' => return '.',
        other => return other,
    };
    char::from_digit(digit, 10).unwrap_or(letter)
}

/// The digits of a whole number without its group separators. Every group but the first has three
/// digits, and every separator is the same.
fn without_groups(whole: &str) -> Option<String> {
    let is_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let Some(separator) = whole.chars().find(|letter| !letter.is_ascii_digit()) else {
        return Some(whole.to_owned());
    };
    let is_separator = matches!(
        separator,
        ',' | '٬' | '،' | '\'' | '’' | ' ' | '\u{a0}' | '\u{202f}' | '\u{2009}'
    );
    let mut groups = whole.split(separator);
    let is_first = |first: &&str| (1..=3).contains(&first.len()) && !first.starts_with('0');
    let first = groups.next().filter(is_first).filter(|first| is_digits(first))?;
    let mut digits = first.to_owned();
    for group in groups {
        if group.len() != 3 || !is_digits(group) {
            return None;
        }
        digits.push_str(group);
    }
    is_separator.then_some(digits)
}

/// Reads a flag: 1 or true, 0 or false. `None` if the text is neither.
pub(crate) fn parse_flag(text: &str) -> Option<bool> {
    let text = trim(text);
    match text {
        _ if text.eq_ignore_ascii_case("true") => Some(true),
        _ if text.eq_ignore_ascii_case("false") => Some(false),
        _ => match parse_number(text)? {
            1.0 => Some(true),
            0.0 => Some(false),
            _ => None,
        },
    }
}

/// A code of a CSV file. Spreadsheets and pandas write the code 1001 as `1001.0`. Text that is not such
/// a number is the code as it is: `007` is not `7`.
pub(crate) fn canonical_code(text: &str) -> &str {
    let text = trim(text);
    let Some((whole, fraction)) = text.split_once('.') else { return text };
    let is_fraction = !fraction.is_empty() && fraction.bytes().all(|byte| byte == b'0');
    if is_fraction && canonical_integer(whole).is_some() { whole } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_groups_and_persian_or_arabic_digits() {
        for (text, number) in [
            ("12345", 12345.0),
            ("12,345", 12345.0),
            ("1,234,567", 1_234_567.0),
            ("4 500", 4500.0),
            ("4\u{a0}500", 4500.0),
            ("4\u{202f}500", 4500.0),
            ("12'345", 12345.0),
            ("۱۲٬۳۴۵", 12345.0),
            ("۱۲,۳۴۵", 12345.0),
            ("٢٠٠٠", 2000.0),
            ("۲٫۵", 2.5),
            ("۲۰۰۰٫۰", 2000.0),
            ("+2000", 2000.0),
            ("\u{2212}5", -5.0),
            ("-12,345.5", -12345.5),
            ("\u{200e}2000\u{200f} ", 2000.0),
            ("1.5e3", 1500.0),
            ("1.20000000000e+04", 12000.0),
        ] {
            assert_eq!(parse_number(text), Some(number), "{text:?}");
        }
    }

    #[test]
    fn other_texts_are_not_numbers() {
        for text in [
            "",
            " ",
            "about 3000",
            "n/a",
            "1,2,3",
            "12,34",
            "1,5",
            "3000 people",
            "1.2.3",
            "۱۲a",
            "1e999",
            "--",
            "nan",
            "inf",
            "-",
            "1,234 567",
            ",123",
            "1234,567",
            "0x10",
            "1_000",
            "0,500",
            "012,345",
            "۰٬۵۰۰",
            "-0,500",
            "0 500",
        ] {
            assert_eq!(parse_number(text), None, "{text:?}");
        }
    }

    #[test]
    fn a_distance_has_no_groups() {
        for (text, number) in [
            ("1.5", Some(1.5)),
            ("۱٫۵", Some(1.5)),
            ("-12", Some(-12.0)),
            ("1,500", None),
            ("0,500", None),
            ("۱٬۵۰۰", None),
            ("1 500", None),
        ] {
            assert_eq!(parse_ungrouped(text), number, "{text:?}");
        }
    }

    #[test]
    fn flags_are_0_1_true_or_false() {
        for text in ["1", "1.0", "true", "True", "TRUE", " 1 ", "۱"] {
            assert_eq!(parse_flag(text), Some(true), "{text:?}");
        }
        for text in ["0", "0.0", "false", "False", "FALSE", "۰"] {
            assert_eq!(parse_flag(text), Some(false), "{text:?}");
        }
        for text in ["", "2", "yes", "maybe", "perhaps", "-1"] {
            assert_eq!(parse_flag(text), None, "{text:?}");
        }
    }

    #[test]
    fn a_code_loses_only_the_fraction_that_a_spreadsheet_adds() {
        for (text, code) in [
            ("1001.0", "1001"),
            (" 1001.00\u{a0}", "1001"),
            ("0.0", "0"),
            ("007", "007"),
            ("007.0", "007.0"),
            ("1001.5", "1001.5"),
            ("1001.", "1001."),
            ("a.0", "a.0"),
            ("12e3", "12e3"),
        ] {
            assert_eq!(canonical_code(text), code, "{text:?}");
        }
    }
}
