//! Plan: the archives to build, the days to read, and how much memory that needs.

use std::ops::RangeInclusive;

use tilecore::layer::{DENSITY, DENSITY_PUBLIC};
use tilecore::{LayerSpec, Slot};

use crate::config::period::Period;
use crate::density::floor::Floor;
use crate::orders::calendar::Day;
use crate::orders::read::OrderInput;
use crate::orders::window::{DayRange, PUBLIC_DAYS, ReadRange, Window, public_window};
use crate::publish::guards::job::OrderGuardOptions;

/// What to build.
#[derive(Clone, Debug)]
pub struct DensitySpec {
    /// Orders to read.
    pub input: OrderInput,
    /// Store that the archives go to.
    pub store: String,
    /// The operator's options for the guards of the orders.
    pub guards: OrderGuardOptions,
    /// How often such a build runs, if that is known.
    pub every: Option<Period>,
    /// Windows of the internal layer.
    pub windows: Vec<Window>,
    /// Layers to build.
    pub layers: Vec<LayerSpec>,
    /// The privacy floor of the public layer. With 1 there is no floor, and nothing is public.
    pub min_users: u16,
    /// Whether the floor applies by line too.
    pub floor_lines: bool,
    /// Days by which the public window advances at a time.
    pub public_step_days: u16,
    /// Whether successive public windows may share days.
    pub public_overlap: bool,
}

/// One archive to build.
#[derive(Clone, Debug)]
pub(super) struct ArchivePlan {
    pub(super) layer: LayerSpec,
    pub(super) slot: Slot,
    pub(super) days: DayRange,
    pub(super) floor: Option<Floor>,
}

impl ArchivePlan {
    /// The privacy floor; 1 = off.
    pub(super) fn min_users(&self) -> u16 {
        self.floor.map_or(1, |floor| floor.min_users() as u16)
    }
}

/// All archives to build.
#[derive(Clone, Debug)]
pub(super) struct BuildPlan {
    /// The days to read: all days of some archive, and those up to the newest day. An order may be
    /// repeated on a later day, and then it counts in no archive that ends earlier.
    pub(super) range: ReadRange,
    /// Sorted by days.
    archives: Vec<ArchivePlan>,
}

impl BuildPlan {
    /// The plan of internal windows that end on `newest`, of data that start on `oldest`. The days of a
    /// public window that is due are read too, so that the guards check them.
    pub(super) fn new(spec: &DensitySpec, newest: Day, oldest: Day, due: Option<DayRange>) -> Self {
        let mut archives = Vec::new();
        if spec.layers.contains(&DENSITY) {
            archives.extend(internal_archives(spec, newest, oldest));
        }
        archives.sort_by_key(|archive| (archive.days.first, archive.days.last));
        let internal = archives.iter().map(|archive| archive.days.first);
        let first = internal.chain(due.map(|due| due.first)).min();
        let last_public = || public_window(newest, spec.public_step_days).first;
        let days = DayRange { first: first.unwrap_or_else(last_public), last: newest };
        let rejects_older = spec.layers.contains(&DENSITY) && spec.windows.contains(&Window::All);
        Self { range: ReadRange { days, rejects_older }, archives }
    }

    /// The plan of a public window. It is read as of its own last day: an order that is repeated later
    /// counts on its first day.
    pub(super) fn public(spec: &DensitySpec, days: DayRange) -> Self {
        let archive = ArchivePlan {
            layer: DENSITY_PUBLIC,
            slot: Window::Days(PUBLIC_DAYS).slot(),
            days,
            floor: spec.public_floor(),
        };
        Self { range: ReadRange { days, rejects_older: false }, archives: vec![archive] }
    }

    /// Moves the start of the `all` window to the first valid order. The footers contain only the
    /// earliest time in the data, which may be that of a rejected row.
    pub(super) fn start_with_first_order(&mut self, first_day: Option<Day>) {
        for archive in &mut self.archives {
            if archive.slot == Window::All.slot() {
                let first = archive.days.first;
                archive.days.first = first_day.unwrap_or(first).max(first);
            }
        }
    }

    /// The archives in groups with the same days, which are counted together.
    pub(super) fn archives_by_days(&self) -> impl Iterator<Item = &[ArchivePlan]> {
        self.archives.chunk_by(|a, b| a.days == b.days)
    }

    /// Some days, counted back from the last day that is read.
    pub(super) fn days_back(&self, days: DayRange) -> RangeInclusive<u16> {
        let back = |day: Day| u16::try_from(self.range.days.last.0 - day.0).unwrap_or(u16::MAX);
        back(days.last)..=back(days.first)
    }
}

fn internal_archives(
    spec: &DensitySpec,
    newest: Day,
    oldest: Day,
) -> impl Iterator<Item = ArchivePlan> {
    let mut windows = spec.windows.clone();
    windows.sort_unstable();
    windows.dedup();
    windows.into_iter().map(move |window| ArchivePlan {
        layer: DENSITY,
        slot: window.slot(),
        days: DayRange::of_window(window, newest, oldest),
        floor: None,
    })
}

/// Bytes per order from reading to counting: packed order, user and id.
const READ_BYTES: u64 = 24;

/// Bytes per order that waits for the second pass of a floor: packed order, user and first-seen
/// level.
const QUEUED_BYTES: u64 = 17;

/// Bytes per order in the table of users: a record of 64 bytes in a table that is two thirds full,
/// for a user with six orders.
const USER_BYTES: u64 = 64 * 3 / 2 / 6;

/// Bytes that do not depend on the number of orders: row groups being decoded, tile builders, tiles
/// of a city.
const FIXED_BYTES: u64 = 128 << 20;

impl DensitySpec {
    /// The floor of the public layer, or `None` if nothing is public: without a floor, or if the layer was
    /// not requested.
    pub(super) fn public_floor(&self) -> Option<Floor> {
        let floor = Floor::new(self.min_users).map(|floor| floor.by_line(self.floor_lines));
        floor.filter(|_| self.layers.contains(&DENSITY_PUBLIC))
    }

    /// Whether this number of orders does not fit into the memory limit. The number is the claim of footers.
    pub(super) fn must_spill(&self, orders: u64) -> bool {
        let bytes = orders.saturating_mul(READ_BYTES + QUEUED_BYTES + USER_BYTES);
        bytes.saturating_add(FIXED_BYTES) > self.input.memory_bytes
    }
}
