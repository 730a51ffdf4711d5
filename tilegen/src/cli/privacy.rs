//! The runs of `tilegen privacy-audit`, `tilegen retire` and `tilegen erase`.

use anyhow::Context;

use crate::catalog::{Erased, Erasure, erase};
use crate::cli::arguments::{EraseArgs, PrivacyAuditArgs, RetireArgs};
use crate::cli::private_file::write_private;
use crate::fetch::retire::{RetiredInputs, retire_inputs};
use crate::orders::validate::UserIds;
use crate::publish::audit::{Audit, AuditOptions, privacy_audit};
use crate::store::Store;
use crate::telemetry::AuditStats;

/// Audits, and writes the report and the metrics.
pub(crate) fn run_audit(args: &PrivacyAuditArgs) -> anyhow::Result<Audit> {
    let options =
        AuditOptions { min_users: u64::from(args.min_users), may_overlap: args.public_overlap };
    let audit = privacy_audit(&Store::open(&args.store.address, false)?, options)?;
    if let Some(path) = &args.report {
        write_private(path, &serde_json::to_vec_pretty(&audit)?)
            .with_context(|| format!("could not write the report {}", path.display()))?;
    }
    if let Some(path) = &args.metrics_file {
        let Audit { found, tried, archives, at, .. } = audit;
        AuditStats { found, tried, archives, at }.write(path)?;
    }
    Ok(audit)
}

/// Deletes old orders from the inputs.
pub(crate) fn run_retire(args: &RetireArgs) -> anyhow::Result<RetiredInputs> {
    let config = args.config.load()?;
    let now = args.clock.now();
    let today = config.time_zone.to_datetime(now).date();
    let days = args.inputs.duration().as_secs() / 86_400;
    let keep_days = i64::try_from(days).unwrap_or(i64::MAX);
    Ok(retire_inputs(&args.from, keep_days, today, args.dry_run)?)
}

/// Erases the people that a file lists.
pub(crate) fn run_erase(args: &EraseArgs) -> anyhow::Result<Erased> {
    let config = args.config.load()?;
    let path = args.users.display();
    let text = std::fs::read_to_string(&args.users)
        .with_context(|| format!("could not read the list of users {path}"))?;
    let users = UserIds::parse(&text, &config.orders.unknown_users)
        .with_context(|| format!("could not use the list of users {path}"))?;
    Ok(erase(&Erasure {
        users,
        column: config.orders.columns.user.clone(),
        inputs: args.inputs.clone(),
        store: args.store.address.clone(),
        temporary: args.temporary.folder(),
        dry_run: args.dry_run,
        republish: args.republish_public.then(|| args.input(config)),
    })?)
}
