//! Arguments of the fetches of vendors and of files.

use std::path::PathBuf;

use clap::Args;
use clap::builder::NonEmptyStringValueParser;
use jiff::Timestamp;

use crate::cli::arguments::values::parse_now;
use crate::config::Config;
use crate::fetch::vendors::VendorsFetch;

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
