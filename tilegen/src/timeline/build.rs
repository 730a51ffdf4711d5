//! Builds the timeline: from order files to published months, from top to bottom.

use tilecore::manifest::Manifest;

use super::counting::Counting;
pub use super::error::TimelineError;
use super::families::{Orders, Users};
use super::places::Places;
use super::publication::Publication;
use super::reader::{ReadMonths, Reader};
use super::report::TimelineReport;
pub use super::spec::TimelineSpec;
use crate::orders::dataset::input_files;
use crate::orders::read::OrdersError;
use crate::orders::source::OrderFiles;
use crate::polygons::AreaSets;
use crate::publish::guards::emptied::check_archives;
use crate::publish::guards::job::OrderGuards;
use crate::publish::lineage::Inputs;
use crate::publish::{Provenance, SlotName, Update, newest_manifest, publish};
use crate::store::{GENERATOR, Store};
use crate::telemetry::process::process_usage;
use crate::telemetry::progress::Progress;
use crate::telemetry::stopwatch::Stopwatch;

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
    let (areas, import) = spec.read_areas()?;
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
        areas: import,
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
