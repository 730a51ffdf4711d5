//! The run of `tilegen fetch vendors`: its report file and the metrics of every source.

use std::time::Duration;

use crate::cli::arguments::FetchInputArgs;
use crate::cli::private_file::write_report;
use crate::fetch::vendors::{VendorSourceReport, VendorsReport, fetch_vendors};
use crate::telemetry::{FetchStats, RowAge};

/// Fetches vendors, and writes the metrics of every source.
pub(crate) fn run_fetch_vendors(args: &FetchInputArgs) -> anyhow::Result<VendorsReport> {
    let now = args.clock.now();
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
