//! Which steps need not run again: their inputs, arguments and configuration and this version of the program are those
//! of the last run, and what it published is still on the newest map.

use std::collections::BTreeMap;
use std::fs;

use anyhow::Context;
use serde::{Deserialize, Serialize};
use tilecore::digest::ContentHasher;
use tilecore::manifest::{Job, Manifest};

use super::step::{Folder, Step};
use crate::cli::arguments::PipelineArgs;
use crate::config::Config;
use crate::publish::newest_manifest;
use crate::publish::run_record::RUN_FOLDER;
use crate::store::{GENERATOR, Store, StoreError};

/// What was done in the last run of a step.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct DoneStep {
    /// Digest of what the step depends on.
    key: String,
    /// What it published: names with slots, and digests.
    published: BTreeMap<String, String>,
}

/// The steps that were done, in the store of the map.
pub(super) struct DoneSteps<'a> {
    pub(super) store: &'a Store,
    pub(super) args: &'a PipelineArgs,
    pub(super) config: &'a Config,
}

impl DoneSteps<'_> {
    /// A digest of everything that the result of a step depends on: the program, the configuration, the arguments, the
    /// local day, and the name, length and version of every input file.
    pub(super) fn key(&self, step: &Step) -> anyhow::Result<String> {
        let mut hasher = ContentHasher::default();
        let mut add = |text: &str| {
            hasher.update(text.as_bytes());
            hasher.update(b"\0");
        };
        add(GENERATOR);
        add(option_env!("FOODMAP_COMMIT").unwrap_or_default());
        add(&self.config.time_zone.to_datetime(self.args.clock.now()).date().to_string());
        if let Some(path) = &self.args.config.file {
            let text = fs::read_to_string(path);
            add(&text.with_context(|| format!("could not read {}", path.display()))?);
        }
        step.arguments.iter().for_each(|argument| add(argument));
        for folder in &step.reads {
            for line in identities(folder)? {
                add(&line);
            }
        }
        Ok(format!("{:032x}", hasher.finish()))
    }

    /// Whether the last run of a step had the same key, and the newest map has all that it published.
    pub(super) fn is_done(&self, step: &Step, key: &str) -> anyhow::Result<bool> {
        let bytes = match self.store.get(&record_key(step)) {
            Ok(bytes) => bytes,
            Err(error) if error.is_not_found() => return Ok(false),
            Err(error) => return Err(error.into()),
        };
        let Ok(done) = serde_json::from_slice::<DoneStep>(&bytes) else { return Ok(false) };
        Ok(done.key == key && done.published == self.published(step)?)
    }

    /// Records that a step was done.
    pub(super) fn record(&self, step: &Step, key: String) -> anyhow::Result<()> {
        let done = DoneStep { key, published: self.published(step)? };
        let json = serde_json::to_vec(&done)?;
        Ok(self.store.overwrite(&record_key(step), json.into())?)
    }

    /// What the newest map has of a step.
    fn published(&self, step: &Step) -> anyhow::Result<BTreeMap<String, String>> {
        let newest = newest_manifest(self.store)?;
        Ok(newest.as_ref().map(|newest| published_by(step.name, newest)).unwrap_or_default())
    }
}

fn record_key(step: &Step) -> String {
    format!("{RUN_FOLDER}/done-{}.json", step.name.replace(' ', "-"))
}

fn published_by(step: &str, manifest: &Manifest) -> BTreeMap<String, String> {
    let layers =
        manifest.layers.iter().map(|entry| (entry.layer.clone(), &entry.slot, entry.digest));
    let tables = manifest.tables.iter();
    let tables = tables.map(|entry| (entry.name.to_string(), &entry.slot, entry.digest));
    let own = layers.chain(tables).filter(|(name, ..)| publishes(step, name));
    own.map(|(name, slot, digest)| (format!("{name}/{slot}"), digest.to_string())).collect()
}

/// Whether a step publishes a layer or table.
fn publishes(step: &str, name: &str) -> bool {
    let first = name.split('/').next().unwrap_or_default();
    match step {
        "density" => first == "density" || first == "density-public",
        "timeline" => first.starts_with("timeline-"),
        "area-stats" => name == "area-stats/orders",
        "snapshot" => Job::of(name) == Some(Job::Snapshot),
        _ => false,
    }
}

/// The name, length and version of every file of a folder. A folder that does not exist has none.
fn identities(folder: &Folder) -> Result<Vec<String>, StoreError> {
    let listed = match Store::open(&folder.store, false) {
        Ok(store) => store.list(&folder.name)?,
        Err(StoreError::MissingFolder { .. }) => Vec::new(),
        Err(error) => return Err(error),
    };
    let identity = |object: object_store::ObjectMeta| {
        let version = object.e_tag.unwrap_or_else(|| object.last_modified.to_rfc3339());
        format!("{}/{} {} {version}", folder.store, object.location, object.size)
    };
    Ok(listed.into_iter().map(identity).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_publishes_its_own_layers_and_tables() {
        for (step, name, is_own) in [
            ("density", "density", true),
            ("density", "density-public", true),
            ("density", "vendors", false),
            ("area-stats", "area-stats/orders", true),
            ("area-stats", "area-stats/vendors", false),
            ("snapshot", "area-stats/vendors", true),
            ("timeline", "timeline-orders", true),
            ("retire", "density", false),
        ] {
            assert_eq!(publishes(step, name), is_own, "{step} {name}");
        }
    }

    #[test]
    fn a_changed_file_and_a_new_file_change_what_a_folder_is() {
        let root = tempfile::tempdir().unwrap();
        let folder = Folder { store: root.path().display().to_string(), name: "areas".into() };
        assert_eq!(identities(&folder).unwrap(), Vec::<String>::new());
        fs::create_dir(root.path().join("areas")).unwrap();
        let mut known = std::collections::BTreeSet::new();
        for (name, text) in [("a.csv", "a"), ("a.csv", "bc"), ("b.csv", "d")] {
            fs::write(root.path().join("areas").join(name), text).unwrap();
            assert!(known.insert(identities(&folder).unwrap()), "{name} {text}");
        }
    }
}
