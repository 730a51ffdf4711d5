//! Builds the density layers: from order files to published archives, from top to bottom.

use jiff::civil::Date;
use tilecore::LayerSpec;
use tilecore::layer::DENSITY_PUBLIC;
use tilecore::lineage::Build;
use tilecore::manifest::Manifest;

use crate::config::period::Period;
use crate::density::archive::{ArchiveBuilder, BuiltArchive};
use crate::density::count::{CountError, CountMemory, CountedLayer, Counting, count};
use crate::density::error::BuildError;
use crate::density::floor::Floor;
use crate::density::plan::{ArchivePlan, BuildPlan, DensitySpec};
use crate::density::public_window::{PublicOutcome, PublishedWindow, Reason, gaps};
use crate::density::report::BuildReport;
use crate::orders::dataset::{DatedRowGroup, OrderDataset, input_files};
use crate::orders::lines::Lines;
use crate::orders::read::{LoadedOrders, OrdersError, ReadOptions};
use crate::orders::sort::partition::Partitions;
use crate::orders::sort::radix::Selection;
use crate::orders::sort::spill::SpillWriter;
use crate::orders::source::OrderFiles;
use crate::orders::validate::RowCounts;
use crate::orders::window::{DayRange, ReadRange};
use crate::publish::guards::emptied::check_archives;
use crate::publish::guards::job::OrderGuards;
use crate::publish::lineage::Inputs;
use crate::publish::public_window::PublicWindow;
use crate::publish::{Update, newest_manifest, publish};
use crate::store::{GENERATOR, Store};
use crate::telemetry::process::process_usage;
use crate::telemetry::progress::Progress;
use crate::telemetry::stopwatch::Stopwatch;

/// Builds all requested archives from one pass over the orders, and publishes them in one manifest.
pub fn build_density(spec: &DensitySpec, progress: Progress) -> Result<BuildReport, BuildError> {
    let mut job = DensityJob::start(spec, progress)?;

    let OrderFiles { files, skipped } = spec.input.open_files()?;
    let dataset = spec.input.dataset(&files)?;
    let (mut plan, source, orders) = job.plan_and_read(&dataset)?;
    plan.start_with_first_order(orders.counts.first_day);
    let mut archives = job.build_archives(&source, &orders, &plan, spec.every)?;
    // The orders take much memory, and a public window is read on its own.
    let (counts, lines) = orders.into_counts();
    let window = job.build_public_window(&dataset, &counts, &lines)?;
    let (public, manifest) = job.publish(&mut archives, window, &lines)?;

    let (cpu, peak_memory_bytes) = process_usage();
    Ok(BuildReport {
        generator: GENERATOR,
        orders: spec.input.orders.clone(),
        files: files.len(),
        skipped_files: skipped,
        row_groups: source.row_groups.len(),
        row_groups_skipped: dataset.groups.len() - source.row_groups.len(),
        rows_skipped: dataset.rows_outside(source.range),
        rows: counts.rows,
        outside_window: counts.outside_window,
        orders_counted: counts.orders(),
        orders_without_user: counts.without_user,
        rejects: counts.rejects,
        rejected_rows: counts.rejected_rows,
        swapped_positions: counts.swapped_positions,
        lines_cleaned: counts.lines_cleaned,
        lines: lines.names().to_vec(),
        public,
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
pub(super) struct DensityJob<'a> {
    spec: &'a DensitySpec,
    store: Store,
    /// The newest manifest before this build.
    published: Option<Manifest>,
    /// The public windows that were published before this build.
    window: PublishedWindow,
    /// The public window to build.
    due: Option<DayRange>,
    guards: OrderGuards<'a>,
    progress: Progress,
    stopwatch: Stopwatch,
}

/// The orders to read, and how.
pub(super) struct OrderSource<'a> {
    row_groups: Vec<&'a DatedRowGroup<'a>>,
    range: ReadRange,
    pub(super) partitions: Partitions,
    must_spill: bool,
}

/// A public window that is about to be published, and its days without an order.
struct NewWindow {
    archive: BuiltArchive,
    gaps: Vec<Date>,
}

/// Whether a build publishes a new public window.
enum WindowDecision {
    /// It publishes this window.
    Publish(Box<NewWindow>),
    /// It publishes none, for this reason.
    CarryOver(Reason),
}

impl<'a> DensityJob<'a> {
    pub(super) fn start(spec: &'a DensitySpec, progress: Progress) -> Result<Self, BuildError> {
        let stopwatch = Stopwatch::start();
        spec.input.memory_limit().map_err(OrdersError::from)?;
        let store = Store::open(&spec.store, true)?;
        store.check_create_only()?;
        let published = newest_manifest(&store)?;
        let newest = published.as_ref();
        let window = PublishedWindow::find(&store, newest)?;
        let guards = OrderGuards::load("density", &store, newest, &spec.input, &spec.guards)?;
        Ok(Self { spec, store, published, window, due: None, guards, progress, stopwatch })
    }

    /// Plans the windows and reads their orders. If the newest day in the footers has no valid order, or is held
    /// back, it does both again for an earlier day.
    fn plan_and_read<'f>(
        &mut self,
        dataset: &'f OrderDataset<'f>,
    ) -> Result<(BuildPlan, OrderSource<'f>, LoadedOrders), BuildError> {
        let mut newest = dataset.newest;
        loop {
            self.due = self.window.due(self.spec, newest);
            let plan = BuildPlan::new(self.spec, newest, dataset.oldest, self.due);
            let source = self.source(dataset, &plan);
            let orders = self.read_valid_orders(&source, &self.registry())?;
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

    /// The lines that have an index already.
    pub(super) fn registry(&self) -> Vec<String> {
        self.published.as_ref().map(Manifest::line_registry).unwrap_or_default()
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

    /// Validate: reads valid orders, partitions them and finds duplicates. `registry` lists the lines that
    /// already have an index.
    fn read_valid_orders(
        &mut self,
        source: &OrderSource<'_>,
        registry: &[String],
    ) -> Result<LoadedOrders, BuildError> {
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
            published_lines: registry,
            progress: self.progress,
        };
        let row_groups: Vec<_> = source.row_groups.iter().map(|group| group.group).collect();
        Ok(spec.input.read(&row_groups, options, &mut self.stopwatch)?)
    }

    /// Fails if a public window is due and no order has a user: the privacy floor counts users.
    fn check_users(&self, counts: &RowCounts) -> Result<(), BuildError> {
        let spec = self.spec;
        if self.due.is_some() && counts.without_user >= counts.orders() {
            return Err(BuildError::NoUsers { min_users: spec.min_users });
        }
        Ok(())
    }

    /// Records which files the orders come from, and when the next build of these slots is due.
    fn store_lineage(
        &mut self,
        source: &OrderSource<'_>,
        orders: &LoadedOrders,
        every: Option<Period>,
    ) -> Result<Build, BuildError> {
        let mut inputs = Inputs::at(self.spec.input.now);
        inputs.add("orders", input_files(&source.row_groups))?;
        let counts = &orders.counts;
        let build = inputs.store(&self.store, counts.rows, &counts.rejects, every)?;
        self.stopwatch.record_step("name input");
        Ok(build)
    }

    /// Builds, stores and verifies all archives of a plan.
    fn build_archives(
        &mut self,
        source: &OrderSource<'_>,
        orders: &LoadedOrders,
        plan: &BuildPlan,
        every: Option<Period>,
    ) -> Result<Vec<BuiltArchive>, BuildError> {
        let lineage = self.store_lineage(source, orders, every)?;
        let mut archives = Vec::new();
        for group in plan.archives_by_days() {
            let layers = self.sort_and_tile(source, orders, plan, group)?;
            let mut builder = ArchiveBuilder {
                store: &self.store,
                input: &self.spec.input,
                lines: orders.lines.names(),
                lineage: &lineage,
                progress: self.progress,
                stopwatch: &mut self.stopwatch,
            };
            for (archive, layer) in group.iter().zip(layers) {
                archives.push(builder.build(archive, layer)?);
            }
        }
        Ok(archives)
    }

    /// Builds the public window that is due, if its first day has orders and the floor shows anything.
    /// `counts` and `lines` are those of the orders that the guards have accepted.
    fn build_public_window(
        &mut self,
        dataset: &OrderDataset<'_>,
        counts: &RowCounts,
        lines: &Lines,
    ) -> Result<WindowDecision, BuildError> {
        if self.spec.min_users <= 1 {
            return Ok(WindowDecision::CarryOver(Reason::NoFloor));
        }
        let Some(days) = self.due else {
            let is_requested = self.spec.layers.contains(&DENSITY_PUBLIC);
            let reason = if is_requested { Reason::NotDue } else { Reason::NotRequested };
            return Ok(WindowDecision::CarryOver(reason));
        };
        let gaps = gaps(days, counts);
        let first = days.first.date();
        if gaps.contains(&first) {
            return Ok(WindowDecision::CarryOver(Reason::StartsLater { first }));
        }
        let (plan, source, orders) = self.read_public_window(dataset, days, lines.names())?;
        let shown = self.shown_archive(&source, &orders, &plan)?;
        Ok(match shown {
            Some(archive) => WindowDecision::Publish(Box::new(NewWindow { archive, gaps })),
            None => WindowDecision::CarryOver(Reason::AllWithheld),
        })
    }

    /// Plans a public window and reads its orders. `registry` lists the lines that have an index already.
    pub(super) fn read_public_window<'f>(
        &mut self,
        dataset: &'f OrderDataset<'f>,
        days: DayRange,
        registry: &[String],
    ) -> Result<(BuildPlan, OrderSource<'f>, LoadedOrders), BuildError> {
        let plan = BuildPlan::public(self.spec, days);
        let source = self.source(dataset, &plan);
        let orders = self.read_valid_orders(&source, registry)?;
        Ok((plan, source, orders))
    }

    /// Builds the archive of a public window, unless the floor withholds every cell.
    pub(super) fn shown_archive(
        &mut self,
        source: &OrderSource<'_>,
        orders: &LoadedOrders,
        plan: &BuildPlan,
    ) -> Result<Option<BuiltArchive>, BuildError> {
        // A public window is published once, so no build of it is ever due.
        let archives = self.build_archives(source, orders, plan, None)?;
        Ok(archives.into_iter().find(|archive| archive.entry.tiles > 0))
    }

    /// Sort and tile: counts the orders of the days that `archives` share, and encodes the tiles of each archive.
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
                cities: &input.config.cities,
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

    /// Publish: records a new public window, and lists all archives in a new manifest. Without a new public
    /// window, the manifest lists the last one again.
    fn publish(
        &mut self,
        archives: &mut Vec<BuiltArchive>,
        window: WindowDecision,
        lines: &Lines,
    ) -> Result<(PublicOutcome, Manifest), BuildError> {
        let mut entries: Vec<_> = archives.iter().map(|archive| archive.entry.clone()).collect();
        if let WindowDecision::Publish(window) = &window {
            entries.push(window.archive.entry.clone());
        }
        self.guards.add(check_archives(self.published.as_ref(), &entries))?;
        let public = match window {
            WindowDecision::Publish(window) => {
                let NewWindow { archive, gaps } = *window;
                let window = PublicWindow::new(archive.entry.clone(), gaps).record(&self.store)?;
                archives.push(archive);
                PublicOutcome::Built { window: Box::new(window) }
            }
            WindowDecision::CarryOver(reason) => self.window.carry_over(reason),
        };
        entries.retain(|entry| entry.layer != DENSITY_PUBLIC.id);
        entries.extend(public.entry().cloned());
        let record = self.guards.store(&self.store, &entries, &[])?;
        let first = entries.iter().map(|entry| entry.from).min();
        let last = entries.iter().map(|entry| entry.to).max();
        let quiet_days = &self.spec.input.config.guards.quiet_days;
        let holidays = first.zip(last).map(|(first, last)| quiet_days.within(first..=last));
        let update = Update {
            base: self.published.as_ref(),
            cities: &self.spec.input.config.cities,
            layers: &entries,
            lines: lines.names(),
            guards: Some(&record),
            holidays: holidays.as_deref(),
            ..Update::default()
        };
        let manifest = publish(&self.store, update)?;
        self.stopwatch.record_step("publish");
        Ok((public, manifest))
    }
}
