//! What commands print: reports and text on standard output, errors on standard error.

use std::fmt::Display;
use std::io::{IsTerminal, Write};

use anyhow::Context;
use serde::Serialize;

/// Writes to standard output. A closed pipe, as `head` leaves it, is not an error.
pub(crate) fn write_stdout(text: std::fmt::Arguments<'_>) -> anyhow::Result<()> {
    match std::io::stdout().write_fmt(text) {
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
        written => written.context("could not write to standard output"),
    }
}

/// Prints text on a terminal, JSON otherwise.
pub(crate) fn print_report(report: &(impl Serialize + Display)) -> anyhow::Result<()> {
    if std::io::stdout().is_terminal() { print_text(report) } else { print_json(report) }
}

/// Prints text, also if standard output is not a terminal.
pub(crate) fn print_text(report: &impl Display) -> anyhow::Result<()> {
    write_stdout(format_args!("{report}"))
}

/// Prints JSON, also on a terminal.
pub(crate) fn print_json(report: &impl Serialize) -> anyhow::Result<()> {
    write_stdout(format_args!("{}\n", serde_json::to_string_pretty(report)?))
}

/// Writes an error with all of its causes to standard error.
pub(crate) fn print_error(error: &anyhow::Error) {
    eprintln!("tilegen: {}", tilecore::error::chain(error.as_ref()));
}
