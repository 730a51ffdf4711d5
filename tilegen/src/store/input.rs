//! Identifies input files by length and digest.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use tilecore::digest::ContentHasher;

use super::{Store, StoreError};

/// Size of the read buffer in bytes.
const BUFFER_SIZE: usize = 1 << 20;

/// An input file, by location.
#[derive(Clone, Copy)]
pub(crate) enum Input<'a> {
    /// A local file.
    File(&'a Path),
    /// An object in a store.
    Object(&'a Store, &'a str),
    /// The bytes of a file that was already read.
    Bytes(&'a [u8]),
}

/// Why an input file cannot be identified.
#[derive(Debug, thiserror::Error)]
pub enum InputError {
    /// The file cannot be read again.
    #[error("could not read {} again to compute its digest", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Cause.
        #[source]
        source: io::Error,
    },
    /// The store cannot be read.
    #[error("could not read the length and ETag of an input object")]
    Store(#[from] StoreError),
}

impl Input<'_> {
    /// Length in bytes and digest of the content.
    pub(crate) fn identify(self) -> Result<(u64, String), InputError> {
        match self {
            Self::File(path) => {
                hash_file(path).map_err(|source| InputError::Read { path: path.to_owned(), source })
            }
            Self::Bytes(bytes) => {
                let mut hasher = ContentHasher::default();
                hasher.update(bytes);
                Ok((bytes.len() as u64, format_digest(hasher)))
            }
            Self::Object(store, key) => {
                let object = store.head(key)?;
                let modified = || format!("modified:{}", object.last_modified.to_rfc3339());
                let digest =
                    object.e_tag.as_ref().map_or_else(modified, |tag| format!("etag:{tag}"));
                Ok((object.size, digest))
            }
        }
    }
}

fn hash_file(path: &Path) -> io::Result<(u64, String)> {
    let mut file = File::open(path)?;
    let (mut hasher, mut bytes, mut buffer) = (ContentHasher::default(), 0, vec![0; BUFFER_SIZE]);
    loop {
        let read = file.read(&mut buffer)?;
        if read == 0 {
            return Ok((bytes, format_digest(hasher)));
        }
        hasher.update(&buffer[..read]);
        bytes += read as u64;
    }
}

fn format_digest(hasher: ContentHasher) -> String {
    format!("xxh128:{:032x}", hasher.finish())
}
