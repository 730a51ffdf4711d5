//! The run of `tilegen timeline`.

use tilecore::layer::TIMELINE_LAYERS;

use crate::cli::arguments::TimelineArgs;
use crate::cli::build::held_back::check_held_back;
use crate::cli::build::run::Run;
use crate::polygons::AreaFolders;
use crate::telemetry::progress::Progress;
use crate::timeline::build::{TimelineSpec, build_timeline};

/// Builds and publishes the layers and tables of the timeline.
pub(crate) fn run_timeline(args: TimelineArgs) -> anyhow::Result<()> {
    let Some(mut run) = Run::start(&args.output, "timeline", &TIMELINE_LAYERS)? else {
        return Ok(());
    };
    let strict = args.output.guards.strict;
    let TimelineArgs { areas, regions, neighbourhoods, .. } = args;
    let spec = TimelineSpec {
        guards: run.prepare(args.input.guards(&args.output.guards, args.output.now()))?,
        input: run.prepare(args.input.at(args.output.now()))?,
        folders: AreaFolders { marketing: areas, regions, neighbourhoods },
        every: args.output.every,
        store: args.output.store.address,
        look_back: args.look_back,
    };
    let published = run.publish(
        || build_timeline(&spec, Progress::to_stderr()),
        |report| {
            tracing::info!(
                manifest = report.manifest,
                orders = report.orders,
                archives = report.archives.len(),
                changed = report.changed,
                removed = report.removed,
                cpu_seconds = report.cpu_seconds,
                peak_memory_bytes = report.peak_memory_bytes,
                held_back = report.guards.days_held_back,
                "timeline published"
            );
        },
    )?;
    published.map_or(Ok(()), |report| check_held_back(strict, &report.guards))
}
