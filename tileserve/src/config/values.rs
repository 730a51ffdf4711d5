//! Conversion of single keys. Every error is added to `errors`.

use std::net::SocketAddr;
use std::num::NonZero;
use std::time::Duration;

use http::header::{HeaderName, HeaderValue};
use tracing_subscriber::EnvFilter;
use url::Url;

use super::TlsFiles;
use super::file::{CacheControlSection, LimitsSection, TlsSection, TracesSection, has_key};
use crate::http::cors::Origins;
use crate::http::data_headers::{EmptyTile, Lifetimes};
use crate::http::hosts::AllowedHosts;
use crate::http::rate_limit::RateOptions;
use crate::storage::store::StoreAddress;
use crate::telemetry::traces::TraceOptions;

/// A number of seconds, with its default and its minimum.
pub(super) fn seconds(
    name: &str,
    written: Option<f64>,
    (default, least): (f64, f64),
    errors: &mut Vec<String>,
) -> Duration {
    let value = written.unwrap_or(default);
    if (least..=MAX_SECONDS).contains(&value) {
        return Duration::from_secs_f64(value);
    }
    errors.push(format!("{name} is {value}; it must be {least} to {MAX_SECONDS}"));
    Duration::ZERO
}

pub(super) fn lifetimes(
    file: &CacheControlSection,
    errors: &mut Vec<String>,
) -> (Lifetimes, Option<EmptyTile>) {
    let mut at_least_0 = |name: &str, written: Option<f64>, default: f64| {
        seconds(&format!("cache_control.{name}"), written, (default, 0.0), errors)
    };
    let lifetimes = Lifetimes {
        latest: at_least_0("latest_max_age_seconds", file.latest_max_age_seconds, 60.0),
        latest_stale: at_least_0("latest_stale_seconds", file.latest_stale_seconds, 600.0),
        empty_tile: at_least_0(
            "empty_tile_max_age_seconds",
            file.empty_tile_max_age_seconds,
            3600.0,
        ),
        internal_max: at_least_0(
            "internal_max_age_seconds",
            file.internal_max_age_seconds,
            86_400.0,
        ),
    };
    let empty_tile = match file.empty_tile_status.unwrap_or(204) {
        204 => Some(EmptyTile::NoContent),
        404 => Some(EmptyTile::NotFound),
        other => note(
            errors,
            format!("cache_control.empty_tile_status is {other}; it must be 204 or 404"),
        ),
    };
    (lifetimes, empty_tile)
}

pub(super) fn store(
    text: Option<&str>,
    written: &toml::Table,
    errors: &mut Vec<String>,
) -> Option<StoreAddress> {
    match text.map(StoreAddress::parse) {
        Some(Ok(store)) => Some(store),
        Some(Err(error)) => note(errors, format!("store {error}")),
        // A store of the wrong type was reported already.
        None if has_key(written, None, "store") => None,
        None => {
            note(errors, "store is missing; set `store` in the file, or give --store".to_owned())
        }
    }
}

/// Threads that answer requests; by default one per core.
pub(super) fn threads(written: Option<usize>, errors: &mut Vec<String>) -> Option<NonZero<usize>> {
    let cores = std::thread::available_parallelism().unwrap_or(NonZero::<usize>::MIN);
    let threads = written.unwrap_or(cores.get());
    NonZero::new(threads)
        .filter(|threads| threads.get() <= 1024)
        .or_else(|| note(errors, format!("threads is {threads}; it must be 1 to 1024")))
}

pub(super) fn tls(
    file: TlsSection,
    written: &toml::Table,
    errors: &mut Vec<String>,
) -> Option<TlsFiles> {
    let is_written = |key| has_key(written, Some("tls"), key);
    match (file.certificate, file.key) {
        (Some(certificate), Some(key)) => Some(TlsFiles { certificate, key }),
        (None, None) => None,
        // A file name of the wrong type was reported already.
        _ if is_written("certificate") && is_written("key") => None,
        _ => note(
            errors,
            "tls: one of certificate and key is missing; set both or neither".to_owned(),
        ),
    }
}

pub(super) fn traces(file: TracesSection, errors: &mut Vec<String>) -> Option<TraceOptions> {
    let (endpoint, sample_rate) = (file.endpoint?, file.sample_rate.unwrap_or(100));
    let is_http = endpoint.parse::<Url>().is_ok_and(|url| matches!(url.scheme(), "http" | "https"));
    if !cfg!(feature = "otlp") {
        errors.push(
            "traces.endpoint: this program has no traces; build it with --features otlp".to_owned(),
        );
    } else if !is_http {
        errors.push(format!("traces.endpoint `{endpoint}` is not an http or https URL"));
    }
    if sample_rate == 0 {
        errors.push("traces.sample_rate is 0; it must be 1 or more".to_owned());
    }
    Some(TraceOptions { endpoint, sample_rate })
}

pub(super) fn address(name: &str, text: &str, errors: &mut Vec<String>) -> Option<SocketAddr> {
    text.parse().ok().or_else(|| {
        note(errors, format!("{name} `{text}` is not an address and port like 127.0.0.1:8080"))
    })
}

/// One year: a longer time is a mistake.
const MAX_SECONDS: f64 = 31_536_000.0;

pub(super) fn note<T>(errors: &mut Vec<String>, error: String) -> Option<T> {
    errors.push(error);
    None
}

/// The prefix of absolute URLs, without a trailing slash; empty if there is none.
pub(super) fn public_prefix(text: &str) -> Result<String, String> {
    if text.is_empty() {
        return Ok(String::new());
    }
    let url = text.parse::<Url>().map_err(|error| format!("public_url `{text}`: {error}"))?;
    let is_plain = url.query().is_none() && url.fragment().is_none() && url.username().is_empty();
    if matches!(url.scheme(), "http" | "https") && url.has_host() && is_plain {
        Ok(url.as_str().trim_end_matches('/').to_owned())
    } else {
        Err(format!(
            "public_url `{text}` is not an http or https URL without query, fragment or user"
        ))
    }
}

/// One request in eleven days: a lower rate is a mistake.
const MIN_RATE: f64 = 1e-6;

const MAX_RATE: f64 = 1e9;

pub(super) fn rate(file: &LimitsSection, errors: &mut Vec<String>) -> Option<RateOptions> {
    let per_second = file.requests_per_second.unwrap_or(0.0);
    let burst = file.burst.unwrap_or(200.0);
    if per_second != 0.0 && !(MIN_RATE..=MAX_RATE).contains(&per_second) {
        errors.push(format!(
            "limits.requests_per_second is {per_second}; it must be 0, or {MIN_RATE} to {MAX_RATE}"
        ));
    }
    if !(1.0..=MAX_RATE).contains(&burst) {
        errors.push(format!("limits.burst is {burst}; it must be 1 to {MAX_RATE}"));
    }
    let trusted_hops = file.trusted_hops.unwrap_or(0);
    (per_second > 0.0).then_some(RateOptions { per_second, burst, trusted_hops })
}

/// The hosts by which clients may address listeners that show internal data.
pub(super) fn allowed_hosts(
    written: Option<Vec<String>>,
    public_url: Option<&str>,
    errors: &mut Vec<String>,
) -> Option<AllowedHosts> {
    let hosts = AllowedHosts::new(&written.unwrap_or_default(), public_url);
    hosts.map_err(|wrong| errors.extend(wrong)).ok()
}

/// Most connections of a client. Behind trusted proxies all of them come from the proxies.
pub(super) fn connections_per_client(file: &LimitsSection) -> Option<usize> {
    let most = file.max_connections_per_client.unwrap_or(1000);
    (most > 0 && file.trusted_hops.unwrap_or(0) == 0).then_some(most)
}

/// What is logged, in the syntax of `RUST_LOG`.
pub(super) fn level(written: Option<String>, errors: &mut Vec<String>) -> Option<String> {
    let level = written.unwrap_or_else(|| "info".to_owned());
    match EnvFilter::try_new(&level) {
        Ok(_) => Some(level),
        Err(error) => note(errors, format!("log.level `{level}` is not a valid level: {error}")),
    }
}

pub(super) fn header_names(written: Vec<String>, errors: &mut Vec<String>) -> Vec<HeaderName> {
    let mut names = Vec::new();
    for name in written {
        match name.parse() {
            Ok(header) => names.push(header),
            Err(_) => {
                errors.push(format!("surrogate_key_headers: `{name}` is not a valid header name"));
            }
        }
    }
    names
}

pub(super) fn cors_origins(written: Option<Vec<String>>, errors: &mut Vec<String>) -> Origins {
    let written = written.unwrap_or_else(|| vec!["*".to_owned()]);
    if written == ["*"] {
        return Origins::Any;
    }
    let mut origins = Vec::new();
    for text in written {
        match HeaderValue::from_str(&text) {
            Ok(origin) if is_origin(&text) => origins.push(origin),
            _ => errors.push(format!(
                "cors_origins: `{text}` is not an origin like https://tiles.example; `*` must be the only entry"
            )),
        }
    }
    Origins::These(origins)
}

pub(super) fn is_origin(text: &str) -> bool {
    text.parse::<Url>().is_ok_and(|url| {
        matches!(url.scheme(), "http" | "https") && url.origin().ascii_serialization() == text
    })
}
