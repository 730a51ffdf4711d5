//! Arguments of `tilegen catalog history`.

use clap::Args;
use clap::builder::NonEmptyStringValueParser;
use tilecore::Slot;
use tilecore::manifest::Job;

use crate::catalog::Scope;

#[derive(Args)]
pub(crate) struct HistoryArgs {
    /// Only what this job publishes: orders, snapshot or areas [default: all jobs].
    #[arg(long, conflicts_with = "layer")]
    pub(crate) job: Option<Job>,
    /// Only this layer or table, such as density or vendors/tehran.
    #[arg(long, value_name = "LAYER", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) layer: Option<String>,
    /// Only this slot of the layer, such as 30d.
    #[arg(long, value_name = "SLOT", requires = "layer")]
    pub(crate) slot: Option<Slot>,
    /// List the changes of the newest N maps that changed something.
    #[arg(long, value_name = "N", default_value_t = 20)]
    pub(crate) last: usize,
    /// Print JSON, also on a terminal.
    #[arg(long)]
    pub(crate) json: bool,
}

impl HistoryArgs {
    pub(crate) fn scopes(&self) -> Vec<Scope> {
        match (&self.layer, self.job) {
            (Some(name), _) => vec![Scope::Slots { name: name.clone(), slot: self.slot.clone() }],
            (None, Some(job)) => vec![Scope::Job(job)],
            (None, None) => Job::ALL.map(Scope::Job).into(),
        }
    }
}
