//! Erasing people: their orders in the inputs that tilegen wrote, and every archive and table that counts them.
//!
//! `record` is what the store keeps of an erasure, `stale` finds the entries that still count the people, `republish`
//! publishes the public window without them, and `report` is what the command prints. An erasure that was interrupted, or that waits for a build, is finished by the same
//! command.

mod error;
mod record;
mod report;
mod republish;
mod stale;

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Duration;

use jiff::civil::Date;
use tilecore::Job;
use tilecore::layer::DENSITY_PUBLIC;
use tilecore::manifest::{Manifest, manifest_key, manifest_number};

use super::retire::remove_unlisted_orders;
use crate::fetch::erase::{FileKind, FoundFile, InputDays};
use crate::orders::read::OrderInput;
use crate::orders::validate::UserIds;
use crate::publish::lease::{Lease, LeaseError};
use crate::publish::public_window::{self, PublicWindow};
use crate::publish::rebuild_requests::request_rebuild;
use crate::publish::{PublishError, newest_manifest, publish_next, read_manifest};
use crate::store::Store;

pub use error::{EraseError, RepublishError};
use record::ErasureRecord;
pub use report::Erased;
use republish::Republication;
use stale::Stale;

/// Time to live of the leases that keep builds from starting, which are renewed while the erasure works.
const LEASE: Duration = Duration::from_mins(2);

/// Whom to erase, and where.
pub struct Erasure {
    /// The people.
    pub users: UserIds,
    /// The column of the orders with the ids of users.
    pub column: String,
    /// The folder or URL that `tilegen fetch orders --into` writes to.
    pub inputs: String,
    /// The store of the map.
    pub store: String,
    /// Folder for temporary files.
    pub temporary: PathBuf,
    /// Whether to change nothing.
    pub dry_run: bool,
    /// How to read the orders of the public window, if it is to be published again.
    pub republish: Option<OrderInput>,
}

/// Erases people.
///
/// # Errors
/// If a build is running, if the inputs or the store cannot be read or changed, or if the public window must not be
/// published again. What was done until then stays done, and the same call continues.
pub fn erase(erasure: &Erasure) -> Result<Erased, EraseError> {
    let store = Store::open(&erasure.store, false)?;
    let _leases = leases(&store, erasure.dry_run)?;
    let days = InputDays::open(&erasure.inputs, &erasure.users, &erasure.column)?;
    let found = days.find()?;
    let republication = erasure.republication(&store, &found)?;
    let record = ErasureRecord::unfinished(&store)?;
    let mut record = record.unwrap_or_else(|| ErasureRecord::new(erasure.users.count()));
    record.add(&found);
    if record.days.is_empty() || erasure.dry_run {
        return Ok(Erased::new(&record, &found, erasure.dry_run));
    }
    // The days are recorded before they change: a repeated call finds no more rows in them.
    record.write(&store)?;
    for file in found.iter().filter(|file| file.kind != FileKind::Foreign) {
        days.erase(file, &erasure.temporary)?;
    }
    let is_clean = found.iter().all(|file| file.kind != FileKind::Foreign);
    if is_clean && record.inputs_clean_since.is_none() {
        record.inputs_clean_since = Some(store.now()?);
        record.write(&store)?;
    }
    let stale = Stale::new(&record, days.current(record.days.iter().copied())?);
    let mut erased = Erased::new(&record, &found, false);
    erased.withdrawn = withdraw(&store, &stale)?;
    erased.waiting_for = waiting_for(&store, &stale)?;
    if let Some(window) = republication.filter(|one| erased.withdrawn.contains(&one.days())) {
        window.publish(&store)?;
        erased.republished = Some(window.days());
    }
    if erased.waiting_for.is_empty() && is_clean {
        erased.removed = remove_former(&store, &stale)?;
        record.finish(&store, erased.removed.len() as u64)?;
        erased.is_finished = true;
    }
    Ok(erased)
}

impl Erasure {
    /// What is known of the public window before anything changes, if it is to be published again.
    fn republication(
        &self,
        store: &Store,
        found: &[FoundFile],
    ) -> Result<Option<Republication>, EraseError> {
        let prepare = |input: &OrderInput| Republication::prepare(store, input, &self.users, found);
        Ok(self.republish.as_ref().map(prepare).transpose()?.flatten())
    }
}

/// The leases of all commands that read orders, so that none of them runs.
fn leases(store: &Store, dry_run: bool) -> Result<Vec<Lease>, LeaseError> {
    let commands = Job::Orders.commands().iter().filter(|_| !dry_run);
    commands.map(|command| Lease::acquire(store, command, LEASE)).collect()
}

/// Withdraws the public windows that count the people. Returns those that this call has withdrawn.
fn withdraw(store: &Store, stale: &Stale) -> Result<Vec<(Date, Date)>, EraseError> {
    let mut withdrawn = Vec::new();
    for window in PublicWindow::all(store, DENSITY_PUBLIC.id)? {
        if stale.is_stale_layer(store, &window.entry)? && window.withdraw(store)? {
            withdrawn.push((window.entry.from, window.entry.to));
        }
    }
    let all = public_window::withdrawn(store)?;
    let lists_one = |map: Manifest| map.layers.iter().any(|entry| all.contains(&entry.digest));
    if newest_manifest(store)?.is_some_and(lists_one) {
        // Without what is withdrawn.
        publish_next(store, |newest| Ok::<_, PublishError>(newest.unwrap_or_default()))?;
    }
    Ok(withdrawn)
}

/// The slots of the newest map that still count the people. Their layers are requested again.
fn waiting_for(store: &Store, stale: &Stale) -> Result<Vec<String>, EraseError> {
    let Some(newest) = newest_manifest(store)? else { return Ok(Vec::new()) };
    let slots = stale.slots(store, &newest)?;
    let layers: BTreeSet<&str> =
        slots.iter().filter(|slot| slot.is_layer).map(|slot| slot.name.as_str()).collect();
    for layer in layers {
        request_rebuild(store, layer)?;
    }
    Ok(slots.iter().map(ToString::to_string).collect())
}

/// Removes the maps that list what counts the people, and then the archives and tables of orders that no other map
/// lists. Returns the keys of removed objects.
fn remove_former(store: &Store, stale: &Stale) -> Result<Vec<String>, EraseError> {
    let listed = store.list(tilecore::manifest::MANIFEST_FOLDER)?;
    let numbers = listed.iter().filter_map(|object| manifest_number(object.location.as_ref()));
    let mut removed = Vec::new();
    for number in numbers {
        let is_stale = match read_manifest(store, number) {
            Ok(map) => !stale.slots(store, &map)?.is_empty(),
            // A damaged manifest cannot be served or restored.
            Err(_) => false,
        };
        if is_stale {
            store.remove(&manifest_key(number))?;
            removed.push(manifest_key(number));
        }
    }
    removed.extend(remove_unlisted_orders(store)?);
    Ok(removed)
}

impl ErasureRecord {
    /// Adds the days of files with rows of the people.
    fn add(&mut self, found: &[FoundFile]) {
        self.days.extend(found.iter().map(|file| file.day));
        self.rows += found.iter().map(|file| file.rows).sum::<u64>();
        if !found.is_empty() {
            self.inputs_clean_since = None;
        }
    }
}
