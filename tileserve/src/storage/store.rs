//! The store: a folder or a bucket, read by key, with a timeout and a size limit for every read.

mod address;
mod error;
mod retries;

use std::ops::Range;
use std::path::Path as FilePath;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use futures::TryStreamExt;
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::{GetOptions, GetRange, ObjectStore, ObjectStoreExt, PutMode, PutOptions};
use tilecore::manifest::{MANIFEST_FOLDER, manifest_key, manifest_number};
use tilecore::object_key::{self, KeyError};
use tracing::Instrument;

pub use self::address::StoreAddress;
pub use self::error::StoreError;
use crate::telemetry::metrics::{OutcomeLabels, StoreMetrics};
use crate::telemetry::traces;

/// The folder or bucket that holds archives and manifests. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Store {
    objects: Arc<dyn ObjectStore>,
    /// The folder, if the store is one: a file missing because the folder is missing is another error.
    folder: Option<Arc<FilePath>>,
    timeout: Duration,
    metrics: StoreMetrics,
}

/// The `ETag` of an object: it may change with each write, even of the same bytes (RFC 9110,
/// section 8.8.3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectVersion(String);

/// What the store reports of an object without its bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectInfo {
    /// Its length in bytes.
    pub length: u64,
    /// Its version, if the store reports one.
    pub object_version: Option<ObjectVersion>,
}

impl Store {
    /// The store at an address: a folder, or a URL that `object_store` knows. Credentials, region
    /// and endpoint come from the environment (`AWS_…`, `GOOGLE_…`, `AZURE_…`).
    pub fn open(
        address: &StoreAddress,
        timeout: Duration,
        metrics: StoreMetrics,
    ) -> Result<Self, StoreError> {
        match address {
            StoreAddress::Folder(folder) => {
                let objects = LocalFileSystem::new_with_prefix(folder).map_err(|source| {
                    StoreError::Folder { folder: folder.clone(), source: Box::new(source) }
                })?;
                let folder = Some(folder.as_path().into());
                Ok(Self { objects: Arc::new(objects), folder, timeout, metrics })
            }
            StoreAddress::Url(url) => {
                let unusable = |source| {
                    let url = address.to_string();
                    StoreError::Address { url, source: Box::new(source) }
                };
                let objects = address::client(url, metrics.retries.clone()).map_err(unusable)?;
                Ok(Self { objects, folder: None, timeout, metrics })
            }
        }
    }

    /// Numbers of the manifests from `first` on, highest first.
    pub async fn manifest_numbers(&self, first: u64) -> Result<Vec<u64>, StoreError> {
        let prefix = path(MANIFEST_FOLDER)?;
        // The offset itself is not listed.
        let offset = path(&manifest_key(first.saturating_sub(1)))?;
        let listed = async {
            let metas = match first {
                0 | 1 => self.objects.list(Some(&prefix)),
                _ => self.objects.list_with_offset(Some(&prefix), &offset),
            };
            metas.try_collect::<Vec<_>>().await
        };
        let metas = self.in_time(MANIFEST_FOLDER, listed).await?;
        let mut numbers: Vec<_> =
            metas.iter().filter_map(|meta| manifest_number(meta.location.as_ref())).collect();
        numbers.sort_unstable_by(|a, b| b.cmp(a));
        if numbers.is_empty() {
            self.check_folder()?;
        }
        Ok(numbers)
    }

    /// Keys of the objects in a folder of the store.
    pub async fn keys(&self, folder: &str) -> Result<Vec<String>, StoreError> {
        let path = path(folder)?;
        let listed = self.objects.list(Some(&path)).try_collect::<Vec<_>>();
        let metas = self.in_time(folder, listed).await?;
        Ok(metas.into_iter().map(|meta| meta.location.to_string()).collect())
    }

    /// Writes an object that is not there yet.
    pub async fn create(&self, key: &str, bytes: Bytes) -> Result<(), StoreError> {
        let path = path(key)?;
        let options = PutOptions::from(PutMode::Create);
        let put = self.objects.put_opts(&path, bytes.into(), options);
        self.in_time(key, put).await.map(drop)
    }

    /// What the store reports of an object, without its bytes.
    pub async fn head(&self, key: &str) -> Result<ObjectInfo, StoreError> {
        let path = path(key)?;
        let meta = self.in_time(key, self.objects.head(&path)).await?;
        // Weak tags do not match in range requests (RFC 9110, section 13.1.1).
        let strong = meta.e_tag.filter(|tag| !tag.starts_with("W/"));
        Ok(ObjectInfo { length: meta.size, object_version: strong.map(ObjectVersion) })
    }

    /// A whole object of at most `limit` bytes.
    pub async fn read(&self, key: &str, limit: u64) -> Result<Bytes, StoreError> {
        let path = path(key)?;
        let response = async {
            let response = self.objects.get(&path).await?;
            let bytes = response.meta.size;
            Ok((bytes, if bytes > limit { None } else { Some(response.bytes().await?) }))
        };
        let (bytes, body) = self.in_time(key, response).await?;
        let key = key.to_owned();
        let Some(body) = body else { return Err(StoreError::TooLong { key, bytes, limit }) };
        self.metrics.bytes.inc_by(body.len() as u64);
        whole(key, bytes, body)
    }

    /// A part of an object; with an `object_version`, only if the object still has it.
    pub async fn read_range(
        &self,
        key: &str,
        range: Range<u64>,
        object_version: Option<&ObjectVersion>,
    ) -> Result<Bytes, StoreError> {
        let requested = range.end - range.start;
        let options = GetOptions {
            range: Some(GetRange::Bounded(range)),
            if_match: object_version.map(|object_version| object_version.0.clone()),
            ..GetOptions::default()
        };
        let path = path(key)?;
        let response = async { self.objects.get_opts(&path, options).await?.bytes().await };
        let body = self.in_time(key, response).await?;
        self.metrics.bytes.inc_by(body.len() as u64);
        whole(key.to_owned(), requested, body)
    }

    /// A whole object piece by piece, each within the timeout. What handles the pieces may fail too.
    pub async fn read_pieces<E: From<StoreError>>(
        &self,
        key: &str,
        mut take: impl FnMut(Bytes) -> Result<(), E>,
    ) -> Result<(), E> {
        let path = path(key)?;
        let read = async {
            let mut pieces = self.in_time(key, self.objects.get(&path)).await?.into_stream();
            while let Some(piece) = self.uncounted(key, pieces.try_next()).await? {
                self.metrics.bytes.inc_by(piece.len() as u64);
                take(piece)?;
            }
            Ok(())
        };
        retries::count_retries(read).await
    }

    /// A response within the timeout, counted.
    async fn in_time<T>(
        &self,
        key: &str,
        response: impl Future<Output = object_store::Result<T>>,
    ) -> Result<T, StoreError> {
        let start = Instant::now();
        let response = self.uncounted(key, response).instrument(traces::store_span(key)).await;
        self.metrics.seconds.observe(start.elapsed().as_secs_f64());
        let outcome = match &response {
            Ok(_) => "ok",
            Err(StoreError::Missing { .. }) => "not-found",
            Err(StoreError::Replaced { .. }) => "replaced",
            Err(StoreError::Timeout { .. }) => "timeout",
            Err(_) => "error",
        };
        self.metrics.requests.get_or_create(&OutcomeLabels { outcome }).inc();
        response
    }

    async fn uncounted<T>(
        &self,
        key: &str,
        response: impl Future<Output = object_store::Result<T>>,
    ) -> Result<T, StoreError> {
        let key = || key.to_owned();
        match tokio::time::timeout(self.timeout, retries::count_retries(response)).await {
            Ok(Ok(value)) => Ok(value),
            Ok(Err(object_store::Error::NotFound { .. })) => {
                self.check_folder()?;
                Err(StoreError::Missing { key: key() })
            }
            Ok(Err(object_store::Error::Precondition { .. })) => {
                Err(StoreError::Replaced { key: key() })
            }
            Ok(Err(source)) => {
                Err(StoreError::Unreachable { key: key(), source: Box::new(source) })
            }
            Err(_) => Err(StoreError::Timeout { key: key(), timeout: self.timeout }),
        }
    }

    fn check_folder(&self) -> Result<(), StoreError> {
        match &self.folder {
            Some(folder) if !folder.is_dir() => {
                Err(StoreError::FolderMissing { folder: folder.to_path_buf() })
            }
            _ => Ok(()),
        }
    }
}

/// The path of an object or folder whose key is stored exactly as it is given. `Path::from` would
/// percent-encode it.
fn path(key: &str) -> Result<Path, StoreError> {
    let refused = |source| StoreError::Key { key: key.to_owned(), source };
    object_key::check(key).map_err(refused)?;
    // `check` refuses every key that `parse` refuses.
    Path::parse(key).map_err(|_| refused(KeyError::EmptyPart(key.to_owned())))
}

fn whole(key: String, requested: u64, body: Bytes) -> Result<Bytes, StoreError> {
    let received = body.len() as u64;
    if received == requested {
        Ok(body)
    } else {
        Err(StoreError::WrongLength { key, requested, received })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn keys_are_used_exactly_as_they_are_stored() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("50%25 ~#1+ت");
        let address = StoreAddress::parse(root.to_str().unwrap()).unwrap();
        std::fs::create_dir_all(root.join("in")).unwrap();
        let store = Store::open(&address, Duration::from_secs(5), StoreMetrics::default()).unwrap();
        let keys = ["in/100%", "in/a%2Fb", "in/why?#x", "in/~1+1 two", "in/سفارش"];
        for key in keys {
            store.create(key, Bytes::from_static(key.as_bytes())).await.unwrap();
            assert_eq!(std::fs::read(root.join(key)).unwrap(), key.as_bytes(), "{key}");
            assert_eq!(store.read(key, 100).await.unwrap(), key, "{key}");
            assert_eq!(store.head(key).await.unwrap().length, key.len() as u64, "{key}");
        }
        let mut listed = store.keys("in").await.unwrap();
        listed.sort_unstable();
        let mut wanted = keys.map(str::to_owned).to_vec();
        wanted.sort_unstable();
        assert_eq!(listed, wanted);
        let error = store.read("in//a", 100).await.unwrap_err();
        let message = tilecore::error::chain(&error);
        assert!(message.starts_with("could not read in//a: the key `in//a` has an"), "{message}");
    }
}
