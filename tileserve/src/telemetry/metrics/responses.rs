//! Metrics of responses, by kind of route.

use std::fmt;
use std::sync::OnceLock;
use std::time::Instant;

use http::StatusCode;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::{Family, MetricConstructor};
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

use super::reads::SECONDS;

/// Kinds of routes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)] // they are those of `route::Route`
pub enum RouteKind {
    Tile,
    Composition,
    TileJson,
    Style,
    Table,
    Archive,
    Catalog,
    Session,
    Health,
    Page,
    Other,
}

impl RouteKind {
    pub(super) const ALL: [Self; 11] = [
        Self::Tile,
        Self::Composition,
        Self::TileJson,
        Self::Style,
        Self::Table,
        Self::Archive,
        Self::Catalog,
        Self::Session,
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
            Self::Session => "session",
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

#[derive(Clone, Debug)]
struct Latency;

impl MetricConstructor<Histogram> for Latency {
    fn new_metric(&self) -> Histogram {
        Histogram::new(SECONDS)
    }
}

/// What is counted of every response, by kind of route.
#[derive(Debug)]
pub(super) struct ResponseFamilies {
    requests: Family<RequestLabels, Counter>,
    seconds: Family<RouteLabels, Histogram, Latency>,
    sent: Family<RouteLabels, Counter>,
}

impl Default for ResponseFamilies {
    fn default() -> Self {
        let seconds = Family::new_with_constructor(Latency);
        Self { requests: Family::default(), seconds, sent: Family::default() }
    }
}

impl ResponseFamilies {
    pub(super) fn register(&self, registry: &mut Registry) {
        registry.register("http_requests", "HTTP requests, by status", self.requests.clone());
        registry.register_with_unit(
            "http_request_duration",
            "Time from the header of a request to the header of its response",
            Unit::Seconds,
            self.seconds.clone(),
        );
        registry.register_with_unit(
            "http_response_body",
            "Bytes of response bodies",
            Unit::Bytes,
            self.sent.clone(),
        );
    }

    /// Counters of one kind of route, or of the tiles of one layer.
    pub(super) fn of(&self, kind: RouteKind, layer: &str) -> RouteMetrics {
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

/// Counters of one kind of route, or of the tiles of one layer.
pub struct RouteMetrics {
    kind: RouteKind,
    layer: String,
    requests: Family<RequestLabels, Counter>,
    by_status: [(u16, OnceLock<Counter>); STATUSES.len()],
    seconds: Histogram,
    sent: Counter,
}

/// Every status that the server sends, the frequent ones first.
const STATUSES: [u16; 18] =
    [200, 304, 204, 404, 206, 503, 400, 401, 403, 405, 406, 410, 412, 414, 416, 429, 431, 500];

impl fmt::Debug for RouteMetrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RouteMetrics({:?}, {:?})", self.kind, self.layer)
    }
}

impl RouteMetrics {
    /// The kind of route.
    #[must_use]
    pub const fn kind(&self) -> RouteKind {
        self.kind
    }

    /// Counts a response to a request that started at `began`.
    pub fn count(&self, status: StatusCode, body_bytes: u64, began: Instant) {
        self.of_status(status);
        self.sent.inc_by(body_bytes);
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
