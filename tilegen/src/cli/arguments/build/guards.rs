//! What to do if a guard does not accept the data.

use clap::Args;

use crate::cli::arguments::headings::RUN;
use crate::publish::guards::Acceptance;

/// What to do if a guard does not accept the data.
#[derive(Args)]
pub(crate) struct GuardArgs {
    /// Accept data that a guard has held back or stopped; the error message shows the value: orders:CITY:DATE,
    /// orders:CITY:DATE..DATE, vendors:DIGEST or areas:DIGEST. Can be given more than once.
    ///
    /// The report of the map records it, so that later builds accept the same data.
    #[arg(long = "accept", value_name = "WHAT", help_heading = RUN)]
    accept: Vec<Acceptance>,
    /// Exit with status 4 if a day was held back. The rest is published.
    #[arg(long, help_heading = RUN)]
    pub(crate) strict: bool,
}

impl GuardArgs {
    /// The accepted data. Fails if an `--accept` is not for the kind of data that the command reads.
    pub(crate) fn accepted(&self, kind: &str) -> anyhow::Result<Vec<Acceptance>> {
        match self.accept.iter().find(|accept| accept.kind() != kind) {
            Some(other) => {
                anyhow::bail!("--accept {other} does not apply: this command reads {kind}")
            }
            None => Ok(self.accept.clone()),
        }
    }
}
