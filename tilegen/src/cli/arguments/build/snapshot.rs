//! Arguments of `tilegen snapshot`.

use std::path::PathBuf;

use clap::Args;
use clap::builder::NonEmptyStringValueParser;

use super::areas::AreaArgs;
use super::output::OutputArgs;
use crate::cli::arguments::common::ConfigArgs;
use crate::cli::arguments::headings::INPUT;

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
    #[command(flatten, next_help_heading = INPUT)]
    pub(crate) config: ConfigArgs,
}
