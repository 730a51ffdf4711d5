//! One verdict for each job: whether what it has published is fresh, and what to do if it is not.

use std::fmt;

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use tilecore::manifest::{HeldBack, Job, Manifest, ManifestError, ORDER_STATISTICS};

use super::CatalogError;
use super::candidates::{Summary, summarise};
use super::scope::{Part, Parts, Scope};
use crate::publish::guards::baseline::warnings_of;
use crate::publish::guards::stop::Stop;
use crate::publish::lease::running;
use crate::publish::run_record::{RunEnd, RunOutcome, RunRecord, RunState};
use crate::publish::{Newest, PublishError, find_newest};
use crate::store::Store;

/// The state of a store and its jobs.
#[derive(Clone, Debug, Serialize)]
pub struct Status {
    /// Address of the store.
    pub store: String,
    /// Number of the newest map that can be read.
    pub map: Option<u64>,
    /// Numbers of the damaged manifests above it.
    pub damaged: Vec<u64>,
    /// Why all jobs are stopped, if they are.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fault: Option<String>,
    /// The jobs.
    pub jobs: Vec<JobStatus>,
    /// The exit code: 0 if there is nothing to do, 1 if something needs attention, 2 if jobs are stopped.
    pub exit_code: u8,
}

/// The state of a job.
#[derive(Clone, Debug, Serialize)]
pub struct JobStatus {
    /// The job.
    pub job: Job,
    /// Its state.
    pub state: State,
    /// The state in words.
    pub verdict: String,
    /// What it has published.
    pub published: Option<Summary>,
    /// Runs that are in progress.
    pub running: Vec<String>,
    /// The warnings of the guards about what it has published.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
    /// The next command to run, if there is something to do.
    pub next: Option<String>,
}

/// The state of a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// The next build is not due yet, or no schedule is known.
    Fresh,
    /// The next build is overdue.
    Late,
    /// It is held, so it publishes nothing.
    Held,
    /// A guard has held back the newest days. The rest is published.
    HeldBack,
    /// Its last run failed or died.
    Failed,
    /// A guard stopped its last run, or the newest manifest stops all jobs.
    Stopped,
    /// It has never published.
    Unpublished,
}

/// Longest time by which a build may be late before the job is reported as late.
const MAX_GRACE: SignedDuration = SignedDuration::from_hours(1);

/// The status of a store at a time. An error means that the store could not be read.
pub fn status(store: &Store, now: Timestamp) -> Result<Status, CatalogError> {
    let address = store.address().to_owned();
    let Newest { manifest, damaged, .. } = match find_newest(store) {
        Ok(newest) => newest,
        Err(PublishError::Manifest { key, source }) => {
            return Ok(stopped(address, &key, &source));
        }
        Err(error) => return Err(error.into()),
    };
    let mut parts = Parts::new(store);
    let mut jobs = Vec::new();
    for job in Job::ALL {
        let mut status = match &manifest {
            Some(map) => {
                let part = parts.of(map, &Scope::Job(job))?;
                verdict_of(&address, map, job, &part, now)
            }
            None => unpublished(job),
        };
        if status.state != State::Held
            && let Some(stop) = stop_of(store, job)?
        {
            status = status.with_stop(&address, &stop);
        }
        for command in job.commands() {
            let run = RunRecord::find(store, command)?;
            let lease = running(store, command).map_err(CatalogError::Lease)?;
            status = status.with_run(&address, run.as_ref(), lease);
            if let Some(map) = &manifest {
                let warnings = warnings_of(store, map, command)?;
                status.warnings.extend(warnings.iter().map(ToString::to_string));
            }
        }
        jobs.push(status);
    }
    let is_published = |job: &JobStatus| job.state != State::Unpublished;
    let is_fine = |job: &JobStatus| matches!(job.state, State::Fresh | State::Unpublished);
    let is_good = damaged.is_empty() && jobs.iter().all(is_fine);
    let is_stopped = jobs.iter().any(|job| job.state == State::Stopped);
    let has_published = jobs.iter().any(is_published);
    let exit_code = if is_stopped || !has_published { 2 } else { u8::from(!is_good) };
    let map = manifest.map(|map| map.number);
    Ok(Status { store: address, map, damaged, fault: None, jobs, exit_code })
}

/// The status if no job can continue from the newest manifest.
fn stopped(store: String, key: &str, source: &ManifestError) -> Status {
    let fault = format!("could not read manifest {key}: {}", tilecore::error::chain(source));
    let next = if source.is_damage() {
        format!("scripts/restore --from COPY --store {store}")
    } else {
        "tilegen --version".to_owned()
    };
    let job = |job| JobStatus {
        job,
        state: State::Stopped,
        verdict: format!("stopped because of the newest manifest: {fault}"),
        published: None,
        running: Vec::new(),
        warnings: Vec::new(),
        next: Some(next.clone()),
    };
    let jobs = Job::ALL.map(job).into();
    Status { store, map: None, damaged: Vec::new(), fault: Some(fault), jobs, exit_code: 2 }
}

fn unpublished(job: Job) -> JobStatus {
    JobStatus {
        job,
        state: State::Unpublished,
        verdict: "has never published".to_owned(),
        published: None,
        running: Vec::new(),
        warnings: Vec::new(),
        next: None,
    }
}

fn verdict_of(store: &str, map: &Manifest, job: Job, part: &Part, now: Timestamp) -> JobStatus {
    if part.is_empty() && map.hold(job, now).is_none() {
        return unpublished(job);
    }
    let (state, verdict, next) = if let Some(hold) = map.hold(job, now) {
        let (author, until, reason) = (&hold.author, hold.until, &hold.reason);
        (
            State::Held,
            format!("held by {author} until {until:.0}: {reason}"),
            Some(format!(
                "tilegen catalog release --job {job} --store {store}, once the cause is fixed"
            )),
        )
    } else if let Some((slot_path, due)) = late_slot(part, now) {
        (
            State::Late,
            format!("late: {slot_path} was due by {due:.0}"),
            Some(format!("tilegen catalog inputs {slot_path} --store {store}")),
        )
    } else if let Some(held) = held_back(map, job) {
        let (command, from, reasons) = (&held.command, held.from, held.reasons.join("; "));
        (
            State::HeldBack,
            format!("held back because of {reasons}; the map ends before {from}"),
            Some(accepting(command, store, &held.accept)),
        )
    } else {
        (State::Fresh, "fresh".to_owned(), None)
    };
    let rollback = map.rollbacks.iter().find(|rollback| rollback.of == job.as_str());
    let verdict = match rollback {
        Some(rollback) if state != State::Held => {
            format!("{verdict}, rolled back to map {} by {}", rollback.to, rollback.author)
        }
        Some(_) | None => verdict,
    };
    let published = (!part.is_empty()).then(|| summarise(map, part));
    JobStatus { job, state, verdict, published, running: Vec::new(), warnings: Vec::new(), next }
}

/// The days that the last build of a command of a job has left out.
fn held_back(map: &Manifest, job: Job) -> Option<&HeldBack> {
    map.guards.held_back.iter().find(|held| job.commands().contains(&held.command.as_str()))
}

/// The stop of a command of a job, if the last run of one was stopped.
fn stop_of(store: &Store, job: Job) -> Result<Option<Stop>, CatalogError> {
    for command in job.commands() {
        if let Some(stop) = Stop::find(store, command)? {
            return Ok(Some(stop));
        }
    }
    Ok(None)
}

/// The command that builds again, and what it accepts if the data are right.
fn accepting(command: &str, store: &str, accept: &[String]) -> String {
    let accept: Vec<_> = accept.iter().map(|one| format!("--accept {one}")).collect();
    let command = format!("tilegen {command} … --store {store}");
    if accept.is_empty() {
        format!("{command}, after the source is repaired")
    } else {
        format!(
            "{command}, after the source is repaired; if the data are right, with {}",
            accept.join(" ")
        )
    }
}

impl JobStatus {
    fn with_stop(self, store: &str, stop: &Stop) -> Self {
        let (command, at, reason) = (&stop.command, stop.at, &stop.reason);
        Self {
            state: State::Stopped,
            verdict: format!("stopped because {reason} ({command}, {at:.0})"),
            next: Some(accepting(command, store, &stop.accept)),
            ..self
        }
    }

    /// The status after the last run of a command. `lease` is a live lease of the command, in words.
    fn with_run(mut self, store: &str, run: Option<&RunRecord>, lease: Option<String>) -> Self {
        let Some(run) = run else {
            self.running.extend(lease);
            return self;
        };
        let (command, holder, started) = (&run.command, run.holder(), run.started);
        match run.state(lease.is_some()) {
            RunState::Running => {
                let run = format!("{holder} has been running {command} since {started:.0}");
                self.running.push(lease.unwrap_or(run));
                self
            }
            RunState::Unknown => {
                self.running.push(format!(
                    "{holder} started {command} at {started:.0} without a lease, and has not recorded its end: it runs or was killed"
                ));
                self
            }
            RunState::Died => {
                let why = format!(
                    "{holder}, which ran {command} since {started:.0}, was killed or crashed"
                );
                self.failed(command, store, &why)
            }
            RunState::Ended(RunEnd { at, outcome: RunOutcome::Failed { reason } }) => {
                let why = format!("{command} failed at {at:.0}: {reason}");
                self.failed(command, store, &why)
            }
            RunState::Ended(_) => self,
        }
    }

    /// The status of a job whose last run failed. A stop or a hold is reported first.
    fn failed(self, command: &str, store: &str, why: &str) -> Self {
        if matches!(self.state, State::Stopped | State::Held) {
            return Self { verdict: format!("{}; the last run: {why}", self.verdict), ..self };
        }
        let before = match self.state {
            State::Fresh | State::Unpublished => String::new(),
            _ => format!("; before that: {}", self.verdict),
        };
        let next = format!("tilegen {command} … --store {store}, after the cause is removed");
        Self {
            state: State::Failed,
            verdict: format!("failed because {why}{before}"),
            next: Some(next),
            ..self
        }
    }
}

/// The slot of the newest build of each command of the job, if its next build is overdue, and when that
/// was due. Slots that are no longer built do not count.
fn late_slot(part: &Part, now: Timestamp) -> Option<(String, Timestamp)> {
    let layers = part.layers.iter().map(|entry| {
        (format!("{}/{}", entry.layer, entry.slot), entry.built_at, entry.build.as_ref())
    });
    let tables = part.tables.iter().map(|entry| {
        (format!("{}/{}", entry.name, entry.slot), entry.built_at, entry.build.as_ref())
    });
    let (statistics, others): (Vec<_>, Vec<_>) = layers
        .chain(tables)
        .filter_map(|(slot_path, built_at, build)| Some((slot_path, built_at, build?.next_due?)))
        .partition(|(slot_path, ..)| slot_path.starts_with(ORDER_STATISTICS));
    [others, statistics].into_iter().find_map(|builds| {
        let (slot_path, built_at, due) = builds.into_iter().max_by_key(|(_, _, due)| *due)?;
        let grace = (due.duration_since(built_at) / 2).min(MAX_GRACE);
        (now.duration_since(due) > grace).then_some((slot_path, due))
    })
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.map {
            Some(number) => writeln!(f, "map {number} of {}", self.store)?,
            None => writeln!(f, "no map of {} can be used", self.store)?,
        }
        if !self.damaged.is_empty() {
            let numbers: Vec<_> = self.damaged.iter().map(ToString::to_string).collect();
            let numbers = numbers.join(", ");
            writeln!(
                f,
                "damaged manifests: {numbers}; next: tilegen catalog repair --store {}",
                self.store
            )?;
        }
        for JobStatus { job, verdict, published, running, warnings, next, .. } in &self.jobs {
            let published =
                published.as_ref().map_or_else(String::new, |what| format!(" ({what})"));
            writeln!(f, "{job:<9} {verdict}{published}")?;
            for run in running {
                writeln!(f, "{:<9} {run}", "")?;
            }
            for warning in warnings {
                writeln!(f, "{:<9} warning: {warning}", "")?;
            }
            if let Some(next) = next {
                writeln!(f, "{:<9} next: {next}", "")?;
            }
        }
        Ok(())
    }
}
