//! Slots: the stable names of the variants of a layer, such as `30d`.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::text::Quoted;

/// The name of a slot: `30d`, `all`, `2026-10`, `now`. It has 1 to 32 lower-case letters, digits and
/// hyphens, with no hyphen at either end, so that it is safe in URLs and object keys.
///
/// ```
/// use tilecore::Slot;
///
/// assert_eq!("30d".parse::<Slot>()?.to_string(), "30d");
/// assert!("../30d".parse::<Slot>().is_err());
/// # Ok::<(), tilecore::SlotError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Slot(String);

/// The text is not a slot name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{} is not a slot name of 1 to 32 lower-case letters, digits and inner hyphens", Quoted(.0))]
pub struct SlotError(String);

/// Whether a text is safe as a part of an object key, such as the name of a layer or slot.
pub(crate) fn is_plain_name(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    let has_outer_hyphen = text.starts_with('-') || text.ends_with('-');
    (1..=32).contains(&text.len()) && !has_outer_hyphen && text.bytes().all(plain)
}

impl Slot {
    /// The slot of layers without a time window, `now`.
    ///
    /// ```
    /// assert_eq!(tilecore::Slot::now().as_str(), "now");
    /// ```
    #[must_use]
    pub fn now() -> Self {
        Self("now".to_owned())
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Slot {
    type Err = SlotError;

    fn from_str(text: &str) -> Result<Self, SlotError> {
        if is_plain_name(text) {
            Ok(Self(text.to_owned()))
        } else {
            Err(SlotError(text.to_owned()))
        }
    }
}

impl TryFrom<String> for Slot {
    type Error = SlotError;

    fn try_from(text: String) -> Result<Self, SlotError> {
        text.parse()
    }
}

impl From<Slot> for String {
    fn from(slot: Slot) -> Self {
        slot.0
    }
}

impl fmt::Display for Slot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
