//! Fetches inputs from the systems that have them, and writes the layouts that builds read.
//!
//! Start with [`orders`]: it decides which days to fetch, asks the source for each, checks what came, and only then
//! names the file in the manifest of its day. `source` asks again after a failure that may pass, `postgres`,
//! `clickhouse` and `metabase` are the kinds of sources, `http` is what the last two have in common, `part` writes the rows as Parquet into a temporary file, and `day_store` knows the days that are there.
//! `window` is one local day as instants, `deadline` limits the time of a request, and `error` says why a source did
//! not deliver.

mod clickhouse;
mod day_store;
mod deadline;
mod error;
mod http;
mod metabase;
pub mod orders;
mod part;
mod postgres;
mod source;
mod window;

pub use day_store::DayStoreError;
pub use error::QueryError;
pub use part::PartError;
