//! Table formats whose folders contain Parquet files that are not all part of the table: files of older
//! versions and of deleted rows stay there until they are cleaned up.

use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::selection::is_hidden;

/// A table format that is recognised, but not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TableFormat {
    /// Delta Lake.
    Delta,
    /// Apache Hudi.
    Hudi,
    /// Apache Iceberg.
    Iceberg,
}

impl fmt::Display for TableFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Delta => "a Delta",
            Self::Hudi => "a Hudi",
            Self::Iceberg => "an Iceberg",
        })
    }
}

/// The folder of each format that contains its log or its metadata.
pub(super) const MARKER_FOLDERS: [(TableFormat, &str); 3] = [
    (TableFormat::Delta, "_delta_log"),
    (TableFormat::Hudi, ".hoodie"),
    (TableFormat::Iceberg, "metadata"),
];

/// A file that Hudi writes into each partition.
const HUDI_PARTITION_FILE: &str = ".hoodie_partition_metadata";

/// The folder of an Iceberg table that contains its data files.
const ICEBERG_DATA_FOLDER: &str = "data";

impl TableFormat {
    /// Whether a file of the marker folder proves that the folder belongs to the format.
    pub(super) fn is_marker(self, name: &str) -> bool {
        match self {
            Self::Delta => {
                Path::new(name).extension().is_some_and(|extension| extension == "json")
                    || name.contains(".checkpoint.")
                    || name == "_last_checkpoint"
            }
            Self::Hudi => true,
            Self::Iceberg => name.contains(".metadata.json"),
        }
    }

    /// The format of the table that a key of a store belongs to, and the key of the table's folder.
    pub(super) fn of_key(key: &str) -> Option<(Self, &str)> {
        let mut start = 0;
        for part in key.split('/') {
            let (table, end) = (key[..start].trim_end_matches('/'), start + part.len());
            let below = key.get(end + 1..);
            if part == HUDI_PARTITION_FILE && below.is_none() {
                return Some((Self::Hudi, table));
            }
            let first = below.map(|below| below.split('/').next().unwrap_or(below));
            let marked = MARKER_FOLDERS.into_iter().find(|(format, folder)| {
                part == *folder && first.is_some_and(|name| format.is_marker(name))
            });
            if let Some((format, _)) = marked {
                return Some((format, table));
            }
            start = end + 1;
        }
        None
    }

    /// The format of the table in a local folder.
    pub(super) fn of_folder(folder: &Path) -> io::Result<Option<Self>> {
        for (format, marker) in MARKER_FOLDERS {
            if has_marker(&folder.join(marker), format)? {
                return Ok(Some(format));
            }
        }
        let is_hudi_partition = folder.join(HUDI_PARTITION_FILE).try_exists()?;
        Ok(is_hudi_partition.then_some(Self::Hudi))
    }

    /// The format and folder of the table that contains a local file or folder, as far as its parents can be
    /// read. The path has no links.
    pub(super) fn around(path: &Path) -> Option<(Self, PathBuf)> {
        let mut below = path;
        while let (Some(folder), Some(name)) = (below.parent(), below.file_name()) {
            let name = name.to_string_lossy();
            if !is_in_table(&name) {
                return None;
            }
            let format = Self::of_folder(folder).ok().flatten();
            if let Some(format) = format.filter(|format| format.contains(&name)) {
                return Some((format, folder.to_owned()));
            }
            below = folder;
        }
        None
    }

    /// Whether a file or folder next to the metadata may contain data files. A folder `metadata` is no
    /// proof, so other folders than `data` next to it may be independent of it.
    pub(super) fn contains(self, name: &str) -> bool {
        self != Self::Iceberg || name == ICEBERG_DATA_FOLDER
    }
}

/// Whether a part of a path can be inside a table: hidden folders are not, except partitions.
pub(super) fn is_in_table(part: &str) -> bool {
    !is_hidden(part) || part.contains('=')
}

fn has_marker(folder: &Path, format: TableFormat) -> io::Result<bool> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) => {
            return match error.kind() {
                io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => Ok(false),
                _ => Err(error),
            };
        }
    };
    for entry in entries {
        if format.is_marker(&entry?.file_name().to_string_lossy()) {
            return Ok(true);
        }
    }
    Ok(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLES: [(&str, TableFormat, &str); 9] = [
        ("_delta_log/00000000000000000000.json", TableFormat::Delta, ""),
        ("a/t/_delta_log/00000000000000000010.checkpoint.parquet", TableFormat::Delta, "a/t"),
        ("t/_delta_log/_last_checkpoint", TableFormat::Delta, "t"),
        ("t/metadata/v1.metadata.json", TableFormat::Iceberg, "t"),
        ("metadata/00001-a.metadata.json", TableFormat::Iceberg, ""),
        ("a/b/metadata/v2.gz.metadata.json", TableFormat::Iceberg, "a/b"),
        (".hoodie/hoodie.properties", TableFormat::Hudi, ""),
        ("t/.hoodie/20261101.commit", TableFormat::Hudi, "t"),
        ("t/day=1/.hoodie_partition_metadata", TableFormat::Hudi, "t/day=1"),
    ];

    const OTHERS: [&str; 6] = [
        "_delta_log/part-0.parquet",
        "_delta_log",
        "metadata/readme.json",
        "metadata.json",
        "x_delta_log/0.json",
        "part-0.parquet",
    ];

    #[test]
    fn tables_are_recognised_by_keys() {
        for (key, format, table) in TABLES {
            assert_eq!(TableFormat::of_key(key), Some((format, table)), "{key}");
        }
        for key in OTHERS {
            assert_eq!(TableFormat::of_key(key), None, "{key}");
        }
    }

    fn write(root: &Path, name: &str) {
        let path = root.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, "{}").unwrap();
    }

    #[test]
    fn tables_are_recognised_by_folders() {
        for (name, format, table) in TABLES {
            let root = tempfile::tempdir().unwrap();
            write(root.path(), name);
            let folder = root.path().join(table);
            assert_eq!(TableFormat::of_folder(&folder).unwrap(), Some(format), "{name}");
        }
        for name in OTHERS {
            let root = tempfile::tempdir().unwrap();
            write(root.path(), name);
            assert_eq!(TableFormat::of_folder(root.path()).unwrap(), None, "{name}");
        }
    }

    #[test]
    fn a_table_around_a_file_or_folder_is_recognised() {
        let root = tempfile::tempdir().unwrap();
        for name in [
            "delta/_delta_log/0.json",
            "iceberg/metadata/v1.metadata.json",
            "hudi/.hoodie/hoodie.properties",
        ] {
            write(root.path(), name);
        }
        let around =
            |name: &str| TableFormat::around(&root.path().join(name)).map(|(format, _)| format);
        for (name, format) in [
            ("delta/day=1", Some(TableFormat::Delta)),
            ("delta/_day=1/part-0.parquet", Some(TableFormat::Delta)),
            ("delta/a.parquet", Some(TableFormat::Delta)),
            ("iceberg/data/day=1", Some(TableFormat::Iceberg)),
            ("hudi/2026/11/a.parquet", Some(TableFormat::Hudi)),
            ("delta/_export/part-0.parquet", None),
            ("iceberg/orders", None),
            ("other/day=1", None),
        ] {
            assert_eq!(around(name), format, "{name}");
        }
    }
}
