//! Publishes a withdrawn public window again without the erased people, if no difference of the two windows is about too few.
//!
//! `prepare` runs before anything changes: it reads what the people ordered in the window, and refuses if these orders
//! alone would isolate someone. After the orders were removed, `publish` builds the window again and compares both archives.

use jiff::Timestamp;
use jiff::civil::Date;
use tilecore::layer::DENSITY_PUBLIC;
use tilecore::manifest::LayerEntry;

use super::error::{EraseError, RepublishError};
use crate::density::plan::DensitySpec;
use crate::density::republish::{orders_of, rebuild};
use crate::fetch::erase::{FileKind, FoundFile};
use crate::orders::calendar::Day;
use crate::orders::read::OrderInput;
use crate::orders::validate::UserIds;
use crate::orders::window::{DayRange, PUBLIC_DAYS};
use crate::publish::audit::{ErasedOrder, WithdrawnWindow};
use crate::publish::guards::job::OrderGuardOptions;
use crate::publish::public_window::{PublicWindow, withdrawn};
use crate::publish::{Update, newest_manifest, publish};
use crate::store::Store;

/// A public window that may be published again.
pub(super) struct Republication {
    window: PublicWindow,
    archive: WithdrawnWindow,
    /// What the people ordered in the window.
    erased: Vec<ErasedOrder>,
    spec: DensitySpec,
}

impl Republication {
    /// Reads the last public window and what the people ordered in it. Returns `None` if no window counts them.
    /// Nothing has changed yet.
    pub(super) fn prepare(
        store: &Store,
        input: &OrderInput,
        users: &UserIds,
        found: &[FoundFile],
    ) -> Result<Option<Self>, EraseError> {
        let Some(window) = PublicWindow::newest(store, DENSITY_PUBLIC.id)? else { return Ok(None) };
        let LayerEntry { from, to, digest, .. } = window.entry;
        if withdrawn(store)?.contains(&digest) {
            return Err(refused(RepublishError::Withdrawn { from, to }));
        }
        if found.is_empty() {
            return Ok(None);
        }
        let archive = read(store, &window.entry)?;
        let (min_users, floor_lines) = archive.floor();
        let spec = spec(store, input, &window.entry, min_users, floor_lines);
        let erased = orders_of(&spec, days(&window.entry), users)?;
        let files = found.iter().filter(|file| file.kind == FileKind::Foreign).count();
        let problem = if erased.is_empty() {
            None
        } else if window.replaces.is_some() {
            Some(RepublishError::Twice { from, to })
        } else if files > 0 {
            Some(RepublishError::Foreign { files })
        } else if min_users < 2 {
            Some(RepublishError::NoFloor)
        } else {
            archive.check_groups(&erased).err().map(RepublishError::from)
        };
        match problem {
            Some(problem) => Err(refused(problem)),
            None => Ok(Some(Self { window, archive, erased, spec })),
        }
    }

    /// The first and last day of the window.
    pub(super) const fn days(&self) -> (Date, Date) {
        (self.window.entry.from, self.window.entry.to)
    }

    /// Builds the window again and publishes it, if it differs from the withdrawn one by the erased orders alone.
    pub(super) fn publish(&self, store: &Store) -> Result<(), EraseError> {
        let rebuilt = rebuild(&self.spec, days(&self.window.entry))?;
        let rebuilt = rebuilt.ok_or_else(|| withdrawn_only(RepublishError::AllWithheld))?;
        let entry = &rebuilt.entry;
        if entry.digest == self.window.entry.digest {
            return Err(withdrawn_only(RepublishError::SameArchive));
        }
        let difference = self.archive.check_replacement(&self.erased, &read(store, entry)?);
        if let Err(difference) = difference {
            store.remove(&entry.archive_key())?;
            store.remove(&entry.hashes_key())?;
            return Err(withdrawn_only(difference.into()));
        }
        let window = PublicWindow::new(entry.clone(), rebuilt.gaps);
        window.replacing(self.window.entry.digest).record(store)?;
        let newest = newest_manifest(store)?;
        publish(
            store,
            Update {
                base: newest.as_ref(),
                cities: &self.spec.input.config.cities,
                layers: std::slice::from_ref(entry),
                ..Update::default()
            },
        )?;
        Ok(())
    }
}

/// The build of a window as it was built before.
fn spec(
    store: &Store,
    input: &OrderInput,
    entry: &LayerEntry,
    min_users: u16,
    floor_lines: bool,
) -> DensitySpec {
    // Orders of the window are not in the future, whatever the clock says.
    let now = Timestamp::now().max(input.now).max(entry.data_at.unwrap_or(entry.built_at));
    DensitySpec {
        input: OrderInput { now, ..input.clone() },
        store: store.address().to_owned(),
        guards: OrderGuardOptions::default(),
        every: None,
        windows: Vec::new(),
        layers: vec![DENSITY_PUBLIC],
        min_users,
        floor_lines,
        public_step_days: PUBLIC_DAYS,
        public_overlap: false,
    }
}

fn days(entry: &LayerEntry) -> DayRange {
    DayRange { first: Day::from_date(entry.from), last: Day::from_date(entry.to) }
}

fn read(store: &Store, entry: &LayerEntry) -> Result<WithdrawnWindow, EraseError> {
    let key = entry.archive_key();
    let bytes = store.get(&key)?;
    let archive = WithdrawnWindow::read(entry, &bytes);
    archive.map_err(|source| EraseError::Republish(RepublishError::Archive { key, source }))
}

/// Refused before anything has changed.
fn refused(source: RepublishError) -> EraseError {
    EraseError::RepublishRefused { done: "nothing was changed", source }
}

/// Refused after the people were erased from the inputs.
fn withdrawn_only(source: RepublishError) -> EraseError {
    let done =
        "the people are erased from the inputs, and the window stays withdrawn until the next one";
    EraseError::RepublishRefused { done, source }
}
