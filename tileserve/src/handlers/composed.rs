//! Compositions: what several slots have at one place, as one tile.

use std::sync::Arc;

use tilecore::{TileCoord, Visibility};

use super::pending::{PendingReply, Routed, ready};
use super::request::{ApiRequest, ReadOf, RequestedArchive, layer_of};
use super::tiles::{StoredError, read_failed};
use crate::http::accept_encoding::Accepted;
use crate::http::access::{Grant, Limits};
use crate::http::data_headers::UrlForm;
use crate::http::etag::{Condition, ETag};
use crate::http::response::{self, Reply};
use crate::http::route::Part;
use crate::map::catalog;
use crate::map::version::MapVersion;
use crate::storage::tile_cache::Composition;
use crate::telemetry::metrics::RouteKind;
use crate::values::content_encoding::Encoding;
use crate::values::surrogate_keys::SurrogateKeys;

impl ApiRequest<'_> {
    /// The response for a composed tile; `None` if the path names an archive that this server does
    /// not know. A slot without a tile adds nothing; one that is not served fails the whole.
    pub(super) fn composed_tile(&self, parts: &[Part<'_>], coord: TileCoord) -> Option<Routed> {
        let version = self.state.map.version();
        let Some(version) = &*version else {
            return Some(self.routed(RouteKind::Composition, response::unavailable()));
        };
        match self.members(version, parts, ReadOf::Tile(coord)) {
            Ok(members) => Some(Routed {
                keys: Some(keys(&members)),
                ..self.routed_pending(RouteKind::Composition, self.compose(&members, coord))
            }),
            Err(refusal) => Some(self.routed(RouteKind::Composition, refusal?)),
        }
    }

    fn compose(&self, members: &[RequestedArchive<'_>], coord: TileCoord) -> PendingReply {
        if !members.iter().any(|member| member.archive.has_zoom(coord.z())) {
            return ready(response::not_found());
        }
        let visibility = visibility(members);
        let is_immutable = members.iter().all(|member| member.form == UrlForm::Pinned);
        let form = if is_immutable { UrlForm::Pinned } else { UrlForm::Latest };
        let headers = self.policy.headers.tile(visibility, form);
        let tiles: Vec<_> = members
            .iter()
            .filter_map(|member| Some((Arc::clone(member.archive), member.archive.find(coord)?)))
            .collect();
        if tiles.is_empty() {
            return ready(headers.empty_tile(self.policy.empty_tile, self.headers));
        }
        let Some(encoding) =
            Accepted::of(self.headers).choose(&[Encoding::Gzip, Encoding::Identity])
        else {
            return ready(response::not_acceptable());
        };
        let composition = Composition::new(tiles);
        let etag = ETag::new(composition.hash(), encoding);
        match etag.condition(self.headers) {
            Condition::Proceed => {}
            Condition::NotModified => return ready(headers.not_modified(&etag)),
            Condition::PreconditionFailed => return ready(response::precondition_failed()),
        }
        let (state, policy) = (Arc::clone(self.state), Arc::clone(self.policy));
        let is_latest = form == UrlForm::Latest;
        PendingReply::Waiting(Box::pin(async move {
            let (hash, length) = (composition.hash(), composition.stored_length());
            let packed = match state.sent(hash, length, state.tiles.compose(&composition)).await {
                Ok(packed) => packed,
                Err(StoredError::Refused(refusal)) => return refusal,
                Err(StoredError::Read(error)) => return read_failed(&error, is_latest),
            };
            let body = match encoding {
                Encoding::Gzip => Ok(packed),
                Encoding::Identity | Encoding::Brotli => {
                    state.plain(hash, &packed, || composition.unpack(&packed))
                }
            };
            match body {
                Ok(body) => policy.headers.tile(visibility, form).tile(encoding, &etag, body),
                Err(refusal) => refusal,
            }
        }))
    }

    /// The response for the TileJSON of a composition.
    pub(super) fn composed_tilejson(&self, parts: &[Part<'_>]) -> Option<Routed> {
        let kind = RouteKind::TileJson;
        let version = self.state.map.version();
        let Some(version) = &*version else {
            return Some(self.routed(kind, response::unavailable()));
        };
        let members = match self.members(version, parts, ReadOf::Description) {
            Ok(members) => members,
            Err(refusal) => return Some(self.routed(kind, refusal?)),
        };
        // TileJSON describes the latest archives, as it does for a single slot.
        let described: Option<Vec<_>> = members
            .iter()
            .zip(parts)
            .map(|(member, part)| Some((part.slot, member.slot.latest.as_ref()?)))
            .collect();
        let Some(described) = described.filter(|_| parts.iter().all(|part| part.digest.is_none()))
        else {
            return Some(self.routed(kind, response::not_found()));
        };
        let mut tilejson = catalog::composed(&described, &self.state.public_url);
        let limits = members
            .iter()
            .zip(parts)
            .filter_map(|(member, part)| self.limits(version, member.slot, layer_of(part.slot)));
        if let Some(Limits { bounds, zooms }) = limits.reduce(Limits::and) {
            tilejson = catalog::limited(&tilejson, bounds, zooms, |_| false);
        }
        let reply = self.document(&tilejson, visibility(&members));
        Some(Routed { keys: Some(keys(&members)), ..self.routed(kind, reply) })
    }

    /// The archives of all parts, or the response if one is not served. Signed URLs open single slots
    /// only: the signed prefix ends before the `+`.
    fn members<'a>(
        &self,
        version: &'a MapVersion,
        parts: &[Part<'_>],
        read: ReadOf,
    ) -> Result<Vec<RequestedArchive<'a>>, Option<Reply>> {
        let nothing = Grant::default();
        let grant = if self.grant.signed().is_some() { &nothing } else { self.grant };
        let request = ApiRequest { grant, ..*self };
        let members: Vec<RequestedArchive<'a>> = parts
            .iter()
            .map(|part| request.lookup(version, part.slot, part.digest, read))
            .collect::<Result<_, _>>()?;
        let mut names: Vec<&str> =
            members.iter().flat_map(|member| member.archive.layer_names()).collect();
        names.sort_unstable();
        if names.windows(2).any(|pair| pair[0] == pair[1]) {
            return Err(Some(response::clashing_layers()));
        }
        Ok(members)
    }
}

/// The composition is internal if one of its parts is.
fn visibility(members: &[RequestedArchive<'_>]) -> Visibility {
    let is_internal =
        |member: &RequestedArchive<'_>| member.slot.visibility == Visibility::Internal;
    if members.iter().any(is_internal) { Visibility::Internal } else { Visibility::Public }
}

fn keys(members: &[RequestedArchive<'_>]) -> Arc<SurrogateKeys> {
    Arc::new(SurrogateKeys::of_all(members.iter().map(|member| &*member.slot.keys)))
}
