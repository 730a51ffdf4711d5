//! Reads the configuration: the command line, and one TOML file.
//!
//! `args` has the command line and `file` the file as it is written. `values` converts single keys, and
//! [`Config`] is the result, with the options of each room. Every error is reported at once.

mod args;
mod file;
mod tls_files;
mod values;

use std::net::SocketAddr;
use std::num::NonZero;
use std::path::PathBuf;
use std::time::Duration;

use crate::http::access::AccessFiles;
use crate::http::policy::PolicyOptions;
use crate::http::response_headers::ResponseHeaders;
use crate::map::watcher::PollIntervals;
use crate::storage::store::StoreAddress;
use crate::telemetry::traces::TraceOptions;

pub use args::{Args, Job};
use file::{ConfigFile, DeadlinesFile, FollowFile};
pub use tls_files::TlsFiles;
use values::{
    address, cors_origins, header_names, is_origin, level, lifetimes, note, public_prefix, rate,
    seconds, tls, traces,
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
    /// Origins that the page may load from in addition to its own.
    pub page_origins: Vec<String>,
    /// Threads that answer requests.
    pub threads: NonZero<usize>,
    /// Most bytes in the tile cache.
    pub tile_cache_bytes: u64,
    /// Whether internal layers are served to every client.
    pub serve_internal: bool,
    /// The certificate and key, if connections are encrypted.
    pub tls: Option<TlsFiles>,
    /// What is logged, in the syntax of `RUST_LOG`.
    pub log_level: String,
    /// The collector of traces, if there is one.
    pub traces: Option<TraceOptions>,
    /// The files of tokens and keys that grant access to internal layers.
    pub access: AccessFiles,
    /// Prefix of absolute URLs; empty = URLs begin with a slash.
    pub public_url: String,
    /// Most bytes of archives in memory.
    pub memory_bytes: u64,
    /// Folder of the disk cache, for archives that do not fit in memory.
    pub disk_cache: Option<PathBuf>,
    /// Most bytes in the disk cache.
    pub disk_bytes: u64,
    /// How long a replaced archive is still served under its digest.
    pub keep: Duration,
    /// How often the store is polled.
    pub poll_intervals: PollIntervals,
    /// Settings of responses, which may change while the server runs.
    pub policy: PolicyOptions,
    /// Most open connections.
    pub connections: usize,
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
#[error("the configuration cannot be used:\n  {}", faults.join("\n  "))]
pub struct ConfigError {
    /// One sentence for each error.
    pub faults: Vec<String>,
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
                let fault = format!("the file {} could not be read: {error}", path.display());
                ConfigError { faults: vec![fault] }
            })?,
            None => String::new(),
        };
        Self::parse(args, &text)
    }

    /// Combines the arguments with the text of a file.
    pub fn parse(args: &Args, text: &str) -> Result<Self, ConfigError> {
        let mut faults = Vec::new();
        let (file, written) = file::read(text, &mut faults);
        let config = interpret(args, file, &mut faults);
        match config {
            Some(config) if faults.is_empty() => {
                Ok(Self { source: ConfigSource { args: args.clone(), written }, ..config })
            }
            _ => Err(ConfigError { faults }),
        }
    }

    /// Changed keys of the file that need a restart.
    #[must_use]
    pub fn fixed_changes(&self, before: &ConfigSource) -> Vec<String> {
        file::fixed_changes(&before.written, &self.source.written)
    }
}

/// Converts what was written; every error is added to `faults`.
fn interpret(args: &Args, file: ConfigFile, faults: &mut Vec<String>) -> Option<Config> {
    let store = args.store.clone().or(file.store);
    let store = match store.as_deref().map(StoreAddress::parse) {
        Some(Ok(store)) => Some(store),
        Some(Err(fault)) => note(faults, format!("store {fault}")),
        None => note(faults, "store is missing: give --store or `store` in the file".to_owned()),
    };
    let listen = args.listen.clone().or(file.listen);
    let listen = listen.as_deref().unwrap_or("127.0.0.1:8080");
    let listen = address("listen", listen, faults);
    let admin_listen = args.admin_listen.clone().or(file.admin_listen);
    let admin_listen = admin_listen.as_deref().map(|text| address("admin_listen", text, faults));
    let public_url = args.public_url.clone().or(file.public_url).unwrap_or_default();
    let public_url = match public_prefix(&public_url) {
        Ok(url) => Some(url),
        Err(fault) => note(faults, fault),
    };
    let page_origins = file.page_origins.unwrap_or_default();
    for source in page_origins.iter().filter(|source| !is_origin(source)) {
        let fault = format!("page_origins: `{source}` is no origin like https://tiles.example");
        note::<()>(faults, fault);
    }
    let origins = cors_origins(file.cors_origins, faults);
    let key_headers = header_names(file.surrogate_key_headers.unwrap_or_default(), faults);
    let cores = std::thread::available_parallelism().unwrap_or(NonZero::<usize>::MIN);
    let threads = args.threads.or(file.threads).unwrap_or(cores.get());
    let threads = NonZero::new(threads)
        .filter(|threads| threads.get() <= 1024)
        .or_else(|| note(faults, format!("threads is {threads}, it must be 1 to 1024")));
    let mut seconds = |name: &str, written: Option<f64>, default: f64, least: f64| {
        seconds(name, written, (default, least), faults)
    };
    let FollowFile { poll_seconds, list_seconds, keep_seconds } = file.follow;
    let poll_intervals = PollIntervals {
        poll: seconds("follow.poll_seconds", poll_seconds, 5.0, 0.05),
        list: seconds("follow.list_seconds", list_seconds, 300.0, 1.0),
    };
    let keep = seconds("follow.keep_seconds", keep_seconds, 86_400.0, 0.0);
    let DeadlinesFile {
        head_seconds,
        write_seconds,
        store_seconds,
        tile_seconds,
        unready_seconds,
        drain_seconds,
    } = file.deadlines;
    let header_timeout = seconds("deadlines.head_seconds", head_seconds, 30.0, 0.05);
    let write_timeout = seconds("deadlines.write_seconds", write_seconds, 30.0, 0.05);
    let store_timeout = seconds("deadlines.store_seconds", store_seconds, 30.0, 0.05);
    let tile_timeout = seconds("deadlines.tile_seconds", tile_seconds, 10.0, 0.05);
    let shutdown_delay = seconds("deadlines.unready_seconds", unready_seconds, 0.0, 0.0);
    let drain_timeout = seconds("deadlines.drain_seconds", drain_seconds, 10.0, 0.0);
    let rate = rate(&file.limits, faults);
    let megabytes = |written: Option<u64>, default: u64| written.unwrap_or(default) << 20;
    let tls = tls(file.tls, faults);
    let (lifetimes, empty_tile) = lifetimes(&file.cache_control, faults);
    let log_level = level(file.log.level, faults);
    let traces = traces(file.traces, faults);
    Some(Config {
        store: store?,
        listen: listen?,
        admin_listen: admin_listen.flatten(),
        page: args.page.clone().or(file.page),
        page_origins,
        threads: threads?,
        tile_cache_bytes: megabytes(file.tile_cache_mb, 64),
        serve_internal: args.serve_internal || file.serve_internal.unwrap_or(false),
        tls,
        log_level: log_level?,
        traces,
        access: AccessFiles {
            tokens: file.access.tokens,
            keys: file.access.signing_keys,
            admin_tokens: file.access.admin_tokens,
        },
        public_url: public_url?,
        memory_bytes: megabytes(args.memory_mb.or(file.memory_mb), 512),
        disk_cache: file.disk_cache,
        disk_bytes: megabytes(file.disk_cache_mb, 4096),
        keep,
        poll_intervals,
        policy: PolicyOptions {
            response_headers: ResponseHeaders { origins, key_headers },
            internal_cors: file.internal_cors.unwrap_or(false),
            lifetimes,
            empty_tile: empty_tile?,
            rate,
            max_in_flight: file.limits.waiting.unwrap_or(1000),
            log_one_of: file.log.one_of.unwrap_or(1000),
        },
        connections: file.limits.connections.unwrap_or(20_000),
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
