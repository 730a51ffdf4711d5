//! Gauges that are set when Prometheus scrapes, not when their values change.

use jiff::Timestamp;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::{Registry, Unit};
use tilecore::manifest::{Hold, Job};
use tilecore::process::{MemoryLimits, resident_bytes};

use crate::values::archive_age::ArchiveAge;

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct SlotLabels {
    layer: String,
    slot: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ErrorLabels {
    kind: &'static str,
}

/// The label is not `job`, because Prometheus sets that one itself.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct HoldLabels {
    hold: &'static str,
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
    /// How old its archives are.
    pub ages: Vec<ArchiveAge>,
    /// The holds of its jobs; some may have ended.
    pub holds: Vec<Hold>,
}

/// Gauges that are set when Prometheus scrapes.
#[derive(Debug, Default)]
pub(super) struct Gauges {
    map_number: Gauge,
    built: Family<SlotLabels, Gauge>,
    data: Family<SlotLabels, Gauge>,
    errors: Family<ErrorLabels, Gauge>,
    hold_start: Family<HoldLabels, Gauge>,
    hold_end: Family<HoldLabels, Gauge>,
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
        registry.register_with_unit(
            "layer_built_timestamp",
            "When the served archive was built",
            Unit::Seconds,
            self.built.clone(),
        );
        registry.register_with_unit(
            "layer_data_timestamp",
            "When the newest data of the served archive were written",
            Unit::Seconds,
            self.data.clone(),
        );
        registry.register(
            "map_error",
            "1 for the error that keeps the newest map from being served whole",
            self.errors.clone(),
        );
        registry.register_with_unit(
            "hold_start_timestamp",
            "When the hold of each job was set, 0 without one",
            Unit::Seconds,
            self.hold_start.clone(),
        );
        registry.register_with_unit(
            "hold_end_timestamp",
            "When the hold of each job ends, 0 without one",
            Unit::Seconds,
            self.hold_end.clone(),
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
        // Slots that left the map are removed from the metrics too.
        self.built.clear();
        self.data.clear();
        self.measure_holds(map.version.as_ref().map_or(&[], |version| &version.holds));
        let Some(version) = &map.version else { return };
        self.map_number.set(version.number.try_into().unwrap_or(i64::MAX));
        set("memory", version.memory_bytes);
        set("disk", version.disk_bytes);
        for age in &version.ages {
            let labels = SlotLabels { layer: age.layer.clone(), slot: age.slot.clone() };
            self.built.get_or_create(&labels).set(age.built_at);
            if let Some(data_at) = age.data_at {
                self.data.get_or_create(&labels).set(data_at);
            }
        }
    }
    /// Sets the gauges of every job, so that queries find them before there is a hold.
    fn measure_holds(&self, holds: &[Hold]) {
        let now = Timestamp::now();
        for job in Job::ALL {
            let hold = holds.iter().find(|hold| hold.holds(job, now));
            let labels = HoldLabels { hold: job.as_str() };
            let seconds = |time: Option<Timestamp>| time.map_or(0, Timestamp::as_second);
            self.hold_start.get_or_create(&labels).set(seconds(hold.map(|hold| hold.since)));
            self.hold_end.get_or_create(&labels).set(seconds(hold.map(|hold| hold.until)));
        }
    }
}
