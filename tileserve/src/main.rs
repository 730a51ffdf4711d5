//! `tileserve`: reads its configuration and serves until it receives a signal to stop.

use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use clap::Parser;
use jiff::Timestamp;
use tileserve::config::Job;
use tileserve::http::access::{self, Access, read_keys};
use tileserve::server::probe::probe;
use tileserve::server::tls::Tls;
use tileserve::telemetry::audit_log::AuditLog;
use tileserve::telemetry::logging;
use tileserve::{Args, Config, Server};
use tokio::signal::unix::{Signal, SignalKind, signal};

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
        check_files(&config)?;
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
        // Before the start: the server may answer requests, and be stopped, before `start` returns.
        let mut signals = Signals::listen()?;
        let server = Server::start(&config).await?;
        signals.run_until_stopped(&server).await;
        server.stop().await;
        Ok(())
    })
}

/// Opens every file that the configuration names, as the server does when it starts.
fn check_files(config: &Config) -> anyhow::Result<()> {
    Access::open(config.access.clone())?;
    config.audit.as_ref().map(AuditLog::open).transpose()?;
    if let Some(files) = &config.tls {
        Tls::open(files.clone())?.check_expiry(Timestamp::now())?;
    }
    // The folder is not created: the user who checks may not be the user who serves.
    if let Some(folder) = config.disk_cache.as_ref().filter(|folder| folder.exists()) {
        ensure!(folder.is_dir(), "the disk cache {} is not a folder", folder.display());
    }
    Ok(())
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

/// The signals that the program handles.
struct Signals {
    terminate: Signal,
    interrupt: Signal,
    hang_up: Signal,
}

impl Signals {
    fn listen() -> std::io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
            hang_up: signal(SignalKind::hangup())?,
        })
    }

    /// Waits for a signal to stop. SIGHUP reloads files.
    async fn run_until_stopped(&mut self, server: &Server) {
        loop {
            tokio::select! {
                _ = self.terminate.recv() => return,
                _ = self.interrupt.recv() => return,
                _ = self.hang_up.recv() => server.reload(),
            }
        }
    }
}
