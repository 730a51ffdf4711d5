//! Names as they are published: without characters that no name has.

use std::borrow::Cow;

use tilecore::text::is_format;

/// Maximum length of a published name, in characters.
pub(crate) const MAX_NAME_CHARS: usize = 200;

/// Whether a name is longer than [`MAX_NAME_CHARS`].
pub(crate) fn is_too_long(name: &str) -> bool {
    name.len() > MAX_NAME_CHARS && name.chars().nth(MAX_NAME_CHARS).is_some()
}

/// The name without control characters and without invisible characters, such as those that reorder text. A
/// line break becomes a space, unless it is at an end. The joiners and direction marks of Persian names stay.
pub(crate) fn clean_name(name: &str) -> Cow<'_, str> {
    if !name.contains(|letter| cleaned(letter) != Some(letter)) {
        return Cow::Borrowed(name);
    }
    let clean: String = name.chars().filter_map(cleaned).collect();
    Cow::Owned(clean.trim_matches(' ').to_owned())
}

fn cleaned(letter: char) -> Option<char> {
    match letter {
        '\n' | '\r' | '\t' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}' => Some(' '),
        format if is_format(format) => None,
        control if control.is_control() => None,
        other => Some(other),
    }
}

/// Whether a text contains an invisible character, also a joiner or a direction mark. Two codes that
/// differ only there look the same.
pub(crate) fn has_invisible(text: &str) -> bool {
    let is_joiner_or_mark = |letter| matches!(letter, '\u{200c}'..='\u{200f}');
    text.contains(|letter: char| {
        letter.is_control() || is_format(letter) || is_joiner_or_mark(letter)
    })
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
            ("پو\u{85}نک\u{2028}", "پو نک"),
            ("\u{200e}ونك\u{a0}", "\u{200e}ونك\u{a0}"),
            ("سعادت\u{200c}آباد", "سعادت\u{200c}آباد"),
            ("Ca\u{200b}fe", "Cafe"),
            ("\u{feff}Ca\u{2060}fe\u{ad}", "Cafe"),
            ("Va\u{fff9}nak\u{e0041}\u{61c}", "Vanak"),
        ] {
            assert_eq!(clean_name(name), clean, "{name:?}");
        }
    }

    #[test]
    fn invisible_characters_of_a_code_are_found() {
        for code in ["1\u{202e}", "1\u{200b}2", "1\u{200c}2", "\u{200f}1", "1\t2", "1\u{e0041}"] {
            assert!(has_invisible(code), "{code:?}");
        }
        for code in ["007", "a b", "کد-۷"] {
            assert!(!has_invisible(code), "{code:?}");
        }
    }

    #[test]
    fn a_name_has_at_most_200_characters() {
        assert!(!is_too_long(&"ن".repeat(200)));
        assert!(is_too_long(&"ن".repeat(201)));
        assert_eq!(short_name(&"ن".repeat(201)).chars().count(), 61);
    }
}
