//! The history of what a job or slot has published: when, from which input, and what changed.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::Serialize;
use tilecore::lineage::Build;
use tilecore::manifest::{Guards, HeldBack, Job, Manifest, Rollback};
use tilecore::text::counted;
use tilecore::{ArchiveDigest, Slot};

use super::maps::Maps;
use super::scope::{Part, Parts, Scope, read_lineage};
use super::{CatalogError, empty};
use crate::store::Store;

/// Changes, newest first.
#[derive(Clone, Debug, Serialize)]
#[serde(transparent)]
pub struct History {
    /// The changes.
    pub changes: Vec<SlotChange>,
}

/// A slot that a map changed.
#[derive(Clone, Debug, Serialize)]
pub struct SlotChange {
    /// Number of the map.
    pub number: u64,
    /// When the map was published.
    pub built_at: Timestamp,
    /// Layer or table, and slot.
    pub slot_path: String,
    /// Digest of the archive or table; `None` if the map no longer lists the slot.
    pub digest: Option<ArchiveDigest>,
    /// Orders of the archive, if it counts orders.
    pub orders: Option<u64>,
    /// First and last day of the data of an archive.
    pub days: Option<(Date, Date)>,
    /// Rows that the build read.
    pub rows: Option<u64>,
    /// The input of the build, if it is known.
    pub input: Option<InputSummary>,
    /// What changed, in words.
    pub change: String,
    /// What the guards of the build held back, and what the operator accepted for it.
    pub guards: Vec<String>,
}

/// The input of a build.
#[derive(Clone, Debug, Serialize)]
pub struct InputSummary {
    /// Number of files.
    pub files: usize,
    /// The last of them by kind and name, which is the newest if names contain dates.
    pub last: Option<String>,
    /// Digest of the list of files.
    pub lineage: ArchiveDigest,
}

/// One version of a slot.
#[derive(Clone, Debug, PartialEq)]
struct SlotVersion {
    digest: ArchiveDigest,
    built_at: Timestamp,
    orders: Option<u64>,
    days: Option<(Date, Date)>,
    pinned: bool,
    build: Option<Build>,
}

type Slots = BTreeMap<String, SlotVersion>;

/// The changes of some scopes in the newest `last` maps that changed one of them.
pub fn history(store: &Store, scopes: &[Scope], last: usize) -> Result<History, CatalogError> {
    let mut parts = Parts::new(store);
    let mut maps: Vec<(Manifest, Slots)> = Vec::new();
    for map in Maps::newest_first(store, None)? {
        let map = map?;
        let mut slots = Slots::new();
        for scope in scopes {
            slots.extend(versions(&parts.of(&map, scope)?));
        }
        maps.push((map, slots));
    }
    if maps.is_empty() {
        return Err(empty(store));
    }
    maps.reverse();
    // The newest map that had a digest in a slot, and the changes of each map.
    let mut seen: HashMap<(String, ArchiveDigest), u64> = HashMap::new();
    let mut by_map = Vec::new();
    let (mut before, mut rollbacks) = (Slots::new(), Vec::new());
    let mut guards = Guards::default();
    for (map, slots) in maps {
        let rollback = map.rollbacks.iter().find(|rollback| !rollbacks.contains(*rollback));
        let mut changes = changes(&map, &before, &slots, rollback, &seen);
        for (change, _) in &mut changes {
            change.guards = new_guards(&change.slot_path, &map.guards, &guards);
        }
        if !changes.is_empty() {
            by_map.push(changes);
        }
        for (slot_path, version) in &slots {
            seen.insert((slot_path.clone(), version.digest), map.number);
        }
        (before, rollbacks, guards) = (slots, map.rollbacks, map.guards);
    }
    let newest = by_map.into_iter().rev().take(last).flatten();
    let mut inputs = Inputs { store, known: HashMap::new() };
    let changes = newest.map(|(change, build)| {
        let input = build.map(|build| inputs.of(&build)).transpose()?;
        Ok(SlotChange { input, ..change })
    });
    Ok(History { changes: changes.collect::<Result<_, CatalogError>>()? })
}

fn versions(part: &Part) -> Slots {
    let path = |name: &str, slot: &Slot| format!("{name}/{slot}");
    let layers = part.layers.iter().map(|entry| {
        let version = SlotVersion {
            digest: entry.digest,
            built_at: entry.built_at,
            orders: (entry.orders > 0).then_some(entry.orders),
            days: Some((entry.from, entry.to)),
            pinned: entry.pinned,
            build: entry.build.clone(),
        };
        (path(&entry.layer, &entry.slot), version)
    });
    let tables = part.tables.iter().map(|entry| {
        let version = SlotVersion {
            digest: entry.digest,
            built_at: entry.built_at,
            orders: None,
            days: None,
            pinned: entry.pinned,
            build: entry.build.clone(),
        };
        (path(entry.name.as_str(), &entry.slot), version)
    });
    layers.chain(tables).collect()
}

/// What a map changed, with the build of each changed slot.
fn changes(
    map: &Manifest,
    before: &Slots,
    now: &Slots,
    rollback: Option<&Rollback>,
    seen: &HashMap<(String, ArchiveDigest), u64>,
) -> Vec<(SlotChange, Option<Build>)> {
    let slot_paths: BTreeSet<&String> = before.keys().chain(now.keys()).collect();
    let changed =
        slot_paths.into_iter().filter(|&slot_path| before.get(slot_path) != now.get(slot_path));
    let describe = |slot_path: &String| {
        let (old, new) = (before.get(slot_path), now.get(slot_path));
        let earlier = new.and_then(|new| seen.get(&(slot_path.clone(), new.digest)).copied());
        let change = SlotChange {
            number: map.number,
            built_at: map.built_at,
            slot_path: slot_path.clone(),
            digest: new.map(|new| new.digest),
            orders: new.and_then(|new| new.orders),
            days: new.and_then(|new| new.days),
            rows: new.and_then(|new| new.build.as_ref()).map(|build| build.rows),
            input: None,
            change: in_words(old, new, rollback, earlier),
            guards: Vec::new(),
        };
        (change, new.and_then(|new| new.build.clone()))
    };
    changed.map(describe).collect()
}

/// What the guards of the slot's job held back and what was accepted, without what the previous map already
/// lists.
fn new_guards(slot_path: &str, now: &Guards, before: &Guards) -> Vec<String> {
    let name = slot_path.rsplit_once('/').map_or(slot_path, |(name, _)| name);
    let Some(job) = Job::of(name) else { return Vec::new() };
    let is_of_job = |held: &&HeldBack| job.commands().contains(&held.command.as_str());
    let held = now.held_back.iter().filter(|held| !before.held_back.contains(held));
    let held = held
        .filter(is_of_job)
        .map(|held| format!("held back from {} on ({})", held.from, held.reasons.join("; ")));
    let accepted = now.accepted_of(job).filter(|accepted| !before.accepted.contains(accepted));
    held.chain(accepted.map(|accepted| format!("accepted {accepted}"))).collect()
}

fn in_words(
    old: Option<&SlotVersion>,
    new: Option<&SlotVersion>,
    rollback: Option<&Rollback>,
    earlier: Option<u64>,
) -> String {
    let rolled_back = rollback.map(|rollback| format!("rolled back to map {}", rollback.to));
    let (old, new) = match (old, new) {
        (_, None) => return rolled_back.unwrap_or_else(|| "removed".to_owned()),
        (None, Some(_)) => return rolled_back.unwrap_or_else(|| "new".to_owned()),
        (Some(old), Some(new)) => (old, new),
    };
    let mut words = Vec::new();
    if old.digest == new.digest {
        let repeat =
            if old.built_at == new.built_at { "same content" } else { "built again, same content" };
        words.push(repeat.to_owned());
    } else if let Some(rolled_back) = rolled_back {
        words.push(rolled_back);
    } else if let Some(earlier) = earlier {
        words.push(format!("same content as map {earlier}"));
    } else {
        words.push("changed".to_owned());
    }
    if let (Some(before), Some(after)) = (old.orders, new.orders)
        && before != after
    {
        let percent = 100.0 * (after as f64 - before as f64) / before as f64;
        words.push(format!("orders {before} → {after} ({percent:+.1} %)"));
    }
    match (old.pinned, new.pinned) {
        (false, true) => words.push("pinned".to_owned()),
        (true, false) => words.push("unpinned".to_owned()),
        (true, true) | (false, false) => {}
    }
    words.join(", ")
}

/// Summaries of inputs. Each list of files is read once.
struct Inputs<'a> {
    store: &'a Store,
    known: HashMap<ArchiveDigest, InputSummary>,
}

impl Inputs<'_> {
    fn of(&mut self, build: &Build) -> Result<InputSummary, CatalogError> {
        if let Some(known) = self.known.get(&build.lineage) {
            return Ok(known.clone());
        }
        let files = read_lineage(self.store, build.lineage)?.unwrap_or_default().inputs;
        // Orders are the last kind by name but one; the kind of the job's own input comes first here.
        let own = |kind: &str| files.iter().rfind(|file| file.kind == kind);
        let last = own("orders").or_else(|| own("vendors")).or_else(|| files.last());
        let summary = InputSummary {
            files: files.len(),
            last: last.map(|file| file.name.clone()),
            lineage: build.lineage,
        };
        self.known.insert(build.lineage, summary.clone());
        Ok(summary)
    }
}

impl fmt::Display for History {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{:>8}  {:<20}  {:<24}  {:<8}  {:>9}  {:<22}  what changed; input",
            "map", "published at", "slot", "digest", "orders", "days"
        )?;
        for change in &self.changes {
            let SlotChange { number, built_at, slot_path, .. } = change;
            let digest = change.digest.map_or_else(String::new, |digest| digest.to_string());
            let digest = digest.get(..8).unwrap_or_default();
            let orders = change.orders.map_or_else(String::new, |orders| orders.to_string());
            let days = change.days.map_or_else(String::new, |(from, to)| format!("{from}..{to}"));
            let input = change.input.as_ref().map_or_else(String::new, |input| {
                let last = input.last.as_deref().unwrap_or("unknown");
                format!("; {}, last {last}", counted(input.files, "file"))
            });
            let what = [&[change.change.clone()][..], &change.guards[..]].concat().join(", ");
            let built_at = format!("{built_at:.0}");
            writeln!(
                f,
                "{number:>8}  {built_at:<20}  {slot_path:<24}  {digest:<8}  {orders:>9}  {days:<22}  {what}{input}"
            )?;
        }
        Ok(())
    }
}
