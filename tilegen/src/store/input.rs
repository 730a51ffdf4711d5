//! Input files, identified by length and digest.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use tilecore::digest::ContentHasher;

use super::{Store, StoreError};

/// Bytes of a file that are hashed at a time.
const PIECE: usize = 1 << 20;

/// A file that was read, by where it lies.
#[derive(Clone, Copy)]
pub(crate) enum Input<'a> {
    /// On this machine's disk.
    File(&'a Path),
    /// In a store, under a key.
    Object(&'a Store, &'a str),
    /// It was read whole.
    Bytes(&'a [u8]),
}

/// Why an input file cannot be identified.
#[derive(Debug, thiserror::Error)]
pub enum InputError {
    /// The file cannot be read any more.
    #[error("could not read {} once more, to tell which file the map is made from", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Cause.
        #[source]
        source: io::Error,
    },
    /// The store cannot be asked.
    #[error("could not tell which objects the map is made from")]
    Store(#[from] StoreError),
}

impl Input<'_> {
    /// Length and name of the content.
    pub(crate) fn identify(self) -> Result<(u64, String), InputError> {
        match self {
            Self::File(path) => {
                hash_file(path).map_err(|source| InputError::Read { path: path.to_owned(), source })
            }
            Self::Bytes(bytes) => {
                let mut hasher = ContentHasher::default();
                hasher.update(bytes);
                Ok((bytes.len() as u64, text(hasher)))
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
    let (mut hasher, mut bytes, mut piece) = (ContentHasher::default(), 0, vec![0; PIECE]);
    loop {
        let read = file.read(&mut piece)?;
        if read == 0 {
            return Ok((bytes, text(hasher)));
        }
        hasher.update(&piece[..read]);
        bytes += read as u64;
    }
}

fn text(hasher: ContentHasher) -> String {
    format!("xxh128:{:032x}", hasher.finish())
}
