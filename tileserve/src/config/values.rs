//! Conversion of single keys. Every error is added to `faults`.

use std::net::SocketAddr;
use std::time::Duration;

use http::header::{HeaderName, HeaderValue};
use tracing_subscriber::EnvFilter;
use url::Url;

use super::TlsFiles;
use super::file::{CacheControlFile, LimitsFile, TlsFile, TracesFile};
use crate::http::cors::Origins;
use crate::http::data_headers::{EmptyTile, Lifetimes};
use crate::http::rate_limit::RateOptions;
use crate::telemetry::traces::TraceOptions;

/// A number of seconds, with its default and its minimum.
pub(super) fn seconds(
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

pub(super) fn lifetimes(
    file: &CacheControlFile,
    faults: &mut Vec<String>,
) -> (Lifetimes, Option<EmptyTile>) {
    let mut at_least_0 = |name: &str, written: Option<f64>, default: f64| {
        seconds(&format!("cache_control.{name}"), written, (default, 0.0), faults)
    };
    let lifetimes = Lifetimes {
        latest: at_least_0("newest_seconds", file.newest_seconds, 60.0),
        latest_stale: at_least_0("newest_stale_seconds", file.newest_stale_seconds, 600.0),
        empty_tile: at_least_0("hole_seconds", file.hole_seconds, 3600.0),
    };
    let empty_tile = match file.holes.unwrap_or(204) {
        204 => Some(EmptyTile::NoContent),
        404 => Some(EmptyTile::NotFound),
        other => note(faults, format!("cache_control.holes is {other}, it must be 204 or 404")),
    };
    (lifetimes, empty_tile)
}

pub(super) fn tls(file: TlsFile, faults: &mut Vec<String>) -> Option<TlsFiles> {
    match (file.certificate, file.key) {
        (Some(certificate), Some(key)) => Some(TlsFiles { certificate, key }),
        (None, None) => None,
        _ => note(faults, "tls: certificate and key belong together, one is missing".to_owned()),
    }
}

pub(super) fn traces(file: TracesFile, faults: &mut Vec<String>) -> Option<TraceOptions> {
    let (endpoint, one_of) = (file.endpoint?, file.one_of.unwrap_or(100));
    let is_http = endpoint.parse::<Url>().is_ok_and(|url| matches!(url.scheme(), "http" | "https"));
    if !cfg!(feature = "otlp") {
        faults.push("traces.endpoint: this program was built without the feature otlp".to_owned());
    } else if !is_http {
        faults.push(format!("traces.endpoint `{endpoint}` is no http or https URL"));
    }
    if one_of == 0 {
        faults.push("traces.one_of is 0, it must be 1 or more".to_owned());
    }
    Some(TraceOptions { endpoint, one_of })
}

pub(super) fn address(name: &str, text: &str, faults: &mut Vec<String>) -> Option<SocketAddr> {
    text.parse().ok().or_else(|| {
        note(faults, format!("{name} `{text}` is no address and port like 127.0.0.1:8080"))
    })
}

/// One year: a longer time is a mistake.
const MAX_SECONDS: f64 = 31_536_000.0;

pub(super) fn note<T>(faults: &mut Vec<String>, fault: String) -> Option<T> {
    faults.push(fault);
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
        Err(format!("public_url `{text}` is no http or https URL without query and user"))
    }
}

pub(super) fn rate(file: &LimitsFile, faults: &mut Vec<String>) -> Option<RateOptions> {
    let per_second = file.requests_per_second.unwrap_or(0.0);
    let burst = file.burst.unwrap_or(200.0);
    for (name, value, least) in [("requests_per_second", per_second, 0.0), ("burst", burst, 1.0)] {
        if !(least..=1e9).contains(&value) {
            faults.push(format!("limits.{name} is {value}, it must be {least} to 1000000000"));
        }
    }
    let trusted_hops = file.trusted_hops.unwrap_or(0);
    (per_second > 0.0).then_some(RateOptions { per_second, burst, trusted_hops })
}

/// What is logged, in the syntax of `RUST_LOG`.
pub(super) fn level(written: Option<String>, faults: &mut Vec<String>) -> Option<String> {
    let level = written.unwrap_or_else(|| "info".to_owned());
    match EnvFilter::try_new(&level) {
        Ok(_) => Some(level),
        Err(error) => note(faults, format!("log.level `{level}` is no level: {error}")),
    }
}

pub(super) fn header_names(written: Vec<String>, faults: &mut Vec<String>) -> Vec<HeaderName> {
    let mut names = Vec::new();
    for name in written {
        match name.parse() {
            Ok(header) => names.push(header),
            Err(_) => faults.push(format!("surrogate_key_headers: `{name}` is no header's name")),
        }
    }
    names
}

pub(super) fn cors_origins(written: Option<Vec<String>>, faults: &mut Vec<String>) -> Origins {
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

pub(super) fn is_origin(text: &str) -> bool {
    text.parse::<Url>().is_ok_and(|url| {
        matches!(url.scheme(), "http" | "https") && url.origin().ascii_serialization() == text
    })
}
