//! One run of `tilegen erase`.

use anyhow::Context;

use crate::catalog::{Erased, Erasure};
use crate::cli::arguments::EraseArgs;
use crate::config::Config;
use crate::orders::validate::UserIds;

/// Erases the people that a file lists.
pub(crate) fn run_erase(args: &EraseArgs) -> anyhow::Result<Erased> {
    let config = Config::load(args.config.as_deref())?;
    let path = args.users.display();
    let text = std::fs::read_to_string(&args.users)
        .with_context(|| format!("could not read the list of users {path}"))?;
    let users = UserIds::parse(&text, &config.orders.unknown_users)
        .with_context(|| format!("could not use the list of users {path}"))?;
    Ok(crate::catalog::erase(&Erasure {
        users,
        column: config.orders.columns.user.clone(),
        inputs: args.inputs.clone(),
        store: args.store.clone(),
        temporary: args.temporary.clone().unwrap_or_else(std::env::temp_dir),
        dry_run: args.dry_run,
    })?)
}
