//! Decides whether a public window is due, and says what became of it.

use std::fmt;

use jiff::civil::Date;
use serde::Serialize;
use tilecore::layer::DENSITY_PUBLIC;
use tilecore::manifest::{LayerEntry, Manifest};

use crate::density::plan::DensitySpec;
use crate::orders::calendar::Day;
use crate::orders::validate::RowCounts;
use crate::orders::window::{DayRange, public_window};
use crate::publish::public_window::{PublicWindow, withdrawn};
use crate::publish::{PublishError, first_missing};
use crate::store::Store;

/// The public windows that were published before a build.
pub(super) struct PublishedWindow {
    /// The record of the last window. Layers of versions before 0.4 have none.
    pub(super) record: Option<PublicWindow>,
    /// The last day of any public window.
    last: Option<Day>,
    /// Whether the last window was withdrawn. Then `record` is `None`.
    is_withdrawn: bool,
}

impl PublishedWindow {
    /// Reads the records, and the entries of the newest map.
    pub(super) fn find(store: &Store, newest: Option<&Manifest>) -> Result<Self, PublishError> {
        let record = PublicWindow::newest(store, DENSITY_PUBLIC.id)?;
        let listed = newest.into_iter().flat_map(|map| &map.layers);
        let listed = listed.filter(|entry| entry.layer == DENSITY_PUBLIC.id).map(|entry| entry.to);
        let last = listed.chain(record.as_ref().map(|record| record.entry.to)).max();
        let withdrawn = withdrawn(store)?;
        let is_withdrawn = |record: &PublicWindow| withdrawn.contains(&record.entry.digest);
        let is_withdrawn = record.as_ref().is_some_and(is_withdrawn);
        let record = record.filter(|_| !is_withdrawn);
        let mut found = Self { record, last: last.map(Day::from_date), is_withdrawn };
        found.drop_if_missing(store, newest)?;
        Ok(found)
    }

    /// Forgets the record if its archive is neither listed nor in the store: it can never be listed again.
    fn drop_if_missing(
        &mut self,
        store: &Store,
        newest: Option<&Manifest>,
    ) -> Result<(), PublishError> {
        let Some(PublicWindow { entry, .. }) = &self.record else { return Ok(()) };
        let is_listed = newest.is_some_and(|map| map.layers.contains(entry));
        let objects = [(entry.archive_key(), Some(entry.bytes)), (entry.hashes_key(), None)];
        if is_listed {
            return Ok(());
        }
        if let Some(key) = first_missing(store, objects.into_iter())? {
            tracing::warn!(
                key,
                "the archive of the public window is missing; restore it from a backup"
            );
            self.record = None;
        }
        Ok(())
    }

    /// The window to publish if `newest` is the last complete day. `None` if it has been published, or
    /// shares a day with one that has.
    pub(super) fn due(&self, spec: &DensitySpec, newest: Day) -> Option<DayRange> {
        spec.public_floor()?;
        let window = public_window(newest, spec.public_step_days);
        let is_free = |last: Day| window.first > last || spec.public_overlap && window.last > last;
        self.last.is_none_or(is_free).then_some(window)
    }

    /// The outcome for the public layer if the build publishes no new window, because of `reason`.
    pub(super) fn carry_over(&self, reason: Reason) -> PublicOutcome {
        let leaves_layer = matches!(reason, Reason::NotRequested | Reason::NoFloor);
        match &self.record {
            Some(PublicWindow { entry, .. }) if !leaves_layer => {
                let (from, to) = (entry.from, entry.to);
                tracing::info!(%from, %to, %reason, "public window carried over");
                PublicOutcome::CarriedOver { entry: Box::new(entry.clone()), reason }
            }
            None if self.is_withdrawn && reason == Reason::NotDue => {
                tracing::info!(reason = %Reason::Withdrawn, "no public window");
                PublicOutcome::Nothing { reason: Reason::Withdrawn }
            }
            _ => {
                tracing::info!(%reason, "no public window");
                PublicOutcome::Nothing { reason }
            }
        }
    }
}

/// Why a build publishes no new window.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "reason", rename_all = "snake_case")]
pub enum Reason {
    /// The layer was not requested.
    NotRequested,
    /// There is no privacy floor.
    NoFloor,
    /// The next window is not complete, or its days of grace are not over.
    NotDue,
    /// The orders start later than the window.
    StartsLater {
        /// The first day of the window.
        first: Date,
    },
    /// The floor withholds every cell.
    AllWithheld,
    /// The last window was withdrawn, and the next one is not due.
    Withdrawn,
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotRequested => f.write_str("the public layer was not requested"),
            Self::NoFloor => f.write_str("without a privacy floor nothing is public"),
            Self::NotDue => f.write_str("the next window is not due"),
            Self::StartsLater { first } => {
                write!(f, "the window is not complete: it starts on {first}, which has no orders")
            }
            Self::AllWithheld => f.write_str("the privacy floor withholds every cell"),
            Self::Withdrawn => {
                f.write_str("`tilegen erase` withdrew the last window, and the next one is not due")
            }
        }
    }
}

/// The outcome of a build for the public window.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum PublicOutcome {
    /// It was built.
    Built {
        /// The record, with the days that have no order.
        window: Box<PublicWindow>,
    },
    /// The last one is listed again.
    CarriedOver {
        /// Its entry.
        entry: Box<LayerEntry>,
        /// Why no new one was built.
        #[serde(flatten)]
        reason: Reason,
    },
    /// No window has been published.
    Nothing {
        /// Why not.
        #[serde(flatten)]
        reason: Reason,
    },
}

impl PublicOutcome {
    /// The entry for the manifest.
    pub(super) fn entry(&self) -> Option<&LayerEntry> {
        match self {
            Self::Built { window } => Some(&window.entry),
            Self::CarriedOver { entry, .. } => Some(entry),
            Self::Nothing { .. } => None,
        }
    }
}

impl fmt::Display for PublicOutcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Built { window } => {
                let LayerEntry { from, to, .. } = &window.entry;
                write!(f, "public    new window {from} to {to}")?;
                if !window.gaps.is_empty() {
                    let days: Vec<_> = window.gaps.iter().map(Date::to_string).collect();
                    write!(f, ", without orders on {}", days.join(", "))?;
                }
                writeln!(f)
            }
            Self::CarriedOver { entry, reason } => {
                writeln!(f, "public    carried over {} to {}: {reason}", entry.from, entry.to)
            }
            Self::Nothing { reason } => writeln!(f, "public    none: {reason}"),
        }
    }
}

/// The days of a window without an order.
pub(super) fn gaps(window: DayRange, counts: &RowCounts) -> Vec<Date> {
    let has_orders = |day: Day| {
        let mut counts = counts.by_day.iter().filter(|(of, ..)| *of == day);
        counts.any(|(.., count)| count.orders() > 0)
    };
    let days = (window.first.0..=window.last.0).map(Day);
    days.filter(|&day| !has_orders(day)).map(Day::date).collect()
}
