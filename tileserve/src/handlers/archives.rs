//! Raw archives: the stored bytes as they are, whole or in ranges, for readers that speak PMTiles.

use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use futures::stream::BoxStream;
use futures::{StreamExt, TryStreamExt};
use tilecore::ArchiveDigest;

use super::pending::{PendingReply, Routed, ready};
use super::request::{ApiRequest, ReadOf, RequestedArchive};
use super::state::AppState;
use super::tiles::read_failed;
use crate::http::body::Body;
use crate::http::data_headers::UrlForm;
use crate::http::etag::{Condition, condition};
use crate::http::range::{self, RangeRequest};
use crate::http::response;
use crate::http::sent_bodies::with_reservation;
use crate::map::slots::ServedSlot;
use crate::storage::archive::{Archive, ArchiveError};
use crate::telemetry::metrics::RouteKind;

impl ApiRequest<'_> {
    /// The response for an archive or a part of it; `None` if this server does not know it.
    pub(super) fn archive(&self, slot: &str, digest: ArchiveDigest) -> Option<Routed> {
        let other = |reply| Some(self.routed(RouteKind::Archive, reply));
        let version = self.state.map.version();
        let Some(version) = &*version else { return other(response::unavailable()) };
        match self.lookup(version, slot, Some(digest), ReadOf::Archive) {
            Ok(RequestedArchive { slot, archive, .. }) => Some(Routed {
                keys: Some(Arc::clone(&slot.keys)),
                ..self.routed_pending(RouteKind::Archive, self.part_of(slot, archive))
            }),
            Err(refusal) => other(refusal?),
        }
    }

    fn part_of(&self, slot: &ServedSlot, archive: &Arc<Archive>) -> PendingReply {
        let etag = archive.etag();
        let headers = self.policy.headers.tile(slot.visibility, UrlForm::Pinned);
        match condition(self.headers, etag.as_bytes()) {
            Condition::Proceed => {}
            Condition::NotModified => return ready(headers.archive_not_modified(etag)),
            Condition::PreconditionFailed => return ready(response::precondition_failed()),
        }
        let length = archive.length();
        let (range, part) = match range::range_request(self.headers, length, &etag) {
            RangeRequest::Full => (0..length, None),
            RangeRequest::Partial(range) => (range.clone(), Some((range, length))),
            RangeRequest::Unsatisfiable => return ready(response::not_satisfiable(length)),
        };
        if let Some(bytes) = archive.resident_part(range.clone()) {
            return ready(headers.archive(etag, part, bytes.into()));
        }
        let (state, policy) = (Arc::clone(self.state), Arc::clone(self.policy));
        let (archive, visibility) = (Arc::clone(archive), slot.visibility);
        let is_latest = slot.is_latest(archive.digest());
        PendingReply::Waiting(Box::pin(async move {
            let length = range.end - range.start;
            let Ok(reservation) = state.bodies.reserve(length.min(PIECES_IN_MEMORY * PIECE)) else {
                return state.no_memory();
            };
            // If the first piece can be read, the status is sent.
            let end = range.end.min(range.start + PIECE);
            let first = match state.tiles.read_part(&archive, range.start..end).await {
                Ok(first) => first,
                Err(error) => return read_failed(&error, is_latest),
            };
            let left = length;
            let pieces = pieces(Arc::clone(&state), archive, first, end..range.end);
            let reservation = Arc::new(reservation);
            let pieces = pieces.map_ok(move |piece| with_reservation(piece, &reservation)).boxed();
            let headers = policy.headers.tile(visibility, UrlForm::Pinned);
            headers.archive(etag, part, Body::Pieces { pieces, left })
        }))
    }
}

/// Most bytes of an archive that are read for one client at a time.
const PIECE: u64 = 256 << 10;

/// Most pieces of a response in memory: one that hyper sends, the next one, and one that is read.
const PIECES_IN_MEMORY: u64 = 3;

/// The pieces of an archive. Each is read when the client has received the one before.
fn pieces(
    state: Arc<AppState>,
    archive: Arc<Archive>,
    first: Bytes,
    rest: Range<u64>,
) -> BoxStream<'static, Result<Bytes, Arc<ArchiveError>>> {
    let rest = futures::stream::try_unfold(rest, move |rest| {
        let (state, archive) = (Arc::clone(&state), Arc::clone(&archive));
        async move {
            if rest.is_empty() {
                return Ok(None);
            }
            let end = rest.end.min(rest.start + PIECE);
            let piece = state.tiles.read_part(&archive, rest.start..end).await?;
            Ok(Some((piece, end..rest.end)))
        }
    });
    futures::stream::once(async { Ok(first) }).chain(rest).boxed()
}
