//! The columns of the counts of a cell.

/// The columns of a cell's counts: all vendors, then one for each line, then one for each grade.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CountColumns {
    pub(super) lines: usize,
    pub(super) grades: usize,
}

impl CountColumns {
    /// The columns for numbers of business lines and grades.
    #[must_use]
    pub const fn new(lines: usize, grades: usize) -> Self {
        Self { lines, grades }
    }

    /// Number of business lines.
    #[must_use]
    pub const fn lines(self) -> usize {
        self.lines
    }

    /// Number of columns.
    #[must_use]
    pub const fn count(self) -> usize {
        1 + self.lines + self.grades
    }

    /// The column of a line.
    #[must_use]
    pub const fn line(self, line: usize) -> usize {
        1 + line
    }

    /// The column of a grade.
    #[must_use]
    pub const fn grade(self, grade: usize) -> usize {
        1 + self.lines + grade
    }
}
