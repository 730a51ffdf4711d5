//! Order files: found, read, validated and sorted.
//!
//! Read `read` first: it goes from files to valid orders without duplicates. `source` opens Parquet
//! files, `validate` turns rows into orders or counts them in `rejects`, `order` is an order packed
//! into 64 bits, and `sort` partitions, spills and sorts them. `calendar` and `window` say which
//! days count, `lines` numbers business lines.

pub mod calendar;
pub mod lines;
pub mod order;
pub mod read;
pub mod rejects;
pub mod sort;
pub mod source;
pub mod validate;
pub mod window;
