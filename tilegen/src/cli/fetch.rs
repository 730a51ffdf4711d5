//! The runs of `tilegen fetch`, and what they print.

mod files;
mod orders;
mod vendors;

use std::fmt::Display;

use anyhow::bail;
use jiff::Timestamp;
use serde::Serialize;

use crate::cli::arguments::{FetchArgs, FetchCommand, FetchObjectsArgs, FetchOrdersArgs};
use crate::cli::print::print_report;
use crate::config::Config;
use crate::fetch::check::{CheckReport, check_sources};
use crate::fetch::objects::copy_objects;
use crate::store::Store;
use files::run_fetch_files;
use orders::run_fetch_orders;
use vendors::run_fetch_vendors;

/// Fetches inputs, checks their sources, or downloads objects.
pub(crate) fn run_fetch(args: &FetchArgs) -> anyhow::Result<()> {
    match &args.command {
        Some(FetchCommand::Orders(args)) => fetch_orders(args),
        Some(FetchCommand::Vendors(args)) => {
            let report = run_fetch_vendors(args)?;
            print_sources(&report, report.first_failure(), "did not deliver")
        }
        Some(FetchCommand::Grades(args)) => {
            print_report(&run_fetch_files(args, "grades", |config| config.grades)?)
        }
        Some(FetchCommand::Targets(args)) => {
            print_report(&run_fetch_files(args, "targets", |config| config.targets)?)
        }
        Some(FetchCommand::Areas(args)) => {
            print_report(&run_fetch_files(args, "areas", |config| config.areas)?)
        }
        None if args.check => {
            let report = run_check(args)?;
            print_sources(&report, report.first_failure(), "cannot be used")
        }
        None => fetch_objects(&args.objects),
    }
}

/// Asks every source for a few rows.
fn run_check(args: &FetchArgs) -> anyhow::Result<CheckReport> {
    let config = Config::load(args.config.as_deref())?;
    Ok(check_sources(&config, args.day, Timestamp::now(), &std::env::temp_dir())?)
}

/// Prints a report, and fails afterwards if a source did: its name and its error.
fn print_sources(
    report: &(impl Serialize + Display),
    failure: Option<(&str, impl Display)>,
    problem: &str,
) -> anyhow::Result<()> {
    print_report(report)?;
    match failure {
        Some((source, error)) => bail!("the source {source} {problem}: {error}"),
        None => Ok(()),
    }
}

/// A day that was not fetched makes the command fail, after the report.
fn fetch_orders(args: &FetchOrdersArgs) -> anyhow::Result<()> {
    let report = run_fetch_orders(args)?;
    print_report(&report)?;
    let failed = report.failed.len() as u64 + report.days_not_tried;
    if let Some(first) = report.failed.first() {
        bail!("{failed} days were not fetched; the first is {}: {}", first.date, first.error);
    }
    Ok(())
}

fn fetch_objects(args: &FetchObjectsArgs) -> anyhow::Result<()> {
    let FetchObjectsArgs { from: Some(from), into: Some(into), names } = args else {
        bail!("give a command, --check, or --from and --into")
    };
    print_report(&copy_objects(&Store::open(from, false)?, names, into)?)
}
