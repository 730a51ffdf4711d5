//! Orders: finds and reads order files, validates their rows and sorts them.
//!
//! Start with `dataset`, which finds the days of the files, and `read`, which goes from files to valid
//! orders without duplicates. `checks` says whether a map may be built from them. `source` opens
//! Parquet files, `validate` turns rows into orders or counts them in `rejects`, `order` packs an
//! order into 64 bits, and `sort` partitions, spills, deduplicates and sorts orders. `calendar` and
//! `window` define which days count, `day_counts` counts rows by day and city, `lines` numbers the
//! business lines, and `memory` divides the memory limit. `day_manifest` names the current file of a
//! fetched day, and `fetched` checks that file before it is named.

pub mod calendar;
mod checks;
pub(crate) mod dataset;
pub mod day_counts;
pub mod day_manifest;
mod fetched;
pub mod lines;
pub mod memory;
pub mod order;
pub mod read;
pub mod rejects;
pub mod sort;
pub mod source;
pub mod validate;
pub mod window;

pub use fetched::check_day_file;
