//! Density: orders in, archives published. The whole build, top to bottom.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use tilecore::archive::WriteError;
use tilecore::layer::{DENSITY, DENSITY_PUBLIC};
use tilecore::lineage::Build;
use tilecore::manifest::{LayerEntry, Manifest};
use tilecore::{LayerSpec, Slot};

use crate::config::period::Period;
use crate::density::count::{CountedLayer, count};
use crate::density::floor::Floor;
use crate::density::metadata::{DensityFacts, encode};
use crate::density::report::{ArchiveReport, BuildReport};
use crate::orders::calendar::Day;
use crate::orders::read::{OrderInput, OrdersError, ReadOrders, Reading, inputs_of};
use crate::orders::sort::partition::Buckets;
use crate::orders::sort::radix::Selection;
use crate::orders::sort::spill::Runs;
use crate::orders::window::{DayRange, Window, public_last_day};
use crate::publish::lineage::{Inputs, LineageError};
use crate::publish::{
    Origin, PublishError, StoredArchive, Update, newest_manifest, publish, store_archive,
};
use crate::store::{Store, StoreError};
use crate::telemetry::process::process_costs;
use crate::telemetry::progress::Progress;
use crate::telemetry::stopwatch::Stopwatch;

/// What to build.
#[derive(Clone, Debug)]
pub struct DensitySpec {
    /// Orders to read.
    pub input: OrderInput,
    /// Store that the archives go to.
    pub store: String,
    /// How often such a build is run, if that is known.
    pub every: Option<Period>,
    /// Windows of the internal layer.
    pub windows: Vec<Window>,
    /// Layers to build.
    pub layers: Vec<LayerSpec>,
    /// The floor of the public layer; 1 = off.
    pub min_users: u16,
    /// Whether the floor is held by line too.
    pub floor_lines: bool,
    /// Days by which the public window moves on at once.
    pub public_step_days: u16,
}

/// The public layer's window (the layer table of the design).
const PUBLIC_WINDOW: Window = Window::Days(30);

/// Why nothing was built.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// There are no orders to count.
    #[error(transparent)]
    Orders(#[from] OrdersError),
    /// A floor makes no sense without users.
    #[error(
        "no order has a user, so the privacy floor of {min_users} users would hide everything; check the user column, or build with --min-users 1 for a private map"
    )]
    NoUsers {
        /// The floor.
        min_users: u16,
    },
    /// The archive could not be written.
    #[error("could not write the archive of {layer}/{slot}")]
    Write {
        /// The layer.
        layer: &'static str,
        /// The slot.
        slot: Slot,
        /// Cause.
        #[source]
        source: WriteError,
    },
    /// The store cannot be used.
    #[error("could not use the store")]
    Store(#[from] StoreError),
    /// The input cannot be named.
    #[error(transparent)]
    Lineage(#[from] LineageError),
    /// Publishing failed.
    #[error("could not publish")]
    Publish(#[from] PublishError),
}

/// One archive to be made.
#[derive(Clone, Debug)]
struct Target {
    layer: LayerSpec,
    slot: Slot,
    days: DayRange,
    floor: Option<Floor>,
}

impl Target {
    /// A window without a beginning begins with the first valid order: footers know only the
    /// earliest time in the data, which may be that of a row that was rejected.
    fn begin_with_orders(&mut self, first_day: Option<Day>) {
        if self.slot == Window::All.slot() {
            self.days.first = first_day.unwrap_or(self.days.first).max(self.days.first);
        }
    }
}

/// Builds every archive asked for from one read, and publishes them in one manifest.
pub fn build_density(spec: &DensitySpec, progress: Progress) -> Result<BuildReport, BuildError> {
    let mut watch = Stopwatch::start();
    let input = &spec.input;
    let store = Store::open(&spec.store, true)?;
    let published = newest_manifest(&store)?;
    let files = input.open()?;
    let open = input.dated(&files)?;
    let mut targets = targets(spec, open.newest, open.oldest);
    let days = days_read(&targets, open.newest);
    watch.lap("open");

    let buckets = Buckets::covering(&input.config.cities);
    let wanted = open.of(days);
    let spills = spec.needs_spill(wanted.iter().map(|group| group.group.rows()).sum());
    let runs = if spills { Runs::spilled(&input.temporary) } else { Ok(Runs::in_memory()) };
    let reading = Reading {
        days,
        buckets: &buckets,
        runs: runs.map_err(|source| input.temporary_failed(source))?,
        areas: None,
        known_lines: published.as_ref().map(Manifest::lines).unwrap_or_default(),
        progress,
    };
    let ReadOrders { runs, repeats, lines, counts } = input.read(&wanted, reading, &mut watch)?;
    let has_floor = spec.layers.contains(&DENSITY_PUBLIC) && spec.min_users > 1;
    if has_floor && counts.without_user >= counts.orders() {
        return Err(BuildError::NoUsers { min_users: spec.min_users });
    }

    let mut inputs = Inputs::default();
    inputs.add("orders", inputs_of(&wanted))?;
    let build = inputs.store(&store, counts.rows, &counts.rejects, spec.every)?;
    watch.lap("name input");

    for target in &mut targets {
        target.begin_with_orders(counts.first_day);
    }
    let made = Made { spec, store: &store, lines: lines.names(), build };
    let mut archives = Vec::new();
    for same_days in targets.chunk_by(|a, b| a.days == b.days) {
        let selection = Selection {
            runs: &runs,
            repeats: &repeats,
            lines: &lines,
            days_back: days_back(days, same_days[0].days),
        };
        let wanted: Vec<_> = same_days.iter().map(|target| (target.layer, target.floor)).collect();
        let spill_to = spills.then_some(input.temporary.as_path());
        let counted =
            count(&selection, &buckets, &wanted, spec.portion_orders(), spill_to, progress)
                .map_err(|source| input.temporary_failed(source))?;
        watch.lap("count and encode");
        for (target, counted) in same_days.iter().zip(counted) {
            let bar = progress.step("storing bytes", counted.pyramid.bytes());
            archives.push(finish(target, &counted, &made, &mut watch)?);
            bar.advance(counted.pyramid.bytes());
        }
    }
    let entries: Vec<_> = archives.iter().map(|(entry, _)| entry.clone()).collect();
    let update = Update {
        ground: published.as_ref(),
        cities: &input.config.cities,
        layers: &entries,
        ..Update::default()
    };
    let manifest = publish(&store, update)?;
    watch.lap("publish");

    let (cpu, peak_memory_bytes) = process_costs();
    Ok(BuildReport {
        generator: crate::store::GENERATOR,
        orders: input.orders.clone(),
        files: files.len(),
        row_groups: wanted.len(),
        row_groups_skipped: open.groups.len() - wanted.len(),
        rows: counts.rows,
        outside_window: counts.outside_window,
        orders_counted: counts.orders(),
        orders_without_user: counts.without_user,
        rejects: counts.rejects,
        lines: lines.names().to_vec(),
        archives: archives.into_iter().map(|(_, report)| report).collect(),
        manifest: manifest.number,
        spilled: spills,
        threads: rayon::current_num_threads(),
        seconds: watch.seconds(),
        cpu_seconds: cpu.as_secs_f64(),
        peak_memory_bytes,
    })
}

/// The archives to make, those of the same days side by side.
fn targets(spec: &DensitySpec, newest: Day, oldest: Day) -> Vec<Target> {
    let mut windows = spec.windows.clone();
    windows.sort_unstable();
    windows.dedup();
    let mut targets = Vec::new();
    if spec.layers.contains(&DENSITY) {
        targets.extend(windows.into_iter().map(|window| Target {
            layer: DENSITY,
            slot: window.slot(),
            days: DayRange::of(window, newest, oldest),
            floor: None,
        }));
    }
    if spec.layers.contains(&DENSITY_PUBLIC) {
        let floor = Floor::new(spec.min_users).map(|floor| floor.by_line(spec.floor_lines));
        let last = match floor {
            Some(_) => public_last_day(newest, spec.public_step_days),
            None => newest,
        };
        targets.push(Target {
            layer: DENSITY_PUBLIC,
            slot: PUBLIC_WINDOW.slot(),
            days: DayRange::of(PUBLIC_WINDOW, last, oldest),
            floor,
        });
    }
    targets.sort_by_key(|target| (target.days.first, target.days.last));
    targets
}

/// The days that are read: all that some target counts, and those up to the newest, where an order
/// may stand once more and so count in no target that ends earlier.
fn days_read(targets: &[Target], newest: Day) -> DayRange {
    let first = targets.iter().map(|target| target.days.first).min().unwrap_or(newest);
    DayRange { first, last: newest }
}

/// A target's days, counted back from the last day of all.
fn days_back(all: DayRange, days: DayRange) -> RangeInclusive<u16> {
    let back = |day: Day| u16::try_from(all.last.0 - day.0).unwrap_or(u16::MAX);
    back(days.last)..=back(days.first)
}

/// What all archives of a build have in common.
struct Made<'a> {
    spec: &'a DensitySpec,
    store: &'a Store,
    lines: &'a [String],
    build: Build,
}

/// Archives, stores and verifies one target.
fn finish(
    target: &Target,
    counted: &CountedLayer,
    made: &Made<'_>,
    watch: &mut Stopwatch,
) -> Result<(LayerEntry, ArchiveReport), BuildError> {
    let Made { spec, store, lines, .. } = *made;
    let min_users = target.floor.map_or(1, |floor| floor.min_users() as u16);
    let facts = DensityFacts {
        layer: target.layer,
        days: target.days,
        time_zone: &spec.input.config.time_zone_name,
        lines,
        min_users,
        has_floor_by_line: target.floor.is_some_and(Floor::has_lines),
    };
    let archive = encode(&counted.pyramid, &facts).map_err(|source| BuildError::Write {
        layer: target.layer.id,
        slot: target.slot.clone(),
        source,
    })?;
    watch.lap("archive");
    let stored =
        store_archive(store, target.layer.id, &target.slot, &archive.bytes, &archive.hashes)?;
    watch.lap("store and verify");
    let days = (target.days.first.date(), target.days.last.date());
    let slot = target.slot.clone();
    let data_at = spec.input.end_of(target.days.last);
    let origin = Origin { data_at, build: Some(made.build.clone()) };
    let entry = LayerEntry {
        orders: stored.verified.zooms.values().next().map_or(0, |totals| totals.orders),
        lines: lines.to_vec(),
        ..stored.entry(target.layer, slot, &archive, &origin, days)
    };
    Ok((entry, report(target, counted, min_users, &stored)))
}

fn report(
    target: &Target,
    counted: &CountedLayer,
    min_users: u16,
    stored: &StoredArchive,
) -> ArchiveReport {
    let shown = |zoom| stored.verified.zooms.get(&zoom).map_or(0, |totals| totals.orders);
    let withheld: BTreeMap<u8, u64> =
        target.layer.zooms().map(|zoom| (zoom, counted.orders - shown(zoom))).collect();
    ArchiveReport {
        layer: target.layer.id,
        slot: target.slot.clone(),
        digest: stored.digest(),
        from: target.days.first.date(),
        to: target.days.last.date(),
        min_users,
        bytes: stored.bytes(),
        largest_tile: stored.verified.largest_tile,
        p99_tile: stored.verified.p99_tile,
        orders: counted.orders,
        zooms: stored.verified.zooms.clone(),
        withheld,
    }
}

/// Memory that an order takes from when it is read until it is counted, in bytes: word, user and id.
const READ_ORDER: u64 = 24;

/// Memory that an order takes while a floor needs it for a second turn: word, user and mark.
const KEPT_ORDER: u64 = 17;

/// Memory that an order takes while its portion is sorted and counted: word and user twice, the two
/// once more where users are split, and two marks.
const SORTED_ORDER: u64 = 32 + 16 + 2;

/// Memory that the table of users takes for each order: a record of 64 bytes in a table that is two
/// thirds full, for a user of six orders.
const USER_OF_ORDER: u64 = 64 * 3 / 2 / 6;

/// Memory that does not grow with orders: row groups being decoded, benches, tiles of a city.
const BESIDE_ORDERS: u64 = 128 << 20;

impl DensitySpec {
    /// Whether so many orders would not fit into the memory allowed.
    fn needs_spill(&self, orders: u64) -> bool {
        orders * (READ_ORDER + KEPT_ORDER + USER_OF_ORDER) + BESIDE_ORDERS > self.input.memory_bytes
    }

    /// Most orders that may be sorted and counted at once: those that fit into a quarter of the
    /// memory allowed. The rest is for users and tiles.
    fn portion_orders(&self) -> usize {
        usize::try_from(self.input.memory_bytes / 4 / SORTED_ORDER).unwrap_or(usize::MAX)
    }
}
