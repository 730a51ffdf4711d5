//! The runs of `tilegen areas` and `tilegen population`.

use tilecore::LayerSpec;

use crate::areas::build::{AreasSpec, build_areas};
use crate::cli::arguments::AreasArgs;
use crate::cli::build::run::Run;

/// Builds and publishes these layers of areas.
pub(crate) fn run_areas(
    args: AreasArgs,
    job: &'static str,
    layers: &[LayerSpec],
) -> anyhow::Result<()> {
    let Some(mut run) = Run::start(&args.output, job, layers)? else { return Ok(()) };
    let spec = AreasSpec {
        now: args.output.now(),
        folders: args.folders.into(),
        every: args.output.every,
        store: args.output.store.address,
        config: run.prepare(args.config.load())?,
        job,
        accepted: run.prepare(args.output.guards.accepted("areas"))?,
        layers: layers.to_vec(),
        people_per_dot: args.people_per_dot,
    };
    run.publish(
        || build_areas(&spec),
        |report| {
            tracing::info!(
                manifest = report.manifest,
                areas = report.import.areas.values().sum::<u64>(),
                archives = report.archives.len(),
                cpu_seconds = report.cpu_seconds,
                peak_memory_bytes = report.peak_memory_bytes,
                "areas published"
            );
        },
    )?;
    Ok(())
}
