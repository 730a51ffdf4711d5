//! The command line: parses the arguments, runs one command and prints its result.
//!
//! [`main`] dispatches to the command. `arguments` has the arguments of each command, `run` has the
//! lease, the metrics and the report of a build, `pipeline` the steps of `tilegen run`, `after_publish` has what follows a publication, and `schedule` has
//! the times of `tilegen repeat`.

mod after_publish;
mod arguments;
mod erasing;
mod fetching;
mod inspect;
mod pipeline;
mod privacy;
mod run;
mod run_stats;
pub mod schedule;
mod source_counts;

use std::io::{IsTerminal, Write};
use std::path::Path;
use std::process::{Command, ExitCode};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use backon::{BackoffBuilder, ExponentialBuilder};
use clap::Parser;
use jiff::Timestamp;
use serde::Serialize;
use serde_json::json;
use tilecore::layer::{AREAS, COVERAGE, DENSITY_LAYERS, POPULATION, TIMELINE_LAYERS, VENDORS};
use tilecore::{ArchiveDigest, LayerSpec, TileHash};

use crate::areas::build::{AreasSpec, build_areas};
use crate::areas::statistics::{AreaOrdersSpec, build_area_orders};
use crate::catalog::{self, Erased, Scope};
use crate::cli::inspect::{inspect_archive, inspect_tile};
use crate::config::Config;
use crate::density::build::build_density;
use crate::density::plan::DensitySpec;
use crate::fetch::objects::copy_objects;
use crate::orders::window::PUBLIC_DAYS;
use crate::polygons::AreaFolders;
use crate::publish::guards::GuardsReport;
use crate::publish::lease::LeaseError;
use crate::publish::verify::verify;
use crate::sample::{SampleArgs, write_sample};
use crate::store::Store;
use crate::telemetry::progress::Progress;
use crate::timeline::build::{TimelineSpec, build_timeline};
use crate::vendors::snapshot::{SnapshotSpec, build_snapshot};
use arguments::{
    AreaStatsArgs, AreasArgs, CatalogArgs, CatalogCommand, Cli, CliCommand, DensityArgs, FetchArgs,
    FetchCommand, FetchInputArgs, FetchObjectsArgs, FetchOrdersArgs, InspectArgs, RepeatArgs,
    RollbackArgs, RunCommand, SnapshotArgs, StatusArgs, TimelineArgs, VerifyArgs,
};
use erasing::run_erase;
use fetching::{run_check, run_fetch_files, run_fetch_orders, run_fetch_vendors};
use pipeline::{run_orders, run_snapshot};
use privacy::{run_audit, run_retire};
use run::{Run, SCHEDULED, stop_of};

/// Exit code when another run holds the lease: `EX_TEMPFAIL` of `sysexits.h`.
const EXIT_TEMPFAIL: u8 = 75;

/// Exit code of `tilegen status` when the store cannot be read.
const EXIT_STORE_UNREADABLE: u8 = 2;

/// Exit code when a guard stopped a build. Another run with the same data would be stopped again, so
/// `tilegen repeat`, the systemd units and the `CronJobs` do not retry it.
const EXIT_STOPPED: u8 = 3;

/// Exit code with `--strict` when a day was held back and the rest was published.
const EXIT_HELD_BACK: u8 = 4;

/// Exit code when `tilegen erase` waits for a build or for the operator.
const EXIT_UNFINISHED: u8 = 5;

/// Exit code when `tilegen privacy-audit` found something.
const EXIT_FOUND: u8 = 6;

/// Delay of `tilegen repeat` before the first retry of a failed run, and the longest delay.
const MIN_RETRY_DELAY: Duration = Duration::from_secs(10);
const MAX_RETRY_DELAY: Duration = Duration::from_hours(1);

/// Runs the command in the process arguments. Errors go to standard error.
#[must_use]
pub fn main() -> ExitCode {
    start_logging();
    let command = Cli::parse().command;
    if command.memory_bytes().is_none_or(|bytes| bytes >= AMPLE_MEMORY) {
        raise_mmap_threshold();
    }
    let result = match command {
        CliCommand::Sample(args) => sample(&args),
        CliCommand::Density(args) => density(args),
        CliCommand::Areas(args) => areas(args, "areas", &[AREAS, POPULATION]),
        CliCommand::Population(args) => areas(args, "population", &[POPULATION]),
        CliCommand::Snapshot(args) => snapshot(args),
        CliCommand::AreaStats(args) => area_stats(args),
        CliCommand::Timeline(args) => timeline(args),
        CliCommand::Verify(args) => verify_archive(&args),
        CliCommand::Inspect(args) => inspect(&args),
        CliCommand::Catalog(args) => catalog(&args),
        CliCommand::Status(args) => return status(&args),
        CliCommand::Run(command) => return run_steps(&command),
        CliCommand::Fetch(args) => run_fetch(&args),
        CliCommand::Erase(args) => {
            let is_done = |erased: &Erased| erased.is_finished || erased.dry_run;
            return print_verdict(run_erase(&args), is_done, EXIT_UNFINISHED);
        }
        CliCommand::PrivacyAudit(args) => {
            return print_verdict(run_audit(&args), |audit| audit.found == 0, EXIT_FOUND);
        }
        CliCommand::Retire(args) => run_retire(&args).and_then(|retired| print_report(&retired)),
        CliCommand::Repeat(args) => repeat(&args),
        CliCommand::Config => write_stdout(format_args!("{}", crate::config::DEFAULT_CONFIG)),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            print_error(&error);
            exit_code(&error)
        }
    }
}

/// Runs all steps of a job. The exit status is that of the step that failed.
fn run_steps(command: &RunCommand) -> ExitCode {
    let ended = match command {
        RunCommand::Orders(args) => run_orders(args),
        RunCommand::Snapshot(args) => run_snapshot(args),
    };
    ended.unwrap_or_else(|error| {
        print_error(&error);
        ExitCode::FAILURE
    })
}

fn exit_code(error: &anyhow::Error) -> ExitCode {
    if matches!(error.downcast_ref(), Some(LeaseError::Held { .. })) {
        ExitCode::from(EXIT_TEMPFAIL)
    } else if stop_of(error).is_some() {
        ExitCode::from(EXIT_STOPPED)
    } else if error.is::<HeldBack>() {
        ExitCode::from(EXIT_HELD_BACK)
    } else {
        ExitCode::FAILURE
    }
}

/// Prints a report. The exit code says whether its verdict is good.
fn print_verdict<R: Serialize + std::fmt::Display>(
    report: anyhow::Result<R>,
    is_good: impl Fn(&R) -> bool,
    otherwise: u8,
) -> ExitCode {
    let printed = report.and_then(|report| print_report(&report).map(|()| is_good(&report)));
    match printed {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(otherwise),
        Err(error) => {
            print_error(&error);
            exit_code(&error)
        }
    }
}

fn print_error(error: &anyhow::Error) {
    eprintln!("tilegen: {}", tilecore::error::chain(error.as_ref()));
}

/// Memory limit from which the allocator may keep freed memory: up to 64 MB for each thread.
const AMPLE_MEMORY: u64 = 1_000_000_000;

/// Raises glibc's mmap threshold, so that the allocator reuses large freed blocks instead of
/// returning them to the kernel, which has to zero them again. Freeing one large block raises the
/// threshold to its size, up to 32 MB (`mallopt(3)`, "Dynamic adjustment of the mmap threshold").
/// The block is never written to, so no memory is committed.
fn raise_mmap_threshold() {
    const LARGE: usize = (32 << 20) - (64 << 10);
    drop(std::hint::black_box(Vec::<u8>::with_capacity(LARGE)));
}

/// Logs JSON lines. On a terminal only warnings are logged, because progress bars show the rest.
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
    write_stdout(format_args!("{report}"))
}

fn density(args: DensityArgs) -> anyhow::Result<()> {
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
        store: args.output.store,
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

/// With `--strict`, a build that held a day back fails after it has published the rest.
fn check_held_back(strict: bool, guards: &GuardsReport) -> anyhow::Result<()> {
    match guards.held_back_from {
        Some(day) if strict => Err(HeldBack { day }.into()),
        _ => Ok(()),
    }
}

/// A day was held back.
#[derive(Debug, thiserror::Error)]
#[error("the map is published without the orders from {day} on, which a guard held back")]
struct HeldBack {
    day: jiff::civil::Date,
}

fn areas(args: AreasArgs, job: &'static str, layers: &[LayerSpec]) -> anyhow::Result<()> {
    let Some(mut run) = Run::start(&args.output, job, layers)? else { return Ok(()) };
    let spec = AreasSpec {
        now: args.output.now(),
        folders: args.folders.into(),
        every: args.output.every,
        store: args.output.store,
        config: run.prepare(Config::load(args.config.as_deref()))?,
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

fn snapshot(args: SnapshotArgs) -> anyhow::Result<()> {
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
        store: args.output.store,
        config: run.prepare(Config::load(args.config.as_deref()))?,
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

fn area_stats(args: AreaStatsArgs) -> anyhow::Result<()> {
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
        store: args.output.store,
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

fn timeline(args: TimelineArgs) -> anyhow::Result<()> {
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
        store: args.output.store,
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

/// Writes to standard output. A closed pipe, as `head` leaves it, is not an error.
fn write_stdout(text: std::fmt::Arguments<'_>) -> anyhow::Result<()> {
    match std::io::stdout().write_fmt(text) {
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
        written => written.context("could not write to standard output"),
    }
}

fn read_archive(path: &Path) -> anyhow::Result<Vec<u8>> {
    std::fs::read(path).with_context(|| format!("could not read {}", path.display()))
}

fn verify_archive(args: &VerifyArgs) -> anyhow::Result<()> {
    let archive = read_archive(&args.archive)?;
    let hashes_path = args.archive.with_extension("hashes");
    let hashes = if hashes_path.exists() {
        let hashes = TileHash::read_all(&read_archive(&hashes_path)?);
        Some(hashes.with_context(|| {
            format!(
                "{} is not a valid list of tile hashes: its length is not a multiple of 16",
                hashes_path.display()
            )
        })?)
    } else {
        None
    };
    let name = args.archive.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
    let digest = ArchiveDigest::of(&archive);
    let is_named = name.parse::<ArchiveDigest>().is_ok();
    if is_named && name != digest.to_string() {
        bail!(
            "{} has the digest {digest}, which is not its file name: the file was changed after it was published",
            args.archive.display()
        );
    }
    let verified = verify(&archive, hashes.as_deref())
        .with_context(|| format!("{} did not pass verification", args.archive.display()))?;
    let result = json!({
        "archive": args.archive.display().to_string(),
        "digest": digest,
        "digest_checked": is_named,
        "hashes_checked": hashes.is_some(),
        "verified": verified,
    });
    write_stdout(format_args!("{result:#}\n"))
}

fn inspect(args: &InspectArgs) -> anyhow::Result<()> {
    let archive = read_archive(&args.archive)?;
    let path = args.archive.display();
    let not_readable = || format!("could not inspect {path}");
    let json = match args.tile {
        None => inspect_archive(&archive).with_context(not_readable)?,
        Some(coord) => inspect_tile(&archive, coord)
            .with_context(not_readable)?
            .with_context(|| format!("{path} has no tile {coord}"))?,
    };
    write_stdout(format_args!("{json:#}\n"))
}

fn catalog(args: &CatalogArgs) -> anyhow::Result<()> {
    let address =
        args.store.as_deref().context("no store given: use --store URL or set FOODMAP_STORE")?;
    let store = Store::open(address, false)?;
    match args.command.as_ref().unwrap_or(&CatalogCommand::Show { number: None }) {
        CatalogCommand::List { last } => print_report(&catalog::list(&store, *last)?),
        CatalogCommand::Show { number } => {
            let manifest = catalog::show(&store, *number)?;
            write_stdout(format_args!("{}\n", serde_json::to_string_pretty(&manifest)?))
        }
        CatalogCommand::Inputs { slot_path, number } => {
            print_report(&catalog::inputs(&store, &catalog::show(&store, *number)?, slot_path)?)
        }
        CatalogCommand::Diff { from, to } => {
            let (from, to) = (Some(*from), Some(*to));
            print_report(&catalog::difference(
                &catalog::show(&store, from)?,
                &catalog::show(&store, to)?,
            ))
        }
        CatalogCommand::History(args) => {
            let history = catalog::history(&store, &args.scopes(), args.last)?;
            if args.json { print_json(&history) } else { print_report(&history) }
        }
        CatalogCommand::Rollback(args) => roll_back(&store, args),
        CatalogCommand::Hold { job, period, why } => {
            let reason = why.reason.as_deref().unwrap_or("no reason given");
            let (map, hold) =
                catalog::hold(&store, *job, period.duration(), &why.author(), reason)?;
            let (number, until) = (map.number, hold.until);
            write_stdout(format_args!("{job} is held until {until:.0} in map {number}\n"))
        }
        CatalogCommand::Release { job } => match catalog::release(&store, *job)? {
            Some(map) => write_stdout(format_args!("{job} is released in map {}\n", map.number)),
            None => write_stdout(format_args!("{job} is not held\n")),
        },
        CatalogCommand::Probe => print_report(&catalog::probe(&store)?),
        CatalogCommand::Repair => print_report(&catalog::repair(&store)?),
        CatalogCommand::Pin { slot_path } => {
            let map = catalog::set_pinned(&store, slot_path, true)?;
            write_stdout(format_args!("{slot_path} is pinned in map {}\n", map.number))
        }
        CatalogCommand::Unpin { slot_path } => {
            let map = catalog::set_pinned(&store, slot_path, false)?;
            write_stdout(format_args!("{slot_path} is not pinned in map {}\n", map.number))
        }
        CatalogCommand::Copy { to, last, check } => {
            print_report(&catalog::copy(&store, &Store::open(to, true)?, *last, *check)?)
        }
        CatalogCommand::Retire { keep, dry_run } => {
            print_report(&catalog::retire(&store, *keep, *dry_run)?)
        }
    }
}

/// Rolls back a job, a layer or the whole map, or lists what can be rolled back to.
fn roll_back(store: &Store, args: &RollbackArgs) -> anyhow::Result<()> {
    if let Some(number) = args.number {
        let map = catalog::roll_back(store, number)?;
        tracing::warn!("this also reverts what other jobs have published since; no job is held");
        return write_stdout(format_args!(
            "map {} lists the same objects as map {number}\n",
            map.number
        ));
    }
    let Some(spec) = args.spec() else { return print_report(&catalog::candidates(store)?) };
    if let Scope::Slots { .. } = spec.scope {
        tracing::warn!(
            "only {} is rolled back: it may no longer agree with the other layers of its job",
            spec.scope
        );
    }
    let report = catalog::roll_back_scope(store, &spec)?;
    if report.hold.is_none() && spec.hold.is_some() {
        tracing::warn!("no job is known to publish {}, so nothing is held", spec.scope);
    }
    print_report(&report)
}

/// Prints the status of all jobs and returns its exit code.
fn status(args: &StatusArgs) -> ExitCode {
    let status = || -> anyhow::Result<u8> {
        let store = Store::open(&args.store, false)?;
        let status = catalog::status(&store, Timestamp::now())?;
        if args.json { print_json(&status) } else { print_text(&status) }?;
        Ok(status.exit_code)
    };
    match status() {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            print_error(&error);
            ExitCode::from(EXIT_STORE_UNREADABLE)
        }
    }
}

fn run_fetch(args: &FetchArgs) -> anyhow::Result<()> {
    match &args.command {
        Some(FetchCommand::Orders(args)) => fetch_orders(args),
        Some(FetchCommand::Vendors(args)) => fetch_vendors(args),
        Some(FetchCommand::Grades(args)) => {
            print_report(&run_fetch_files(args, "grades", |config| config.grades)?)
        }
        Some(FetchCommand::Targets(args)) => {
            print_report(&run_fetch_files(args, "targets", |config| config.targets)?)
        }
        Some(FetchCommand::Areas(args)) => {
            print_report(&run_fetch_files(args, "areas", |config| config.areas)?)
        }
        None if args.check => check_fetch(args),
        None => fetch_objects(&args.objects),
    }
}

/// A source that cannot be read makes the command fail, after the report.
fn check_fetch(args: &FetchArgs) -> anyhow::Result<()> {
    let report = run_check(args)?;
    print_report(&report)?;
    match report.first_failure() {
        Some((source, error)) => bail!("the source {source} cannot be used: {error}"),
        None => Ok(()),
    }
}

/// A source that did not deliver makes the command fail, after the report.
fn fetch_vendors(args: &FetchInputArgs) -> anyhow::Result<()> {
    let report = run_fetch_vendors(args)?;
    print_report(&report)?;
    match report.first_failure() {
        Some((source, error)) => bail!("the source {source} did not deliver: {error}"),
        None => Ok(()),
    }
}

/// A day that was not fetched makes the command fail, after the report.
fn fetch_orders(args: &FetchOrdersArgs) -> anyhow::Result<()> {
    let report = run_fetch_orders(args)?;
    print_report(&report)?;
    let failed = report.failed.len() as u64 + report.days_not_tried;
    if let Some(first) = report.failed.first() {
        bail!("{failed} days were not fetched; the first is {}: {}", first.date, first.error);
    }
    Ok(())
}

fn fetch_objects(args: &FetchObjectsArgs) -> anyhow::Result<()> {
    let FetchObjectsArgs { from: Some(from), into: Some(into), names } = args else {
        bail!("give a command, --check, or --from and --into")
    };
    print_report(&copy_objects(&Store::open(from, false)?, names, into)?)
}

/// Runs a command in a child process, now and at every scheduled time, until the process is stopped.
/// A failed run is logged and retried before the next scheduled time, with increasing delays, unless a
/// guard stopped it. A run that takes longer than the interval skips the times that it overlaps.
fn repeat(args: &RepeatArgs) -> anyhow::Result<()> {
    let schedule = args.schedule();
    let program =
        std::env::current_exe().context("could not find the path of the tilegen program")?;
    let delays = ExponentialBuilder::default()
        .with_min_delay(MIN_RETRY_DELAY)
        .with_max_delay(MAX_RETRY_DELAY)
        .without_max_times();
    let mut retry_delays = delays.build();
    loop {
        let started = Instant::now();
        let run = Command::new(&program).args(&args.job).env(SCHEDULED, "1").status();
        let status = run.context("could not start the job")?;
        let (job, seconds) = (&args.job[0], started.elapsed().as_secs());
        if status.success() {
            tracing::info!(%job, seconds, %schedule, "run ended");
            retry_delays = delays.build();
            schedule.wait(None);
        } else if status.code() == Some(i32::from(EXIT_STOPPED)) {
            tracing::error!(%job, seconds, %schedule, "run stopped by a guard, not retried");
            retry_delays = delays.build();
            schedule.wait(None);
        } else {
            tracing::error!(%job, seconds, %status, %schedule, "run failed");
            schedule.wait(retry_delays.next());
        }
    }
}

/// Prints text on a terminal, JSON otherwise.
fn print_report(report: &(impl Serialize + std::fmt::Display)) -> anyhow::Result<()> {
    if std::io::stdout().is_terminal() { print_text(report) } else { print_json(report) }
}

fn print_text(report: &impl std::fmt::Display) -> anyhow::Result<()> {
    write_stdout(format_args!("{report}"))
}

fn print_json(report: &impl Serialize) -> anyhow::Result<()> {
    write_stdout(format_args!("{}\n", serde_json::to_string_pretty(report)?))
}
