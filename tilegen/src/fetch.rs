//! Fetches inputs from the systems that have them, and writes the layouts that builds read.
//!
//! Start with [`orders`]: it decides which days to fetch, asks the source for each, checks what came, and only then
//! names the file in the manifest of its day. [`vendors`] asks several sources and joins their rows, and [`objects`]
//! copies files. `check` shows what the sources would deliver. `source` asks a system, again after a failure that may
//! pass. `part` writes its rows as Parquet into a temporary file, `day_store` knows the days that are there, `window` is
//! one local day as instants, and `error` says why a source did not deliver. [`erase`]
//! removes people from the files of the days, and [`retire`] deletes old days.

pub mod check;
mod day_store;
pub mod erase;
mod error;
pub mod objects;
pub mod orders;
mod part;
pub mod retire;
mod source;
pub mod vendors;
mod window;

pub use day_store::DayStoreError;
pub use error::QueryError;
pub use part::PartError;
