//! The exit codes.

use std::fmt::Display;
use std::process::ExitCode;

use serde::Serialize;

use crate::catalog::EraseError;
use crate::cli::build::held_back::HeldBack;
use crate::cli::build::run::acceptances_if_stopped;
use crate::cli::print::{print_error, print_report};
use crate::publish::lease::LeaseError;

/// Exit code when another run holds the lease: `EX_TEMPFAIL` of `sysexits.h`.
const EXIT_TEMPFAIL: u8 = 75;

/// Exit code of `tilegen status` when the store cannot be read.
pub(crate) const EXIT_STORE_UNREADABLE: u8 = 2;

/// Exit code when a guard stopped a build, or when `tilegen erase` refused to publish a public window again. Another
/// run with the same data would be stopped again, so `tilegen repeat`, the systemd units and the `CronJobs` do not retry it.
pub(crate) const EXIT_STOPPED: u8 = 3;

/// Exit code with `--strict` when a day was held back and the rest was published.
const EXIT_HELD_BACK: u8 = 4;

/// Exit code when `tilegen erase` waits for a build or for the operator.
pub(crate) const EXIT_UNFINISHED: u8 = 5;

/// Exit code when `tilegen privacy-audit` found something.
pub(crate) const EXIT_FOUND: u8 = 6;

/// The exit code of an error.
fn exit_code(error: &anyhow::Error) -> ExitCode {
    if matches!(error.downcast_ref(), Some(LeaseError::Held { .. })) {
        ExitCode::from(EXIT_TEMPFAIL)
    } else if acceptances_if_stopped(error).is_some() || is_refusal(error) {
        ExitCode::from(EXIT_STOPPED)
    } else if error.is::<HeldBack>() {
        ExitCode::from(EXIT_HELD_BACK)
    } else {
        ExitCode::FAILURE
    }
}

/// Whether `tilegen erase` refused to publish the public window again.
fn is_refusal(error: &anyhow::Error) -> bool {
    error.downcast_ref().is_some_and(EraseError::is_refusal)
}

/// Prints a report. The exit code says whether its verdict is good.
pub(crate) fn print_verdict<R: Serialize + Display>(
    report: anyhow::Result<R>,
    is_good: impl Fn(&R) -> bool,
    otherwise: u8,
) -> ExitCode {
    let printed = report.and_then(|report| print_report(&report).map(|()| is_good(&report)));
    match printed {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(otherwise),
        Err(error) => print_failure(&error),
    }
}

/// Prints an error. Returns its exit code.
pub(crate) fn print_failure(error: &anyhow::Error) -> ExitCode {
    print_error(error);
    exit_code(error)
}
