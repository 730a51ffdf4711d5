//! The command line of the batch generator.

use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, bail};
use clap::{Args, Parser, Subcommand};
use jiff::civil::Date;
use serde::Serialize;
use serde_json::json;
use tilecore::layer::{AREAS, DENSITY_LAYERS, POPULATION};
use tilecore::{ArchiveDigest, LayerSpec, TileCoord, TileHash};
use tilegen::area::AreaFolders;
use tilegen::area_layers::{AreasSpec, build_areas};
use tilegen::area_orders::{AreaOrdersSpec, build_area_orders};
use tilegen::catalog::{self, KeepPeriod, Place};
use tilegen::config::{Config, ConfigError};
use tilegen::density::{DensitySpec, build_density};
use tilegen::inspect::{inspect_archive, inspect_tile};
use tilegen::order_input::OrderInput;
use tilegen::progress::Progress;
use tilegen::sample::{SampleArgs, write_sample};
use tilegen::snapshot::{SnapshotSpec, build_snapshot};
use tilegen::store::Store;
use tilegen::verify::verify;
use tilegen::window::Window;

/// Builds map archives from orders and publishes them into a store.
#[derive(Parser)]
#[command(version, arg_required_else_help = true)]
struct Cli {
    #[command(subcommand)]
    job: Job,
}

#[derive(Subcommand)]
enum Job {
    /// Write deterministic demo data of three cities.
    Sample(SampleArgs),
    /// Build the density layers from order parquet and publish them.
    Density(DensityArgs),
    /// Build the layers of areas and population from files of areas, and publish them.
    Areas(AreasArgs),
    /// Build the layer of population alone, and publish it.
    Population(AreasArgs),
    /// Build the layers and tables of a vendor snapshot and publish them.
    Snapshot(SnapshotArgs),
    /// Count orders and distinct users of each area and publish them as an internal table.
    AreaStats(AreaStatsArgs),
    /// Check everything that an archive claims.
    Verify(VerifyArgs),
    /// Print what an archive holds, as JSON.
    Inspect(InspectArgs),
    /// Look at the maps of a store, go back to one, pin a slot, or remove what is old.
    Catalog(CatalogArgs),
    /// Print the default configuration, with a comment for every key.
    Config,
}

#[derive(Args)]
struct DensityArgs {
    #[command(flatten)]
    input: InputArgs,
    /// Store to publish into: a folder or a URL (s3://, gs://, az://).
    #[arg(long, value_name = "URL", env = "FOODMAP_STORE")]
    store: String,
    /// Window of the internal layer: 1d, 7d, 30d, 90d, … or all; may be repeated.
    #[arg(long = "window", value_name = "WINDOW", default_value = "30d")]
    windows: Vec<Window>,
    /// Layer to build; may be repeated; without it both.
    #[arg(long = "layer", value_name = "LAYER", value_parser = layer)]
    layers: Vec<LayerSpec>,
    /// Privacy floor of the public layer, in distinct users; 1 switches it off.
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u16).range(1..))]
    min_users: u16,
    /// Hold the floor by business line too: a cell tells of a line only if that is enough people.
    #[arg(long)]
    floor_lines: bool,
    /// Days by which the public window moves on at once.
    #[arg(long, value_name = "DAYS", default_value_t = 7, value_parser = clap::value_parser!(u16).range(1..=90))]
    public_step: u16,
    /// Threads; without it one for each processor.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: Option<u16>,
    /// File for the private build report, as JSON.
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
}

/// Which orders to read, and with what.
#[derive(Args)]
struct InputArgs {
    /// Orders: a parquet file, a folder, a pattern in quotes, or the URL of a store.
    #[arg(long, value_name = "WHERE")]
    orders: String,
    /// Configuration; without it the defaults (see `tilegen config`).
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Last day, like 2026-11-22; without it the newest day in the orders.
    #[arg(long, value_name = "DATE")]
    as_of: Option<Date>,
    /// Most memory to use, like 4GB or 500MB; without it half of the machine's.
    #[arg(long, value_name = "SIZE", value_parser = memory_size)]
    memory: Option<u64>,
    /// Folder for temporary files, which are needed when orders do not fit into memory.
    #[arg(long, value_name = "DIR")]
    temporary: Option<PathBuf>,
}

impl TryFrom<InputArgs> for OrderInput {
    type Error = ConfigError;

    fn try_from(args: InputArgs) -> Result<Self, ConfigError> {
        Ok(Self {
            config: Config::load(args.config.as_deref())?,
            orders: args.orders,
            as_of: args.as_of,
            memory_bytes: args.memory.unwrap_or_else(half_of_memory),
            temporary: args.temporary.unwrap_or_else(std::env::temp_dir),
        })
    }
}

#[derive(Args)]
struct AreaStatsArgs {
    #[command(flatten)]
    input: InputArgs,
    #[command(flatten)]
    folders: AreaArgs,
    /// Store to publish into: a folder or a URL (s3://, gs://, az://).
    #[arg(long, value_name = "URL", env = "FOODMAP_STORE")]
    store: String,
    /// File for the private report, as JSON.
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
}

#[derive(Args)]
struct AreasArgs {
    #[command(flatten)]
    folders: AreaArgs,
    /// Store to publish into: a folder or a URL (s3://, gs://, az://).
    #[arg(long, value_name = "URL", env = "FOODMAP_STORE")]
    store: String,
    /// Configuration; without it the defaults (see `tilegen config`).
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Inhabitants that a dot of the population stands for at the deepest zoom.
    #[arg(long, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..))]
    people_per_dot: u32,
    /// File for the build report, as JSON.
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
}

#[derive(Args)]
struct SnapshotArgs {
    /// Vendors: a parquet, CSV or JSON lines file (.jsonl, .ndjson), or an object's URL.
    #[arg(long, value_name = "FILE")]
    vendors: String,
    /// Grades, in either layout; may be repeated, the best grade counts.
    #[arg(long, value_name = "FILE", required = true)]
    grades: Vec<PathBuf>,
    #[command(flatten)]
    folders: AreaArgs,
    /// Coverage targets: one CSV file a city, named after its key.
    #[arg(long, value_name = "DIR")]
    targets: PathBuf,
    /// Store to publish into: a folder or a URL (s3://, gs://, az://).
    #[arg(long, value_name = "URL", env = "FOODMAP_STORE")]
    store: String,
    /// Configuration; without it the defaults (see `tilegen config`).
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Publish a snapshot that is late, older than the published one, cut off, shrunken or full of
    /// rejects, or targets that match nothing. The report says what was overruled.
    #[arg(long)]
    force: bool,
    /// File for the private build report, as JSON.
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
}

/// Folders of area files, each *.csv with a column WKT, *.shp or *.geojson.
#[derive(Args)]
struct AreaArgs {
    /// Marketing areas: a file for each city, named after its key.
    #[arg(long, value_name = "DIR")]
    areas: PathBuf,
    /// Regions.
    #[arg(long, value_name = "DIR")]
    regions: Option<PathBuf>,
    /// Neighbourhoods, with their inhabitants.
    #[arg(long, value_name = "DIR")]
    neighbourhoods: Option<PathBuf>,
}

impl From<AreaArgs> for AreaFolders {
    fn from(args: AreaArgs) -> Self {
        let AreaArgs { areas, regions, neighbourhoods } = args;
        Self { marketing: Some(areas), regions, neighbourhoods }
    }
}

#[derive(Args)]
struct VerifyArgs {
    /// Archive to check. The hashes beside it are checked too.
    archive: PathBuf,
}

#[derive(Args)]
struct InspectArgs {
    /// Archive to look into.
    archive: PathBuf,
    /// Print the features of this tile instead.
    #[arg(long, value_name = "Z/X/Y")]
    tile: Option<TileCoord>,
}

#[derive(Args)]
struct CatalogArgs {
    #[command(subcommand)]
    what: Option<CatalogJob>,
    /// Store to look into: a folder or a URL (s3://, gs://, az://).
    #[arg(long, value_name = "URL", env = "FOODMAP_STORE", global = true)]
    store: Option<String>,
}

#[derive(Subcommand)]
enum CatalogJob {
    /// Tell which maps there are, newest first.
    List {
        /// Most maps to tell.
        #[arg(long, value_name = "N", default_value_t = 20)]
        last: usize,
    },
    /// Print a map's manifest, as JSON; without a number the newest.
    Show {
        /// Number of the map.
        number: Option<u64>,
    },
    /// Tell what changed from one map to another.
    Diff {
        /// Number of the first map.
        from: u64,
        /// Number of the second map.
        to: u64,
    },
    /// Publish an older map anew; what is pinned stays as it is.
    Rollback {
        /// Number of the map to have back.
        number: u64,
    },
    /// Keep a slot as it is, whatever builders publish.
    Pin {
        /// Layer or table, and slot: density/30d, vendors/tehran/now.
        place: Place,
    },
    /// Let builders publish into a slot again.
    Unpin {
        /// Layer or table, and slot.
        place: Place,
    },
    /// Remove what no map of the grace time lists.
    Retire {
        /// How long a map can be had back after it was replaced: 12h, 7d, 2w.
        #[arg(long, value_name = "TIME", default_value = "7d")]
        keep: KeepPeriod,
        /// Only tell what would be removed.
        #[arg(long)]
        dry_run: bool,
    },
}

fn layer(name: &str) -> Result<LayerSpec, String> {
    let known = DENSITY_LAYERS.map(|layer| layer.id).join(", ");
    let layer = DENSITY_LAYERS.into_iter().find(|layer| layer.id == name);
    layer.ok_or_else(|| format!("the layers are {known}"))
}

/// Reads a size such as `4GB`, in units of 1000 (kB, MB, GB) or 1024 (KiB, MiB, GiB).
fn memory_size(text: &str) -> Result<u64, String> {
    let digits = text.trim_end_matches(|letter: char| letter.is_ascii_alphabetic());
    let factor = match &text[digits.len()..] {
        "" | "B" => 1,
        "kB" | "KB" => 1_000,
        "MB" => 1_000_000,
        "GB" => 1_000_000_000,
        "KiB" => 1 << 10,
        "MiB" => 1 << 20,
        "GiB" => 1 << 30,
        unit => return Err(format!("`{unit}` is not one of kB, MB, GB, KiB, MiB, GiB")),
    };
    let number: u64 = digits.trim().parse().map_err(|_| "a size looks like 4GB".to_owned())?;
    match number.checked_mul(factor) {
        Some(bytes) if bytes >= 1 << 20 => Ok(bytes),
        _ => Err("less than 1 MiB is too little, and the size must fit into 64 bits".to_owned()),
    }
}

fn main() -> ExitCode {
    keep_large_blocks();
    start_logging();
    let result = match Cli::parse().job {
        Job::Sample(args) => sample(&args),
        Job::Density(args) => density(args),
        Job::Areas(args) => areas(args, &[AREAS, POPULATION]),
        Job::Population(args) => areas(args, &[POPULATION]),
        Job::Snapshot(args) => snapshot(args),
        Job::AreaStats(args) => area_stats(args),
        Job::Verify(args) => check(&args),
        Job::Inspect(args) => inspect(&args),
        Job::Catalog(args) => catalog(&args),
        Job::Config => print_out(format_args!("{}", tilegen::config::DEFAULT_CONFIG)),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("tilegen: {}", sentence(&error));
            ExitCode::FAILURE
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
    if let Some(threads) = args.threads {
        rayon::ThreadPoolBuilder::new()
            .num_threads(usize::from(threads))
            .build_global()
            .context("could not start the threads")?;
    }
    let spec = DensitySpec {
        input: args.input.try_into()?,
        store: args.store,
        windows: args.windows,
        layers: if args.layers.is_empty() { DENSITY_LAYERS.to_vec() } else { args.layers },
        min_users: args.min_users,
        floor_lines: args.floor_lines,
        public_step_days: args.public_step,
    };
    let report = build_density(&spec, Progress::to_stderr())?;
    write_report(args.report.as_deref(), &report)?;
    if std::io::stdout().is_terminal() {
        print!("{report}");
    } else {
        tracing::info!(
            manifest = report.manifest,
            orders = report.orders_counted,
            rejects = report.rejects.total(),
            archives = report.archives.len(),
            cpu_seconds = report.cpu_seconds,
            peak_memory_bytes = report.peak_memory_bytes,
            "map published"
        );
    }
    Ok(())
}

fn areas(args: AreasArgs, layers: &[LayerSpec]) -> anyhow::Result<()> {
    let spec = AreasSpec {
        folders: args.folders.into(),
        store: args.store,
        config: Config::load(args.config.as_deref())?,
        layers: layers.to_vec(),
        people_per_dot: args.people_per_dot,
    };
    let report = build_areas(&spec)?;
    write_report(args.report.as_deref(), &report)?;
    if std::io::stdout().is_terminal() {
        print!("{report}");
    } else {
        tracing::info!(
            manifest = report.manifest,
            areas = report.import.areas.values().sum::<u64>(),
            archives = report.archives.len(),
            cpu_seconds = report.cpu_seconds,
            peak_memory_bytes = report.peak_memory_bytes,
            "areas published"
        );
    }
    Ok(())
}

fn snapshot(args: SnapshotArgs) -> anyhow::Result<()> {
    let spec = SnapshotSpec {
        vendors: args.vendors,
        grades: args.grades,
        areas: args.folders.into(),
        targets: args.targets,
        store: args.store,
        config: Config::load(args.config.as_deref())?,
        force: args.force,
    };
    let report = build_snapshot(&spec)?;
    write_report(args.report.as_deref(), &report)?;
    if std::io::stdout().is_terminal() {
        print!("{report}");
    } else {
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
    }
    Ok(())
}

fn area_stats(args: AreaStatsArgs) -> anyhow::Result<()> {
    let spec = AreaOrdersSpec {
        input: args.input.try_into()?,
        folders: args.folders.into(),
        store: args.store,
    };
    let report = build_area_orders(&spec, Progress::to_stderr())?;
    write_report(args.report.as_deref(), &report)?;
    if std::io::stdout().is_terminal() {
        print!("{report}");
    } else {
        tracing::info!(
            manifest = report.manifest,
            orders = report.orders,
            outside_areas = report.outside_areas,
            cpu_seconds = report.cpu_seconds,
            peak_memory_bytes = report.peak_memory_bytes,
            "statistics published"
        );
    }
    Ok(())
}

fn write_report(path: Option<&Path>, report: &impl Serialize) -> anyhow::Result<()> {
    let Some(path) = path else { return Ok(()) };
    let bytes = serde_json::to_vec_pretty(report)?;
    std::fs::write(path, bytes).with_context(|| {
        format!("the map is published, but could not write the report {}", path.display())
    })
}

/// Half of the machine's memory, by the kernel's count; 4 GB where it does not tell.
fn half_of_memory() -> u64 {
    let told = std::fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let total_kib = told
        .lines()
        .find_map(|line| line.strip_prefix("MemTotal:"))
        .and_then(|rest| rest.trim().strip_suffix("kB"))
        .and_then(|number| number.trim().parse::<u64>().ok());
    total_kib.map_or(4_000_000_000, |kib| kib * 1024 / 2)
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
        CatalogJob::Retire { keep, dry_run } => tell(&catalog::retire(&store, *keep, *dry_run)?),
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
