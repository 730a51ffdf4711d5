//! A row of a vendor file, and the columns that it has.

use std::fmt;

use tilecore::text::identity;

use crate::config::{ColumnNames, VENDOR_COLUMNS};
use crate::files::check_repeated;
use crate::vendors::snapshot::error::SnapshotError;

/// Every column that is read, required columns first. Other columns are ignored.
pub(crate) const COLUMNS: [&str; VENDOR_COLUMNS.len()] = VENDOR_COLUMNS;

/// The number of required columns.
const REQUIRED: usize = 8;

/// The column of the code, which identifies a vendor.
pub(crate) const CODE: &str = "vendor_code";

/// Text columns in addition to the code. The other columns contain numbers or flags.
pub(crate) const TEXT_COLUMNS: [&str; 3] = ["business_line", "vendor_name", "vendor_source"];

/// One value of a row.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum FieldValue<'a> {
    Null,
    Text(&'a str),
    Number(f64),
    Bool(bool),
}

impl fmt::Display for FieldValue<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => Ok(()),
            Self::Text(text) => f.write_str(text),
            Self::Number(number) => number.fmt(f),
            Self::Bool(flag) => flag.fmt(f),
        }
    }
}

/// A row, in the order of [`COLUMNS`], and where it is.
pub(crate) struct VendorRow<'a> {
    pub(crate) place: RowPlace,
    pub(crate) values: [FieldValue<'a>; COLUMNS.len()],
}

/// Where a row is in its file.
#[derive(Clone, Copy, Debug)]
pub(crate) enum RowPlace {
    /// A line of a text file, from 1.
    Line(u64),
    /// A row of a Parquet file, from 1.
    Row(u64),
}

impl fmt::Display for RowPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Line(line) => write!(f, "line {line}"),
            Self::Row(row) => write!(f, "row {row}"),
        }
    }
}

/// A vendor file: its name, and the names of its columns.
#[derive(Clone, Copy)]
pub(crate) struct VendorFile<'a> {
    pub(crate) name: &'a str,
    pub(crate) columns: &'a ColumnNames,
}

/// Receives each row of a file.
pub(crate) type RowHandler<'t> = &'t mut dyn FnMut(&VendorRow<'_>) -> Result<(), SnapshotError>;

/// The decimal text of a float without a fraction. Above 2⁵³ a float does not hold every whole number.
pub(crate) fn whole_code(value: f64) -> Option<String> {
    const MAX: f64 = 9_007_199_254_740_992.0;
    (value.fract() == 0.0 && value.abs() <= MAX).then(|| (value as i64).to_string())
}

pub(crate) fn is_text(column: &str) -> bool {
    column == CODE || TEXT_COLUMNS.contains(&column)
}

impl VendorFile<'_> {
    /// The index of each column in the file.
    pub(crate) fn column_indices(
        self,
        found: &[&str],
    ) -> Result<[Option<usize>; COLUMNS.len()], SnapshotError> {
        let read = COLUMNS.map(|column| self.columns.of(column));
        let is_read = |name: &&str| read.contains(name);
        check_repeated(self.name, found.iter().copied().filter(is_read))?;
        let index = |column| found.iter().position(|&found| found == self.columns.of(column));
        let column_indices = COLUMNS.map(index);
        match COLUMNS[..REQUIRED].iter().zip(column_indices).find(|(_, place)| place.is_none()) {
            None => Ok(column_indices),
            Some((column, _)) => Err(SnapshotError::MissingColumn {
                name: self.name.to_owned(),
                section: "vendors",
                key: (*column).to_owned(),
                column: self.columns.of(column).to_owned(),
                found: found.join(", "),
            }),
        }
    }
}

pub(crate) fn is_blank(text: &str) -> bool {
    identity(text).is_empty()
}
