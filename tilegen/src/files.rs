//! What all input files have in common: their modification time, their encoding, the types of their
//! columns, the numbers, flags, codes and names in them, and the checks of Parquet files.
//!
//! Every reader of a text or Parquet file uses these functions, so a value means the same in every file.

mod city_key;
pub(crate) mod column_type;
mod csv_text;
mod encoding;
mod folder;
mod json_object;
mod modified;
mod name;
mod parquet;
mod regular;
mod unreadable;
mod value;

pub(crate) use city_key::{city_of_file, is_skipped};
pub use csv_text::CsvError;
pub(crate) use csv_text::{check_repeated, csv_columns, csv_text};
pub(crate) use encoding::utf8_text;
pub use encoding::{EncodingError, Separator};
pub use folder::UnreadFiles;
pub(crate) use folder::{FolderFiles, companion, extension};
pub(crate) use json_object::JsonObject;
pub use modified::ModifiedInFuture;
pub(crate) use modified::{check_modified, modified_at};
pub(crate) use name::{MAX_NAME_CHARS, clean_name, has_invisible, is_too_long, short_name};
pub use parquet::DamagedParquet;
pub(crate) use parquet::{
    ChunkPages, Expansion, MAX_VALUE_BYTES, check_footer, check_nesting, footer_len, guarded,
    longest_value, scan_pages,
};
pub(crate) use regular::read_file;
pub use unreadable::Unreadable;
pub(crate) use value::{canonical_code, parse_flag, parse_number, parse_ungrouped};
