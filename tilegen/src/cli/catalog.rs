//! The runs of `tilegen catalog` and `tilegen status`.

use std::process::ExitCode;

use anyhow::Context;
use jiff::Timestamp;

use crate::catalog::{self, Scope};
use crate::cli::arguments::{CatalogArgs, CatalogCommand, RollbackArgs, StatusArgs};
use crate::cli::exit::EXIT_STORE_UNREADABLE;
use crate::cli::print::{print_error, print_json, print_report, print_text, write_stdout};
use crate::store::Store;

/// Shows or changes the catalog.
pub(crate) fn run_catalog(args: &CatalogArgs) -> anyhow::Result<()> {
    let address =
        args.store.as_deref().context("no store given: use --store URL or set FOODMAP_STORE")?;
    let store = Store::open(address, false)?;
    match args.command.as_ref().unwrap_or(&CatalogCommand::Show { number: None }) {
        CatalogCommand::List { last } => print_report(&catalog::list(&store, *last)?),
        CatalogCommand::Show { number } => {
            let manifest = catalog::show(&store, *number)?;
            write_stdout(format_args!("{}\n", serde_json::to_string_pretty(&manifest)?))
        }
        CatalogCommand::Inputs { slot_path, number } => {
            print_report(&catalog::inputs(&store, &catalog::show(&store, *number)?, slot_path)?)
        }
        CatalogCommand::Diff { from, to } => {
            let (from, to) = (Some(*from), Some(*to));
            print_report(&catalog::difference(
                &catalog::show(&store, from)?,
                &catalog::show(&store, to)?,
            ))
        }
        CatalogCommand::History(args) => {
            let history = catalog::history(&store, &args.scopes(), args.last)?;
            if args.json { print_json(&history) } else { print_report(&history) }
        }
        CatalogCommand::Rollback(args) => roll_back(&store, args),
        CatalogCommand::Hold { job, period, why } => {
            let reason = why.reason.as_deref().unwrap_or("no reason given");
            let (map, hold) =
                catalog::hold(&store, *job, period.duration(), &why.author(), reason)?;
            let (number, until) = (map.number, hold.until);
            write_stdout(format_args!("{job} is held until {until:.0} in map {number}\n"))
        }
        CatalogCommand::Release { job } => match catalog::release(&store, *job)? {
            Some(map) => write_stdout(format_args!("{job} is released in map {}\n", map.number)),
            None => write_stdout(format_args!("{job} is not held\n")),
        },
        CatalogCommand::Probe => print_report(&catalog::probe(&store)?),
        CatalogCommand::Repair => print_report(&catalog::repair(&store)?),
        CatalogCommand::Pin { slot_path } => {
            let map = catalog::set_pinned(&store, slot_path, true)?;
            write_stdout(format_args!("{slot_path} is pinned in map {}\n", map.number))
        }
        CatalogCommand::Unpin { slot_path } => {
            let map = catalog::set_pinned(&store, slot_path, false)?;
            write_stdout(format_args!("{slot_path} is not pinned in map {}\n", map.number))
        }
        CatalogCommand::Copy { to, last, check } => {
            print_report(&catalog::copy(&store, &Store::open(to, true)?, *last, *check)?)
        }
        CatalogCommand::Retire { keep, dry_run } => {
            print_report(&catalog::retire(&store, *keep, *dry_run)?)
        }
    }
}

/// Rolls back a job, a layer or the whole map, or lists what can be rolled back to.
fn roll_back(store: &Store, args: &RollbackArgs) -> anyhow::Result<()> {
    if let Some(number) = args.number {
        let map = catalog::roll_back(store, number)?;
        tracing::warn!("this also reverts what other jobs have published since; no job is held");
        return write_stdout(format_args!(
            "map {} lists the same objects as map {number}\n",
            map.number
        ));
    }
    let Some(spec) = args.spec() else { return print_report(&catalog::candidates(store)?) };
    if let Scope::Slots { .. } = spec.scope {
        tracing::warn!(
            "only {} is rolled back: it may no longer agree with the other layers of its job",
            spec.scope
        );
    }
    let report = catalog::roll_back_scope(store, &spec)?;
    if report.hold.is_none() && spec.hold.is_some() {
        tracing::warn!("no job is known to publish {}, so nothing is held", spec.scope);
    }
    print_report(&report)
}

/// Prints the status of all jobs and returns its exit code.
pub(crate) fn run_status(args: &StatusArgs) -> ExitCode {
    let status = || -> anyhow::Result<u8> {
        let store = Store::open(&args.store.address, false)?;
        let status = catalog::status(&store, Timestamp::now())?;
        if args.json { print_json(&status) } else { print_text(&status) }?;
        Ok(status.exit_code)
    };
    match status() {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            print_error(&error);
            ExitCode::from(EXIT_STORE_UNREADABLE)
        }
    }
}
