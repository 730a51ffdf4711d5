//! Arguments of `tilegen fetch`.

mod input;
mod objects;
mod orders;

use std::path::PathBuf;

use clap::{Args, Subcommand};
use jiff::civil::Date;
use tilecore::text::parse_date;

pub(crate) use input::FetchInputArgs;
pub(crate) use objects::FetchObjectsArgs;
pub(crate) use orders::FetchOrdersArgs;

#[derive(Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub(crate) struct FetchArgs {
    #[command(subcommand)]
    pub(crate) command: Option<FetchCommand>,
    #[command(flatten)]
    pub(crate) objects: FetchObjectsArgs,
    /// Ask each source for 100 rows, and print the columns with their types, blank values and time zones, and three rows
    /// without ids and exact positions.
    #[arg(long, conflicts_with_all = ["from", "into", "names"])]
    pub(crate) check: bool,
    /// Read the configuration of --check from this TOML file [default: the output of `tilegen config`].
    #[arg(long, value_name = "FILE", requires = "check")]
    pub(crate) config: Option<PathBuf>,
    /// Check the orders of this day [default: yesterday].
    #[arg(long, value_name = "DATE", requires = "check", value_parser = parse_date)]
    pub(crate) day: Option<Date>,
}

#[derive(Subcommand)]
pub(crate) enum FetchCommand {
    /// Fetch orders day by day from the source in the configuration, into orders/date=DAY/ of the inputs.
    ///
    /// A day is replaced only after its rows were counted and checked. If a day fails, its previous files stay,
    /// and the command exits with status 1.
    Orders(FetchOrdersArgs),
    /// Fetch vendors from every source in the configuration, and join their rows in a file vendors/TIME.parquet.
    ///
    /// A source that fails keeps the rows that it delivered last, and the command exits with status 1.
    Vendors(FetchInputArgs),
    /// Copy the files of grades that have changed, from the source in the configuration.
    Grades(FetchInputArgs),
    /// Copy the files of targets that have changed, from the source in the configuration.
    Targets(FetchInputArgs),
    /// Copy the files of areas that have changed, from the source in the configuration.
    Areas(FetchInputArgs),
}
