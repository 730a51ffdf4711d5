//! The state that all connections share.

use std::sync::Arc;

use super::page::Page;
use super::pending::{PendingReply, Routed};
use super::styles::Styles;
use crate::http::access::Access;
use crate::http::policy::Policy;
use crate::map::live_map::LiveMap;
use crate::storage::store::Store;
use crate::storage::tile_cache::TileCache;
use crate::telemetry::metrics::{Metrics, RouteKind};
use crate::values::document::Document;
use crate::values::reloaded::Reloaded;

/// All that an answer may need.
#[derive(Debug)]
pub struct AppState {
    /// The map.
    pub map: Arc<LiveMap>,
    /// Where the map comes from.
    pub store: Store,
    /// What is decided for each answer.
    pub policy: Reloaded<Policy>,
    /// Tiles of archives that are not in memory.
    pub tiles: TileCache,
    /// Everything that is counted.
    pub metrics: Arc<Metrics>,
    /// What absolute URLs begin with; empty = URLs begin with a slash.
    pub public_url: String,
    /// The page, if there is one.
    pub page: Option<Page>,
    /// How maps may draw the layers.
    pub styles: Styles,
    /// What can be asked, in machine form.
    pub openapi: Document,
    /// Who may see internal layers.
    pub access: Access,
    /// Whether everybody may.
    pub serve_internal: bool,
}

impl AppState {
    /// Whether as many requests wait for the store as may.
    pub(super) fn is_overloaded(&self, most: usize) -> bool {
        usize::try_from(self.metrics.requests_in_flight.get()).is_ok_and(|waiting| waiting >= most)
    }

    pub(super) fn routed(&self, kind: RouteKind, respond: PendingReply) -> Routed {
        Routed { respond, metrics: Arc::clone(self.metrics.route(kind)), keys: None }
    }
}
