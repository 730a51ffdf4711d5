//! Arguments of `tilegen status`.

use clap::Args;

use crate::cli::arguments::common::StoreArgs;

#[derive(Args)]
pub(crate) struct StatusArgs {
    #[command(flatten)]
    pub(crate) store: StoreArgs,
    /// Print JSON, also on a terminal.
    #[arg(long)]
    pub(crate) json: bool,
}
