//! Business lines: the names in the data and the permanent index of each.

use std::collections::HashMap;
use std::sync::Mutex;

/// Number of a line during one build.
pub type LineCode = u8;

/// Most lines in one build: one code is reserved for [`WITHHELD`].
pub const MAX_LINES: usize = 255;

/// Replaces the line of an order whose line the privacy floor withholds.
pub const WITHHELD: LineCode = LineCode::MAX;

/// The data contain too many lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the orders have more than {MAX_LINES} business lines; check the line column under [orders.columns]"
)]
pub struct TooManyLines;

/// Assigns a code to each name on first use. Shared by all threads.
#[derive(Debug, Default)]
pub struct LineNames(Mutex<HashMap<String, LineCode>>);

impl LineNames {
    /// The code of a name.
    pub fn code(&self, name: &str) -> Result<LineCode, TooManyLines> {
        let mut codes = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some(&code) = codes.get(name) {
            return Ok(code);
        }
        let code = LineCode::try_from(codes.len()).map_err(|_| TooManyLines)?;
        if code == WITHHELD {
            return Err(TooManyLines);
        }
        codes.insert(name.to_owned(), code);
        Ok(code)
    }

    /// Replaces codes, which depend on thread timing, by permanent indices: published lines keep
    /// their index, and new lines follow in the order of their names.
    pub fn assign_indices(self, published: &[String]) -> Result<Lines, TooManyLines> {
        let codes = self.0.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
        let mut new: Vec<_> =
            codes.keys().filter(|name| !published.contains(name)).cloned().collect();
        new.sort_unstable();
        let names: Vec<String> = published.iter().cloned().chain(new).collect();
        if names.len() > MAX_LINES {
            return Err(TooManyLines);
        }
        let mut index_of_code = [0; MAX_LINES];
        for (index, name) in names.iter().enumerate() {
            if let Some(&code) = codes.get(name) {
                index_of_code[usize::from(code)] = index as LineCode;
            }
        }
        Ok(Lines { names, index_of_code })
    }
}

/// The lines in the order of their permanent indices.
#[derive(Clone, Debug)]
pub struct Lines {
    names: Vec<String>,
    index_of_code: [LineCode; MAX_LINES],
}

impl Lines {
    /// Names in index order.
    #[must_use]
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// Counts by name, from counts by code.
    #[must_use]
    pub fn count_by_name(&self, by_code: &[u64]) -> Vec<(String, u64)> {
        let codes = self.index_of_code.iter().zip(by_code).filter(|(_, orders)| **orders > 0);
        codes
            .filter_map(|(&index, &orders)| {
                Some((self.names.get(usize::from(index))?.clone(), orders))
            })
            .collect()
    }

    /// The rank of each code among the names in alphabetical order. It does not depend on which lines are
    /// published already.
    #[must_use]
    pub fn ranks(&self) -> Vec<LineCode> {
        let mut sorted: Vec<&String> = self.names.iter().collect();
        sorted.sort_unstable();
        let rank = |index: &LineCode| {
            let name = self.names.get(usize::from(*index));
            name.map_or(0, |name| sorted.partition_point(|other| *other < name)) as LineCode
        };
        self.index_of_code.iter().map(rank).collect()
    }

    /// The permanent index of a line's code.
    #[inline]
    #[must_use]
    pub const fn index(&self, code: LineCode) -> LineCode {
        self.index_of_code[code as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_published_line_keeps_its_index_and_new_ones_follow_by_name() {
        let names = LineNames::default();
        let codes: Vec<_> =
            ["Zoo", "Cafe", "Bakery", "Cafe"].map(|name| names.code(name).unwrap()).into();
        assert_eq!(codes, [0, 1, 2, 1]);
        let lines = names.assign_indices(&["Cafe".to_owned(), "Closed".to_owned()]).unwrap();
        assert_eq!(lines.names(), ["Cafe", "Closed", "Bakery", "Zoo"]);
        assert_eq!([0, 1, 2].map(|code| lines.index(code)), [3, 0, 2]);
        assert_eq!(lines.ranks()[..3], [3, 1, 0], "Zoo, Cafe, Bakery");
    }

    #[test]
    fn more_lines_than_a_build_can_hold_are_rejected() {
        let names = LineNames::default();
        let last = (0..=MAX_LINES).map(|number| names.code(&number.to_string())).last();
        assert_eq!(last, Some(Err(TooManyLines)));
    }
}
