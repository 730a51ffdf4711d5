//! Where to publish, and what to report about the run.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use jiff::Timestamp;

use super::guards::GuardArgs;
use crate::cli::arguments::common::{ClockArgs, PublishStoreArgs};
use crate::cli::arguments::headings::{OUTPUT, RUN};
use crate::cli::arguments::values::parse_lease_ttl;
use crate::cli::build::after_publish::VarnishCache;
use crate::config::period::Period;

/// Where to publish, and what to report about the run.
#[derive(Args)]
pub(crate) struct OutputArgs {
    #[command(flatten)]
    pub(crate) guards: GuardArgs,
    #[command(flatten, next_help_heading = OUTPUT)]
    pub(crate) store: PublishStoreArgs,
    /// Write the report of the build to this file as JSON. Keep it private: it contains exact counts.
    #[arg(long, value_name = "FILE", help_heading = OUTPUT)]
    pub(crate) report: Option<PathBuf>,
    #[command(flatten, next_help_heading = RUN)]
    pub(crate) clock: ClockArgs,
    /// Record in the map that this job runs at this interval, such as 10m or 1d, and when the next
    /// build is due. To run it on a schedule, use `tilegen repeat`.
    #[arg(long, value_name = "PERIOD", help_heading = RUN)]
    pub(crate) every: Option<Period>,
    /// Take a lease, so that no other run of this job starts before this one ends. If this run is
    /// killed, the lease blocks others for this period: 1s to 24h.
    #[arg(long, value_name = "PERIOD", value_parser = parse_lease_ttl, help_heading = RUN)]
    pub(crate) lease: Option<Duration>,
    /// Build only if a rebuild of one of the layers was requested (POST /admin/rebuild/LAYER).
    /// Otherwise, exit with status 0.
    #[arg(long, help_heading = RUN)]
    pub(crate) if_requested: bool,
    /// Write metrics of this job to this file in the Prometheus text format. Each job needs its own
    /// file.
    #[arg(long, value_name = "FILE", help_heading = OUTPUT)]
    pub(crate) metrics_file: Option<PathBuf>,
    /// Run this program after the map is published, for example to purge a cache.
    ///
    /// The program gets two environment variables: `FOODMAP_MAP` is the number of the map, and
    /// `FOODMAP_PUBLISHED` lists what was published, such as "density/30d coverage/now".
    #[arg(long, value_name = "PROGRAM", help_heading = OUTPUT)]
    pub(crate) after_publish: Option<PathBuf>,
    /// Purge what the new map replaces from this Varnish, such as `http://cache/`. It must use the rules of
    /// deployment/cdn/varnish.vcl. Can be given more than once.
    #[arg(long, value_name = "URL", help_heading = OUTPUT)]
    pub(crate) purge_varnish: Vec<VarnishCache>,
    /// Send the secret in this file with --purge-varnish. Each cache has the same secret in
    /// /etc/varnish/purge-secret.
    #[arg(long, value_name = "FILE", help_heading = OUTPUT, env = "FOODMAP_PURGE_SECRET_FILE")]
    pub(crate) purge_secret: Option<PathBuf>,
}

impl OutputArgs {
    /// The time that the build takes as the current time.
    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }
}
