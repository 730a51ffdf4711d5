//! Options that many commands take. A command that shows its options under headings sets the heading where it
//! flattens them.

use std::path::PathBuf;

use clap::Args;
use clap::builder::NonEmptyStringValueParser;
use jiff::Timestamp;

use crate::cli::arguments::values::parse_now;
use crate::config::{Config, ConfigError};

/// The option `--config`.
#[derive(Args)]
pub(crate) struct ConfigArgs {
    /// Read the configuration from this TOML file [default: the output of `tilegen config`].
    #[arg(id = "config", long = "config", value_name = "FILE")]
    pub(crate) file: Option<PathBuf>,
}

impl ConfigArgs {
    /// The configuration in the file, or the defaults.
    pub(crate) fn load(&self) -> Result<Config, ConfigError> {
        Config::load(self.file.as_deref())
    }
}

/// The option `--store`.
#[derive(Args)]
pub(crate) struct StoreArgs {
    /// Use this store: a folder or a URL (s3://, gs://, az://).
    #[arg(id = "store", long = "store", value_name = "URL", env = "FOODMAP_STORE", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) address: String,
}

/// The option `--store` of a command that publishes.
#[derive(Args)]
pub(crate) struct PublishStoreArgs {
    /// Publish to this store: a folder or a URL (s3://, gs://, az://).
    #[arg(id = "store", long = "store", value_name = "URL", env = "FOODMAP_STORE", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) address: String,
}

/// The option `--now`.
#[derive(Args)]
pub(crate) struct ClockArgs {
    /// Take this time as the current time, such as 2026-11-23T06:00:00+03:30 [default: the clock].
    #[arg(long, value_name = "TIME", hide_short_help = true, value_parser = parse_now)]
    pub(crate) now: Option<Timestamp>,
}

impl ClockArgs {
    /// The time that the command takes as the current time.
    pub(crate) fn now(&self) -> Timestamp {
        self.now.unwrap_or_else(Timestamp::now)
    }
}

/// The option `--temporary`.
#[derive(Args)]
pub(crate) struct TemporaryArgs {
    /// Write temporary files to this folder [default: the system's folder for temporary files].
    #[arg(id = "temporary", long = "temporary", value_name = "DIR")]
    pub(crate) folder: Option<PathBuf>,
}

impl TemporaryArgs {
    /// The folder for temporary files.
    pub(crate) fn folder(&self) -> PathBuf {
        self.folder.clone().unwrap_or_else(std::env::temp_dir)
    }
}
