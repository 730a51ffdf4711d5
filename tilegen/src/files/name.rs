//! Names as they are published: without characters that no name has.

use std::borrow::Cow;

/// Maximum length of a published name, in characters.
pub(crate) const MAX_NAME_CHARS: usize = 200;

/// Whether a name is longer than [`MAX_NAME_CHARS`].
pub(crate) fn is_too_long(name: &str) -> bool {
    name.len() > MAX_NAME_CHARS && name.chars().nth(MAX_NAME_CHARS).is_some()
}

/// The name without control characters and without marks that reorder text. A line break becomes a space.
pub(crate) fn clean_name(name: &str) -> Cow<'_, str> {
    if !name.contains(|letter| cleaned(letter) != Some(letter)) {
        return Cow::Borrowed(name);
    }
    Cow::Owned(name.chars().filter_map(cleaned).collect())
}

fn cleaned(letter: char) -> Option<char> {
    match letter {
        '\n' | '\r' | '\t' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}' => Some(' '),
        // Embeddings, overrides and isolates of the Unicode Bidirectional Algorithm (UAX #9).
        '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => None,
        control if control.is_control() => None,
        other => Some(other),
    }
}

/// The start of a text, for messages: at most 60 characters, without line breaks and control characters.
pub(crate) fn short_name(text: &str) -> String {
    const LIMIT: usize = 60;
    let text = clean_name(text);
    match text.char_indices().nth(LIMIT) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.into_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lose_control_characters_and_marks_that_reorder_text() {
        for (name, clean) in [
            ("ونک", "ونک"),
            ("Va\0nak", "Vanak"),
            ("Va\u{1b}[31mnak", "Va[31mnak"),
            ("Va\u{202e}nak", "Vanak"),
            ("Va\nnak", "Va nak"),
            ("پو\u{85}نک\u{2028}", "پو نک "),
            ("\u{200e}ونك\u{a0}", "\u{200e}ونك\u{a0}"),
            ("سعادت\u{200c}آباد", "سعادت\u{200c}آباد"),
        ] {
            assert_eq!(clean_name(name), clean, "{name:?}");
        }
    }

    #[test]
    fn a_name_has_at_most_200_characters() {
        assert!(!is_too_long(&"ن".repeat(200)));
        assert!(is_too_long(&"ن".repeat(201)));
        assert_eq!(short_name(&"ن".repeat(201)).chars().count(), 61);
    }
}
