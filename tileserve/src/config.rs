//! Configuration: what was written on the command line and in the file, and what it means.

use std::net::SocketAddr;
use std::num::NonZero;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Parser, Subcommand};
use http::header::{HeaderName, HeaderValue};
use serde::Deserialize;
use url::Url;

use crate::access::AccessFiles;
use crate::finish::{Finish, Origins};
use crate::follower::Pace;
use crate::limits::LimitOptions;
use crate::reply::{Holes, Lifetimes};
use crate::store::StoreAddress;
use crate::tls::TlsFiles;

/// Serves the tiles of a store, and the page that shows them.
#[derive(Clone, Debug, Default, Parser)]
#[command(version, about, args_conflicts_with_subcommands = true)]
pub struct Args {
    /// What to do instead of serving
    #[command(subcommand)]
    pub job: Option<Job>,
    /// Look whether the configuration can be used, name everything that is wrong with it, and end
    #[arg(long)]
    pub check_config: bool,
    /// Configuration file (TOML); what is given here on the command line goes before it
    #[arg(long, value_name = "FILE", env = "TILESERVE_CONFIG")]
    pub config: Option<PathBuf>,
    /// Folder or URL (file, s3, gs, az, http, https) that holds archives and manifests
    #[arg(long, value_name = "URL", env = "TILESERVE_STORE")]
    pub store: Option<String>,
    /// Address and port to listen on [default: 127.0.0.1:8080]
    #[arg(long, value_name = "ADDR", env = "TILESERVE_LISTEN")]
    pub listen: Option<String>,
    /// Address and port for metrics and health, which only those who run the server should reach
    #[arg(long, value_name = "ADDR", env = "TILESERVE_ADMIN_LISTEN")]
    pub admin_listen: Option<String>,
    /// Serve internal layers too; only for a private network
    #[arg(long, env = "TILESERVE_SERVE_INTERNAL")]
    pub serve_internal: bool,
    /// Folder of the built page, served at /
    #[arg(long, value_name = "DIR", env = "TILESERVE_PAGE")]
    pub page: Option<PathBuf>,
    /// What the URLs in TileJSON begin with, as clients see this server
    #[arg(long, value_name = "URL", env = "TILESERVE_PUBLIC_URL")]
    pub public_url: Option<String>,
    /// Threads that answer requests [default: one a core]
    #[arg(long, value_name = "N", env = "TILESERVE_THREADS")]
    pub threads: Option<usize>,
    /// Megabytes of archives kept in memory [default: 512]
    #[arg(long, value_name = "MB", env = "TILESERVE_MEMORY_MB")]
    pub memory_mb: Option<u64>,
}

/// What the program does beside serving.
#[derive(Clone, Debug, Subcommand)]
pub enum Job {
    /// Print the query that opens a part of the map to whoever has it
    Sign {
        /// What it opens, with all below it: /v1/tiles/density/30d
        prefix: String,
        /// File with the keys that sign; the first one does
        #[arg(long, value_name = "FILE")]
        keys: PathBuf,
        /// Hours for which it does
        #[arg(long, value_name = "HOURS", default_value_t = 24)]
        hours: u32,
    },
}

/// What the configuration file says. `tileserve.toml` beside the sources explains each key.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct ConfigFile {
    store: Option<String>,
    listen: Option<String>,
    admin_listen: Option<String>,
    serve_internal: Option<bool>,
    internal_cors: Option<bool>,
    page: Option<PathBuf>,
    page_origins: Option<Vec<String>>,
    public_url: Option<String>,
    cors_origins: Option<Vec<String>>,
    surrogate_key_headers: Option<Vec<String>>,
    threads: Option<usize>,
    memory_mb: Option<u64>,
    tile_cache_mb: Option<u64>,
    disk_cache: Option<PathBuf>,
    disk_cache_mb: Option<u64>,
    follow: FollowFile,
    cache_control: CacheControlFile,
    deadlines: DeadlinesFile,
    tls: TlsFile,
    log: LogFile,
    access: AccessFile,
    limits: LimitsFile,
}

#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct LimitsFile {
    requests_per_second: Option<f64>,
    burst: Option<f64>,
    trusted_hops: Option<usize>,
    waiting: Option<usize>,
    connections: Option<usize>,
}

#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct TlsFile {
    certificate: Option<PathBuf>,
    key: Option<PathBuf>,
}

#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct LogFile {
    one_of: Option<u64>,
}

#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct AccessFile {
    tokens: Option<PathBuf>,
    signing_keys: Option<PathBuf>,
    admin_tokens: Option<PathBuf>,
}

#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[allow(clippy::struct_field_names)] // each key carries its unit
struct FollowFile {
    poll_seconds: Option<f64>,
    list_seconds: Option<f64>,
    keep_seconds: Option<f64>,
}

#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[allow(clippy::struct_field_names)] // each key carries its unit
struct CacheControlFile {
    newest_seconds: Option<f64>,
    newest_stale_seconds: Option<f64>,
    hole_seconds: Option<f64>,
    holes: Option<u16>,
}

#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[allow(clippy::struct_field_names)] // each key carries its unit
struct DeadlinesFile {
    head_seconds: Option<f64>,
    write_seconds: Option<f64>,
    store_seconds: Option<f64>,
    tile_seconds: Option<f64>,
    unready_seconds: Option<f64>,
    drain_seconds: Option<f64>,
}

/// What the configuration means.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where archives and manifests are.
    pub store: StoreAddress,
    /// Where to listen.
    pub listen: SocketAddr,
    /// Where to listen for those who run the server.
    pub admin_listen: Option<SocketAddr>,
    /// What is put on every answer.
    pub finish: Finish,
    /// Whether pages of other origins may read internal layers.
    pub internal_cors: bool,
    /// Folder of the built page.
    pub page: Option<PathBuf>,
    /// Origins that the page may load from beside its own.
    pub page_origins: Vec<String>,
    /// Threads that answer requests.
    pub threads: NonZero<usize>,
    /// Bytes of tiles kept from archives that are not in memory.
    pub tile_cache_bytes: u64,
    /// Whether internal layers are served to everybody.
    pub serve_internal: bool,
    /// How connections are made secret, if they are.
    pub tls: Option<TlsFiles>,
    /// One answer of so many is told in the log; 0 = none.
    pub log_one_of: u64,
    /// Who may see them otherwise.
    pub access: AccessFiles,
    /// What absolute URLs begin with; empty = URLs begin with a slash.
    pub public_url: String,
    /// Bytes of archives kept in memory.
    pub memory_bytes: u64,
    /// Folder of archives that memory has no room for.
    pub disk_cache: Option<PathBuf>,
    /// Bytes of archives kept there.
    pub disk_bytes: u64,
    /// How long an archive that was replaced still answers under its digest.
    pub keep: Duration,
    /// How often the store is asked.
    pub pace: Pace,
    /// How long clients may keep answers.
    pub lifetimes: Lifetimes,
    /// What is said where an archive has no tile.
    pub holes: Holes,
    /// How much clients may ask.
    pub limits: LimitOptions,
    /// Time for a request's head, and for the next request of a connection to begin.
    pub head_deadline: Duration,
    /// Time for a client to take something of what it is sent.
    pub write_deadline: Duration,
    /// Time for an answer of the store.
    pub store_deadline: Duration,
    /// Time for a tile to come from the store, with all that goes before it.
    pub tile_deadline: Duration,
    /// Time for which a server that is to stop still answers, but says that it is not ready.
    pub unready: Duration,
    /// Time for requests in flight when the server stops.
    pub drain_deadline: Duration,
}

/// What is wrong with the configuration, all of it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the configuration cannot be used:\n  {}", faults.join("\n  "))]
pub struct ConfigError {
    /// One sentence for each fault.
    pub faults: Vec<String>,
}

impl Config {
    /// Reads the file that the arguments name, if any, and puts both together.
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

    /// Puts arguments and a file's text together.
    pub fn parse(args: &Args, text: &str) -> Result<Self, ConfigError> {
        let mut faults = Vec::new();
        let file = parse_file(text, &mut faults);
        let config = mean(args, file, &mut faults);
        match config {
            Some(config) if faults.is_empty() => Ok(config),
            _ => Err(ConfigError { faults }),
        }
    }
}

/// Reads the file. If it is wrong, each key is read alone, so that every wrong one is named.
fn parse_file(text: &str, faults: &mut Vec<String>) -> ConfigFile {
    let table: toml::Table = match text.parse() {
        Ok(table) => table,
        Err(error) => {
            faults.push(format!("the file is not TOML: {}", error.to_string().trim_end()));
            return ConfigFile::default();
        }
    };
    if let Ok(file) = table.clone().try_into() {
        return file;
    }
    for (key, value) in table {
        match value {
            toml::Value::Table(section) => {
                for (inner, value) in section {
                    let alone = toml::Table::from_iter([(inner.clone(), value)]);
                    let path = format!("{key}.{inner}");
                    check_alone([(key.clone(), alone.into())], &path, faults);
                }
            }
            value => check_alone([(key.clone(), value)], &key, faults),
        }
    }
    ConfigFile::default()
}

fn check_alone<const N: usize>(
    alone: [(String, toml::Value); N],
    path: &str,
    faults: &mut Vec<String>,
) {
    if let Err(error) = toml::Table::from_iter(alone).try_into::<ConfigFile>() {
        let reason = error.message();
        faults.push(format!("{path}: {reason}"));
    }
}

/// The meaning of what was written; what means nothing is added to the faults.
fn mean(args: &Args, file: ConfigFile, faults: &mut Vec<String>) -> Option<Config> {
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
    for origin in page_origins.iter().filter(|origin| !is_origin(origin)) {
        let fault = format!("page_origins: `{origin}` is no origin like https://tiles.example");
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
    let pace = Pace {
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
    let head_deadline = seconds("deadlines.head_seconds", head_seconds, 30.0, 0.05);
    let write_deadline = seconds("deadlines.write_seconds", write_seconds, 30.0, 0.05);
    let store_deadline = seconds("deadlines.store_seconds", store_seconds, 30.0, 0.05);
    let tile_deadline = seconds("deadlines.tile_seconds", tile_seconds, 10.0, 0.05);
    let unready = seconds("deadlines.unready_seconds", unready_seconds, 0.0, 0.0);
    let drain_deadline = seconds("deadlines.drain_seconds", drain_seconds, 10.0, 0.0);
    let limits = limits(&file.limits, faults);
    let megabytes = |written: Option<u64>, default: u64| written.unwrap_or(default) << 20;
    let tls = tls(file.tls, faults);
    let (lifetimes, holes) = lifetimes(&file.cache_control, faults);
    Some(Config {
        store: store?,
        listen: listen?,
        admin_listen: admin_listen.flatten(),
        finish: Finish { origins, key_headers },
        internal_cors: file.internal_cors.unwrap_or(false),
        page: args.page.clone().or(file.page),
        page_origins,
        threads: threads?,
        tile_cache_bytes: megabytes(file.tile_cache_mb, 64),
        serve_internal: args.serve_internal || file.serve_internal.unwrap_or(false),
        tls,
        log_one_of: file.log.one_of.unwrap_or(1000),
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
        limits,
        pace,
        lifetimes,
        holes: holes?,
        head_deadline,
        write_deadline,
        store_deadline,
        tile_deadline,
        unready,
        drain_deadline,
    })
}

/// A number of seconds with its default and the least that it may be.
fn seconds(
    name: &str,
    written: Option<f64>,
    (default, least): (f64, f64),
    faults: &mut Vec<String>,
) -> Duration {
    let value = written.unwrap_or(default);
    if (least..=MAX_SECONDS).contains(&value) {
        return Duration::from_secs_f64(value);
    }
    faults.push(format!("{name} is {value}, it must be {least} to {MAX_SECONDS}"));
    Duration::ZERO
}

fn lifetimes(file: &CacheControlFile, faults: &mut Vec<String>) -> (Lifetimes, Option<Holes>) {
    let mut at_least_0 = |name: &str, written: Option<f64>, default: f64| {
        seconds(&format!("cache_control.{name}"), written, (default, 0.0), faults)
    };
    let lifetimes = Lifetimes {
        newest: at_least_0("newest_seconds", file.newest_seconds, 60.0),
        newest_stale: at_least_0("newest_stale_seconds", file.newest_stale_seconds, 600.0),
        hole: at_least_0("hole_seconds", file.hole_seconds, 3600.0),
    };
    let holes = match file.holes.unwrap_or(204) {
        204 => Some(Holes::NoContent),
        404 => Some(Holes::NotFound),
        other => note(faults, format!("cache_control.holes is {other}, it must be 204 or 404")),
    };
    (lifetimes, holes)
}

fn tls(file: TlsFile, faults: &mut Vec<String>) -> Option<TlsFiles> {
    match (file.certificate, file.key) {
        (Some(certificate), Some(key)) => Some(TlsFiles { certificate, key }),
        (None, None) => None,
        _ => note(faults, "tls: certificate and key belong together, one is missing".to_owned()),
    }
}

fn address(name: &str, text: &str, faults: &mut Vec<String>) -> Option<SocketAddr> {
    text.parse().ok().or_else(|| {
        note(faults, format!("{name} `{text}` is no address and port like 127.0.0.1:8080"))
    })
}

/// A year; nothing here is meant to last longer.
const MAX_SECONDS: f64 = 31_536_000.0;

fn note<T>(faults: &mut Vec<String>, fault: String) -> Option<T> {
    faults.push(fault);
    None
}

/// The text that absolute URLs begin with, without a slash at its end; empty if there is none.
fn public_prefix(text: &str) -> Result<String, String> {
    if text.is_empty() {
        return Ok(String::new());
    }
    let url = text.parse::<Url>().map_err(|error| format!("public_url `{text}`: {error}"))?;
    let is_plain = url.query().is_none() && url.fragment().is_none() && url.username().is_empty();
    if matches!(url.scheme(), "http" | "https") && url.has_host() && is_plain {
        Ok(url.as_str().trim_end_matches('/').to_owned())
    } else {
        Err(format!("public_url `{text}` is no http or https URL without query and user"))
    }
}

fn limits(file: &LimitsFile, faults: &mut Vec<String>) -> LimitOptions {
    let LimitsFile { requests_per_second, burst, trusted_hops, waiting, connections } = *file;
    let per_second = requests_per_second.unwrap_or(0.0);
    let burst = burst.unwrap_or(200.0);
    for (name, value, least) in [("requests_per_second", per_second, 0.0), ("burst", burst, 1.0)] {
        if !(least..=1e9).contains(&value) {
            faults.push(format!("limits.{name} is {value}, it must be {least} to 1000000000"));
        }
    }
    LimitOptions {
        per_second: (per_second > 0.0).then_some(per_second),
        burst,
        trusted_hops: trusted_hops.unwrap_or(0),
        waiting: waiting.unwrap_or(1000),
        connections: connections.unwrap_or(20_000),
    }
}

fn header_names(written: Vec<String>, faults: &mut Vec<String>) -> Vec<HeaderName> {
    let mut names = Vec::new();
    for name in written {
        match name.parse() {
            Ok(header) => names.push(header),
            Err(_) => faults.push(format!("surrogate_key_headers: `{name}` is no header's name")),
        }
    }
    names
}

fn cors_origins(written: Option<Vec<String>>, faults: &mut Vec<String>) -> Origins {
    let written = written.unwrap_or_else(|| vec!["*".to_owned()]);
    if written == ["*"] {
        return Origins::Any;
    }
    let mut origins = Vec::new();
    for text in written {
        match HeaderValue::from_str(&text) {
            Ok(origin) if is_origin(&text) => origins.push(origin),
            _ => faults.push(format!(
                "cors_origins: `{text}` is no origin like https://tiles.example; `*` stands alone"
            )),
        }
    }
    Origins::These(origins)
}

fn is_origin(text: &str) -> bool {
    text.parse::<Url>().is_ok_and(|url| {
        matches!(url.scheme(), "http" | "https") && url.origin().ascii_serialization() == text
    })
}

#[cfg(test)]
mod tests;
