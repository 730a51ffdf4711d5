//! Small types that every other room may use.
//!
//! `document` is a body in each of its `content_encoding`s, and `surrogate_keys` name what a response
//! is made from. `reloaded` is a value that is read again when its files change. `map_facts` is what a manifest says
//! about its layers, and `random` makes the numbers that need not repeat.

pub mod content_encoding;
pub mod document;
pub mod map_facts;
pub mod random;
pub mod reloaded;
pub mod surrogate_keys;
