//! Why a sample could not be written.

use std::path::{Path, PathBuf};

use jiff::civil::Date;

/// Why a sample could not be written.
#[derive(Debug, thiserror::Error)]
pub enum SampleError {
    /// The output exists. Nothing is overwritten, because leftover days of another sample would be read
    /// together with this one.
    #[error("{path} already exists: choose another folder, or remove it")]
    AlreadyExists {
        /// The existing file or folder.
        path: PathBuf,
    },
    /// The days cannot be counted back from the last one.
    #[error(
        "{days} days up to {last_day} are outside the calendar; use fewer days or a later last day"
    )]
    Days {
        /// The last day.
        last_day: Date,
        /// The number of days.
        days: u16,
        /// Cause.
        source: jiff::Error,
    },
    /// A sample has at least one day.
    #[error("a sample of 0 days was requested; the minimum is 1")]
    NoDays,
    /// The machine has no time zone database.
    #[error("time zone {name} is not in the IANA time zone database of this machine")]
    TimeZone {
        /// The time zone.
        name: &'static str,
        /// Cause.
        source: jiff::Error,
    },
    /// A file or folder could not be written.
    #[error("could not write {path}")]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// Cause.
        source: std::io::Error,
    },
    /// A Parquet file could not be written.
    #[error("could not write the Parquet file {path}")]
    Parquet {
        /// The file.
        path: PathBuf,
        /// Cause.
        source: parquet::errors::ParquetError,
    },
    /// A CSV file could not be written.
    #[error("could not write the CSV file {path}")]
    Csv {
        /// The file.
        path: PathBuf,
        /// Cause.
        source: csv::Error,
    },
    /// A shapefile could not be written.
    #[error("could not write the shapefile {path}")]
    Shapefile {
        /// The file without its extension.
        path: PathBuf,
        /// Cause.
        source: shapefile::Error,
    },
}

impl SampleError {
    pub(super) fn io(path: &Path, source: std::io::Error) -> Self {
        Self::Io { path: path.to_owned(), source }
    }

    pub(super) fn parquet(path: &Path, source: parquet::errors::ParquetError) -> Self {
        Self::Parquet { path: path.to_owned(), source }
    }

    pub(super) fn csv(path: &Path, source: csv::Error) -> Self {
        Self::Csv { path: path.to_owned(), source }
    }

    pub(super) fn shapefile(path: &Path, source: shapefile::Error) -> Self {
        Self::Shapefile { path: path.to_owned(), source }
    }
}
