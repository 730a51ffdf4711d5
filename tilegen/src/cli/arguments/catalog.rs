//! Arguments of `tilegen catalog`.

mod history;
mod hold;
mod rollback;

use clap::builder::NonEmptyStringValueParser;
use clap::{Args, Subcommand};
use tilecore::manifest::Job;

use crate::catalog::SlotPath;
use crate::cli::arguments::values::{parse_hold, parse_retention};
use crate::config::period::Period;
use history::HistoryArgs;
use hold::{DEFAULT_HOLD, HoldArgs};
pub(crate) use rollback::RollbackArgs;

#[derive(Args)]
pub(crate) struct CatalogArgs {
    #[command(subcommand)]
    pub(crate) command: Option<CatalogCommand>,
    /// Use this store: a folder or a URL (s3://, gs://, az://).
    #[arg(long, value_name = "URL", env = "FOODMAP_STORE", global = true, value_parser = NonEmptyStringValueParser::new())]
    pub(crate) store: Option<String>,
}

#[derive(Subcommand)]
pub(crate) enum CatalogCommand {
    /// List the maps, newest first.
    List {
        /// List at most N maps.
        #[arg(long, value_name = "N", default_value_t = 20)]
        last: usize,
    },
    /// Print the manifest of a map as JSON.
    Show {
        /// Number of the map [default: the newest map].
        number: Option<u64>,
    },
    /// List the input files that a slot was built from.
    Inputs {
        /// Layer or table and slot, such as density/30d or vendors/tehran/now.
        #[arg(value_name = "LAYER/SLOT")]
        slot_path: SlotPath,
        /// Number of the map [default: the newest map].
        number: Option<u64>,
    },
    /// Show what changed between two maps.
    Diff {
        /// Number of the first map.
        from: u64,
        /// Number of the second map.
        to: u64,
    },
    /// List the changes of what was published, newest first.
    History(HistoryArgs),
    /// Restore what a job published earlier, whatever other jobs have published since.
    ///
    /// Without --job, lists what each job can be rolled back to and changes nothing. With --job, publishes
    /// the entries of the newest map with different content and holds the job, so that its next build does
    /// not replace them. Pinned slots do not change.
    Rollback(RollbackArgs),
    /// Hold a job: its builds publish nothing until the hold ends.
    Hold {
        /// Hold this job: orders, snapshot or areas.
        #[arg(long)]
        job: Job,
        /// End the hold after this period, such as 12h, 2d or 1w.
        #[arg(long = "for", value_name = "PERIOD", default_value = DEFAULT_HOLD, value_parser = parse_hold)]
        period: Period,
        #[command(flatten)]
        why: HoldArgs,
    },
    /// End the hold of a job.
    Release {
        /// Release this job: orders, snapshot or areas.
        #[arg(long)]
        job: Job,
    },
    /// Prove that the store can be read and written, and that it creates objects only if they are absent.
    Probe,
    /// Publish the newest good map above damaged manifests, and move the damaged ones to the folder `damaged`.
    Repair,
    /// Pin a slot, so that builds do not replace it.
    Pin {
        /// Layer or table and slot, such as density/30d or vendors/tehran/now.
        #[arg(value_name = "LAYER/SLOT")]
        slot_path: SlotPath,
    },
    /// Unpin a slot, so that builds replace it again.
    Unpin {
        /// Layer or table and slot, such as density/30d or vendors/tehran/now.
        #[arg(value_name = "LAYER/SLOT")]
        slot_path: SlotPath,
    },
    /// Copy the newest maps to another store, to back up or restore.
    Copy {
        /// Copy to this store: a folder or a URL (s3://, gs://, az://).
        #[arg(long, value_name = "URL", value_parser = NonEmptyStringValueParser::new())]
        to: String,
        /// Copy the N newest maps.
        #[arg(long, value_name = "N", default_value_t = 1)]
        last: usize,
        /// Also verify the objects that the other store already has, and rewrite damaged ones.
        #[arg(long)]
        check: bool,
    },
    /// Remove maps and objects that are older than the retention period and no longer needed.
    Retire {
        /// Keep maps that were replaced less than this long ago, such as 12h, 7d or 2w. Only kept maps
        /// can be rolled back to.
        #[arg(long, value_name = "PERIOD", default_value = "7d", value_parser = parse_retention)]
        keep: Period,
        /// List what would be removed, and remove nothing.
        #[arg(long)]
        dry_run: bool,
    },
}
