//! Metrics: what Prometheus is told. Counting costs a request about a hundred nanoseconds: every
//! counter is found once, not anew for each request.

mod exposition;

use std::fmt;
use std::sync::{Arc, OnceLock};
use std::time::Instant;

use http::StatusCode;
use hyper::body::Body;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::{Family, MetricConstructor};
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

pub use exposition::Exposition;

use crate::archive::Residence;
use crate::follower::{Fault, LiveMap};
use crate::memory;
use crate::reply::Reply;

/// Upper bounds of the latency histograms in seconds: an answer from memory takes some ten
/// microseconds, one from a bucket some ten milliseconds, and the deadline is ten seconds.
const SECONDS: [f64; 14] = [
    25e-6, 50e-6, 100e-6, 250e-6, 1e-3, 2.5e-3, 5e-3, 10e-3, 25e-3, 50e-3, 100e-3, 500e-3, 2.0,
    10.0,
];

/// Everything that is counted.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    answers: AnswerFamilies,
    routes: [Arc<RouteMetrics>; Kind::ALL.len()],
    /// Requests that wait for the store.
    pub waiting: Gauge,
    /// Open connections.
    pub connections: Gauge,
    /// What was refused for want of room, by reason.
    pub rejected: Family<RejectedLabels, Counter>,
    /// What the store was asked.
    pub store: StoreMetrics,
    /// What the tile cache did.
    pub cache: CacheMetrics,
    /// Looks for a new map.
    pub looks: Counter,
    /// Maps opened, and maps that could not be.
    pub maps: Family<MapLabels, Counter>,
    /// When the certificate ends, in seconds since 1970; 0 without TLS.
    pub certificate_ends: Gauge,
    gauges: Gauges,
}

/// Kinds of addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)] // they are those of `route::Route`
pub enum Kind {
    Tile,
    Composition,
    TileJson,
    Style,
    Table,
    Archive,
    Catalog,
    Health,
    Page,
    Other,
}

impl Kind {
    const ALL: [Self; 10] = [
        Self::Tile,
        Self::Composition,
        Self::TileJson,
        Self::Style,
        Self::Table,
        Self::Archive,
        Self::Catalog,
        Self::Health,
        Self::Page,
        Self::Other,
    ];

    /// Its name among the labels.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Tile => "tile",
            Self::Composition => "composition",
            Self::TileJson => "tilejson",
            Self::Style => "style",
            Self::Table => "table",
            Self::Archive => "archive",
            Self::Catalog => "catalog",
            Self::Health => "health",
            Self::Page => "page",
            Self::Other => "other",
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RequestLabels {
    route: &'static str,
    layer: String,
    status: u16,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RouteLabels {
    route: &'static str,
    layer: String,
}

/// How opening a map ended.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct MapLabels {
    /// `opened` or `broken`.
    pub outcome: &'static str,
}

/// Why something was refused.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct RejectedLabels {
    /// `rate`, `waiting` or `connections`.
    pub reason: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct SlotLabels {
    layer: String,
    slot: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct FaultLabels {
    kind: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct PlaceLabels {
    place: &'static str,
}

/// How a read of the store ended.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct OutcomeLabels {
    /// `right`, `missing`, `replaced`, `late` or `failed`.
    pub outcome: &'static str,
}

#[derive(Clone, Debug)]
struct Latency;

impl MetricConstructor<Histogram> for Latency {
    fn new_metric(&self) -> Histogram {
        Histogram::new(SECONDS)
    }
}

/// What is counted of every answer, by what was asked for.
#[derive(Debug)]
struct AnswerFamilies {
    requests: Family<RequestLabels, Counter>,
    seconds: Family<RouteLabels, Histogram, Latency>,
    sent: Family<RouteLabels, Counter>,
}

impl Default for AnswerFamilies {
    fn default() -> Self {
        let seconds = Family::new_with_constructor(Latency);
        Self { requests: Family::default(), seconds, sent: Family::default() }
    }
}

impl AnswerFamilies {
    /// Counters of one kind of address, or of one layer's tiles.
    fn of(&self, kind: Kind, layer: &str) -> RouteMetrics {
        let labels = RouteLabels { route: kind.name(), layer: layer.to_owned() };
        RouteMetrics {
            kind,
            layer: layer.to_owned(),
            requests: self.requests.clone(),
            by_status: STATUSES.map(|status| (status, OnceLock::new())),
            seconds: self.seconds.get_or_create_owned(&labels),
            sent: self.sent.get_or_create_owned(&labels),
        }
    }
}

/// What is asked of the store. Clones count together.
#[derive(Clone, Debug)]
pub struct StoreMetrics {
    /// Requests, each with what `object_store` repeats of it by itself.
    pub requests: Family<OutcomeLabels, Counter>,
    /// Requests that the client of `object_store` made again by itself.
    pub repeats: Counter,
    /// Time to a whole answer.
    pub seconds: Histogram,
    /// Bytes that came.
    pub bytes: Counter,
}

impl Default for StoreMetrics {
    fn default() -> Self {
        Self {
            requests: Family::default(),
            repeats: Counter::default(),
            seconds: Histogram::new(SECONDS),
            bytes: Counter::default(),
        }
    }
}

/// What the cache of tiles does. Clones count together.
#[derive(Clone, Debug, Default)]
pub struct CacheMetrics {
    /// Tiles that were there.
    pub hits: Counter,
    /// Tiles that had to be read.
    pub misses: Counter,
    /// Tiles that had to leave for others.
    pub evictions: Counter,
}

/// What is measured when somebody asks, not when it happens.
#[derive(Debug, Default)]
struct Gauges {
    generation: Gauge,
    built: Family<SlotLabels, Gauge>,
    data: Family<SlotLabels, Gauge>,
    faults: Family<FaultLabels, Gauge>,
    kept: Family<PlaceLabels, Gauge>,
    resident: Gauge,
    memory_limit: Gauge,
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

impl Metrics {
    /// Counters at zero.
    #[must_use]
    pub fn new() -> Self {
        let answers = AnswerFamilies::default();
        let routes = Kind::ALL.map(|kind| Arc::new(answers.of(kind, "")));
        let mut all = Self {
            registry: Registry::with_prefix("tileserve"),
            answers,
            routes,
            waiting: Gauge::default(),
            connections: Gauge::default(),
            rejected: Family::default(),
            store: StoreMetrics::default(),
            cache: CacheMetrics::default(),
            looks: Counter::default(),
            maps: Family::default(),
            certificate_ends: Gauge::default(),
            gauges: Gauges::default(),
        };
        all.register();
        all
    }

    fn register(&mut self) {
        let Self { registry, answers, store, cache, .. } = self;
        registry.register("requests", "Requests answered", answers.requests.clone());
        registry.register_with_unit(
            "request",
            "Time from a request's head to the head of its answer",
            Unit::Seconds,
            answers.seconds.clone(),
        );
        registry.register_with_unit(
            "sent",
            "Length of the bodies sent",
            Unit::Bytes,
            answers.sent.clone(),
        );
        registry.register(
            "requests_waiting",
            "Requests that wait for the store",
            self.waiting.clone(),
        );
        registry.register("connections", "Open connections", self.connections.clone());
        registry.register(
            "rejected",
            "Requests and connections refused for want of room",
            self.rejected.clone(),
        );
        registry.register("store_requests", "Requests to the store", store.requests.clone());
        registry.register(
            "store_retries",
            "Requests that the store's client made again by itself",
            store.repeats.clone(),
        );
        registry.register_with_unit(
            "store_request",
            "Time to an answer of the store",
            Unit::Seconds,
            store.seconds.clone(),
        );
        registry.register_with_unit(
            "store_read",
            "Length of what the store sent",
            Unit::Bytes,
            store.bytes.clone(),
        );
        registry.register("tile_cache_hits", "Tiles found in the cache", cache.hits.clone());
        registry.register("tile_cache_misses", "Tiles read from the store", cache.misses.clone());
        registry.register(
            "tile_cache_evictions",
            "Tiles that left the cache for others",
            cache.evictions.clone(),
        );
        self.register_map();
    }

    /// What is told of the map, and of what the process has.
    fn register_map(&mut self) {
        let Self { registry, gauges, certificate_ends, .. } = self;
        registry.register("looks", "Looks for a new map", self.looks.clone());
        registry.register(
            "maps",
            "New maps found, by whether they could be opened",
            self.maps.clone(),
        );
        registry.register(
            "generation",
            "Number of the manifest that is served, 0 without one",
            gauges.generation.clone(),
        );
        registry.register_with_unit(
            "layer_built_timestamp",
            "When the archive that is served was built",
            Unit::Seconds,
            gauges.built.clone(),
        );
        registry.register_with_unit(
            "layer_data_timestamp",
            "When the newest data of the archive that is served were written",
            Unit::Seconds,
            gauges.data.clone(),
        );
        registry.register(
            "map_fault",
            "1 for what keeps the map from being the newest or from being whole",
            gauges.faults.clone(),
        );
        registry.register_with_unit(
            "kept",
            "Archives, tables and tiles kept, by place",
            Unit::Bytes,
            gauges.kept.clone(),
        );
        registry.register_with_unit(
            "resident_memory",
            "Memory that the process has",
            Unit::Bytes,
            gauges.resident.clone(),
        );
        registry.register_with_unit(
            "memory_limit",
            "Memory that the process may have, by its control groups or the machine",
            Unit::Bytes,
            gauges.memory_limit.clone(),
        );
        registry.register_with_unit(
            "certificate_end_timestamp",
            "When the certificate ends, 0 without TLS",
            Unit::Seconds,
            certificate_ends.clone(),
        );
    }

    /// Counts something that was refused.
    pub fn reject(&self, reason: &'static str) {
        self.rejected.get_or_create(&RejectedLabels { reason }).inc();
    }

    /// Counters of a kind of address that has no layers.
    #[must_use]
    pub const fn route(&self, kind: Kind) -> &Arc<RouteMetrics> {
        &self.routes[kind as usize]
    }

    /// Counters of the tiles of a layer.
    #[must_use]
    pub fn tiles(&self, layer: &str) -> Arc<RouteMetrics> {
        self.answers.of(Kind::Tile, layer).into()
    }

    /// All of them in the text form of `OpenMetrics` 1.0.
    #[must_use]
    pub fn text(&self, map: &LiveMap, tile_cache_bytes: u64) -> String {
        self.gauges.measure(map, tile_cache_bytes);
        let mut text = String::new();
        // Writing into a text cannot fail.
        let _ = encode(&mut text, &self.registry);
        text
    }
}

impl Gauges {
    fn measure(&self, map: &LiveMap, tile_cache_bytes: u64) {
        for (gauge, bytes) in [
            (&self.resident, memory::resident_bytes()),
            (&self.memory_limit, memory::limit_bytes()),
        ] {
            gauge.set(bytes.unwrap_or_default().try_into().unwrap_or(i64::MAX));
        }
        let fault = map.fault();
        for kind in Fault::KINDS {
            let is_now = fault.as_ref().is_some_and(|fault| fault.kind() == kind);
            self.faults.get_or_create(&FaultLabels { kind }).set(is_now.into());
        }
        let set = |place, bytes: u64| {
            self.kept
                .get_or_create(&PlaceLabels { place })
                .set(bytes.try_into().unwrap_or(i64::MAX));
        };
        set("tile-cache", tile_cache_bytes);
        // Slots that left the map leave the metrics too.
        self.built.clear();
        self.data.clear();
        let Some(generation) = &*map.generation() else { return };
        self.generation.set(generation.number.try_into().unwrap_or(i64::MAX));
        set("memory", generation.bytes_in(Residence::Memory));
        set("disk", generation.bytes_in(Residence::Disk));
        for age in generation.ages() {
            let labels = SlotLabels { layer: age.layer.clone(), slot: age.slot.clone() };
            self.built.get_or_create(&labels).set(age.built_at);
            if let Some(data_at) = age.data_at {
                self.data.get_or_create(&labels).set(data_at);
            }
        }
    }
}

/// Counters of one kind of address, or of one layer's tiles.
pub struct RouteMetrics {
    kind: Kind,
    layer: String,
    requests: Family<RequestLabels, Counter>,
    by_status: [(u16, OnceLock<Counter>); STATUSES.len()],
    seconds: Histogram,
    sent: Counter,
}

/// Every status that the server answers with, the frequent ones first.
const STATUSES: [u16; 18] =
    [200, 304, 204, 404, 206, 503, 400, 401, 403, 405, 406, 410, 412, 414, 416, 429, 431, 500];

impl fmt::Debug for RouteMetrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RouteMetrics({:?}, {:?})", self.kind, self.layer)
    }
}

impl RouteMetrics {
    /// What is counted here.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        self.kind
    }

    /// Counts an answer to a request that began then.
    pub fn count(&self, reply: &Reply, began: Instant) {
        self.of_status(reply.status());
        self.sent.inc_by(reply.body().size_hint().lower());
        self.seconds.observe(began.elapsed().as_secs_f64());
    }

    fn of_status(&self, status: StatusCode) {
        let status = status.as_u16();
        let find = || {
            let (route, layer) = (self.kind.name(), self.layer.clone());
            self.requests.get_or_create_owned(&RequestLabels { route, layer, status })
        };
        match self.by_status.iter().find(|(known, _)| *known == status) {
            Some((_, counter)) => counter.get_or_init(find).inc(),
            None => find().inc(),
        };
    }
}

/// One more in a gauge for as long as it lives, however that ends.
#[derive(Debug)]
pub struct Present(Gauge);

impl Present {
    /// One more from now on.
    #[must_use]
    pub fn begin(gauge: &Gauge) -> Self {
        gauge.inc();
        Self(gauge.clone())
    }
}

impl Drop for Present {
    fn drop(&mut self) {
        self.0.dec();
    }
}
