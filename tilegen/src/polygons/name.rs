//! Names: made equal where people would call them equal.

/// A name as it is matched and searched by: signs that nobody sees are gone, Arabic yeh and kaf are
/// Persian ones, and every kind of blank (the no-break space and the zero-width non-joiner too) is
/// one space, none at the ends.
///
/// ```
/// use tilegen::polygons::normalise_name;
///
/// assert_eq!(normalise_name("\u{feff}شهرك\u{200c}غربي\u{200e}\u{a0}"), "شهرک غربی");
/// ```
#[must_use]
pub fn normalise_name(name: &str) -> String {
    let plain: String = name.chars().filter_map(plain).collect();
    plain.split(' ').filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

/// What a letter becomes; signs that only steer the drawing of text become nothing.
fn plain(letter: char) -> Option<char> {
    match letter {
        // Byte order mark, zero-width space and joiner, marks and embeddings of direction, tatweel.
        '\u{feff}'
        | '\u{200b}'
        | '\u{200d}'..='\u{200f}'
        | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{2069}'
        | '\u{640}' => None,
        '\u{200c}' => Some(' '),
        'ي' | 'ى' => Some('ی'),
        'ك' => Some('ک'),
        blank if blank.is_whitespace() => Some(' '),
        other => Some(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_look_alike_are_alike() {
        for (typed, meant) in [
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
            assert_eq!(normalise_name(typed), meant, "{typed:?}");
        }
    }

    #[test]
    fn a_normalised_name_stays_as_it_is() {
        let once = normalise_name("\u{200f}شهرك\u{200c} قدس ");
        assert_eq!(normalise_name(&once), once);
    }
}
