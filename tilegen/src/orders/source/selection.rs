//! The rule that decides which files of a folder or a store are order files: what a pattern selects, which
//! names are hidden, and which extensions are read.

use std::collections::BTreeSet;

use glob::{Pattern, PatternError};

/// Extensions of order files, in lower case.
const EXTENSIONS: [&str; 3] = ["parquet", "parq", "pq"];

/// Characters that make a part of a path a pattern.
const WILDCARDS: [char; 3] = ['*', '?', '['];

/// Whether a part of a path is hidden. Other programs write markers, logs and incomplete files under such
/// names.
pub(super) fn is_hidden(part: &str) -> bool {
    part.starts_with(['.', '_'])
}

/// Whether a file has the extension of an order file, in any case of letters.
pub(super) fn is_order_file(name: &str) -> bool {
    let extension = name.rsplit_once('.').map(|(_, extension)| extension);
    extension.is_some_and(|own| EXTENSIONS.iter().any(|other| own.eq_ignore_ascii_case(other)))
}

/// Whether an address is a pattern.
pub(super) fn is_pattern(address: &str) -> bool {
    address.contains(WILDCARDS)
}

/// What is selected below a folder, part by part.
pub(super) struct Selection(Vec<PatternPart>);

enum PatternPart {
    /// `**`: any number of folders.
    AnyDepth,
    /// A name with wildcards.
    Wildcards(Pattern),
    /// A name without wildcards.
    Exact(String),
}

/// How many parts of the pattern the path of a folder or file may have matched so far.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Position(BTreeSet<usize>);

/// The result of matching one more part of a path.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// Nothing at or below it is selected.
    Outside,
    /// The pattern matches, but the part is hidden, and the pattern does not spell it out.
    Hidden(Position),
    /// It is selected, or something below it may be.
    Inside(Position),
}

impl Selection {
    /// Everything below a folder.
    pub(super) const fn everything() -> Self {
        Self(Vec::new())
    }

    /// Splits a pattern into the folder to search, which is the part before the first wildcard, and the
    /// selection below it.
    pub(super) fn parse(pattern: &str) -> Result<(String, Self), PatternError> {
        Pattern::new(pattern)?;
        let before_wildcard = pattern.find(WILDCARDS).unwrap_or(pattern.len());
        let folder_len = pattern[..before_wildcard].rfind('/').map_or(0, |slash| slash + 1);
        let (folder, rest) = pattern.split_at(folder_len);
        let mut parts = Vec::new();
        for part in rest.split('/').filter(|part| !matches!(*part, "" | ".")) {
            parts.push(match part {
                ".." => {
                    let pos = pattern.len() - rest.len();
                    return Err(PatternError { pos, msg: "`..` follows a wildcard" });
                }
                "**" => PatternPart::AnyDepth,
                _ if is_pattern(part) => PatternPart::Wildcards(Pattern::new(part)?),
                _ => PatternPart::Exact(part.to_owned()),
            });
        }
        let folder = if folder.is_empty() { "." } else { folder };
        Ok((folder.to_owned(), Self(parts)))
    }

    /// The position of the folder that is searched.
    pub(super) fn start(&self) -> Position {
        self.position([0])
    }

    /// The position after one more part of a path.
    pub(super) fn step(&self, position: &Position, name: &str) -> Step {
        let mut next = BTreeSet::new();
        let mut is_spelled_out = false;
        for &index in &position.0 {
            match self.0.get(index) {
                None | Some(PatternPart::AnyDepth) => {
                    next.insert(index);
                }
                Some(PatternPart::Wildcards(pattern)) if pattern.matches(name) => {
                    next.insert(index + 1);
                }
                Some(PatternPart::Exact(exact)) if exact == name => {
                    next.insert(index + 1);
                    is_spelled_out = true;
                }
                Some(PatternPart::Wildcards(_) | PatternPart::Exact(_)) => {}
            }
        }
        if next.is_empty() {
            return Step::Outside;
        }
        let next = self.position(next);
        if is_hidden(name) && !is_spelled_out { Step::Hidden(next) } else { Step::Inside(next) }
    }

    /// Whether the whole pattern is matched, so that everything here is selected.
    pub(super) fn is_selected(&self, position: &Position) -> bool {
        position.0.contains(&self.0.len())
    }

    /// Adds the positions that `**` reaches by matching no folder.
    fn position(&self, indices: impl IntoIterator<Item = usize>) -> Position {
        let mut all = BTreeSet::new();
        for mut index in indices {
            all.insert(index);
            while matches!(self.0.get(index), Some(PatternPart::AnyDepth)) {
                index += 1;
                all.insert(index);
            }
        }
        Position(all)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether a path below the folder of a pattern is selected; `None` if a part is hidden.
    fn selects(pattern: &str, path: &str) -> Option<bool> {
        let (_, selection) = Selection::parse(pattern).unwrap();
        let mut position = selection.start();
        for part in path.split('/') {
            match selection.step(&position, part) {
                Step::Outside => return Some(false),
                Step::Hidden(_) => return None,
                Step::Inside(next) => position = next,
            }
        }
        Some(selection.is_selected(&position))
    }

    #[test]
    fn names_with_a_dot_or_an_underscore_are_hidden() {
        for name in ["_temporary", ".spark-staging", "_delta_log", ".a.crc", "_date=2026-11-01"] {
            assert!(is_hidden(name), "{name}");
        }
        for name in ["day=1", "a_b", "a.b", "~x", "#x"] {
            assert!(!is_hidden(name), "{name}");
        }
    }

    #[test]
    fn three_extensions_are_read_in_any_case() {
        for name in ["a.parquet", "a.PARQUET", "a.Parq", "a.pq", "a.b.PQ", "سفارش.parquet"] {
            assert!(is_order_file(name), "{name}");
        }
        for name in ["a.parquet.crc", "a.parquet.gz", "a.parquet~", "parquet", "pq", "a.pqt", "a."]
        {
            assert!(!is_order_file(name), "{name}");
        }
    }

    #[test]
    fn a_pattern_is_split_before_its_first_wildcard() {
        for (pattern, folder) in [
            ("orders/*.parquet", "orders/"),
            ("/data/_export/day=*/a", "/data/_export/"),
            ("/*", "/"),
            ("*.parquet", "."),
            ("orders-[0-9]/x", "."),
            ("a/b?c/d", "a/"),
        ] {
            assert_eq!(Selection::parse(pattern).unwrap().0, folder, "{pattern}");
        }
        for pattern in ["a/***", "a/b**", "a/[", "a/*/../b"] {
            assert!(Selection::parse(pattern).is_err(), "{pattern}");
        }
    }

    #[test]
    fn patterns_select_names_folders_and_any_depth() {
        for (pattern, path, is_selected) in [
            ("*.parquet", "a.parquet", true),
            ("*.parquet", "b/a.parquet", false),
            ("*.parquet", "o.parquet/part-0.parquet", true),
            ("day=*", "day=1/hour=2/a.parquet", true),
            ("day=*", "month=1/a.parquet", false),
            ("day=*/*.parquet", "day=1/a.parquet", true),
            ("day=*/a/*.parquet", "day=1/b/a.parquet", false),
            ("**/*.parquet", "a.parquet", true),
            ("**/*.parquet", "b/c/a.parquet", true),
            ("**/*.parquet", "b/c/a.txt", false),
            ("**", "b/a.txt", true),
            ("*/**/x/*", "b/x/a", true),
            ("*/**/x/*", "b/c/d/x/a", true),
            ("*/**/x/*", "x/a", false),
            ("*//./a/", "b/a", true),
        ] {
            assert_eq!(selects(pattern, path), Some(is_selected), "{pattern}: {path}");
        }
    }

    #[test]
    fn wildcards_do_not_select_hidden_names_unless_the_pattern_spells_them_out() {
        for (pattern, path) in [
            ("*", ".a.crc"),
            ("*", "_temporary/a.parquet"),
            ("_*", "_temporary/a.parquet"),
            ("**/*.parquet", "b/.tmp/a.parquet"),
            ("**/*.parquet", "b/_part-0.parquet"),
            ("day=*/*", "day=1/_SUCCESS"),
            ("*/_latest/*", "b/_latest/_a.parquet"),
        ] {
            assert_eq!(selects(pattern, path), None, "{pattern}: {path}");
        }
        assert_eq!(selects("*/_latest/*", "b/_latest/a.parquet"), Some(true));
        assert_eq!(selects("*.parquet", "_temporary/a.parquet"), Some(false));
    }
}
