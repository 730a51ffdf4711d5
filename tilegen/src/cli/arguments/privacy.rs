//! Arguments of `tilegen privacy-audit`, `tilegen retire` and `tilegen erase`.

use std::path::PathBuf;

use clap::Args;
use clap::builder::NonEmptyStringValueParser;
use jiff::Timestamp;
use tilecore::process::MemoryLimits;

use crate::cli::arguments::common::{ClockArgs, ConfigArgs, StoreArgs, TemporaryArgs};
use crate::cli::arguments::values::{default_memory, parse_input_retention};
use crate::config::Config;
use crate::config::period::Period;
use crate::orders::read::OrderInput;

#[derive(Args)]
pub(crate) struct PrivacyAuditArgs {
    #[command(flatten)]
    pub(crate) store: StoreArgs,
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
    #[command(flatten)]
    pub(crate) config: ConfigArgs,
    #[command(flatten)]
    pub(crate) clock: ClockArgs,
}

#[derive(Args)]
pub(crate) struct EraseArgs {
    /// Read the ids of the people from this file: one on each line.
    #[arg(long, value_name = "FILE")]
    pub(crate) users: PathBuf,
    /// Erase them from the orders below this folder or URL, which `tilegen fetch orders --into` has written.
    #[arg(long, value_name = "DIR|URL", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) inputs: String,
    #[command(flatten)]
    pub(crate) store: StoreArgs,
    #[command(flatten)]
    pub(crate) config: ConfigArgs,
    #[command(flatten)]
    pub(crate) temporary: TemporaryArgs,
    /// List what would be erased, and change nothing.
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Publish the public window again at once, without these people. Refused if the difference of the two windows
    /// would be about fewer people than the privacy floor anywhere.
    #[arg(long)]
    pub(crate) republish_public: bool,
}

impl EraseArgs {
    /// How to read the orders of a public window.
    pub(crate) fn input(&self, config: Config) -> OrderInput {
        OrderInput {
            orders: format!("{}/orders", self.inputs.trim_end_matches('/')),
            config,
            now: Timestamp::now(),
            as_of: None,
            include_today: false,
            memory_bytes: default_memory(MemoryLimits::read()),
            temp_dir: self.temporary.folder(),
        }
    }
}
