//! The private report of a command: what its last published build knew. A manifest names it by its digest,
//! by command: `density` and `area-stats` are one job, and each has a report. It contains exact counts, so
//! it is under `private/`, which no server serves.

mod known_vendors;
mod settings;

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use tilecore::ArchiveDigest;
use tilecore::manifest::{HeldBack, Job, LayerEntry, Manifest, TableEntry, report_key};

pub use known_vendors::KnownVendors;
pub(crate) use known_vendors::is_recent;
pub use settings::Settings;

use super::accepted::{AcceptedFinding, read_accepted};
use super::finding::{Finding, Outcome, acceptances};
use crate::publish::{GuardRecord, PublishError, read_manifest, store_report};
use crate::store::{Store, StoreError};

/// Version of the format.
const VERSION: u32 = 1;

/// The private report of a job.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PrivateReport<T> {
    version: u32,
    /// The job.
    pub job: String,
    /// Digests of the archives and tables that were published with it.
    pub published: Vec<ArchiveDigest>,
    /// What the guards found.
    pub findings: Vec<Finding>,
    /// All findings that have been accepted so far.
    #[serde(deserialize_with = "read_accepted")]
    pub accepted: Vec<AcceptedFinding>,
    /// The counts.
    pub counts: T,
}

/// The private report that the newest map names for a job.
#[derive(Clone, Debug)]
pub struct Baseline<T> {
    /// The number of the map.
    pub map: u64,
    /// Its report.
    pub report: PrivateReport<T>,
}

/// The report of the last published build of a job, if it can be read.
#[derive(Clone, Debug)]
pub struct Known<T> {
    /// Its report, or an older one if it cannot be read. There is none before the first build of the job.
    pub baseline: Option<Baseline<T>>,
    /// A warning, if the newest report is not used.
    pub fault: Option<Finding>,
}

/// A report without its counts.
#[derive(Deserialize)]
struct WithoutCounts {
    findings: Vec<Finding>,
    #[serde(deserialize_with = "read_accepted")]
    accepted: Vec<AcceptedFinding>,
}

/// Older maps in which a report is looked for, if the newest one cannot be read.
const MAX_OLDER_MAPS: usize = 1000;

impl<T: Serialize + DeserializeOwned> Known<T> {
    /// The report of a job that the newest map names. If it cannot be read, or if nothing of its build is on
    /// the map because an older version has rolled the map back, an older map may name one.
    pub fn load(store: &Store, newest: Option<&Manifest>, job: &str) -> Result<Self, StoreError> {
        let Some(newest) = newest else { return Ok(Self { baseline: None, fault: None }) };
        let Some(digest) = named_report(newest, job) else {
            let fault = has_published(newest, job).then(|| {
                let number = newest.number;
                let message = format!(
                    "map {number} names no private report of {job}: this build is compared with nothing, as the first one"
                );
                Finding::new(Outcome::Warn, BASELINE, message)
            });
            return Ok(Self { baseline: None, fault });
        };
        let why = match read::<PrivateReport<T>>(store, digest)? {
            Ok(report) if is_on_map(newest, &report) => {
                let baseline = Some(Baseline { map: newest.number, report });
                return Ok(Self { baseline, fault: None });
            }
            Ok(_) => "is of a build from which the map no longer lists anything",
            Err(why) => why,
        };
        let baseline = older_report(store, newest, job, digest)?;
        let instead = match &baseline {
            Some(older) => format!("this build is compared with that of map {}", older.map),
            None => "this build is compared with nothing, as the first one".to_owned(),
        };
        let message = format!(
            "the private report {digest} of {job} in map {} {why}: {instead}",
            newest.number
        );
        let fault = Some(Finding::new(Outcome::Warn, BASELINE, message));
        Ok(Self { baseline, fault })
    }
}

/// The guard of reports.
const BASELINE: &str = "baseline";

/// The report of a command that a map names. Before its first build it is that of another command of its job,
/// which reads the same files.
fn named_report(map: &Manifest, command: &str) -> Option<ArchiveDigest> {
    let others = Job::of_command(command).map(Job::commands).unwrap_or_default();
    let mut commands = std::iter::once(&command).chain(others);
    commands.find_map(|command| map.reports.get(*command)).copied()
}

/// Whether a map has something that the job of a command publishes.
fn has_published(map: &Manifest, command: &str) -> bool {
    let layers = map.layers.iter().map(|entry| entry.layer.as_str());
    let mut names = layers.chain(map.tables.iter().map(|entry| entry.name.as_str()));
    names.any(|name| Job::of(name).is_some() && Job::of(name) == Job::of_command(command))
}

/// Whether something of the build of a report is on a map.
fn is_on_map<T>(map: &Manifest, report: &PrivateReport<T>) -> bool {
    let layers = map.layers.iter().map(|entry| entry.digest);
    let mut listed = layers.chain(map.tables.iter().map(|entry| entry.digest));
    listed.any(|digest| report.published.contains(&digest))
}

/// The newest readable report of a job that an older map names, preferably of a build that is on the newest
/// map.
fn older_report<T: DeserializeOwned>(
    store: &Store,
    newest: &Manifest,
    job: &str,
    unusable: ArchiveDigest,
) -> Result<Option<Baseline<T>>, StoreError> {
    let mut tried = vec![unusable];
    let mut fallback = None;
    for number in (1..newest.number).rev().take(MAX_OLDER_MAPS) {
        let map = match read_manifest(store, number) {
            Ok(map) => map,
            Err(PublishError::Store(error)) if !error.is_not_found() => return Err(error),
            Err(_) => continue,
        };
        let Some(digest) = named_report(&map, job) else { continue };
        if tried.contains(&digest) {
            continue;
        }
        tried.push(digest);
        let Ok(report) = read::<PrivateReport<T>>(store, digest)? else { continue };
        let is_listed = is_on_map(newest, &report);
        let baseline = Baseline { map: number, report };
        if is_listed {
            return Ok(Some(baseline));
        }
        fallback.get_or_insert(baseline);
    }
    Ok(fallback)
}

/// What was accepted in the builds of some jobs.
pub fn accepted_before(
    store: &Store,
    newest: Option<&Manifest>,
    jobs: &[&str],
) -> Result<Vec<AcceptedFinding>, StoreError> {
    let mut accepted = Vec::new();
    for &digest in jobs.iter().filter_map(|job| newest?.reports.get(*job)) {
        if let Ok(report) = read::<WithoutCounts>(store, digest)? {
            accepted.extend(report.accepted);
        }
    }
    accepted.sort_unstable();
    accepted.dedup();
    Ok(accepted)
}

/// The warnings of the last published build of a command. A report that cannot be read has none.
pub fn warnings_of(
    store: &Store,
    map: &Manifest,
    command: &str,
) -> Result<Vec<Finding>, StoreError> {
    let Some(&digest) = map.reports.get(command) else { return Ok(Vec::new()) };
    let Ok(report) = read::<WithoutCounts>(store, digest)? else { return Ok(Vec::new()) };
    let is_warning = |finding: &Finding| finding.outcome == Outcome::Warn;
    Ok(report.findings.into_iter().filter(is_warning).collect())
}

/// The private reports that a map names, by command, without those that are missing. A command without a
/// report is checked as on its first build.
///
/// # Errors
/// If the store cannot be read.
pub fn stored_reports(
    store: &Store,
    map: &Manifest,
) -> Result<BTreeMap<String, ArchiveDigest>, StoreError> {
    let mut reports = BTreeMap::new();
    for (command, &digest) in &map.reports {
        match store.head(&report_key(digest)) {
            Ok(_) => {
                reports.insert(command.clone(), digest);
            }
            Err(error) if error.is_not_found() => {
                tracing::warn!(
                    command,
                    map = map.number,
                    "the private report of the map is missing"
                );
            }
            Err(error) => return Err(error),
        }
    }
    Ok(reports)
}

/// Reads a report, or says why it cannot be used.
fn read<R: DeserializeOwned>(
    store: &Store,
    digest: ArchiveDigest,
) -> Result<Result<R, &'static str>, StoreError> {
    match store.get(&report_key(digest)) {
        Ok(bytes) => Ok(serde_json::from_slice(&bytes).map_err(|_| "is damaged")),
        Err(error) if error.is_not_found() => Ok(Err("is missing")),
        Err(error) => Err(error),
    }
}

/// A report to publish.
#[derive(Clone, Copy, Debug)]
pub struct NewReport<'a, T> {
    /// The command.
    pub job: &'static str,
    /// The archives of the build.
    pub layers: &'a [LayerEntry],
    /// The tables of the build.
    pub tables: &'a [TableEntry],
    /// What the guards found.
    pub findings: &'a [Finding],
    /// All findings that have been accepted so far.
    pub accepted: &'a [AcceptedFinding],
    /// The counts.
    pub counts: &'a T,
}

impl<T: Serialize> NewReport<'_, T> {
    /// Stores the report and returns what the manifest records of it.
    ///
    /// # Errors
    /// If the store does not store it.
    pub fn store(&self, store: &Store) -> Result<GuardRecord, PublishError> {
        let layers = self.layers.iter().map(|entry| entry.digest);
        let mut accepted: Vec<_> = self.accepted.iter().map(|one| one.accept.to_string()).collect();
        accepted.sort_unstable();
        accepted.dedup();
        let report = PrivateReport {
            version: VERSION,
            job: self.job.to_owned(),
            published: layers.chain(self.tables.iter().map(|entry| entry.digest)).collect(),
            findings: self.findings.to_vec(),
            accepted: self.accepted.to_vec(),
            counts: self.counts,
        };
        Ok(GuardRecord {
            command: self.job,
            report: store_report(store, &report)?,
            held_back: held_back(self.job, self.findings),
            accepted,
        })
    }
}

/// The days that these findings of a command hold back.
fn held_back(command: &str, findings: &[Finding]) -> Option<HeldBack> {
    let held = || findings.iter().filter(|finding| finding.outcome == Outcome::HoldBack);
    let from = held().filter_map(|finding| finding.day).min()?;
    let reason = |finding: &Finding| match (&finding.city, finding.day) {
        (Some(city), Some(day)) => format!("{}: {city} on {day}", finding.guard),
        (_, _) => finding.guard.clone(),
    };
    let accept = acceptances(held()).iter().map(ToString::to_string).collect();
    let reasons = held().map(reason).collect();
    Some(HeldBack { command: command.to_owned(), from, reasons, accept, other: BTreeMap::new() })
}
