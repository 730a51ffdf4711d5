//! Parquet files of orders: found, opened, and read one row group at a time.
//!
//! `find` lists the files at an address, `order_file` opens one and reads its row groups, `schema`
//! checks its columns, `times` reads a row group's times from the footer, and `chunks` reads bytes.

mod chunks;
mod error;
mod find;
mod order_file;
mod schema;
mod times;

pub use error::SourceError;
pub use order_file::{Batches, OrderFile, RowGroup, open_orders};
pub use times::{RowGroupTimes, micros_per_unit};
