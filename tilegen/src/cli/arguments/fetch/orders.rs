//! Arguments of `tilegen fetch orders`.

use std::path::PathBuf;

use clap::builder::NonEmptyStringValueParser;
use clap::{ArgGroup, Args};
use jiff::Timestamp;
use jiff::civil::Date;
use tilecore::process::MemoryLimits;
use tilecore::text::parse_date;

use crate::cli::arguments::common::{ClockArgs, ConfigArgs, TemporaryArgs};
use crate::cli::arguments::values::{default_memory, parse_memory};
use crate::fetch::orders::{Days, OrdersFetch};

/// Days that --missing looks back, without --since.
const MISSING_DAYS: i64 = 90;

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
    #[command(flatten)]
    pub(crate) config: ConfigArgs,
    #[command(flatten)]
    pub(crate) clock: ClockArgs,
    /// Use at most this much memory to check a file, such as 4GB or 500MiB [default: half of the memory of the
    /// machine or the container].
    #[arg(long, value_name = "SIZE", value_parser = parse_memory)]
    pub(crate) memory: Option<u64>,
    #[command(flatten)]
    pub(crate) temporary: TemporaryArgs,
    /// Write the report to this file as JSON.
    #[arg(long, value_name = "FILE")]
    pub(crate) report: Option<PathBuf>,
    /// Write metrics of the source to this file in the Prometheus text format.
    #[arg(long, value_name = "FILE")]
    pub(crate) metrics_file: Option<PathBuf>,
}

impl FetchOrdersArgs {
    /// What to fetch at the current time.
    pub(crate) fn spec(&self, now: Timestamp) -> anyhow::Result<OrdersFetch> {
        let config = self.config.load()?;
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
            temp_dir: self.temporary.folder(),
        })
    }
}
