//! Tiles of one archive, from memory or from the store.

use std::sync::Arc;

use bytes::Bytes;
use tilecore::archive::declared_length;
use tilecore::{ArchiveDigest, TileCoord, TileHash};
use tracing::error;

use super::pending::{PendingReply, Routed, WaitsFor, ready};
use super::request::{ApiRequest, ReadOf, RequestedArchive};
use super::state::AppState;
use crate::http::accept_encoding::Accepted;
use crate::http::data_headers::UrlForm;
use crate::http::etag::{Condition, ETag};
use crate::http::response::{self, Reply};
use crate::http::sent_bodies::BodyError;
use crate::map::slots::ServedSlot;
use crate::storage::archive::{Archive, ArchiveError, TileLocation};
use crate::telemetry::metrics::RouteKind;
use crate::values::content_encoding::Encoding;
use tilecore::error::chain;

impl ApiRequest<'_> {
    pub(super) fn tile(
        &self,
        slot: &str,
        digest: Option<ArchiveDigest>,
        coord: TileCoord,
    ) -> Option<Routed> {
        let other = |reply| Some(self.routed(RouteKind::Tile, reply));
        let version = self.state.map.version();
        let Some(version) = &*version else { return other(response::unavailable()) };
        match self.lookup(version, slot, digest, ReadOf::Tile(coord)) {
            Ok(RequestedArchive { slot, archive, form }) => Some(Routed {
                reply: self.tile_of(slot, archive, form, coord),
                metrics: Arc::clone(&slot.metrics),
                keys: Some(Arc::clone(&slot.keys)),
                waits_for: WaitsFor::Store,
            }),
            Err(refusal) => other(refusal?),
        }
    }

    fn tile_of(
        &self,
        slot: &ServedSlot,
        archive: &Arc<Archive>,
        form: UrlForm,
        coord: TileCoord,
    ) -> PendingReply {
        if !archive.has_zoom(coord.z()) {
            return ready(response::not_found());
        }
        let headers = self.policy.headers.tile(slot.visibility, form);
        let Some(tile) = archive.find(coord) else {
            return ready(headers.empty_tile(self.policy.empty_tile, self.headers));
        };
        let Some(encoding) =
            Accepted::of(self.headers).choose(&[Encoding::Gzip, Encoding::Identity])
        else {
            return ready(response::not_acceptable());
        };
        let etag = ETag::new(tile.hash, encoding);
        match etag.condition(self.headers) {
            Condition::Proceed => {}
            Condition::NotModified => return ready(headers.not_modified(&etag)),
            Condition::PreconditionFailed => return ready(response::precondition_failed()),
        }
        match archive.resident_tile(&tile) {
            Some(stored) => ready(match encoding {
                Encoding::Gzip => headers.tile(encoding, &etag, stored),
                Encoding::Identity | Encoding::Brotli => {
                    match self.state.plain(tile.hash, &stored, || archive.unpack(&tile, &stored)) {
                        Ok(body) => headers.tile(encoding, &etag, body),
                        Err(refusal) => refusal,
                    }
                }
            }),
            None => self.tile_from_store(slot, archive, tile, form, encoding),
        }
    }

    fn tile_from_store(
        &self,
        slot: &ServedSlot,
        archive: &Arc<Archive>,
        tile: TileLocation,
        form: UrlForm,
        encoding: Encoding,
    ) -> PendingReply {
        let (state, policy) = (Arc::clone(self.state), Arc::clone(self.policy));
        let (archive, visibility) = (Arc::clone(archive), slot.visibility);
        let is_latest = slot.is_latest(archive.digest());
        PendingReply::Waiting(Box::pin(async move {
            let read = state.tiles.read(&archive, &tile);
            let stored = match state.sent(tile.hash, tile.length(), read).await {
                Ok(stored) => stored,
                Err(StoredError::Refused(refusal)) => return refusal,
                Err(StoredError::Read(error)) => return read_failed(&error, is_latest),
            };
            let body = match encoding {
                Encoding::Gzip => Ok(stored),
                Encoding::Identity | Encoding::Brotli => {
                    state.plain(tile.hash, &stored, || archive.unpack(&tile, &stored))
                }
            };
            match body {
                Ok(body) => {
                    let etag = ETag::new(tile.hash, encoding);
                    policy.headers.tile(visibility, form).tile(encoding, &etag, body)
                }
                Err(refusal) => refusal,
            }
        }))
    }
}

/// Why a tile that is not in memory cannot be sent.
pub(super) enum StoredError {
    /// There is no memory for it.
    Refused(Reply),
    /// It could not be read.
    Read(Arc<ArchiveError>),
}

impl AppState {
    /// A tile with gzip that is not in memory, kept until it is sent. `length` is the memory that
    /// reading it needs.
    pub(super) async fn sent(
        &self,
        hash: TileHash,
        length: u64,
        read: impl Future<Output = Result<Bytes, Arc<ArchiveError>>>,
    ) -> Result<Bytes, StoredError> {
        let key = (hash, Encoding::Gzip);
        if let Some(body) = self.bodies.find(&key) {
            return Ok(body);
        }
        let reserved = self.bodies.reserve(length);
        let reservation = reserved.map_err(|_| StoredError::Refused(self.no_memory()))?;
        let stored = read.await.map_err(StoredError::Read)?;
        Ok(self.bodies.add(key, stored, reservation))
    }

    /// The plain bytes of a tile, kept until they are sent; or the response if there are none.
    pub(super) fn plain(
        &self,
        hash: TileHash,
        stored: &[u8],
        unpack: impl FnOnce() -> Result<Bytes, ArchiveError>,
    ) -> Result<Bytes, Reply> {
        let (key, length) = ((hash, Encoding::Identity), u64::from(declared_length(stored)));
        self.bodies.get_or_make(key, length, unpack).map_err(|error| match error {
            BodyError::Budget(_) => self.no_memory(),
            BodyError::Make(error) => unavailable(&error),
        })
    }
}

/// The response to a failed read: a replaced archive that is missing was retired.
pub(super) fn read_failed(cause: &ArchiveError, is_latest: bool) -> Reply {
    if !is_latest && cause.is_missing() { response::gone() } else { unavailable(cause) }
}

pub(super) fn unavailable(cause: &ArchiveError) -> Reply {
    error!(cause = chain(cause), "tile could not be read");
    response::unavailable()
}
