//! The command line: arguments, the run of one command, and what it prints.
//!
//! [`main`] picks the command. Read `arguments` for what a command accepts, `run` for the lease,
//! the metrics and the report around a build, and `schedule` for `tilegen repeat`.

mod arguments;
mod build_figures;
mod inspect;
mod run;
mod schedule;

use std::io::{IsTerminal, Write};
use std::path::Path;
use std::process::{Command, ExitCode};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use clap::Parser;
use serde::Serialize;
use serde_json::json;
use tilecore::layer::{AREAS, COVERAGE, DENSITY_LAYERS, POPULATION, VENDORS};
use tilecore::{ArchiveDigest, LayerSpec, TileHash};

use crate::areas::build::{AreasSpec, build_areas};
use crate::areas::statistics::{AreaOrdersSpec, build_area_orders};
use crate::catalog;
use crate::cli::inspect::{inspect_archive, inspect_tile};
use crate::config::Config;
use crate::density::build::{DensitySpec, build_density};
use crate::publish::lease::LeaseError;
use crate::publish::verify::verify;
use crate::sample::{SampleArgs, write_sample};
use crate::store::Store;
use crate::store::fetch::fetch;
use crate::telemetry::progress::Progress;
use crate::vendors::snapshot::{SnapshotSpec, build_snapshot};
use arguments::{
    AreaStatsArgs, AreasArgs, CatalogArgs, CatalogJob, Cli, DensityArgs, FetchArgs, InspectArgs,
    Job, RepeatArgs, SnapshotArgs, VerifyArgs,
};
use run::Run;

/// Exit code of a job whose lease another run holds: "temporary failure" of `sysexits.h`.
const IS_RUNNING: u8 = 75;

/// Pauses of a repeated job after runs that failed: the first, and the longest of those that follow.
const FIRST_PAUSE: Duration = Duration::from_secs(10);
const LONGEST_PAUSE: Duration = Duration::from_hours(1);

/// Runs the command that the arguments of the process name. Errors go to standard error.
#[must_use]
pub fn main() -> ExitCode {
    keep_large_blocks();
    start_logging();
    let result = match Cli::parse().job {
        Job::Sample(args) => sample(&args),
        Job::Density(args) => density(args),
        Job::Areas(args) => areas(args, "areas", &[AREAS, POPULATION]),
        Job::Population(args) => areas(args, "population", &[POPULATION]),
        Job::Snapshot(args) => snapshot(args),
        Job::AreaStats(args) => area_stats(args),
        Job::Verify(args) => check(&args),
        Job::Inspect(args) => inspect(&args),
        Job::Catalog(args) => catalog(&args),
        Job::Fetch(args) => copy(&args),
        Job::Repeat(args) => repeat(&args),
        Job::Config => print_out(format_args!("{}", crate::config::DEFAULT_CONFIG)),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("tilegen: {}", sentence(&error));
            match error.downcast_ref() {
                Some(LeaseError::Held { .. }) => ExitCode::from(IS_RUNNING),
                Some(LeaseError::Store { .. }) | None => ExitCode::FAILURE,
            }
        }
    }
}

/// Makes glibc's allocator keep freed memory for the next block instead of handing it back to the
/// kernel, which would have to clear it anew: it does so from the first large block that is freed
/// on (`mallopt(3)`, "Dynamic adjustment of the mmap threshold"; 32 MB is the most it heeds). The
/// block is never touched, so it costs nothing.
fn keep_large_blocks() {
    const LARGE: usize = (32 << 20) - (64 << 10);
    drop(std::hint::black_box(Vec::<u8>::with_capacity(LARGE)));
}

/// An error and its causes in one line.
fn sentence(error: &anyhow::Error) -> String {
    let mut parts: Vec<String> = Vec::new();
    for cause in error.chain().map(ToString::to_string) {
        if !parts.iter().any(|part| part.contains(&cause)) {
            parts.push(cause);
        }
    }
    parts.join(": ")
}

/// JSON lines for machines; on a terminal only what went wrong, since bars show the rest.
fn start_logging() {
    let is_terminal = std::io::stderr().is_terminal();
    let default = if is_terminal { "warn" } else { "info" };
    let filter = tracing_subscriber::EnvFilter::try_from_default_env()
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new(default));
    let subscriber = tracing_subscriber::fmt().with_writer(std::io::stderr).with_env_filter(filter);
    if is_terminal {
        subscriber.compact().init();
    } else {
        subscriber.json().flatten_event(true).init();
    }
}

fn sample(args: &SampleArgs) -> anyhow::Result<()> {
    let report = write_sample(&args.spec())?;
    print!("{report}");
    Ok(())
}

fn density(args: DensityArgs) -> anyhow::Result<()> {
    let layers = if args.layers.is_empty() { DENSITY_LAYERS.to_vec() } else { args.layers };
    let Some(run) = Run::begin(&args.output, "density", &layers)? else { return Ok(()) };
    if let Some(threads) = args.threads {
        rayon::ThreadPoolBuilder::new()
            .num_threads(usize::from(threads))
            .build_global()
            .context("could not start the threads")?;
    }
    let spec = DensitySpec {
        input: args.input.try_into()?,
        every: args.output.every,
        store: args.output.store,
        windows: args.windows,
        layers,
        min_users: args.min_users,
        floor_lines: args.floor_lines,
        public_step_days: args.public_step,
    };
    let report = build_density(&spec, Progress::to_stderr())?;
    run.published(&report, || {
        tracing::info!(
            manifest = report.manifest,
            orders = report.orders_counted,
            rejects = report.rejects.total(),
            archives = report.archives.len(),
            cpu_seconds = report.cpu_seconds,
            peak_memory_bytes = report.peak_memory_bytes,
            "map published"
        );
    })
}

fn areas(args: AreasArgs, job: &str, layers: &[LayerSpec]) -> anyhow::Result<()> {
    let Some(run) = Run::begin(&args.output, job, layers)? else { return Ok(()) };
    let spec = AreasSpec {
        folders: args.folders.into(),
        every: args.output.every,
        store: args.output.store,
        config: Config::load(args.config.as_deref())?,
        layers: layers.to_vec(),
        people_per_dot: args.people_per_dot,
    };
    let report = build_areas(&spec)?;
    run.published(&report, || {
        tracing::info!(
            manifest = report.manifest,
            areas = report.import.areas.values().sum::<u64>(),
            archives = report.archives.len(),
            cpu_seconds = report.cpu_seconds,
            peak_memory_bytes = report.peak_memory_bytes,
            "areas published"
        );
    })
}

fn snapshot(args: SnapshotArgs) -> anyhow::Result<()> {
    let layers = [COVERAGE, VENDORS];
    let Some(run) = Run::begin(&args.output, "snapshot", &layers)? else { return Ok(()) };
    let spec = SnapshotSpec {
        vendors: args.vendors,
        grades: args.grades,
        areas: args.folders.into(),
        targets: args.targets,
        every: args.output.every,
        store: args.output.store,
        config: Config::load(args.config.as_deref())?,
        force: args.force,
    };
    let report = build_snapshot(&spec)?;
    run.published(&report, || {
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
    })
}

fn area_stats(args: AreaStatsArgs) -> anyhow::Result<()> {
    if args.output.if_requested {
        anyhow::bail!(
            "--if-requested is for layers; statistics of areas are a table, which nobody can ask for alone"
        );
    }
    let Some(run) = Run::begin(&args.output, "area-stats", &[])? else { return Ok(()) };
    let spec = AreaOrdersSpec {
        input: args.input.try_into()?,
        folders: args.folders.into(),
        every: args.output.every,
        store: args.output.store,
    };
    let report = build_area_orders(&spec, Progress::to_stderr())?;
    run.published(&report, || {
        tracing::info!(
            manifest = report.manifest,
            orders = report.orders,
            outside_areas = report.outside_areas,
            cpu_seconds = report.cpu_seconds,
            peak_memory_bytes = report.peak_memory_bytes,
            "statistics published"
        );
    })
}

/// Writes to standard output. A reader that has seen enough, such as `head`, is no error.
fn print_out(text: std::fmt::Arguments<'_>) -> anyhow::Result<()> {
    match std::io::stdout().write_fmt(text) {
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
        written => written.context("could not write to standard output"),
    }
}

fn read_archive(path: &Path) -> anyhow::Result<Vec<u8>> {
    std::fs::read(path).with_context(|| format!("could not read {}", path.display()))
}

fn check(args: &VerifyArgs) -> anyhow::Result<()> {
    let archive = read_archive(&args.archive)?;
    let beside = args.archive.with_extension("hashes");
    let hashes = if beside.exists() {
        let hashes = TileHash::read_all(&read_archive(&beside)?);
        Some(hashes.with_context(|| format!("{} is no list of hashes", beside.display()))?)
    } else {
        None
    };
    let name = args.archive.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
    let digest = ArchiveDigest::of(&archive);
    let is_named = name.parse::<ArchiveDigest>().is_ok();
    if is_named && name != digest.to_string() {
        bail!(
            "{} holds bytes with the digest {digest}: they changed since they were published",
            args.archive.display()
        );
    }
    let verified = verify(&archive, hashes.as_deref())
        .with_context(|| format!("{} did not pass verification", args.archive.display()))?;
    let verdict = json!({
        "archive": args.archive.display().to_string(),
        "digest": digest,
        "digest_checked": is_named,
        "hashes_checked": hashes.is_some(),
        "verified": verified,
    });
    print_out(format_args!("{verdict:#}\n"))
}

fn inspect(args: &InspectArgs) -> anyhow::Result<()> {
    let archive = read_archive(&args.archive)?;
    let path = args.archive.display();
    let not_readable = || format!("{path} cannot be inspected");
    let told = match args.tile {
        None => inspect_archive(&archive).with_context(not_readable)?,
        Some(coord) => inspect_tile(&archive, coord)
            .with_context(not_readable)?
            .with_context(|| format!("{path} has no tile {coord}"))?,
    };
    print_out(format_args!("{told:#}\n"))
}

fn catalog(args: &CatalogArgs) -> anyhow::Result<()> {
    let address = args.store.as_deref().context("name the store: --store URL, or FOODMAP_STORE")?;
    let store = Store::open(address, false)?;
    match args.what.as_ref().unwrap_or(&CatalogJob::Show { number: None }) {
        CatalogJob::List { last } => tell(&catalog::list(&store, *last)?),
        CatalogJob::Show { number } => {
            let manifest = catalog::show(&store, *number)?;
            print_out(format_args!("{}\n", serde_json::to_string_pretty(&manifest)?))
        }
        CatalogJob::Inputs { place, number } => {
            tell(&catalog::origin(&store, &catalog::show(&store, *number)?, place)?)
        }
        CatalogJob::Diff { from, to } => {
            let (from, to) = (Some(*from), Some(*to));
            tell(&catalog::difference(&catalog::show(&store, from)?, &catalog::show(&store, to)?))
        }
        CatalogJob::Rollback { number } => {
            let map = catalog::roll_back(&store, *number)?;
            print_out(format_args!("map {} lists what map {number} listed\n", map.number))
        }
        CatalogJob::Pin { place } => {
            let map = catalog::set_pinned(&store, place, true)?;
            print_out(format_args!("{place} is pinned in map {}\n", map.number))
        }
        CatalogJob::Unpin { place } => {
            let map = catalog::set_pinned(&store, place, false)?;
            print_out(format_args!("{place} is not pinned in map {}\n", map.number))
        }
        CatalogJob::Copy { to, last, check } => {
            tell(&catalog::copy(&store, &Store::open(to, true)?, *last, *check)?)
        }
        CatalogJob::Retire { keep, dry_run } => tell(&catalog::retire(&store, *keep, *dry_run)?),
    }
}

fn copy(args: &FetchArgs) -> anyhow::Result<()> {
    let store = Store::open(&args.from, false)?;
    tell(&fetch(&store, &args.names, &args.into)?)
}

/// Runs a job in a process of its own, now and at each time of the schedule, until it is told to stop.
/// A run that fails is logged and tried again before its next time, after pauses that grow; one that
/// lasts longer leaves out what it overlaps.
fn repeat(args: &RepeatArgs) -> anyhow::Result<()> {
    let schedule = args.schedule();
    let own = std::env::current_exe().context("could not find this program")?;
    let mut pause = FIRST_PAUSE;
    loop {
        let began = Instant::now();
        let run = Command::new(&own).args(&args.job).status();
        let status = run.context("could not start the job")?;
        let (job, seconds) = (&args.job[0], began.elapsed().as_secs());
        if status.success() {
            tracing::info!(%job, seconds, %schedule, "run ended");
            pause = FIRST_PAUSE;
            schedule.wait(None);
        } else {
            tracing::error!(%job, seconds, %status, %schedule, "run failed");
            schedule.wait(Some(pause));
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }
}

/// Words for a person at a terminal, JSON for a program.
fn tell(what: &(impl Serialize + std::fmt::Display)) -> anyhow::Result<()> {
    if std::io::stdout().is_terminal() {
        print_out(format_args!("{what}"))
    } else {
        print_out(format_args!("{}\n", serde_json::to_string_pretty(what)?))
    }
}
