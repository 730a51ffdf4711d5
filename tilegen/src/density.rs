//! Density: orders in, archives published. The whole build, top to bottom.

use std::collections::BTreeMap;
use std::io;
use std::ops::RangeInclusive;
use std::path::PathBuf;

use jiff::Timestamp;
use jiff::civil::Date;
use rayon::prelude::*;
use tilecore::archive::WriteError;
use tilecore::layer::{DENSITY, DENSITY_PUBLIC};
use tilecore::manifest::{LayerEntry, Manifest};
use tilecore::{LayerSpec, Slot};

use crate::archive::{DensityFacts, encode};
use crate::bin::Selection;
use crate::buckets::Buckets;
use crate::calendar::{Calendar, Day, EARLIEST, TOO_LATE};
use crate::config::{Config, Zoneless};
use crate::count::{CountedLayer, count};
use crate::dedup::find_repeats;
use crate::floor::Floor;
use crate::lines::{LineNames, TooManyLines};
use crate::progress::Progress;
use crate::publish::{PublishError, StoredArchive, newest_manifest, publish, store_archive};
use crate::rejects::RejectReason;
use crate::report::{ArchiveReport, BuildReport, Stopwatch, process_costs};
use crate::runs::Runs;
use crate::source::{
    OrderFile, RowGroup, RowGroupTimes, SourceError, micros_per_unit, open_orders,
};
use crate::store::{Store, StoreError};
use crate::validate::{RowCounts, ValidateError, Validator};
use crate::window::{DayRange, Window, public_last_day};

/// What to build.
#[derive(Clone, Debug)]
pub struct DensitySpec {
    /// Path, folder, pattern or URL of order parquet.
    pub orders: String,
    /// Store that the archives go to.
    pub store: String,
    /// How orders are read.
    pub config: Config,
    /// Windows of the internal layer.
    pub windows: Vec<Window>,
    /// Last day; without it the newest day of the orders.
    pub as_of: Option<Date>,
    /// Layers to build.
    pub layers: Vec<LayerSpec>,
    /// The floor of the public layer; 1 = off.
    pub min_users: u16,
    /// Days by which the public window moves on at once.
    pub public_step_days: u16,
    /// Most memory to use, in bytes.
    pub memory_bytes: u64,
    /// Folder for temporary files.
    pub temporary: PathBuf,
}

/// The public layer's window (the layer table of the design).
const PUBLIC_WINDOW: Window = Window::Days(30);

/// Why nothing was built.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// Orders could not be read.
    #[error("could not read the orders")]
    Source(#[from] SourceError),
    /// Orders could not be checked.
    #[error("could not check the orders")]
    Validate(#[from] ValidateError),
    /// Too many lines.
    #[error(transparent)]
    Lines(#[from] TooManyLines),
    /// There is no row at all.
    #[error("{orders} has no rows")]
    NoRows {
        /// Where the orders came from.
        orders: String,
    },
    /// No row has a time that can be read.
    #[error(
        "no row of {orders} has a readable time between 2000 and 2099; is the time column the right one, with the right unit?"
    )]
    NoTimes {
        /// Where the orders came from.
        orders: String,
    },
    /// No valid order lies in the window.
    #[error(
        "no valid order between {from} and {to}: {rows} rows read, {outside} of other days, {rejected} rejected ({reasons})"
    )]
    NoOrders {
        /// First day asked for.
        from: Date,
        /// Last day asked for.
        to: Date,
        /// Rows read.
        rows: u64,
        /// Rows of other days.
        outside: u64,
        /// Rows rejected.
        rejected: u64,
        /// The commonest reasons.
        reasons: String,
    },
    /// More rows were rejected than the configuration allows.
    #[error(
        "{rejected} of {rows} rows were rejected ({reasons}), more than the share of {allowed} that max_reject_share allows; nothing is published"
    )]
    TooManyRejects {
        /// Rows rejected.
        rejected: u64,
        /// Rows read.
        rows: u64,
        /// Share allowed.
        allowed: f64,
        /// The commonest reasons.
        reasons: String,
    },
    /// A floor makes no sense without users.
    #[error(
        "no order has a user, so the privacy floor of {min_users} users would hide everything; check the user column, or build with --min-users 1 for a private map"
    )]
    NoUsers {
        /// The floor.
        min_users: u16,
    },
    /// Temporary files could not be used.
    #[error("could not use temporary files in {folder}; is the disk full?")]
    Temporary {
        /// The folder.
        folder: PathBuf,
        /// Cause.
        #[source]
        source: io::Error,
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
    let store = Store::open(&spec.store, true)?;
    let published = newest_manifest(&store)?;
    let files = open_orders(&spec.orders, &spec.config.orders)?;
    let groups = row_groups(&files, spec)?;
    let newest = newest_day(&groups, spec)?;
    let mut targets = targets(spec, newest, oldest_day(&groups));
    let days = span(&targets);
    watch.lap("open");

    let names = LineNames::default();
    let buckets = Buckets::covering(&spec.config.cities);
    let wanted: Vec<_> = groups.iter().filter(|group| group.overlaps(days)).collect();
    let spills = spec.needs_spill(wanted.iter().map(|group| group.group.rows()).sum());
    let runs = if spills { Runs::spilled(&spec.temporary) } else { Ok(Runs::in_memory()) };
    let runs = runs.map_err(|source| spec.temporary_failed(source))?;
    let mut counts = read(&wanted, days, &names, &buckets, &runs, spec, progress)?;
    watch.lap("read");

    let lines = names.settle(published.as_ref().map(Manifest::lines).unwrap_or_default())?;
    let mut runs = runs.seal();
    let repeats = find_repeats(&runs, &lines).map_err(|source| spec.temporary_failed(source))?;
    runs.drop_ids();
    counts.rejects.add(RejectReason::Duplicate, repeats.count());
    check_counts(&counts, days, spec)?;
    watch.lap("dedup");

    for target in &mut targets {
        target.begin_with_orders(counts.first_day);
    }
    let mut archives = Vec::new();
    for same_days in targets.chunk_by(|a, b| a.days == b.days) {
        let selection = Selection {
            runs: &runs,
            repeats: &repeats,
            lines: &lines,
            days_back: days_back(days, same_days[0].days),
        };
        let wanted: Vec<_> = same_days.iter().map(|target| (target.layer, target.floor)).collect();
        let spill_to = spills.then_some(spec.temporary.as_path());
        let counted =
            count(&selection, &buckets, &wanted, spec.portion_orders(), spill_to, progress)
                .map_err(|source| spec.temporary_failed(source))?;
        watch.lap("count and encode");
        for (target, counted) in same_days.iter().zip(counted) {
            let bar = progress.step("storing bytes", counted.pyramid.bytes());
            archives.push(finish(target, &counted, lines.names(), spec, &store, &mut watch)?);
            bar.advance(counted.pyramid.bytes());
        }
    }
    let entries: Vec<_> = archives.iter().map(|(entry, _)| entry.clone()).collect();
    let manifest = publish(&store, &spec.config.cities, &entries, &[])?;
    watch.lap("publish");

    let (cpu, peak_memory_bytes) = process_costs();
    Ok(BuildReport {
        generator: crate::publish::GENERATOR,
        orders: spec.orders.clone(),
        files: files.len(),
        row_groups: wanted.len(),
        row_groups_skipped: groups.len() - wanted.len(),
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

/// A row group and its first and last day.
struct DatedGroup<'a> {
    group: RowGroup<'a>,
    days: Option<DayRange>,
}

impl DatedGroup<'_> {
    /// Whether some of its rows may count. A group without any readable time is read too, so that
    /// its rows are counted as rejects.
    fn overlaps(&self, days: DayRange) -> bool {
        self.days.is_none_or(|own| own.first <= days.last && own.last >= days.first)
    }
}

fn row_groups<'a>(
    files: &'a [OrderFile],
    spec: &DensitySpec,
) -> Result<Vec<DatedGroup<'a>>, BuildError> {
    let groups: Vec<_> = files.iter().flat_map(OrderFile::row_groups).collect();
    if groups.iter().all(|group| group.rows() == 0) {
        return Err(BuildError::NoRows { orders: spec.orders.clone() });
    }
    let zoned = Calendar::new(&spec.config.time_zone);
    let dated = groups.into_par_iter().map(|group| {
        let column = &spec.config.orders.columns.time;
        let time_type = group.time_type(column);
        let local = spec.config.orders.zoneless == Zoneless::Local
            && matches!(time_type, arrow::datatypes::DataType::Timestamp(_, None));
        let calendar = if local { &Calendar::wall_clock() } else { &zoned };
        let (factor, divisor) = micros_per_unit(time_type, column.unit);
        let micros = |time: i64| time.saturating_mul(factor).div_euclid(divisor);
        let days = match group.times(column)? {
            RowGroupTimes::Nowhere => None,
            RowGroupTimes::Between(low, high) => {
                let (low, high) = (micros(low).max(EARLIEST), micros(high).min(TOO_LATE - 1));
                let range = || DayRange { first: calendar.day(low), last: calendar.day(high) };
                (low <= high).then(range)
            }
        };
        Ok(DatedGroup { group, days })
    });
    dated.collect::<Result<_, SourceError>>().map_err(BuildError::from)
}

fn newest_day(groups: &[DatedGroup<'_>], spec: &DensitySpec) -> Result<Day, BuildError> {
    let newest = groups.iter().filter_map(|group| group.days).map(|days| days.last).max();
    let newest = newest.ok_or_else(|| BuildError::NoTimes { orders: spec.orders.clone() })?;
    Ok(spec.as_of.map_or(newest, Day::of))
}

fn oldest_day(groups: &[DatedGroup<'_>]) -> Day {
    groups.iter().filter_map(|group| group.days).map(|days| days.first).min().unwrap_or(Day(0))
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
        let floor = Floor::new(spec.min_users);
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

/// The days that some target counts.
fn span(targets: &[Target]) -> DayRange {
    let first = targets.iter().map(|target| target.days.first).min().unwrap_or(Day(0));
    let last = targets.iter().map(|target| target.days.last).max().unwrap_or(Day(0));
    DayRange { first, last }
}

/// A target's days, counted back from the last day of all.
fn days_back(all: DayRange, days: DayRange) -> RangeInclusive<u16> {
    let back = |day: Day| u16::try_from(all.last.0 - day.0).unwrap_or(u16::MAX);
    back(days.last)..=back(days.first)
}

fn read(
    groups: &[&DatedGroup<'_>],
    days: DayRange,
    names: &LineNames,
    buckets: &Buckets,
    runs: &Runs,
    spec: &DensitySpec,
    progress: Progress,
) -> Result<RowCounts, BuildError> {
    let validator = Validator::new(&spec.config, days, names);
    let bar = progress.step("reading rows", groups.iter().map(|group| group.group.rows()).sum());
    let counts = groups.par_iter().map(|group| {
        let (orders, counts) = validator.check(group.group)?;
        runs.add(orders, buckets).map_err(|source| spec.temporary_failed(source))?;
        bar.advance(counts.rows);
        Ok(counts)
    });
    let add = |mut all: RowCounts, part: RowCounts| {
        all.merge(&part);
        Ok(all)
    };
    counts.try_reduce(RowCounts::default, add)
}

fn check_counts(counts: &RowCounts, days: DayRange, spec: &DensitySpec) -> Result<(), BuildError> {
    let rejected = counts.rejects.total();
    let reasons = || {
        let mut reasons: Vec<_> =
            RejectReason::ALL.iter().map(|&why| (counts.rejects.of(why), why.words())).collect();
        reasons.retain(|(rows, _)| *rows > 0);
        reasons.sort_by_key(|(rows, _)| std::cmp::Reverse(*rows));
        let words = reasons.iter().take(3).map(|(rows, words)| format!("{rows} {words}"));
        words.collect::<Vec<_>>().join(", ")
    };
    let inside = counts.rows - counts.outside_window;
    let allowed = spec.config.orders.max_reject_share;
    if rejected as f64 > allowed * inside as f64 {
        return Err(BuildError::TooManyRejects {
            rejected,
            rows: inside,
            allowed,
            reasons: reasons(),
        });
    }
    if counts.orders() == 0 {
        return Err(BuildError::NoOrders {
            from: days.first.date(),
            to: days.last.date(),
            rows: counts.rows,
            outside: counts.outside_window,
            rejected,
            reasons: reasons(),
        });
    }
    let has_floor = spec.layers.contains(&DENSITY_PUBLIC) && spec.min_users > 1;
    if has_floor && counts.without_user >= counts.orders() {
        return Err(BuildError::NoUsers { min_users: spec.min_users });
    }
    Ok(())
}

/// Archives, stores and verifies one target.
fn finish(
    target: &Target,
    counted: &CountedLayer,
    lines: &[String],
    spec: &DensitySpec,
    store: &Store,
    watch: &mut Stopwatch,
) -> Result<(LayerEntry, ArchiveReport), BuildError> {
    let min_users = target.floor.map_or(1, |floor| floor.min_users() as u16);
    let facts = DensityFacts {
        layer: target.layer,
        days: target.days,
        time_zone: &spec.config.time_zone_name,
        lines,
        min_users,
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
    let entry = LayerEntry {
        orders: stored.verified.zooms.values().next().map_or(0, |totals| totals.orders),
        lines: lines.to_vec(),
        ..stored.entry(target.layer, slot, &archive, Timestamp::now(), days)
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
    fn temporary_failed(&self, source: io::Error) -> BuildError {
        BuildError::Temporary { folder: self.temporary.clone(), source }
    }

    /// Whether so many orders would not fit into the memory allowed.
    fn needs_spill(&self, orders: u64) -> bool {
        orders * (READ_ORDER + KEPT_ORDER + USER_OF_ORDER) + BESIDE_ORDERS > self.memory_bytes
    }

    /// Most orders that may be sorted and counted at once: those that fit into a quarter of the
    /// memory allowed. The rest is for users and tiles.
    fn portion_orders(&self) -> usize {
        usize::try_from(self.memory_bytes / 4 / SORTED_ORDER).unwrap_or(usize::MAX)
    }
}
