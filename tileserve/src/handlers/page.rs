//! The page: the files of one folder, read once at the start, and its configuration, which is read again when
//! it changes. A path can name only one of them.

pub mod beacon;
mod config;

use std::collections::HashMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, HeaderMap, HeaderName, HeaderValue, REFERRER_POLICY,
    VARY, X_CONTENT_TYPE_OPTIONS,
};

use crate::http::response::{self, Reply};
use crate::values::document::Document;
use config::PageConfig;
pub use config::PageConfigError;

/// Largest page in bytes; a larger folder is a mistake.
const MAX_BYTES: u64 = 512 << 20;

/// The built page.
#[derive(Debug)]
pub struct Page {
    files: HashMap<String, Document>,
    /// The configuration, where there is a file of it.
    config: Option<PageConfig>,
    /// Headers of files whose name changes with their content.
    immutable: HeaderMap,
    /// Headers of all other files: cached, but revalidated each time.
    revalidated: HeaderMap,
}

/// Why a folder is not a page.
#[derive(Debug, thiserror::Error)]
pub enum PageError {
    /// It could not be read.
    #[error("could not read {}, a file of the page", path.display())]
    Read {
        /// What could not be read.
        path: PathBuf,
        /// The cause.
        #[source]
        source: io::Error,
    },
    /// It has no `index.html`.
    #[error("the page folder {} has no index.html; build the page first", folder.display())]
    NoIndex {
        /// The folder.
        folder: PathBuf,
    },
    /// Its configuration cannot be used.
    #[error(transparent)]
    Config(#[from] PageConfigError),
    /// It is too large.
    #[error("the page folder {} has more than {} MiB; set `page` to the built page", folder.display(), MAX_BYTES >> 20)]
    TooLarge {
        /// The folder.
        folder: PathBuf,
    },
}

impl Page {
    /// Reads the page. `config` is served as its `config.json` in place of the file in the folder. The page may
    /// load from its own origin and from `origins`, such as a base map's.
    pub fn read(
        folder: &Path,
        config: Option<&Path>,
        origins: &[String],
    ) -> Result<Self, PageError> {
        let mut found = HashMap::new();
        let mut left = MAX_BYTES;
        collect(folder, "", &mut left, &mut found).map_err(|error| match error {
            CollectError::Read(path, source) => PageError::Read { path, source },
            CollectError::TooLarge => PageError::TooLarge { folder: folder.to_owned() },
        })?;
        if !found.contains_key("/index.html") {
            return Err(PageError::NoIndex { folder: folder.to_owned() });
        }
        let mut files: HashMap<String, Document> = found
            .iter()
            .filter(|(path, _)| packed_of(path).is_none_or(|plain| !found.contains_key(plain)))
            .map(|(path, plain)| {
                let packed = |ending: &str| found.get(&format!("{path}{ending}")).cloned();
                let kind = HeaderValue::from_static(content_type(path));
                (path.clone(), Document::new(plain.clone(), packed(".gz"), packed(".br"), kind))
            })
            .collect();
        let own = files.remove(config::PATH).map(|_| folder.join(config::NAME));
        let config = config.map(Path::to_owned).or(own).map(PageConfig::read).transpose()?;
        let start = files["/index.html"].clone();
        files.insert("/".to_owned(), start);
        let immutable = headers(origins, "public, max-age=31536000, immutable");
        Ok(Self { files, config, immutable, revalidated: headers(origins, "no-cache") })
    }

    /// Reads the configuration again if its file was written since, or if it is `forced`.
    pub fn refresh_config(&self, forced: bool) {
        if let Some(config) = &self.config {
            config.refresh(forced);
        }
    }

    /// The files of a subfolder, by their names in it.
    pub fn below<'a>(&'a self, folder: &'a str) -> impl Iterator<Item = (&'a str, &'a Document)> {
        self.files.iter().filter_map(move |(path, file)| Some((path.strip_prefix(folder)?, file)))
    }

    /// The response for a path.
    #[must_use]
    pub fn respond(&self, path: &str, request: &HeaderMap) -> Reply {
        if let Some(config) = self.config.as_ref().filter(|_| path == config::PATH) {
            return response::document(&config.document(), &self.revalidated, request);
        }
        let Some(file) = self.files.get(path) else { return response::not_found() };
        // The bundler adds a hash to the name of each file in this folder.
        let is_named_by_content = path.starts_with("/assets/");
        let headers = if is_named_by_content { &self.immutable } else { &self.revalidated };
        response::document(file, headers, request)
    }
}

enum CollectError {
    Read(PathBuf, io::Error),
    TooLarge,
}

/// Reads all files below a folder. Links are not followed, hidden files are left out.
fn collect(
    folder: &Path,
    prefix: &str,
    left: &mut u64,
    found: &mut HashMap<String, Bytes>,
) -> Result<(), CollectError> {
    let failed = |path: &Path| {
        let path = path.to_owned();
        |source| CollectError::Read(path, source)
    };
    for entry in fs::read_dir(folder).map_err(failed(folder))? {
        let entry = entry.map_err(failed(folder))?;
        let file = entry.path();
        let kind = entry.file_type().map_err(failed(&file))?;
        let name = entry.file_name();
        let Some(name) = name.to_str().filter(|name| !name.starts_with('.')) else { continue };
        let path = format!("{prefix}/{name}");
        if kind.is_dir() {
            collect(&file, &path, left, found)?;
        } else if kind.is_file() {
            let length = entry.metadata().map_err(failed(&file))?.len();
            *left = left.checked_sub(length).ok_or(CollectError::TooLarge)?;
            found.insert(path, fs::read(&file).map_err(failed(&file))?.into());
        }
    }
    Ok(())
}

/// The file that this one is the compressed form of.
fn packed_of(path: &str) -> Option<&str> {
    path.strip_suffix(".gz").or_else(|| path.strip_suffix(".br"))
}

const PERMISSIONS_POLICY: HeaderName = HeaderName::from_static("permissions-policy");

/// Permissions that the page never requests.
const UNUSED: &str = "camera=(), microphone=(), payment=(), usb=(), geolocation=(self)";

fn headers(origins: &[String], cache_control: &'static str) -> HeaderMap {
    let policy = HeaderValue::from_str(&content_security_policy(origins));
    HeaderMap::from_iter([
        (CACHE_CONTROL, HeaderValue::from_static(cache_control)),
        (VARY, HeaderValue::from_static("accept-encoding")),
        (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
        (REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
        (PERMISSIONS_POLICY, HeaderValue::from_static(UNUSED)),
        // The origins were checked when the configuration was read.
        (CONTENT_SECURITY_POLICY, policy.unwrap_or(HeaderValue::from_static("default-src 'none'"))),
    ])
}

/// What the page may do. MapLibre starts its workers from a blob where it is bundled, and makes
/// images and requests of blob and data URLs; nothing needs inline scripts or styles.
fn content_security_policy(origins: &[String]) -> String {
    let also = origins.iter().fold(String::new(), |all, origin| all + " " + origin);
    format!(
        "default-src 'self'; script-src 'self'; style-src 'self'; \
         worker-src 'self' blob:; child-src 'self' blob:; \
         img-src 'self' data: blob:{also}; connect-src 'self' data: blob:{also}; \
         font-src 'self' data:{also}; object-src 'none'; base-uri 'none'; form-action 'none'; \
         frame-ancestors 'self'"
    )
}

/// `Content-Type` by extension; the build of the page has no others.
fn content_type(path: &str) -> &'static str {
    match path.rsplit_once('.').map_or("", |(_, ending)| ending) {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "json" | "map" => "application/json",
        "geojson" => "application/geo+json",
        "webmanifest" => "application/manifest+json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "webp" => "image/webp",
        "avif" => "image/avif",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "woff" => "font/woff",
        "ttf" => "font/ttf",
        "txt" => "text/plain; charset=utf-8",
        "xml" => "application/xml",
        "wasm" => "application/wasm",
        "pbf" => "application/x-protobuf",
        _ => "application/octet-stream",
    }
}
