//! The record of the last run of a command: when it started, and how it ended. A run writes it at its start
//! and at its end, so that a run that was killed is not taken for one in progress.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tilecore::process::host_name;

use crate::store::{Store, StoreError, local_path};

/// Folder of the records in the store, below that of the private reports: a reason may contain exact counts.
pub const RUN_FOLDER: &str = "private/runs";

/// The record of a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunRecord {
    /// The tilegen command, such as `density`.
    pub command: String,
    /// Its process.
    pub process: u32,
    /// The machine or container of the process.
    pub host: Option<String>,
    /// The set of process numbers that the process belongs to, on Linux.
    namespace: Option<String>,
    /// Whether it holds a lease while it runs.
    pub has_lease: bool,
    /// When it started.
    pub started: Timestamp,
    /// When and how it ended; `None` while it runs, and if it was killed.
    pub end: Option<RunEnd>,
}

/// The end of a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunEnd {
    /// When.
    pub at: Timestamp,
    /// How.
    #[serde(flatten)]
    pub outcome: RunOutcome,
}

/// How a run ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "kebab-case")]
pub enum RunOutcome {
    /// It published.
    Published,
    /// Its job is held, so it published nothing.
    Held,
    /// A guard stopped it.
    Stopped,
    /// It failed.
    Failed {
        /// Why.
        reason: String,
    },
}

/// What a record says about a run now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RunState<'a> {
    /// It is in progress.
    Running,
    /// It has no lease, and its process is on another machine: it runs, or it was killed.
    Unknown,
    /// Its process ended without recording how.
    Died,
    /// It has ended.
    Ended(&'a RunEnd),
}

impl RunRecord {
    /// The record of this process.
    #[must_use]
    pub fn start(command: &str, has_lease: bool) -> Self {
        Self {
            command: command.to_owned(),
            process: std::process::id(),
            host: host_name(),
            namespace: process_namespace(),
            has_lease,
            started: Timestamp::now(),
            end: None,
        }
    }

    /// The record of the run, which ends now.
    #[must_use]
    pub fn ended(self, outcome: RunOutcome) -> Self {
        Self { end: Some(RunEnd { at: Timestamp::now(), outcome }), ..self }
    }

    /// Writes the record. A store in a folder that does not exist yet gets none.
    ///
    /// # Errors
    /// If the store does not store it.
    pub fn store(&self, address: &str) -> Result<(), StoreError> {
        if local_path(address).is_some_and(|folder| !folder.is_dir()) {
            return Ok(());
        }
        // Strings, numbers and times always serialise.
        let bytes = serde_json::to_vec(self).unwrap_or_default();
        Store::open(address, false)?.overwrite(&key(&self.command), bytes.into())
    }

    /// The record of the last run of a command. One that is not readable is none.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub fn find(store: &Store, command: &str) -> Result<Option<Self>, StoreError> {
        match store.get(&key(command)) {
            Ok(bytes) => Ok(serde_json::from_slice(&bytes).ok()),
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// What the record says now. `is_leased` is whether a run of the command holds a live lease.
    #[must_use]
    pub fn state(&self, is_leased: bool) -> RunState<'_> {
        match &self.end {
            Some(end) => RunState::Ended(end),
            None if self.is_alive() == Some(false) => RunState::Died,
            None if is_leased || self.is_alive() == Some(true) => RunState::Running,
            None if self.has_lease => RunState::Died,
            None => RunState::Unknown,
        }
    }

    /// Whether the process exists; `None` if it is on another machine or in another container.
    fn is_alive(&self) -> Option<bool> {
        let is_here = self.host.is_some() && self.host == host_name();
        let is_here = is_here && self.namespace.is_some() && self.namespace == process_namespace();
        is_here.then(|| std::path::Path::new(&format!("/proc/{}", self.process)).exists())
    }

    /// The run in words, such as `process 7 on build-1`.
    #[must_use]
    pub fn holder(&self) -> String {
        let host = self.host.as_deref().unwrap_or("an unknown host");
        format!("process {} on {host}", self.process)
    }
}

fn key(command: &str) -> String {
    format!("{RUN_FOLDER}/{command}.json")
}

/// The set of process numbers of this process: containers have their own (`pid_namespaces(7)`).
fn process_namespace() -> Option<String> {
    let link = std::fs::read_link("/proc/self/ns/pid").ok()?;
    Some(link.to_string_lossy().into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_without_an_end_is_running_or_has_died() {
        let here = RunRecord::start("density", true);
        let gone = RunRecord { process: u32::MAX, ..here.clone() };
        let elsewhere = RunRecord { host: Some("elsewhere".to_owned()), ..here.clone() };
        let without_lease = RunRecord { has_lease: false, ..elsewhere.clone() };
        for (record, is_leased, wanted) in [
            (&elsewhere, true, RunState::Running),
            (&elsewhere, false, RunState::Died),
            (&without_lease, false, RunState::Unknown),
        ] {
            assert_eq!(record.state(is_leased), wanted, "{record:?} {is_leased}");
        }
        if cfg!(target_os = "linux") && here.host.is_some() {
            assert_eq!(here.state(false), RunState::Running, "this process");
            assert_eq!(gone.state(true), RunState::Died, "a dead process with a live lease");
        }
        let end = RunEnd { at: here.started, outcome: RunOutcome::Published };
        let ended = RunRecord { end: Some(end.clone()), ..gone };
        assert_eq!(ended.state(true), RunState::Ended(&end));
        let text = serde_json::to_string(&ended).unwrap();
        assert!(text.contains(r#""outcome":"published""#), "{text}");
        assert_eq!(serde_json::from_str::<RunRecord>(&text).unwrap(), ended);
    }
}
