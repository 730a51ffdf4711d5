//! People who logged in.

/// A person who logged in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// Their name at the identity provider, such as an e-mail address.
    pub name: String,
    /// Their groups.
    pub groups: Vec<String>,
}

/// Longest name of a person or a group, in bytes.
const MAX_NAME: usize = 256;

/// Whether this can be the name of a person or a group.
pub(super) fn is_name(name: &str) -> bool {
    (1..=MAX_NAME).contains(&name.len()) && !name.chars().any(char::is_control)
}
