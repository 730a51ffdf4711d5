//! The runs of `tilegen fetch grades`, `targets` and `areas`: their report files and their metrics.

use std::time::Instant;

use anyhow::{Context, bail};

use crate::cli::arguments::FetchInputArgs;
use crate::cli::private_file::write_report;
use crate::config::fetch::{FetchConfig, FileSource};
use crate::fetch::objects::{CopiedObjects, copy_files};
use crate::store::local_path;
use crate::telemetry::FetchStats;

/// Copies the files of one kind, and writes the metrics whether it succeeds or not.
pub(crate) fn run_fetch_files(
    args: &FetchInputArgs,
    kind: &'static str,
    source: impl FnOnce(FetchConfig) -> Option<FileSource>,
) -> anyhow::Result<CopiedObjects> {
    let (began, now) = (Instant::now(), args.clock.now());
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
    let source = source(args.config.load()?.fetch);
    let source = source.with_context(|| {
        format!("no source of {kind} is configured; write [fetch.{kind}] in the configuration")
    })?;
    Ok(copy_files(&source, &into)?)
}
