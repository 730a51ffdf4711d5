//! An order file: its footer and the columns of its row groups.

use std::sync::Arc;

use arrow_array::RecordBatch;
use bytes::Bytes;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReader,
    ParquetRecordBatchReaderBuilder,
};
use parquet::file::metadata::RowGroupMetaData;
use rayon::prelude::*;
use tilecore::text::counted;

use super::chunks::{self, ColumnChunks};
use super::decode::{self, DecodePlan, Place};
use super::error::SourceError;
use super::find::find;
use super::location::Location;
use super::schema;
use super::skipped::SkippedFiles;
use crate::config::OrdersConfig;
use crate::files::{DamagedParquet, check_footer, guarded};
use crate::orders::memory::{ReadMemory, Reserved};
use crate::store::input::Input;

/// An open order file: its footer is read and its columns are checked.
pub struct OrderFile {
    pub(super) name: String,
    location: Location,
    pub(super) metadata: ArrowReaderMetadata,
    projection: ProjectionMask,
    memory: Arc<ReadMemory>,
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
pub(crate) fn open_orders(
    address: &str,
    config: &OrdersConfig,
    memory: &Arc<ReadMemory>,
) -> Result<OrderFiles, SourceError> {
    let (locations, skipped) = find(address)?;
    skipped.log(address);
    let open = |location| OrderFile::open(location, config, memory);
    let files: Vec<_> = locations.into_par_iter().map(open).collect::<Result<_, _>>()?;
    let footers: u64 = files.iter().map(OrderFile::footer_bytes).sum();
    let remedy = Some("write fewer and larger row groups");
    let what = || {
        let files = counted(files.len(), "order file");
        format!("the footers of {files} take {footers} bytes")
    };
    memory.limit.check(footers, remedy, what)?;
    Ok(OrderFiles { files, skipped })
}

/// Opens an order file whose bytes are in memory.
pub(crate) fn open_bytes(
    bytes: Bytes,
    config: &OrdersConfig,
    memory: &Arc<ReadMemory>,
) -> Result<OrderFile, SourceError> {
    OrderFile::open(Location::Bytes(bytes), config, memory)
}

impl OrderFile {
    fn open(
        location: Location,
        config: &OrdersConfig,
        memory: &Arc<ReadMemory>,
    ) -> Result<Self, SourceError> {
        let name = location.to_string();
        let wrong = |what| SourceError::from(DamagedParquet::new(&name, what));
        let footer = Arc::new(chunks::read_footer(&location, &name, memory.limit)?);
        let open = |options| {
            let opened = guarded(|| ArrowReaderMetadata::try_new(Arc::clone(&footer), options));
            opened
                .map_err(wrong)?
                .map_err(|source| SourceError::from(DamagedParquet::undecodable(&name)(source)))
        };
        let plain = open(ArrowReaderOptions::new())?;
        let schema = schema::read_schema(&name, plain.schema(), &config.columns)?;
        let metadata = open(ArrowReaderOptions::new().with_schema(schema))?;
        let needed = config.columns.names();
        let projection = ProjectionMask::roots(
            metadata.parquet_schema(),
            (0..metadata.schema().fields().len())
                .filter(|&index| needed.contains(&metadata.schema().field(index).name().as_str())),
        );
        check_footer(&footer, &projection, location.len(&name)?).map_err(wrong)?;
        Ok(Self { name, location, metadata, projection, memory: Arc::clone(memory) })
    }

    /// Memory of the decoded footer.
    fn footer_bytes(&self) -> u64 {
        self.metadata.metadata().memory_size() as u64
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
            Location::Bytes(bytes) => Input::Bytes(bytes),
        };
        (self.file.name.clone(), input)
    }

    /// The name of its file in messages.
    #[must_use]
    pub fn file_name(&self) -> &str {
        &self.file.name
    }

    /// Its part of the footer.
    fn footer(&self) -> &'a RowGroupMetaData {
        self.file.metadata.metadata().row_group(self.index)
    }

    /// Number of rows, from the footer: a claim. Nothing may be allocated by it.
    #[must_use]
    pub fn rows(&self) -> u64 {
        u64::try_from(self.footer().num_rows()).unwrap_or(0)
    }

    /// Number of its first row in the file, counted from 1.
    #[must_use]
    pub fn first_row(&self) -> u64 {
        let groups = &self.file.metadata.metadata().row_groups()[..self.index];
        let rows = groups.iter().map(|group| u64::try_from(group.num_rows()).unwrap_or(0));
        rows.fold(1, u64::saturating_add)
    }

    /// Most orders to validate before they are stored.
    pub(crate) fn segment_orders(&self) -> usize {
        self.file.memory.limit.segment_orders()
    }

    /// The memory that row groups share.
    pub(crate) fn memory(&self) -> &'a ReadMemory {
        &self.file.memory
    }

    fn place(&self) -> Place<'a> {
        Place { name: &self.file.name, row_group: self.index }
    }

    /// An error that says what is wrong with the row group.
    pub(crate) fn damaged(&self, what: String) -> SourceError {
        self.place().damaged(what)
    }

    /// Reads the needed columns in batches.
    pub fn read(&self) -> Result<Batches<'a>, SourceError> {
        self.read_columns(&self.file.projection)
    }

    /// Reads one column in batches.
    pub fn read_column(&self, name: &str) -> Result<Batches<'a>, SourceError> {
        let schema = self.file.metadata.schema();
        let index = schema.index_of(name).into_iter();
        self.read_columns(&ProjectionMask::roots(self.file.metadata.parquet_schema(), index))
    }

    fn read_columns(&self, projection: &ProjectionMask) -> Result<Batches<'a>, SourceError> {
        let file = self.file;
        let footer = self.footer();
        let stored = decode::stored_bytes(footer, projection);
        let limit = file.memory.limit;
        let what = || format!("row group {} of {} has {stored} bytes", self.index, file.name);
        limit.check(stored.saturating_add(limit.segment_bytes()), decode::REMEDY, what)?;
        let mut reserved = file.memory.reserve(decode::expected_bytes(footer, projection, limit));
        let chunks = ColumnChunks::read(&file.location, &file.name, footer, projection)?;
        let DecodePlan { batch_rows, bytes } =
            decode::plan(self.place(), footer, &chunks, projection, &file.memory)?;
        reserved.resize(bytes);
        let open = || {
            ParquetRecordBatchReaderBuilder::new_with_metadata(chunks, file.metadata.clone())
                .with_row_groups(vec![self.index])
                .with_projection(projection.clone())
                .with_batch_size(batch_rows)
                .build()
        };
        let opened = guarded(open).map_err(|what| self.damaged(what))?;
        let reader = opened.map_err(DamagedParquet::undecodable(&file.name))?;
        Ok(Batches { reader: Some(reader), group: *self, _reserved: reserved })
    }
}

/// The batches of one row group.
pub struct Batches<'a> {
    /// `None` after an error.
    reader: Option<ParquetRecordBatchReader>,
    group: RowGroup<'a>,
    /// The memory of the reader and its batches.
    _reserved: Reserved<'a>,
}

impl Iterator for Batches<'_> {
    type Item = Result<RecordBatch, SourceError>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut reader = self.reader.take()?;
        let decoded = guarded(|| {
            let decoded = reader.next();
            (reader, decoded)
        });
        let (reader, decoded) = match decoded {
            Ok((reader, decoded)) => (reader, decoded?),
            Err(what) => return Some(Err(self.group.damaged(what))),
        };
        Some(match decoded {
            Ok(batch) => {
                self.reader = Some(reader);
                Ok(batch)
            }
            Err(source) => {
                let (name, row_group) = (self.group.file.name.clone(), self.group.index);
                Err(SourceError::Decode { name, row_group, source })
            }
        })
    }
}
