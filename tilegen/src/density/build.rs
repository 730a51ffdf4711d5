//! Builds the density layers: from order files to published archives, from top to bottom.

use tilecore::archive::WriteError;
use tilecore::layer::DENSITY_PUBLIC;
use tilecore::lineage::Build;
use tilecore::manifest::{LayerEntry, Manifest};
use tilecore::{LayerSpec, Slot};

use crate::density::count::{CountedLayer, Counting, count};
use crate::density::count_memory::{CountError, CountMemory};
use crate::density::floor::Floor;
use crate::density::metadata::{DensityMetadata, encode_archive};
use crate::density::plan::{ArchivePlan, BuildPlan, DensitySpec};
use crate::density::pyramid::Pyramid;
use crate::density::report::{ArchiveReport, BuildReport};
use crate::orders::dataset::{DatedRowGroup, OrderDataset, input_files};
use crate::orders::read::{LoadedOrders, OrdersError, ReadOptions};
use crate::orders::sort::partition::Partitions;
use crate::orders::sort::radix::Selection;
use crate::orders::sort::spill::SpillWriter;
use crate::orders::source::OrderFiles;
use crate::orders::validate::RowCounts;
use crate::orders::window::ReadRange;
use crate::publish::guards::emptied::check_archives;
use crate::publish::guards::job::{OrderGuards, OrdersRefused};
use crate::publish::guards::{Acceptance, GuardStop};
use crate::publish::lineage::Inputs;
use crate::publish::{
    OutputError, Provenance, StoredArchive, Update, newest_manifest, publish, store_archive,
};
use crate::store::{GENERATOR, Store};
use crate::telemetry::process::process_usage;
use crate::telemetry::progress::Progress;
use crate::telemetry::stopwatch::Stopwatch;
use crate::tiles::archive::EncodedArchive;

/// Why a build failed.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// There are no orders to count, or a guard stopped the build.
    #[error(transparent)]
    Orders(#[from] OrdersRefused),
    /// A privacy floor needs users.
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
    /// The output could not be stored or published.
    #[error(transparent)]
    Output(OutputError),
}

impl<E> From<E> for BuildError
where
    OutputError: From<E>,
{
    fn from(error: E) -> Self {
        Self::Output(error.into())
    }
}

impl From<OrdersError> for BuildError {
    fn from(error: OrdersError) -> Self {
        Self::Orders(error.into())
    }
}

impl From<GuardStop> for BuildError {
    fn from(stop: GuardStop) -> Self {
        Self::Orders(stop.into())
    }
}

impl BuildError {
    /// What accepts the data, if a guard stopped the build.
    #[must_use]
    pub fn stop(&self) -> Option<Vec<Acceptance>> {
        if let Self::Orders(refused) = self { refused.stop() } else { None }
    }
}

/// Builds all requested archives from one pass over the orders, and publishes them in one manifest.
pub fn build_density(spec: &DensitySpec, progress: Progress) -> Result<BuildReport, BuildError> {
    let mut job = DensityJob::start(spec, progress)?;

    let OrderFiles { files, skipped } = spec.input.open_files()?;
    let dataset = spec.input.dataset(&files)?;
    let (mut plan, source, orders) = job.plan_and_read(&dataset)?;
    plan.start_with_first_order(orders.counts.first_day);
    let lineage = job.store_lineage(&source, &orders)?;

    let mut archives = Vec::new();
    for group in plan.archives_by_days() {
        let layers = job.sort_and_tile(&source, &orders, &plan, group)?;
        for (archive, layer) in group.iter().zip(layers) {
            let CountedLayer { pyramid, orders: counted } = layer;
            let bytes = pyramid.bytes();
            let bar = progress.step("storing bytes", bytes);
            let encoded = job.encode(archive, &pyramid, &orders)?;
            drop(pyramid);
            let verified = job.store_and_verify(archive, &encoded)?;
            archives.push(BuiltArchive {
                entry: job.entry(archive, &encoded, &verified, &orders, &lineage),
                report: archive_report(archive, counted, &verified),
            });
            bar.advance(bytes);
        }
    }
    let manifest = job.publish(&archives)?;

    let (cpu, peak_memory_bytes) = process_usage();
    Ok(BuildReport {
        generator: GENERATOR,
        orders: spec.input.orders.clone(),
        files: files.len(),
        skipped_files: skipped,
        row_groups: source.row_groups.len(),
        row_groups_skipped: dataset.groups.len() - source.row_groups.len(),
        rows_skipped: dataset.rows_outside(source.range),
        rows: orders.counts.rows,
        outside_window: orders.counts.outside_window,
        orders_counted: orders.counts.orders(),
        orders_without_user: orders.counts.without_user,
        rejects: orders.counts.rejects,
        rejected_rows: orders.counts.rejected_rows,
        swapped_positions: orders.counts.swapped_positions,
        lines_cleaned: orders.counts.lines_cleaned,
        lines: orders.lines.names().to_vec(),
        archives: archives.into_iter().map(|archive| archive.report).collect(),
        guards: job.guards.report(),
        manifest: manifest.number,
        spilled: source.must_spill,
        threads: rayon::current_num_threads(),
        seconds: job.stopwatch.seconds(),
        cpu_seconds: cpu.as_secs_f64(),
        peak_memory_bytes,
    })
}

/// What the steps of a build share.
struct DensityJob<'a> {
    spec: &'a DensitySpec,
    store: Store,
    /// The newest manifest before this build.
    published: Option<Manifest>,
    guards: OrderGuards<'a>,
    progress: Progress,
    stopwatch: Stopwatch,
}

/// The orders to read, and how.
struct OrderSource<'a> {
    row_groups: Vec<&'a DatedRowGroup<'a>>,
    range: ReadRange,
    partitions: Partitions,
    must_spill: bool,
}

/// A verified archive in the store, ready to be published.
struct BuiltArchive {
    entry: LayerEntry,
    report: ArchiveReport,
}

impl<'a> DensityJob<'a> {
    fn start(spec: &'a DensitySpec, progress: Progress) -> Result<Self, BuildError> {
        let stopwatch = Stopwatch::start();
        spec.input.memory_limit().map_err(OrdersError::from)?;
        let store = Store::open(&spec.store, true)?;
        store.check_create_only()?;
        let published = newest_manifest(&store)?;
        let newest = published.as_ref();
        let guards = OrderGuards::load("density", &store, newest, &spec.input, &spec.guards)?;
        Ok(Self { spec, store, published, guards, progress, stopwatch })
    }

    /// Plans the windows and reads their orders. If no valid order is of the newest day that the footers
    /// allow, or if the newest day is held back, it does both again for an earlier day.
    fn plan_and_read<'f>(
        &mut self,
        dataset: &'f OrderDataset<'f>,
    ) -> Result<(BuildPlan, OrderSource<'f>, LoadedOrders), BuildError> {
        let mut newest = dataset.newest;
        loop {
            let plan = BuildPlan::new(self.spec, newest, dataset.oldest);
            let source = self.source(dataset, &plan);
            let orders = self.read_valid_orders(&source)?;
            let counts = &orders.counts;
            let mut earlier = self.guards.earlier_last_day(dataset, plan.range, counts)?;
            if earlier.is_none() {
                self.check_users(counts)?;
                earlier = self.guards.check(counts, &orders.lines, plan.range)?;
            }
            let Some(day) = earlier else { return Ok((plan, source, orders)) };
            newest = day;
        }
    }

    /// Source: selects the row groups to read.
    fn source<'f>(&mut self, dataset: &'f OrderDataset<'f>, plan: &BuildPlan) -> OrderSource<'f> {
        let row_groups = dataset.overlapping(plan.range);
        let rows = row_groups.iter().map(|group| group.group.rows());
        let rows = rows.fold(0, u64::saturating_add);
        let source = OrderSource {
            range: plan.range,
            partitions: Partitions::covering(&self.spec.input.config.cities),
            must_spill: self.spec.must_spill(rows),
            row_groups,
        };
        self.stopwatch.record_step("open");
        source
    }

    /// Validate: reads valid orders, partitions them and finds duplicates.
    fn read_valid_orders(&mut self, source: &OrderSource<'_>) -> Result<LoadedOrders, BuildError> {
        let spec = self.spec;
        let spill_to = source.must_spill.then_some(spec.input.temp_dir.as_path());
        let spill =
            SpillWriter::new(spill_to).map_err(|error| spec.input.temporary_error(error))?;
        let options = ReadOptions {
            range: source.range,
            partitions: &source.partitions,
            spill,
            areas: None,
            keeps_details: false,
            published_lines: self.published.as_ref().map(Manifest::lines).unwrap_or_default(),
            progress: self.progress,
        };
        let row_groups: Vec<_> = source.row_groups.iter().map(|group| group.group).collect();
        Ok(spec.input.read(&row_groups, options, &mut self.stopwatch)?)
    }

    /// A privacy floor needs users.
    fn check_users(&self, counts: &RowCounts) -> Result<(), BuildError> {
        let spec = self.spec;
        let has_floor = spec.layers.contains(&DENSITY_PUBLIC) && spec.min_users > 1;
        if has_floor && counts.without_user >= counts.orders() {
            return Err(BuildError::NoUsers { min_users: spec.min_users });
        }
        Ok(())
    }

    /// Records which files the orders come from.
    fn store_lineage(
        &mut self,
        source: &OrderSource<'_>,
        orders: &LoadedOrders,
    ) -> Result<Build, BuildError> {
        let mut inputs = Inputs::at(self.spec.input.now);
        inputs.add("orders", input_files(&source.row_groups))?;
        let counts = &orders.counts;
        let build = inputs.store(&self.store, counts.rows, &counts.rejects, self.spec.every)?;
        self.stopwatch.record_step("name input");
        Ok(build)
    }

    /// Sort and tile: counts the orders of some days and encodes the tiles of all layers with them.
    fn sort_and_tile(
        &mut self,
        source: &OrderSource<'_>,
        orders: &LoadedOrders,
        plan: &BuildPlan,
        archives: &[ArchivePlan],
    ) -> Result<Vec<CountedLayer>, BuildError> {
        let input = &self.spec.input;
        let selection = Selection {
            spill: &orders.spill,
            duplicates: &orders.duplicates,
            lines: &orders.lines,
            days_back: plan.days_back(archives[0].days),
        };
        let layers: Vec<(LayerSpec, Option<Floor>)> =
            archives.iter().map(|archive| (archive.layer, archive.floor)).collect();
        let memory = CountMemory::divide(
            input.memory_limit().map_err(OrdersError::from)?,
            &selection,
            &source.partitions,
            source.must_spill,
            archives.iter().any(|archive| archive.floor.is_some()),
        );
        let count_with = |memory| {
            let counting = Counting {
                selection: &selection,
                partitions: &source.partitions,
                layers: &layers,
                memory,
                temp_dir: &input.temp_dir,
                is_spilled: source.must_spill,
            };
            count(&counting, self.progress)
        };
        let counted = memory.and_then(count_with).map_err(|error| match error {
            CountError::Temporary(source) => input.temporary_error(source),
            CountError::Memory(error) => OrdersError::Memory(error),
        })?;
        self.stopwatch.record_step("count and encode");
        Ok(counted)
    }

    /// Archive: writes tiles and metadata into an archive in memory.
    fn encode(
        &mut self,
        archive: &ArchivePlan,
        pyramid: &Pyramid,
        orders: &LoadedOrders,
    ) -> Result<EncodedArchive, BuildError> {
        let metadata = DensityMetadata {
            layer: archive.layer,
            days: archive.days,
            time_zone: &self.spec.input.config.time_zone_name,
            lines: orders.lines.names(),
            min_users: archive.min_users(),
            has_floor_by_line: archive.floor.is_some_and(Floor::has_lines),
        };
        let encoded = encode_archive(pyramid, &metadata).map_err(|source| BuildError::Write {
            layer: archive.layer.id,
            slot: archive.slot.clone(),
            source,
        })?;
        self.stopwatch.record_step("archive");
        Ok(encoded)
    }

    /// Verify: writes an archive to the store, reads it back and verifies it.
    fn store_and_verify(
        &mut self,
        archive: &ArchivePlan,
        encoded: &EncodedArchive,
    ) -> Result<StoredArchive, BuildError> {
        let (layer, slot) = (archive.layer.id, &archive.slot);
        let stored = store_archive(&self.store, layer, slot, &encoded.bytes, &encoded.hashes)?;
        self.stopwatch.record_step("store and verify");
        Ok(stored)
    }

    /// The manifest entry of an archive.
    fn entry(
        &self,
        archive: &ArchivePlan,
        encoded: &EncodedArchive,
        verified: &StoredArchive,
        orders: &LoadedOrders,
        lineage: &Build,
    ) -> LayerEntry {
        let days = (archive.days.first.date(), archive.days.last.date());
        let provenance = Provenance {
            data_at: self.spec.input.end_of_day(archive.days.last),
            build: Some(lineage.clone()),
        };
        let shallowest = verified.verified.zooms.values().next();
        LayerEntry {
            orders: shallowest.map_or(0, |totals| totals.orders),
            lines: orders.lines.names().to_vec(),
            ..verified.entry(archive.layer, archive.slot.clone(), encoded, &provenance, days)
        }
    }

    /// Publish: lists all archives in a new manifest.
    fn publish(&mut self, archives: &[BuiltArchive]) -> Result<Manifest, BuildError> {
        let entries: Vec<_> = archives.iter().map(|archive| archive.entry.clone()).collect();
        self.guards.add(check_archives(self.published.as_ref(), &entries))?;
        let record = self.guards.store(&self.store, &entries, &[])?;
        let first = entries.iter().map(|entry| entry.from).min();
        let last = entries.iter().map(|entry| entry.to).max();
        let quiet_days = &self.spec.input.config.guards.quiet_days;
        let holidays = first.zip(last).map(|(first, last)| quiet_days.within(first..=last));
        let update = Update {
            base: self.published.as_ref(),
            cities: &self.spec.input.config.cities,
            layers: &entries,
            guards: Some(&record),
            holidays: holidays.as_deref(),
            ..Update::default()
        };
        let manifest = publish(&self.store, update)?;
        self.stopwatch.record_step("publish");
        Ok(manifest)
    }
}

fn archive_report(archive: &ArchivePlan, orders: u64, stored: &StoredArchive) -> ArchiveReport {
    let zooms = &stored.verified.zooms;
    let shown = |zoom| zooms.get(&zoom).map_or(0, |totals| totals.orders);
    let withheld = archive.layer.zooms().map(|zoom| (zoom, orders - shown(zoom)));
    ArchiveReport {
        layer: archive.layer.id,
        slot: archive.slot.clone(),
        digest: stored.digest(),
        from: archive.days.first.date(),
        to: archive.days.last.date(),
        min_users: archive.min_users(),
        bytes: stored.bytes(),
        largest_tile: stored.verified.largest_tile,
        p99_tile: stored.verified.p99_tile,
        orders,
        zooms: zooms.clone(),
        withheld: withheld.collect(),
    }
}
