//! Metrics of reads from the store, and of the tile cache.

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

/// Upper bounds of the latency histograms in seconds. A response from memory takes some ten
/// microseconds, one from a bucket some ten milliseconds, and the timeout is ten seconds.
pub(super) const SECONDS: [f64; 14] = [
    25e-6, 50e-6, 100e-6, 250e-6, 1e-3, 2.5e-3, 5e-3, 10e-3, 25e-3, 50e-3, 100e-3, 500e-3, 2.0,
    10.0,
];

/// How a read of the store ended.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct OutcomeLabels {
    /// `ok`, `not-found`, `replaced`, `timeout` or `error`.
    pub outcome: &'static str,
}

/// Metrics of the store. Clones share their counters.
#[derive(Clone, Debug)]
pub struct StoreMetrics {
    /// Requests; the retries of `object_store` count as one.
    pub requests: Family<OutcomeLabels, Counter>,
    /// Retries that the client of `object_store` made.
    pub retries: Counter,
    /// Time to a complete response.
    pub seconds: Histogram,
    /// Bytes that were received.
    pub bytes: Counter,
}

impl Default for StoreMetrics {
    fn default() -> Self {
        Self {
            requests: Family::default(),
            retries: Counter::default(),
            seconds: Histogram::new(SECONDS),
            bytes: Counter::default(),
        }
    }
}

impl StoreMetrics {
    pub(super) fn register(&self, registry: &mut Registry) {
        registry.register("store_requests", "Requests to the store", self.requests.clone());
        registry.register(
            "store_retries",
            "Requests that the client of the store retried",
            self.retries.clone(),
        );
        registry.register_with_unit(
            "store_request_duration",
            "Time to a complete response of the store",
            Unit::Seconds,
            self.seconds.clone(),
        );
        registry.register_with_unit(
            "store_read",
            "Bytes received from the store",
            Unit::Bytes,
            self.bytes.clone(),
        );
    }
}

/// Metrics of the tile cache. Clones share their counters.
#[derive(Clone, Debug, Default)]
pub struct CacheMetrics {
    /// Tiles found in the cache.
    pub hits: Counter,
    /// Tiles that had to be read.
    pub misses: Counter,
    /// Tiles evicted for others.
    pub evictions: Counter,
}

impl CacheMetrics {
    pub(super) fn register(&self, registry: &mut Registry) {
        registry.register("tile_cache_hits", "Tiles found in the cache", self.hits.clone());
        registry.register("tile_cache_misses", "Tiles read from the store", self.misses.clone());
        registry.register(
            "tile_cache_evictions",
            "Tiles evicted from the cache",
            self.evictions.clone(),
        );
    }
}
