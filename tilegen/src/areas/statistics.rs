//! The build of the order statistics: counts orders and distinct users of each area, and publishes the
//! table `area-stats/orders`. The table is internal because it has no privacy floor.

mod count;

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::Serialize;
use tilecore::manifest::{Manifest, TableNameError};
use tilecore::text::counted;
use tilecore::{Slot, Visibility};

use crate::areas::statistics::count::{OrderCounter, OrderStats};
use crate::config::period::Period;
use crate::orders::calendar::Day;
use crate::orders::dataset::{OrderDataset, input_files};
use crate::orders::read::{LoadedOrders, OrderInput, OrdersError, ReadOptions};
use crate::orders::rejects::Rejects;
use crate::orders::sort::partition::Partitions;
use crate::orders::sort::spill::SpillWriter;
use crate::orders::source::{OrderFiles, RowGroup, SkippedFiles};
use crate::orders::validate::RejectedRows;
use crate::orders::window::{DayRange, ReadRange, Window};
use crate::polygons::{
    AreaError, AreaFolders, AreaId, AreaKind, AreaSets, ImportReport, read_areas,
};
use crate::publish::guards::job::{OrderGuardOptions, OrderGuards};
use crate::publish::guards::{Acceptance, GuardsReport, OrderBuildError};
use crate::publish::lineage::Inputs;
use crate::publish::{NewTable, Provenance, Update, newest_manifest, publish, store_table};
use crate::store::Store;
use crate::telemetry::process::process_usage;
use crate::telemetry::progress::Progress;
use crate::telemetry::stopwatch::Stopwatch;

/// What to count.
#[derive(Clone, Debug)]
pub struct AreaOrdersSpec {
    /// Orders to read.
    pub input: OrderInput,
    /// The folders of area files.
    pub folders: AreaFolders,
    /// The store that receives the table.
    pub store: String,
    /// The operator's options for the guards of the orders.
    pub guards: OrderGuardOptions,
    /// How often this build runs, if known.
    pub every: Option<Period>,
}

/// Why nothing was published.
#[derive(Debug, thiserror::Error)]
pub enum AreaOrdersError {
    /// The orders could not be read or used, or the output could not be published.
    #[error(transparent)]
    Common(OrderBuildError),
    /// Areas could not be read.
    #[error("could not read the areas")]
    Areas(#[from] AreaError),
    /// The folders contain no areas.
    #[error("no areas in {folders}; nothing was published")]
    NoAreas {
        /// The folders.
        folders: String,
    },
    /// The table could not be written.
    #[error("could not write the table")]
    Table(#[from] serde_json::Error),
    /// The name of the table is not valid.
    #[error(transparent)]
    Name(#[from] TableNameError),
}

impl<E> From<E> for AreaOrdersError
where
    OrderBuildError: From<E>,
{
    fn from(error: E) -> Self {
        Self::Common(error.into())
    }
}

impl AreaOrdersError {
    /// If a guard stopped the build, the `--accept` values with which it would publish.
    #[must_use]
    pub fn acceptances_if_stopped(&self) -> Option<Vec<Acceptance>> {
        if let Self::Common(error) = self { error.acceptances_if_stopped() } else { None }
    }
}

/// The report of a build of order statistics.
#[derive(Clone, Debug, Serialize)]
pub struct AreaOrdersReport {
    /// Program and version.
    pub generator: &'static str,
    /// Order files that were not read, by reason.
    pub skipped_files: SkippedFiles,
    /// Rows read.
    pub rows: u64,
    /// Rows on days after the last complete day.
    pub outside_window: u64,
    /// Rows of row groups that were not read because they contain only such days.
    pub rows_skipped: u64,
    /// Rows rejected, by reason.
    pub rejects: Rejects,
    /// The first row that was rejected for each reason, except duplicates.
    pub rejected_rows: RejectedRows,
    /// Rejected positions that are inside their city if longitude and latitude are swapped.
    pub swapped_positions: u64,
    /// Rows whose business line lost control characters or marks that reorder text.
    pub lines_cleaned: u64,
    /// What the guards found.
    pub guards: GuardsReport,
    /// Number of orders counted.
    pub orders: u64,
    /// Orders that lie in no area.
    pub outside_areas: u64,
    /// The report of the import of areas.
    pub areas: ImportReport,
    /// Whether orders were spilled to temporary files.
    pub spilled: bool,
    /// Size of the stored table, in bytes.
    pub bytes: u64,
    /// Number of the manifest that lists the table.
    pub manifest: u64,
    /// Duration of each step, in seconds.
    pub seconds: BTreeMap<&'static str, f64>,
    /// CPU time of all threads, in seconds.
    pub cpu_seconds: f64,
    /// Peak memory, in bytes.
    pub peak_memory_bytes: u64,
}

/// The table `area-stats/orders`.
#[derive(Serialize)]
struct OrderStatsTable<'a> {
    lines: &'a [String],
    windows: BTreeMap<Slot, [Date; 2]>,
    areas: Vec<AreaOrders<'a>>,
}

impl<'a> OrderStatsTable<'a> {
    fn new(lines: &'a [String], windows: &[(Slot, DayRange)], areas: Vec<AreaOrders<'a>>) -> Self {
        let days = |range: &DayRange| [range.first.date(), range.last.date()];
        let windows = windows.iter().map(|(slot, range)| (slot.clone(), days(range))).collect();
        Self { lines, windows, areas }
    }
}

#[derive(Serialize)]
struct AreaOrders<'a> {
    id: AreaId,
    kind: AreaKind,
    city: i64,
    name: &'a str,
    windows: BTreeMap<Slot, OrderStats>,
}

/// Memory of an order until it is counted, in bytes: packed order, user, id and area set.
const BYTES_PER_ORDER: u64 = 28;

/// Memory that does not depend on the number of orders, in bytes: row groups while they are decoded,
/// areas, count tables.
const FIXED_BYTES: u64 = 128 << 20;

/// Reads the orders of all days.
struct OrderReader<'a> {
    input: &'a OrderInput,
    dataset: &'a OrderDataset<'a>,
    sets: &'a AreaSets,
    published_lines: &'a [String],
    progress: Progress,
}

/// Orders, and how they were read.
struct OrdersRead {
    range: ReadRange,
    spills: bool,
    orders: LoadedOrders,
}

impl OrderReader<'_> {
    /// Reads the orders up to the newest complete day with a valid order that the guards accept.
    fn read(
        &self,
        guards: &mut OrderGuards<'_>,
        watch: &mut Stopwatch,
    ) -> Result<OrdersRead, AreaOrdersError> {
        let mut newest = self.dataset.newest;
        loop {
            let read = self.read_until(newest, watch)?;
            let (range, counts) = (read.range, &read.orders.counts);
            let mut earlier = guards.earlier_last_day(self.dataset, range, counts)?;
            if earlier.is_none() {
                earlier = guards.check(counts, &read.orders.lines, range)?;
            }
            let Some(day) = earlier else { return Ok(read) };
            newest = day;
        }
    }

    fn read_until(&self, last: Day, watch: &mut Stopwatch) -> Result<OrdersRead, AreaOrdersError> {
        let input = self.input;
        let days = DayRange::of_window(Window::All, last, self.dataset.oldest);
        let range = ReadRange { days, rejects_older: true };
        let groups: Vec<_> =
            self.dataset.overlapping(range).into_iter().map(|group| group.group).collect();
        let rows = groups.iter().map(RowGroup::rows).fold(0, u64::saturating_add);
        let bytes = rows.saturating_mul(BYTES_PER_ORDER).saturating_add(FIXED_BYTES);
        let spills = bytes > input.memory_bytes / 2;
        let spill = SpillWriter::new(spills.then_some(input.temp_dir.as_path()));
        let reading = ReadOptions {
            range,
            partitions: &Partitions::covering(&input.config.cities),
            spill: spill.map_err(|source| input.temporary_error(source))?,
            areas: Some(self.sets),
            keeps_details: false,
            published_lines: self.published_lines,
            progress: self.progress,
        };
        let orders = input.read(&groups, reading, watch)?;
        Ok(OrdersRead { range, spills, orders })
    }
}

/// Counts the orders of the last 30 days and of all time in every area, and publishes the table.
pub fn build_area_orders(
    spec: &AreaOrdersSpec,
    progress: Progress,
) -> Result<AreaOrdersReport, AreaOrdersError> {
    let mut watch = Stopwatch::start();
    let input = &spec.input;
    let limit = input.memory_limit().map_err(OrdersError::from)?;
    let store = Store::open(&spec.store, true)?;
    store.check_create_only()?;
    let published = newest_manifest(&store)?;
    let (areas, imported) = read_areas(&spec.folders, &input.config.cities, input.now)?;
    if areas.is_empty() {
        return Err(AreaOrdersError::NoAreas { folders: spec.folders.to_string() });
    }
    let sets = AreaSets::new(&areas);
    watch.record_step("read areas");

    let OrderFiles { files, skipped } = input.open_files()?;
    let dataset = input.dataset(&files)?;
    let reader = OrderReader {
        input,
        dataset: &dataset,
        sets: &sets,
        published_lines: &published.as_ref().map(Manifest::line_registry).unwrap_or_default(),
        progress,
    };
    let newest = published.as_ref();
    let mut guards = OrderGuards::load("area-stats", &store, newest, input, &spec.guards)?;
    let OrdersRead { range, spills, orders: read } = reader.read(&mut guards, &mut watch)?;
    let days = range.days;
    let first = read.counts.first_day.unwrap_or(days.first).max(days.first);
    let windows = [Window::Days(30), Window::All]
        .map(|window| (window.slot(), DayRange::of_window(window, days.last, first)));

    let max_days_back = |range: &DayRange| u16::try_from(days.last.0 - range.first.0);
    let counter = OrderCounter {
        sets: &sets.into_sets(),
        areas: areas.len(),
        lines: read.lines.names().len(),
        windows: &[&windows[0].1, &windows[1].1]
            .map(|days| max_days_back(days).unwrap_or(u16::MAX)),
    };
    let (stats, inside) = counter
        .count(&read, limit.working_bytes() / 4)
        .map_err(|source| input.temporary_error(source))?;
    let area_orders = areas.iter().zip(stats).map(|(area, stats)| AreaOrders {
        id: area.id,
        kind: area.kind,
        city: area.city,
        name: &area.name,
        windows: windows.iter().map(|(slot, _)| slot.clone()).zip(stats).collect(),
    });
    let table = OrderStatsTable::new(read.lines.names(), &windows, area_orders.collect());
    watch.record_step("count");

    let mut inputs = Inputs::at(input.now);
    inputs.add("orders", input_files(&dataset.overlapping(range)))?;
    inputs.add_files("areas", &spec.folders.files()?)?;
    let build = Some(inputs.store(&store, read.counts.rows, &read.counts.rejects, spec.every)?);
    watch.record_step("name input");
    let table = NewTable {
        name: "area-stats/orders".parse()?,
        slot: Slot::now(),
        visibility: Visibility::Internal,
        provenance: &Provenance { data_at: input.end_of_day(days.last), build },
        rows: areas.len() as u64,
        json: &serde_json::to_vec(&table)?,
    };
    let table = store_table(&store, table)?;
    let bytes = table.bytes;
    let tables = [table];
    let record = guards.store(&store, &[], &tables)?;
    let update = Update {
        base: published.as_ref(),
        cities: &input.config.cities,
        guards: Some(&record),
        tables: &tables,
        ..Update::default()
    };
    let manifest = publish(&store, update)?;
    watch.record_step("publish");

    let outside_areas = read.counts.orders() - inside;
    let (cpu, peak_memory_bytes) = process_usage();
    Ok(AreaOrdersReport {
        generator: crate::store::GENERATOR,
        skipped_files: skipped,
        rows: read.counts.rows,
        outside_window: read.counts.outside_window,
        rows_skipped: dataset.rows_outside(range),
        orders: read.counts.orders(),
        rejects: read.counts.rejects,
        rejected_rows: read.counts.rejected_rows,
        swapped_positions: read.counts.swapped_positions,
        lines_cleaned: read.counts.lines_cleaned,
        guards: guards.report(),
        outside_areas,
        areas: imported,
        spilled: spills,
        bytes,
        manifest: manifest.number,
        seconds: watch.seconds(),
        cpu_seconds: cpu.as_secs_f64(),
        peak_memory_bytes,
    })
}

impl std::fmt::Display for AreaOrdersReport {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { rows, orders, outside_areas, bytes, manifest, .. } = self;
        let areas: u64 = self.areas.areas.values().sum();
        let reasons = self.rejects.in_brackets();
        let rows = counted(*rows, "row");
        writeln!(f, "read      {rows}, {} rejected{reasons}", self.rejects.total())?;
        if self.skipped_files.total() > 0 {
            let files = counted(self.skipped_files.total(), "file");
            writeln!(f, "not read  {files}: {}", self.skipped_files)?;
        }
        self.guards.fmt(f)?;
        let (orders, areas) = (counted(*orders, "order"), counted(areas, "area"));
        writeln!(f, "counted   {orders} in {areas}, {outside_areas} in none")?;
        writeln!(f, "area-stats/orders  {bytes} bytes")?;
        let total: f64 = self.seconds.values().sum();
        writeln!(
            f,
            "published manifest {manifest} after {total:.2} s (CPU time {:.2} s, peak memory {} MB)",
            self.cpu_seconds,
            self.peak_memory_bytes / 1_000_000,
        )
    }
}
