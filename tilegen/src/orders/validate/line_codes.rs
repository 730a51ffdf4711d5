//! The lines of the rows of a batch: names are cleaned, checked and numbered.

use tilecore::text::identity;

use super::batch::OrderBatch;
use crate::files::{clean_name, is_too_long};
use crate::orders::lines::{LineCode, LineNames, TooManyLines};
use crate::orders::rejects::RejectReason;

/// The line codes of the names in one batch. A name is looked up on first use.
pub(super) struct LineCodes<'a> {
    names: &'a LineNames,
    /// The names that are allowed; empty if all are.
    known: &'a [String],
    by_name: Vec<NameCode>,
    /// Rows whose name lost characters.
    cleaned_rows: u64,
}

#[derive(Clone, Copy)]
enum NameCode {
    Unresolved,
    Invalid(RejectReason),
    Line { code: LineCode, is_cleaned: bool },
}

impl<'a> LineCodes<'a> {
    pub(super) const fn new(names: &'a LineNames, known: &'a [String]) -> Self {
        Self { names, known, by_name: Vec::new(), cleaned_rows: 0 }
    }

    pub(super) fn start_batch(&mut self, columns: &OrderBatch) {
        self.by_name.clear();
        self.by_name.resize(columns.line_name_count(), NameCode::Unresolved);
    }

    /// The line code of a row, or why the row has no line.
    #[inline]
    pub(super) fn code(
        &mut self,
        columns: &OrderBatch,
        row: usize,
    ) -> Result<Result<LineCode, RejectReason>, TooManyLines> {
        let Some(number) = columns.line(row) else { return Ok(Err(RejectReason::LineMissing)) };
        match self.by_name[number] {
            NameCode::Line { code, is_cleaned } => {
                self.cleaned_rows += u64::from(is_cleaned);
                Ok(Ok(code))
            }
            NameCode::Invalid(reason) => Ok(Err(reason)),
            NameCode::Unresolved => {
                self.by_name[number] = self.resolve(columns.line_name(number))?;
                self.code(columns, row)
            }
        }
    }

    /// Rows whose name lost control characters or marks that reorder text, since the last call.
    pub(super) fn take_cleaned_rows(&mut self) -> u64 {
        std::mem::take(&mut self.cleaned_rows)
    }

    fn resolve(&self, written: &str) -> Result<NameCode, TooManyLines> {
        let trimmed = identity(written);
        let cleaned = clean_name(trimmed);
        let name = identity(&cleaned);
        Ok(if name.is_empty() {
            NameCode::Invalid(RejectReason::LineMissing)
        } else if is_too_long(name) {
            NameCode::Invalid(RejectReason::LineTooLong)
        } else if !self.known.is_empty() && self.known.iter().all(|known| known != name) {
            NameCode::Invalid(RejectReason::LineUnknown)
        } else {
            NameCode::Line { code: self.names.code(name)?, is_cleaned: *cleaned != *trimmed }
        })
    }
}
