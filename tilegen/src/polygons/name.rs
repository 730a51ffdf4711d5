//! Name normalisation: different spellings of the same name become equal.

/// Normalises a name for matching and search. Invisible characters are removed, Arabic yeh and kaf
/// become the Persian letters, and any run of white space (including the no-break space and the
/// zero-width non-joiner) becomes one space. Leading and trailing spaces are removed.
///
/// ```
/// use tilegen::polygons::normalise_name;
///
/// assert_eq!(normalise_name("\u{feff}شهرك\u{200c}غربي\u{200e}\u{a0}"), "شهرک غربی");
/// ```
#[must_use]
pub fn normalise_name(name: &str) -> String {
    let plain: String = name.chars().filter_map(normalise_char).collect();
    plain.split(' ').filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

/// Normalises one character. Formatting characters are removed.
fn normalise_char(letter: char) -> Option<char> {
    match letter {
        // Byte order mark, zero-width space and joiner, directional marks and embeddings, tatweel.
        '\u{feff}'
        | '\u{200b}'
        | '\u{200d}'..='\u{200f}'
        | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{2069}'
        | '\u{640}' => None,
        '\u{200c}' => Some(' '),
        'ي' | 'ى' => Some('ی'),
        'ك' => Some('ک'),
        space if space.is_whitespace() => Some(' '),
        other => Some(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_look_the_same_are_equal() {
        for (name, normalised) in [
            ("ونک\u{200e}", "ونک"),
            ("\u{200f}ونک", "ونک"),
            ("ونک\u{a0}", "ونک"),
            ("\u{feff}ونک", "ونک"),
            ("سعادت\u{200c}آباد", "سعادت آباد"),
            ("سعادت\u{a0} \tآباد", "سعادت آباد"),
            ("كاشاني", "کاشانی"),
            ("مصلى", "مصلی"),
            (" \u{200e} ", ""),
        ] {
            assert_eq!(normalise_name(name), normalised, "{name:?}");
        }
    }

    #[test]
    fn normalisation_is_idempotent() {
        let once = normalise_name("\u{200f}شهرك\u{200c} قدس ");
        assert_eq!(normalise_name(&once), once);
    }
}
