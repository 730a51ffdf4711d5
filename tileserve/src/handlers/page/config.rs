//! The page's configuration, `config.json`: read again when its file changes.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use http::HeaderValue;

use crate::values::document::Document;
use crate::values::reloaded::Reloaded;

/// The name of the file in the page's folder.
pub(super) const NAME: &str = "config.json";
/// The path at which it is served.
pub(super) const PATH: &str = "/config.json";

/// The configuration and the file that it comes from.
#[derive(Debug)]
pub(super) struct PageConfig {
    file: PathBuf,
    document: Reloaded<Document>,
}

/// Why a file is not a configuration of the page.
#[derive(Debug, thiserror::Error)]
pub enum PageConfigError {
    /// It could not be read.
    #[error("could not read {}, the configuration of the page", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The cause.
        #[source]
        source: io::Error,
    },
    /// It is not JSON, for example because it is only half written.
    #[error("{}, the configuration of the page, is not valid JSON", path.display())]
    NotJson {
        /// The file.
        path: PathBuf,
        /// The cause.
        #[source]
        source: serde_json::Error,
    },
}

impl PageConfig {
    pub(super) fn read(file: PathBuf) -> Result<Self, PageConfigError> {
        let document = Reloaded::new(vec![file.clone()], read(&file)?);
        Ok(Self { file, document })
    }

    pub(super) fn document(&self) -> Arc<Document> {
        self.document.get()
    }

    pub(super) fn refresh(&self, forced: bool) {
        self.document.refresh("configuration of the page", forced, || read(&self.file));
    }
}

/// The page checks what the keys mean; here only a damaged file is refused.
fn read(file: &Path) -> Result<Document, PageConfigError> {
    let path = || file.to_owned();
    let text = fs::read(file).map_err(|source| PageConfigError::Read { path: path(), source })?;
    serde_json::from_slice::<serde::de::IgnoredAny>(&text)
        .map_err(|source| PageConfigError::NotJson { path: path(), source })?;
    Ok(Document::new(text.into(), None, None, HeaderValue::from_static("application/json")))
}
