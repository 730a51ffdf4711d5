//! The state that all connections share.

use std::sync::Arc;

use super::page::Page;
use super::page::beacon::Beacon;
use super::pending::{PendingReply, Routed, WaitsFor};
use super::styles::Styles;
use crate::http::access::Access;
use crate::http::hosts::AllowedHosts;
use crate::http::policy::Policy;
use crate::http::response::{self, Reply};
use crate::http::sent_bodies::SentBodies;
use crate::map::live_map::LiveMap;
use crate::storage::store::Store;
use crate::storage::tile_cache::TileCache;
use crate::telemetry::audit_log::AuditLog;
use crate::telemetry::metrics::{GaugeGuard, Metrics, RouteKind};
use crate::values::document::Document;
use crate::values::reloaded::Reloaded;

/// Everything that a handler may need.
#[derive(Debug)]
pub struct AppState {
    /// The map.
    pub map: Arc<LiveMap>,
    /// The store that the map comes from.
    pub store: Store,
    /// Settings of responses.
    pub policy: Reloaded<Policy>,
    /// The cache of tiles of archives that are not in memory.
    pub tiles: TileCache,
    /// The bodies that are in memory only because they are being sent.
    pub bodies: SentBodies,
    /// All metrics.
    pub metrics: Arc<Metrics>,
    /// Prefix of absolute URLs; empty = URLs begin with a slash.
    pub public_url: String,
    /// The path of `public_url`, without a trailing slash.
    pub public_path: String,
    /// The page, if there is one.
    pub page: Option<Page>,
    /// The style documents.
    pub styles: Styles,
    /// The OpenAPI description.
    pub openapi: Document,
    /// The tokens, keys and people that have access to internal layers.
    pub access: Access,
    /// The log of who read what is internal, if there is one.
    pub audit: Option<AuditLog>,
    /// Counts what pages report of themselves, if that is wanted.
    pub beacon: Option<Beacon>,
    /// Whether every client may see internal layers.
    pub serve_internal: bool,
    /// The hosts by which clients may address the operators' listener, and the other one if it shows
    /// internal layers to every client.
    pub hosts: AllowedHosts,
}

/// Most requests that wait for a poll because they name an unknown archive. A page with a new map sends
/// a few dozen, and each waits for some hundred milliseconds.
const MAX_UNKNOWN: usize = 200;

impl AppState {
    /// Counts a request that waits until the guard is dropped; `None` if it would be one too many.
    /// Requests for unknown digests have their own limit, so that they do not keep others from the store.
    pub(super) fn admit(&self, waits_for: WaitsFor, max_in_flight: usize) -> Option<GaugeGuard> {
        let (gauge, most, reason) = match waits_for {
            WaitsFor::Store => (&self.metrics.requests_in_flight, max_in_flight, "max-in-flight"),
            WaitsFor::Poll => (&self.metrics.requests_for_unknown, MAX_UNKNOWN, "unknown-digests"),
        };
        if usize::try_from(gauge.get()).is_ok_and(|waiting| waiting >= most) {
            self.metrics.reject(reason);
            return None;
        }
        Some(GaugeGuard::begin(gauge))
    }

    /// 503 for a body for which there is no memory.
    pub(super) fn no_memory(&self) -> Reply {
        self.metrics.reject("response-memory");
        response::overloaded()
    }

    pub(super) fn routed(&self, kind: RouteKind, reply: PendingReply) -> Routed {
        Routed {
            reply,
            metrics: Arc::clone(self.metrics.route(kind)),
            keys: None,
            waits_for: WaitsFor::Store,
        }
    }
}
