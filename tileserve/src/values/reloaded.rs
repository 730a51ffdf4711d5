//! Values that are read from files, and read again when the files change.

use std::error::Error;
use std::fs;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use arc_swap::ArcSwap;
use tracing::{info, warn};

use tilecore::error::chain;

/// A value read from files. If they change to something invalid, the last valid value stays.
#[derive(Debug)]
pub struct Reloaded<T> {
    files: Vec<PathBuf>,
    value: ArcSwap<T>,
    /// When each was last modified, as of the last check.
    seen: Mutex<Vec<Option<SystemTime>>>,
}

impl<T> Reloaded<T> {
    /// The value that the caller has read from the files.
    pub fn new(files: Vec<PathBuf>, value: T) -> Self {
        let seen = Mutex::new(modified(&files));
        Self { files, value: ArcSwap::from_pointee(value), seen }
    }

    /// The current value.
    pub fn get(&self) -> Arc<T> {
        self.value.load_full()
    }

    /// Reads them again if one of them was written since, or if it is `forced`.
    pub fn refresh<E: Error + 'static>(
        &self,
        what: &str,
        forced: bool,
        read: impl FnOnce() -> Result<T, E>,
    ) {
        let now = modified(&self.files);
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if *seen == now && !forced {
            return;
        }
        match read() {
            Ok(value) => {
                self.value.store(Arc::new(value));
                info!("{what} reloaded");
            }
            Err(error) => warn!(
                cause = chain(&error),
                "{what} not reloaded; the previous version stays in effect"
            ),
        }
        *seen = now;
    }
}

fn modified(files: &[PathBuf]) -> Vec<Option<SystemTime>> {
    let modified =
        |file: &PathBuf| fs::metadata(file).and_then(|metadata| metadata.modified()).ok();
    files.iter().map(modified).collect()
}
