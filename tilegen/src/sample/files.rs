//! The files of a sample, one module per kind. `writer` has the functions that they share.

pub(super) mod areas;
pub(super) mod districts;
pub(super) mod grades;
pub(super) mod orders;
pub(super) mod snapshot;
pub(super) mod targets;
pub(super) mod writer;
