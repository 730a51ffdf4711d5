//! Object storage and local folders, opened by address.
//!
//! This file is the store itself. `attributes` says which headers an object gets, `create_only` proves
//! that the store never replaces an object that should only be created, `input` identifies what was read by its digest, and `path` makes paths of keys.

mod attributes;
mod create_only;
mod error;
pub mod input;
mod path;

use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use backon::{BlockingRetryable, ExponentialBuilder};
use bytes::Bytes;
use futures::TryStreamExt;
use jiff::Timestamp;
use object_store::local::LocalFileSystem;
use object_store::path::Path as Key;
use object_store::prefix::PrefixStore;
use object_store::{
    Attributes, GetOptions, ObjectMeta, ObjectStore, ObjectStoreExt, PutMode, PutOptions,
    PutPayload,
};
use tilecore::manifest::REPORT_FOLDER;
use tilecore::object_key;
use tokio::runtime::Runtime;

pub use attributes::GENERATOR;
use attributes::attributes;
pub(crate) use create_only::PROBE_FOLDER;
pub use error::StoreError;
use path::{Kind, Named, path_of, unusable_key};

/// An object store or a local folder, with blocking calls.
#[derive(Clone)]
pub struct Store {
    address: String,
    inner: Arc<dyn ObjectStore>,
    kind: Kind,
    /// Set once the store has proved that it creates objects only if they are absent.
    creates_only: Arc<OnceLock<()>>,
    runtime: Arc<Runtime>,
}

/// An object that was read, and what shows later whether it has changed.
#[derive(Clone, Debug)]
pub struct ReadObject {
    /// Its content.
    pub bytes: Bytes,
    /// Its ETag, if the store has one.
    pub etag: Option<String>,
    /// When it was written, by the store's clock.
    pub modified: Timestamp,
}

/// The path of a folder, if the address is a path or a `file://` URL.
#[must_use]
pub fn local_path(address: &str) -> Option<PathBuf> {
    match address.split_once("://") {
        None => Some(PathBuf::from(address)),
        Some(("file", _)) => url::Url::parse(address).ok()?.to_file_path().ok(),
        Some(_) => None,
    }
}

impl Store {
    /// Opens the store at an address. With `create`, a folder that does not exist is created.
    pub fn open(address: &str, create: bool) -> Result<Self, StoreError> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .map_err(StoreError::Runtime)?;
        let (inner, kind) = match local_path(address) {
            Some(path) => (open_folder(address, &path, create)?, Kind::Folder),
            None => (open_url(address)?, Kind::Bucket),
        };
        let (address, runtime) = (address.to_owned(), Arc::new(runtime));
        Ok(Self { address, inner, kind, creates_only: Arc::default(), runtime })
    }

    /// Opens the store that has the object at a URL, and returns the key of the object in it.
    pub fn open_at(object_url: &str) -> Result<(Self, String), StoreError> {
        let (address, key) = object_key::split_address(object_url);
        Ok((Self::open(address, false)?, key))
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
        let (key, address, kind) = (key.to_owned(), self.address.clone(), self.kind);
        // A listing fails at the first key that cannot be used, and that key is the cause.
        move |source| match unusable_key(&source, kind) {
            Some(source) => StoreError::Key { verb, key, address, source },
            None => StoreError::Call { verb, key, address, source },
        }
    }

    /// The path of what a key names.
    fn path(&self, verb: &'static str, key: &str, named: Named) -> Result<Key, StoreError> {
        path_of(key, named, self.kind).map_err(|source| StoreError::Key {
            verb,
            key: key.to_owned(),
            address: self.address.clone(),
            source,
        })
    }

    /// Reads an object.
    pub fn get(&self, key: &str) -> Result<Bytes, StoreError> {
        let path = self.path("read", key, Named::Object)?;
        self.runtime
            .block_on(async { self.inner.get(&path).await?.bytes().await })
            .map_err(self.failed("read", key))
    }

    /// Reads an object, unless it still has this ETag. `None` means that it has.
    ///
    /// # Errors
    /// If there is no such object, or the store cannot be read.
    pub fn get_if_changed(
        &self,
        key: &str,
        etag: Option<&str>,
    ) -> Result<Option<ReadObject>, StoreError> {
        let path = self.path("read", key, Named::Object)?;
        let options =
            GetOptions { if_none_match: etag.map(str::to_owned), ..GetOptions::default() };
        let read = self.runtime.block_on(async {
            let found = self.inner.get_opts(&path, options).await?;
            let (etag, modified) = (found.meta.e_tag.clone(), modified(&found.meta));
            Ok(ReadObject { bytes: found.bytes().await?, etag, modified })
        });
        match read {
            Ok(object) => Ok(Some(object)),
            Err(object_store::Error::NotModified { .. }) => Ok(None),
            Err(error) => Err(self.failed("read", key)(error)),
        }
    }

    /// Reads byte ranges of an object.
    pub fn get_ranges(
        &self,
        key: &str,
        ranges: &[std::ops::Range<u64>],
    ) -> Result<Vec<Bytes>, StoreError> {
        let path = self.path("read a range of", key, Named::Object)?;
        self.runtime
            .block_on(self.inner.get_ranges(&path, ranges))
            .map_err(self.failed("read a range of", key))
    }

    /// Reads the length and modification time of an object.
    pub fn head(&self, key: &str) -> Result<ObjectMeta, StoreError> {
        let path = self.path("look up", key, Named::Object)?;
        self.runtime.block_on(self.inner.head(&path)).map_err(self.failed("look up", key))
    }

    /// Creates an object. Fails if the key already exists.
    pub fn create(&self, key: &str, bytes: Bytes) -> Result<(), StoreError> {
        let path = self.path("create", key, Named::Object)?;
        self.put(&path, key, bytes, PutMode::Create).map_err(self.failed("create", key))
    }

    /// Creates an object whose key contains its digest. If the outcome of a write is unknown it is
    /// repeated, because every writer writes the same bytes under this key.
    pub fn create_by_digest(&self, key: &str, bytes: &Bytes) -> Result<(), StoreError> {
        let path = self.path("create", key, Named::Object)?;
        retry_ambiguous(|| self.put(&path, key, bytes.clone(), PutMode::Create))
            .map_err(self.failed("create", key))
    }

    /// Writes an object, and replaces an existing one.
    pub fn overwrite(&self, key: &str, bytes: Bytes) -> Result<(), StoreError> {
        let path = self.path("write", key, Named::Object)?;
        self.put(&path, key, bytes, PutMode::Overwrite).map_err(self.failed("write", key))
    }

    fn put(&self, path: &Key, key: &str, bytes: Bytes, mode: PutMode) -> object_store::Result<()> {
        self.protect_folder(key)?;
        let attributes =
            if self.kind == Kind::Folder { Attributes::default() } else { attributes(key) };
        let options = PutOptions { mode, attributes, ..PutOptions::default() };
        let payload = PutPayload::from_bytes(bytes);
        self.runtime.block_on(self.inner.put_opts(path, payload, options))?;
        self.protect(key)
    }

    /// The path of a private report or of orders in a folder.
    fn private_path(&self, key: &str) -> Option<PathBuf> {
        let folder = key.split_once('/').map(|(folder, _)| folder);
        let is_private = folder.is_some_and(|folder| PRIVATE_FOLDERS.contains(&folder));
        Some(local_path(&self.address).filter(|_| is_private)?.join(key))
    }

    /// Creates the folder of a private object for its owner only, so that no one else reads the object while it is
    /// written.
    fn protect_folder(&self, key: &str) -> object_store::Result<()> {
        let Some(path) = self.private_path(key) else { return Ok(()) };
        let mut builder = std::fs::DirBuilder::new();
        builder.recursive(true).mode(0o700);
        path.parent().map_or(Ok(()), |folder| builder.create(folder)).map_err(of_folder)
    }

    /// Lets only the owner read a private object in a folder.
    fn protect(&self, key: &str) -> object_store::Result<()> {
        let Some(path) = self.private_path(key) else { return Ok(()) };
        let mode = std::fs::Permissions::from_mode(0o600);
        std::fs::set_permissions(path, mode).map_err(of_folder)
    }

    /// Removes an object. Succeeds if the object does not exist.
    pub fn remove(&self, key: &str) -> Result<(), StoreError> {
        let path = self.path("remove", key, Named::Object)?;
        match self.runtime.block_on(self.inner.delete(&path)) {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(self.failed("remove", key)(error)),
        }
    }

    /// Removes unfinished uploads that were last modified before a time, unless it is a dry run.
    /// Returns their keys, lengths in bytes and modification times. Only folders have unfinished
    /// uploads: other stores receive each object in one request.
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
                let Ok(metadata) = std::fs::metadata(&path) else { continue };
                let modified =
                    metadata.modified().ok().and_then(|time| Timestamp::try_from(time).ok());
                let Some(modified) = modified.filter(|&time| time < before) else { continue };
                if object_key::is_upload(key) {
                    if !dry_run {
                        std::fs::remove_file(&path).map_err(failed(&path))?;
                    }
                    stale.push((key.to_owned(), metadata.len(), modified));
                }
            }
        }
        stale.sort_unstable();
        Ok(stale)
    }

    /// The time by the store's own clock: the modification time of a temporary object.
    pub fn now(&self) -> Result<Timestamp, StoreError> {
        let local = Timestamp::now();
        let key = format!("{CLOCK_FOLDER}/{}-{}", local.as_nanosecond(), std::process::id());
        self.create(&key, Bytes::new())?;
        let written = self.head(&key).map(|object| modified(&object));
        self.remove(&key)?;
        written
    }

    /// Lists the objects under a prefix, sorted by key. The empty prefix lists the whole store.
    pub fn list(&self, prefix: &str) -> Result<Vec<ObjectMeta>, StoreError> {
        let path = self.path("list", prefix, Named::Folder)?;
        let prefix_path = (!path.is_root()).then_some(&path);
        let listed: object_store::Result<Vec<_>> =
            retry_ambiguous(|| self.runtime.block_on(self.inner.list(prefix_path).try_collect()));
        let mut objects = listed.map_err(self.failed("list", prefix))?;
        // Some programs create an empty object `prefix/` for a folder. Its last `/` is not listed.
        objects.retain(|object| object.location != path);
        objects.sort_unstable_by(|a, b| a.location.cmp(&b.location));
        Ok(objects)
    }
}

/// Folders whose objects only their owner may read: private reports, and orders that were fetched.
const PRIVATE_FOLDERS: [&str; 2] = [REPORT_FOLDER, "orders"];

fn of_folder(source: std::io::Error) -> object_store::Error {
    object_store::Error::Generic { store: "LocalFileSystem", source: source.into() }
}

/// Repeats a call whose outcome is unknown. `object_store` itself retries failed requests and resumes
/// interrupted reads, but not a listing or a write whose response was cut off.
fn retry_ambiguous<T>(call: impl Fn() -> object_store::Result<T>) -> object_store::Result<T> {
    let delays = ExponentialBuilder::default().with_min_delay(RETRY_DELAY).with_max_times(RETRIES);
    let is_ambiguous =
        |error: &object_store::Error| matches!(error, object_store::Error::Generic { .. });
    call.retry(delays).when(is_ambiguous).call()
}

/// Folder of the objects that [`Store::now`] writes and removes.
pub(crate) const CLOCK_FOLDER: &str = "clock";

/// Maximum number of retries.
const RETRIES: usize = 4;

/// Delay before the first retry. It doubles before each further retry.
const RETRY_DELAY: Duration = Duration::from_millis(100);

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
    } else if matches!(path.try_exists(), Ok(false)) {
        return Err(StoreError::MissingFolder { path: path.to_owned() });
    }
    let folder = LocalFileSystem::new_with_prefix(path).map_err(|source| StoreError::Address {
        address: address.to_owned(),
        source: Box::new(source),
    })?;
    Ok(Arc::new(folder.with_fsync(true)))
}

/// Defaults of the clients. An archive is written in one request, so that a killed job leaves no partial
/// upload, and a large one needs more time than the default of 30 seconds on a slow connection. Objects
/// are removed one at a time, and not every S3 server can remove several in one request.
const CLIENT_DEFAULTS: [(&str, &str); 3] = [
    ("timeout", "10 minutes"),
    ("read_timeout", "60 seconds"),
    ("aws_disable_bulk_delete", "true"),
];

fn open_url(address: &str) -> Result<Arc<dyn ObjectStore>, StoreError> {
    let invalid = |source: Box<dyn std::error::Error + Send + Sync>| StoreError::Address {
        address: address.to_owned(),
        source,
    };
    let url = object_key::url_of(address)
        .map_err(|source| StoreError::AddressKey { address: address.to_owned(), source })?;
    let url = url::Url::parse(&url).map_err(|source| invalid(source.into()))?;
    let environment = std::env::vars().map(|(name, value)| (name.to_ascii_lowercase(), value));
    let defaults = CLIENT_DEFAULTS.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let options = defaults.into_iter().chain(environment);
    let (store, prefix) =
        object_store::parse_url_opts(&url, options).map_err(|source| invalid(source.into()))?;
    Ok(Arc::new(PrefixStore::new(store, prefix)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn orders_and_private_reports_are_readable_by_their_owner_only() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path().to_str().unwrap(), true).unwrap();
        let mode = |key: &str| {
            let metadata = std::fs::metadata(folder.path().join(key)).unwrap();
            metadata.permissions().mode() & 0o777
        };
        for key in ["orders/date=2026-11-22/part-0.parquet", "private/erasures/0.json"] {
            store.create(key, Bytes::from_static(b"a")).unwrap();
            assert_eq!(mode(key), 0o600, "{key}");
            store.overwrite(key, Bytes::from_static(b"b")).unwrap();
            assert_eq!(mode(key), 0o600, "{key}");
        }
        assert_eq!((mode("orders"), mode("orders/date=2026-11-22")), (0o700, 0o700));
    }
}
