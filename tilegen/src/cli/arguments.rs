//! The arguments of every command, with the help texts that clap prints.

mod archive;
mod build;
mod catalog;
mod common;
mod fetch;
mod headings;
mod pipeline;
mod privacy;
mod repeat;
mod status;
mod values;

use clap::{Parser, Subcommand};

use crate::sample::SampleArgs;
pub(crate) use archive::{InspectArgs, VerifyArgs};
pub(crate) use build::{
    AreaStatsArgs, AreasArgs, DensityArgs, OutputArgs, SnapshotArgs, TimelineArgs,
};
pub(crate) use catalog::{CatalogArgs, CatalogCommand, RollbackArgs};
pub(crate) use fetch::{
    FetchArgs, FetchCommand, FetchInputArgs, FetchObjectsArgs, FetchOrdersArgs,
};
pub(crate) use pipeline::{PipelineArgs, RunCommand, RunOrdersArgs};
pub(crate) use privacy::{EraseArgs, PrivacyAuditArgs, RetireArgs};
pub(crate) use repeat::RepeatArgs;
pub(crate) use status::StatusArgs;

/// Build map layers from orders, vendors and areas, and publish them to a store.
#[derive(Parser)]
#[command(version, arg_required_else_help = true)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: CliCommand,
}

#[derive(Subcommand)]
pub(crate) enum CliCommand {
    /// Write demo data for three cities.
    ///
    /// The data are orders, vendors, grades, areas and targets. The same seed always gives the same
    /// files.
    Sample(SampleArgs),
    /// Build and publish the density layers from orders.
    Density(DensityArgs),
    /// Build and publish the area and population layers from area files.
    Areas(AreasArgs),
    /// Build and publish only the population layer.
    Population(AreasArgs),
    /// Build and publish the vendor and coverage layers and the vendor tables.
    Snapshot(SnapshotArgs),
    /// Count orders and distinct users in each area, and publish them as an internal table.
    AreaStats(AreaStatsArgs),
    /// Count orders and users by day and hour, and publish one archive for each layer and month.
    ///
    /// Reads the whole look-back again and publishes the months whose result has changed. The layers are
    /// internal.
    Timeline(TimelineArgs),
    /// Verify an archive against its own metadata.
    ///
    /// Decodes every tile and compares the result with the header and the metadata. Prints the
    /// result as JSON.
    Verify(VerifyArgs),
    /// Print the contents of an archive or of one tile as JSON.
    Inspect(InspectArgs),
    /// List, compare, roll back, hold, pin, copy or retire published maps.
    ///
    /// Without a command, prints the manifest of the newest map as JSON.
    Catalog(CatalogArgs),
    /// Show whether the published data of each job is fresh, and the next command if it is not.
    ///
    /// Exits with 0 if there is nothing to do, with 1 if a job is late, held or failed, a day is held back or a
    /// manifest is damaged, and with 2 if jobs are stopped, nothing is published, or the store cannot be read.
    Status(StatusArgs),
    /// Fetch inputs from the sources in the configuration, or download objects from a store into a folder.
    ///
    /// Without a command, downloads the objects that have changed. Use it for inputs that must be local files, such as
    /// areas, grades and targets. With --check, shows what each source would deliver, and writes nothing.
    Fetch(FetchArgs),
    /// Fetch inputs, build everything that follows from them, and remove what is no longer needed.
    ///
    /// A step whose inputs, arguments and configuration have not changed is not run again, so a run that was interrupted
    /// continues. Exits with the status of the step that failed.
    #[command(subcommand)]
    Run(RunCommand),
    /// Erase people from the orders that tilegen fetched, and from every archive that counts them.
    ///
    /// Withdraws the public window until the next one. Exits with status 5 if a build must run before it can end: run
    /// that build, and then this command again. Exits with status 3 if it refuses --republish-public.
    Erase(EraseArgs),
    /// Search the public archives of a store for what they prove about too few people.
    ///
    /// Exits with status 6 if it finds something.
    PrivacyAudit(PrivacyAuditArgs),
    /// Delete fetched orders that are older than their retention period.
    Retire(RetireArgs),
    /// Run another tilegen command on a schedule.
    ///
    /// Runs the command at once, and then at every scheduled time until the process is stopped. A
    /// failed run is retried with increasing delays. Use it on machines that have no scheduler.
    Repeat(RepeatArgs),
    /// Print the default configuration with a comment for each key.
    Config,
}

impl CliCommand {
    /// The memory limit of a command that has one.
    pub(crate) fn memory_bytes(&self) -> Option<u64> {
        match self {
            Self::Density(args) => Some(args.input.memory_bytes()),
            Self::AreaStats(args) => Some(args.input.memory_bytes()),
            Self::Timeline(args) => Some(args.input.memory_bytes()),
            _ => None,
        }
    }
}
