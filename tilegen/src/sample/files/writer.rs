//! Writes the files of a sample. Each function returns the size in bytes.

use std::fs::{self, File};
use std::path::Path;

use arrow_array::RecordBatch;
use arrow_schema::ArrowError;
use arrow_schema::SchemaRef;
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::{WriterProperties, WriterPropertiesBuilder};

use crate::sample::SampleError;

pub(in crate::sample) fn create_dir(path: &Path) -> Result<(), SampleError> {
    fs::create_dir_all(path).map_err(|source| SampleError::io(path, source))
}

pub(in crate::sample) fn write_bytes(path: &Path, bytes: &[u8]) -> Result<u64, SampleError> {
    fs::write(path, bytes).map_err(|source| SampleError::io(path, source))?;
    Ok(bytes.len() as u64)
}

/// Writes `mark` and then the rows of a CSV file, including the header.
pub(in crate::sample) fn write_csv<R>(
    path: &Path,
    mark: &str,
    rows: &[R],
) -> Result<u64, SampleError>
where
    R: IntoIterator<Item = String> + Clone,
{
    let mut writer = csv::Writer::from_writer(mark.as_bytes().to_vec());
    for row in rows {
        writer.write_record(row.clone()).map_err(|source| SampleError::csv(path, source))?;
    }
    let bytes =
        writer.into_inner().map_err(|error| SampleError::csv(path, error.into_error().into()))?;
    write_bytes(path, &bytes)
}

/// Zstandard at its fastest level, because the files are temporary.
pub(in crate::sample) fn parquet_properties() -> WriterPropertiesBuilder {
    let fastest = ZstdLevel::try_new(1).expect("zstd has a level 1");
    WriterProperties::builder().set_compression(Compression::ZSTD(fastest))
}

/// Writes one table.
pub(in crate::sample) fn write_parquet(
    path: &Path,
    table: Result<RecordBatch, ArrowError>,
) -> Result<u64, SampleError> {
    let table = table.map_err(|source| SampleError::parquet(path, source.into()))?;
    write_batches(path, &table.schema(), parquet_properties().build(), [Ok(table)])
}

/// Writes record batches one by one, so that only one is in memory at a time.
pub(in crate::sample) fn write_batches(
    path: &Path,
    schema: &SchemaRef,
    properties: WriterProperties,
    batches: impl IntoIterator<Item = Result<RecordBatch, ArrowError>>,
) -> Result<u64, SampleError> {
    let failed = |source| SampleError::parquet(path, source);
    let file = File::create(path).map_err(|source| SampleError::io(path, source))?;
    let mut writer =
        ArrowWriter::try_new(file, schema.clone(), Some(properties)).map_err(failed)?;
    for batch in batches {
        writer.write(&batch.map_err(|source| failed(source.into()))?).map_err(failed)?;
    }
    writer.finish().map_err(failed)?;
    Ok(writer.bytes_written() as u64)
}
