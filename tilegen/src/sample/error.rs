//! Why no sample was written.

use std::path::{Path, PathBuf};

use jiff::civil::Date;

/// Why no sample was written.
#[derive(Debug, thiserror::Error)]
pub enum SampleError {
    /// Nothing is overwritten: a day left over from another sample would be read with this one.
    #[error("{path} is already there: choose another directory or remove it")]
    Taken {
        /// What is in the way.
        path: PathBuf,
    },
    /// The days cannot be counted back from the last one.
    #[error("{days} days that end on {last_day} are outside the calendar")]
    Days {
        /// The newest day.
        last_day: Date,
        /// Days asked for.
        days: u16,
        /// What the calendar says.
        source: jiff::Error,
    },
    /// A sample has at least one day.
    #[error("a sample of 0 days was asked for; the least is 1")]
    NoDays,
    /// The machine has no time zone database.
    #[error("time zone {name} is not known on this machine")]
    TimeZone {
        /// The zone looked for.
        name: &'static str,
        /// What the database says.
        source: jiff::Error,
    },
    /// A file or directory could not be written.
    #[error("could not write {path}")]
    Io {
        /// The file or directory.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// A parquet file could not be written.
    #[error("could not write parquet {path}")]
    Parquet {
        /// The file.
        path: PathBuf,
        /// What the writer says.
        source: parquet::errors::ParquetError,
    },
    /// A CSV file could not be written.
    #[error("could not write CSV {path}")]
    Csv {
        /// The file.
        path: PathBuf,
        /// What the writer says.
        source: csv::Error,
    },
    /// A shapefile could not be written.
    #[error("could not write shapefile {path}")]
    Shapefile {
        /// The file without its extension.
        path: PathBuf,
        /// What the writer says.
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
