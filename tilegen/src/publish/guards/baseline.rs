//! The private report of a command: what its last published build knew. A manifest names it by its digest,
//! by command: `density` and `area-stats` are one job, and each has a report. It contains exact counts, so
//! it is under `private/`, which no server serves.

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use tilecore::ArchiveDigest;
use tilecore::manifest::{HeldBack, LayerEntry, Manifest, TableEntry, report_key};

use super::acceptance::Acceptance;
use super::finding::{Finding, Outcome};
use crate::publish::{GuardRecord, PublishError, store_report};
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
    /// What operators have accepted, until now.
    pub accepted: Vec<Acceptance>,
    /// The counts.
    pub counts: T,
}

/// What the newest map says about a job.
#[derive(Clone, Debug)]
pub struct Baseline<T> {
    /// The number of the map.
    pub map: u64,
    /// Its report.
    pub report: PrivateReport<T>,
}

/// A report without its counts.
#[derive(Deserialize)]
struct AcceptedOnly {
    accepted: Vec<Acceptance>,
}

impl<T: Serialize + DeserializeOwned> Baseline<T> {
    /// The report of a job that the newest map names. There is none before the first build of the job, and
    /// none if nothing of that build is on the map any more, because the map was rolled back.
    pub fn load(
        store: &Store,
        newest: Option<&Manifest>,
        job: &str,
    ) -> Result<Option<Self>, StoreError> {
        let Some(newest) = newest else { return Ok(None) };
        let Some(report) = read::<PrivateReport<T>>(store, newest, job)? else { return Ok(None) };
        let layers = newest.layers.iter().map(|entry| entry.digest);
        let mut listed = layers.chain(newest.tables.iter().map(|entry| entry.digest));
        let is_listed = listed.any(|digest| report.published.contains(&digest));
        if !is_listed {
            tracing::warn!(
                job,
                "the newest map no longer lists anything from the build that wrote the report"
            );
        }
        Ok(is_listed.then_some(Self { map: newest.number, report }))
    }
}

/// What operators have accepted in the builds of some jobs.
pub fn accepted_before(
    store: &Store,
    newest: Option<&Manifest>,
    jobs: &[&str],
) -> Result<Vec<Acceptance>, StoreError> {
    let mut accepted = Vec::new();
    for job in jobs {
        if let Some(newest) = newest
            && let Some(report) = read::<AcceptedOnly>(store, newest, job)?
        {
            accepted.extend(report.accepted);
        }
    }
    Ok(accepted)
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

/// Reads the report of a job. A report that is missing or damaged is none: its job is then checked as on the
/// first build.
fn read<R: DeserializeOwned>(
    store: &Store,
    newest: &Manifest,
    job: &str,
) -> Result<Option<R>, StoreError> {
    let Some(&digest) = newest.reports.get(job) else { return Ok(None) };
    let bytes = match store.get(&report_key(digest)) {
        Ok(bytes) => bytes,
        Err(error) if error.is_not_found() => {
            tracing::warn!(job, %digest, "the published report is missing");
            return Ok(None);
        }
        Err(error) => return Err(error),
    };
    match serde_json::from_slice(&bytes) {
        Ok(report) => Ok(Some(report)),
        Err(error) => {
            tracing::warn!(job, %digest, %error, "the published report is not readable");
            Ok(None)
        }
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
    /// What operators have accepted.
    pub accepted: &'a [Acceptance],
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
        let mut accepted = self.accepted.to_vec();
        accepted.sort_unstable();
        accepted.dedup();
        let report = PrivateReport {
            version: VERSION,
            job: self.job.to_owned(),
            published: layers.chain(self.tables.iter().map(|entry| entry.digest)).collect(),
            findings: self.findings.to_vec(),
            accepted,
            counts: self.counts,
        };
        Ok(GuardRecord {
            command: self.job,
            report: store_report(store, &report)?,
            held_back: held_back(self.job, self.findings),
            accepted: report.accepted.iter().map(ToString::to_string).collect(),
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
    let mut accept: Vec<String> =
        held().filter_map(|finding| Some(finding.accept.as_ref()?.to_string())).collect();
    accept.sort_unstable();
    accept.dedup();
    let reasons = held().map(reason).collect();
    Some(HeldBack { command: command.to_owned(), from, reasons, accept, other: BTreeMap::new() })
}
