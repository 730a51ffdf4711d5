//! Builds the timeline: from order files to published months, from top to bottom.

use tilecore::archive::WriteError;
use tilecore::layer::TIMELINE_LAYERS;
use tilecore::manifest::{Manifest, TableName, TableNameError};
use tilecore::mvt::Schema;
use tilecore::{LayerSpec, Slot};

use super::archive::{MonthMetadata, encode_month};
use super::families::{Family, KeyMaker, MonthLines, Orders, Users};
use super::gather::Gather;
use super::keys::Counted;
use super::months::Months;
use super::places::{MAX_PLACES, Places};
use super::publication::Publication;
use super::pyramid::{self, ArchiveTiles};
use super::report::{MonthReport, TableReport, TimelineReport};
use super::tables::{PlaceCounts, TABLE, TABLE_LAYERS};
use crate::config::period::Period;
use crate::orders::calendar::Day;
use crate::orders::dataset::{OrderDataset, input_files};
use crate::orders::read::{LoadedOrders, OrderInput, OrdersError, ReadOptions};
use crate::orders::sort::partition::Partitions;
use crate::orders::sort::spill::SpillWriter;
use crate::orders::source::{OrderFiles, RowGroup};
use crate::orders::window::{DayRange, ReadRange};
use crate::polygons::{Area, AreaError, AreaFolders, AreaSets, read_areas};
use crate::publish::guards::emptied::check_archives;
use crate::publish::guards::job::{OrderGuardOptions, OrderGuards};
use crate::publish::guards::{Acceptance, OrderBuildError};
use crate::publish::lineage::Inputs;
use crate::publish::{Provenance, SlotName, Update, newest_manifest, publish};
use crate::store::{GENERATOR, Store};
use crate::telemetry::process::process_usage;
use crate::telemetry::progress::Progress;
use crate::telemetry::stopwatch::Stopwatch;

/// What to build.
#[derive(Clone, Debug)]
pub struct TimelineSpec {
    /// Orders to read.
    pub input: OrderInput,
    /// The folders of area files; without marketing areas, only whole cities are counted.
    pub folders: AreaFolders,
    /// Store that the archives go to.
    pub store: String,
    /// The operator's options for the guards of the orders.
    pub guards: OrderGuardOptions,
    /// How often such a build runs, if that is known.
    pub every: Option<Period>,
    /// Days of the look-back, at least. It begins with a whole month.
    pub look_back: u16,
}

/// Why a build failed.
#[derive(Debug, thiserror::Error)]
pub enum TimelineError {
    /// The orders could not be read or used, or the output could not be published.
    #[error(transparent)]
    Common(OrderBuildError),
    /// Areas could not be read.
    #[error("could not read the areas")]
    Areas(#[from] AreaError),
    /// There are more cities and areas than a row key can number.
    #[error("there are {places} cities and areas, more than {MAX_PLACES}; remove areas")]
    TooManyPlaces {
        /// Their number.
        places: usize,
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
    /// A table could not be written.
    #[error("could not write a table")]
    Table(#[from] serde_json::Error),
    /// The key of a city is not a valid part of a table name.
    #[error(transparent)]
    Name(#[from] TableNameError),
}

impl<E> From<E> for TimelineError
where
    OrderBuildError: From<E>,
{
    fn from(error: E) -> Self {
        Self::Common(error.into())
    }
}

impl TimelineError {
    /// If a guard stopped the build, the `--accept` values with which it would publish.
    #[must_use]
    pub fn acceptances_if_stopped(&self) -> Option<Vec<Acceptance>> {
        if let Self::Common(error) = self { error.acceptances_if_stopped() } else { None }
    }
}

/// Builds all months of the look-back from one pass over the orders, and publishes them in one manifest. A
/// month whose bytes have not changed is not stored again.
pub fn build_timeline(
    spec: &TimelineSpec,
    progress: Progress,
) -> Result<TimelineReport, TimelineError> {
    let mut watch = Stopwatch::start();
    let input = &spec.input;
    input.memory_limit().map_err(OrdersError::from)?;
    let store = Store::open(&spec.store, true)?;
    store.check_create_only()?;
    let published = newest_manifest(&store)?;
    let areas = spec.read_areas()?;
    let sets = AreaSets::new(&areas);
    watch.record_step("read areas");

    let OrderFiles { files, skipped } = input.open_files()?;
    let dataset = input.dataset(&files)?;
    let reader =
        Reader { spec, dataset: &dataset, sets: (!areas.is_empty()).then_some(&sets), progress };
    let mut guards =
        OrderGuards::load("timeline", &store, published.as_ref(), input, &spec.guards)?;
    let ReadMonths { months, range, spilled, orders } = reader.read(&mut guards, &mut watch)?;

    let mut inputs = Inputs::at(input.now);
    inputs.add("orders", input_files(&dataset.overlapping(range)))?;
    inputs.add_files("areas", &spec.folders.files()?)?;
    let build = inputs.store(&store, orders.counts.rows, &orders.counts.rejects, spec.every)?;
    let data_at = input.end_of_day(range.days.last);
    watch.record_step("name input");

    let counting = Counting::new(spec, &months, &orders, !areas.is_empty(), progress)?;
    let mut publication = Publication {
        store: &store,
        published: published.as_ref(),
        provenance: Provenance { data_at, build: Some(build) },
        layers: Vec::new(),
        tables: Vec::new(),
        changed: 0,
    };
    let mut archives = counting.build::<Orders>(&mut publication, &mut watch)?;
    archives.extend(counting.build::<Users>(&mut publication, &mut watch)?);
    let places = Places { cities: input.config.cities.len(), sets: sets.into_sets() };
    let tables = counting.tables(&areas, &places, &mut publication)?;
    watch.record_step("tables");

    let removed = publication.removed();
    let manifest = publish_months(spec, &publication, &removed, &mut guards)?;
    watch.record_step("publish");
    let (cpu, peak_memory_bytes) = process_usage();
    Ok(TimelineReport {
        generator: GENERATOR,
        skipped_files: skipped,
        rows: orders.counts.rows,
        outside_window: orders.counts.outside_window,
        rows_skipped: dataset.rows_outside(range),
        orders: orders.counts.orders(),
        orders_without_user: orders.counts.without_user,
        rejects: orders.counts.rejects.clone(),
        rejected_rows: orders.counts.rejected_rows.clone(),
        guards: guards.report(),
        archives,
        tables,
        changed: publication.changed,
        removed: removed.len(),
        manifest: manifest.number,
        spilled,
        seconds: watch.seconds(),
        cpu_seconds: cpu.as_secs_f64(),
        peak_memory_bytes,
    })
}

/// Publish: lists all months in a new manifest.
fn publish_months(
    spec: &TimelineSpec,
    publication: &Publication<'_>,
    removed: &[SlotName],
    guards: &mut OrderGuards<'_>,
) -> Result<Manifest, TimelineError> {
    let Publication { store, published, layers, tables, .. } = publication;
    guards.add(check_archives(*published, layers))?;
    let record = guards.store(store, layers, tables)?;
    let update = Update {
        base: *published,
        cities: &spec.input.config.cities,
        layers,
        tables,
        removed,
        guards: Some(&record),
        ..Update::default()
    };
    Ok(publish(store, update)?)
}

impl TimelineSpec {
    fn read_areas(&self) -> Result<Vec<Area>, TimelineError> {
        let config = &self.input.config;
        let (areas, _) = read_areas(&self.folders, &config.cities, self.input.now)?;
        match config.cities.len() + areas.len() {
            places if places > MAX_PLACES => Err(TimelineError::TooManyPlaces { places }),
            _ => Ok(areas),
        }
    }
}

/// Memory of an order until it is counted, in bytes: packed order, user, id, detail and area set.
const BYTES_PER_ORDER: u64 = 32;

/// Memory that does not depend on the number of orders, in bytes.
const FIXED_BYTES: u64 = 128 << 20;

/// Reads the orders of the look-back.
struct Reader<'a> {
    spec: &'a TimelineSpec,
    dataset: &'a OrderDataset<'a>,
    sets: Option<&'a AreaSets>,
    progress: Progress,
}

/// The orders of the look-back, and how they were read.
struct ReadMonths {
    months: Months,
    range: ReadRange,
    spilled: bool,
    orders: LoadedOrders,
}

impl Reader<'_> {
    /// Reads the orders up to the newest complete day with a valid order that the guards accept.
    fn read(
        &self,
        guards: &mut OrderGuards<'_>,
        watch: &mut Stopwatch,
    ) -> Result<ReadMonths, TimelineError> {
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

    fn read_until(&self, last: Day, watch: &mut Stopwatch) -> Result<ReadMonths, TimelineError> {
        let input = &self.spec.input;
        let months = Months::covering(last, self.spec.look_back);
        let range = ReadRange { days: months.days(), rejects_older: false };
        let groups: Vec<_> =
            self.dataset.overlapping(range).into_iter().map(|group| group.group).collect();
        let rows = groups.iter().map(RowGroup::rows).fold(0, u64::saturating_add);
        let bytes = rows.saturating_mul(BYTES_PER_ORDER).saturating_add(FIXED_BYTES);
        let spilled = bytes > input.memory_bytes / 2;
        let spill = SpillWriter::new(spilled.then_some(input.temp_dir.as_path()));
        let options = ReadOptions {
            range,
            partitions: &Partitions::covering(&input.config.cities),
            spill: spill.map_err(|source| input.temporary_error(source))?,
            areas: self.sets,
            keeps_details: true,
            // Lines are named in each archive, so their indices do not depend on what is published.
            published_lines: &[],
            progress: self.progress,
        };
        let orders = input.read(&groups, options, watch)?;
        Ok(ReadMonths { months, range, spilled, orders })
    }
}

/// What the layers are counted from.
struct Counting<'a> {
    spec: &'a TimelineSpec,
    months: &'a Months,
    lines: MonthLines,
    gather: Gather<'a>,
    partitions: Partitions,
    first_order: Day,
    progress: Progress,
}

impl<'a> Counting<'a> {
    fn new(
        spec: &'a TimelineSpec,
        months: &'a Months,
        orders: &'a LoadedOrders,
        has_areas: bool,
        progress: Progress,
    ) -> Result<Self, TimelineError> {
        let DayRange { first, last } = months.days();
        let last_day = (last.0 - first.0) as u16;
        let gather = Gather { read: orders, last_day, has_areas };
        let partitions = Partitions::covering(&spec.input.config.cities);
        let lines = MonthLines::find(&gather, &partitions, months)
            .map_err(|source| spec.input.temporary_error(source))?;
        let first_order = orders.counts.first_day.unwrap_or(first);
        Ok(Self { spec, months, lines, gather, partitions, first_order, progress })
    }

    const fn maker(&self) -> KeyMaker<'_> {
        KeyMaker { months: self.months, lines: &self.lines }
    }

    /// Builds and stores the archives of a family of layers.
    fn build<F: Family>(
        &self,
        publication: &mut Publication<'_>,
        watch: &mut Stopwatch,
    ) -> Result<Vec<MonthReport>, TimelineError> {
        let tiles =
            pyramid::build::<F>(&self.gather, &self.partitions, &self.maker(), self.progress);
        let mut tiles = tiles.map_err(|source| self.spec.input.temporary_error(source))?;
        watch.record_step("count and encode");
        let mut reports = Vec::new();
        for (position, index) in F::LAYERS.into_iter().enumerate() {
            for month in 0..self.months.list().len() {
                let tiles = tiles.take(position, month);
                if !tiles.is_empty() {
                    reports.push(self.store_month(index, month, &tiles, publication)?);
                }
            }
        }
        watch.record_step("store and verify");
        Ok(reports)
    }

    fn store_month(
        &self,
        index: usize,
        number: usize,
        tiles: &ArchiveTiles,
        publication: &mut Publication<'_>,
    ) -> Result<MonthReport, TimelineError> {
        let (layer, schema) = (TIMELINE_LAYERS[index], Schema::ALL[index]);
        let month = &self.months.list()[number];
        let metadata = self.metadata(number);
        let archive = encode_month(layer, schema, tiles, &metadata).map_err(|source| {
            TimelineError::Write { layer: layer.id, slot: month.slot.clone(), source }
        })?;
        let orders = orders_of(layer, schema, tiles);
        let days = metadata.days;
        let entry = publication.add_archive(layer, &month.slot, &archive, (days, orders))?;
        let mut lengths: Vec<usize> = tiles.iter().map(|tile| tile.tile.bytes.len()).collect();
        lengths.sort_unstable();
        Ok(MonthReport {
            layer: layer.id,
            slot: month.slot.clone(),
            digest: entry.digest,
            bytes: entry.bytes,
            tiles: entry.tiles,
            rows: tiles.iter().map(|tile| tile.stats.features).sum(),
            largest_tile: lengths.last().copied().unwrap_or_default(),
            p99_tile: lengths[(lengths.len() * 99 / 100).min(lengths.len() - 1)],
        })
    }

    fn metadata(&self, month: usize) -> MonthMetadata<'_> {
        let DayRange { first, last } = self.months.list()[month].days;
        MonthMetadata {
            days: DayRange { first: first.max(self.first_order), last },
            lines: self.lines.names(month),
            time_zone: &self.spec.input.config.time_zone_name,
            history_from: self.months.days().first,
        }
    }

    /// Builds and stores the tables of each city and month.
    fn tables(
        &self,
        areas: &[Area],
        places: &Places,
        publication: &mut Publication<'_>,
    ) -> Result<Vec<TableReport>, TimelineError> {
        let cities = &self.spec.input.config.cities;
        let counted = self.count_places(places)?;
        let counts = PlaceCounts { counted, cities, areas };
        let mut reports = Vec::new();
        for (number, city) in cities.iter().enumerate() {
            for (index, month) in self.months.list().iter().enumerate() {
                let table = counts.table(number, index, &self.metadata(index))?;
                let Some(table) = table else { continue };
                let name: TableName = format!("{TABLE}/{}", city.key).parse()?;
                let entry = publication.add_table(name, &month.slot, &table)?;
                reports.push(TableReport {
                    name: entry.name.to_string(),
                    slot: month.slot.clone(),
                    bytes: entry.bytes,
                });
            }
        }
        Ok(reports)
    }

    fn count_places(&self, places: &Places) -> Result<[Vec<Counted>; TABLE_LAYERS], TimelineError> {
        let temporary = |source| self.spec.input.temporary_error(source);
        let (gather, partitions, maker) = (&self.gather, &self.partitions, self.maker());
        let [orders, totals, ..] =
            places.count::<Orders>(gather, partitions, &maker).map_err(temporary)?;
        let [users, user_totals, line_users, line_totals] =
            places.count::<Users>(gather, partitions, &maker).map_err(temporary)?;
        Ok([orders, totals, users, user_totals, line_users, line_totals])
    }
}

/// Number of orders of an archive, or 0 if it counts users.
fn orders_of(layer: LayerSpec, schema: Schema, tiles: &ArchiveTiles) -> u64 {
    if schema.counts[0] != "orders" {
        return 0;
    }
    let shallowest = tiles.iter().filter(|tile| tile.tile.coord.z() == layer.minzoom);
    shallowest.filter_map(|tile| tile.stats.sum).sum::<f64>() as u64
}
