//! Arguments of `tilegen run`.

use std::path::PathBuf;

use clap::builder::NonEmptyStringValueParser;
use clap::{Args, Subcommand};
use jiff::civil::{Date, Time};
use tilecore::text::parse_date;

use crate::cli::arguments::common::{ClockArgs, ConfigArgs, PublishStoreArgs, TemporaryArgs};
use crate::cli::arguments::headings::{INPUT, OUTPUT, RUN};
use crate::cli::arguments::values::{parse_memory, parse_time_of_day};

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
    /// Fetch every day from this one to yesterday that is not there [default: of the last 90 days].
    #[arg(long, value_name = "DATE", value_parser = parse_date)]
    pub(crate) since: Option<Date>,
    #[command(flatten)]
    pub(crate) common: PipelineArgs,
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
    #[command(flatten, next_help_heading = INPUT)]
    pub(crate) config: ConfigArgs,
    #[command(flatten, next_help_heading = OUTPUT)]
    pub(crate) store: PublishStoreArgs,
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
    #[command(flatten, next_help_heading = RUN)]
    pub(crate) temporary: TemporaryArgs,
    #[command(flatten, next_help_heading = RUN)]
    pub(crate) clock: ClockArgs,
}
