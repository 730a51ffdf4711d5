//! The router: which handler answers a path.

use tilecore::Visibility;

use super::health::{self, Audience};
use super::pending::Counted;
use super::request::Question;
use crate::http::response;
use crate::http::route::{Route, RouteError};
use crate::telemetry::metrics::Kind;

impl Question<'_> {
    /// The answer for a path; nothing if it names an archive or a table of which this server does
    /// not know.
    pub(super) fn answer(&self, path: &str) -> Option<Counted> {
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
            Ok(Route::Table { table, digest }) => (Kind::Table, self.table(table, digest)?),
            Ok(Route::TileJson { slot }) => return Some(self.tilejson(slot)),
            Ok(Route::Catalog) => {
                (Kind::Catalog, self.with_map(|generation| self.catalog(generation)))
            }
            Ok(Route::Style { name }) => match self.shared.styles.get(name) {
                Some(style) => (Kind::Style, self.document(style, Visibility::Public)),
                None => (Kind::Style, response::not_found()),
            },
            Ok(Route::OpenApi) => {
                (Kind::Other, self.document(&self.shared.openapi, Visibility::Public))
            }
            Ok(Route::Live) => (Kind::Health, health::live()),
            Ok(Route::Ready) => (Kind::Health, health::ready(&self.shared.map, Audience::Anyone)),
            Ok(Route::Page) => match &self.shared.page {
                Some(page) => (Kind::Page, page.answer(path, self.headers)),
                None => (Kind::Other, response::not_found()),
            },
            Err(RouteError::Malformed) => (Kind::Other, response::malformed()),
            Err(RouteError::Unknown | RouteError::Outside) => (Kind::Other, response::not_found()),
        };
        Some(self.counted(kind, reply))
    }
}
