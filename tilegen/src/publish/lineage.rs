//! The input files of a build, hashed and stored with its output, so that every number on a map can be
//! traced to the files that it was computed from.

use std::collections::BTreeMap;
use std::path::Path;

use jiff::Timestamp;
use rayon::prelude::*;
use serde::Serialize;
use tilecore::ArchiveDigest;
use tilecore::lineage::{Build, InputFile, InputSource, Lineage, lineage_key};

use super::error::PublishError;
use super::objects::store_by_digest;
use crate::config::period::Period;
use crate::store::input::{Input, InputError};
use crate::store::{GENERATOR, Store};

/// Commit of the sources, from the environment at compile time.
const COMMIT: Option<&str> = option_env!("FOODMAP_COMMIT");

/// The clock of a build, and the files that it read.
#[derive(Clone, Debug, Default)]
pub(crate) struct Inputs {
    now: Option<Timestamp>,
    files: Vec<InputFile>,
    sources: Vec<InputSource>,
}

/// Why the inputs could not be recorded.
#[derive(Debug, thiserror::Error)]
pub enum LineageError {
    /// An input file could not be identified.
    #[error(transparent)]
    Input(#[from] InputError),
    /// The list could not be stored.
    #[error("could not store the list of input files")]
    Publish(#[from] Box<PublishError>),
}

impl Inputs {
    /// The inputs of a build that takes `now` as the current time.
    pub(crate) const fn at(now: Timestamp) -> Self {
        Self { now: Some(now), files: Vec::new(), sources: Vec::new() }
    }

    /// Records the sources whose rows a file joins.
    pub(crate) fn came_from(&mut self, sources: Vec<InputSource>) {
        self.sources = sources;
    }

    /// Hashes input files of one kind, such as `orders`, in parallel, and adds them.
    pub(crate) fn add<'a>(
        &mut self,
        kind: &str,
        files: impl IntoParallelIterator<Item = (String, Input<'a>)>,
    ) -> Result<(), LineageError> {
        let named = files.into_par_iter().map(|(name, input)| {
            let (bytes, digest) = input.identify()?;
            Ok(InputFile { kind: kind.to_owned(), name, bytes, digest })
        });
        self.files.extend(named.collect::<Result<Vec<_>, LineageError>>()?);
        Ok(())
    }

    /// Adds local files.
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

    /// A digest of the files' contents, without their names and the clock.
    pub(crate) fn digest(&self) -> ArchiveDigest {
        let mut contents: Vec<&str> = self.files.iter().map(|file| &*file.digest).collect();
        contents.sort_unstable();
        ArchiveDigest::of(contents.join("\n").as_bytes())
    }

    /// Stores the list and returns the build record for the manifest entries.
    pub(crate) fn store(
        mut self,
        store: &Store,
        rows: u64,
        rejects: &impl Serialize,
        every: Option<Period>,
    ) -> Result<Build, LineageError> {
        self.files.sort_unstable();
        let lineage = Lineage { inputs: self.files };
        // Strings and numbers always serialise.
        let json = serde_json::to_vec_pretty(&lineage).unwrap_or_default();
        let digest = ArchiveDigest::of(&json);
        store_by_digest(store, &lineage_key(digest), &json.into()).map_err(Box::new)?;
        let now = Timestamp::now();
        Ok(Build {
            generator: GENERATOR.to_owned(),
            // The variable is empty when the sources are not a git checkout.
            commit: COMMIT.filter(|commit| !commit.is_empty()).map(str::to_owned),
            rows,
            rejects: by_reason(rejects),
            now: self.now,
            next_due: every.and_then(|every| now.checked_add(every.duration()).ok()),
            lineage: digest,
            sources: self.sources,
            other: BTreeMap::new(),
        })
    }
}

/// The counts of a report by reason, without zeros.
fn by_reason(rejects: &impl Serialize) -> BTreeMap<String, u64> {
    let counts = serde_json::to_value(rejects).and_then(serde_json::from_value);
    let mut counts: BTreeMap<String, u64> = counts.unwrap_or_default();
    counts.retain(|_, rows| *rows > 0);
    counts
}
