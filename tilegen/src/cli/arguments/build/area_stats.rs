//! Arguments of `tilegen area-stats`.

use clap::Args;

use super::areas::AreaArgs;
use super::orders::InputArgs;
use super::output::OutputArgs;

#[derive(Args)]
pub(crate) struct AreaStatsArgs {
    #[command(flatten)]
    pub(crate) input: InputArgs,
    #[command(flatten)]
    pub(crate) folders: AreaArgs,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
}
