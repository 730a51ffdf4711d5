//! Reads the configuration: the command line, and one TOML file.
//!
//! `args` has the command line and `file` the file as it is written. `values` converts single keys, and
//! [`Config`] is the result, with the options of each room. Every error is reported at once.

mod access;
mod args;
mod file;
mod tls_files;
mod values;

use std::collections::HashSet;
use std::net::SocketAddr;
use std::num::NonZero;
use std::path::PathBuf;
use std::time::Duration;

use crate::http::access::{AccessOptions, ProxyOptions};
use crate::http::hosts::AllowedHosts;
use crate::http::policy::PolicyOptions;
use crate::http::response_headers::ResponseHeaders;
use crate::map::watcher::PollIntervals;
use crate::storage::store::StoreAddress;
use crate::telemetry::audit_log::AuditOptions;
use crate::telemetry::traces::TraceOptions;

pub use args::{Args, Job};
use file::{ConfigFile, ManifestSection, TimeoutsSection};
pub use tls_files::TlsFiles;
use values::{
    address, allowed_hosts, connections_per_client, cors_origins, header_names, is_origin, level,
    lifetimes, note, public_prefix, rate, seconds, store, threads, tls, traces,
};

/// The configuration, validated.
#[derive(Clone, Debug)]
pub struct Config {
    /// The store that holds archives and manifests.
    pub store: StoreAddress,
    /// The address to listen on.
    pub listen: SocketAddr,
    /// The address to listen on for operators.
    pub admin_listen: Option<SocketAddr>,
    /// Folder of the built page.
    pub page: Option<PathBuf>,
    /// The file that is served as the page's `config.json`; `None` means the one in the page's folder.
    pub page_config: Option<PathBuf>,
    /// Origins that the page may load from in addition to its own.
    pub page_origins: Vec<String>,
    /// Threads that answer requests.
    pub threads: NonZero<usize>,
    /// Most bytes in the tile cache.
    pub tile_cache_bytes: u64,
    /// Whether internal layers are served to every client.
    pub serve_internal: bool,
    /// The hosts by which clients may address listeners that show internal data.
    pub allowed_hosts: AllowedHosts,
    /// The certificate and key, if connections are encrypted.
    pub tls: Option<TlsFiles>,
    /// What is logged, in the syntax of `RUST_LOG`.
    pub log_level: String,
    /// The collector of traces, if there is one.
    pub traces: Option<TraceOptions>,
    /// Who may see internal layers.
    pub access: AccessOptions,
    /// Where the log of who read what is written, if there is one.
    pub audit: Option<AuditOptions>,
    /// Whether pages may report their load times, errors and used features.
    pub beacon: bool,
    /// Trusted proxies that append to `X-Forwarded-For`.
    pub trusted_hops: usize,
    /// Prefix of absolute URLs; empty = URLs begin with a slash.
    pub public_url: String,
    /// Most bytes of archives in memory.
    pub memory_bytes: u64,
    /// Folder of the disk cache, for archives that do not fit in memory.
    pub disk_cache: Option<PathBuf>,
    /// Most bytes in the disk cache.
    pub disk_bytes: u64,
    /// How long a replaced archive is still served under its digest.
    pub retention: Duration,
    /// How often the store is polled.
    pub poll_intervals: PollIntervals,
    /// Settings of responses, which may change while the server runs.
    pub policy: PolicyOptions,
    /// Most open connections.
    pub max_connections: usize,
    /// Most open connections of a client, if that is limited.
    pub max_connections_per_client: Option<usize>,
    /// Most bytes of bodies that are in memory only because they are being sent.
    pub response_bytes: u64,
    /// Time for a request header, and until the next request of a connection.
    pub header_timeout: Duration,
    /// Time for a client to read some of what it is sent.
    pub write_timeout: Duration,
    /// Time for a response of the store.
    pub store_timeout: Duration,
    /// Time for a tile to arrive from the store, including all that precedes the read.
    pub tile_timeout: Duration,
    /// How long a server that stops still accepts connections while it reports that it is not ready.
    pub shutdown_delay: Duration,
    /// Time for requests in flight when the server stops.
    pub drain_timeout: Duration,
    /// What the configuration was read from, to read it again.
    pub source: ConfigSource,
}

/// What a configuration was read from.
#[derive(Clone, Debug, Default)]
pub struct ConfigSource {
    args: Args,
    written: toml::Table,
}

/// Every error of the configuration.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("invalid configuration:\n  {}", errors.join("\n  "))]
pub struct ConfigError {
    /// One sentence for each error.
    pub errors: Vec<String>,
}

impl ConfigSource {
    /// The file that was read, if there is one.
    #[must_use]
    pub fn file(&self) -> Option<&PathBuf> {
        self.args.config.as_ref()
    }

    /// Reads it again.
    pub fn read(&self) -> Result<Config, ConfigError> {
        Config::read(&self.args)
    }
}

impl Config {
    /// Reads the file that the arguments name, if any, and combines both.
    pub fn read(args: &Args) -> Result<Self, ConfigError> {
        let text = match &args.config {
            Some(path) => std::fs::read_to_string(path).map_err(|error| {
                let error = format!("could not read {}: {error}", path.display());
                ConfigError { errors: vec![error] }
            })?,
            None => String::new(),
        };
        Self::parse(args, &text)
    }

    /// Combines the arguments with the text of a file.
    pub fn parse(args: &Args, text: &str) -> Result<Self, ConfigError> {
        let mut errors = Vec::new();
        let (file, written) = file::read(text, &mut errors);
        let config = interpret(args, file, &written, &mut errors);
        // Two entries of a list may have the same error.
        let mut reported = HashSet::new();
        errors.retain(|error: &String| reported.insert(error.clone()));
        match config {
            Some(config) if errors.is_empty() => {
                Ok(Self { source: ConfigSource { args: args.clone(), written }, ..config })
            }
            _ => Err(ConfigError { errors }),
        }
    }

    /// Changed keys of the file that need a restart.
    #[must_use]
    pub fn changes_needing_restart(&self, before: &ConfigSource) -> Vec<String> {
        file::changes_needing_restart(&before.written, &self.source.written)
    }
}

/// Converts what was written; every error is added to `errors`.
fn interpret(
    args: &Args,
    file: ConfigFile,
    written: &toml::Table,
    errors: &mut Vec<String>,
) -> Option<Config> {
    let store = store(args.store.as_deref().or(file.store.as_deref()), written, errors);
    let listen = args.listen.clone().or(file.listen);
    let listen = listen.as_deref().unwrap_or("127.0.0.1:8080");
    let listen = address("listen", listen, errors);
    let admin_listen = args.admin_listen.clone().or(file.admin_listen);
    let admin_listen = admin_listen.as_deref().map(|text| address("admin_listen", text, errors));
    let public_url = args.public_url.clone().or(file.public_url).unwrap_or_default();
    let public_url = public_prefix(&public_url).map_or_else(|error| note(errors, error), Some);
    let allowed_hosts = allowed_hosts(file.allowed_hosts, public_url.as_deref(), errors);
    let page_origins = file.page_origins.unwrap_or_default();
    for source in page_origins.iter().filter(|source| !is_origin(source)) {
        let error = format!("page_origins: `{source}` is not an origin like https://tiles.example");
        note::<()>(errors, error);
    }
    let origins = cors_origins(file.cors_origins, errors);
    let key_headers = header_names(file.surrogate_key_headers.unwrap_or_default(), errors);
    let threads = threads(args.threads.or(file.threads), errors);
    let mut seconds = |name: &str, written: Option<f64>, default: f64, least: f64| {
        seconds(name, written, (default, least), errors)
    };
    let ManifestSection { poll_interval_seconds, list_interval_seconds, retention_seconds } =
        file.manifest;
    let poll_intervals = PollIntervals {
        poll: seconds("manifest.poll_interval_seconds", poll_interval_seconds, 5.0, 0.05),
        list: seconds("manifest.list_interval_seconds", list_interval_seconds, 300.0, 1.0),
    };
    let retention = seconds("manifest.retention_seconds", retention_seconds, 86_400.0, 0.0);
    let TimeoutsSection {
        header_timeout_seconds,
        write_timeout_seconds,
        store_timeout_seconds,
        tile_timeout_seconds,
        shutdown_delay_seconds,
        drain_timeout_seconds,
    } = file.timeouts;
    let header_timeout =
        seconds("timeouts.header_timeout_seconds", header_timeout_seconds, 30.0, 0.05);
    let write_timeout =
        seconds("timeouts.write_timeout_seconds", write_timeout_seconds, 30.0, 0.05);
    let store_timeout =
        seconds("timeouts.store_timeout_seconds", store_timeout_seconds, 30.0, 0.05);
    let tile_timeout = seconds("timeouts.tile_timeout_seconds", tile_timeout_seconds, 10.0, 0.05);
    let shutdown_delay =
        seconds("timeouts.shutdown_delay_seconds", shutdown_delay_seconds, 0.0, 0.0);
    let drain_timeout = seconds("timeouts.drain_timeout_seconds", drain_timeout_seconds, 10.0, 0.0);
    let rate = rate(&file.limits, errors);
    let megabytes = |written: Option<u64>, default: u64| written.unwrap_or(default) << 20;
    let tls = tls(file.tls, written, errors);
    let (lifetimes, empty_tile) = lifetimes(&file.cache_control, errors);
    let log_level = level(file.log.level, errors);
    let traces = traces(file.traces, errors);
    let serve_internal = args.serve_internal || file.serve_internal.unwrap_or(false);
    let audit = access::audit(&file.access.audit, errors);
    let access = access::access(file.access, serve_internal, errors);
    let vary = access.proxy.as_ref().map(ProxyOptions::headers).unwrap_or_default();
    Some(Config {
        store: store?,
        listen: listen?,
        admin_listen: admin_listen.flatten(),
        page: args.page.clone().or(file.page),
        page_config: file.page_config,
        page_origins,
        threads: threads?,
        tile_cache_bytes: megabytes(file.tile_cache_mb, 64),
        serve_internal,
        allowed_hosts: allowed_hosts?,
        tls,
        log_level: log_level?,
        traces,
        access,
        audit,
        beacon: file.beacon.unwrap_or(true),
        trusted_hops: file.limits.trusted_hops.unwrap_or(0),
        public_url: public_url?,
        memory_bytes: megabytes(args.memory_mb.or(file.memory_mb), 512),
        disk_cache: file.disk_cache,
        disk_bytes: megabytes(file.disk_cache_mb, 4096),
        retention,
        poll_intervals,
        policy: PolicyOptions {
            response_headers: ResponseHeaders { origins, key_headers },
            internal_cors: file.internal_cors.unwrap_or(false),
            vary,
            lifetimes,
            empty_tile: empty_tile?,
            rate,
            max_in_flight: file.limits.max_in_flight.unwrap_or(1000),
            log_sample_rate: file.log.sample_rate.unwrap_or(1000),
        },
        max_connections: file.limits.max_connections.unwrap_or(20_000),
        max_connections_per_client: connections_per_client(&file.limits),
        response_bytes: megabytes(file.limits.response_memory_mb, 128),
        header_timeout,
        write_timeout,
        store_timeout,
        tile_timeout,
        shutdown_delay,
        drain_timeout,
        source: ConfigSource::default(),
    })
}

#[cfg(test)]
mod tests;
