//! Rolls back one job or layer, whatever other jobs have published since, and holds the job.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use jiff::Timestamp;
use serde::Serialize;
use tilecore::manifest::{Hold, Job, Manifest, Rollback};

use super::candidates::summarise;
use super::difference::{Change, difference};
use super::maps::Maps;
use super::scope::{Part, Parts, Scope};
use super::{CatalogError, entries, read_map, show};
use crate::publish::guards::baseline::stored_reports;
use crate::publish::lease::running;
use crate::publish::{first_missing, publish_next};
use crate::store::Store;

/// The map whose entries are put back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// The newest one with different content.
    Previous,
    /// The map with this number.
    Map(u64),
    /// The newest one that was published before this time.
    Before(Timestamp),
}

/// A rollback to make.
#[derive(Clone, Debug)]
pub struct RollbackSpec {
    /// What is rolled back.
    pub scope: Scope,
    /// To which map.
    pub target: Target,
    /// For how long the job is held; `None` for no hold.
    pub hold: Option<Duration>,
    /// Who does it.
    pub author: String,
    /// Why.
    pub reason: Option<String>,
}

/// A rollback that was published.
#[derive(Clone, Debug, Serialize)]
pub struct RolledBack {
    /// Number of the new map.
    pub map: u64,
    /// What was rolled back.
    pub of: String,
    /// Number of the map whose entries it lists.
    pub to: u64,
    /// What that map has, in words.
    pub content: String,
    /// The slots that changed.
    pub changes: Vec<Change>,
    /// The hold of the job.
    pub hold: Option<Hold>,
    /// Runs of the job that had started before.
    pub running: Vec<String>,
}

/// Publishes the entries of an older map for one job or layer; all other entries stay as they are. Pinned
/// slots keep their current entry.
pub fn roll_back_scope(store: &Store, spec: &RollbackSpec) -> Result<RolledBack, CatalogError> {
    let newest = show(store, None)?;
    let mut parts = Parts::new(store);
    let (wanted, part) = find_target(store, &mut parts, spec, &newest)?;
    let reason = spec.reason.clone().unwrap_or_else(|| {
        format!("{} rolled back from map {} to map {}", spec.scope, newest.number, wanted.number)
    });
    let job = job_of(&mut parts, &spec.scope, &part)?;
    let now = Timestamp::now();
    let hold = job.zip(spec.hold).map(|(job, period)| Hold {
        job: job.to_string(),
        author: spec.author.clone(),
        reason: reason.clone(),
        since: now,
        until: now.checked_add(period).unwrap_or(Timestamp::MAX),
        other: BTreeMap::new(),
    });
    // The next build is compared with the counts of the map that is put back.
    let mut reports = stored_reports(store, &wanted)?;
    reports.retain(|command, _| Job::of_command(command) == job);
    let mut before = newest;
    let manifest = publish_next(store, |newest| {
        let newest = newest.ok_or_else(|| super::empty(store))?;
        before = newest.clone();
        let mut content = newest;
        let (now_listed, rest) = parts.split(&content.layers, &content.tables, &spec.scope)?;
        let restored = restore(&part, now_listed);
        content.layers = entries::sorted([rest.layers, restored.layers].concat());
        content.tables = entries::sorted([rest.tables, restored.tables].concat());
        if let Scope::Job(job) = spec.scope {
            content.reports.retain(|command, _| Job::of_command(command) != Some(job));
            content.reports.extend(reports.clone());
            content.guards.restore(job, &wanted.guards);
        }
        let of = spec.scope.to_string();
        content.rollbacks.retain(|rollback| rollback.of != of);
        content.rollbacks.push(Rollback {
            of,
            from: before.number,
            to: wanted.number,
            at: now,
            author: spec.author.clone(),
            reason: reason.clone(),
            other: BTreeMap::new(),
        });
        if let Some(hold) = &hold {
            content.holds.retain(|known| known.job != hold.job);
            content.holds.push(hold.clone());
        }
        Ok::<_, CatalogError>(content)
    })?;
    Ok(RolledBack {
        map: manifest.number,
        of: spec.scope.to_string(),
        to: wanted.number,
        content: summarise(&wanted, &part).to_string(),
        changes: difference(&before, &manifest).changes,
        hold: job.and_then(|job| manifest.hold(job, now)).cloned(),
        running: runs_of(store, job),
    })
}

/// The map to roll back to, and its entries.
fn find_target(
    store: &Store,
    parts: &mut Parts<'_>,
    spec: &RollbackSpec,
    newest: &Manifest,
) -> Result<(Manifest, Part), CatalogError> {
    let now_listed = parts.of(newest, &spec.scope)?;
    let wanted = match spec.target {
        Target::Previous => return find_previous(store, parts, spec, newest, &now_listed),
        Target::Map(number) => read_map(store, number)?,
        Target::Before(time) => {
            let mut older = Maps::newest_first(store, None)?
                .skip_while(|map| map.as_ref().is_ok_and(|map| map.built_at >= time));
            older.next().transpose()?.ok_or_else(|| nothing(store, spec))?
        }
    };
    let (number, part) = (wanted.number, parts.of(&wanted, &spec.scope)?);
    if part.is_empty() {
        return Err(CatalogError::NotInMap { scope: spec.scope.to_string(), number });
    }
    if part.content() == now_listed.content() {
        return Err(CatalogError::SameContent { scope: spec.scope.to_string(), number });
    }
    check_pins(spec, &part, now_listed)?;
    match first_missing(store, part.objects(&wanted).into_iter())? {
        Some(key) => {
            let store = store.address().to_owned();
            Err(CatalogError::MissingObject { number, key, store })
        }
        None => Ok((wanted, part)),
    }
}

/// The newest map whose content is different and complete. A bad build that was repeated has the same
/// digests each time, so all its maps are skipped. After a rollback, the search goes on from the map
/// that was rolled back to, and does not come back to the bad one.
fn find_previous(
    store: &Store,
    parts: &mut Parts<'_>,
    spec: &RollbackSpec,
    newest: &Manifest,
    now_listed: &Part,
) -> Result<(Manifest, Part), CatalogError> {
    let of = spec.scope.to_string();
    let last = newest.rollbacks.iter().find(|rollback| rollback.of == of);
    let end = last.map_or(newest.number, |rollback| rollback.to);
    let content = now_listed.leading_content();
    for map in Maps::newest_first(store, Some(end))? {
        let map = map?;
        let part = parts.of(&map, &spec.scope)?;
        if part.is_empty() || part.leading_content() == content {
            continue;
        }
        if let Some(key) = first_missing(store, part.objects(&map).into_iter())? {
            tracing::warn!(map = map.number, key, "map skipped: an object is missing");
            continue;
        }
        check_pins(spec, &part, now_listed.clone())?;
        return Ok((map, part));
    }
    Err(nothing(store, spec))
}

fn nothing(store: &Store, spec: &RollbackSpec) -> CatalogError {
    let (scope, store) = (spec.scope.to_string(), store.address().to_owned());
    CatalogError::NothingToRollBackTo { scope, store }
}

fn check_pins(spec: &RollbackSpec, part: &Part, now_listed: Part) -> Result<(), CatalogError> {
    let content = now_listed.content();
    if restore(part, now_listed).content() == content {
        return Err(CatalogError::AllPinned { scope: spec.scope.to_string() });
    }
    Ok(())
}

fn restore(part: &Part, now_listed: Part) -> Part {
    Part {
        layers: entries::restore_unpinned(part.layers.clone(), now_listed.layers),
        tables: entries::restore_unpinned(part.tables.clone(), now_listed.tables),
    }
}

fn job_of(parts: &mut Parts<'_>, scope: &Scope, part: &Part) -> Result<Option<Job>, CatalogError> {
    match scope {
        Scope::Job(job) => Ok(Some(*job)),
        Scope::Slots { name, .. } => {
            let layer = part.layers.first().map(|entry| &entry.build);
            let build = layer.or_else(|| part.tables.first().map(|entry| &entry.build));
            parts.job(name, build.and_then(Option::as_ref))
        }
    }
}

/// Runs of a job that are in progress. The rollback is published, so a lease that cannot be read is only
/// logged.
fn runs_of(store: &Store, job: Option<Job>) -> Vec<String> {
    let commands = job.map(Job::commands).unwrap_or_default();
    let found = commands.iter().filter_map(|command| {
        running(store, command)
            .inspect_err(
                |error| tracing::warn!(%error, "could not check whether the job is running"),
            )
            .ok()?
    });
    found.collect()
}

impl fmt::Display for RolledBack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { map, of, to, content, changes, .. } = self;
        writeln!(f, "map {map} has {of} of map {to} again: {content}")?;
        for change in changes {
            writeln!(f, "  {change}")?;
        }
        let next = if let Some(hold) = &self.hold {
            let (job, until) = (&hold.job, hold.until);
            writeln!(
                f,
                "{job} is held until {until:.0}; `tilegen catalog release --job {job}` ends the hold"
            )?;
            "it publishes nothing while the hold lasts"
        } else {
            writeln!(f, "there is no hold: the next build publishes again")?;
            "what it publishes replaces this rollback"
        };
        for run in &self.running {
            writeln!(f, "{run}: {next}")?;
        }
        Ok(())
    }
}
