//! Which orders to read, and the resources for it.

use std::collections::BTreeMap;
use std::path::PathBuf;

use clap::Args;
use clap::builder::NonEmptyStringValueParser;
use jiff::Timestamp;
use jiff::civil::Date;
use tilecore::process::MemoryLimits;
use tilecore::text::parse_date;

use super::guards::GuardArgs;
use crate::cli::arguments::common::ConfigArgs;
use crate::cli::arguments::headings::{INPUT, RUN};
use crate::cli::arguments::values::{default_memory, parse_memory};
use crate::cli::build::source_counts;
use crate::config::ConfigError;
use crate::orders::day_manifest::complete_days;
use crate::orders::read::OrderInput;
use crate::publish::guards::job::OrderGuardOptions;
use crate::publish::guards::orders::SourceCounts;

/// Which orders to read, and the resources for it.
#[derive(Args)]
pub(crate) struct InputArgs {
    /// Read orders from this Parquet file, folder, quoted glob pattern, or URL of a store.
    #[arg(long, value_name = "PATH|URL", help_heading = INPUT, value_parser = NonEmptyStringValueParser::new())]
    pub(crate) orders: String,
    #[command(flatten, next_help_heading = INPUT)]
    pub(crate) config: ConfigArgs,
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
        let config = self.config.load()?;
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
            config: self.config.load()?,
            orders: self.orders,
            now,
            as_of: self.as_of,
            include_today: self.include_today,
            memory_bytes,
            temp_dir: self.temporary.unwrap_or_else(std::env::temp_dir),
        })
    }
}
