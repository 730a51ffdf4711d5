//! Arguments of the commands that hold a job.

use clap::Args;
use tilecore::process::host_name;

/// How long a rollback holds its job by default.
pub(crate) const DEFAULT_HOLD: &str = "48h";

/// Who holds a job, and why.
#[derive(Args)]
pub(crate) struct HoldArgs {
    /// Record this reason.
    #[arg(long, value_name = "TEXT")]
    pub(crate) reason: Option<String>,
    /// Record this author [default: user and host].
    #[arg(long, value_name = "NAME")]
    author: Option<String>,
}

impl HoldArgs {
    pub(crate) fn author(&self) -> String {
        self.author.clone().unwrap_or_else(|| {
            let user = ["USER", "LOGNAME"].into_iter().find_map(|name| std::env::var(name).ok());
            let user = user.unwrap_or_else(|| "unknown".to_owned());
            host_name().map_or(user.clone(), |host| format!("{user}@{host}"))
        })
    }
}
