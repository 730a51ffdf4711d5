//! The run of `tilegen fetch orders`: its report file and its metrics.

use std::time::Instant;

use crate::cli::arguments::FetchOrdersArgs;
use crate::cli::private_file::write_report;
use crate::fetch::orders::{OrdersReport, fetch_orders};
use crate::telemetry::FetchStats;
use crate::telemetry::progress::Progress;

/// Label of the source in the metrics.
const ORDERS: &str = "orders";

/// Fetches, and writes the metrics whether the run succeeds or not.
pub(crate) fn run_fetch_orders(args: &FetchOrdersArgs) -> anyhow::Result<OrdersReport> {
    let (began, now) = (Instant::now(), args.clock.now());
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

fn stats(report: &OrdersReport) -> FetchStats {
    FetchStats {
        rows: report.rows(),
        bytes: report.fetched.iter().map(|day| day.bytes).sum(),
        retries: report.fetched.iter().map(|day| day.retries).sum(),
        is_complete: report.is_complete(),
        age: None,
    }
}
