//! The runs of `tilegen fetch`: their report files and their metrics.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use jiff::Timestamp;
use serde::Serialize;

use crate::cli::arguments::{FetchArgs, FetchInputArgs, FetchOrdersArgs};
use crate::cli::run::write_private;
use crate::config::Config;
use crate::config::fetch::{FetchConfig, FileSource};
use crate::fetch::check::{CheckReport, check_sources};
use crate::fetch::objects::{CopiedObjects, copy_files};
use crate::fetch::orders::{OrdersReport, fetch_orders};
use crate::fetch::vendors::{VendorSourceReport, VendorsReport, fetch_vendors};
use crate::store::local_path;
use crate::telemetry::progress::Progress;
use crate::telemetry::{FetchStats, RowAge};

/// Label of the source in the metrics.
const ORDERS: &str = "orders";

/// Fetches, and writes the metrics whether the run succeeds or not.
pub(crate) fn run_fetch_orders(args: &FetchOrdersArgs) -> anyhow::Result<OrdersReport> {
    let (began, now) = (Instant::now(), args.now.unwrap_or_else(Timestamp::now));
    let fetched = args.spec(now).and_then(|spec| {
        let report = fetch_orders(&spec, Progress::to_stderr())?;
        if let Some(path) = &args.report {
            write_report(path, &report)?;
        }
        Ok(report)
    });
    if let Some(path) = &args.metrics_file {
        let stats = fetched.as_ref().map(stats).unwrap_or_default();
        stats.write(path, ORDERS, began.elapsed(), now)?;
    }
    fetched
}

/// Fetches vendors, and writes the metrics of every source.
pub(crate) fn run_fetch_vendors(args: &FetchInputArgs) -> anyhow::Result<VendorsReport> {
    let now = args.now.unwrap_or_else(Timestamp::now);
    let report = fetch_vendors(&args.vendors(now)?)?;
    if let Some(path) = &args.report {
        write_report(path, &report)?;
    }
    if let Some(path) = &args.metrics_file {
        for source in &report.sources {
            let took = Duration::from_secs_f64(source.seconds);
            vendor_stats(source).write(path, &format!("vendors-{}", source.name), took, now)?;
        }
    }
    Ok(report)
}

fn vendor_stats(source: &VendorSourceReport) -> FetchStats {
    let max_age = Duration::from_secs(source.max_age_seconds);
    FetchStats {
        rows: source.rows,
        bytes: source.bytes,
        retries: source.retries,
        is_complete: source.error.is_none(),
        age: source.data_at.map(|data_at| RowAge { data_at, max_age }),
    }
}

/// Copies the files of one kind, and writes the metrics whether it succeeds or not.
pub(crate) fn run_fetch_files(
    args: &FetchInputArgs,
    kind: &'static str,
    source: impl FnOnce(FetchConfig) -> Option<FileSource>,
) -> anyhow::Result<CopiedObjects> {
    let (began, now) = (Instant::now(), args.now.unwrap_or_else(Timestamp::now));
    let copied = copy_kind(args, kind, source);
    if let Some(path) = &args.metrics_file {
        let stats = FetchStats {
            bytes: copied.as_ref().map_or(0, |copied| copied.bytes),
            is_complete: copied.is_ok(),
            ..FetchStats::default()
        };
        stats.write(path, kind, began.elapsed(), now)?;
    }
    let copied = copied?;
    if let Some(path) = &args.report {
        write_report(path, &copied)?;
    }
    Ok(copied)
}

fn copy_kind(
    args: &FetchInputArgs,
    kind: &str,
    source: impl FnOnce(FetchConfig) -> Option<FileSource>,
) -> anyhow::Result<CopiedObjects> {
    let Some(into) = local_path(&args.into) else {
        bail!("{kind} are read as files, and {} is not a folder; give --into DIR", args.into)
    };
    let source = source(Config::load(args.config.as_deref())?.fetch);
    let source = source.with_context(|| {
        format!("no source of {kind} is configured; write [fetch.{kind}] in the configuration")
    })?;
    Ok(copy_files(&source, &into)?)
}

/// Asks every source for a few rows.
pub(crate) fn run_check(args: &FetchArgs) -> anyhow::Result<CheckReport> {
    let config = Config::load(args.config.as_deref())?;
    Ok(check_sources(&config, args.day, Timestamp::now(), &std::env::temp_dir())?)
}

fn write_report(path: &Path, report: &impl Serialize) -> anyhow::Result<()> {
    let json = serde_json::to_vec_pretty(report)?;
    write_private(path, &json).with_context(|| format!("could not write {}", path.display()))
}

fn stats(report: &OrdersReport) -> FetchStats {
    FetchStats {
        rows: report.rows(),
        bytes: report.fetched.iter().map(|day| day.bytes).sum(),
        retries: report.fetched.iter().map(|day| day.retries).sum(),
        is_complete: report.is_complete(),
        age: None,
    }
}
