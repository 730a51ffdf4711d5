//! The arguments of every command, with the help texts that clap prints.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use bytesize::ByteSize;
use clap::builder::NonEmptyStringValueParser;
use clap::{ArgGroup, Args, Parser, Subcommand};
use jiff::Timestamp;
use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use tilecore::layer::DENSITY_LAYERS;
use tilecore::manifest::Job;
use tilecore::process::{MemoryLimits, host_name};
use tilecore::text::{Quoted, parse_date};
use tilecore::{LayerSpec, Slot, TileCoord};

use crate::catalog::{RollbackSpec, Scope, SlotPath, Target};
use crate::cli::after_publish::VarnishCache;
use crate::cli::schedule::Schedule;
use crate::cli::source_counts;
use crate::config::period::Period;
use crate::config::{Config, ConfigError};
use crate::fetch::orders::{Days, OrdersFetch};
use crate::fetch::vendors::VendorsFetch;
use crate::orders::day_manifest::complete_days;
use crate::orders::read::OrderInput;
use crate::orders::window::{PUBLIC_DAYS, Window};
use crate::polygons::AreaFolders;
use crate::publish::guards::Acceptance;
use crate::publish::guards::job::OrderGuardOptions;
use crate::publish::guards::orders::SourceCounts;
use crate::sample::SampleArgs;
use crate::timeline::months::MAX_LOOK_BACK;

/// Headings of the options of the commands that build layers.
const INPUT: &str = "Input options";
const OUTPUT: &str = "Output options";
const LAYERS: &str = "Layer options";
const RUN: &str = "Run options";

/// Build map layers from orders, vendors and areas, and publish them to a store.
#[derive(Parser)]
#[command(version, arg_required_else_help = true)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: CliCommand,
}

#[derive(Subcommand)]
pub(crate) enum CliCommand {
    /// Write demo data for three cities.
    ///
    /// The data are orders, vendors, grades, areas and targets. The same seed always gives the same
    /// files.
    Sample(SampleArgs),
    /// Build and publish the density layers from orders.
    Density(DensityArgs),
    /// Build and publish the area and population layers from area files.
    Areas(AreasArgs),
    /// Build and publish only the population layer.
    Population(AreasArgs),
    /// Build and publish the vendor and coverage layers and the vendor tables.
    Snapshot(SnapshotArgs),
    /// Count orders and distinct users in each area, and publish them as an internal table.
    AreaStats(AreaStatsArgs),
    /// Count orders and users by day and hour, and publish one archive for each layer and month.
    ///
    /// Reads the whole look-back again and publishes the months whose result has changed. The layers are
    /// internal.
    Timeline(TimelineArgs),
    /// Verify an archive against its own metadata.
    ///
    /// Decodes every tile and compares the result with the header and the metadata. Prints the
    /// result as JSON.
    Verify(VerifyArgs),
    /// Print the contents of an archive or of one tile as JSON.
    Inspect(InspectArgs),
    /// List, compare, roll back, hold, pin, copy or retire published maps.
    ///
    /// Without a command, prints the manifest of the newest map as JSON.
    Catalog(CatalogArgs),
    /// Show whether the published data of each job is fresh, and the next command if it is not.
    ///
    /// Exits with 0 if there is nothing to do, with 1 if a job is late, held or failed, a day is held back or a
    /// manifest is damaged, and with 2 if jobs are stopped, nothing is published, or the store cannot be read.
    Status(StatusArgs),
    /// Fetch inputs from the sources in the configuration, or download objects from a store into a folder.
    ///
    /// Without a command, downloads the objects that have changed. Use it for inputs that must be local files, such as
    /// areas, grades and targets. With --check, shows what each source would deliver, and writes nothing.
    Fetch(FetchArgs),
    /// Fetch inputs, build everything that follows from them, and remove what is no longer needed.
    ///
    /// A step whose inputs, arguments and configuration have not changed is not run again, so a run that was interrupted
    /// continues. Exits with the status of the step that failed.
    #[command(subcommand)]
    Run(RunCommand),
    /// Erase people from the orders that tilegen fetched, and from every archive that counts them.
    ///
    /// Withdraws the public window until the next one. Exits with status 5 if a build must run before it can end: run
    /// that build, and then this command again.
    Erase(EraseArgs),
    /// Search the public archives of a store for what they prove about too few people.
    ///
    /// Exits with status 6 if it finds something.
    PrivacyAudit(PrivacyAuditArgs),
    /// Delete fetched orders that are older than their retention period.
    Retire(RetireArgs),
    /// Run another tilegen command on a schedule.
    ///
    /// Runs the command at once, and then at every scheduled time until the process is stopped. A
    /// failed run is retried with increasing delays. Use it on machines that have no scheduler.
    Repeat(RepeatArgs),
    /// Print the default configuration with a comment for each key.
    Config,
}

impl CliCommand {
    /// The memory limit of a command that has one.
    pub(crate) fn memory_bytes(&self) -> Option<u64> {
        match self {
            Self::Density(args) => Some(args.input.memory_bytes()),
            Self::AreaStats(args) => Some(args.input.memory_bytes()),
            Self::Timeline(args) => Some(args.input.memory_bytes()),
            _ => None,
        }
    }
}

#[derive(Args)]
pub(crate) struct DensityArgs {
    #[command(flatten)]
    pub(crate) input: InputArgs,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
    /// Build the internal layer of this time window: a number of days such as 7d or 30d, or all. Can
    /// be given more than once.
    #[arg(long = "window", value_name = "WINDOW", default_value = "30d", help_heading = LAYERS)]
    pub(crate) windows: Vec<Window>,
    /// Build only this layer. Can be given more than once [default: both density layers].
    #[arg(long = "layer", value_name = "LAYER", value_parser = parse_layer, help_heading = LAYERS)]
    pub(crate) layers: Vec<LayerSpec>,
    /// Withhold cells with fewer than N distinct users from the public layer (the privacy floor). With 1
    /// there is no floor, and only the internal layer is built.
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u16).range(1..), help_heading = LAYERS)]
    pub(crate) min_users: u16,
    /// Apply the privacy floor also to each business line of a cell.
    #[arg(long, value_name = "BOOL", default_value_t = true, num_args = 0..=1, default_missing_value = "true", require_equals = true, action = clap::ArgAction::Set, help_heading = LAYERS)]
    pub(crate) floor_lines: bool,
    /// Advance the public window of 28 days by this number of days each time. Fewer than 28 need
    /// --public-overlap.
    #[arg(long, value_name = "DAYS", default_value_t = PUBLIC_DAYS, value_parser = clap::value_parser!(u16).range(1..=90), help_heading = LAYERS)]
    pub(crate) public_step: u16,
    /// Allow successive public windows to share days. Their difference isolates people.
    #[arg(long, help_heading = LAYERS)]
    pub(crate) public_overlap: bool,
    /// Build with this many threads [default: one per core].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024), help_heading = RUN)]
    pub(crate) threads: Option<u16>,
}

/// What to do if a guard does not accept the data.
#[derive(Args)]
pub(crate) struct GuardArgs {
    /// Accept data that a guard has held back or stopped; the error message shows the value: orders:CITY:DATE,
    /// orders:CITY:DATE..DATE, vendors:DIGEST or areas:DIGEST. Can be given more than once.
    ///
    /// The report of the map records it, so that later builds accept the same data.
    #[arg(long = "accept", value_name = "WHAT", help_heading = RUN)]
    accept: Vec<Acceptance>,
    /// Exit with status 4 if a day was held back. The rest is published.
    #[arg(long, help_heading = RUN)]
    pub(crate) strict: bool,
}

impl GuardArgs {
    /// The accepted data. Fails if an `--accept` is not for the kind of data that the command reads.
    pub(crate) fn accepted(&self, kind: &str) -> anyhow::Result<Vec<Acceptance>> {
        match self.accept.iter().find(|accept| accept.kind() != kind) {
            Some(other) => {
                anyhow::bail!("--accept {other} does not apply: this command reads {kind}")
            }
            None => Ok(self.accept.clone()),
        }
    }
}

/// Where to publish, and what to report about the run.
#[derive(Args)]
pub(crate) struct OutputArgs {
    #[command(flatten)]
    pub(crate) guards: GuardArgs,
    /// Publish to this store: a folder or a URL (s3://, gs://, az://).
    #[arg(long, value_name = "URL", env = "FOODMAP_STORE", help_heading = OUTPUT, value_parser = NonEmptyStringValueParser::new())]
    pub(crate) store: String,
    /// Write the report of the build to this file as JSON. Keep it private: it contains exact counts.
    #[arg(long, value_name = "FILE", help_heading = OUTPUT)]
    pub(crate) report: Option<PathBuf>,
    /// Take this time as the current time, such as 2026-11-23T06:00:00+03:30 [default: the clock].
    #[arg(long, value_name = "TIME", hide_short_help = true, value_parser = parse_now, help_heading = RUN)]
    pub(crate) now: Option<Timestamp>,
    /// Record in the map that this job runs at this interval, such as 10m or 1d, and when the next
    /// build is due. To run it on a schedule, use `tilegen repeat`.
    #[arg(long, value_name = "PERIOD", help_heading = RUN)]
    pub(crate) every: Option<Period>,
    /// Take a lease, so that no other run of this job starts before this one ends. If this run is
    /// killed, the lease blocks others for this period: 1s to 24h.
    #[arg(long, value_name = "PERIOD", value_parser = parse_lease_ttl, help_heading = RUN)]
    pub(crate) lease: Option<Duration>,
    /// Build only if a rebuild of one of the layers was requested (POST /admin/rebuild/LAYER).
    /// Otherwise, exit with status 0.
    #[arg(long, help_heading = RUN)]
    pub(crate) if_requested: bool,
    /// Write metrics of this job to this file in the Prometheus text format. Each job needs its own
    /// file.
    #[arg(long, value_name = "FILE", help_heading = OUTPUT)]
    pub(crate) metrics_file: Option<PathBuf>,
    /// Run this program after the map is published, for example to purge a cache.
    ///
    /// The program gets two environment variables: `FOODMAP_MAP` is the number of the map, and
    /// `FOODMAP_PUBLISHED` lists what was published, such as "density/30d coverage/now".
    #[arg(long, value_name = "PROGRAM", help_heading = OUTPUT)]
    pub(crate) after_publish: Option<PathBuf>,
    /// Purge what the new map replaces from this Varnish, such as `http://cache/`. It must use the rules of
    /// deployment/cdn/varnish.vcl. Can be given more than once.
    #[arg(long, value_name = "URL", help_heading = OUTPUT)]
    pub(crate) purge_varnish: Vec<VarnishCache>,
    /// Send the secret in this file with --purge-varnish. Each cache has the same secret in
    /// /etc/varnish/purge-secret.
    #[arg(long, value_name = "FILE", help_heading = OUTPUT, env = "FOODMAP_PURGE_SECRET_FILE")]
    pub(crate) purge_secret: Option<PathBuf>,
}

/// Which orders to read, and the resources for it.
#[derive(Args)]
pub(crate) struct InputArgs {
    /// Read orders from this Parquet file, folder, quoted glob pattern, or URL of a store.
    #[arg(long, value_name = "PATH|URL", help_heading = INPUT, value_parser = NonEmptyStringValueParser::new())]
    pub(crate) orders: String,
    /// Read the configuration from this TOML file [default: the output of `tilegen config`].
    #[arg(long, value_name = "FILE", help_heading = INPUT)]
    pub(crate) config: Option<PathBuf>,
    /// End the windows with this day, such as 2026-11-22 [default: the newest day that is over and has
    /// a valid order].
    #[arg(long, value_name = "DATE", value_parser = parse_date, help_heading = INPUT)]
    pub(crate) as_of: Option<Date>,
    /// Allow the last day to be incomplete, such as today.
    #[arg(long, help_heading = INPUT)]
    pub(crate) include_today: bool,
    /// Read the source's own counts of orders from this CSV file with the columns date, city and
    /// orders. A day with the same count is complete, whatever its level.
    #[arg(long, value_name = "FILE", help_heading = INPUT)]
    pub(crate) source_counts: Option<PathBuf>,
    /// Use at most this much memory, such as 4GB or 500MiB. If that is too little for the data, the
    /// command stops and reports the minimum it needs [default: half of the memory of the machine or
    /// the container].
    #[arg(long, value_name = "SIZE", value_parser = parse_memory, help_heading = RUN)]
    pub(crate) memory: Option<u64>,
    /// Write temporary files to this folder. They are needed if the orders do not fit into memory
    /// [default: the system's folder for temporary files].
    #[arg(long, value_name = "DIR", help_heading = RUN)]
    pub(crate) temporary: Option<PathBuf>,
}

impl InputArgs {
    /// The operator's options for the guards of the orders.
    pub(crate) fn guards(
        &self,
        guards: &GuardArgs,
        now: Timestamp,
    ) -> anyhow::Result<OrderGuardOptions> {
        let accepted = guards.accepted("orders")?;
        let config = Config::load(self.config.as_deref())?;
        let by_city = match &self.source_counts {
            Some(path) => source_counts::read(path, &config.cities)?,
            None => BTreeMap::new(),
        };
        let complete_days = complete_days(&self.orders, config.time_zone.to_datetime(now).date())?;
        Ok(OrderGuardOptions { accepted, source: SourceCounts { by_city, complete_days } })
    }

    /// The memory limit.
    pub(crate) fn memory_bytes(&self) -> u64 {
        self.memory.unwrap_or_else(|| default_memory(MemoryLimits::read()))
    }

    /// The orders to read for a build at `now`.
    pub(crate) fn at(self, now: Timestamp) -> Result<OrderInput, ConfigError> {
        let memory_bytes = self.memory_bytes();
        Ok(OrderInput {
            config: Config::load(self.config.as_deref())?,
            orders: self.orders,
            now,
            as_of: self.as_of,
            include_today: self.include_today,
            memory_bytes,
            temp_dir: self.temporary.unwrap_or_else(std::env::temp_dir),
        })
    }
}

impl OutputArgs {
    /// The time that the build takes as the current time.
    pub(crate) fn now(&self) -> Timestamp {
        self.now.unwrap_or_else(Timestamp::now)
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
pub(crate) struct TimelineArgs {
    #[command(flatten)]
    pub(crate) input: InputArgs,
    /// Count also the orders and users of the marketing areas in this folder, in the formats of `tilegen areas`
    /// [default: count only whole cities].
    #[arg(long, value_name = "DIR", help_heading = INPUT)]
    pub(crate) areas: Option<PathBuf>,
    /// Count also the orders and users of the regions in this folder.
    #[arg(long, value_name = "DIR", help_heading = INPUT)]
    pub(crate) regions: Option<PathBuf>,
    /// Count also the orders and users of the neighbourhoods in this folder.
    #[arg(long, value_name = "DIR", help_heading = INPUT)]
    pub(crate) neighbourhoods: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
    /// Publish the calendar months that contain the last N days. Orders of earlier months are not read.
    #[arg(long, value_name = "N", default_value_t = 400, value_parser = clap::value_parser!(u16).range(1..=i64::from(MAX_LOOK_BACK)), help_heading = LAYERS)]
    pub(crate) look_back: u16,
}

#[derive(Args)]
pub(crate) struct AreasArgs {
    #[command(flatten)]
    pub(crate) folders: AreaArgs,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
    /// Read the configuration from this TOML file [default: the output of `tilegen config`].
    #[arg(long, value_name = "FILE", help_heading = INPUT)]
    pub(crate) config: Option<PathBuf>,
    /// Draw one dot of the population layer for N inhabitants at the deepest zoom.
    #[arg(long, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..), help_heading = LAYERS)]
    pub(crate) people_per_dot: u32,
}

#[derive(Args)]
pub(crate) struct SnapshotArgs {
    /// Read vendors from this Parquet, CSV or JSON Lines file (.jsonl, .ndjson), or URL of one.
    #[arg(long, value_name = "FILE|URL", help_heading = INPUT, value_parser = NonEmptyStringValueParser::new())]
    pub(crate) vendors: String,
    /// Read grades from this CSV file. Can be given more than once: the best grade of a vendor counts.
    /// Without it, every vendor is Ungraded.
    #[arg(long, value_name = "FILE", help_heading = INPUT)]
    pub(crate) grades: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) folders: AreaArgs,
    /// Read coverage targets from this folder: one CSV file per city, whose name begins with the city's
    /// key.
    #[arg(long, value_name = "DIR", help_heading = INPUT)]
    pub(crate) targets: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
    /// Read the configuration from this TOML file [default: the output of `tilegen config`].
    #[arg(long, value_name = "FILE", help_heading = INPUT)]
    pub(crate) config: Option<PathBuf>,
}

/// Folders of area files: *.csv with a WKT column, *.shp or *.geojson.
#[derive(Args)]
pub(crate) struct AreaArgs {
    /// Read marketing areas from this folder: one file per city (.csv with a WKT column, .shp or
    /// .geojson), whose name begins with the city's key.
    #[arg(long, value_name = "DIR", help_heading = INPUT)]
    pub(crate) areas: PathBuf,
    /// Read regions from this folder, in the same formats.
    #[arg(long, value_name = "DIR", help_heading = INPUT)]
    pub(crate) regions: Option<PathBuf>,
    /// Read neighbourhoods and their numbers of inhabitants from this folder, in the same formats.
    #[arg(long, value_name = "DIR", help_heading = INPUT)]
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
    /// Archive to verify. Its .hashes file is checked too if it is in the same folder.
    pub(crate) archive: PathBuf,
}

#[derive(Args)]
pub(crate) struct InspectArgs {
    /// Archive to inspect.
    pub(crate) archive: PathBuf,
    /// Print the features of this tile, such as 10/658/403, instead of the contents of the archive.
    #[arg(long, value_name = "Z/X/Y")]
    pub(crate) tile: Option<TileCoord>,
}

#[derive(Args)]
pub(crate) struct StatusArgs {
    /// Use this store: a folder or a URL (s3://, gs://, az://).
    #[arg(long, value_name = "URL", env = "FOODMAP_STORE", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) store: String,
    /// Print JSON, also on a terminal.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Args)]
pub(crate) struct PrivacyAuditArgs {
    /// Use this store: a folder or a URL (s3://, gs://, az://).
    #[arg(long, value_name = "URL", env = "FOODMAP_STORE", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) store: String,
    /// Find what is about fewer than N people: the --min-users of the density builds.
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u16).range(2..))]
    pub(crate) min_users: u16,
    /// Do not report archives that share days, as --public-overlap of the density builds allows.
    #[arg(long)]
    pub(crate) public_overlap: bool,
    /// Write the report to this file as JSON. Keep it private: it says where people can be isolated.
    #[arg(long, value_name = "FILE")]
    pub(crate) report: Option<PathBuf>,
    /// Write metrics of the audit to this file in the Prometheus text format.
    #[arg(long, value_name = "FILE")]
    pub(crate) metrics_file: Option<PathBuf>,
}

#[derive(Args)]
pub(crate) struct RetireArgs {
    /// Keep the orders of this many days, such as 400d or 60w. At least 59d, for the public windows.
    #[arg(long, value_name = "PERIOD", value_parser = parse_input_retention)]
    pub(crate) inputs: Period,
    /// Delete below this folder or URL, which `tilegen fetch orders --into` has written.
    #[arg(long, value_name = "DIR|URL", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) from: String,
    /// List what would be deleted, and delete nothing.
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Read the configuration from this TOML file [default: the output of `tilegen config`].
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Take this time as the current time, such as 2026-11-23T06:00:00+03:30 [default: the clock].
    #[arg(long, value_name = "TIME", hide_short_help = true, value_parser = parse_now)]
    pub(crate) now: Option<Timestamp>,
}

#[derive(Args)]
pub(crate) struct EraseArgs {
    /// Read the ids of the people from this file: one on each line.
    #[arg(long, value_name = "FILE")]
    pub(crate) users: PathBuf,
    /// Erase them from the orders below this folder or URL, which `tilegen fetch orders --into` has written.
    #[arg(long, value_name = "DIR|URL", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) inputs: String,
    /// Use this store: a folder or a URL (s3://, gs://, az://).
    #[arg(long, value_name = "URL", env = "FOODMAP_STORE", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) store: String,
    /// Read the configuration from this TOML file [default: the output of `tilegen config`].
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Write temporary files to this folder [default: the system's folder for temporary files].
    #[arg(long, value_name = "DIR")]
    pub(crate) temporary: Option<PathBuf>,
    /// List what would be erased, and change nothing.
    #[arg(long)]
    pub(crate) dry_run: bool,
}

#[derive(Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub(crate) struct FetchArgs {
    #[command(subcommand)]
    pub(crate) command: Option<FetchCommand>,
    #[command(flatten)]
    pub(crate) objects: FetchObjectsArgs,
    /// Ask each source for 100 rows, and print the columns with their types, blank values and time zones, and three rows
    /// without ids and exact positions.
    #[arg(long, conflicts_with_all = ["from", "into", "names"])]
    pub(crate) check: bool,
    /// Read the configuration of --check from this TOML file [default: the output of `tilegen config`].
    #[arg(long, value_name = "FILE", requires = "check")]
    pub(crate) config: Option<PathBuf>,
    /// Check the orders of this day [default: yesterday].
    #[arg(long, value_name = "DATE", requires = "check", value_parser = parse_date)]
    pub(crate) day: Option<Date>,
}

#[derive(Subcommand)]
pub(crate) enum FetchCommand {
    /// Fetch orders day by day from the source in the configuration, into orders/date=DAY/ of the inputs.
    ///
    /// A day is replaced only after its rows were counted and checked. If a day fails, its previous files stay,
    /// and the command exits with status 1.
    Orders(FetchOrdersArgs),
    /// Fetch vendors from every source in the configuration, and join their rows in a file vendors/TIME.parquet.
    ///
    /// A source that fails keeps the rows that it delivered last, and the command exits with status 1.
    Vendors(FetchInputArgs),
    /// Copy the files of grades that have changed, from the source in the configuration.
    Grades(FetchInputArgs),
    /// Copy the files of targets that have changed, from the source in the configuration.
    Targets(FetchInputArgs),
    /// Copy the files of areas that have changed, from the source in the configuration.
    Areas(FetchInputArgs),
}

/// Where to write an input, and what to report.
#[derive(Args)]
pub(crate) struct FetchInputArgs {
    /// Write below this folder of the inputs. Vendors may have the URL of a bucket too.
    #[arg(long, value_name = "DIR|URL", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) into: String,
    /// Read the configuration from this TOML file [default: the output of `tilegen config`].
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Take this time as the current time, such as 2026-11-23T06:00:00+03:30 [default: the clock].
    #[arg(long, value_name = "TIME", hide_short_help = true, value_parser = parse_now)]
    pub(crate) now: Option<Timestamp>,
    /// Write temporary files to this folder [default: the system's folder for temporary files].
    #[arg(long, value_name = "DIR")]
    pub(crate) temporary: Option<PathBuf>,
    /// Write the report to this file as JSON.
    #[arg(long, value_name = "FILE")]
    pub(crate) report: Option<PathBuf>,
    /// Write metrics of the sources to this file in the Prometheus text format.
    #[arg(long, value_name = "FILE")]
    pub(crate) metrics_file: Option<PathBuf>,
}

impl FetchInputArgs {
    /// Which vendors to fetch at the current time.
    pub(crate) fn vendors(&self, now: Timestamp) -> anyhow::Result<VendorsFetch> {
        Ok(VendorsFetch {
            config: Config::load(self.config.as_deref())?,
            into: self.into.clone(),
            now,
            temp_dir: self.temporary.clone().unwrap_or_else(std::env::temp_dir),
        })
    }
}

#[derive(Args)]
#[command(group(ArgGroup::new("days").args(["day", "since", "missing", "recheck_days"]).required(true).multiple(true)))]
pub(crate) struct FetchOrdersArgs {
    /// Write below this folder or URL of the inputs.
    #[arg(long, value_name = "DIR|URL", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) into: String,
    /// Fetch this day, even if it was fetched before.
    #[arg(long, value_name = "DATE", value_parser = parse_date, conflicts_with_all = ["since", "missing"])]
    pub(crate) day: Option<Date>,
    /// Fetch every missing day from this one to yesterday, newest first.
    #[arg(long, value_name = "DATE", value_parser = parse_date)]
    pub(crate) since: Option<Date>,
    /// Fetch every missing day of the last 90 days, or since --since.
    #[arg(long)]
    pub(crate) missing: bool,
    /// Compare the source's counts of the last N days with the files, and fetch again the days that differ.
    #[arg(long, value_name = "N", default_value_t = 0, hide_default_value = true, value_parser = clap::value_parser!(u16).range(..=366))]
    pub(crate) recheck_days: u16,
    /// Accept that columns are missing, or have another type than in the newest day that was fetched.
    #[arg(long)]
    pub(crate) accept_columns: bool,
    /// Read the configuration from this TOML file [default: the output of `tilegen config`].
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Take this time as the current time, such as 2026-11-23T06:00:00+03:30 [default: the clock].
    #[arg(long, value_name = "TIME", hide_short_help = true, value_parser = parse_now)]
    pub(crate) now: Option<Timestamp>,
    /// Use at most this much memory to check a file, such as 4GB or 500MiB [default: half of the memory of the
    /// machine or the container].
    #[arg(long, value_name = "SIZE", value_parser = parse_memory)]
    pub(crate) memory: Option<u64>,
    /// Write temporary files to this folder [default: the system's folder for temporary files].
    #[arg(long, value_name = "DIR")]
    pub(crate) temporary: Option<PathBuf>,
    /// Write the report to this file as JSON.
    #[arg(long, value_name = "FILE")]
    pub(crate) report: Option<PathBuf>,
    /// Write metrics of the source to this file in the Prometheus text format.
    #[arg(long, value_name = "FILE")]
    pub(crate) metrics_file: Option<PathBuf>,
}

#[derive(Subcommand)]
pub(crate) enum RunCommand {
    /// Fetch orders, if a source is configured, and build density, the timeline if it is configured, and the statistics of
    /// areas.
    Orders(RunOrdersArgs),
    /// Fetch vendors, grades, targets and areas, as far as sources are configured, and build the snapshot.
    Snapshot(PipelineArgs),
}

#[derive(Args)]
pub(crate) struct RunOrdersArgs {
    #[command(flatten)]
    pub(crate) common: PipelineArgs,
    /// Fetch every day from this one to yesterday that is not there [default: of the last 90 days].
    #[arg(long, value_name = "DATE", value_parser = parse_date)]
    pub(crate) since: Option<Date>,
    /// Use at most this much memory in a build, such as 4GB or 500MiB [default: half of the memory of the machine or the
    /// container].
    #[arg(long, value_name = "SIZE", value_parser = parse_memory, help_heading = RUN)]
    pub(crate) memory: Option<u64>,
}

/// What the steps of a run have in common.
#[derive(Args)]
pub(crate) struct PipelineArgs {
    /// Fetch to and read from this folder or URL of the inputs, which has the folders orders and vendors.
    #[arg(long, value_name = "DIR|URL", help_heading = INPUT, value_parser = NonEmptyStringValueParser::new())]
    pub(crate) inputs: String,
    /// Read areas, regions, neighbourhoods, targets and grades from this folder [default: the folder of --inputs].
    #[arg(long, value_name = "DIR", help_heading = INPUT)]
    pub(crate) files: Option<PathBuf>,
    /// Read this file of the inputs if no source of vendors is configured.
    #[arg(long, value_name = "KEY", default_value = "vendors/snapshot.parquet", help_heading = INPUT)]
    pub(crate) vendors: String,
    /// Read the configuration from this TOML file [default: the output of `tilegen config`].
    #[arg(long, value_name = "FILE", help_heading = INPUT)]
    pub(crate) config: Option<PathBuf>,
    /// Publish to this store: a folder or a URL (s3://, gs://, az://).
    #[arg(long, value_name = "URL", env = "FOODMAP_STORE", help_heading = OUTPUT, value_parser = NonEmptyStringValueParser::new())]
    pub(crate) store: String,
    /// Write the report of all steps to this file as JSON. Keep it private: it contains exact counts.
    #[arg(long, value_name = "FILE", help_heading = OUTPUT)]
    pub(crate) report: Option<PathBuf>,
    /// Write the metrics of each step to a file in this folder in the Prometheus text format.
    #[arg(long, value_name = "DIR", help_heading = OUTPUT)]
    pub(crate) metrics: Option<PathBuf>,
    /// Run this program after each publication; see `tilegen density --help`.
    #[arg(long, value_name = "PROGRAM", help_heading = OUTPUT)]
    pub(crate) after_publish: Option<PathBuf>,
    /// Purge this Varnish after each publication, such as <http://cache/>. May be repeated.
    #[arg(long, value_name = "URL", help_heading = OUTPUT)]
    pub(crate) purge_varnish: Vec<String>,
    /// Ask a source that fails again until this local time of today, such as 11:00. Then build what is there.
    #[arg(long, value_name = "TIME", value_parser = parse_time_of_day, help_heading = RUN)]
    pub(crate) until: Option<Time>,
    /// Keep maps that were replaced less than this long ago, such as 12h, 7d or 2w.
    #[arg(long, value_name = "PERIOD", default_value = "7d", help_heading = RUN)]
    pub(crate) keep: String,
    /// Record in the map that this job runs at this interval, such as 10m or 1d.
    #[arg(long, value_name = "PERIOD", help_heading = RUN)]
    pub(crate) every: Option<String>,
    /// Take a lease for each build, so that no other run of it starts before it ends: 1s to 24h.
    #[arg(long, value_name = "PERIOD", help_heading = RUN)]
    pub(crate) lease: Option<String>,
    /// Accept data that a guard has held back or stopped, as the builds take it. Can be given more than once.
    #[arg(long, value_name = "WHAT", help_heading = RUN)]
    pub(crate) accept: Vec<String>,
    /// Exit with status 4 if a day was held back. The rest is published.
    #[arg(long, help_heading = RUN)]
    pub(crate) strict: bool,
    /// Write temporary files to this folder [default: the system's folder for temporary files].
    #[arg(long, value_name = "DIR", help_heading = RUN)]
    pub(crate) temporary: Option<PathBuf>,
    /// Take this time as the current time, such as 2026-11-23T06:00:00+03:30 [default: the clock].
    #[arg(long, value_name = "TIME", hide_short_help = true, value_parser = parse_now, help_heading = RUN)]
    pub(crate) now: Option<Timestamp>,
}

impl PipelineArgs {
    /// The time that the steps take as the current time.
    pub(crate) fn now(&self) -> Timestamp {
        self.now.unwrap_or_else(Timestamp::now)
    }
}

/// Days that --missing looks back, without --since.
const MISSING_DAYS: i64 = 90;

impl FetchOrdersArgs {
    /// What to fetch at the current time.
    pub(crate) fn spec(&self, now: Timestamp) -> anyhow::Result<OrdersFetch> {
        let config = Config::load(self.config.as_deref())?;
        let today = config.time_zone.to_datetime(now).date();
        let earliest = today.checked_sub(jiff::Span::new().days(MISSING_DAYS)).unwrap_or(today);
        let days = match (self.day, self.since) {
            (Some(day), _) => Days::One(day),
            (None, Some(since)) => Days::MissingSince(since),
            (None, None) if self.missing => Days::MissingSince(earliest),
            (None, None) => Days::MissingSince(today),
        };
        Ok(OrdersFetch {
            config,
            into: self.into.clone(),
            days,
            recheck_days: self.recheck_days,
            accept_columns: self.accept_columns,
            now,
            memory_bytes: self.memory.unwrap_or_else(|| default_memory(MemoryLimits::read())),
            temp_dir: self.temporary.clone().unwrap_or_else(std::env::temp_dir),
        })
    }
}

#[derive(Args)]
pub(crate) struct FetchObjectsArgs {
    /// Download from this store: a folder or a URL (s3://, gs://, az://, https://).
    #[arg(long, value_name = "URL", required_unless_present = "check", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) from: Option<String>,
    /// Write to this folder. It is created if it does not exist.
    #[arg(long, value_name = "DIR", required_unless_present = "check")]
    pub(crate) into: Option<PathBuf>,
    /// Objects or folders in the store, such as grades.csv or areas.
    #[arg(value_name = "KEY", required_unless_present = "check")]
    pub(crate) names: Vec<String>,
}

#[derive(Args)]
#[command(group(ArgGroup::new("schedule").args(["every", "daily"]).required(true)))]
pub(crate) struct RepeatArgs {
    /// Run at this interval. Runs start at multiples of it: 10m starts at :00, :10, :20 and so on.
    #[arg(long, value_name = "PERIOD", value_parser = parse_interval)]
    every: Option<Period>,
    /// Run every day at this time, such as 08:30.
    #[arg(long, value_name = "TIME", value_parser = parse_time_of_day)]
    daily: Option<Time>,
    /// Time zone of --daily: a name from the IANA time zone database.
    #[arg(long, value_name = "ZONE", default_value = "Asia/Tehran", value_parser = parse_time_zone)]
    time_zone: TimeZone,
    /// The tilegen command to run and its arguments, after `--`, such as `density --orders …`.
    #[arg(value_name = "COMMAND", last = true, required = true)]
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
    pub(crate) command: Option<CatalogCommand>,
    /// Use this store: a folder or a URL (s3://, gs://, az://).
    #[arg(long, value_name = "URL", env = "FOODMAP_STORE", global = true, value_parser = NonEmptyStringValueParser::new())]
    pub(crate) store: Option<String>,
}

#[derive(Subcommand)]
pub(crate) enum CatalogCommand {
    /// List the maps, newest first.
    List {
        /// List at most N maps.
        #[arg(long, value_name = "N", default_value_t = 20)]
        last: usize,
    },
    /// Print the manifest of a map as JSON.
    Show {
        /// Number of the map [default: the newest map].
        number: Option<u64>,
    },
    /// List the input files that a slot was built from.
    Inputs {
        /// Layer or table and slot, such as density/30d or vendors/tehran/now.
        #[arg(value_name = "LAYER/SLOT")]
        slot_path: SlotPath,
        /// Number of the map [default: the newest map].
        number: Option<u64>,
    },
    /// Show what changed between two maps.
    Diff {
        /// Number of the first map.
        from: u64,
        /// Number of the second map.
        to: u64,
    },
    /// List the changes of what was published, newest first.
    History(HistoryArgs),
    /// Restore what a job published earlier, whatever other jobs have published since.
    ///
    /// Without --job, lists what each job can be rolled back to and changes nothing. With --job, publishes
    /// the entries of the newest map with different content and holds the job, so that its next build does
    /// not replace them. Pinned slots do not change.
    Rollback(RollbackArgs),
    /// Hold a job: its builds publish nothing until the hold ends.
    Hold {
        /// Hold this job: orders, snapshot or areas.
        #[arg(long)]
        job: Job,
        /// End the hold after this period, such as 12h, 2d or 1w.
        #[arg(long = "for", value_name = "PERIOD", default_value = DEFAULT_HOLD, value_parser = parse_hold)]
        period: Period,
        #[command(flatten)]
        why: HoldArgs,
    },
    /// End the hold of a job.
    Release {
        /// Release this job: orders, snapshot or areas.
        #[arg(long)]
        job: Job,
    },
    /// Prove that the store can be read and written, and that it creates objects only if they are absent.
    Probe,
    /// Publish the newest good map above damaged manifests, and move the damaged ones to the folder `damaged`.
    Repair,
    /// Pin a slot, so that builds do not replace it.
    Pin {
        /// Layer or table and slot, such as density/30d or vendors/tehran/now.
        #[arg(value_name = "LAYER/SLOT")]
        slot_path: SlotPath,
    },
    /// Unpin a slot, so that builds replace it again.
    Unpin {
        /// Layer or table and slot, such as density/30d or vendors/tehran/now.
        #[arg(value_name = "LAYER/SLOT")]
        slot_path: SlotPath,
    },
    /// Copy the newest maps to another store, to back up or restore.
    Copy {
        /// Copy to this store: a folder or a URL (s3://, gs://, az://).
        #[arg(long, value_name = "URL", value_parser = NonEmptyStringValueParser::new())]
        to: String,
        /// Copy the N newest maps.
        #[arg(long, value_name = "N", default_value_t = 1)]
        last: usize,
        /// Also verify the objects that the other store already has, and rewrite damaged ones.
        #[arg(long)]
        check: bool,
    },
    /// Remove maps and objects that are older than the retention period and no longer needed.
    Retire {
        /// Keep maps that were replaced less than this long ago, such as 12h, 7d or 2w. Only kept maps
        /// can be rolled back to.
        #[arg(long, value_name = "PERIOD", default_value = "7d", value_parser = parse_retention)]
        keep: Period,
        /// List what would be removed, and remove nothing.
        #[arg(long)]
        dry_run: bool,
    },
}

/// How long a rollback holds its job by default.
const DEFAULT_HOLD: &str = "48h";

#[derive(Args)]
pub(crate) struct HistoryArgs {
    /// Only what this job publishes: orders, snapshot or areas [default: all jobs].
    #[arg(long, conflicts_with = "layer")]
    pub(crate) job: Option<Job>,
    /// Only this layer or table, such as density or vendors/tehran.
    #[arg(long, value_name = "LAYER", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) layer: Option<String>,
    /// Only this slot of the layer, such as 30d.
    #[arg(long, value_name = "SLOT", requires = "layer")]
    pub(crate) slot: Option<Slot>,
    /// List the changes of the newest N maps that changed something.
    #[arg(long, value_name = "N", default_value_t = 20)]
    pub(crate) last: usize,
    /// Print JSON, also on a terminal.
    #[arg(long)]
    pub(crate) json: bool,
}

impl HistoryArgs {
    pub(crate) fn scopes(&self) -> Vec<Scope> {
        match (&self.layer, self.job) {
            (Some(name), _) => vec![Scope::Slots { name: name.clone(), slot: self.slot.clone() }],
            (None, Some(job)) => vec![Scope::Job(job)],
            (None, None) => Job::ALL.map(Scope::Job).into(),
        }
    }
}

#[derive(Args)]
#[command(group(ArgGroup::new("of").args(["job", "layer"])))]
#[command(group(ArgGroup::new("target").args(["to", "before"])))]
pub(crate) struct RollbackArgs {
    /// Publish this whole map again, for all jobs. For experts: it also reverts what other jobs have
    /// published since, and sets no hold.
    #[arg(value_name = "NUMBER", conflicts_with_all = ["of", "target", "no_hold", "hold_for"])]
    pub(crate) number: Option<u64>,
    /// Roll back all that this job publishes: orders, snapshot or areas.
    #[arg(long)]
    pub(crate) job: Option<Job>,
    /// Roll back only this layer or table. For experts: it may no longer agree with the others of its job.
    #[arg(long, value_name = "LAYER", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) layer: Option<String>,
    /// Roll back only this slot of the layer.
    #[arg(long, value_name = "SLOT", requires = "layer")]
    pub(crate) slot: Option<Slot>,
    /// Roll back to the map with this number [default: the newest one with different content].
    #[arg(long, value_name = "N", requires = "of")]
    pub(crate) to: Option<u64>,
    /// Roll back to the newest map that was published before this time, such as
    /// 2026-11-23T06:00:00+03:30.
    #[arg(long, value_name = "TIME", requires = "of", value_parser = parse_now)]
    pub(crate) before: Option<Timestamp>,
    /// Do not hold the job: its next build publishes again.
    #[arg(long, requires = "of", conflicts_with = "hold_for")]
    pub(crate) no_hold: bool,
    /// Hold the job for this period, such as 12h, 2d or 1w.
    #[arg(long, value_name = "PERIOD", requires = "of", default_value = DEFAULT_HOLD, value_parser = parse_hold)]
    pub(crate) hold_for: Period,
    #[command(flatten)]
    pub(crate) why: HoldArgs,
}

impl RollbackArgs {
    /// The rollback of a job or layer; `None` if neither is named.
    pub(crate) fn spec(&self) -> Option<RollbackSpec> {
        let scope = match (&self.layer, self.job) {
            (Some(name), _) => Scope::Slots { name: name.clone(), slot: self.slot.clone() },
            (None, Some(job)) => Scope::Job(job),
            (None, None) => return None,
        };
        let target = match (self.to, self.before) {
            (Some(number), _) => Target::Map(number),
            (None, Some(time)) => Target::Before(time),
            (None, None) => Target::Previous,
        };
        Some(RollbackSpec {
            scope,
            target,
            hold: (!self.no_hold).then(|| self.hold_for.duration()),
            author: self.why.author(),
            reason: self.why.reason.clone(),
        })
    }
}

/// Who holds a job, and why.
#[derive(Args)]
pub(crate) struct HoldArgs {
    /// Record this reason.
    #[arg(long, value_name = "TEXT")]
    pub(crate) reason: Option<String>,
    /// Record this author [default: user and host].
    #[arg(long, value_name = "NAME")]
    author: Option<String>,
}

impl HoldArgs {
    pub(crate) fn author(&self) -> String {
        self.author.clone().unwrap_or_else(|| {
            let user = ["USER", "LOGNAME"].into_iter().find_map(|name| std::env::var(name).ok());
            let user = user.unwrap_or_else(|| "unknown".to_owned());
            host_name().map_or(user.clone(), |host| format!("{user}@{host}"))
        })
    }
}

fn parse_layer(name: &str) -> Result<LayerSpec, String> {
    let known = DENSITY_LAYERS.map(|layer| layer.id).join(", ");
    let layer = DENSITY_LAYERS.into_iter().find(|layer| layer.id == name);
    layer.ok_or_else(|| format!("choose one of the layers {known}"))
}

fn parse_now(text: &str) -> Result<Timestamp, String> {
    text.parse().map_err(|_| {
        format!("{} is not an RFC 3339 time such as 2026-11-23T06:00:00+03:30", Quoted(text))
    })
}

fn parse_time_of_day(text: &str) -> Result<Time, String> {
    text.parse().map_err(|_| format!("{} is not a time of day such as 08:30", Quoted(text)))
}

fn parse_interval(text: &str) -> Result<Period, String> {
    let period: Period =
        text.parse().map_err(|error: crate::config::period::PeriodError| error.to_string())?;
    (period.duration().as_secs() > 0)
        .then_some(period)
        .ok_or_else(|| format!("`{text}` is zero; give an interval of at least 1s"))
}

fn parse_time_zone(name: &str) -> Result<TimeZone, String> {
    TimeZone::get(name)
        .map_err(|_| format!("{} is not in the IANA time zone database", Quoted(name)))
}

fn parse_lease_ttl(text: &str) -> Result<Duration, String> {
    let ttl = parse_period(text, ['s', 'm', 'h'], "90s, 2m or 1h")?.duration();
    let is_in_range = (1..=86_400).contains(&ttl.as_secs());
    is_in_range.then_some(ttl).ok_or_else(|| format!("`{text}` is not between 1s and 24h"))
}

/// Minutes are rejected: a user who writes `7m` for months would lose all maps but those of the last
/// seven minutes.
fn parse_retention(text: &str) -> Result<Period, String> {
    parse_period(text, ['h', 'd', 'w'], "12h, 7d or 2w")
}

fn parse_hold(text: &str) -> Result<Period, String> {
    parse_period(text, ['h', 'd', 'w'], "12h, 2d or 1w")
}

fn parse_input_retention(text: &str) -> Result<Period, String> {
    let period: Option<Period> = text.parse().ok().filter(|_| text.ends_with(['d', 'w']));
    period.ok_or_else(|| format!("{} is not a period such as 400d or 60w", Quoted(text)))
}

fn parse_period(text: &str, units: [char; 3], examples: &str) -> Result<Period, String> {
    let period = text.parse().ok().filter(|_| text.ends_with(units));
    period.ok_or_else(|| format!("{} is not a period such as {examples}", Quoted(text)))
}

/// Parses a size such as `4GB`, `1.5G` or `500MiB`. Units are case-insensitive; k, M and G are powers of
/// 1000, and Ki, Mi and Gi are powers of 1024.
fn parse_memory(text: &str) -> Result<u64, String> {
    let size: ByteSize = text
        .trim()
        .parse()
        .map_err(|_| format!("{} is not a size such as 4GB, 1.5G or 500MiB", Quoted(text)))?;
    match size.as_u64() {
        bytes if bytes < ByteSize::mib(1).as_u64() => {
            Err(format!("`{text}` is too small; give at least 1MiB"))
        }
        u64::MAX => Err(format!("`{text}` does not fit into 64 bits; give a smaller size")),
        bytes => Ok(bytes),
    }
}

/// Half of the memory that the machine and the cgroup of this process allow, or 4 GB if it is unknown.
fn default_memory(limits: MemoryLimits) -> u64 {
    limits.effective().map_or(ByteSize::gb(4).as_u64(), |bytes| bytes / 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_memory_size_has_a_decimal_or_binary_unit() {
        for (text, bytes) in [
            ("4GB", 4_000_000_000),
            ("4gb", 4_000_000_000),
            ("1G", 1_000_000_000),
            ("1.5GB", 1_500_000_000),
            ("500MB", 500_000_000),
            ("500 MiB", 500 << 20),
            ("2GiB", 2 << 30),
            ("2048KiB", 2 << 20),
            ("5000kB", 5_000_000),
            ("5000KB", 5_000_000),
            ("2000000B", 2_000_000),
            ("2000000", 2_000_000),
        ] {
            assert_eq!(parse_memory(text), Ok(bytes), "{text}");
        }
        assert!(parse_memory("").unwrap_err().starts_with("a blank text is not a size"));
        for wrong in ["GB", "4XB", "-4GB", "1kB", "0", "99999999999GB", "1e9", "٤GB"] {
            let error = parse_memory(wrong).unwrap_err();
            assert!(error.contains(&format!("`{wrong}`")), "{error}");
        }
    }

    #[test]
    fn the_default_memory_is_half_of_the_cgroup_limit() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| {
            let file = folder.path().join(name);
            std::fs::create_dir_all(file.parent().unwrap()).unwrap();
            std::fs::write(file, text).unwrap();
        };
        let read =
            || MemoryLimits::read_from(&folder.path().join("proc"), &folder.path().join("cgroup"));
        assert_eq!(default_memory(read()), 4_000_000_000, "unknown");
        write("proc/meminfo", "MemTotal:       16777216 kB\n");
        write("proc/self/cgroup", "0::/job\n");
        assert_eq!(default_memory(read()), 8 << 30, "the machine");
        write("cgroup/job/memory.max", "2147483648\n");
        assert_eq!(default_memory(read()), 1 << 30, "the cgroup");
    }

    #[test]
    fn a_lease_ttl_is_in_seconds_minutes_or_hours() {
        let seconds = |text: &str| parse_lease_ttl(text).map(|ttl| ttl.as_secs());
        assert_eq!([seconds("90s"), seconds("2m"), seconds("24h")], [Ok(90), Ok(120), Ok(86_400)]);
        for wrong in ["", "s", "0s", "25h", "5", "1d", "-1m", "18446744073709551615h"] {
            assert!(parse_lease_ttl(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_retention_period_is_in_hours_days_or_weeks() {
        let hours = |text: &str| parse_retention(text).map(|time| time.duration().as_secs() / 3600);
        assert_eq!(
            [hours("12h"), hours("7d"), hours("2w"), hours("0d")],
            [Ok(12), Ok(168), Ok(336), Ok(0)]
        );
        for wrong in ["", "d", "7", "7m", "7mo", "1h 30m", "-1d", "1.5d", "٧d"] {
            assert!(parse_retention(wrong).is_err(), "{wrong}");
        }
    }
}
