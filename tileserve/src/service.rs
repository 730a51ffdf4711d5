//! The service: one request in, one answer out.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::header::HeaderMap;
use http::{Method, Request, StatusCode};
use serde_json::json;
use tilecore::{ArchiveDigest, TileCoord, Visibility};
use tracing::{debug, error};

use crate::archive::{Archive, ArchiveError, HeldTile};
use crate::document::Document;
use crate::encoding::{Accepted, Encoding};
use crate::etag::ETag;
use crate::follower::{LiveMap, chain};
use crate::generation::{Generation, NamedArchive, ServedSlot};
use crate::page::Page;
use crate::reply::{self, Form, Headers, Reply};
use crate::route::{self, Route, RouteError};
use crate::table::NamedTable;
use crate::tile_cache::TileCache;

/// All that an answer may need.
#[derive(Debug)]
pub struct Shared {
    /// The map.
    pub map: Arc<LiveMap>,
    /// Tiles of archives that are not in memory.
    pub tiles: TileCache,
    /// Headers of answers with data.
    pub headers: Headers,
    /// The page, if there is one.
    pub page: Option<Page>,
    /// Who may see the catalog: with internal layers in it, it is internal too.
    pub catalog_visibility: Visibility,
}

/// Answers requests; one for each connection.
#[derive(Clone, Debug)]
pub struct Service(pub Arc<Shared>);

/// An answer on its way. Most are there at once, so that nothing is allocated for the waiting.
pub enum Answer {
    /// Ready; nothing once it was taken.
    Now(Option<Reply>),
    /// Waits for the store.
    Later(Pin<Box<dyn Future<Output = Reply> + Send>>),
}

impl Future for Answer {
    type Output = Result<Reply, Infallible>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        match &mut *self {
            Self::Now(reply) => Poll::Ready(Ok(reply.take().unwrap_or_else(reply::unavailable))),
            Self::Later(waiting) => waiting.as_mut().poll(context).map(Ok),
        }
    }
}

impl<B> hyper::service::Service<Request<B>> for Service {
    type Response = Reply;
    type Error = Infallible;
    type Future = Answer;

    fn call(&self, request: Request<B>) -> Answer {
        let answer = match *request.method() {
            Method::GET => self.get(request.uri().path(), request.headers()),
            Method::HEAD => match self.get(request.uri().path(), request.headers()) {
                Answer::Now(reply) => Answer::Now(reply.map(reply::head_only)),
                Answer::Later(waiting) => {
                    Answer::Later(Box::pin(async { reply::head_only(waiting.await) }))
                }
            },
            Method::OPTIONS => now(reply::options()),
            _ => now(reply::method_not_allowed()),
        };
        if let Answer::Now(Some(reply)) = &answer {
            let (method, path, status) = (request.method(), request.uri().path(), reply.status());
            debug!(%method, path, status = status.as_u16(), "answered");
        }
        answer
    }
}

fn now(reply: Reply) -> Answer {
    Answer::Now(Some(reply))
}

/// The answer for a slot that the map does not have: one that names an archive may be news.
fn unknown(digest: Option<ArchiveDigest>) -> Option<Reply> {
    digest.is_none().then(reply::not_found)
}

impl Service {
    fn get(&self, path: &str, request: &HeaderMap) -> Answer {
        let path = route::plain(path);
        self.answer(&path, request).unwrap_or_else(|| self.answer_after_news(&path, request))
    }

    /// Looks for news in the store first: whoever names an archive that this server does not know
    /// may have learned of it from a server that is quicker.
    fn answer_after_news(&self, path: &str, request: &HeaderMap) -> Answer {
        let (service, path, request) = (self.clone(), path.to_owned(), request.clone());
        Answer::Later(Box::pin(async move {
            if service.0.map.look_for_news().await.is_none() {
                return reply::unavailable();
            }
            match service.answer(&path, &request) {
                Some(Answer::Now(reply)) => reply.unwrap_or_else(reply::unavailable),
                Some(Answer::Later(waiting)) => waiting.await,
                None => reply::not_found(),
            }
        }))
    }

    /// The answer for a path; nothing if it names an archive or a table of which this server does
    /// not know.
    fn answer(&self, path: &str, request: &HeaderMap) -> Option<Answer> {
        let reply = match Route::parse(path) {
            Ok(Route::Tile { slot, digest, coord }) => {
                return self.tile(slot, digest, coord, request);
            }
            Ok(Route::Table { table, digest }) => {
                return self.table(table, digest, request).map(now);
            }
            Ok(Route::TileJson { slot }) => self.tilejson(slot, request),
            Ok(Route::Catalog) => self.with_map(|generation| {
                self.document(&generation.catalog, self.0.catalog_visibility, request)
            }),
            Ok(Route::Live) => reply::state(StatusCode::OK, &json!({ "status": "live" })),
            Ok(Route::Ready) => self.readiness(),
            Ok(Route::Page) => match &self.0.page {
                Some(page) => page.answer(path, request),
                None => reply::not_found(),
            },
            Err(RouteError::Malformed) => reply::malformed(),
            Err(RouteError::Unknown | RouteError::Outside) => reply::not_found(),
        };
        Some(now(reply))
    }

    /// Without a map nothing is known about any layer, so there is no 404 either.
    fn with_map(&self, answer: impl FnOnce(&Generation) -> Reply) -> Reply {
        match &*self.0.map.generation() {
            Some(generation) => answer(generation),
            None => reply::unavailable(),
        }
    }

    fn document(&self, document: &Document, seen_by: Visibility, request: &HeaderMap) -> Reply {
        reply::document(document, self.0.headers.document(seen_by), request)
    }

    fn tilejson(&self, slot: &str, request: &HeaderMap) -> Reply {
        self.with_map(|generation| match generation.slot(slot) {
            Some(slot) => match &slot.newest {
                Some(newest) => self.document(&newest.tilejson, slot.visibility, request),
                None => reply::not_found(),
            },
            None => reply::not_found(),
        })
    }

    fn table(
        &self,
        name: &str,
        digest: Option<ArchiveDigest>,
        request: &HeaderMap,
    ) -> Option<Reply> {
        let generation = self.0.map.generation();
        let Some(generation) = &*generation else { return Some(reply::unavailable()) };
        let Some(served) = generation.table(name) else { return unknown(digest) };
        let (table, form) = match (digest, &served.newest) {
            (None, Some(newest)) => (newest, Form::Newest),
            (None, None) => return Some(reply::not_found()),
            (Some(digest), _) => match served.named(digest) {
                NamedTable::Served(table) => (table, Form::Immutable),
                NamedTable::Gone => return Some(reply::gone()),
                NamedTable::Unknown => return None,
            },
        };
        Some(reply::table(table, self.0.headers.tile(served.visibility, form), request))
    }

    fn tile(
        &self,
        slot: &str,
        digest: Option<ArchiveDigest>,
        coord: TileCoord,
        request: &HeaderMap,
    ) -> Option<Answer> {
        let generation = self.0.map.generation();
        let Some(generation) = &*generation else { return Some(now(reply::unavailable())) };
        let Some(slot) = generation.slot(slot) else { return unknown(digest).map(now) };
        let (archive, form) = match (digest, &slot.newest) {
            (None, Some(newest)) => (&newest.archive, Form::Newest),
            (None, None) => return Some(now(reply::not_found())),
            (Some(digest), _) => match slot.named(digest) {
                NamedArchive::Served(archive) => (archive, Form::Immutable),
                NamedArchive::Gone => return Some(now(reply::gone())),
                NamedArchive::Unknown => return None,
            },
        };
        Some(self.tile_of(slot, archive, form, coord, request))
    }

    fn tile_of(
        &self,
        slot: &ServedSlot,
        archive: &Arc<Archive>,
        form: Form,
        coord: TileCoord,
        request: &HeaderMap,
    ) -> Answer {
        if !archive.has_zoom(coord.z()) {
            return now(reply::not_found());
        }
        let headers = self.0.headers.tile(slot.visibility, form);
        let Some(tile) = archive.find(coord) else { return now(headers.hole()) };
        let Some(encoding) = Accepted::of(request).choose(&[Encoding::Gzip, Encoding::Identity])
        else {
            return now(reply::not_acceptable());
        };
        let etag = ETag::new(tile.hash, encoding);
        if etag.is_known(request) {
            return now(headers.not_modified(&etag));
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
        let (shared, archive) = (Arc::clone(&self.0), Arc::clone(archive));
        let visibility = slot.visibility;
        let is_newest = slot.is_newest(archive.digest());
        Answer::Later(Box::pin(async move {
            let stored = match shared.tiles.read(&archive, &tile).await {
                Ok(stored) => stored,
                // It was replaced and then retired.
                Err(error) if !is_newest && error.is_missing() => return reply::gone(),
                Err(error) => return unreadable(&error),
            };
            match body(&archive, &tile, encoding, stored) {
                Ok(body) => {
                    let etag = ETag::new(tile.hash, encoding);
                    shared.headers.tile(visibility, form).tile(encoding, &etag, body)
                }
                Err(error) => unreadable(&error),
            }
        }))
    }

    /// Ready = there is a map, even if it is not the newest: taking every server out because one
    /// build is broken would take the good map down too.
    fn readiness(&self) -> Reply {
        let fault = self.0.map.fault().map(|fault| fault.to_string());
        match (&*self.0.map.generation(), fault) {
            (Some(generation), None) => {
                let number = generation.number;
                reply::state(StatusCode::OK, &json!({ "status": "ready", "number": number }))
            }
            (Some(generation), Some(fault)) => {
                let number = generation.number;
                let state = json!({ "status": "degraded", "number": number, "fault": fault });
                reply::state(StatusCode::OK, &state)
            }
            (None, fault) => {
                let state = json!({ "status": "waiting", "fault": fault });
                reply::state(StatusCode::SERVICE_UNAVAILABLE, &state)
            }
        }
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

fn unreadable(cause: &ArchiveError) -> Reply {
    error!(cause = chain(cause), "a tile could not be read");
    reply::unavailable()
}
