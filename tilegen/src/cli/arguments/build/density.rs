//! Arguments of `tilegen density`.

use clap::Args;
use tilecore::LayerSpec;

use super::orders::InputArgs;
use super::output::OutputArgs;
use crate::cli::arguments::headings::{LAYERS, RUN};
use crate::cli::arguments::values::parse_layer;
use crate::orders::window::{PUBLIC_DAYS, Window};

#[derive(Args)]
pub(crate) struct DensityArgs {
    #[command(flatten)]
    pub(crate) input: InputArgs,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
    /// Build the internal layer of this time window: a number of days such as 7d or 30d, or all. Can
    /// be given more than once.
    #[arg(long = "window", value_name = "WINDOW", default_value = "30d", help_heading = LAYERS)]
    pub(crate) windows: Vec<Window>,
    /// Build only this layer. Can be given more than once [default: both density layers].
    #[arg(long = "layer", value_name = "LAYER", value_parser = parse_layer, help_heading = LAYERS)]
    pub(crate) layers: Vec<LayerSpec>,
    /// Withhold cells with fewer than N distinct users from the public layer (the privacy floor). With 1
    /// there is no floor, and only the internal layer is built.
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u16).range(1..), help_heading = LAYERS)]
    pub(crate) min_users: u16,
    /// Apply the privacy floor also to each business line of a cell.
    #[arg(long, value_name = "BOOL", default_value_t = true, num_args = 0..=1, default_missing_value = "true", require_equals = true, action = clap::ArgAction::Set, help_heading = LAYERS)]
    pub(crate) floor_lines: bool,
    /// Advance the public window of 28 days by this number of days each time. Fewer than 28 need
    /// --public-overlap.
    #[arg(long, value_name = "DAYS", default_value_t = PUBLIC_DAYS, value_parser = clap::value_parser!(u16).range(1..=90), help_heading = LAYERS)]
    pub(crate) public_step: u16,
    /// Allow successive public windows to share days. Their difference isolates people.
    #[arg(long, help_heading = LAYERS)]
    pub(crate) public_overlap: bool,
    /// Build with this many threads [default: one per core].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024), help_heading = RUN)]
    pub(crate) threads: Option<u16>,
}
