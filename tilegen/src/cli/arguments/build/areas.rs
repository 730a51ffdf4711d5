//! Arguments of `tilegen areas` and `tilegen population`, and the folders of area files that other commands read too.

use std::path::PathBuf;

use clap::Args;

use super::output::OutputArgs;
use crate::cli::arguments::common::ConfigArgs;
use crate::cli::arguments::headings::{INPUT, LAYERS};
use crate::polygons::AreaFolders;

#[derive(Args)]
pub(crate) struct AreasArgs {
    #[command(flatten)]
    pub(crate) folders: AreaArgs,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
    #[command(flatten, next_help_heading = INPUT)]
    pub(crate) config: ConfigArgs,
    /// Draw one dot of the population layer for N inhabitants at the deepest zoom.
    #[arg(long, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..), help_heading = LAYERS)]
    pub(crate) people_per_dot: u32,
}

/// Folders of area files: *.csv with a WKT column, *.shp or *.geojson.
#[derive(Args)]
pub(crate) struct AreaArgs {
    /// Read marketing areas from this folder: one file per city (.csv with a WKT column, .shp or
    /// .geojson), whose name begins with the city's key.
    #[arg(long, value_name = "DIR", help_heading = INPUT)]
    pub(crate) areas: PathBuf,
    /// Read regions from this folder, in the same formats.
    #[arg(long, value_name = "DIR", help_heading = INPUT)]
    pub(crate) regions: Option<PathBuf>,
    /// Read neighbourhoods and their numbers of inhabitants from this folder, in the same formats.
    #[arg(long, value_name = "DIR", help_heading = INPUT)]
    pub(crate) neighbourhoods: Option<PathBuf>,
}

impl From<AreaArgs> for AreaFolders {
    fn from(args: AreaArgs) -> Self {
        let AreaArgs { areas, regions, neighbourhoods } = args;
        Self { marketing: Some(areas), regions, neighbourhoods }
    }
}
