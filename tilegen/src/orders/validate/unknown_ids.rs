//! Ids that identify nothing, although they are not blank: what programs write for a missing value, and the
//! accounts that stand for many people.

use std::collections::HashSet;

use tilecore::text::{canonical_integer, identity};

/// The ids that the configuration lists as unknown.
pub(super) struct UnknownIds {
    texts: HashSet<String>,
    integers: Vec<i64>,
    /// Length of the longest one in bytes. Nearly all ids are longer, and need no look-up.
    longest: usize,
}

impl UnknownIds {
    pub(super) fn new(ids: &[String]) -> Self {
        let texts: HashSet<String> = ids.iter().map(|id| identity(id).to_owned()).collect();
        Self {
            integers: texts.iter().filter_map(|id| canonical_integer(id)).collect(),
            longest: texts.iter().map(String::len).max().unwrap_or(0),
            texts,
        }
    }

    /// Whether a trimmed id is unknown.
    #[inline]
    pub(super) fn contains(&self, id: &str) -> bool {
        id.len() <= self.longest && self.texts.contains(id)
    }

    /// The unknown integers.
    pub(super) fn integers(&self) -> &[i64] {
        &self.integers
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_and_integers_are_unknown() {
        let unknown = UnknownIds::new(&["0".to_owned(), " NaN ".to_owned(), "007".to_owned()]);
        assert_eq!(unknown.integers(), [0]);
        for (id, is_unknown) in
            [("0", true), ("NaN", true), ("007", true), ("nan", false), ("7", false)]
        {
            assert_eq!(unknown.contains(id), is_unknown, "{id}");
        }
        assert!(!UnknownIds::new(&[]).contains("0"));
    }
}
