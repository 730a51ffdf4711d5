//! An order file: its footer and the columns of its row groups.

use std::sync::Arc;

use arrow_array::RecordBatch;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReader,
    ParquetRecordBatchReaderBuilder,
};
use rayon::prelude::*;

use super::chunks::{self, ColumnChunks};
use super::error::SourceError;
use super::find::find;
use super::location::Location;
use super::schema;
use super::skipped::SkippedFiles;
use crate::config::OrdersConfig;
use crate::store::input::Input;

/// Rows of one batch: their columns together fit into the second-level cache.
const BATCH_ROWS: usize = 16_384;

/// An open order file: its footer is read and its columns are checked.
pub struct OrderFile {
    pub(super) name: String,
    location: Location,
    pub(super) metadata: ArrowReaderMetadata,
    projection: ProjectionMask,
}

/// A row group to read: one unit of work.
#[derive(Clone, Copy)]
pub struct RowGroup<'a> {
    pub(super) file: &'a OrderFile,
    pub(super) index: usize,
}

/// The order files at an address.
pub struct OrderFiles {
    /// The files to read, each once.
    pub files: Vec<OrderFile>,
    /// The files that are not read.
    pub skipped: SkippedFiles,
}

/// Opens every order file at an address: a file, a folder (searched recursively), a glob pattern or
/// the URL of a store.
pub fn open_orders(address: &str, config: &OrdersConfig) -> Result<OrderFiles, SourceError> {
    let (locations, skipped) = find(address)?;
    skipped.log(address);
    let open = |location| OrderFile::open(location, config);
    let files = locations.into_par_iter().map(open).collect::<Result<_, _>>()?;
    Ok(OrderFiles { files, skipped })
}

impl OrderFile {
    fn open(location: Location, config: &OrdersConfig) -> Result<Self, SourceError> {
        let name = location.to_string();
        let damaged = |source| SourceError::Parquet { name: name.clone(), source };
        let footer = chunks::read_footer(&location, &name)?;
        let plain = ArrowReaderMetadata::try_new(Arc::new(footer), ArrowReaderOptions::new())
            .map_err(damaged)?;
        let schema = schema::check(&name, plain.schema(), &config.columns)?;
        let options = ArrowReaderOptions::new().with_schema(schema);
        let metadata =
            ArrowReaderMetadata::try_new(Arc::clone(plain.metadata()), options).map_err(damaged)?;
        let needed = config.columns.names();
        let projection = ProjectionMask::roots(
            metadata.parquet_schema(),
            (0..metadata.schema().fields().len())
                .filter(|&index| needed.contains(&metadata.schema().field(index).name().as_str())),
        );
        Ok(Self { name, location, metadata, projection })
    }

    /// The name of the file in messages.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The row groups of the file.
    pub fn row_groups(&self) -> impl Iterator<Item = RowGroup<'_>> {
        (0..self.metadata.metadata().num_row_groups()).map(|index| RowGroup { file: self, index })
    }
}

impl<'a> RowGroup<'a> {
    /// The name and content of its file, for the lineage of a build.
    pub(crate) fn input(&self) -> (String, Input<'a>) {
        let input = match &self.file.location {
            Location::Local(path) => Input::File(path),
            Location::Stored { store, key, .. } => Input::Object(store, key),
        };
        (self.file.name.clone(), input)
    }

    /// The name of its file in messages.
    #[must_use]
    pub fn file_name(&self) -> &str {
        &self.file.name
    }

    /// Number of rows, from the footer.
    #[must_use]
    pub fn rows(&self) -> u64 {
        let metadata = self.file.metadata.metadata().row_group(self.index);
        u64::try_from(metadata.num_rows()).unwrap_or(0)
    }

    /// Number of its first row in the file, counted from 1.
    #[must_use]
    pub fn first_row(&self) -> u64 {
        let groups = &self.file.metadata.metadata().row_groups()[..self.index];
        groups.iter().map(|group| u64::try_from(group.num_rows()).unwrap_or(0)).sum::<u64>() + 1
    }

    /// Reads the needed columns in batches.
    pub fn read(&self) -> Result<Batches, SourceError> {
        self.read_columns(&self.file.projection)
    }

    /// Reads one column in batches.
    pub fn read_column(&self, name: &str) -> Result<Batches, SourceError> {
        let schema = self.file.metadata.schema();
        let index = schema.index_of(name).into_iter();
        self.read_columns(&ProjectionMask::roots(self.file.metadata.parquet_schema(), index))
    }

    fn read_columns(&self, projection: &ProjectionMask) -> Result<Batches, SourceError> {
        let name = &self.file.name;
        let footer = self.file.metadata.metadata();
        let chunks = ColumnChunks::read(
            &self.file.location,
            name,
            footer.row_group(self.index),
            projection,
        )?;
        let reader =
            ParquetRecordBatchReaderBuilder::new_with_metadata(chunks, self.file.metadata.clone())
                .with_row_groups(vec![self.index])
                .with_projection(projection.clone())
                .with_batch_size(BATCH_ROWS)
                .build()
                .map_err(|source| SourceError::Parquet { name: name.clone(), source })?;
        Ok(Batches { reader, name: name.clone(), row_group: self.index })
    }
}

/// The batches of one row group.
pub struct Batches {
    reader: ParquetRecordBatchReader,
    name: String,
    row_group: usize,
}

impl Iterator for Batches {
    type Item = Result<RecordBatch, SourceError>;

    fn next(&mut self) -> Option<Self::Item> {
        let decoded = self.reader.next()?;
        Some(decoded.map_err(|source| SourceError::Decode {
            name: self.name.clone(),
            row_group: self.row_group,
            source,
        }))
    }
}
