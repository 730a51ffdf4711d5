//! The run of `tilegen snapshot`.

use tilecore::layer::{COVERAGE, VENDORS};

use crate::cli::arguments::SnapshotArgs;
use crate::cli::build::run::Run;
use crate::vendors::snapshot::{SnapshotSpec, build_snapshot};

/// Builds and publishes the layers and tables of vendors and coverage.
pub(crate) fn run_snapshot(args: SnapshotArgs) -> anyhow::Result<()> {
    let layers = [COVERAGE, VENDORS];
    let Some(mut run) = Run::start(&args.output, "snapshot", &layers)? else { return Ok(()) };
    let spec = SnapshotSpec {
        accepted: run.prepare(args.output.guards.accepted("vendors"))?,
        vendors: args.vendors,
        grades: args.grades,
        areas: args.folders.into(),
        targets: args.targets,
        now: args.output.now(),
        every: args.output.every,
        store: args.output.store.address,
        config: run.prepare(args.config.load())?,
    };
    run.publish(
        || build_snapshot(&spec),
        |report| {
            tracing::info!(
                manifest = report.manifest,
                vendors = report.vendors.values().sum::<u64>(),
                rejects = report.rejects.total(),
                archives = report.archives.len(),
                tables = report.tables.len(),
                cpu_seconds = report.cpu_seconds,
                peak_memory_bytes = report.peak_memory_bytes,
                "map published"
            );
        },
    )?;
    Ok(())
}
