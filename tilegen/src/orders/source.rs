//! Source: finds the order files, reads their footers, and hands out the columns of one row group.

mod chunks;
mod find;
mod schema;
mod times;

use std::sync::Arc;

use arrow::record_batch::RecordBatch;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReader,
    ParquetRecordBatchReaderBuilder,
};
use rayon::prelude::*;

use crate::config::OrdersConfig;
use crate::publish::lineage::Input;
use crate::store::StoreError;
use chunks::ColumnChunks;
use find::Location;
pub use times::{RowGroupTimes, micros_per_unit};

/// Rows of one batch: their columns together stay inside the second-level cache.
const BATCH_ROWS: usize = 16_384;

/// An order file with its footer read and its columns checked.
pub struct OrderFile {
    name: String,
    location: Location,
    metadata: ArrowReaderMetadata,
    projection: ProjectionMask,
}

/// A row group to read: one unit of work.
#[derive(Clone, Copy)]
pub struct RowGroup<'a> {
    file: &'a OrderFile,
    index: usize,
}

/// Why orders could not be read.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// Nothing lies at the address.
    #[error("no order file (*.parquet) at {address}")]
    Nothing {
        /// The address given.
        address: String,
    },
    /// A file or folder could not be read.
    #[error("could not read {name}")]
    Io {
        /// File or folder.
        name: String,
        /// Cause.
        #[source]
        source: std::io::Error,
    },
    /// The glob pattern is malformed.
    #[error("`{pattern}` is not a valid pattern")]
    Pattern {
        /// The pattern.
        pattern: String,
        /// Cause.
        #[source]
        source: glob::PatternError,
    },
    /// The store could not be asked.
    #[error("could not read orders from the store")]
    Store(#[from] StoreError),
    /// The file is no parquet, or damaged.
    #[error("{name} is not a readable parquet file; is it whole?")]
    Parquet {
        /// The file.
        name: String,
        /// Cause.
        #[source]
        source: parquet::errors::ParquetError,
    },
    /// A row group's data are damaged.
    #[error("row group {row_group} of {name} could not be decoded; is the file whole?")]
    Decode {
        /// The file.
        name: String,
        /// Row group counted from 0.
        row_group: usize,
        /// Cause.
        #[source]
        source: arrow::error::ArrowError,
    },
    /// A column that the configuration names is not there.
    #[error(
        "{name} has no column `{column}`; it has {found}; map the columns under [orders.columns]"
    )]
    MissingColumn {
        /// The file.
        name: String,
        /// The column.
        column: String,
        /// Columns that the file has.
        found: String,
    },
    /// A column holds something else.
    #[error("column `{column}` of {name} holds {found}, but {wanted} is needed")]
    WrongType {
        /// The file.
        name: String,
        /// The column.
        column: String,
        /// Type found.
        found: String,
        /// Types that would do.
        wanted: &'static str,
    },
}

/// Opens every order file at an address: a file, a folder (searched through), a glob pattern, or
/// the URL of a store.
pub fn open_orders(address: &str, config: &OrdersConfig) -> Result<Vec<OrderFile>, SourceError> {
    find::locations(address)?
        .into_par_iter()
        .map(|location| OrderFile::open(location, config))
        .collect()
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

    /// How the file is called in messages.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its row groups.
    pub fn row_groups(&self) -> impl Iterator<Item = RowGroup<'_>> {
        (0..self.metadata.metadata().num_row_groups()).map(|index| RowGroup { file: self, index })
    }
}

impl<'a> RowGroup<'a> {
    /// Its file as a build names it.
    pub(crate) fn input(&self) -> (String, Input<'a>) {
        let input = match &self.file.location {
            Location::Local(path) => Input::File(path),
            Location::Stored { store, key, .. } => Input::Object(store, key),
        };
        (self.file.name.clone(), input)
    }

    /// The file's name in messages.
    #[must_use]
    pub fn file_name(&self) -> &str {
        &self.file.name
    }

    /// Rows, by the footer.
    #[must_use]
    pub fn rows(&self) -> u64 {
        let metadata = self.file.metadata.metadata().row_group(self.index);
        u64::try_from(metadata.num_rows()).unwrap_or(0)
    }

    /// The needed columns, in batches.
    pub fn read(&self) -> Result<Batches, SourceError> {
        self.read_columns(&self.file.projection)
    }

    /// One column, in batches.
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
