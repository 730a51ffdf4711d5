//! Order files: finds Parquet files, opens them and reads one row group at a time.
//!
//! `find` lists the files at an address: `local_files` and `stored_files` search folders and stores by the
//! rule in `selection`, `current` leaves out replaced files of a day, `table_format` recognises tables that are not plain files, and `skipped` counts
//! what is not read. `order_file` opens a file and reads its row groups, `schema` checks its columns,
//! `times` reads the time range of a row group, `chunks` reads bytes, and `decode` chooses how many rows
//! to decode at once.

mod chunks;
mod column_key;
mod copies;
mod current;
mod decode;
mod error;
mod find;
mod local_files;
mod location;
mod order_file;
mod schema;
mod selection;
mod skipped;
mod stored_files;
mod table_format;
mod times;

pub use column_key::ColumnKey;
pub use error::{NothingFound, SourceError};
pub use order_file::{Batches, OrderFile, OrderFiles, RowGroup};
pub(crate) use order_file::{open_bytes, open_orders};
pub use skipped::{SkipReason, SkippedFiles, SkippedNames};
pub use table_format::TableFormat;
pub use times::{RowGroupTimes, micros_per_unit};
