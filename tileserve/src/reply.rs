//! Replies: each kind of answer with the headers that belong to it, and no others.

use std::ops::Range;
use std::time::Duration;

use bytes::Bytes;
use http::header::{
    ACCEPT_RANGES, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS,
    ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ALLOW,
    CACHE_CONTROL, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, ETAG, HeaderMap,
    HeaderName, HeaderValue, IF_NONE_MATCH, RETRY_AFTER, VARY, WWW_AUTHENTICATE,
    X_CONTENT_TYPE_OPTIONS,
};
use http::{Response, StatusCode};
use tilecore::Visibility;

use crate::body::Body;
use crate::document::Document;
use crate::encoding::{Accepted, Encoding};
use crate::etag::{Condition, ETag, condition};
use crate::metrics::Exposition;
use crate::table::Table;

/// An answer.
pub type Reply = Response<Body>;

/// What a client may do here.
const METHODS: HeaderValue = HeaderValue::from_static("GET, HEAD, OPTIONS");

/// How long a client may keep what it was sent.
#[derive(Clone, Copy, Debug)]
pub struct Lifetimes {
    /// Answers that change with the next build.
    pub newest: Duration,
    /// How much longer they may be shown while a cache asks again.
    pub newest_stale: Duration,
    /// The fact that an archive has no such tile.
    pub hole: Duration,
}

/// What is said where an archive has no tile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holes {
    /// 204: for MapLibre and everything that knows what it means.
    NoContent,
    /// 404: for clients that take 204 for a broken tile.
    NotFound,
}

/// Tag of the fact that there is no tile; no tile has it.
const HOLE: &str = "\"hole\"";

fn has_any(request: &HeaderMap) -> bool {
    request.get_all(IF_NONE_MATCH).iter().any(|line| line.as_bytes().trim_ascii() == b"*")
}

/// Which of a tile's two addresses was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Without a digest: whatever is newest.
    Newest,
    /// With a digest: the same bytes for ever.
    Immutable,
}

/// The headers of every kind of tile answer, put together once. The tag is the one header that
/// differs between tiles of a kind.
#[derive(Debug)]
pub struct TileHeaders {
    gzip: HeaderMap,
    identity: HeaderMap,
    not_modified: HeaderMap,
    hole: HeaderMap,
    archive: HeaderMap,
}

/// The headers of all answers that carry data.
#[derive(Debug)]
pub struct Headers {
    public: Sharing,
    internal: Sharing,
}

/// What belongs to a visibility.
#[derive(Debug)]
struct Sharing {
    newest: TileHeaders,
    immutable: TileHeaders,
    document: HeaderMap,
}

impl Headers {
    /// Puts the headers together. Internal answers are `private`, and pages of other origins read
    /// them only if `internal_cors` says so: a browser inside the private network would otherwise
    /// hand them to any page that it visits.
    #[must_use]
    pub fn new(lifetimes: &Lifetimes, internal_cors: bool) -> Self {
        Self {
            public: Sharing::new("public", lifetimes, true),
            internal: Sharing::new("private", lifetimes, internal_cors),
        }
    }

    /// The headers of a layer's tiles.
    #[must_use]
    pub const fn tile(&self, visibility: Visibility, form: Form) -> &TileHeaders {
        let sharing = self.sharing(visibility);
        match form {
            Form::Newest => &sharing.newest,
            Form::Immutable => &sharing.immutable,
        }
    }

    /// The headers of catalog and TileJSON.
    #[must_use]
    pub const fn document(&self, visibility: Visibility) -> &HeaderMap {
        &self.sharing(visibility).document
    }

    const fn sharing(&self, visibility: Visibility) -> &Sharing {
        match visibility {
            Visibility::Public => &self.public,
            Visibility::Internal => &self.internal,
        }
    }
}

impl Sharing {
    fn new(keeper: &str, lifetimes: &Lifetimes, has_cors: bool) -> Self {
        let newest = format!(
            "{keeper}, max-age={}, stale-while-revalidate={}",
            lifetimes.newest.as_secs(),
            lifetimes.newest_stale.as_secs()
        );
        let immutable = format!("{keeper}, max-age=31536000, immutable");
        let hole = format!("{keeper}, max-age={}", lifetimes.hole.as_secs());
        let mut document = shared(&newest, has_cors);
        document.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        Self {
            newest: TileHeaders::new(&newest, &newest, has_cors),
            immutable: TileHeaders::new(&immutable, &hole, has_cors),
            document,
        }
    }
}

/// What all data answers carry.
fn shared(cache_control: &str, has_cors: bool) -> HeaderMap {
    let cache_control = HeaderValue::from_str(cache_control);
    let mut headers = HeaderMap::from_iter([
        (CACHE_CONTROL, cache_control.unwrap_or(HeaderValue::from_static("no-store"))),
        (VARY, HeaderValue::from_static("accept-encoding")),
    ]);
    if has_cors {
        headers.extend(cors());
    }
    headers
}

fn cors() -> [(HeaderName, HeaderValue); 2] {
    [
        (ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*")),
        // Without this a page of another origin cannot see that a tile is the one it has.
        (ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static("etag")),
    ]
}

impl TileHeaders {
    fn new(cache_control: &str, hole: &str, has_cors: bool) -> Self {
        let mut not_modified = shared(cache_control, has_cors);
        not_modified.insert(ETAG, HeaderValue::from_static("\"\""));
        let mut identity = not_modified.clone();
        let kind = HeaderValue::from_static("application/vnd.mapbox-vector-tile");
        identity.insert(CONTENT_TYPE, kind);
        let mut gzip = identity.clone();
        gzip.extend(Encoding::Gzip.content_encoding().map(|gzip| (CONTENT_ENCODING, gzip)));
        // A hole is the same in every coding.
        let mut hole = shared(hole, has_cors);
        hole.remove(VARY);
        hole.insert(ETAG, HeaderValue::from_static(HOLE));
        let mut archive = not_modified.clone();
        // Sent as it is stored, whatever the client takes.
        archive.remove(VARY);
        if has_cors {
            let exposed = HeaderValue::from_static("etag, content-range");
            archive.insert(ACCESS_CONTROL_EXPOSE_HEADERS, exposed);
        }
        archive.insert(ACCEPT_RANGES, HeaderValue::from_static("bytes"));
        archive.insert(CONTENT_TYPE, HeaderValue::from_static("application/vnd.pmtiles"));
        Self { gzip, identity, not_modified, hole, archive }
    }

    /// 200 with a tile.
    #[must_use]
    pub fn tile(&self, encoding: Encoding, etag: &ETag, body: Bytes) -> Reply {
        let headers = match encoding {
            Encoding::Gzip => &self.gzip,
            Encoding::Identity | Encoding::Brotli => &self.identity,
        };
        tagged(StatusCode::OK, headers, etag, body)
    }

    /// 304: the client has it (RFC 9110, section 15.4.5: with the headers that a 200 would have
    /// and that a cache updates).
    #[must_use]
    pub fn not_modified(&self, etag: &ETag) -> Reply {
        tagged(StatusCode::NOT_MODIFIED, &self.not_modified, etag, Bytes::new())
    }

    /// 200 with an archive, or 206 with a part of it and the archive's length.
    #[must_use]
    pub fn archive(&self, etag: HeaderValue, part: Option<(Range<u64>, u64)>, body: Body) -> Reply {
        let mut reply = Reply::new(body);
        *reply.headers_mut() = self.archive.clone();
        reply.headers_mut().insert(ETAG, etag);
        if let Some((range, length)) = part {
            *reply.status_mut() = StatusCode::PARTIAL_CONTENT;
            let range = format!("bytes {}-{}/{length}", range.start, range.end - 1);
            let range = HeaderValue::from_str(&range);
            reply.headers_mut().extend(range.map(|range| (CONTENT_RANGE, range)));
        }
        reply
    }

    /// 304: the client has the archive.
    #[must_use]
    pub fn archive_not_modified(&self, etag: HeaderValue) -> Reply {
        let mut headers = self.archive.clone();
        headers.remove(CONTENT_TYPE);
        headers.insert(ETAG, etag);
        with_headers(StatusCode::NOT_MODIFIED, headers, Bytes::new())
    }

    /// The archive is whole and has no such tile: 204, or 404 where that is configured, both with a
    /// tag; 304 to a client that knows.
    #[must_use]
    pub fn hole(&self, holes: Holes, request: &HeaderMap) -> Reply {
        let status = match (condition(request, HOLE.as_bytes()), holes) {
            // There is nothing that `*` could mean.
            (Condition::Known, _) if !has_any(request) => StatusCode::NOT_MODIFIED,
            (Condition::Failed, _) => return precondition_failed(),
            (_, Holes::NoContent) => StatusCode::NO_CONTENT,
            (_, Holes::NotFound) => StatusCode::NOT_FOUND,
        };
        with_headers(status, self.hole.clone(), Bytes::new())
    }
}

fn tagged(status: StatusCode, headers: &HeaderMap, etag: &ETag, body: Bytes) -> Reply {
    let mut headers = headers.clone();
    headers.insert(ETAG, etag.header());
    with_headers(status, headers, body)
}

fn with_headers(status: StatusCode, headers: HeaderMap, body: Bytes) -> Reply {
    let mut reply = Reply::new(body.into());
    *reply.status_mut() = status;
    *reply.headers_mut() = headers;
    reply
}

/// 200, 304 or 406 with a document, by what the client has and takes.
#[must_use]
pub fn document(document: &Document, headers: &HeaderMap, request: &HeaderMap) -> Reply {
    let offer: Vec<Encoding> = document.offer().collect();
    let Some(encoding) = Accepted::of(request).choose(&offer) else { return not_acceptable() };
    let etag = ETag::new(document.hash(), encoding);
    match etag.condition(request) {
        Condition::Met => {}
        Condition::Known => {
            return tagged(StatusCode::NOT_MODIFIED, headers, &etag, Bytes::new());
        }
        Condition::Failed => return precondition_failed(),
    }
    let mut reply = tagged(StatusCode::OK, headers, &etag, document.body(encoding));
    reply.headers_mut().insert(CONTENT_TYPE, document.content_type.clone());
    if let Some(encoding) = encoding.content_encoding() {
        reply.headers_mut().insert(CONTENT_ENCODING, encoding);
    }
    reply
}

/// 200, 304, 406 or 503 with a table, by what the client has and takes. Lifetimes are a tile's.
#[must_use]
pub fn table(table: &Table, headers: &TileHeaders, request: &HeaderMap) -> Reply {
    let offer = [Encoding::Gzip, Encoding::Identity];
    let Some(encoding) = Accepted::of(request).choose(&offer) else { return not_acceptable() };
    let etag = ETag::new(table.hash, encoding);
    match etag.condition(request) {
        Condition::Met => {}
        Condition::Known => return headers.not_modified(&etag),
        Condition::Failed => return precondition_failed(),
    }
    let body = match encoding {
        Encoding::Gzip => Ok(table.packed.clone()),
        Encoding::Identity | Encoding::Brotli => table.unpack(),
    };
    let Ok(body) = body else {
        tracing::error!("a table cannot be unpacked");
        return unavailable();
    };
    let mut reply = headers.tile(encoding, &etag, body);
    let kind = HeaderValue::from_static("application/json");
    reply.headers_mut().insert(CONTENT_TYPE, kind);
    reply.headers_mut().insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    reply
}

/// 416: an archive of so many bytes has no such part.
#[must_use]
pub fn not_satisfiable(length: u64) -> Reply {
    let mut reply = plain(StatusCode::RANGE_NOT_SATISFIABLE, "the archive ends before that\n");
    let range = HeaderValue::from_str(&format!("bytes */{length}"));
    reply.headers_mut().extend(range.map(|range| (CONTENT_RANGE, range)));
    reply
}

/// 200 or 503 with a state that nobody may keep.
#[must_use]
pub fn state(status: StatusCode, state: &serde_json::Value) -> Reply {
    let mut reply = plain(status, state.to_string());
    reply.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    reply
}

/// 200 with metrics in a form.
#[must_use]
pub fn metrics(text: String, form: Exposition) -> Reply {
    let mut reply = plain(StatusCode::OK, form.write(text));
    reply.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(form.content_type()));
    reply.headers_mut().insert(VARY, HeaderValue::from_static("accept"));
    reply
}

/// 400: the address is no address.
#[must_use]
pub fn malformed() -> Reply {
    plain(StatusCode::BAD_REQUEST, "the tile's address is malformed\n")
}

/// 400: a tile cannot have two layers of one name.
#[must_use]
pub fn clashing_layers() -> Reply {
    plain(StatusCode::BAD_REQUEST, "two of these have a layer of one name; ask for each alone\n")
}

/// 401: who are you?
#[must_use]
pub fn unauthorized() -> Reply {
    let mut reply = plain(StatusCode::UNAUTHORIZED, "a token or a signed address is needed here\n");
    let scheme = HeaderValue::from_static("Bearer realm=\"map\"");
    reply.headers_mut().insert(WWW_AUTHENTICATE, scheme);
    reply
}

/// 404: there is nothing here.
#[must_use]
pub fn not_found() -> Reply {
    plain(StatusCode::NOT_FOUND, "there is nothing at this address\n")
}

/// 405: only reading is possible here.
#[must_use]
pub fn method_not_allowed() -> Reply {
    let mut reply = plain(StatusCode::METHOD_NOT_ALLOWED, "only GET, HEAD and OPTIONS\n");
    reply.headers_mut().insert(ALLOW, METHODS);
    reply
}

/// 406: every coding that we have is one that the client forbids.
#[must_use]
pub fn not_acceptable() -> Reply {
    let mut reply = plain(StatusCode::NOT_ACCEPTABLE, "sent as gzip or plain only\n");
    reply.headers_mut().insert(VARY, HeaderValue::from_static("accept-encoding"));
    reply
}

/// 412: the client asked for other bytes than there are.
#[must_use]
pub fn precondition_failed() -> Reply {
    plain(StatusCode::PRECONDITION_FAILED, "there are other bytes at this address now\n")
}

/// 410: the archive was part of the map once.
#[must_use]
pub fn gone() -> Reply {
    plain(StatusCode::GONE, "this archive is no longer served\n")
}

/// 429: this client asks too much.
#[must_use]
pub fn too_many_requests(wait: Duration) -> Reply {
    let mut reply = plain(StatusCode::TOO_MANY_REQUESTS, "too many requests; wait a little\n");
    reply.headers_mut().insert(RETRY_AFTER, wait.as_secs().saturating_add(1).into());
    reply
}

/// 503: all together ask too much.
#[must_use]
pub fn crowded() -> Reply {
    let mut reply = plain(StatusCode::SERVICE_UNAVAILABLE, "too many requests are waiting\n");
    reply.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("1"));
    reply
}

/// 503: we could not look. The cause goes to the log, not to the client.
#[must_use]
pub fn unavailable() -> Reply {
    let mut reply = plain(StatusCode::SERVICE_UNAVAILABLE, "the map cannot be read just now\n");
    reply.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("5"));
    reply
}

/// The answer to a browser that asks before it reads from another origin, or to anyone who asks
/// what can be done.
#[must_use]
pub fn options() -> Reply {
    let mut headers = HeaderMap::from_iter([
        (ALLOW, METHODS),
        (ACCESS_CONTROL_ALLOW_METHODS, METHODS),
        // `*` does not mean `authorization` (Fetch, CORS-unsafe request headers).
        (ACCESS_CONTROL_ALLOW_HEADERS, HeaderValue::from_static("*, authorization")),
        (ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("86400")),
    ]);
    headers.extend(cors());
    with_headers(StatusCode::NO_CONTENT, headers, Bytes::new())
}

/// A short answer that nobody keeps: errors never inherit a tile's lifetime.
fn plain(status: StatusCode, text: impl Into<Bytes>) -> Reply {
    let mut headers = HeaderMap::from_iter([
        (CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8")),
        (CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    ]);
    headers.extend(cors());
    headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static("x-request-id"));
    with_headers(status, headers, text.into())
}

/// Says how long the store took (Server Timing, W3C).
pub fn tell_time(reply: &mut Reply, took: Duration) {
    let timing = format!("store;dur={:.1}", took.as_secs_f64() * 1000.0);
    let timing = HeaderValue::from_str(&timing);
    reply.headers_mut().extend(timing.map(|timing| (SERVER_TIMING, timing)));
}

const SERVER_TIMING: HeaderName = HeaderName::from_static("server-timing");

/// The same answer without its body, for HEAD. The length stays (RFC 9110, section 9.3.2), except
/// where there never is a body.
#[must_use]
pub fn head_only(reply: Reply) -> Reply {
    use hyper::body::Body as _;
    let (mut parts, body) = reply.into_parts();
    if !matches!(parts.status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED) {
        let length = body.size_hint().lower();
        parts.headers.insert(CONTENT_LENGTH, length.into());
    }
    Response::from_parts(parts, Body::default())
}
