//! The command line: parses the arguments, runs one command and prints its result.
//!
//! [`main`] dispatches to the command. `arguments` has the arguments of each command, `build` the runs of the
//! commands that publish, `fetch` those that bring inputs, `pipeline` the steps of `tilegen run`, and `schedule`
//! the times of `tilegen repeat`. `print` writes what a command prints, and `exit` has the exit codes.

mod archive;
mod arguments;
mod build;
mod catalog;
mod exit;
mod fetch;
mod inspect;
mod pipeline;
mod print;
mod privacy;
mod private_file;
mod repeat;
pub mod schedule;
mod startup;

use std::process::ExitCode;

use clap::Parser;
use tilecore::layer::{AREAS, POPULATION};

use crate::catalog::Erased;
use crate::sample::{SampleArgs, write_sample};
use archive::{run_inspect, run_verify};
use arguments::{Cli, CliCommand, RunCommand};
use build::{run_area_stats, run_areas, run_density, run_snapshot, run_timeline};
use catalog::{run_catalog, run_status};
use exit::{EXIT_FOUND, EXIT_UNFINISHED, print_failure, print_verdict};
use fetch::run_fetch;
use print::{print_error, print_report, write_stdout};
use privacy::{run_audit, run_erase, run_retire};
use repeat::run_repeat;
use startup::{AMPLE_MEMORY, raise_mmap_threshold, start_logging};

/// Runs the command in the process arguments. Errors go to standard error.
#[must_use]
pub fn main() -> ExitCode {
    start_logging();
    let command = Cli::parse().command;
    if command.memory_bytes().is_none_or(|bytes| bytes >= AMPLE_MEMORY) {
        raise_mmap_threshold();
    }
    let result = match command {
        CliCommand::Sample(args) => sample(&args),
        CliCommand::Density(args) => run_density(args),
        CliCommand::Areas(args) => run_areas(args, "areas", &[AREAS, POPULATION]),
        CliCommand::Population(args) => run_areas(args, "population", &[POPULATION]),
        CliCommand::Snapshot(args) => run_snapshot(args),
        CliCommand::AreaStats(args) => run_area_stats(args),
        CliCommand::Timeline(args) => run_timeline(args),
        CliCommand::Verify(args) => run_verify(&args),
        CliCommand::Inspect(args) => run_inspect(&args),
        CliCommand::Catalog(args) => run_catalog(&args),
        CliCommand::Status(args) => return run_status(&args),
        CliCommand::Run(command) => return run_steps(&command),
        CliCommand::Fetch(args) => run_fetch(&args),
        CliCommand::Erase(args) => {
            let is_done = |erased: &Erased| erased.is_finished || erased.dry_run;
            return print_verdict(run_erase(&args), is_done, EXIT_UNFINISHED);
        }
        CliCommand::PrivacyAudit(args) => {
            return print_verdict(run_audit(&args), |audit| audit.found == 0, EXIT_FOUND);
        }
        CliCommand::Retire(args) => run_retire(&args).and_then(|retired| print_report(&retired)),
        CliCommand::Repeat(args) => run_repeat(&args),
        CliCommand::Config => write_stdout(format_args!("{}", crate::config::DEFAULT_CONFIG)),
    };
    result.map_or_else(|error| print_failure(&error), |()| ExitCode::SUCCESS)
}

/// Runs all steps of a job. The exit status is that of the step that failed.
fn run_steps(command: &RunCommand) -> ExitCode {
    let ended = match command {
        RunCommand::Orders(args) => pipeline::run_orders(args),
        RunCommand::Snapshot(args) => pipeline::run_snapshot(args),
    };
    ended.unwrap_or_else(|error| {
        print_error(&error);
        ExitCode::FAILURE
    })
}

fn sample(args: &SampleArgs) -> anyhow::Result<()> {
    let report = write_sample(&args.spec())?;
    write_stdout(format_args!("{report}"))
}
