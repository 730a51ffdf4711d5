//! Archives, tables and manifests: written to the store, read back, verified and listed.
//!
//! Read `objects` first: it writes archives and tables under their digests and verifies them.
//! Then `newest`, which finds the newest manifest, and `manifest`, which lists them under the next
//! number, unless a `hold` forbids it. `guards` compare the counts of a build with those of the last one
//! before that. `public_window` records which days a public layer has published. `verify` checks an archive
//! against its own metadata; `lease` and `rebuild_requests` coordinate runs that share a store, and
//! `audit` says what public archives prove about few people, and `run_record` how the last run of a command ended.

pub mod audit;
mod error;
pub mod feature_layer;
pub mod guards;
pub mod hold;
pub mod lease;
pub mod lineage;
mod manifest;
mod merge;
mod newest;
mod objects;
mod output_error;
pub mod public_window;
pub mod rebuild_requests;
pub mod run_record;
pub mod verify;

pub use error::PublishError;
pub(crate) use manifest::publish_next;
pub use manifest::{GuardRecord, Update, publish};
pub use merge::SlotName;
pub(crate) use newest::damaged_manifests;
pub use newest::{Newest, find_hold, find_newest, newest_manifest, read_manifest};
pub use objects::{NewTable, Provenance, StoredArchive, store_archive, store_table};
pub(crate) use objects::{first_missing, store_report, table_digest};
pub use output_error::OutputError;
