//! Gauges that are set when Prometheus scrapes, not when their values change.

use std::sync::Arc;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::{Registry, Unit};
use tilecore::process::{MemoryLimits, resident_bytes};

use super::facts::FactGauges;
use crate::values::map_facts::MapFacts;

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ErrorLabels {
    kind: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct TierLabels {
    tier: &'static str,
}

/// What the gauges of the map are set to.
#[derive(Clone, Debug)]
pub struct MapFigures {
    /// Every kind of error, and whether the map has it.
    pub errors: Vec<(&'static str, bool)>,
    /// The map version that is served, if there is one.
    pub version: Option<VersionFigures>,
}

/// What the gauges of the served map version are set to.
#[derive(Clone, Debug)]
pub struct VersionFigures {
    /// Number of its map.
    pub number: u64,
    /// Bytes of archives and tables in memory.
    pub memory_bytes: u64,
    /// Bytes of archives on the local disk.
    pub disk_bytes: u64,
    /// What its manifest says about its layers and tables.
    pub facts: Arc<MapFacts>,
}

/// Gauges that are set when Prometheus scrapes.
#[derive(Debug, Default)]
pub(super) struct Gauges {
    map_number: Gauge,
    facts: FactGauges,
    errors: Family<ErrorLabels, Gauge>,
    cached: Family<TierLabels, Gauge>,
    resident: Gauge,
    memory_limit: Gauge,
}

impl Gauges {
    pub(super) fn register(&self, registry: &mut Registry) {
        registry.register(
            "map_number",
            "Number of the map that is served, 0 without one",
            self.map_number.clone(),
        );
        self.facts.register(registry);
        registry.register(
            "map_error",
            "1 for the error that keeps the newest map from being served whole",
            self.errors.clone(),
        );
        registry.register_with_unit(
            "cache",
            "Archives, tables and tiles that are cached, by storage tier",
            Unit::Bytes,
            self.cached.clone(),
        );
        registry.register_with_unit(
            "resident_memory",
            "Resident memory of the process",
            Unit::Bytes,
            self.resident.clone(),
        );
        registry.register_with_unit(
            "memory_limit",
            "Memory limit of the process: of its control groups, or of the machine",
            Unit::Bytes,
            self.memory_limit.clone(),
        );
    }

    pub(super) fn measure(&self, map: &MapFigures, tile_cache_bytes: u64) {
        for (gauge, bytes) in [
            (&self.resident, resident_bytes()),
            (&self.memory_limit, MemoryLimits::read().effective()),
        ] {
            gauge.set(bytes.unwrap_or_default().try_into().unwrap_or(i64::MAX));
        }
        for &(kind, is_now) in &map.errors {
            self.errors.get_or_create(&ErrorLabels { kind }).set(is_now.into());
        }
        let set = |tier, bytes: u64| {
            self.cached
                .get_or_create(&TierLabels { tier })
                .set(bytes.try_into().unwrap_or(i64::MAX));
        };
        set("tile-cache", tile_cache_bytes);
        match &map.version {
            None => self.facts.measure(&MapFacts::default()),
            Some(version) => {
                self.facts.measure(&version.facts);
                self.map_number.set(version.number.try_into().unwrap_or(i64::MAX));
                set("memory", version.memory_bytes);
                set("disk", version.disk_bytes);
            }
        }
    }
}
