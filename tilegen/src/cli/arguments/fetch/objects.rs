//! Arguments of a fetch without a command, which downloads objects.

use std::path::PathBuf;

use clap::Args;
use clap::builder::NonEmptyStringValueParser;

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
