//! Documents of the map: the catalog, descriptions of slots, tables.

use std::sync::Arc;

use http::header::{HeaderValue, VARY};
use tilecore::{ArchiveDigest, Visibility};

use super::Counted;
use super::question::{Question, unknown};
use crate::access::Grant;
use crate::catalog;
use crate::document::Document;
use crate::generation::Generation;
use crate::metrics::Kind;
use crate::reply::{self, Form, Reply};
use crate::table::NamedTable;

impl Question<'_> {
    pub(super) fn document(&self, document: &Document, seen_by: Visibility) -> Reply {
        reply::document(document, self.policy.headers.document(seen_by), self.headers)
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
            let Some(slot) = generation.slot(slot) else { return reply::not_found() };
            if !self.may_see(slot.visibility) {
                return reply::unauthorized();
            }
            let Some(newest) = &slot.newest else { return reply::not_found() };
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

    pub(super) fn table(&self, name: &str, digest: Option<ArchiveDigest>) -> Option<Reply> {
        let generation = self.shared.map.generation();
        let Some(generation) = &*generation else { return Some(reply::unavailable()) };
        let Some(served) = generation.table(name) else { return unknown(digest) };
        if !self.may_see(served.visibility) {
            return Some(reply::unauthorized());
        }
        let (table, form) = match (digest, &served.newest) {
            (None, Some(newest)) => (newest, Form::Newest),
            (None, None) => return Some(reply::not_found()),
            (Some(digest), _) => match served.named(digest) {
                NamedTable::Served(table) => (table, Form::Immutable),
                NamedTable::Gone => return Some(reply::gone()),
                NamedTable::Unknown => return None,
            },
        };
        Some(reply::table(table, self.policy.headers.tile(served.visibility, form), self.headers))
    }
}
