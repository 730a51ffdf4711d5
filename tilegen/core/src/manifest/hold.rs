//! Holds and rollbacks, as a manifest records them.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::job::Job;

/// A hold keeps what a job has published: until it ends, builds of the job publish nothing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Hold {
    /// Name of the job. A text, so that a job of a newer version does not make the manifest unreadable.
    pub job: String,
    /// Who set it.
    pub author: String,
    /// Why.
    pub reason: String,
    /// When it was set.
    pub since: Timestamp,
    /// When it ends by itself.
    pub until: Timestamp,
    /// Fields of newer versions, kept as they are.
    #[serde(flatten)]
    pub other: BTreeMap<String, Value>,
}

impl Hold {
    /// Whether it holds a job at a time.
    #[must_use]
    pub fn holds(&self, job: Job, now: Timestamp) -> bool {
        self.job == job.as_str() && now < self.until
    }
}

/// The last rollback of a job or layer. It is removed by the next build that publishes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Rollback {
    /// What was rolled back: the name of a job, or a layer or table with or without its slot.
    pub of: String,
    /// Number of the map that was the newest before.
    pub from: u64,
    /// Number of the map whose entries were put back.
    pub to: u64,
    /// When.
    pub at: Timestamp,
    /// Who did it.
    pub author: String,
    /// Why.
    pub reason: String,
    /// Fields of newer versions, kept as they are.
    #[serde(flatten)]
    pub other: BTreeMap<String, Value>,
}
