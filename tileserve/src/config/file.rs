//! The configuration file as it is written.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::Deserialize;
use tilecore::config_file::read_keys;
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
    pub(super) allowed_hosts: Option<Vec<String>>,
    pub(super) page: Option<PathBuf>,
    pub(super) page_config: Option<PathBuf>,
    pub(super) page_origins: Option<Vec<String>>,
    pub(super) public_url: Option<String>,
    pub(super) cors_origins: Option<Vec<String>>,
    pub(super) beacon: Option<bool>,
    pub(super) surrogate_key_headers: Option<Vec<String>>,
    pub(super) threads: Option<usize>,
    pub(super) memory_mb: Option<u64>,
    pub(super) tile_cache_mb: Option<u64>,
    pub(super) disk_cache: Option<PathBuf>,
    pub(super) disk_cache_mb: Option<u64>,
    pub(super) manifest: ManifestSection,
    pub(super) cache_control: CacheControlSection,
    pub(super) timeouts: TimeoutsSection,
    pub(super) tls: TlsSection,
    pub(super) log: LogSection,
    pub(super) traces: TracesSection,
    pub(super) access: AccessSection,
    pub(super) limits: LimitsSection,
}

#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct LimitsSection {
    pub(super) requests_per_second: Option<f64>,
    pub(super) burst: Option<f64>,
    pub(super) trusted_hops: Option<usize>,
    pub(super) max_in_flight: Option<usize>,
    pub(super) max_connections: Option<usize>,
    pub(super) max_connections_per_client: Option<usize>,
    pub(super) response_memory_mb: Option<u64>,
}

#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct TlsSection {
    pub(super) certificate: Option<PathBuf>,
    pub(super) key: Option<PathBuf>,
}

#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct LogSection {
    pub(super) sample_rate: Option<u64>,
    pub(super) level: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct TracesSection {
    pub(super) endpoint: Option<String>,
    pub(super) sample_rate: Option<u64>,
}

#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct AccessSection {
    pub(super) tokens: Option<PathBuf>,
    pub(super) signing_keys: Option<PathBuf>,
    pub(super) admin_tokens: Option<PathBuf>,
    pub(super) origin_secrets: Option<PathBuf>,
    pub(super) contact: Option<String>,
    pub(super) proxy: ProxySection,
    pub(super) roles: BTreeMap<String, RoleSection>,
    pub(super) audit: AuditSection,
}

#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct ProxySection {
    pub(super) addresses: Option<Vec<String>>,
    pub(super) user_header: Option<String>,
    pub(super) groups_header: Option<String>,
    pub(super) sign_out: Option<String>,
    pub(super) jwks: Option<String>,
    pub(super) jwt_header: Option<String>,
    pub(super) issuer: Option<String>,
    pub(super) audience: Option<String>,
    pub(super) user_claim: Option<String>,
    pub(super) groups_claim: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RoleSection {
    pub(super) groups: Option<Vec<String>>,
    pub(super) layers: Option<Vec<String>>,
    pub(super) cities: Option<Vec<String>>,
    pub(super) max_zoom: Option<u8>,
}

#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct AuditSection {
    pub(super) folder: Option<PathBuf>,
    pub(super) keep_days: Option<u16>,
}

#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[allow(clippy::struct_field_names)] // each key carries its unit
pub(super) struct ManifestSection {
    pub(super) poll_interval_seconds: Option<f64>,
    pub(super) list_interval_seconds: Option<f64>,
    pub(super) retention_seconds: Option<f64>,
}

#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[allow(clippy::struct_field_names)] // each key carries its unit
pub(super) struct CacheControlSection {
    pub(super) latest_max_age_seconds: Option<f64>,
    pub(super) latest_stale_seconds: Option<f64>,
    pub(super) empty_tile_max_age_seconds: Option<f64>,
    pub(super) internal_max_age_seconds: Option<f64>,
    pub(super) empty_tile_status: Option<u16>,
}

#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[allow(clippy::struct_field_names)] // each key carries its unit
pub(super) struct TimeoutsSection {
    pub(super) header_timeout_seconds: Option<f64>,
    pub(super) write_timeout_seconds: Option<f64>,
    pub(super) store_timeout_seconds: Option<f64>,
    pub(super) tile_timeout_seconds: Option<f64>,
    pub(super) shutdown_delay_seconds: Option<f64>,
    pub(super) drain_timeout_seconds: Option<f64>,
}

/// Keys and whole sections that a running server applies when the file changes.
const RELOADABLE_KEYS: [&str; 9] = [
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

/// Reads the file. Reports every invalid key and keeps the valid ones, so that errors in their values are
/// reported at the same time.
pub(super) fn read(text: &str, errors: &mut Vec<String>) -> (ConfigFile, Table) {
    match text.parse() {
        Ok(written) => (read_keys("", &written, errors), written),
        Err(error) => {
            errors.push(format!("the file is not valid TOML: {}", error.to_string().trim_end()));
            (ConfigFile::default(), Table::new())
        }
    }
}

/// The keys that differ between two valid files and need a restart to take effect.
pub(super) fn changes_needing_restart(before: &Table, after: &Table) -> Vec<String> {
    let (before, after) = (values_by_path(before), values_by_path(after));
    let mut changed: Vec<String> = before.keys().chain(after.keys()).cloned().collect();
    changed.sort_unstable();
    changed.dedup();
    changed.retain(|path| before.get(path) != after.get(path) && !is_reloadable(path));
    changed
}

fn is_reloadable(path: &str) -> bool {
    let section = path.split('.').next().unwrap_or_default();
    RELOADABLE_KEYS.contains(&path) || RELOADABLE_KEYS.contains(&section)
}

fn values_by_path(table: &Table) -> BTreeMap<String, &Value> {
    let mut values = BTreeMap::new();
    for (key, value) in table {
        match value {
            Value::Table(section) => {
                values.extend(section.iter().map(|(name, value)| (format!("{key}.{name}"), value)));
            }
            value => {
                values.insert(key.clone(), value);
            }
        }
    }
    values
}

/// Whether the file has a key, even with an invalid value. The key is also found if its section is written as
/// `[[section]]` by mistake.
pub(super) fn has_key(written: &Table, section: Option<&str>, key: &str) -> bool {
    let Some(section) = section else { return written.contains_key(key) };
    match written.get(section) {
        Some(Value::Table(section)) => section.contains_key(key),
        Some(Value::Array(items)) => {
            items.iter().filter_map(Value::as_table).any(|section| section.contains_key(key))
        }
        _ => false,
    }
}
