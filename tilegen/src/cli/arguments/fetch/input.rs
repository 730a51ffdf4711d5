//! Arguments of the fetches of vendors and of files.

use std::path::PathBuf;

use clap::Args;
use clap::builder::NonEmptyStringValueParser;
use jiff::Timestamp;

use crate::cli::arguments::common::{ClockArgs, ConfigArgs, TemporaryArgs};
use crate::fetch::vendors::VendorsFetch;

/// Where to write an input, and what to report.
#[derive(Args)]
pub(crate) struct FetchInputArgs {
    /// Write below this folder of the inputs. Vendors may have the URL of a bucket too.
    #[arg(long, value_name = "DIR|URL", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) into: String,
    #[command(flatten)]
    pub(crate) config: ConfigArgs,
    #[command(flatten)]
    pub(crate) clock: ClockArgs,
    #[command(flatten)]
    pub(crate) temporary: TemporaryArgs,
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
            config: self.config.load()?,
            into: self.into.clone(),
            now,
            temp_dir: self.temporary.folder(),
        })
    }
}
