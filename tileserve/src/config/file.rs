//! The configuration file as it is written, and the errors of single keys.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::Deserialize;
use toml::{Table, Value};

/// The configuration file as it is written. `tileserve.toml` in the crate explains each key.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct ConfigFile {
    pub(super) store: Option<String>,
    pub(super) listen: Option<String>,
    pub(super) admin_listen: Option<String>,
    pub(super) serve_internal: Option<bool>,
    pub(super) internal_cors: Option<bool>,
    pub(super) page: Option<PathBuf>,
    pub(super) page_origins: Option<Vec<String>>,
    pub(super) public_url: Option<String>,
    pub(super) cors_origins: Option<Vec<String>>,
    pub(super) surrogate_key_headers: Option<Vec<String>>,
    pub(super) threads: Option<usize>,
    pub(super) memory_mb: Option<u64>,
    pub(super) tile_cache_mb: Option<u64>,
    pub(super) disk_cache: Option<PathBuf>,
    pub(super) disk_cache_mb: Option<u64>,
    pub(super) manifest: ManifestFile,
    pub(super) cache_control: CacheControlFile,
    pub(super) timeouts: TimeoutsFile,
    pub(super) tls: TlsFile,
    pub(super) log: LogFile,
    pub(super) traces: TracesFile,
    pub(super) access: AccessFile,
    pub(super) limits: LimitsFile,
}

#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct LimitsFile {
    pub(super) requests_per_second: Option<f64>,
    pub(super) burst: Option<f64>,
    pub(super) trusted_hops: Option<usize>,
    pub(super) max_in_flight: Option<usize>,
    pub(super) max_connections: Option<usize>,
}

#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct TlsFile {
    pub(super) certificate: Option<PathBuf>,
    pub(super) key: Option<PathBuf>,
}

#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct LogFile {
    pub(super) sample_rate: Option<u64>,
    pub(super) level: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct TracesFile {
    pub(super) endpoint: Option<String>,
    pub(super) sample_rate: Option<u64>,
}

#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct AccessFile {
    pub(super) tokens: Option<PathBuf>,
    pub(super) signing_keys: Option<PathBuf>,
    pub(super) admin_tokens: Option<PathBuf>,
}

#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[allow(clippy::struct_field_names)] // each key carries its unit
pub(super) struct ManifestFile {
    pub(super) poll_interval_seconds: Option<f64>,
    pub(super) list_interval_seconds: Option<f64>,
    pub(super) retention_seconds: Option<f64>,
}

#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[allow(clippy::struct_field_names)] // each key carries its unit
pub(super) struct CacheControlFile {
    pub(super) latest_max_age_seconds: Option<f64>,
    pub(super) latest_stale_seconds: Option<f64>,
    pub(super) empty_tile_max_age_seconds: Option<f64>,
    pub(super) empty_tile_status: Option<u16>,
}

#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[allow(clippy::struct_field_names)] // each key carries its unit
pub(super) struct TimeoutsFile {
    pub(super) header_timeout_seconds: Option<f64>,
    pub(super) write_timeout_seconds: Option<f64>,
    pub(super) store_timeout_seconds: Option<f64>,
    pub(super) tile_timeout_seconds: Option<f64>,
    pub(super) shutdown_delay_seconds: Option<f64>,
    pub(super) drain_timeout_seconds: Option<f64>,
}

/// The sections of the file.
const SECTIONS: [&str; 8] =
    ["manifest", "cache_control", "timeouts", "limits", "access", "tls", "log", "traces"];

/// Keys, and whole sections, that take effect as soon as the file changes.
const WHILE_RUNNING: [&str; 9] = [
    "internal_cors",
    "cors_origins",
    "surrogate_key_headers",
    "cache_control",
    "limits.requests_per_second",
    "limits.burst",
    "limits.trusted_hops",
    "limits.max_in_flight",
    "log",
];

/// Reads the file key by key, so that every wrong key is reported and the others still take effect:
/// then errors in their values are found too.
pub(super) fn read(text: &str, errors: &mut Vec<String>) -> (ConfigFile, Table) {
    let written: Table = match text.parse() {
        Ok(table) => table,
        Err(error) => {
            errors.push(format!("the file is not valid TOML: {}", error.to_string().trim_end()));
            return (ConfigFile::default(), Table::new());
        }
    };
    check_sections(&written, errors);
    let mut valid = Table::new();
    for (section, key, value) in keys(&written) {
        let alone = alone(section, key, value);
        match alone.clone().try_into::<ConfigFile>() {
            Ok(_) => merge(&mut valid, alone),
            Err(error) => errors.push(format!("{}: {}", path(section, key), error.message())),
        }
    }
    (valid.try_into().unwrap_or_default(), written)
}

/// Keys that differ between two files, and that a running server does not apply.
pub(super) fn fixed_changes(before: &Table, after: &Table) -> Vec<String> {
    let listed = |table: &Table| -> BTreeMap<String, Value> {
        keys(table).map(|(section, key, value)| (path(section, key), value.clone())).collect()
    };
    let (before, after) = (listed(before), listed(after));
    let mut changed: Vec<String> = before.keys().chain(after.keys()).cloned().collect();
    changed.sort_unstable();
    changed.dedup();
    changed.retain(|path| before.get(path) != after.get(path) && !is_applied_at_once(path));
    changed
}

fn is_applied_at_once(path: &str) -> bool {
    let section = path.split('.').next().unwrap_or_default();
    WHILE_RUNNING.contains(&path) || WHILE_RUNNING.contains(&section)
}

/// Reports sections that are not tables. Keys inside of them, as in `[[limits]]`, are checked too.
fn check_sections(written: &Table, errors: &mut Vec<String>) {
    for section in SECTIONS {
        if written.get(section).is_some_and(|value| !value.is_table()) {
            errors.push(format!("{section}: must be a section, written as [{section}]"));
        }
    }
}

/// Every key with its section and value.
fn keys(table: &Table) -> impl Iterator<Item = (Option<&str>, &str, &Value)> {
    table.iter().flat_map(|(key, value)| {
        let is_empty = value.as_table().is_some_and(Table::is_empty);
        let is_section = SECTIONS.contains(&key.as_str()) || (value.is_table() && !is_empty);
        let tables: Vec<&Table> = match value {
            Value::Table(table) => vec![table],
            Value::Array(items) if is_section => items.iter().filter_map(Value::as_table).collect(),
            _ => Vec::new(),
        };
        let inner = tables.into_iter().flatten();
        let inner = inner.map(|(name, value)| (Some(key.as_str()), name.as_str(), value));
        inner.chain((!is_section).then_some((None, key.as_str(), value)))
    })
}

/// Whether the file has a key, with a valid value or not.
pub(super) fn has_key(written: &Table, section: Option<&str>, key: &str) -> bool {
    keys(written).any(|(in_section, name, _)| (in_section, name) == (section, key))
}

fn path(section: Option<&str>, key: &str) -> String {
    section.map_or_else(|| key.to_owned(), |section| format!("{section}.{key}"))
}

/// A file with one key.
fn alone(section: Option<&str>, key: &str, value: &Value) -> Table {
    let alone = Table::from_iter([(key.to_owned(), value.clone())]);
    match section {
        Some(section) => Table::from_iter([(section.to_owned(), alone.into())]),
        None => alone,
    }
}

fn merge(all: &mut Table, one: Table) {
    for (key, value) in one {
        match (all.get_mut(&key), value) {
            (Some(Value::Table(all)), Value::Table(more)) => all.extend(more),
            (_, value) => {
                all.insert(key, value);
            }
        }
    }
}
