//! The service: one request in, one answer out.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Instant;

use bytes::Bytes;
use http::header::HeaderMap;
use http::{Method, Request};
use tilecore::{ArchiveDigest, TileCoord, Visibility};
use tracing::{debug, error};

use crate::archive::{Archive, ArchiveError, HeldTile};
use crate::document::Document;
use crate::encoding::{Accepted, Encoding};
use crate::etag::ETag;
use crate::follower::{LiveMap, chain};
use crate::generation::{Generation, NamedArchive, ServedSlot};
use crate::health::{self, Asker};
use crate::metrics::{Kind, Metrics, Present, RouteMetrics};
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
    /// Everything that is counted.
    pub metrics: Arc<Metrics>,
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

/// An answer, and where it is counted.
struct Counted {
    answer: Answer,
    metrics: Arc<RouteMetrics>,
}

impl<B> hyper::service::Service<Request<B>> for Service {
    type Response = Reply;
    type Error = Infallible;
    type Future = Answer;

    fn call(&self, request: Request<B>) -> Answer {
        let began = Instant::now();
        let other = |reply| self.counted(Kind::Other, reply);
        let Counted { answer, metrics } = match *request.method() {
            Method::GET | Method::HEAD => self.get(request.uri().path(), request.headers()),
            Method::OPTIONS => other(reply::options()),
            _ => other(reply::method_not_allowed()),
        };
        let is_head = *request.method() == Method::HEAD;
        let finish = move |reply: Reply| {
            let reply = if is_head { reply::head_only(reply) } else { reply };
            metrics.count(&reply, began);
            reply
        };
        match answer {
            Answer::Now(reply) => {
                let reply = finish(reply.unwrap_or_else(reply::unavailable));
                let (method, path, status) =
                    (request.method(), request.uri().path(), reply.status());
                debug!(%method, path, status = status.as_u16(), "answered");
                now(reply)
            }
            Answer::Later(waiting) => {
                let waits = Present::begin(&self.0.metrics.waiting);
                Answer::Later(Box::pin(async move {
                    let _waits = waits;
                    finish(waiting.await)
                }))
            }
        }
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
    fn get(&self, path: &str, request: &HeaderMap) -> Counted {
        let path = route::plain(path);
        self.answer(&path, request).unwrap_or_else(|| {
            let metrics = Arc::clone(self.0.metrics.route(Kind::Other));
            Counted { answer: self.answer_after_news(&path, request), metrics }
        })
    }

    fn counted(&self, kind: Kind, reply: Reply) -> Counted {
        Counted { answer: now(reply), metrics: Arc::clone(self.0.metrics.route(kind)) }
    }

    /// Looks for news in the store first: whoever names an archive that this server does not know
    /// may have learned of it from a server that is quicker.
    fn answer_after_news(&self, path: &str, request: &HeaderMap) -> Answer {
        let (service, path, request) = (self.clone(), path.to_owned(), request.clone());
        Answer::Later(Box::pin(async move {
            if service.0.map.look_for_news().await.is_none() {
                return reply::unavailable();
            }
            match service.answer(&path, &request).map(|counted| counted.answer) {
                Some(Answer::Now(reply)) => reply.unwrap_or_else(reply::unavailable),
                Some(Answer::Later(waiting)) => waiting.await,
                None => reply::not_found(),
            }
        }))
    }

    /// The answer for a path; nothing if it names an archive or a table of which this server does
    /// not know.
    fn answer(&self, path: &str, request: &HeaderMap) -> Option<Counted> {
        let (kind, reply) = match Route::parse(path) {
            Ok(Route::Tile { slot, digest, coord }) => {
                return self.tile(slot, digest, coord, request);
            }
            Ok(Route::Table { table, digest }) => {
                (Kind::Table, self.table(table, digest, request)?)
            }
            Ok(Route::TileJson { slot }) => (Kind::TileJson, self.tilejson(slot, request)),
            Ok(Route::Catalog) => {
                let reply = self.with_map(|generation| {
                    self.document(&generation.catalog, self.0.catalog_visibility, request)
                });
                (Kind::Catalog, reply)
            }
            Ok(Route::Live) => (Kind::Health, health::live()),
            Ok(Route::Ready) => (Kind::Health, health::ready(&self.0.map, Asker::Anyone)),
            Ok(Route::Page) => match &self.0.page {
                Some(page) => (Kind::Page, page.answer(path, request)),
                None => (Kind::Other, reply::not_found()),
            },
            Err(RouteError::Malformed) => (Kind::Other, reply::malformed()),
            Err(RouteError::Unknown | RouteError::Outside) => (Kind::Other, reply::not_found()),
        };
        Some(self.counted(kind, reply))
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
    ) -> Option<Counted> {
        let other = |reply| Some(self.counted(Kind::Tile, reply));
        let generation = self.0.map.generation();
        let Some(generation) = &*generation else { return other(reply::unavailable()) };
        let Some(slot) = generation.slot(slot) else { return other(unknown(digest)?) };
        let answer = match (digest, &slot.newest) {
            (None, Some(newest)) => {
                self.tile_of(slot, &newest.archive, Form::Newest, coord, request)
            }
            (None, None) => now(reply::not_found()),
            (Some(digest), _) => match slot.named(digest) {
                NamedArchive::Served(archive) => {
                    self.tile_of(slot, archive, Form::Immutable, coord, request)
                }
                NamedArchive::Gone => now(reply::gone()),
                NamedArchive::Unknown => return None,
            },
        };
        Some(Counted { answer, metrics: Arc::clone(&slot.metrics) })
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
