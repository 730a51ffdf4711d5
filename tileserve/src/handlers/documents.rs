//! Documents of the map: the catalog, descriptions of slots.

use std::sync::Arc;

use http::header::{HeaderValue, VARY};
use tilecore::Visibility;

use super::pending::Counted;
use super::request::Question;
use crate::http::access::Grant;
use crate::http::response::{self, Reply};
use crate::map::catalog;
use crate::map::version::Generation;
use crate::telemetry::metrics::Kind;
use crate::values::document::Document;

impl Question<'_> {
    pub(super) fn document(&self, document: &Document, seen_by: Visibility) -> Reply {
        response::document(document, self.policy.headers.document(seen_by), self.headers)
    }

    /// Those who may see all are told of all. Caches must not mix the two.
    pub(super) fn catalog(&self, generation: &Generation) -> Reply {
        let is_full = self.shared.serve_internal || *self.grant == Grant::Everything;
        let (document, seen_by) = if is_full {
            (&generation.full_catalog, Visibility::Internal)
        } else {
            (&generation.catalog, Visibility::Public)
        };
        let mut reply = self.document(document, seen_by);
        if self.shared.access.is_configured() {
            reply.headers_mut().append(VARY, HeaderValue::from_static("authorization"));
        }
        reply
    }

    pub(super) fn tilejson(&self, slot: &str) -> Counted {
        let mut keys = None;
        let reply = self.with_map(|generation| {
            let Some(slot) = generation.slot(slot) else { return response::not_found() };
            if !self.may_see(slot.visibility) {
                return response::unauthorized();
            }
            let Some(newest) = &slot.newest else { return response::not_found() };
            keys = Some(Arc::clone(&slot.keys));
            match self.grant {
                Grant::Signed(query) => {
                    let signed = catalog::signed(&newest.tilejson, query);
                    self.document(&signed, slot.visibility)
                }
                Grant::Nothing | Grant::Everything => {
                    self.document(&newest.tilejson, slot.visibility)
                }
            }
        });
        Counted { keys, ..self.counted(Kind::TileJson, reply) }
    }
}
