//! Vendors: the rows of several sources, joined in one file. A source that fails keeps the rows that it delivered last.
//!
//! `source_store` has the last good rows of each source, `check` says what must hold before they are replaced, and
//! `report` says what each source delivered.

mod check;
mod report;
mod source_store;

use std::path::PathBuf;
use std::time::Instant;

use bytes::Bytes;
use jiff::Timestamp;
use parquet::errors::ParquetError;
use tilecore::digest::ContentHasher;
use tilecore::lineage::InputSource;

use crate::config::Config;
use crate::config::fetch::{Address, VendorOrigin, VendorSource};
use crate::fetch::source::Source;
use crate::store::{Store, StoreError};
use crate::vendors::snapshot::{SourceRows, write_union};
pub use check::VendorSourceError;
use check::check;
pub use report::{VendorSourceReport, VendorsReport};
pub use source_store::newest_file;
use source_store::{LastRows, SourceStore};

/// What to fetch, and where to.
pub struct VendorsFetch {
    /// The sources, and the rules for vendors.
    pub config: Config,
    /// Folder or URL of the store of inputs.
    pub into: String,
    /// The current time.
    pub now: Timestamp,
    /// Folder for temporary files.
    pub temp_dir: PathBuf,
}

/// Why no file of vendors was written. The last one stays.
#[derive(Debug, thiserror::Error)]
pub enum VendorsFetchError {
    /// No source is configured.
    #[error("no source of vendors is configured; write [[fetch.vendors]] in the configuration")]
    NoSource,
    /// The inputs could not be read or written.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The rows that a source delivered last cannot be read.
    #[error("could not read the last rows of the source {name} again")]
    LastRows {
        /// The source.
        name: String,
        /// Cause.
        #[source]
        source: Box<VendorSourceError>,
    },
    /// The joined rows could not be written.
    #[error("could not write the joined vendors as Parquet")]
    Encode(#[from] ParquetError),
}

/// What a source delivered: its rows, and what is recorded of them.
struct Delivered {
    rows: SourceRows,
    last: LastRows,
    bytes: Bytes,
    is_unchanged: bool,
    retries: u64,
}

/// Asks every source, and joins the rows of all of them in a file `vendors/TIME.parquet`.
///
/// # Errors
/// If the store fails. A source that fails is in the report.
pub fn fetch_vendors(spec: &VendorsFetch) -> Result<VendorsReport, VendorsFetchError> {
    let sources = &spec.config.fetch.vendors;
    if sources.is_empty() {
        return Err(VendorsFetchError::NoSource);
    }
    let store = SourceStore::open(&spec.into)?;
    let run = VendorsRun { spec, store };
    let mut report = VendorsReport::default();
    let mut parts = Vec::new();
    for source in sources {
        parts.extend(run.fetch_source(source, &mut report)?);
    }
    // Without the rows of a source, all its vendors would be gone. Without new rows, the last file is as good.
    if parts.len() == sources.len() && report.delivered() > 0 {
        let (rows, ages): (Vec<_>, Vec<_>) = parts.into_iter().unzip();
        report.rows = ages.iter().map(|age| age.rows).sum();
        let bytes = write_union(rows, &ages, &spec.config)?;
        report.file = Some(run.store.publish(bytes.into(), spec.now)?);
    }
    report.removed_files = run.store.remove_replaced(sources, spec.now)?;
    Ok(report)
}

/// A run with its open store.
struct VendorsRun<'a> {
    spec: &'a VendorsFetch,
    store: SourceStore,
}

impl VendorsRun<'_> {
    /// The rows of a source: new ones, or those that it delivered last. `None` if there are none.
    fn fetch_source(
        &self,
        source: &VendorSource,
        report: &mut VendorsReport,
    ) -> Result<Option<(SourceRows, InputSource)>, VendorsFetchError> {
        let began = Instant::now();
        let last = self.store.last(&source.name)?;
        let delivered = self.ask(source, last.as_ref());
        let delivered = delivered.and_then(|delivered| {
            check(&delivered.rows, last.as_ref(), &self.spec.config)?;
            self.store.keep(&source.name, &delivered.last, &delivered.bytes)?;
            Ok(delivered)
        });
        let seconds = began.elapsed().as_secs_f64();
        let (rows, last) = match delivered {
            Ok(delivered) => {
                report.add(source, &delivered.last, seconds, self.spec.now);
                report.add_transfer(&delivered.last, delivered.is_unchanged, delivered.retries);
                (delivered.rows, delivered.last)
            }
            Err(error) => {
                report.add_failure(source, last.as_ref(), &error, seconds, self.spec.now);
                let Some(last) = last else { return Ok(None) };
                let unread = |error| VendorsFetchError::LastRows {
                    name: source.name.clone(),
                    source: Box::new(error),
                };
                (self.read_last(source, &last).map_err(unread)?, last)
            }
        };
        let age = InputSource {
            name: source.name.clone(),
            rows: rows.rows,
            data_at: last.data_at,
            max_age_seconds: source.max_age.as_secs(),
        };
        Ok(Some((rows, age)))
    }

    fn read_last(
        &self,
        source: &VendorSource,
        last: &LastRows,
    ) -> Result<SourceRows, VendorSourceError> {
        self.read(source, last, &self.store.rows(&source.name, last)?)
    }

    fn read(
        &self,
        source: &VendorSource,
        last: &LastRows,
        bytes: &Bytes,
    ) -> Result<SourceRows, VendorSourceError> {
        Ok(SourceRows::read(&last.file, bytes, source.platform, &self.spec.config)?)
    }

    /// Asks a source for its rows.
    fn ask(
        &self,
        source: &VendorSource,
        last: Option<&LastRows>,
    ) -> Result<Delivered, VendorSourceError> {
        match &source.origin {
            VendorOrigin::File(address) => self.ask_for_file(source, address, last),
            VendorOrigin::System(system) => {
                let system = Source::new(system, &self.spec.config);
                let delivery = system.fetch(None, &self.spec.temp_dir)?;
                let bytes = std::fs::read(delivery.part.path()).map_err(VendorSourceError::Read)?;
                let (from, kind) = (None, "parquet");
                let new = NewRows { bytes: bytes.into(), kind, data_at: self.spec.now, from };
                self.delivered(source, new, delivery.retries)
            }
        }
    }

    /// Reads a file, unless it has not changed.
    fn ask_for_file(
        &self,
        source: &VendorSource,
        address: &Address,
        last: Option<&LastRows>,
    ) -> Result<Delivered, VendorSourceError> {
        let url = address.read()?;
        let kind = extension(&url).ok_or(VendorSourceError::Extension)?;
        let digest = digest(url.as_bytes());
        let known = last.filter(|last| last.address.as_deref() == Some(&digest));
        let etag = known.and_then(|last| last.etag.as_deref());
        let (store, key) = Store::open_at(&url)?;
        match (store.get_if_changed(&key, etag)?, known) {
            (Some(object), _) => {
                // A server that does not say when the file was written.
                let is_known = object.modified > Timestamp::UNIX_EPOCH;
                let data_at = if is_known { object.modified } else { self.spec.now };
                let from = Some((digest, object.etag));
                let new = NewRows { bytes: object.bytes, kind, data_at, from };
                self.delivered(source, new, 0)
            }
            (None, Some(last)) => {
                let bytes = self.store.rows(&source.name, last)?;
                let rows = self.read(source, last, &bytes)?;
                Ok(Delivered { rows, last: last.clone(), bytes, is_unchanged: true, retries: 0 })
            }
            (None, None) => Err(VendorSourceError::NoContent),
        }
    }

    fn delivered(
        &self,
        source: &VendorSource,
        new: NewRows,
        retries: u64,
    ) -> Result<Delivered, VendorSourceError> {
        let NewRows { bytes, kind, data_at, from } = new;
        let file = format!("part-{}.{kind}", digest(&bytes));
        let rows = SourceRows::read(&file, &bytes, source.platform, &self.spec.config)?;
        let (address, etag) = from.unzip();
        let last = LastRows {
            file,
            rows: rows.rows,
            rejected: rows.rejected,
            bytes: bytes.len() as u64,
            columns: rows.columns.iter().map(|&column| column.to_owned()).collect(),
            data_at,
            address,
            etag: etag.flatten(),
        };
        Ok(Delivered { rows, last, bytes, is_unchanged: false, retries })
    }
}

/// A file with the rows of a source.
struct NewRows {
    bytes: Bytes,
    /// Extension of its format.
    kind: &'static str,
    data_at: Timestamp,
    /// The digest of the URL of a file, and its ETag.
    from: Option<(String, Option<String>)>,
}

/// The extension of a vendor file in a URL.
fn extension(url: &str) -> Option<&'static str> {
    let path = url.split(['?', '#']).next().unwrap_or_default().to_lowercase();
    ["parquet", "csv", "jsonl", "ndjson"]
        .into_iter()
        .find(|kind| path.strip_suffix(kind).is_some_and(|rest| rest.ends_with('.')))
}

fn digest(bytes: &[u8]) -> String {
    let mut hasher = ContentHasher::default();
    hasher.update(bytes);
    format!("{:032x}", hasher.finish())
}
