//! Compositions: what several slots have at one place, as one tile.

use std::sync::Arc;

use tilecore::{TileCoord, Visibility};

use super::pending::{Answer, Counted, now};
use super::request::{Named, Question};
use super::tiles::{lost, unreadable};
use crate::http::accept_encoding::Accepted;
use crate::http::access::Grant;
use crate::http::data_headers::Form;
use crate::http::etag::{Condition, ETag};
use crate::http::response::{self, Reply};
use crate::http::route::Part;
use crate::map::catalog;
use crate::map::version::Generation;
use crate::storage::tile_cache::Composition;
use crate::telemetry::metrics::Kind;
use crate::values::content_encoding::Encoding;
use crate::values::surrogate_keys::SurrogateKeys;

impl Question<'_> {
    /// The answer for a composed tile; nothing if it names an archive of which this server does not
    /// know. A slot without a tile there adds nothing; one that is not served refuses the whole.
    pub(super) fn composed_tile(&self, parts: &[Part<'_>], coord: TileCoord) -> Option<Counted> {
        let generation = self.shared.map.generation();
        let Some(generation) = &*generation else {
            return Some(self.counted(Kind::Composition, response::unavailable()));
        };
        match self.members(generation, parts) {
            Ok(members) => Some(Counted {
                keys: Some(keys(&members)),
                ..self.counted_later(Kind::Composition, self.compose(&members, coord))
            }),
            Err(refusal) => Some(self.counted(Kind::Composition, refusal?)),
        }
    }

    fn compose(&self, members: &[Named<'_>], coord: TileCoord) -> Answer {
        if !members.iter().any(|member| member.archive.has_zoom(coord.z())) {
            return now(response::not_found());
        }
        let visibility = visibility(members);
        let is_immutable = members.iter().all(|member| member.form == Form::Immutable);
        let form = if is_immutable { Form::Immutable } else { Form::Newest };
        let headers = self.policy.headers.tile(visibility, form);
        let tiles: Vec<_> = members
            .iter()
            .filter_map(|member| Some((Arc::clone(member.archive), member.archive.find(coord)?)))
            .collect();
        if tiles.is_empty() {
            return now(headers.hole(self.policy.holes, self.headers));
        }
        let Some(encoding) =
            Accepted::of(self.headers).choose(&[Encoding::Gzip, Encoding::Identity])
        else {
            return now(response::not_acceptable());
        };
        let composition = Composition::new(tiles);
        let etag = ETag::new(composition.hash(), encoding);
        match etag.condition(self.headers) {
            Condition::Met => {}
            Condition::Known => return now(headers.not_modified(&etag)),
            Condition::Failed => return now(response::precondition_failed()),
        }
        let (shared, policy) = (Arc::clone(self.shared), Arc::clone(self.policy));
        let is_newest = form == Form::Newest;
        Answer::Later(Box::pin(async move {
            let packed = match shared.tiles.compose(&composition).await {
                Ok(packed) => packed,
                Err(error) => return lost(&error, is_newest),
            };
            let body = match encoding {
                Encoding::Gzip => Ok(packed),
                Encoding::Identity | Encoding::Brotli => composition.unpack(&packed),
            };
            match body {
                Ok(body) => policy.headers.tile(visibility, form).tile(encoding, &etag, body),
                Err(error) => unreadable(&error),
            }
        }))
    }

    /// The answer for the description of a composition.
    pub(super) fn composed_tilejson(&self, parts: &[Part<'_>]) -> Option<Counted> {
        let kind = Kind::TileJson;
        let generation = self.shared.map.generation();
        let Some(generation) = &*generation else {
            return Some(self.counted(kind, response::unavailable()));
        };
        let members = match self.members(generation, parts) {
            Ok(members) => members,
            Err(refusal) => return Some(self.counted(kind, refusal?)),
        };
        // A description is of the newest archives, as a slot's own is.
        let described: Option<Vec<_>> = members
            .iter()
            .zip(parts)
            .map(|(member, part)| Some((part.slot, member.slot.newest.as_ref()?)))
            .collect();
        let Some(described) = described.filter(|_| parts.iter().all(|part| part.digest.is_none()))
        else {
            return Some(self.counted(kind, response::not_found()));
        };
        let tilejson = catalog::composed(&described, &self.shared.public_url);
        let reply = self.document(&tilejson, visibility(&members));
        Some(Counted { keys: Some(keys(&members)), ..self.counted(kind, reply) })
    }

    /// The archives of all parts, or why one of them refuses. Signed addresses open single slots
    /// only: what a signature covers ends before the `+`.
    fn members<'a>(
        &self,
        generation: &'a Generation,
        parts: &[Part<'_>],
    ) -> Result<Vec<Named<'a>>, Option<Reply>> {
        let grant = match self.grant {
            Grant::Everything => Grant::Everything,
            Grant::Signed(_) | Grant::Nothing => Grant::Nothing,
        };
        let question = Question { grant: &grant, ..*self };
        let members: Vec<Named<'a>> = parts
            .iter()
            .map(|part| question.named(generation, part.slot, part.digest))
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

/// Whoever may see the most private part may see the whole.
fn visibility(members: &[Named<'_>]) -> Visibility {
    let is_internal = |member: &Named<'_>| member.slot.visibility == Visibility::Internal;
    if members.iter().any(is_internal) { Visibility::Internal } else { Visibility::Public }
}

fn keys(members: &[Named<'_>]) -> Arc<SurrogateKeys> {
    Arc::new(SurrogateKeys::of_all(members.iter().map(|member| &*member.slot.keys)))
}
