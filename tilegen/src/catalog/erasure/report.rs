//! What `tilegen erase` prints: what was done, what it waits for, and what it cannot reach.

use std::collections::BTreeSet;
use std::fmt;

use jiff::civil::Date;
use serde::Serialize;

use super::record::ErasureRecord;
use crate::fetch::erase::{FileKind, FoundFile};

/// What tilegen cannot reach.
const OUT_OF_REACH: [&str; 5] = [
    "the source of the orders: remove the people there first, or the next fetch of a day brings them back",
    "backups and copies of the inputs and of the store (`tilegen catalog copy`), and old versions that a bucket keeps",
    "public archives and tiles in the caches of CDNs, proxies and browsers, and in the hands of everyone who kept them",
    "tiles and archives in the memory and on the disk caches of running servers, until they load the next map",
    "exports, reports and logs that people have saved",
];

/// What an erasure has done.
#[derive(Clone, Debug, Serialize)]
pub struct Erased {
    /// Whether nothing was changed.
    pub dry_run: bool,
    /// Whether nothing is left to do.
    pub is_finished: bool,
    /// Number of people.
    pub users: u64,
    /// Rows of them that this call found.
    pub rows: u64,
    /// Files that this call replaced or removed.
    pub files: u64,
    /// Days that had rows of them.
    pub days: BTreeSet<Date>,
    /// First and last days of the public windows that were withdrawn.
    pub withdrawn: Vec<(Date, Date)>,
    /// First and last day of the public window that was published again without them.
    pub republished: Option<(Date, Date)>,
    /// Slots of the newest map that still count them.
    pub waiting_for: Vec<String>,
    /// Removed objects of former maps.
    pub removed: Vec<String>,
    /// Files with their rows that another program wrote or that no manifest names, with the number of rows.
    pub foreign_files: Vec<(String, u64)>,
    /// What tilegen cannot reach.
    pub out_of_reach: [&'static str; 5],
}

impl Erased {
    pub(super) fn new(record: &ErasureRecord, found: &[FoundFile], dry_run: bool) -> Self {
        let (foreign, own): (Vec<_>, Vec<_>) =
            found.iter().partition(|file| file.kind == FileKind::Foreign);
        Self {
            dry_run,
            is_finished: record.days.is_empty(),
            users: record.users,
            rows: found.iter().map(|file| file.rows).sum(),
            files: own.len() as u64,
            days: record.days.clone(),
            withdrawn: Vec::new(),
            republished: None,
            waiting_for: Vec::new(),
            removed: Vec::new(),
            foreign_files: foreign.iter().map(|file| (file.address.clone(), file.rows)).collect(),
            out_of_reach: OUT_OF_REACH,
        }
    }
}

impl fmt::Display for Erased {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verb = if self.dry_run { "would be removed" } else { "removed" };
        writeln!(f, "inputs    {} rows in {} files {verb}", self.rows, self.files)?;
        let days: Vec<_> = self.days.iter().map(Date::to_string).collect();
        if !days.is_empty() {
            writeln!(f, "days      {}", days.join(", "))?;
        }
        for (from, to) in &self.withdrawn {
            let again = self.republished == Some((*from, *to));
            let then = if again { "published again" } else { "until the next one is due" };
            writeln!(f, "public    window {from} to {to} withdrawn, {then}")?;
        }
        for key in &self.removed {
            writeln!(f, "removed   {key}")?;
        }
        for (file, rows) in &self.foreign_files {
            writeln!(
                f,
                "yours     {rows} rows in {file}, which no day manifest names: remove them, then repeat"
            )?;
        }
        for slot in &self.waiting_for {
            writeln!(f, "waits for a build of {slot}")?;
        }
        for text in self.out_of_reach {
            writeln!(f, "not reached: {text}")?;
        }
        let end = match (self.dry_run, self.is_finished, self.days.is_empty()) {
            (_, _, true) => "no order of these people was found",
            (true, ..) => "dry run: nothing was changed",
            (_, true, _) => "finished",
            _ => "NOT finished: repeat this command after the builds of what is listed above",
        };
        writeln!(f, "{end}")
    }
}
