//! The run of `tilegen area-stats`.

use crate::areas::statistics::{AreaOrdersSpec, build_area_orders};
use crate::cli::arguments::AreaStatsArgs;
use crate::cli::build::held_back::check_held_back;
use crate::cli::build::run::Run;
use crate::telemetry::progress::Progress;

/// Builds and publishes the table of orders by area.
pub(crate) fn run_area_stats(args: AreaStatsArgs) -> anyhow::Result<()> {
    if args.output.if_requested {
        anyhow::bail!(
            "--if-requested does not work for area-stats: only layers can be requested, not tables"
        );
    }
    let Some(mut run) = Run::start(&args.output, "area-stats", &[])? else { return Ok(()) };
    let strict = args.output.guards.strict;
    let spec = AreaOrdersSpec {
        guards: run.prepare(args.input.guards(&args.output.guards, args.output.now()))?,
        input: run.prepare(args.input.at(args.output.now()))?,
        folders: args.folders.into(),
        every: args.output.every,
        store: args.output.store.address,
    };
    let published = run.publish(
        || build_area_orders(&spec, Progress::to_stderr()),
        |report| {
            tracing::info!(
                manifest = report.manifest,
                orders = report.orders,
                outside_areas = report.outside_areas,
                cpu_seconds = report.cpu_seconds,
                peak_memory_bytes = report.peak_memory_bytes,
                held_back = report.guards.days_held_back,
                "statistics published"
            );
        },
    )?;
    published.map_or(Ok(()), |report| check_held_back(strict, &report.guards))
}
