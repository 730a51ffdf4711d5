//! Days on which fewer orders are expected, as a manifest lists them for the page.

use jiff::civil::Date;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

/// Consecutive days on which fewer orders are expected.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Holiday {
    /// First day.
    pub from: Date,
    /// Last day.
    pub to: Date,
    /// The occasion, such as `nowruz`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

/// Reads a list of holidays. They only explain the map, so a list of another form is empty.
pub(super) fn listed_or_none<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Vec<Holiday>, D::Error> {
    let listed = Value::deserialize(deserializer)?;
    Ok(serde_json::from_value(listed).unwrap_or_default())
}
