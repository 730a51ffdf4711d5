//! Metrics, for Prometheus. Counting costs a request about a hundred nanoseconds, because each counter
//! is looked up once and not for each request.

mod exposition;
mod facts;
mod gauges;
mod page;
mod reads;
mod responses;

use std::sync::Arc;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::{Registry, Unit};

pub use self::exposition::Exposition;
use self::gauges::Gauges;
pub use self::gauges::{MapFigures, VersionFigures};
pub use self::page::{PageMetrics, PageReport};
pub use self::reads::{CacheMetrics, OutcomeLabels, StoreMetrics};
use self::responses::ResponseFamilies;
pub use self::responses::{RouteKind, RouteMetrics};

/// All metrics of the server.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    responses: ResponseFamilies,
    routes: [Arc<RouteMetrics>; RouteKind::ALL.len()],
    /// Requests that wait for the store.
    pub requests_in_flight: Gauge,
    /// Requests for unknown archives, which wait for the next poll.
    pub requests_for_unknown: Gauge,
    /// Open connections.
    pub connections: Gauge,
    /// Requests and connections that were rejected, by reason.
    pub rejected: Family<RejectedLabels, Counter>,
    /// Requests to the store.
    pub store: StoreMetrics,
    /// Hits, misses and evictions of the tile cache.
    pub cache: CacheMetrics,
    /// What pages report of themselves.
    pub page: Arc<PageMetrics>,
    /// Polls for a new manifest.
    pub manifest_polls: Counter,
    /// Attempts to load a map, by outcome.
    pub map_loads: Family<MapLabels, Counter>,
    /// When the certificate expires, in seconds since 1970; 0 without TLS.
    pub certificate_expiry: Gauge,
    gauges: Gauges,
}

/// How an attempt to load a map ended.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct MapLabels {
    /// `ok` or `error`.
    pub outcome: &'static str,
}

/// Why something was rejected.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct RejectedLabels {
    /// The limit: `rate-limit`, `max-in-flight`, `max-connections`, `max-connections-per-client`,
    /// `response-memory`, `unknown-digests` or `origin-secret`.
    pub reason: &'static str,
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
        let responses = ResponseFamilies::default();
        let routes = RouteKind::ALL.map(|kind| Arc::new(responses.of(kind, "")));
        let mut all = Self {
            registry: Registry::with_prefix("tileserve"),
            responses,
            routes,
            requests_in_flight: Gauge::default(),
            requests_for_unknown: Gauge::default(),
            connections: Gauge::default(),
            rejected: Family::default(),
            store: StoreMetrics::default(),
            cache: CacheMetrics::default(),
            page: Arc::default(),
            manifest_polls: Counter::default(),
            map_loads: Family::default(),
            certificate_expiry: Gauge::default(),
            gauges: Gauges::default(),
        };
        all.register();
        all
    }

    fn register(&mut self) {
        let Self { registry, .. } = self;
        self.responses.register(registry);
        self.store.register(registry);
        self.cache.register(registry);
        self.page.register(registry);
        self.gauges.register(registry);
        registry.register(
            "requests_in_flight",
            "Requests that wait for the store",
            self.requests_in_flight.clone(),
        );
        registry.register(
            "requests_for_unknown_digests",
            "Requests for digests that the server does not know, which wait for the next poll",
            self.requests_for_unknown.clone(),
        );
        registry.register("connections", "Open connections", self.connections.clone());
        registry.register(
            "rejected",
            "Requests and connections rejected, by the limit that they exceeded",
            self.rejected.clone(),
        );
        registry.register(
            "manifest_polls",
            "Polls of the store for a new manifest",
            self.manifest_polls.clone(),
        );
        registry.register(
            "map_loads",
            "Attempts to load a new map, by outcome",
            self.map_loads.clone(),
        );
        registry.register_with_unit(
            "certificate_expiry_timestamp",
            "When the certificate expires, 0 without TLS",
            Unit::Seconds,
            self.certificate_expiry.clone(),
        );
    }

    /// Counts something that was rejected.
    pub fn reject(&self, reason: &'static str) {
        self.rejected.get_or_create(&RejectedLabels { reason }).inc();
    }

    /// Counters of a kind of route that has no layers.
    #[must_use]
    pub const fn route(&self, kind: RouteKind) -> &Arc<RouteMetrics> {
        &self.routes[kind as usize]
    }

    /// Counters of the tiles of a layer.
    #[must_use]
    pub fn tiles(&self, layer: &str) -> Arc<RouteMetrics> {
        self.responses.of(RouteKind::Tile, layer).into()
    }

    /// All of them in the text form of `OpenMetrics` 1.0.
    #[must_use]
    pub fn text(&self, map: &MapFigures, tile_cache_bytes: u64) -> String {
        self.gauges.measure(map, tile_cache_bytes);
        let mut text = String::new();
        // Writing to a string cannot fail.
        let _ = encode(&mut text, &self.registry);
        text
    }
}

/// Counts one in a gauge until it is dropped.
#[derive(Debug)]
pub struct GaugeGuard(Gauge);

impl GaugeGuard {
    /// Adds one to the gauge.
    #[must_use]
    pub fn begin(gauge: &Gauge) -> Self {
        gauge.inc();
        Self(gauge.clone())
    }
}

impl Drop for GaugeGuard {
    fn drop(&mut self) {
        self.0.dec();
    }
}
