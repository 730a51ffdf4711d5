//! A Parquet file that is being written: rows are encoded by a thread of their own, into a temporary file.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread::JoinHandle;

use arrow_array::RecordBatch;
use arrow_schema::{DataType, SchemaRef};
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions};
use parquet::basic::{Compression, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::schema::types::ColumnPath;
use tempfile::NamedTempFile;
use tilecore::digest::ContentHasher;

use crate::orders::day_manifest::Column;

/// Rows of a row group: one thread reads one, and a day has several.
const ROW_GROUP_ROWS: usize = 131_072;

/// Batches that wait for the encoder.
const QUEUE: usize = 4;

/// Size of the buffer for the digest in bytes.
const BUFFER_BYTES: usize = 1 << 20;

/// Why a file of rows could not be written.
#[derive(Debug, thiserror::Error)]
pub enum PartError {
    /// The temporary file could not be used.
    #[error("could not use a temporary file; check that the disk is not full")]
    Io(#[from] io::Error),
    /// The rows could not be encoded, or the file could not be read back.
    #[error("could not write or read back the Parquet file")]
    Parquet(#[from] ParquetError),
    /// The file has another number of rows than were written.
    #[error("{written} rows were written, and the file has {found}")]
    Rows {
        /// Rows written.
        written: u64,
        /// Rows in the file.
        found: u64,
    },
    /// The encoder stopped without an error.
    #[error("the thread that encodes rows has ended")]
    Ended,
}

/// A complete file: its footer was read back. It is removed when this value is dropped.
pub(super) struct PartFile {
    file: NamedTempFile,
    pub(super) rows: u64,
    pub(super) bytes: u64,
    /// Digest of the content, 32 hex digits.
    pub(super) digest: String,
    pub(super) columns: Vec<Column>,
}

impl PartFile {
    /// Reads the footer and the digest of a file that is complete.
    pub(super) fn open(file: NamedTempFile) -> Result<Self, PartError> {
        let metadata =
            ArrowReaderMetadata::load(&File::open(file.path())?, ArrowReaderOptions::new())?;
        let column = |field: &arrow_schema::FieldRef| Column {
            name: field.name().clone(),
            data_type: field.data_type().to_string(),
        };
        let columns = metadata.schema().fields().iter().map(column).collect();
        let rows = metadata.metadata().file_metadata().num_rows();
        let rows = u64::try_from(rows).unwrap_or_default();
        let (bytes, digest) = digest(file.path())?;
        Ok(Self { file, rows, bytes, digest, columns })
    }

    pub(super) fn path(&self) -> &Path {
        self.file.path()
    }
}

fn digest(path: &Path) -> io::Result<(u64, String)> {
    let (mut file, mut hasher) = (File::open(path)?, ContentHasher::default());
    let (mut bytes, mut buffer) = (0, vec![0; BUFFER_BYTES]);
    loop {
        let read = file.read(&mut buffer)?;
        if read == 0 {
            return Ok((bytes, format!("{:032x}", hasher.finish())));
        }
        hasher.update(&buffer[..read]);
        bytes += read as u64;
    }
}

/// Writes the rows of one file.
pub(super) struct PartWriter {
    sender: SyncSender<RecordBatch>,
    encoder: JoinHandle<Result<PartFile, PartError>>,
}

impl PartWriter {
    /// A file in a folder for temporary files.
    pub(super) fn create(folder: &Path, schema: &SchemaRef) -> Result<Self, PartError> {
        let file = NamedTempFile::new_in(folder)?;
        let writer =
            ArrowWriter::try_new(file.reopen()?, schema.clone(), Some(properties(schema)?))?;
        let (sender, batches) = sync_channel::<RecordBatch>(QUEUE);
        let encoder = std::thread::spawn(move || encode(file, writer, batches));
        Ok(Self { sender, encoder })
    }

    /// Adds rows. Waits while the encoder is busy.
    pub(super) fn write(&self, batch: RecordBatch) -> Result<(), PartError> {
        self.sender.send(batch).map_err(|_| PartError::Ended)
    }

    /// Completes the file. Its error is the reason why [`Self::write`] failed.
    pub(super) fn finish(self) -> Result<PartFile, PartError> {
        drop(self.sender);
        self.encoder.join().map_err(|_| PartError::Ended)?
    }
}

fn encode(
    file: NamedTempFile,
    mut writer: ArrowWriter<File>,
    batches: impl IntoIterator<Item = RecordBatch>,
) -> Result<PartFile, PartError> {
    let mut written = 0;
    for batch in batches {
        written += batch.num_rows() as u64;
        writer.write(&batch)?;
    }
    writer.into_inner()?.sync_all()?;
    let part = PartFile::open(file)?;
    if part.rows == written { Ok(part) } else { Err(PartError::Rows { written, found: part.rows }) }
}

/// Zstandard, and dictionaries for columns that repeat few values.
fn properties(schema: &SchemaRef) -> Result<WriterProperties, ParquetError> {
    let level = ZstdLevel::try_new(3)?;
    let properties = WriterProperties::builder()
        .set_compression(Compression::ZSTD(level))
        .set_max_row_group_row_count(Some(ROW_GROUP_ROWS));
    let repeats = |data_type: &DataType| {
        matches!(data_type, DataType::Utf8 | DataType::Int16 | DataType::Int32 | DataType::Boolean)
    };
    let distinct = schema.fields().iter().filter(|field| !repeats(field.data_type()));
    let properties = distinct.fold(properties, |properties, field| {
        let column = ColumnPath::new(vec![field.name().clone()]);
        properties.set_column_dictionary_enabled(column, false)
    });
    Ok(properties.build())
}
