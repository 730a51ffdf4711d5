//! The run of `tilegen density`.

use anyhow::Context;
use tilecore::layer::DENSITY_LAYERS;

use crate::cli::arguments::DensityArgs;
use crate::cli::build::held_back::check_held_back;
use crate::cli::build::run::Run;
use crate::density::build::build_density;
use crate::density::plan::DensitySpec;
use crate::orders::window::PUBLIC_DAYS;
use crate::telemetry::progress::Progress;

/// Builds and publishes the density layers.
pub(crate) fn run_density(args: DensityArgs) -> anyhow::Result<()> {
    check_public_step(args.public_step, args.public_overlap)?;
    let layers = if args.layers.is_empty() { DENSITY_LAYERS.to_vec() } else { args.layers };
    let Some(mut run) = Run::start(&args.output, "density", &layers)? else { return Ok(()) };
    if let Some(threads) = args.threads {
        rayon::ThreadPoolBuilder::new()
            .num_threads(usize::from(threads))
            .build_global()
            .context("could not start the thread pool")?;
    }
    let strict = args.output.guards.strict;
    let spec = DensitySpec {
        guards: run.prepare(args.input.guards(&args.output.guards, args.output.now()))?,
        input: run.prepare(args.input.at(args.output.now()))?,
        every: args.output.every,
        store: args.output.store.address,
        windows: args.windows,
        layers,
        min_users: args.min_users,
        floor_lines: args.floor_lines,
        public_step_days: args.public_step,
        public_overlap: args.public_overlap,
    };
    let published = run.publish(
        || build_density(&spec, Progress::to_stderr()),
        |report| {
            tracing::info!(
                manifest = report.manifest,
                orders = report.orders_counted,
                rejects = report.rejects.total(),
                archives = report.archives.len(),
                cpu_seconds = report.cpu_seconds,
                peak_memory_bytes = report.peak_memory_bytes,
                held_back = report.guards.days_held_back,
                "map published"
            );
        },
    )?;
    published.map_or(Ok(()), |report| check_held_back(strict, &report.guards))
}

/// Successive public windows share no day, unless the operator accepts it. The shares were measured with demo
/// orders (docs/decisions/privacy.md).
fn check_public_step(step: u16, may_overlap: bool) -> anyhow::Result<()> {
    if step >= PUBLIC_DAYS {
        return Ok(());
    }
    let measured = "their difference isolated 1 to 7 % of the users with steps of 7 days, and 32 to 64 % with steps of a day";
    anyhow::ensure!(
        may_overlap,
        "with --public-step {step}, successive public windows of {PUBLIC_DAYS} days share days: {measured}; use --public-step {PUBLIC_DAYS}, or add --public-overlap to accept it"
    );
    tracing::warn!(step, "successive public windows share days: {measured}");
    Ok(())
}
