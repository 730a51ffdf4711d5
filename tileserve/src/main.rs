//! `tileserve`: reads its configuration, serves until it is told to stop.

use std::io::IsTerminal;
use std::process::ExitCode;

use clap::Parser;
use tileserve::{Args, Config, Server};
use tracing_subscriber::EnvFilter;

fn main() -> ExitCode {
    match run(&Args::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("tileserve: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(args: &Args) -> anyhow::Result<()> {
    start_logging();
    let config = Config::read(args)?;
    // One thread needs no work stealing, and saves what it costs.
    let mut runtime = match config.threads.get() {
        1 => tokio::runtime::Builder::new_current_thread(),
        _ => tokio::runtime::Builder::new_multi_thread(),
    };
    runtime.worker_threads(config.threads.get()).enable_all().build()?.block_on(async {
        let server = Server::start(&config).await?;
        stop_signal().await?;
        server.stop().await;
        Ok(())
    })
}

/// Text for a person, JSON for a collector.
fn start_logging() {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    if std::io::stderr().is_terminal() {
        lines.init();
    } else {
        lines.json().flatten_event(true).init();
    }
}

async fn stop_signal() -> std::io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        _ = terminate.recv() => Ok(()),
        interrupted = tokio::signal::ctrl_c() => interrupted,
    }
}
