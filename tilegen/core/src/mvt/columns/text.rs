//! Numbers as characters. UTF-8 then takes one byte for numbers below 128 and two for those below 2048.

/// Numbers from here on are written in several characters, the lowest 14 bits first. Each of these
/// characters but the last is in U+8000 to U+BFFF. No number gives a surrogate, a byte order mark or a
/// character that is not valid in UTF-8.
const CONTINUED: u32 = 0x8000;

/// Bits of a number in a character that is continued.
const BITS: u32 = 14;

/// Appends a number.
#[inline]
pub(super) fn push(text: &mut String, mut number: u32) {
    while number >= CONTINUED {
        text.push(character(CONTINUED | number & ((1 << BITS) - 1)));
        number >>= BITS;
    }
    text.push(character(number));
}

/// A code point below U+C000, which is never a surrogate.
#[inline]
fn character(code: u32) -> char {
    char::from_u32(code).unwrap_or_default()
}

/// Reads the next number. Returns `None` at the end, and if the text is not a sequence of numbers.
#[inline]
pub(super) fn take(text: &mut std::str::Chars<'_>) -> Option<u32> {
    let (mut number, mut shift) = (0u32, 0);
    loop {
        let code = u32::from(text.next()?);
        if code < CONTINUED {
            return Some(number | code.checked_shl(shift).filter(|high| high >> shift == code)?);
        }
        if code >= CONTINUED | 1 << BITS || shift > BITS {
            return None;
        }
        number |= (code & ((1 << BITS) - 1)) << shift;
        shift += BITS;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn written_numbers_are_read(numbers in proptest::collection::vec(any::<u32>(), 0..50)) {
            let mut text = String::new();
            for &number in &numbers {
                push(&mut text, number);
            }
            let mut chars = text.chars();
            let found: Vec<u32> = std::iter::from_fn(|| take(&mut chars)).collect();
            prop_assert_eq!(found, numbers);
        }
    }

    #[test]
    fn a_number_has_one_form_and_no_byte_order_mark() {
        for (number, expected) in [
            (0, "\0"),
            (127, "\u{7f}"),
            (0x7fff, "\u{7fff}"),
            (0x8000, "\u{8000}\u{2}"),
            (0xfeff, "\u{beff}\u{3}"),
            (u32::MAX, "\u{bfff}\u{bfff}\u{f}"),
        ] {
            let mut text = String::new();
            push(&mut text, number);
            assert_eq!(text, expected, "{number}");
        }
    }

    #[test]
    fn text_that_is_not_a_number_is_rejected() {
        for text in [
            "",
            "\u{8000}",
            "\u{c000}\u{1}",
            "\u{bfff}\u{bfff}\u{10}",
            "\u{8000}\u{8000}\u{8000}\u{1}",
        ] {
            assert_eq!(take(&mut text.chars()), None, "{text:?}");
        }
    }
}
