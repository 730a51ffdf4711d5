//! Arguments: what the command line may say.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand};
use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use tilecore::layer::DENSITY_LAYERS;
use tilecore::{LayerSpec, TileCoord};

use crate::catalog::Place;
use crate::cli::schedule::Schedule;
use crate::config::period::Period;
use crate::config::{Config, ConfigError};
use crate::orders::read::OrderInput;
use crate::orders::window::Window;
use crate::polygons::AreaFolders;
use crate::sample::SampleArgs;

/// Builds map archives from orders and publishes them into a store.
#[derive(Parser)]
#[command(version, arg_required_else_help = true)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) job: Job,
}

#[derive(Subcommand)]
pub(crate) enum Job {
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
    /// Copy objects of a store into a folder, for inputs that are read as files.
    Fetch(FetchArgs),
    /// Run another job now, and again and again, where nothing else does.
    Repeat(RepeatArgs),
    /// Print the default configuration, with a comment for every key.
    Config,
}

#[derive(Args)]
pub(crate) struct DensityArgs {
    #[command(flatten)]
    pub(crate) input: InputArgs,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
    /// Window of the internal layer: 1d, 7d, 30d, 90d, … or all; may be repeated.
    #[arg(long = "window", value_name = "WINDOW", default_value = "30d")]
    pub(crate) windows: Vec<Window>,
    /// Layer to build; may be repeated; without it both.
    #[arg(long = "layer", value_name = "LAYER", value_parser = layer)]
    pub(crate) layers: Vec<LayerSpec>,
    /// Privacy floor of the public layer, in distinct users; 1 switches it off.
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) min_users: u16,
    /// Hold the floor by business line too: a cell tells of a line only if that is enough people.
    #[arg(long)]
    pub(crate) floor_lines: bool,
    /// Days by which the public window moves on at once.
    #[arg(long, value_name = "DAYS", default_value_t = 7, value_parser = clap::value_parser!(u16).range(1..=90))]
    pub(crate) public_step: u16,
    /// Threads; without it one for each processor.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(crate) threads: Option<u16>,
}

/// Where to publish, and what to tell of it.
#[derive(Args)]
pub(crate) struct OutputArgs {
    /// Store to publish into: a folder or a URL (s3://, gs://, az://).
    #[arg(long, value_name = "URL", env = "FOODMAP_STORE")]
    pub(crate) store: String,
    /// File for the private build report, as JSON.
    #[arg(long, value_name = "FILE")]
    pub(crate) report: Option<PathBuf>,
    /// How often this job is run, like 10m or 1d: the map tells when it should have been replaced.
    #[arg(long, value_name = "TIME")]
    pub(crate) every: Option<Period>,
    /// Run only if no other run of this job is at work: for how long a killed one keeps others out,
    /// 1s to 24h, like 2m.
    #[arg(long, value_name = "TIME", value_parser = lease_life)]
    pub(crate) lease: Option<Duration>,
    /// Run only if somebody asked for one of the layers to be built anew (POST
    /// /admin/rebuild/LAYER); otherwise end at once, as a success.
    #[arg(long)]
    pub(crate) if_requested: bool,
    /// File for metrics in Prometheus' text form, one for each job (see docs/operating.md).
    #[arg(long, value_name = "FILE")]
    pub(crate) metrics_file: Option<PathBuf>,
    /// Program to run once the map is published, such as one that purges a cache. It is told
    /// `FOODMAP_MAP`, the map's number, and `FOODMAP_PUBLISHED`, like "density/30d coverage/now".
    #[arg(long, value_name = "PROGRAM")]
    pub(crate) after_publish: Option<PathBuf>,
}

/// Which orders to read, and with what.
#[derive(Args)]
pub(crate) struct InputArgs {
    /// Orders: a parquet file, a folder, a pattern in quotes, or the URL of a store.
    #[arg(long, value_name = "WHERE")]
    pub(crate) orders: String,
    /// Configuration; without it the defaults (see `tilegen config`).
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Last day, like 2026-11-22; without it the newest day in the orders.
    #[arg(long, value_name = "DATE")]
    pub(crate) as_of: Option<Date>,
    /// Most memory to use, like 4GB or 500MB; without it half of the machine's.
    #[arg(long, value_name = "SIZE", value_parser = memory_size)]
    pub(crate) memory: Option<u64>,
    /// Folder for temporary files, which are needed when orders do not fit into memory.
    #[arg(long, value_name = "DIR")]
    pub(crate) temporary: Option<PathBuf>,
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
pub(crate) struct AreaStatsArgs {
    #[command(flatten)]
    pub(crate) input: InputArgs,
    #[command(flatten)]
    pub(crate) folders: AreaArgs,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
}

#[derive(Args)]
pub(crate) struct AreasArgs {
    #[command(flatten)]
    pub(crate) folders: AreaArgs,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
    /// Configuration; without it the defaults (see `tilegen config`).
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Inhabitants that a dot of the population stands for at the deepest zoom.
    #[arg(long, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) people_per_dot: u32,
}

#[derive(Args)]
pub(crate) struct SnapshotArgs {
    /// Vendors: a parquet, CSV or JSON lines file (.jsonl, .ndjson), or an object's URL.
    #[arg(long, value_name = "FILE")]
    pub(crate) vendors: String,
    /// Grades, in either layout; may be repeated, the best grade counts.
    #[arg(long, value_name = "FILE", required = true)]
    pub(crate) grades: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) folders: AreaArgs,
    /// Coverage targets: one CSV file a city, named after its key.
    #[arg(long, value_name = "DIR")]
    pub(crate) targets: PathBuf,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
    /// Configuration; without it the defaults (see `tilegen config`).
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Publish a snapshot that is late, older than the published one, cut off, shrunken or full of
    /// rejects, or targets that match nothing. The report says what was overruled.
    #[arg(long)]
    pub(crate) force: bool,
}

/// Folders of area files, each *.csv with a column WKT, *.shp or *.geojson.
#[derive(Args)]
pub(crate) struct AreaArgs {
    /// Marketing areas: a file for each city, named after its key.
    #[arg(long, value_name = "DIR")]
    pub(crate) areas: PathBuf,
    /// Regions.
    #[arg(long, value_name = "DIR")]
    pub(crate) regions: Option<PathBuf>,
    /// Neighbourhoods, with their inhabitants.
    #[arg(long, value_name = "DIR")]
    pub(crate) neighbourhoods: Option<PathBuf>,
}

impl From<AreaArgs> for AreaFolders {
    fn from(args: AreaArgs) -> Self {
        let AreaArgs { areas, regions, neighbourhoods } = args;
        Self { marketing: Some(areas), regions, neighbourhoods }
    }
}

#[derive(Args)]
pub(crate) struct VerifyArgs {
    /// Archive to check. The hashes beside it are checked too.
    pub(crate) archive: PathBuf,
}

#[derive(Args)]
pub(crate) struct InspectArgs {
    /// Archive to look into.
    pub(crate) archive: PathBuf,
    /// Print the features of this tile instead.
    #[arg(long, value_name = "Z/X/Y")]
    pub(crate) tile: Option<TileCoord>,
}

#[derive(Args)]
pub(crate) struct FetchArgs {
    /// Store to copy from: a folder or a URL (s3://, gs://, az://, https://).
    #[arg(long, value_name = "URL")]
    pub(crate) from: String,
    /// Folder to copy into; it is made if need be.
    #[arg(long, value_name = "DIR")]
    pub(crate) into: PathBuf,
    /// Keys of objects or folders in the store: areas, grades.csv.
    #[arg(required = true)]
    pub(crate) names: Vec<String>,
}

#[derive(Args)]
pub(crate) struct RepeatArgs {
    /// How often: 10m begins at :00, :10, :20, …
    #[arg(long, value_name = "TIME", value_parser = pace, required_unless_present = "daily")]
    every: Option<Period>,
    /// At which time of each day, like 08:30.
    #[arg(long, value_name = "TIME", conflicts_with = "every")]
    daily: Option<Time>,
    /// Whose clock tells it.
    #[arg(long, value_name = "ZONE", default_value = "Asia/Tehran", value_parser = time_zone)]
    time_zone: TimeZone,
    /// The job and its arguments, after `--`.
    #[arg(last = true, required = true)]
    pub(crate) job: Vec<String>,
}

impl RepeatArgs {
    pub(crate) fn schedule(&self) -> Schedule {
        match (self.every, self.daily) {
            (Some(period), _) => Schedule::Every(period),
            (None, time) => Schedule::Daily(time.unwrap_or_default(), self.time_zone.clone()),
        }
    }
}

#[derive(Args)]
pub(crate) struct CatalogArgs {
    #[command(subcommand)]
    pub(crate) what: Option<CatalogJob>,
    /// Store to look into: a folder or a URL (s3://, gs://, az://).
    #[arg(long, value_name = "URL", env = "FOODMAP_STORE", global = true)]
    pub(crate) store: Option<String>,
}

#[derive(Subcommand)]
pub(crate) enum CatalogJob {
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
    /// Tell which files a slot was made from.
    Inputs {
        /// Layer or table, and slot: density/30d, vendors/tehran/now.
        place: Place,
        /// Number of the map; without it the newest.
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
    /// Copy the newest maps into another store, as a backup or to have one back.
    Copy {
        /// The other store: a folder or a URL (s3://, gs://, az://).
        #[arg(long, value_name = "URL")]
        to: String,
        /// Maps to copy, the newest ones.
        #[arg(long, value_name = "N", default_value_t = 1)]
        last: usize,
        /// Read what is there already too, and write it anew if it is damaged.
        #[arg(long)]
        check: bool,
    },
    /// Remove what no map of the grace time lists.
    Retire {
        /// How long a map can be had back after it was replaced: 12h, 7d, 2w.
        #[arg(long, value_name = "TIME", default_value = "7d", value_parser = grace_time)]
        keep: Period,
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

fn pace(text: &str) -> Result<Period, String> {
    let period: Period =
        text.parse().map_err(|error: crate::config::period::PeriodError| error.to_string())?;
    (period.duration().as_secs() > 0)
        .then_some(period)
        .ok_or_else(|| format!("`{text}` is no time at all"))
}

fn time_zone(name: &str) -> Result<TimeZone, String> {
    TimeZone::get(name).map_err(|error| error.to_string())
}

fn lease_life(text: &str) -> Result<Duration, String> {
    let life = period_in(text, ['s', 'm', 'h'], "90s, 2m or 1h")?.duration();
    let is_sensible = (1..=86_400).contains(&life.as_secs());
    is_sensible.then_some(life).ok_or_else(|| format!("`{text}` is not between 1s and 24h"))
}

/// Whoever writes `7m` may mean months, and would lose the maps of all but seven minutes.
fn grace_time(text: &str) -> Result<Period, String> {
    period_in(text, ['h', 'd', 'w'], "12h, 7d or 2w")
}

fn period_in(text: &str, units: [char; 3], such_as: &str) -> Result<Period, String> {
    let period = text.parse().ok().filter(|_| text.ends_with(units));
    period.ok_or_else(|| format!("`{text}` is not a time such as {such_as}"))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_life_is_seconds_minutes_or_hours() {
        let seconds = |text: &str| lease_life(text).map(|life| life.as_secs());
        assert_eq!([seconds("90s"), seconds("2m"), seconds("24h")], [Ok(90), Ok(120), Ok(86_400)]);
        for wrong in ["", "s", "0s", "25h", "5", "1d", "-1m", "18446744073709551615h"] {
            assert!(lease_life(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_grace_time_is_hours_days_or_weeks() {
        let hours = |text: &str| grace_time(text).map(|time| time.duration().as_secs() / 3600);
        assert_eq!(
            [hours("12h"), hours("7d"), hours("2w"), hours("0d")],
            [Ok(12), Ok(168), Ok(336), Ok(0)]
        );
        for wrong in ["", "d", "7", "7m", "-1d", "7 d", "1.5d", "٧d"] {
            assert!(grace_time(wrong).is_err(), "{wrong}");
        }
    }
}
