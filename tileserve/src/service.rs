//! The service: one request in, one answer out.

mod composed;
mod raw;

use std::convert::Infallible;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Instant;

use bytes::Bytes;
use http::header::{HeaderMap, HeaderValue, RANGE, VARY};
use http::{Method, Request, Uri};
use tilecore::{ArchiveDigest, TileCoord, Visibility};
use tracing::{error, warn};

use crate::access::{Access, Grant};
use crate::answer_log::AnswerLog;
use crate::archive::{Archive, ArchiveError, HeldTile};
use crate::catalog;
use crate::document::Document;
use crate::encoding::{Accepted, Encoding};
use crate::etag::{Condition, ETag};
use crate::finish::{Asker, Finish, REQUEST_ID, SurrogateKeys};
use crate::follower::{LiveMap, chain};
use crate::generation::{Generation, NamedArchive, ServedSlot};
use crate::health::{self, Audience};
use crate::limits::RateLimit;
use crate::metrics::{Kind, Metrics, Present, RouteMetrics};
use crate::page::Page;
use crate::reply::{self, Form, Headers, Holes, Reply};
use crate::route::{self, Route, RouteError};
use crate::store::Store;
use crate::styles::Styles;
use crate::table::NamedTable;
use crate::tile_cache::TileCache;

/// All that an answer may need.
#[derive(Debug)]
pub struct Shared {
    /// The map.
    pub map: Arc<LiveMap>,
    /// Where the map comes from.
    pub store: Store,
    /// Which answers are told.
    pub log: AnswerLog,
    /// Tiles of archives that are not in memory.
    pub tiles: TileCache,
    /// Headers of answers with data.
    pub headers: Headers,
    /// Everything that is counted.
    pub metrics: Arc<Metrics>,
    /// How much one client may ask, if that is limited.
    pub rate: Option<RateLimit>,
    /// How many requests may wait for the store.
    pub most_waiting: usize,
    /// What is put on every answer.
    pub finish: Finish,
    /// What is said where an archive has no tile.
    pub holes: Holes,
    /// What absolute URLs begin with; empty = URLs begin with a slash.
    pub public_url: String,
    /// The page, if there is one.
    pub page: Option<Page>,
    /// How maps may draw the layers.
    pub styles: Styles,
    /// What can be asked, in machine form.
    pub openapi: Document,
    /// Who may see internal layers.
    pub access: Access,
    /// Whether everybody may.
    pub serve_internal: bool,
}

/// Answers requests; one for each connection.
#[derive(Clone, Debug)]
pub struct Service {
    /// What all connections share.
    pub shared: Arc<Shared>,
    /// Who is at the other end.
    pub peer: IpAddr,
}

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

/// An answer, where it is counted, and what of the map it is made from.
struct Counted {
    answer: Answer,
    metrics: Arc<RouteMetrics>,
    keys: Option<Arc<SurrogateKeys>>,
}

/// An archive that a path names.
struct Named<'a> {
    slot: &'a ServedSlot,
    archive: &'a Arc<Archive>,
    form: Form,
}

impl<B> hyper::service::Service<Request<B>> for Service {
    type Response = Reply;
    type Error = Infallible;
    type Future = Answer;

    fn call(&self, mut request: Request<B>) -> Answer {
        let began = Instant::now();
        let is_head = *request.method() == Method::HEAD;
        if is_head {
            // Ranges are for GET alone (RFC 9110, section 14.2).
            request.headers_mut().remove(RANGE);
        }
        let other = |reply| self.counted(Kind::Other, reply);
        let refused = self.shared.rate.as_ref().and_then(|rate| {
            let wait = rate.take(self.peer, request.headers()).err()?;
            self.shared.metrics.reject("rate");
            Some(other(reply::too_many_requests(wait)))
        });
        let Counted { answer, metrics, keys } =
            refused.unwrap_or_else(|| match *request.method() {
                Method::GET | Method::HEAD => self.get(request.uri(), request.headers()),
                Method::OPTIONS => other(reply::options()),
                _ => other(reply::method_not_allowed()),
            });
        let line = self.shared.log.take(&request);
        let (shared, asker) = (Arc::clone(&self.shared), Asker::of(request.headers()));
        let finish = move |reply: Reply| {
            let mut reply = if is_head { reply::head_only(reply) } else { reply };
            shared.finish.finish(&mut reply, &asker, keys.as_deref());
            if reply.status().is_server_error() {
                let id = reply.headers().get(REQUEST_ID);
                warn!(status = reply.status().as_u16(), request_id = ?id, "an answer of trouble");
            }
            metrics.count(&reply, began);
            if let Some(line) = &line {
                line.tell(&reply, began.elapsed());
            }
            reply
        };
        match answer {
            Answer::Now(reply) => now(finish(reply.unwrap_or_else(reply::unavailable))),
            Answer::Later(_) if self.is_crowded() => {
                self.shared.metrics.reject("waiting");
                now(finish(reply::crowded()))
            }
            Answer::Later(waiting) => {
                let waits = Present::begin(&self.shared.metrics.waiting);
                Answer::Later(Box::pin(async move {
                    let _waits = waits;
                    let mut reply = waiting.await;
                    reply::tell_time(&mut reply, began.elapsed());
                    finish(reply)
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
    fn get(&self, uri: &Uri, request: &HeaderMap) -> Counted {
        let path = route::plain(uri.path());
        let grant = self.shared.access.grant(&path, uri.query(), request);
        self.answer(&path, request, &grant).unwrap_or_else(|| {
            let metrics = Arc::clone(self.shared.metrics.route(Kind::Other));
            Counted { answer: self.answer_after_news(&path, request, grant), metrics, keys: None }
        })
    }

    /// Whether as many requests wait for the store as may.
    fn is_crowded(&self) -> bool {
        let waiting = self.shared.metrics.waiting.get();
        usize::try_from(waiting).is_ok_and(|waiting| waiting >= self.shared.most_waiting)
    }

    /// Whether what has this visibility may be shown.
    fn may_see(&self, visibility: Visibility, grant: &Grant) -> bool {
        visibility == Visibility::Public || self.shared.serve_internal || *grant != Grant::Nothing
    }

    fn counted(&self, kind: Kind, reply: Reply) -> Counted {
        self.counted_later(kind, now(reply))
    }

    fn counted_later(&self, kind: Kind, answer: Answer) -> Counted {
        let metrics = Arc::clone(self.shared.metrics.route(kind));
        Counted { answer, metrics, keys: None }
    }

    /// Looks for news in the store first: whoever names an archive that this server does not know
    /// may have learned of it from a server that is quicker.
    fn answer_after_news(&self, path: &str, request: &HeaderMap, grant: Grant) -> Answer {
        let (service, path, request) = (self.clone(), path.to_owned(), request.clone());
        Answer::Later(Box::pin(async move {
            if service.shared.map.look_for_news().await.is_none() {
                return reply::unavailable();
            }
            match service.answer(&path, &request, &grant).map(|counted| counted.answer) {
                Some(Answer::Now(reply)) => reply.unwrap_or_else(reply::unavailable),
                Some(Answer::Later(waiting)) => waiting.await,
                None => reply::not_found(),
            }
        }))
    }

    /// The answer for a path; nothing if it names an archive or a table of which this server does
    /// not know.
    fn answer(&self, path: &str, request: &HeaderMap, grant: &Grant) -> Option<Counted> {
        let (kind, reply) = match Route::parse(path) {
            Ok(Route::Tile { slot, digest, coord }) => {
                return self.tile(slot, digest, coord, request, grant);
            }
            Ok(Route::Composition { parts, coord }) => {
                return self.composed_tile(&parts, coord, request, grant);
            }
            Ok(Route::CompositionJson { parts }) => {
                return self.composed_tilejson(&parts, request, grant);
            }
            Ok(Route::Archive { slot, digest }) => {
                return self.archive(slot, digest, request, grant);
            }
            Ok(Route::Table { table, digest }) => {
                (Kind::Table, self.table(table, digest, request, grant)?)
            }
            Ok(Route::TileJson { slot }) => return Some(self.tilejson(slot, request, grant)),
            Ok(Route::Catalog) => (
                Kind::Catalog,
                self.with_map(|generation| self.catalog(generation, request, grant)),
            ),
            Ok(Route::Style { name }) => match self.shared.styles.get(name) {
                Some(style) => (Kind::Style, self.document(style, Visibility::Public, request)),
                None => (Kind::Style, reply::not_found()),
            },
            Ok(Route::OpenApi) => {
                (Kind::Other, self.document(&self.shared.openapi, Visibility::Public, request))
            }
            Ok(Route::Live) => (Kind::Health, health::live()),
            Ok(Route::Ready) => (Kind::Health, health::ready(&self.shared.map, Audience::Anyone)),
            Ok(Route::Page) => match &self.shared.page {
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
        match &*self.shared.map.generation() {
            Some(generation) => answer(generation),
            None => reply::unavailable(),
        }
    }

    fn document(&self, document: &Document, seen_by: Visibility, request: &HeaderMap) -> Reply {
        reply::document(document, self.shared.headers.document(seen_by), request)
    }

    /// Those who may see all are told of all. Caches must not mix the two.
    fn catalog(&self, generation: &Generation, request: &HeaderMap, grant: &Grant) -> Reply {
        let is_full = self.shared.serve_internal || *grant == Grant::Everything;
        let (document, seen_by) = if is_full {
            (&generation.full_catalog, Visibility::Internal)
        } else {
            (&generation.catalog, Visibility::Public)
        };
        let mut reply = self.document(document, seen_by, request);
        if self.shared.access.is_configured() {
            reply.headers_mut().append(VARY, HeaderValue::from_static("authorization"));
        }
        reply
    }

    fn tilejson(&self, slot: &str, request: &HeaderMap, grant: &Grant) -> Counted {
        let mut keys = None;
        let reply = self.with_map(|generation| {
            let Some(slot) = generation.slot(slot) else { return reply::not_found() };
            if !self.may_see(slot.visibility, grant) {
                return reply::unauthorized();
            }
            let Some(newest) = &slot.newest else { return reply::not_found() };
            keys = Some(Arc::clone(&slot.keys));
            match grant {
                Grant::Signed(query) => {
                    let signed = catalog::signed(&newest.tilejson, query);
                    self.document(&signed, slot.visibility, request)
                }
                Grant::Nothing | Grant::Everything => {
                    self.document(&newest.tilejson, slot.visibility, request)
                }
            }
        });
        Counted { keys, ..self.counted(Kind::TileJson, reply) }
    }

    fn table(
        &self,
        name: &str,
        digest: Option<ArchiveDigest>,
        request: &HeaderMap,
        grant: &Grant,
    ) -> Option<Reply> {
        let generation = self.shared.map.generation();
        let Some(generation) = &*generation else { return Some(reply::unavailable()) };
        let Some(served) = generation.table(name) else { return unknown(digest) };
        if !self.may_see(served.visibility, grant) {
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
        Some(reply::table(table, self.shared.headers.tile(served.visibility, form), request))
    }

    fn tile(
        &self,
        slot: &str,
        digest: Option<ArchiveDigest>,
        coord: TileCoord,
        request: &HeaderMap,
        grant: &Grant,
    ) -> Option<Counted> {
        let other = |reply| Some(self.counted(Kind::Tile, reply));
        let generation = self.shared.map.generation();
        let Some(generation) = &*generation else { return other(reply::unavailable()) };
        match self.named(generation, slot, digest, grant) {
            Ok(Named { slot, archive, form }) => Some(Counted {
                answer: self.tile_of(slot, archive, form, coord, request),
                metrics: Arc::clone(&slot.metrics),
                keys: Some(Arc::clone(&slot.keys)),
            }),
            Err(refusal) => other(refusal?),
        }
    }

    /// The archive that a path names, or why it is not served; nothing to say if this server does not
    /// know of it.
    fn named<'a>(
        &self,
        generation: &'a Generation,
        slot: &str,
        digest: Option<ArchiveDigest>,
        grant: &Grant,
    ) -> Result<Named<'a>, Option<Reply>> {
        let Some(slot) = generation.slot(slot) else { return Err(unknown(digest)) };
        if !self.may_see(slot.visibility, grant) {
            return Err(Some(reply::unauthorized()));
        }
        let Some(digest) = digest else {
            let newest = slot.newest.as_ref().ok_or_else(|| Some(reply::not_found()))?;
            return Ok(Named { slot, archive: &newest.archive, form: Form::Newest });
        };
        match slot.named(digest) {
            NamedArchive::Served(archive) => Ok(Named { slot, archive, form: Form::Immutable }),
            NamedArchive::Gone => Err(Some(reply::gone())),
            NamedArchive::Unknown => Err(None),
        }
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
        let headers = self.shared.headers.tile(slot.visibility, form);
        let Some(tile) = archive.find(coord) else {
            return now(headers.hole(self.shared.holes, request));
        };
        let Some(encoding) = Accepted::of(request).choose(&[Encoding::Gzip, Encoding::Identity])
        else {
            return now(reply::not_acceptable());
        };
        let etag = ETag::new(tile.hash, encoding);
        match etag.condition(request) {
            Condition::Met => {}
            Condition::Known => return now(headers.not_modified(&etag)),
            Condition::Failed => return now(reply::precondition_failed()),
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
        let (shared, archive) = (Arc::clone(&self.shared), Arc::clone(archive));
        let visibility = slot.visibility;
        let is_newest = slot.is_newest(archive.digest());
        Answer::Later(Box::pin(async move {
            let stored = match shared.tiles.read(&archive, &tile).await {
                Ok(stored) => stored,
                Err(error) => return lost(&error, is_newest),
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

/// What the store did not give: one that was replaced and is missing was retired.
fn lost(cause: &ArchiveError, is_newest: bool) -> Reply {
    if !is_newest && cause.is_missing() { reply::gone() } else { unreadable(cause) }
}

fn unreadable(cause: &ArchiveError) -> Reply {
    error!(cause = chain(cause), "a tile could not be read");
    reply::unavailable()
}
