//! Object storage and local folders, opened by address.
//!
//! This file is the store itself. `attributes` says which headers an object gets, `fetch` copies
//! objects into a local folder, and `input` identifies what was read by its digest.

mod attributes;
pub mod fetch;
pub mod input;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures::TryStreamExt;
use jiff::Timestamp;
use object_store::local::LocalFileSystem;
use object_store::path::Path as Key;
use object_store::prefix::PrefixStore;
use object_store::{
    Attributes, ObjectMeta, ObjectStore, ObjectStoreExt, PutMode, PutOptions, PutPayload,
};
use tokio::runtime::Runtime;

pub use attributes::GENERATOR;
use attributes::attributes;

/// An object store that the generator talks to one call at a time.
#[derive(Clone)]
pub struct Store {
    address: String,
    inner: Arc<dyn ObjectStore>,
    /// Whether it keeps attributes of objects: folders have no place for them.
    has_attributes: bool,
    runtime: Arc<Runtime>,
}

/// Why a store could not be used.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The address is no folder and no URL of a known kind.
    #[error("`{address}` is neither a folder nor the URL of a store (file, s3, gs, az, https)")]
    Address {
        /// The address given.
        address: String,
        /// Cause.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The folder could not be made.
    #[error("could not make the store's folder {path}")]
    Folder {
        /// The folder.
        path: PathBuf,
        /// Cause.
        #[source]
        source: std::io::Error,
    },
    /// What killed writes left behind could not be found or removed.
    #[error("could not clean up {path}")]
    CleanUp {
        /// The folder or file.
        path: PathBuf,
        /// Cause.
        #[source]
        source: std::io::Error,
    },
    /// The runtime that waits for the store could not start.
    #[error("could not start the store's runtime")]
    Runtime(#[source] std::io::Error),
    /// A call failed.
    #[error("could not {verb} {key} in the store {address}")]
    Call {
        /// What was asked.
        verb: &'static str,
        /// Of which object.
        key: String,
        /// In which store.
        address: String,
        /// Cause.
        #[source]
        source: object_store::Error,
    },
}

impl StoreError {
    /// Whether a create-only write found the object there already.
    #[must_use]
    pub fn is_taken(&self) -> bool {
        matches!(self, Self::Call { source: object_store::Error::AlreadyExists { .. }, .. })
    }

    /// Whether the object asked for does not exist.
    #[must_use]
    pub fn is_missing(&self) -> bool {
        matches!(self, Self::Call { source: object_store::Error::NotFound { .. }, .. })
    }
}

/// A folder's path, when the address is one and no URL; `file://` URLs are folders too.
#[must_use]
pub fn local_path(address: &str) -> Option<PathBuf> {
    match address.split_once("://") {
        None => Some(PathBuf::from(address)),
        Some(("file", _)) => url::Url::parse(address).ok()?.to_file_path().ok(),
        Some(_) => None,
    }
}

impl Store {
    /// Opens the store at an address. A folder that does not exist is made when `create` is set.
    pub fn open(address: &str, create: bool) -> Result<Self, StoreError> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .map_err(StoreError::Runtime)?;
        let (inner, has_attributes) = match local_path(address) {
            Some(path) => (open_folder(address, &path, create)?, false),
            None => (open_url(address)?, true),
        };
        let (address, runtime) = (address.to_owned(), Arc::new(runtime));
        Ok(Self { address, inner, has_attributes, runtime })
    }

    /// The address as it was given.
    #[must_use]
    pub fn address(&self) -> &str {
        &self.address
    }

    fn failed(
        &self,
        verb: &'static str,
        key: &str,
    ) -> impl FnOnce(object_store::Error) -> StoreError {
        let (key, address) = (key.to_owned(), self.address.clone());
        move |source| StoreError::Call { verb, key, address, source }
    }

    /// A whole object.
    pub fn get(&self, key: &str) -> Result<Bytes, StoreError> {
        let path = Key::from(key);
        self.runtime
            .block_on(async { self.inner.get(&path).await?.bytes().await })
            .map_err(self.failed("read", key))
    }

    /// Parts of an object.
    pub fn get_ranges(
        &self,
        key: &str,
        ranges: &[std::ops::Range<u64>],
    ) -> Result<Vec<Bytes>, StoreError> {
        let path = Key::from(key);
        self.runtime
            .block_on(self.inner.get_ranges(&path, ranges))
            .map_err(self.failed("read a part of", key))
    }

    /// An object's length and age.
    pub fn head(&self, key: &str) -> Result<ObjectMeta, StoreError> {
        let path = Key::from(key);
        self.runtime.block_on(self.inner.head(&path)).map_err(self.failed("look up", key))
    }

    /// Writes an object, only if there is none under its key.
    pub fn create(&self, key: &str, bytes: Bytes) -> Result<(), StoreError> {
        self.put(key, bytes, PutMode::Create).map_err(self.failed("create", key))
    }

    /// The same for an object whose key its content names: when it is not known how a write ended, it
    /// is done again, for it does not matter who wrote it.
    pub fn create_named(&self, key: &str, bytes: &Bytes) -> Result<(), StoreError> {
        patiently(|| self.put(key, bytes.clone(), PutMode::Create))
            .map_err(self.failed("create", key))
    }

    fn put(&self, key: &str, bytes: Bytes, mode: PutMode) -> object_store::Result<()> {
        let attributes = if self.has_attributes { attributes(key) } else { Attributes::default() };
        let options = PutOptions { mode, attributes, ..PutOptions::default() };
        let (path, payload) = (Key::from(key), PutPayload::from_bytes(bytes));
        self.runtime.block_on(self.inner.put_opts(&path, payload, options)).map(drop)
    }

    /// Writes an object, whatever is there.
    pub fn overwrite(&self, key: &str, bytes: Bytes) -> Result<(), StoreError> {
        self.put(key, bytes, PutMode::Overwrite).map_err(self.failed("write", key))
    }

    /// Removes an object. One that is not there is as good as removed.
    pub fn remove(&self, key: &str) -> Result<(), StoreError> {
        let path = Key::from(key);
        match self.runtime.block_on(self.inner.delete(&path)) {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(self.failed("remove", key)(error)),
        }
    }

    /// Parts of writes that were killed, last touched before a time: key, length in bytes, time.
    /// Removes them unless it is a dry run. Only folders have such; other stores are written to in
    /// one piece.
    pub fn remove_stale_uploads(
        &self,
        before: Timestamp,
        dry_run: bool,
    ) -> Result<Vec<(String, u64, Timestamp)>, StoreError> {
        let Some(root) = local_path(&self.address) else { return Ok(Vec::new()) };
        let failed = |path: &Path| {
            let path = path.to_owned();
            move |source| StoreError::CleanUp { path, source }
        };
        let mut stale = Vec::new();
        let mut folders = vec![root.clone()];
        while let Some(folder) = folders.pop() {
            for file in std::fs::read_dir(&folder).map_err(failed(&folder))? {
                let path = file.map_err(failed(&folder))?.path();
                if path.is_dir() {
                    folders.push(path);
                    continue;
                }
                let Some(key) = path.strip_prefix(&root).ok().and_then(Path::to_str) else {
                    continue;
                };
                let Ok(facts) = std::fs::metadata(&path) else { continue };
                let touched = facts.modified().ok().and_then(|time| Timestamp::try_from(time).ok());
                let Some(touched) = touched.filter(|&touched| touched < before) else { continue };
                if is_upload(key) {
                    if !dry_run {
                        std::fs::remove_file(&path).map_err(failed(&path))?;
                    }
                    stale.push((key.to_owned(), facts.len(), touched));
                }
            }
        }
        stale.sort_unstable();
        Ok(stale)
    }

    /// The time by the store's own clock: that of an object written for it and removed again.
    pub fn now(&self) -> Result<Timestamp, StoreError> {
        let local = Timestamp::now();
        let key = format!("clock/{}-{}", local.as_nanosecond(), std::process::id());
        self.create(&key, Bytes::new())?;
        let written = self.head(&key).map(|object| modified(&object));
        self.remove(&key)?;
        written
    }

    /// Every object under a prefix, sorted by key.
    pub fn list(&self, prefix: &str) -> Result<Vec<ObjectMeta>, StoreError> {
        let path = Key::from(prefix);
        let prefix_path = (!prefix.is_empty()).then_some(&path);
        let listed: object_store::Result<Vec<_>> =
            patiently(|| self.runtime.block_on(self.inner.list(prefix_path).try_collect()));
        let mut objects = listed.map_err(self.failed("list", prefix))?;
        objects.sort_unstable_by(|a, b| a.location.cmp(&b.location));
        Ok(objects)
    }
}

/// Does again what ended in a way that tells nothing. `object_store` repeats what was refused and goes
/// on reading an object that was cut off, but it gives up when the answer to a listing or a write is.
fn patiently<T>(call: impl Fn() -> object_store::Result<T>) -> object_store::Result<T> {
    for tries in 1..TRIES {
        match call() {
            Err(object_store::Error::Generic { .. }) => std::thread::sleep(PAUSE * tries),
            told => return told,
        }
    }
    call()
}

/// How often something is tried in all.
const TRIES: u32 = 5;

/// Wait before the second try; each further one waits that much longer.
const PAUSE: Duration = Duration::from_millis(100);

/// Whether a file is an object under way: `object_store` writes to `name#1` and then renames.
fn is_upload(key: &str) -> bool {
    let number = key.rsplit_once('#').map(|(_, number)| number);
    number.is_some_and(|number| !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit()))
}

/// When an object was written, by the store's clock.
#[must_use]
pub fn modified(object: &ObjectMeta) -> Timestamp {
    let time = object.last_modified;
    let nanoseconds = time.timestamp_subsec_nanos().min(999_999_999).cast_signed();
    Timestamp::new(time.timestamp(), nanoseconds).unwrap_or(Timestamp::MAX)
}

fn open_folder(
    address: &str,
    path: &Path,
    create: bool,
) -> Result<Arc<dyn ObjectStore>, StoreError> {
    if create {
        std::fs::create_dir_all(path)
            .map_err(|source| StoreError::Folder { path: path.to_owned(), source })?;
    }
    let folder = LocalFileSystem::new_with_prefix(path).map_err(|source| StoreError::Address {
        address: address.to_owned(),
        source: Box::new(source),
    })?;
    Ok(Arc::new(folder.with_fsync(true)))
}

/// How long a request may take. Archives are written in one piece, so that a killed job leaves no
/// parts behind, and by the default of 30 seconds a slow line could never write a large one.
const PATIENCE: [(&str, &str); 2] = [("timeout", "10 minutes"), ("read_timeout", "60 seconds")];

fn open_url(address: &str) -> Result<Arc<dyn ObjectStore>, StoreError> {
    let refused = |source: Box<dyn std::error::Error + Send + Sync>| StoreError::Address {
        address: address.to_owned(),
        source,
    };
    let url = url::Url::parse(address).map_err(|source| refused(source.into()))?;
    let given = std::env::vars().map(|(name, value)| (name.to_ascii_lowercase(), value));
    let own = PATIENCE.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let options = own.into_iter().chain(given);
    let (store, prefix) =
        object_store::parse_url_opts(&url, options).map_err(|source| refused(source.into()))?;
    Ok(Arc::new(PrefixStore::new(store, prefix)))
}
