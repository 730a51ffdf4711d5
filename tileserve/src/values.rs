//! Small types that every other room may use.
//!
//! `document` is a body in each of its `content_encoding`s, and `surrogate_keys` name what a response
//! is made from. `reloaded` is a value that is read again when its files change. `archive_age` says how old an
//! archive is, and `random` makes the numbers that need not repeat.

pub mod archive_age;
pub mod content_encoding;
pub mod document;
pub mod random;
pub mod reloaded;
pub mod surrogate_keys;
