//! The files of a sample, one module for each kind; `writer` is what they share.

pub(super) mod areas;
pub(super) mod districts;
pub(super) mod grades;
pub(super) mod orders;
pub(super) mod snapshot;
pub(super) mod targets;
pub(super) mod writer;
