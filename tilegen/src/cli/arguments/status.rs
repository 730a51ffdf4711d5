//! Arguments of `tilegen status`.

use clap::Args;
use clap::builder::NonEmptyStringValueParser;

#[derive(Args)]
pub(crate) struct StatusArgs {
    /// Use this store: a folder or a URL (s3://, gs://, az://).
    #[arg(long, value_name = "URL", env = "FOODMAP_STORE", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) store: String,
    /// Print JSON, also on a terminal.
    #[arg(long)]
    pub(crate) json: bool,
}
