//! Headers of answers that carry data, and those answers.

use std::ops::Range;
use std::time::Duration;

use bytes::Bytes;
use http::StatusCode;
use http::header::{
    ACCEPT_RANGES, ACCESS_CONTROL_EXPOSE_HEADERS, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_RANGE,
    CONTENT_TYPE, ETAG, HeaderMap, HeaderValue, IF_NONE_MATCH, VARY, X_CONTENT_TYPE_OPTIONS,
};
use tilecore::Visibility;

use super::cors;
use super::response::{Reply, precondition_failed, tagged, with_headers};
use crate::http::body::Body;
use crate::http::etag::{Condition, ETag, condition};
use crate::values::content_encoding::Encoding;

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
        headers.extend(cors::headers());
    }
    headers
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
