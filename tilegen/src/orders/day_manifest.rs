//! The day manifest: which file has the orders of a day, and what was checked before it was named.
//!
//! `tilegen fetch orders` writes `orders/date=D/part-{digest}.parquet` first, and `_day.json` next to it last. A
//! corrected day is another file, and the manifest is replaced in one step, so a reader finds either all of the old
//! orders or all of the new ones.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// Name of the manifest in the folder of its day.
pub const DAY_MANIFEST: &str = "_day.json";

/// Version of the format.
const FORMAT: u32 = 1;

/// The current orders of one day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DayManifest {
    format: u32,
    /// The local day.
    pub date: Date,
    /// Name of the file in the same folder.
    pub file: String,
    /// Rows in the file.
    pub rows: u64,
    /// Length of the file in bytes.
    pub bytes: u64,
    /// Rows that the source counted itself; `None` if no such count is configured.
    pub source_rows: Option<u64>,
    /// Columns of the file with their Arrow types, in order.
    pub columns: Vec<Column>,
    /// The kind of source.
    pub source: String,
    /// When the source was asked.
    pub fetched_at: Timestamp,
}

/// A column of a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// Its Arrow type.
    #[serde(rename = "type")]
    pub data_type: String,
}

/// The bytes are not a day manifest.
#[derive(Debug, thiserror::Error)]
pub enum DayManifestError {
    /// The JSON is invalid.
    #[error("it is not valid JSON of a day manifest")]
    Json(#[from] serde_json::Error),
    /// Another version of the program wrote it.
    #[error("its format is {0}, and this version of tilegen reads format {FORMAT}")]
    Format(u32),
    /// The name of the file contains a folder.
    #[error("it names the file `{0}`, which must be a plain name of a file")]
    File(String),
}

impl DayManifest {
    /// Reads a manifest.
    pub fn parse(bytes: &[u8]) -> Result<Self, DayManifestError> {
        let manifest: Self = serde_json::from_slice(bytes)?;
        if manifest.format != FORMAT {
            return Err(DayManifestError::Format(manifest.format));
        }
        if manifest.file.is_empty() || manifest.file.contains('/') {
            return Err(DayManifestError::File(manifest.file));
        }
        Ok(manifest)
    }

    /// A manifest for a file whose rows were all checked.
    #[must_use]
    pub fn new(date: Date, file: CheckedFile, source: &str, fetched_at: Timestamp) -> Self {
        let CheckedFile { name, rows, bytes, source_rows, columns } = file;
        let source = source.to_owned();
        Self {
            format: FORMAT,
            date,
            file: name,
            rows,
            bytes,
            source_rows,
            columns,
            source,
            fetched_at,
        }
    }
}

/// A file of a day, after its rows were checked.
pub struct CheckedFile {
    /// Name of the file.
    pub name: String,
    /// Rows in the file.
    pub rows: u64,
    /// Length of the file in bytes.
    pub bytes: u64,
    /// Rows that the source counted.
    pub source_rows: Option<u64>,
    /// Columns with their Arrow types.
    pub columns: Vec<Column>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manifest() -> DayManifest {
        let file = CheckedFile {
            name: "part-0.parquet".into(),
            rows: 2,
            bytes: 9,
            source_rows: Some(2),
            columns: vec![Column { name: "order_id".into(), data_type: "Int64".into() }],
        };
        DayManifest::new(Date::constant(2026, 11, 22), file, "postgresql", Timestamp::UNIX_EPOCH)
    }

    #[test]
    fn a_manifest_is_read_as_it_was_written() {
        let bytes = serde_json::to_vec(&manifest()).unwrap();
        assert_eq!(DayManifest::parse(&bytes).unwrap(), manifest());
    }

    #[test]
    fn another_format_and_another_folder_are_refused() {
        let mut value = serde_json::to_value(manifest()).unwrap();
        value["format"] = 2.into();
        let error = DayManifest::parse(value.to_string().as_bytes()).unwrap_err();
        assert!(matches!(error, DayManifestError::Format(2)), "{error}");
        value["format"] = 1.into();
        for file in ["", "../part-0.parquet"] {
            value["file"] = file.into();
            let error = DayManifest::parse(value.to_string().as_bytes()).unwrap_err();
            assert!(matches!(error, DayManifestError::File(_)), "{error}");
        }
        let cut = &serde_json::to_vec(&manifest()).unwrap()[..20];
        assert!(matches!(DayManifest::parse(cut), Err(DayManifestError::Json(_))));
    }
}
