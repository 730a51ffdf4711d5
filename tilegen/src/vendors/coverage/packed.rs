//! Packed counts: the numbers of vendors of each line and grade that cover a cell, as a short text.
//!
//! `docs/formats.md` describes the format. `data/coverage-packed.json` contains test vectors for this
//! module and the page.

/// Digits of 0 to 63.
const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// Bits of a number in each digit. The sixth bit of a digit means that more digits follow.
const DIGIT_BITS: u32 = 5;
const CONTINUATION: u32 = 1 << DIGIT_BITS;

/// Appends the counts of line 0 grade 0, line 0 grade 1 and so on. Zeros are not written.
pub fn push(text: &mut String, counts: impl IntoIterator<Item = u32>) {
    let mut next = 0;
    for (index, count) in (0..).zip(counts) {
        if count > 0 {
            push_number(text, index - next);
            push_number(text, count);
            next = index + 1;
        }
    }
}

/// Appends a number, lowest bits first.
fn push_number(text: &mut String, mut number: u32) {
    while number >= CONTINUATION {
        text.push(char::from(DIGITS[(number % CONTINUATION + CONTINUATION) as usize]));
        number >>= DIGIT_BITS;
    }
    text.push(char::from(DIGITS[number as usize]));
}

/// The text is not valid packed counts.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not valid packed counts")]
pub struct PackedError(String);

/// Parses packed counts of a number of grades: line, grade and number of vendors, without zeros.
///
/// ```
/// use tilegen::vendors::coverage::packed;
///
/// assert_eq!(packed::read("AHNB", 14)?, [(0, 0, 7), (1, 0, 1)]);
/// assert!(packed::read("A", 14).is_err());
/// # Ok::<(), packed::PackedError>(())
/// ```
pub fn read(text: &str, grades: usize) -> Result<Vec<(usize, usize, u32)>, PackedError> {
    let wrong = || PackedError(text.to_owned());
    let mut digits = text.bytes();
    let (mut found, mut next) = (Vec::new(), 0);
    while digits.len() > 0 {
        let gap = read_number(&mut digits).ok_or_else(wrong)?;
        let count = read_number(&mut digits).filter(|&count| count > 0).ok_or_else(wrong)?;
        let index = next + gap as usize;
        found.push((index / grades, index % grades, count));
        next = index + 1;
    }
    Ok(found)
}

fn read_number(digits: &mut impl Iterator<Item = u8>) -> Option<u32> {
    let mut number = 0u32;
    for shift in (0..).step_by(DIGIT_BITS as usize) {
        let digit = digits.next()?;
        let digit = DIGITS.iter().position(|&known| known == digit)? as u32;
        number |= (digit % CONTINUATION).checked_shl(shift)?;
        if digit < CONTINUATION {
            return Some(number);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const GRADES: usize = 14;

    #[derive(serde::Deserialize)]
    struct Vector {
        text: String,
        counts: Vec<(usize, usize, u32)>,
    }

    fn dense(counts: &[(usize, usize, u32)]) -> Vec<u32> {
        let lines = counts.iter().map(|&(line, ..)| line + 1).max().unwrap_or(0);
        let mut dense = vec![0; lines * GRADES];
        for &(line, grade, count) in counts {
            dense[line * GRADES + grade] = count;
        }
        dense
    }

    #[test]
    fn the_shared_test_vectors_are_written_and_read() {
        let vectors = include_str!("../../../../data/coverage-packed.json");
        let vectors: Vec<Vector> = serde_json::from_str(vectors).unwrap();
        assert!(vectors.len() >= 5);
        for Vector { text, counts } in vectors {
            let mut written = String::new();
            push(&mut written, dense(&counts));
            assert_eq!(written, text, "{counts:?}");
            assert_eq!(read(&text, GRADES), Ok(counts), "{text}");
        }
    }

    #[test]
    fn a_truncated_or_invalid_text_is_rejected() {
        for text in ["A", "AHN", "AA", "A!", "g", "ggggggggA", "نA"] {
            assert!(read(text, GRADES).is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn packed_counts_are_read_back(counts in proptest::collection::vec(0u32..90, 0..120)) {
            let mut text = String::new();
            push(&mut text, counts.iter().copied());
            let mut again = dense(&read(&text, GRADES).unwrap());
            again.resize(again.len().max(counts.len()), 0);
            let mut counts = counts;
            counts.resize(again.len(), 0);
            prop_assert_eq!(again, counts);
        }
    }
}
