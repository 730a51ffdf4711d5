//! Values that could not be read: counted, and the first of them named.

use serde::Serialize;

use super::name::short_name;

/// Maximum number of values that a report names.
const MAX_EXAMPLES: usize = 20;

/// Values that could not be read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Unreadable {
    /// Number of values.
    pub values: u64,
    /// The first of them: file, row, column and value.
    pub examples: Vec<String>,
}

impl Unreadable {
    /// Counts a value. `place` is the file and the row.
    pub(crate) fn add(&mut self, place: impl FnOnce() -> String, column: &str, value: &str) {
        self.values += 1;
        if self.examples.len() < MAX_EXAMPLES {
            self.examples.push(format!("{}, column `{column}`: `{}`", place(), short_name(value)));
        }
    }

    /// Logs a warning if there are such values.
    pub(crate) fn warn(&self) {
        if self.values > 0 {
            tracing::warn!(
                values = self.values,
                examples = self.examples.join("; "),
                "values could not be read"
            );
        }
    }
}
