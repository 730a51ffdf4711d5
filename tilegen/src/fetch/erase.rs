//! Removes people from the order files of the days that `tilegen fetch orders` has written.
//!
//! A file with their rows is replaced as a corrected day is: another file, and then the manifest of the day. The old
//! file is removed at once.

use std::collections::BTreeMap;
use std::path::Path;

use arrow_array::RecordBatch;
use bytes::Bytes;
use jiff::civil::Date;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::errors::ParquetError;
use rayon::prelude::*;
use tilecore::text::parse_date;

use crate::fetch::day_store::{DayStore, DayStoreError, is_part};
use crate::fetch::part::{PartError, PartFile, PartWriter};
use crate::orders::day_manifest::DayManifest;
use crate::orders::validate::{UserIds, ValidateError};
use crate::store::StoreError;

/// Rows that are read at a time.
const BATCH_ROWS: usize = 65_536;

/// Why people could not be removed from the orders.
#[derive(Debug, thiserror::Error)]
pub enum EraseInputsError {
    /// The store of the inputs failed.
    #[error("could not use the inputs")]
    Store(#[from] StoreError),
    /// The days could not be read or written.
    #[error(transparent)]
    Days(#[from] DayStoreError),
    /// A file is not a Parquet file.
    #[error("could not read {file}")]
    Parquet {
        /// The file.
        file: String,
        /// Cause.
        #[source]
        source: ParquetError,
    },
    /// The users of a file could not be read.
    #[error("could not read the users of {file}")]
    Users {
        /// The file.
        file: String,
        /// Cause.
        #[source]
        source: ValidateError,
    },
    /// The new file of a day could not be written.
    #[error("could not write the new file of {day}")]
    Write {
        /// The day.
        day: Date,
        /// Cause.
        #[source]
        source: PartError,
    },
}

/// What a file with rows of the people is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileKind {
    /// The manifest of its day names it.
    Current,
    /// `tilegen fetch` wrote it, and another file of its day has replaced it.
    Replaced,
    /// Another program wrote it, or its day has no manifest.
    Foreign,
}

/// A file with rows of the people.
#[derive(Clone, Debug)]
pub struct FoundFile {
    /// Its day.
    pub day: Date,
    /// Its name in the folder of the day.
    pub name: String,
    /// What it is.
    pub kind: FileKind,
    /// Their rows in it.
    pub rows: u64,
    /// Where it is.
    pub address: String,
}

/// The orders of a folder or a bucket, by day.
pub struct InputDays<'a> {
    days: DayStore,
    users: &'a UserIds,
    /// The column with the ids of users.
    column: &'a str,
}

impl<'a> InputDays<'a> {
    /// The days below the address that `tilegen fetch orders --into` has written to.
    ///
    /// # Errors
    /// If the address cannot be opened.
    pub fn open(
        address: &str,
        users: &'a UserIds,
        column: &'a str,
    ) -> Result<Self, EraseInputsError> {
        Ok(Self { days: DayStore::open(address)?, users, column })
    }

    /// The files with rows of the people, by day and name.
    ///
    /// # Errors
    /// If a file or a manifest cannot be read.
    pub fn find(&self) -> Result<Vec<FoundFile>, EraseInputsError> {
        let files = self.days.order_files()?;
        let found = files.into_par_iter().map(|(day, name)| {
            let address = self.days.address_of(day, &name);
            let bytes = self.days.read(day, &name)?;
            let rows = self.count(&address, bytes)?;
            if rows == 0 {
                return Ok(None);
            }
            let manifest = self.days.manifest(day)?;
            let kind = match manifest {
                Some(manifest) if manifest.file == name => FileKind::Current,
                Some(_) if is_part(&name) => FileKind::Replaced,
                _ => FileKind::Foreign,
            };
            Ok::<_, EraseInputsError>(Some(FoundFile { day, name, kind, rows, address }))
        });
        found.filter_map(Result::transpose).collect()
    }

    /// The file that the manifest of each of these days names. Days without a manifest are left out.
    ///
    /// # Errors
    /// If a manifest cannot be read.
    pub fn current(
        &self,
        days: impl IntoIterator<Item = Date>,
    ) -> Result<BTreeMap<Date, String>, EraseInputsError> {
        let mut current = BTreeMap::new();
        for day in days {
            if let Some(manifest) = self.days.manifest(day)? {
                current.insert(day, manifest.file);
            }
        }
        Ok(current)
    }

    /// Removes the people from a file that `tilegen fetch` has written. `temporary` is a folder for the new file.
    ///
    /// # Errors
    /// If a file or a manifest cannot be read or written. The day then has its old file, or the new one.
    pub fn erase(&self, file: &FoundFile, temporary: &Path) -> Result<(), EraseInputsError> {
        if let (FileKind::Current, Some(manifest)) = (file.kind, self.days.manifest(file.day)?) {
            let part = self.without_users(file, temporary)?;
            let DayManifest { source, fetched_at, .. } = manifest;
            self.days.publish(file.day, &part, None, &source, fetched_at)?;
        }
        Ok(self.days.remove(file.day, &file.name)?)
    }

    /// A file with the rows of all others.
    fn without_users(
        &self,
        file: &FoundFile,
        temporary: &Path,
    ) -> Result<PartFile, EraseInputsError> {
        let failed = |source| EraseInputsError::Write { day: file.day, source };
        let bytes = self.days.read(file.day, &file.name)?;
        let reader = open(&file.address, bytes)?;
        let writer = PartWriter::create(temporary, reader.schema()).map_err(failed)?;
        let mut written = Ok(());
        for batch in reader.build().map_err(|source| unreadable(&file.address, source))? {
            let batch = batch.map_err(|source| unreadable(&file.address, source.into()))?;
            let theirs = self.rows(&file.address, &batch)?;
            written = written.and_then(|()| write_others(&writer, &batch, &theirs));
        }
        let part = writer.finish().map_err(failed)?;
        written.map(|()| part).map_err(failed)
    }

    /// The number of rows of the people in a file.
    fn count(&self, address: &str, bytes: Bytes) -> Result<u64, EraseInputsError> {
        let reader = open(address, bytes)?;
        let mut rows = 0;
        for batch in reader.build().map_err(|source| unreadable(address, source))? {
            let batch = batch.map_err(|source| unreadable(address, source.into()))?;
            let theirs = self.rows(address, &batch)?;
            rows += theirs.into_iter().filter(|&is_theirs| is_theirs).count() as u64;
        }
        Ok(rows)
    }

    fn rows(&self, address: &str, batch: &RecordBatch) -> Result<Vec<bool>, EraseInputsError> {
        let failed = |source| EraseInputsError::Users { file: address.to_owned(), source };
        self.users.rows(batch, self.column, address).map_err(failed)
    }
}

/// The day of an input file of a build, from its folder `date=D`, and its name if `tilegen fetch` wrote it.
#[must_use]
pub fn day_of_input(path: &str) -> Option<(Date, Option<&str>)> {
    let (folder, name) = path.rsplit_once('/')?;
    let day = folder.rsplit('/').next()?.strip_prefix("date=")?;
    Some((parse_date(day).ok()?, is_part(name).then_some(name)))
}

fn open(
    address: &str,
    bytes: Bytes,
) -> Result<ParquetRecordBatchReaderBuilder<Bytes>, EraseInputsError> {
    let reader = ParquetRecordBatchReaderBuilder::try_new(bytes);
    Ok(reader.map_err(|source| unreadable(address, source))?.with_batch_size(BATCH_ROWS))
}

fn unreadable(address: &str, source: ParquetError) -> EraseInputsError {
    EraseInputsError::Parquet { file: address.to_owned(), source }
}

/// Writes the runs of rows that are not theirs.
fn write_others(
    writer: &PartWriter,
    batch: &RecordBatch,
    theirs: &[bool],
) -> Result<(), PartError> {
    let mut start = 0;
    for run in theirs.chunk_by(|a, b| a == b) {
        if !run[0] {
            writer.write(batch.slice(start, run.len()))?;
        }
        start += run.len();
    }
    Ok(())
}
