//! Reads: what the store was asked, and what the cache of tiles spared it.

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

/// Upper bounds of the latency histograms in seconds: an answer from memory takes some ten
/// microseconds, one from a bucket some ten milliseconds, and the deadline is ten seconds.
pub(super) const SECONDS: [f64; 14] = [
    25e-6, 50e-6, 100e-6, 250e-6, 1e-3, 2.5e-3, 5e-3, 10e-3, 25e-3, 50e-3, 100e-3, 500e-3, 2.0,
    10.0,
];

/// How a read of the store ended.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct OutcomeLabels {
    /// `right`, `missing`, `replaced`, `late` or `failed`.
    pub outcome: &'static str,
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

impl StoreMetrics {
    pub(super) fn register(&self, registry: &mut Registry) {
        registry.register("store_requests", "Requests to the store", self.requests.clone());
        registry.register(
            "store_retries",
            "Requests that the store's client made again by itself",
            self.repeats.clone(),
        );
        registry.register_with_unit(
            "store_request",
            "Time to an answer of the store",
            Unit::Seconds,
            self.seconds.clone(),
        );
        registry.register_with_unit(
            "store_read",
            "Length of what the store sent",
            Unit::Bytes,
            self.bytes.clone(),
        );
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

impl CacheMetrics {
    pub(super) fn register(&self, registry: &mut Registry) {
        registry.register("tile_cache_hits", "Tiles found in the cache", self.hits.clone());
        registry.register("tile_cache_misses", "Tiles read from the store", self.misses.clone());
        registry.register(
            "tile_cache_evictions",
            "Tiles that left the cache for others",
            self.evictions.clone(),
        );
    }
}
