//! The day manifest: which file has the orders of a day, and what was checked before it was named.
//!
//! `tilegen fetch orders` writes `orders/date=D/part-{digest}.parquet` first, and `_day.json` next to it last. A
//! corrected day is another file, and the manifest is replaced in one step, so a reader finds either all of the old
//! orders or all of the new ones.

use std::collections::BTreeSet;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::store::{Store, StoreError, local_path};

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

/// Days whose level a build may still have to check.
const RECENT_DAYS: usize = 7;

/// The recent days before `today` whose file has as many rows as the source counted itself. Order files that are named
/// one by one have no days.
///
/// # Errors
/// If the store cannot be read. A damaged manifest is none here; reading the orders reports it.
pub fn complete_days(orders: &str, today: Date) -> Result<BTreeSet<Date>, StoreError> {
    let is_file = match local_path(orders) {
        Some(path) => !path.is_dir(),
        None => orders.ends_with(".parquet"),
    };
    if is_file {
        return Ok(BTreeSet::new());
    }
    let store = Store::open(orders, false)?;
    let mut complete = BTreeSet::new();
    let days = std::iter::successors(today.yesterday().ok(), |day| day.yesterday().ok());
    for day in days.take(RECENT_DAYS) {
        let bytes = match store.get(&format!("date={day}/{DAY_MANIFEST}")) {
            Ok(bytes) => bytes,
            Err(error) if error.is_not_found() => continue,
            Err(error) => return Err(error),
        };
        let manifest = DayManifest::parse(&bytes).ok();
        if manifest.is_some_and(|manifest| manifest.source_rows == Some(manifest.rows)) {
            complete.insert(day);
        }
    }
    Ok(complete)
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

    #[test]
    fn a_day_is_complete_if_the_source_counted_as_many_rows() {
        let folder = tempfile::tempdir().unwrap();
        let manifest = manifest();
        for (day, rows, source_rows) in
            [(22, 2, Some(2)), (21, 0, Some(0)), (20, 2, None), (19, 2, Some(3)), (10, 2, Some(2))]
        {
            let day = Date::constant(2026, 11, day);
            let manifest = DayManifest { date: day, rows, source_rows, ..manifest.clone() };
            let of_day = folder.path().join(format!("date={day}"));
            std::fs::create_dir(&of_day).unwrap();
            let json = serde_json::to_vec(&manifest).unwrap();
            std::fs::write(of_day.join(DAY_MANIFEST), json).unwrap();
        }
        let today = Date::constant(2026, 11, 23);
        let days = complete_days(folder.path().to_str().unwrap(), today).unwrap();
        assert_eq!(days, [21, 22].map(|day| Date::constant(2026, 11, day)).into());
        let file = folder.path().join("a.parquet");
        assert_eq!(complete_days(file.to_str().unwrap(), today).unwrap(), BTreeSet::new());
    }
}
