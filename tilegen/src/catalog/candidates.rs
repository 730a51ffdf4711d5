//! The maps that each job can be rolled back to.

use std::fmt;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::Serialize;
use tilecore::manifest::{Hold, Job, Manifest, Rollback};
use tilecore::text::counted;

use super::maps::Maps;
use super::scope::{Content, Part, Parts, Scope};
use super::{CatalogError, show};
use crate::store::Store;

/// Most candidates that are listed for each job.
const MAX_CANDIDATES: usize = 5;

/// The candidates of all jobs.
#[derive(Clone, Debug, Serialize)]
#[serde(transparent)]
pub struct Candidates {
    /// The jobs that have published something.
    pub jobs: Vec<JobCandidates>,
}

/// What a job has published, and what it can be rolled back to.
#[derive(Clone, Debug, Serialize)]
pub struct JobCandidates {
    /// The job.
    pub job: Job,
    /// What is published now.
    pub published: Summary,
    /// Its hold.
    pub hold: Option<Hold>,
    /// Its last rollback, if it has not published since.
    pub rollback: Option<Rollback>,
    /// Older maps with different content, newest first. A rollback without a number takes the first one.
    /// After a rollback, only maps before the one that was rolled back to are listed.
    pub candidates: Vec<Summary>,
    #[serde(skip)]
    last_content: Content,
}

/// What a job had published in a map.
#[derive(Clone, Debug, Serialize)]
pub struct Summary {
    /// Number of the map.
    pub number: u64,
    /// When the map was published.
    pub built_at: Timestamp,
    /// Time of the newest data.
    pub data_at: Option<Timestamp>,
    /// Orders, if the job counts orders.
    pub orders: Option<u64>,
    /// First and last day of the orders.
    pub days: Option<(Date, Date)>,
    /// Rows of the tables with vendors.
    pub vendors: Option<u64>,
    /// Archives and tables.
    pub objects: usize,
}

/// Lists the candidates of all jobs. Changes nothing.
pub fn candidates(store: &Store) -> Result<Candidates, CatalogError> {
    let newest = show(store, None)?;
    let mut parts = Parts::new(store);
    let mut jobs = Vec::new();
    for job in Job::ALL {
        let part = parts.of(&newest, &Scope::Job(job))?;
        if part.is_empty() {
            continue;
        }
        let rollback = newest.rollbacks.iter().find(|rollback| rollback.of == job.as_str());
        jobs.push(JobCandidates {
            job,
            published: summarise(&newest, &part),
            hold: newest.hold(job, Timestamp::now()).cloned(),
            rollback: rollback.cloned(),
            candidates: Vec::new(),
            last_content: part.leading_content(),
        });
    }
    for map in Maps::newest_first(store, Some(newest.number))? {
        let map = map?;
        let is_open = |job: &&mut JobCandidates| {
            let is_passed = job.rollback.as_ref().is_some_and(|last| map.number >= last.to);
            !is_passed && job.candidates.len() < MAX_CANDIDATES
        };
        for job in jobs.iter_mut().filter(is_open) {
            let part = parts.of(&map, &Scope::Job(job.job))?;
            let content = part.leading_content();
            if !part.is_empty() && content != job.last_content {
                job.candidates.push(summarise(&map, &part));
                job.last_content = content;
            }
        }
        if jobs.iter().all(|job| job.candidates.len() == MAX_CANDIDATES) {
            break;
        }
    }
    Ok(Candidates { jobs })
}

/// What a part of a map has.
pub(super) fn summarise(map: &Manifest, part: &Part) -> Summary {
    let most = part.layers.iter().filter(|entry| entry.orders > 0).max_by_key(|entry| entry.orders);
    let vendors = part.tables.iter().filter(|table| table.name.as_str().starts_with("vendors/"));
    let vendors: Vec<u64> = vendors.map(|table| table.rows).collect();
    let layers = part.layers.iter().map(|entry| entry.data_at.unwrap_or(entry.built_at));
    Summary {
        number: map.number,
        built_at: map.built_at,
        data_at: layers.chain(part.tables.iter().map(|table| table.data_at)).max(),
        orders: most.map(|entry| entry.orders),
        days: most.map(|entry| (entry.from, entry.to)),
        vendors: (!vendors.is_empty()).then(|| vendors.iter().sum()),
        objects: part.layers.len() + part.tables.len(),
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { objects, .. } = self;
        match (self.orders, self.days, self.vendors) {
            (Some(orders), Some((from, to)), _) => {
                return write!(f, "{} of {from} to {to}", counted(orders, "order"));
            }
            (_, _, Some(vendors)) => f.write_str(&counted(vendors, "vendor")),
            (_, _, None) => write!(f, "{objects} archives and tables"),
        }?;
        match self.data_at {
            Some(data_at) => write!(f, ", data of {data_at:.0}"),
            None => Ok(()),
        }
    }
}

impl fmt::Display for Candidates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for JobCandidates { job, published, hold, rollback, candidates, .. } in &self.jobs {
            writeln!(f, "{job}: now {published}")?;
            if let Some(Rollback { to, author, .. }) = rollback {
                writeln!(f, "  rolled back to map {to} by {author}")?;
            }
            if let Some(Hold { author, until, reason, .. }) = hold {
                writeln!(f, "  held by {author} until {until:.0}: {reason}")?;
            }
            for candidate in candidates {
                let Summary { number, built_at, .. } = candidate;
                writeln!(f, "  map {number:>8}  {built_at:.0}  {candidate}")?;
            }
            if candidates.is_empty() {
                writeln!(f, "  no older map has different {job}")?;
            }
        }
        writeln!(
            f,
            "nothing was changed; `tilegen catalog rollback --job JOB` rolls back to the first map of the job, `--to N` to another"
        )
    }
}
