//! Arguments of `tilegen timeline`.

use std::path::PathBuf;

use clap::Args;

use super::orders::InputArgs;
use super::output::OutputArgs;
use crate::cli::arguments::headings::{INPUT, LAYERS};
use crate::timeline::months::MAX_LOOK_BACK;

#[derive(Args)]
pub(crate) struct TimelineArgs {
    #[command(flatten)]
    pub(crate) input: InputArgs,
    /// Count also the orders and users of the marketing areas in this folder, in the formats of `tilegen areas`
    /// [default: count only whole cities].
    #[arg(long, value_name = "DIR", help_heading = INPUT)]
    pub(crate) areas: Option<PathBuf>,
    /// Count also the orders and users of the regions in this folder.
    #[arg(long, value_name = "DIR", help_heading = INPUT)]
    pub(crate) regions: Option<PathBuf>,
    /// Count also the orders and users of the neighbourhoods in this folder.
    #[arg(long, value_name = "DIR", help_heading = INPUT)]
    pub(crate) neighbourhoods: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
    /// Publish the calendar months that contain the last N days. Orders of earlier months are not read.
    #[arg(long, value_name = "N", default_value_t = 400, value_parser = clap::value_parser!(u16).range(1..=i64::from(MAX_LOOK_BACK)), help_heading = LAYERS)]
    pub(crate) look_back: u16,
}
