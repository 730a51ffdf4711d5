//! Documents of the map: the catalog, descriptions of slots.

use std::sync::Arc;

use http::header::VARY;
use serde_json::Value;
use tilecore::Visibility;

use super::pending::Routed;
use super::request::{ApiRequest, layer_of};
use crate::http::access::{Limits, Permission, Subject};
use crate::http::response::{self, Reply};
use crate::map::catalog;
use crate::map::slots::{LatestArchive, ServedSlot};
use crate::map::version::MapVersion;
use crate::telemetry::metrics::RouteKind;
use crate::values::document::Document;

impl ApiRequest<'_> {
    pub(super) fn document(&self, document: &Document, seen_by: Visibility) -> Reply {
        response::document(document, self.policy.headers.document(seen_by), self.headers)
    }

    /// The catalog; clients that may see internal layers get those too. Caches must not mix them.
    pub(super) fn catalog(&self, version: &MapVersion) -> Reply {
        let is_full = self.state.serve_internal || self.grant.is_everything();
        let mut reply = if is_full {
            self.document(&version.full_catalog, Visibility::Internal)
        } else if self.grant.is_by_roles() {
            self.document(&self.catalog_of_roles(version), Visibility::Internal)
        } else {
            self.document(&version.catalog, Visibility::Public)
        };
        // Internal responses vary with it already.
        let is_public = !is_full && !self.grant.is_by_roles();
        if let (true, Some(vary)) = (is_public, self.state.access.vary()) {
            reply.headers_mut().append(VARY, vary.clone());
        }
        reply
    }

    /// The catalog of what the roles of the holder open.
    fn catalog_of_roles(&self, version: &MapVersion) -> Document {
        let is_granted = |entry: &Value, subject: Subject<'_>| {
            entry["visibility"] == "public"
                || self.grant.permission(subject, &version.cities) == Permission::Granted
        };
        let keeps_layer = |entry: &Value| {
            let layer = entry["layer"].as_str().unwrap_or_default();
            is_granted(entry, Subject::Description { layer })
        };
        let keeps_table = |entry: &Value| {
            let name = entry["name"].as_str().unwrap_or_default();
            is_granted(entry, Subject::Table { name })
        };
        catalog::filtered(&version.full_catalog, keeps_layer, keeps_table)
    }

    pub(super) fn tilejson(&self, name: &str) -> Routed {
        let mut keys = None;
        let reply = self.with_version(|version| {
            let Some(slot) = version.slot(name) else { return response::not_found() };
            let subject = Subject::Description { layer: layer_of(name) };
            if let Err(refusal) = self.check(version, slot.visibility, subject) {
                return refusal;
            }
            let Some(latest) = &slot.latest else { return response::not_found() };
            keys = Some(Arc::clone(&slot.keys));
            self.tilejson_of(version, slot, latest, layer_of(name))
        });
        Routed { keys, ..self.routed(RouteKind::TileJson, reply) }
    }

    fn tilejson_of(
        &self,
        version: &MapVersion,
        slot: &ServedSlot,
        latest: &LatestArchive,
        layer: &str,
    ) -> Reply {
        let seen_by = slot.visibility;
        let keeps_city = |key: &str| self.grant.opens_city(layer, key, &version.cities);
        let limited = self.limits(version, slot, layer).map(|Limits { bounds, zooms }| {
            catalog::limited(&latest.tilejson, bounds, zooms, keeps_city)
        });
        let tilejson = limited.as_ref().unwrap_or(&latest.tilejson);
        match self.grant.signed() {
            Some(signed) => self.document(&catalog::signed(tilejson, &signed.query), seen_by),
            None => self.document(tilejson, seen_by),
        }
    }

    /// The limits of a layer for the holder of the grant; `None` if all of it may be read.
    pub(super) fn limits(
        &self,
        version: &MapVersion,
        slot: &ServedSlot,
        layer: &str,
    ) -> Option<Limits> {
        if slot.visibility == Visibility::Public || self.state.serve_internal {
            return None;
        }
        let header = slot.latest.as_ref()?.archive.header();
        self.grant.limits(layer, (header.minzoom, header.maxzoom), &version.cities)
    }
}
