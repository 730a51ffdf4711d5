//! Documents of the map: the catalog, descriptions of slots.

use std::sync::Arc;

use http::header::{HeaderValue, VARY};
use tilecore::Visibility;

use super::pending::Routed;
use super::request::ApiRequest;
use crate::http::access::Grant;
use crate::http::response::{self, Reply};
use crate::map::catalog;
use crate::map::version::MapVersion;
use crate::telemetry::metrics::RouteKind;
use crate::values::document::Document;

impl ApiRequest<'_> {
    pub(super) fn document(&self, document: &Document, seen_by: Visibility) -> Reply {
        response::document(document, self.policy.headers.document(seen_by), self.headers)
    }

    /// The catalog; clients that may see internal layers get the full one. Caches must not mix the two.
    pub(super) fn catalog(&self, version: &MapVersion) -> Reply {
        let is_full = self.state.serve_internal || *self.grant == Grant::Everything;
        let (document, seen_by) = if is_full {
            (&version.full_catalog, Visibility::Internal)
        } else {
            (&version.catalog, Visibility::Public)
        };
        let mut reply = self.document(document, seen_by);
        // Internal responses vary with it already.
        if self.state.access.is_configured() && seen_by == Visibility::Public {
            reply.headers_mut().append(VARY, HeaderValue::from_static("authorization"));
        }
        reply
    }

    pub(super) fn tilejson(&self, slot: &str) -> Routed {
        let mut keys = None;
        let reply = self.with_version(|version| {
            let Some(slot) = version.slot(slot) else { return response::not_found() };
            if !self.can_see(slot.visibility) {
                return response::unauthorized();
            }
            let Some(latest) = &slot.latest else { return response::not_found() };
            keys = Some(Arc::clone(&slot.keys));
            match self.grant {
                Grant::Signed { query, .. } => {
                    let signed = catalog::signed(&latest.tilejson, query);
                    self.document(&signed, slot.visibility)
                }
                Grant::Nothing | Grant::Everything => {
                    self.document(&latest.tilejson, slot.visibility)
                }
            }
        });
        Routed { keys, ..self.routed(RouteKind::TileJson, reply) }
    }
}
