//! Business lines: names found in the data, and the index that each keeps for ever.

use std::collections::HashMap;
use std::sync::Mutex;

/// Number of a line while a build runs.
pub type LineCode = u8;

/// Most lines that a build can tell apart: one code is left for [`WITHHELD`].
pub const MAX_LINES: usize = 255;

/// Stands for the line of an order whose line is not told.
pub const WITHHELD: LineCode = LineCode::MAX;

/// The data name more lines than a build can tell apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the orders name more than {MAX_LINES} business lines; is the line column the right one?")]
pub struct TooManyLines;

/// Gives each name a code when it first turns up; threads share it.
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

    /// The lasting order of the lines: those published before keep their index, new ones follow
    /// by name. Codes depend on which thread came first, so they are exchanged for indices.
    pub fn settle(self, published: &[String]) -> Result<Lines, TooManyLines> {
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

/// The lines in their lasting order.
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

    /// The lasting index of a line's code.
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
        let lines = names.settle(&["Cafe".to_owned(), "Closed".to_owned()]).unwrap();
        assert_eq!(lines.names(), ["Cafe", "Closed", "Bakery", "Zoo"]);
        assert_eq!([0, 1, 2].map(|code| lines.index(code)), [3, 0, 2]);
    }

    #[test]
    fn a_column_that_is_no_line_is_found_out() {
        let names = LineNames::default();
        let last = (0..=MAX_LINES).map(|number| names.code(&number.to_string())).last();
        assert_eq!(last, Some(Err(TooManyLines)));
    }
}
