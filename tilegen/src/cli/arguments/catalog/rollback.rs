//! Arguments of `tilegen catalog rollback`.

use clap::builder::NonEmptyStringValueParser;
use clap::{ArgGroup, Args};
use jiff::Timestamp;
use tilecore::Slot;
use tilecore::manifest::Job;

use super::hold::{DEFAULT_HOLD, HoldArgs};
use crate::catalog::{RollbackSpec, Scope, Target};
use crate::cli::arguments::values::{parse_hold, parse_now};
use crate::config::period::Period;

#[derive(Args)]
#[command(group(ArgGroup::new("of").args(["job", "layer"])))]
#[command(group(ArgGroup::new("target").args(["to", "before"])))]
pub(crate) struct RollbackArgs {
    /// Publish this whole map again, for all jobs. For experts: it also reverts what other jobs have
    /// published since, and sets no hold.
    #[arg(value_name = "NUMBER", conflicts_with_all = ["of", "target", "no_hold", "hold_for"])]
    pub(crate) number: Option<u64>,
    /// Roll back all that this job publishes: orders, snapshot or areas.
    #[arg(long)]
    pub(crate) job: Option<Job>,
    /// Roll back only this layer or table. For experts: it may no longer agree with the others of its job.
    #[arg(long, value_name = "LAYER", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) layer: Option<String>,
    /// Roll back only this slot of the layer.
    #[arg(long, value_name = "SLOT", requires = "layer")]
    pub(crate) slot: Option<Slot>,
    /// Roll back to the map with this number [default: the newest one with different content].
    #[arg(long, value_name = "N", requires = "of")]
    pub(crate) to: Option<u64>,
    /// Roll back to the newest map that was published before this time, such as
    /// 2026-11-23T06:00:00+03:30.
    #[arg(long, value_name = "TIME", requires = "of", value_parser = parse_now)]
    pub(crate) before: Option<Timestamp>,
    /// Do not hold the job: its next build publishes again.
    #[arg(long, requires = "of", conflicts_with = "hold_for")]
    pub(crate) no_hold: bool,
    /// Hold the job for this period, such as 12h, 2d or 1w.
    #[arg(long, value_name = "PERIOD", requires = "of", default_value = DEFAULT_HOLD, value_parser = parse_hold)]
    pub(crate) hold_for: Period,
    #[command(flatten)]
    pub(crate) why: HoldArgs,
}

impl RollbackArgs {
    /// The rollback of a job or layer; `None` if neither is named.
    pub(crate) fn spec(&self) -> Option<RollbackSpec> {
        let scope = match (&self.layer, self.job) {
            (Some(name), _) => Scope::Slots { name: name.clone(), slot: self.slot.clone() },
            (None, Some(job)) => Scope::Job(job),
            (None, None) => return None,
        };
        let target = match (self.to, self.before) {
            (Some(number), _) => Target::Map(number),
            (None, Some(time)) => Target::Before(time),
            (None, None) => Target::Previous,
        };
        Some(RollbackSpec {
            scope,
            target,
            hold: (!self.no_hold).then(|| self.hold_for.duration()),
            author: self.why.author(),
            reason: self.why.reason.clone(),
        })
    }
}
