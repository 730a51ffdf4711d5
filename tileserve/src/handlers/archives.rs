//! Raw archives: the stored bytes as they are, whole or in ranges, for readers that speak PMTiles.

use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use futures::StreamExt;
use futures::stream::BoxStream;
use tilecore::ArchiveDigest;

use super::pending::{Answer, Counted, now};
use super::request::{Named, Question};
use super::state::Shared;
use super::tiles::lost;
use crate::http::body::Body;
use crate::http::data_headers::Form;
use crate::http::etag::{Condition, condition};
use crate::http::range::{self, Wanted};
use crate::http::response;
use crate::map::slots::ServedSlot;
use crate::storage::archive::{Archive, ArchiveError};
use crate::telemetry::metrics::Kind;

impl Question<'_> {
    /// The answer for an archive or a part of it; nothing if this server does not know of it.
    pub(super) fn archive(&self, slot: &str, digest: ArchiveDigest) -> Option<Counted> {
        let other = |reply| Some(self.counted(Kind::Archive, reply));
        let generation = self.shared.map.generation();
        let Some(generation) = &*generation else { return other(response::unavailable()) };
        match self.named(generation, slot, Some(digest)) {
            Ok(Named { slot, archive, .. }) => Some(Counted {
                keys: Some(Arc::clone(&slot.keys)),
                ..self.counted_later(Kind::Archive, self.part_of(slot, archive))
            }),
            Err(refusal) => other(refusal?),
        }
    }

    fn part_of(&self, slot: &ServedSlot, archive: &Arc<Archive>) -> Answer {
        let etag = archive.etag();
        let headers = self.policy.headers.tile(slot.visibility, Form::Immutable);
        match condition(self.headers, etag.as_bytes()) {
            Condition::Met => {}
            Condition::Known => return now(headers.archive_not_modified(etag)),
            Condition::Failed => return now(response::precondition_failed()),
        }
        let length = archive.length();
        let (range, part) = match range::wanted(self.headers, length, &etag) {
            Wanted::Whole => (0..length, None),
            Wanted::Part(range) => (range.clone(), Some((range, length))),
            Wanted::Outside => return now(response::not_satisfiable(length)),
        };
        if let Some(bytes) = archive.resident_part(range.clone()) {
            return now(headers.archive(etag, part, bytes.into()));
        }
        let (shared, policy) = (Arc::clone(self.shared), Arc::clone(self.policy));
        let (archive, visibility) = (Arc::clone(archive), slot.visibility);
        let is_newest = slot.is_newest(archive.digest());
        Answer::Later(Box::pin(async move {
            // The first piece tells whether there will be any.
            let end = range.end.min(range.start + PIECE);
            let first = match shared.tiles.read_part(&archive, range.start..end).await {
                Ok(first) => first,
                Err(error) => return lost(&error, is_newest),
            };
            let left = range.end - range.start;
            let pieces = pieces(Arc::clone(&shared), archive, first, end..range.end);
            let headers = policy.headers.tile(visibility, Form::Immutable);
            headers.archive(etag, part, Body::Pieces { pieces, left })
        }))
    }
}

/// Most bytes of an archive that are read for one client at a time.
const PIECE: u64 = 256 << 10;

/// The first piece of an archive, and those of the rest, each read when the client has taken the one
/// before.
fn pieces(
    shared: Arc<Shared>,
    archive: Arc<Archive>,
    first: Bytes,
    rest: Range<u64>,
) -> BoxStream<'static, Result<Bytes, Arc<ArchiveError>>> {
    let rest = futures::stream::try_unfold(rest, move |rest| {
        let (shared, archive) = (Arc::clone(&shared), Arc::clone(&archive));
        async move {
            if rest.is_empty() {
                return Ok(None);
            }
            let end = rest.end.min(rest.start + PIECE);
            let piece = shared.tiles.read_part(&archive, rest.start..end).await?;
            Ok(Some((piece, end..rest.end)))
        }
    });
    futures::stream::once(async { Ok(first) }).chain(rest).boxed()
}
