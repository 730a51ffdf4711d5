//! Tiles: found in an archive, in its memory or in the store.

use std::sync::Arc;

use bytes::Bytes;
use tilecore::{ArchiveDigest, TileCoord};
use tracing::error;

use super::pending::{Answer, Counted, now};
use super::request::{Named, Question};
use crate::http::accept_encoding::Accepted;
use crate::http::data_headers::Form;
use crate::http::etag::{Condition, ETag};
use crate::http::response::{self, Reply};
use crate::map::slots::ServedSlot;
use crate::storage::archive::{Archive, ArchiveError, HeldTile};
use crate::telemetry::metrics::Kind;
use crate::values::content_encoding::Encoding;
use crate::values::error_chain::error_chain;

impl Question<'_> {
    pub(super) fn tile(
        &self,
        slot: &str,
        digest: Option<ArchiveDigest>,
        coord: TileCoord,
    ) -> Option<Counted> {
        let other = |reply| Some(self.counted(Kind::Tile, reply));
        let generation = self.shared.map.generation();
        let Some(generation) = &*generation else { return other(response::unavailable()) };
        match self.named(generation, slot, digest) {
            Ok(Named { slot, archive, form }) => Some(Counted {
                answer: self.tile_of(slot, archive, form, coord),
                metrics: Arc::clone(&slot.metrics),
                keys: Some(Arc::clone(&slot.keys)),
            }),
            Err(refusal) => other(refusal?),
        }
    }

    fn tile_of(
        &self,
        slot: &ServedSlot,
        archive: &Arc<Archive>,
        form: Form,
        coord: TileCoord,
    ) -> Answer {
        if !archive.has_zoom(coord.z()) {
            return now(response::not_found());
        }
        let headers = self.policy.headers.tile(slot.visibility, form);
        let Some(tile) = archive.find(coord) else {
            return now(headers.hole(self.policy.holes, self.headers));
        };
        let Some(encoding) =
            Accepted::of(self.headers).choose(&[Encoding::Gzip, Encoding::Identity])
        else {
            return now(response::not_acceptable());
        };
        let etag = ETag::new(tile.hash, encoding);
        match etag.condition(self.headers) {
            Condition::Met => {}
            Condition::Known => return now(headers.not_modified(&etag)),
            Condition::Failed => return now(response::precondition_failed()),
        }
        match archive.resident_tile(&tile) {
            Some(stored) => now(match body(archive, &tile, encoding, stored) {
                Ok(body) => headers.tile(encoding, &etag, body),
                Err(error) => unreadable(&error),
            }),
            None => self.tile_from_store(slot, archive, tile, form, encoding),
        }
    }

    fn tile_from_store(
        &self,
        slot: &ServedSlot,
        archive: &Arc<Archive>,
        tile: HeldTile,
        form: Form,
        encoding: Encoding,
    ) -> Answer {
        let (shared, policy) = (Arc::clone(self.shared), Arc::clone(self.policy));
        let (archive, visibility) = (Arc::clone(archive), slot.visibility);
        let is_newest = slot.is_newest(archive.digest());
        Answer::Later(Box::pin(async move {
            let stored = match shared.tiles.read(&archive, &tile).await {
                Ok(stored) => stored,
                Err(error) => return lost(&error, is_newest),
            };
            match body(&archive, &tile, encoding, stored) {
                Ok(body) => {
                    let etag = ETag::new(tile.hash, encoding);
                    policy.headers.tile(visibility, form).tile(encoding, &etag, body)
                }
                Err(error) => unreadable(&error),
            }
        }))
    }
}

fn body(
    archive: &Archive,
    tile: &HeldTile,
    encoding: Encoding,
    stored: Bytes,
) -> Result<Bytes, ArchiveError> {
    match encoding {
        Encoding::Gzip => Ok(stored),
        Encoding::Identity | Encoding::Brotli => archive.unpack(tile, &stored),
    }
}

/// What the store did not give: one that was replaced and is missing was retired.
pub(super) fn lost(cause: &ArchiveError, is_newest: bool) -> Reply {
    if !is_newest && cause.is_missing() { response::gone() } else { unreadable(cause) }
}

pub(super) fn unreadable(cause: &ArchiveError) -> Reply {
    error!(cause = error_chain(cause), "a tile could not be read");
    response::unavailable()
}
