//! The name of a table.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::slot::is_plain_name;

/// The name of a table: one or two segments, such as `options` or `vendors/tehran`.
///
/// ```
/// use tilecore::manifest::TableName;
///
/// assert_eq!("vendors/tehran".parse::<TableName>()?.as_str(), "vendors/tehran");
/// assert!("vendors/../tehran".parse::<TableName>().is_err());
/// # Ok::<(), tilecore::manifest::TableNameError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TableName(String);

/// The text is not a table name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is not a table name of one or two segments of lower-case letters, digits and hyphens"
)]
pub struct TableNameError(String);

impl TableName {
    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for TableName {
    type Err = TableNameError;

    fn from_str(text: &str) -> Result<Self, TableNameError> {
        let parts: Vec<&str> = text.split('/').collect();
        if parts.len() <= 2 && parts.iter().all(|part| is_plain_name(part)) {
            Ok(Self(text.to_owned()))
        } else {
            Err(TableNameError(text.to_owned()))
        }
    }
}

impl TryFrom<String> for TableName {
    type Error = TableNameError;

    fn try_from(text: String) -> Result<Self, TableNameError> {
        text.parse()
    }
}

impl From<TableName> for String {
    fn from(name: TableName) -> Self {
        name.0
    }
}

impl std::fmt::Display for TableName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_name_stays_inside_its_folder() {
        for name in ["", "/", "a/", "/a", "a/b/c", "../a", "a/..", "A", "a b", "a//b", "-a", "a@b"]
        {
            assert!(name.parse::<TableName>().is_err(), "{name}");
        }
        for name in ["options", "coverage-grid/tehran", "vendors/city-2"] {
            assert_eq!(name.parse::<TableName>().map(String::from), Ok(name.to_owned()));
        }
    }
}
