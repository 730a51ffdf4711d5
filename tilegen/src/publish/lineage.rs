//! Lineage: what a build read, hashed and stored beside what it made, so that every number of a map
//! can be traced to its files.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use rayon::prelude::*;
use serde::Serialize;
use tilecore::ArchiveDigest;
use tilecore::digest::ContentHasher;
use tilecore::lineage::{Build, InputFile, Lineage, lineage_key};

use crate::config::period::Period;
use crate::publish::{GENERATOR, PublishError, store_named};
use crate::store::{Store, StoreError};

/// Commit of the sources, told by the environment of the compiler.
const COMMIT: Option<&str> = option_env!("FOODMAP_COMMIT");

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

/// What a build read.
#[derive(Clone, Debug, Default)]
pub(crate) struct Inputs(Vec<InputFile>);

/// Why a file that was read cannot be named.
#[derive(Debug, thiserror::Error)]
pub enum LineageError {
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
    /// The list cannot be stored.
    #[error("could not store the list of input files")]
    Publish(#[from] Box<PublishError>),
}

impl Inputs {
    /// Names files of one kind, all at the same time.
    pub(crate) fn add<'a>(
        &mut self,
        kind: &str,
        files: impl IntoParallelIterator<Item = (String, Input<'a>)>,
    ) -> Result<(), LineageError> {
        let named = files.into_par_iter().map(|(name, input)| {
            let (bytes, digest) = input.identify()?;
            Ok(InputFile { kind: kind.to_owned(), name, bytes, digest })
        });
        self.0.extend(named.collect::<Result<Vec<_>, LineageError>>()?);
        Ok(())
    }

    /// Names files of this machine.
    pub(crate) fn add_files(
        &mut self,
        kind: &str,
        paths: &[impl AsRef<Path> + Sync],
    ) -> Result<(), LineageError> {
        let files = paths.par_iter().map(|path| {
            let path = path.as_ref();
            (path.display().to_string(), Input::File(path))
        });
        self.add(kind, files)
    }

    /// Stores the list, and gives what entries tell of the build.
    pub(crate) fn store(
        mut self,
        store: &Store,
        rows: u64,
        rejects: &impl Serialize,
        every: Option<Period>,
    ) -> Result<Build, LineageError> {
        self.0.sort_unstable();
        let lineage = Lineage { inputs: self.0 };
        // Names and numbers make no JSON that cannot be written.
        let json = serde_json::to_vec_pretty(&lineage).unwrap_or_default();
        let digest = ArchiveDigest::of(&json);
        store_named(store, &lineage_key(digest), &json.into()).map_err(Box::new)?;
        let now = Timestamp::now();
        Ok(Build {
            generator: GENERATOR.to_owned(),
            // Sources without a history have an empty one.
            commit: COMMIT.filter(|commit| !commit.is_empty()).map(str::to_owned),
            rows,
            rejects: by_reason(rejects),
            next_due: every.and_then(|every| now.checked_add(every.duration()).ok()),
            lineage: digest,
        })
    }
}

/// Counts by reason, as they are in reports, without those that are 0.
fn by_reason(rejects: &impl Serialize) -> BTreeMap<String, u64> {
    let counts = serde_json::to_value(rejects).and_then(serde_json::from_value);
    let mut counts: BTreeMap<String, u64> = counts.unwrap_or_default();
    counts.retain(|_, rows| *rows > 0);
    counts
}

impl Input<'_> {
    /// Length and name of the content.
    fn identify(self) -> Result<(u64, String), LineageError> {
        match self {
            Self::File(path) => hash_file(path)
                .map_err(|source| LineageError::Read { path: path.to_owned(), source }),
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
