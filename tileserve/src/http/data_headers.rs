//! The headers of responses with data, built once for each visibility, and those responses.

use std::ops::Range;
use std::time::Duration;

use bytes::Bytes;
use http::StatusCode;
use http::header::{
    ACCEPT_RANGES, ACCESS_CONTROL_EXPOSE_HEADERS, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_RANGE,
    CONTENT_TYPE, ETAG, HeaderMap, HeaderName, HeaderValue, IF_NONE_MATCH, VARY,
    X_CONTENT_TYPE_OPTIONS,
};
use tilecore::Visibility;

use super::cors;
use super::response::{Reply, precondition_failed, tagged, with_headers};
use crate::http::body::Body;
use crate::http::etag::{Condition, ETag, condition};
use crate::values::content_encoding::Encoding;

/// How long clients may cache responses.
#[derive(Clone, Copy, Debug)]
pub struct Lifetimes {
    /// Responses that change with the next build.
    pub latest: Duration,
    /// How much longer they may be used while a cache revalidates them.
    pub latest_stale: Duration,
    /// Responses for empty tiles.
    pub empty_tile: Duration,
    /// The longest for internal responses: after that, a client that lost its access has none of them.
    pub internal_max: Duration,
}

impl Lifetimes {
    /// The same, none longer than `most`.
    fn at_most(&self, most: Duration) -> Self {
        let latest = self.latest.min(most);
        Self {
            latest,
            latest_stale: self.latest_stale.min(most.saturating_sub(latest)),
            empty_tile: self.empty_tile.min(most),
            internal_max: self.internal_max.min(most),
        }
    }
}

/// The status where an archive has no tile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EmptyTile {
    /// 204: for MapLibre and all clients that support it.
    NoContent,
    /// 404: for clients that treat 204 as a broken tile.
    NotFound,
}

/// The `ETag` of empty tiles; no tile has it.
const EMPTY_TILE_TAG: &str = "\"empty\"";

fn is_any_tag(request: &HeaderMap) -> bool {
    request.get_all(IF_NONE_MATCH).iter().any(|line| line.as_bytes().trim_ascii() == b"*")
}

/// The form of an address. A tile, a table and an archive have one of each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UrlForm {
    /// Without a digest: the latest archive.
    Latest,
    /// With a digest: the same bytes forever.
    Pinned,
}

/// The headers of each kind of tile response, built once. Only the `ETag` differs between tiles.
#[derive(Debug)]
pub struct TileHeaders {
    gzip: HeaderMap,
    identity: HeaderMap,
    not_modified: HeaderMap,
    empty_tile: HeaderMap,
    archive: HeaderMap,
}

/// The headers of all responses with data.
#[derive(Debug)]
pub struct DataHeaders {
    public: VisibilityHeaders,
    internal: VisibilityHeaders,
}

/// The headers of one visibility.
#[derive(Debug)]
struct VisibilityHeaders {
    latest: TileHeaders,
    pinned: TileHeaders,
    document: HeaderMap,
}

impl DataHeaders {
    /// Builds the headers. Internal responses are `private`. Pages of other origins may read them
    /// only with `internal_cors`: a browser inside the private network would otherwise let any page
    /// that it visits read them. They vary with the headers that name people (`identity`).
    #[must_use]
    pub fn new(lifetimes: &Lifetimes, internal_cors: bool, identity: &[HeaderName]) -> Self {
        let internal = ["accept-encoding", "authorization"].into_iter();
        let internal: Vec<&str> = internal.chain(identity.iter().map(HeaderName::as_str)).collect();
        Self {
            public: VisibilityHeaders::new(Visibility::Public, lifetimes, "accept-encoding", true),
            internal: VisibilityHeaders::new(
                Visibility::Internal,
                lifetimes,
                &internal.join(", "),
                internal_cors,
            ),
        }
    }

    /// The headers of a layer's tiles.
    #[must_use]
    pub const fn tile(&self, visibility: Visibility, form: UrlForm) -> &TileHeaders {
        let by_visibility = self.by_visibility(visibility);
        match form {
            UrlForm::Latest => &by_visibility.latest,
            UrlForm::Pinned => &by_visibility.pinned,
        }
    }

    /// The headers of the catalog and of TileJSON.
    #[must_use]
    pub const fn document(&self, visibility: Visibility) -> &HeaderMap {
        &self.by_visibility(visibility).document
    }

    const fn by_visibility(&self, visibility: Visibility) -> &VisibilityHeaders {
        match visibility {
            Visibility::Public => &self.public,
            Visibility::Internal => &self.internal,
        }
    }
}

impl VisibilityHeaders {
    fn new(visibility: Visibility, lifetimes: &Lifetimes, vary: &str, has_cors: bool) -> Self {
        let (keeper, year) = match visibility {
            Visibility::Public => ("public", YEAR),
            Visibility::Internal => ("private", lifetimes.internal_max.min(YEAR)),
        };
        let lifetimes = lifetimes.at_most(year);
        let latest = format!(
            "{keeper}, max-age={}, stale-while-revalidate={}",
            lifetimes.latest.as_secs(),
            lifetimes.latest_stale.as_secs()
        );
        let pinned = format!("{keeper}, max-age={}, immutable", year.as_secs());
        let empty_tile = format!("{keeper}, max-age={}", lifetimes.empty_tile.as_secs());
        let mut document = common_headers(&latest, vary, has_cors);
        document.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        Self {
            latest: TileHeaders::new(&latest, &latest, vary, has_cors),
            pinned: TileHeaders::new(&pinned, &empty_tile, vary, has_cors),
            document,
        }
    }
}

/// The lifetime of what never changes.
const YEAR: Duration = Duration::from_hours(365 * 24);

/// Names of headers are valid values.
fn vary_value(names: &str) -> HeaderValue {
    HeaderValue::from_str(names).unwrap_or(HeaderValue::from_static("*"))
}

/// The headers that all data responses have.
fn common_headers(cache_control: &str, vary: &str, has_cors: bool) -> HeaderMap {
    let cache_control = HeaderValue::from_str(cache_control);
    let mut headers = HeaderMap::from_iter([
        (CACHE_CONTROL, cache_control.unwrap_or(HeaderValue::from_static("no-store"))),
        (VARY, vary_value(vary)),
    ]);
    if has_cors {
        headers.extend(cors::headers());
    }
    headers
}

impl TileHeaders {
    fn new(cache_control: &str, empty_tile: &str, vary: &str, has_cors: bool) -> Self {
        // A response that is the same in every encoding does not vary with `accept-encoding`.
        let same_in_every_encoding = |headers: &mut HeaderMap| match vary.split_once(", ") {
            Some((_, rest)) => _ = headers.insert(VARY, vary_value(rest)),
            None => _ = headers.remove(VARY),
        };
        let mut not_modified = common_headers(cache_control, vary, has_cors);
        not_modified.insert(ETAG, HeaderValue::from_static("\"\""));
        let mut identity = not_modified.clone();
        let kind = HeaderValue::from_static("application/vnd.mapbox-vector-tile");
        identity.insert(CONTENT_TYPE, kind);
        let mut gzip = identity.clone();
        gzip.extend(Encoding::Gzip.content_encoding().map(|gzip| (CONTENT_ENCODING, gzip)));
        let mut empty_tile = common_headers(empty_tile, vary, has_cors);
        same_in_every_encoding(&mut empty_tile);
        empty_tile.insert(ETAG, HeaderValue::from_static(EMPTY_TILE_TAG));
        let mut archive = not_modified.clone();
        // Sent as it is stored, whatever the client accepts.
        same_in_every_encoding(&mut archive);
        if has_cors {
            let exposed = HeaderValue::from_static("etag, content-range");
            archive.insert(ACCESS_CONTROL_EXPOSE_HEADERS, exposed);
        }
        archive.insert(ACCEPT_RANGES, HeaderValue::from_static("bytes"));
        archive.insert(CONTENT_TYPE, HeaderValue::from_static("application/vnd.pmtiles"));
        Self { gzip, identity, not_modified, empty_tile, archive }
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

    /// 304: the client has the tile (RFC 9110, section 15.4.5: with the headers that a 200 would have
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

    /// The archive has no such tile: 204 or 404, as configured, with an `ETag`; 304 if the client has that
    /// `ETag` already.
    #[must_use]
    pub fn empty_tile(&self, empty_tile_status: EmptyTile, request: &HeaderMap) -> Reply {
        let status = match (condition(request, EMPTY_TILE_TAG.as_bytes()), empty_tile_status) {
            // `*` matches any content, and an empty tile has none.
            (Condition::NotModified, _) if !is_any_tag(request) => StatusCode::NOT_MODIFIED,
            (Condition::PreconditionFailed, _) => return precondition_failed(),
            (_, EmptyTile::NoContent) => StatusCode::NO_CONTENT,
            (_, EmptyTile::NotFound) => StatusCode::NOT_FOUND,
        };
        with_headers(status, self.empty_tile.clone(), Bytes::new())
    }
}
