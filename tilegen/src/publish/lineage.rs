//! Lineage: what a build read, hashed and stored beside what it made, so that every number of a map
//! can be traced to its files.

use std::collections::BTreeMap;
use std::path::Path;

use jiff::Timestamp;
use rayon::prelude::*;
use serde::Serialize;
use tilecore::ArchiveDigest;
use tilecore::lineage::{Build, InputFile, Lineage, lineage_key};

use super::error::PublishError;
use super::objects::store_named;
use crate::config::period::Period;
use crate::store::input::{Input, InputError};
use crate::store::{GENERATOR, Store};

/// Commit of the sources, told by the environment of the compiler.
const COMMIT: Option<&str> = option_env!("FOODMAP_COMMIT");

/// What a build read.
#[derive(Clone, Debug, Default)]
pub(crate) struct Inputs(Vec<InputFile>);

/// Why a file that was read cannot be named.
#[derive(Debug, thiserror::Error)]
pub enum LineageError {
    /// A file that was read cannot be identified.
    #[error(transparent)]
    Input(#[from] InputError),
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
