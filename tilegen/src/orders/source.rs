//! Order files: finds Parquet files, opens them and reads one row group at a time.
//!
//! `find` lists the files at an address, `order_file` opens one and reads its row groups, `schema`
//! checks its columns, `times` reads the time range of a row group, `chunks` reads bytes, and `decode` chooses
//! how many rows to decode at once.

mod chunks;
mod decode;
mod error;
mod find;
mod order_file;
mod schema;
mod times;

pub use error::SourceError;
pub use order_file::{Batches, OrderFile, RowGroup};
pub(crate) use order_file::{open_bytes, open_orders};
pub use times::{RowGroupTimes, micros_per_unit};
