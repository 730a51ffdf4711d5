//! Addresses of stores, and the clients for them.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use object_store::aws::AmazonS3Builder;
use object_store::azure::MicrosoftAzureBuilder;
use object_store::gcp::GoogleCloudStorageBuilder;
use object_store::http::HttpBuilder;
use object_store::prefix::PrefixStore;
use object_store::{ObjectStore, ObjectStoreScheme};
use prometheus_client::metrics::counter::Counter;
use tilecore::object_key::{address_of, url_of};
use url::{Position, Url};

use super::retries::CountRetries;

/// Where a store is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StoreAddress {
    /// A local folder.
    Folder(PathBuf),
    /// A bucket, or a folder behind a web server. The path is percent-encoded.
    Url(Url),
}

impl StoreAddress {
    /// Reads a path, a `file://` URL or the URL of a bucket. What follows the bucket is the prefix of the
    /// keys exactly as they are stored.
    ///
    /// ```
    /// use tileserve::storage::store::StoreAddress;
    ///
    /// let folder = StoreAddress::Folder("/var/lib/store".into());
    /// assert_eq!(StoreAddress::parse("/var/lib/store"), Ok(folder.clone()));
    /// assert_eq!(StoreAddress::parse("file:///var/lib/store"), Ok(folder));
    /// assert!(matches!(StoreAddress::parse("s3://bucket/map"), Ok(StoreAddress::Url(_))));
    /// assert_eq!(StoreAddress::parse("s3://bucket/50%/#1")?.to_string(), "s3://bucket/50%/#1");
    /// assert!(StoreAddress::parse("s3://bucket//map").is_err());
    /// assert!(StoreAddress::parse("ftp://host/map").is_err());
    /// # Ok::<(), String>(())
    /// ```
    pub fn parse(text: &str) -> Result<Self, String> {
        if text.is_empty() {
            return Err("is empty; set a folder or a URL".to_owned());
        }
        let Some((scheme, _)) = text.split_once("://") else {
            return Ok(Self::Folder(text.into()));
        };
        let url = url_of(text).map_err(|error| format!("`{text}` cannot be used: {error}"))?;
        let url: Url = url.parse().map_err(|error| format!("`{text}` is not a URL: {error}"))?;
        // A URL ends up in logs; credentials belong in the environment.
        if !url.username().is_empty() || url.password().is_some() {
            return Err("has a user or password in its URL; set them in the environment".to_owned());
        }
        match scheme {
            "file" => url
                .to_file_path()
                .map(Self::Folder)
                .map_err(|()| format!("`{text}` is not a local folder")),
            "s3" | "s3a" | "gs" | "az" | "adl" | "azure" | "abfs" | "abfss" | "http" | "https" => {
                Ok(Self::Url(url))
            }
            _ => Err(format!(
                "`{text}` is neither a folder nor a file, s3, gs, az, http or https URL"
            )),
        }
    }
}

impl fmt::Display for StoreAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Folder(folder) => folder.display().fmt(f),
            Self::Url(url) => address_of(url.as_str()).fmt(f),
        }
    }
}

/// A builder with the address, the keys of the environment that it knows (`AWS_…`, `GOOGLE_…`,
/// `AZURE_…`) and requests that are counted when they are repeated.
macro_rules! client {
    ($builder:ty, $address:expr, $retries:expr) => {{
        let builder = <$builder>::new().with_url($address).with_http_connector($retries);
        let builder = std::env::vars().fold(builder, |builder, (name, value)| {
            match name.to_ascii_lowercase().parse() {
                Ok(key) => builder.with_config(key, value),
                Err(_) => builder,
            }
        });
        Arc::new(builder.build()?)
    }};
}

/// The client of a bucket, or of a folder behind a web server. `object_store` makes one from a URL
/// too, but then its requests cannot be counted.
pub(super) fn client(url: &Url, retries: Counter) -> object_store::Result<Arc<dyn ObjectStore>> {
    let (scheme, prefix) = ObjectStoreScheme::parse(url)?;
    let retries = CountRetries(retries);
    let objects: Arc<dyn ObjectStore> = match scheme {
        ObjectStoreScheme::AmazonS3 => client!(AmazonS3Builder, url.as_str(), retries),
        ObjectStoreScheme::GoogleCloudStorage => {
            client!(GoogleCloudStorageBuilder, url.as_str(), retries)
        }
        ObjectStoreScheme::MicrosoftAzure => {
            client!(MicrosoftAzureBuilder, url.as_str(), retries)
        }
        ObjectStoreScheme::Http => client!(HttpBuilder, &url[..Position::BeforePath], retries),
        _ => return object_store::parse_url(url).map(|(objects, _)| objects.into()),
    };
    Ok(Arc::new(PrefixStore::new(objects, prefix)))
}
