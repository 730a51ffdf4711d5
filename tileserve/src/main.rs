//! `tileserve`: reads its configuration and serves until it receives a signal to stop.

use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use clap::Parser;
use tileserve::config::Job;
use tileserve::http::access::{self, Access, read_keys};
use tileserve::server::probe::probe;
use tileserve::server::tls::Tls;
use tileserve::telemetry::logging;
use tileserve::{Args, Config, Server};

fn main() -> ExitCode {
    match run(&Args::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("tileserve: {}", tilecore::error::chain(error.as_ref()));
            ExitCode::FAILURE
        }
    }
}

fn run(args: &Args) -> anyhow::Result<()> {
    match &args.job {
        Some(Job::Sign { prefix, keys, hours }) => return sign(prefix, keys, *hours),
        Some(Job::Health { url }) => return Ok(probe(url)?),
        None => {}
    }
    let config = Config::read(args)?;
    if args.check_config {
        Access::open(config.access.clone())?;
        config.tls.clone().map(Tls::open).transpose()?;
        println!("the configuration is valid");
        return Ok(());
    }
    let _logging = logging::start(&config.log_level, config.traces.as_ref())?;
    // One thread needs no work stealing, so it avoids that cost.
    let mut runtime = match config.threads.get() {
        1 => tokio::runtime::Builder::new_current_thread(),
        _ => tokio::runtime::Builder::new_multi_thread(),
    };
    runtime.worker_threads(config.threads.get()).enable_all().build()?.block_on(async {
        let server = Server::start(&config).await?;
        run_until_stopped(&server).await?;
        server.stop().await;
        Ok(())
    })
}

fn sign(prefix: &str, keys: &Path, hours: u32) -> anyhow::Result<()> {
    ensure!(prefix.starts_with("/v1/"), "`{prefix}` is not a path like /v1/tiles/density/30d");
    let signing_keys = read_keys(keys)?;
    let key = signing_keys.first().with_context(|| {
        format!("{} has no key; add a line with a name and 64 hex digits", keys.display())
    })?;
    println!("{}", access::sign(key, prefix, Duration::from_secs(u64::from(hours) * 3600)));
    Ok(())
}

/// Waits for the signal to stop. SIGHUP reloads files.
async fn run_until_stopped(server: &Server) -> std::io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    let mut hang_up = signal(SignalKind::hangup())?;
    loop {
        tokio::select! {
            _ = terminate.recv() => return Ok(()),
            interrupted = tokio::signal::ctrl_c() => return interrupted,
            _ = hang_up.recv() => server.reload(),
        }
    }
}
