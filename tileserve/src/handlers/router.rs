//! The router: which handler answers a path.

use tilecore::Visibility;

use super::health::{self, Audience};
use super::pending::Routed;
use super::request::ApiRequest;
use crate::http::response;
use crate::http::route::{Route, RouteError};
use crate::telemetry::metrics::RouteKind;

impl ApiRequest<'_> {
    /// The response for a path; `None` if it names an archive or a table that this server does not
    /// know.
    pub(super) fn respond(&self, path: &str) -> Option<Routed> {
        let (kind, reply) = match Route::parse(path) {
            Ok(Route::Tile { slot, digest, coord }) => {
                return self.tile(slot, digest, coord);
            }
            Ok(Route::Composition { parts, coord }) => {
                return self.composed_tile(&parts, coord);
            }
            Ok(Route::CompositionJson { parts }) => {
                return self.composed_tilejson(&parts);
            }
            Ok(Route::Archive { slot, digest }) => {
                return self.archive(slot, digest);
            }
            Ok(Route::Table { table, digest }) => (RouteKind::Table, self.table(table, digest)?),
            Ok(Route::TileJson { slot }) => return Some(self.tilejson(slot)),
            Ok(Route::Catalog) => {
                (RouteKind::Catalog, self.with_version(|version| self.catalog(version)))
            }
            Ok(Route::Session) => (RouteKind::Session, self.session()),
            Ok(Route::Beacon) => (RouteKind::Other, response::only_post()),
            Ok(Route::Style { name }) => match self.state.styles.get(name) {
                Some(style) => (RouteKind::Style, self.document(style, Visibility::Public)),
                None => (RouteKind::Style, response::not_found()),
            },
            Ok(Route::OpenApi) => {
                (RouteKind::Other, self.document(&self.state.openapi, Visibility::Public))
            }
            Ok(Route::Live) => (RouteKind::Health, health::live()),
            Ok(Route::Ready) => {
                (RouteKind::Health, health::ready(&self.state.map, Audience::Anyone))
            }
            Ok(Route::Page) => match &self.state.page {
                Some(page) => (RouteKind::Page, page.respond(path, self.headers)),
                None => (RouteKind::Other, response::not_found()),
            },
            Err(RouteError::Malformed(part)) => (RouteKind::Other, response::malformed(part)),
            Err(RouteError::Unknown | RouteError::Outside) => {
                (RouteKind::Other, response::not_found())
            }
        };
        Some(self.routed(kind, reply))
    }
}
