//! Arguments of `tilegen verify` and `tilegen inspect`.

use std::path::PathBuf;

use clap::Args;
use tilecore::TileCoord;

#[derive(Args)]
pub(crate) struct VerifyArgs {
    /// Archive to verify. Its .hashes file is checked too if it is in the same folder.
    pub(crate) archive: PathBuf,
}

#[derive(Args)]
pub(crate) struct InspectArgs {
    /// Archive to inspect.
    pub(crate) archive: PathBuf,
    /// Print the features of this tile, such as 10/658/403, instead of the contents of the archive.
    #[arg(long, value_name = "Z/X/Y")]
    pub(crate) tile: Option<TileCoord>,
}
