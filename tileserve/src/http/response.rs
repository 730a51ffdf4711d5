//! Responses: each kind with the headers that belong to it, and no others.

use std::time::Duration;

use bytes::Bytes;
use http::header::{
    ACCEPT, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS,
    ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ALLOW,
    CACHE_CONTROL, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_SECURITY_POLICY,
    CONTENT_TYPE, ETAG, HeaderMap, HeaderName, HeaderValue, LOCATION, RETRY_AFTER, VARY,
    WWW_AUTHENTICATE, X_CONTENT_TYPE_OPTIONS,
};
use http::{Response, StatusCode};

use super::cors;
use crate::http::accept_encoding::Accepted;
use crate::http::body::Body;
use crate::http::etag::{Condition, ETag};
use crate::http::route::PathPart;
use crate::telemetry::metrics::Exposition;
use crate::values::content_encoding::Encoding;
use crate::values::document::Document;

/// A response.
pub type Reply = Response<Body>;

/// The methods that are allowed.
const METHODS: HeaderValue = HeaderValue::from_static("GET, HEAD, OPTIONS");

/// The methods of the beacon, which is only sent.
const BEACON_METHODS: HeaderValue = HeaderValue::from_static("POST, OPTIONS");

pub(super) fn tagged(status: StatusCode, headers: &HeaderMap, etag: &ETag, body: Bytes) -> Reply {
    let mut headers = headers.clone();
    headers.insert(ETAG, etag.header());
    with_headers(status, headers, body)
}

pub(super) fn with_headers(status: StatusCode, headers: HeaderMap, body: Bytes) -> Reply {
    let mut reply = Reply::new(body.into());
    *reply.status_mut() = status;
    *reply.headers_mut() = headers;
    reply
}

/// 200, 304, 406 or 412 with a document, by the conditions and encodings of the request.
#[must_use]
pub fn document(document: &Document, headers: &HeaderMap, request: &HeaderMap) -> Reply {
    let offer: Vec<Encoding> = document.offer().collect();
    let Some(encoding) = Accepted::of(request).choose(&offer) else { return not_acceptable() };
    let etag = ETag::new(document.hash(), encoding);
    match etag.condition(request) {
        Condition::Proceed => {}
        Condition::NotModified => {
            return tagged(StatusCode::NOT_MODIFIED, headers, &etag, Bytes::new());
        }
        Condition::PreconditionFailed => return precondition_failed(),
    }
    let mut reply = tagged(StatusCode::OK, headers, &etag, document.body(encoding));
    reply.headers_mut().insert(CONTENT_TYPE, document.content_type.clone());
    if let Some(encoding) = encoding.content_encoding() {
        reply.headers_mut().insert(CONTENT_ENCODING, encoding);
    }
    reply
}

/// 416: the range begins after the end of an archive of this length.
#[must_use]
pub fn not_satisfiable(length: u64) -> Reply {
    let mut reply = plain(
        StatusCode::RANGE_NOT_SATISFIABLE,
        "the range begins after the end of the archive; request a range within its length\n",
    );
    let range = HeaderValue::from_str(&format!("bytes */{length}"));
    reply.headers_mut().extend(range.map(|range| (CONTENT_RANGE, range)));
    reply
}

/// A JSON state that must not be cached.
#[must_use]
pub fn state(status: StatusCode, state: &serde_json::Value) -> Reply {
    let mut reply = plain(status, state.to_string());
    reply.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    reply
}

/// 200 with metrics in the format of the scraper.
#[must_use]
pub fn metrics(text: String, form: Exposition) -> Reply {
    let mut reply = plain(StatusCode::OK, form.write(text));
    reply.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(form.content_type()));
    reply.headers_mut().insert(VARY, HeaderValue::from_static("accept"));
    reply
}

/// 308: the slots of the composition have another order. Browsers may keep the redirect; shared caches do
/// not, because there are many orders. `public_path` is what proxies remove from the beginning of paths.
#[must_use]
pub fn redirect(public_path: &str, path: &str) -> Reply {
    let Ok(location) = HeaderValue::from_str(&format!("{public_path}{path}")) else {
        return not_found();
    };
    let mut reply =
        plain(StatusCode::PERMANENT_REDIRECT, "the slots of this tile are sorted by their names\n");
    let cache_control = HeaderValue::from_static("private, max-age=86400");
    reply.headers_mut().insert(CACHE_CONTROL, cache_control);
    reply.headers_mut().insert(LOCATION, location);
    reply
}

/// 400: a part of the path is malformed.
#[must_use]
pub fn malformed(part: PathPart) -> Reply {
    let text = match part {
        PathPart::Coord => {
            "malformed tile coordinates; write zoom, column and row without sign or leading zeros\n"
        }
        PathPart::Digest => "malformed digest; take the URL from the catalog\n",
        PathPart::Slots => "malformed list of slots; join two to eight different slots by `+`\n",
    };
    plain(StatusCode::BAD_REQUEST, text)
}

/// 400: two parts of a composition have a layer of the same name.
#[must_use]
pub fn clashing_layers() -> Reply {
    plain(
        StatusCode::BAD_REQUEST,
        "two of these slots have a layer of the same name; request each slot separately\n",
    )
}

/// 401: a token or a signed URL is needed.
#[must_use]
pub fn unauthorized() -> Reply {
    let mut reply =
        plain(StatusCode::UNAUTHORIZED, "not authorized; send a valid token or use a signed URL\n");
    let scheme = HeaderValue::from_static("Bearer realm=\"map\"");
    reply.headers_mut().insert(WWW_AUTHENTICATE, scheme);
    reply
}

/// 403: the client is known, and has no role for what it requests. People read a page in their browser.
#[must_use]
pub fn forbidden(request: &HeaderMap, contact: Option<&str>) -> Reply {
    let ask = contact.unwrap_or("the operators of this server");
    let is_browser = request
        .get_all(ACCEPT)
        .iter()
        .any(|accept| accept.to_str().is_ok_and(|accept| accept.contains("text/html")));
    if !is_browser {
        let text =
            format!("your roles do not include this part of the map; ask {ask} for access\n");
        return plain(StatusCode::FORBIDDEN, text);
    }
    let ask = link(ask);
    let mut reply = plain(
        StatusCode::FORBIDDEN,
        format!(
            "<!doctype html><html lang=en><meta charset=utf-8><title>No access</title>\
             <h1>You have no access to this part of the map</h1>\
             <p>You are logged in, but your roles do not include it. Ask {ask} for access.\n"
        ),
    );
    let headers = reply.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static("default-src 'none'"));
    reply
}

/// A link to an e-mail address or a URL; other text as it is.
fn link(contact: &str) -> String {
    let text = contact.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;");
    match contact {
        url if url.starts_with("https://") || url.starts_with("http://") => {
            format!("<a href=\"{text}\">{text}</a>")
        }
        address if address.contains('@') && !address.contains(char::is_whitespace) => {
            format!("<a href=\"mailto:{text}\">{text}</a>")
        }
        _ => text,
    }
}

/// 403: the client does not come through the CDN.
#[must_use]
pub fn bypassed() -> Reply {
    plain(
        StatusCode::FORBIDDEN,
        "this server answers only its CDN; use the public URL, or send X-Origin-Secret\n",
    )
}

/// 204: received, and there is nothing to say.
#[must_use]
pub fn received() -> Reply {
    let headers = HeaderMap::from_iter([(CACHE_CONTROL, HeaderValue::from_static("no-store"))]);
    with_headers(StatusCode::NO_CONTENT, headers, Bytes::new())
}

/// 400: the query of a beacon is malformed.
#[must_use]
pub fn malformed_beacon() -> Reply {
    plain(StatusCode::BAD_REQUEST, "malformed beacon; /v1/openapi.json describes its parameters\n")
}

/// 404: not found.
#[must_use]
pub fn not_found() -> Reply {
    plain(StatusCode::NOT_FOUND, "not found; /v1/catalog.json lists what is published\n")
}

/// 405: only reading is allowed.
#[must_use]
pub fn method_not_allowed() -> Reply {
    let mut reply =
        plain(StatusCode::METHOD_NOT_ALLOWED, "method not allowed; use GET, HEAD or OPTIONS\n");
    reply.headers_mut().insert(ALLOW, METHODS);
    reply
}

/// 405: a beacon is only sent.
#[must_use]
pub fn only_post() -> Reply {
    let mut reply = plain(StatusCode::METHOD_NOT_ALLOWED, "method not allowed; use POST\n");
    reply.headers_mut().insert(ALLOW, BEACON_METHODS);
    reply
}

/// 406: the client accepts no encoding that the server has.
#[must_use]
pub fn not_acceptable() -> Reply {
    let mut reply =
        plain(StatusCode::NOT_ACCEPTABLE, "no acceptable encoding; accept gzip or identity\n");
    reply.headers_mut().insert(VARY, HeaderValue::from_static("accept-encoding"));
    reply
}

/// 412: the address has other bytes than the client requires.
#[must_use]
pub fn precondition_failed() -> Reply {
    plain(
        StatusCode::PRECONDITION_FAILED,
        "the content has changed; request it again without If-Match\n",
    )
}

/// 410: the archive was part of the map, and is no longer served.
#[must_use]
pub fn gone() -> Reply {
    plain(
        StatusCode::GONE,
        "this version is no longer served; read the current URL from TileJSON or the catalog\n",
    )
}

/// 421: the request names a host that this listener does not serve.
#[must_use]
pub fn misdirected() -> Reply {
    plain(
        StatusCode::MISDIRECTED_REQUEST,
        "this server does not serve this host; add it to allowed_hosts, or use the server's IP address\n",
    )
}

/// The same response, which no page of another origin may read.
#[must_use]
pub fn without_cors(mut reply: Reply) -> Reply {
    let headers = reply.headers_mut();
    for name in [
        ACCESS_CONTROL_ALLOW_ORIGIN,
        ACCESS_CONTROL_ALLOW_HEADERS,
        ACCESS_CONTROL_ALLOW_METHODS,
        ACCESS_CONTROL_EXPOSE_HEADERS,
        ACCESS_CONTROL_MAX_AGE,
    ] {
        headers.remove(name);
    }
    reply
}

/// 429: the client exceeds its rate limit.
#[must_use]
pub fn too_many_requests(wait: Duration) -> Reply {
    let mut reply = plain(
        StatusCode::TOO_MANY_REQUESTS,
        "too many requests; retry after the time in Retry-After\n",
    );
    reply.headers_mut().insert(RETRY_AFTER, wait.as_secs().saturating_add(1).into());
    reply
}

/// 503: too many requests wait already.
#[must_use]
pub fn overloaded() -> Reply {
    let mut reply = plain(
        StatusCode::SERVICE_UNAVAILABLE,
        "the server is overloaded; retry after the time in Retry-After\n",
    );
    reply.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("1"));
    reply
}

/// 503: the map could not be read. The cause goes to the log, not to the client.
#[must_use]
pub fn unavailable() -> Reply {
    let mut reply = plain(
        StatusCode::SERVICE_UNAVAILABLE,
        "the map is temporarily unavailable; retry after the time in Retry-After\n",
    );
    reply.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("5"));
    reply
}

/// 204 for a CORS preflight, or for any other `OPTIONS` request.
#[must_use]
pub fn options() -> Reply {
    options_of(METHODS)
}

/// 204 for an `OPTIONS` request of the beacon.
#[must_use]
pub fn beacon_options() -> Reply {
    options_of(BEACON_METHODS)
}

fn options_of(methods: HeaderValue) -> Reply {
    let mut headers = HeaderMap::from_iter([
        (ALLOW, methods.clone()),
        (ACCESS_CONTROL_ALLOW_METHODS, methods),
        // `*` does not mean `authorization` (Fetch, CORS-unsafe request headers).
        (ACCESS_CONTROL_ALLOW_HEADERS, HeaderValue::from_static("*, authorization")),
        (ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("86400")),
    ]);
    headers.extend(cors::headers());
    with_headers(StatusCode::NO_CONTENT, headers, Bytes::new())
}

/// A short text that must not be cached: errors never inherit the lifetime of a tile.
fn plain(status: StatusCode, text: impl Into<Bytes>) -> Reply {
    let mut headers = HeaderMap::from_iter([
        (CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8")),
        (CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    ]);
    headers.extend(cors::headers());
    headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static("x-request-id"));
    with_headers(status, headers, text.into())
}

/// The same response, which a browser may keep for at most this time if it is private.
#[must_use]
pub fn at_most_private(mut reply: Reply, seconds: u64) -> Reply {
    let control = reply.headers().get(CACHE_CONTROL).and_then(|control| control.to_str().ok());
    let Some(lifetimes) = control.and_then(|control| control.strip_prefix("private, ")) else {
        return reply;
    };
    // A stale response may be used after its lifetime, so both are counted.
    let seconds_of = |lifetime: &str| lifetime.rsplit('=').next()?.parse::<u64>().ok();
    let most: u64 = lifetimes.split(", ").filter_map(seconds_of).sum();
    if most > seconds {
        let control = HeaderValue::from_str(&format!("private, max-age={seconds}"));
        let control = control.unwrap_or(HeaderValue::from_static("no-store"));
        reply.headers_mut().insert(CACHE_CONTROL, control);
    }
    reply
}

/// Adds the time that the store took (Server Timing, W3C).
pub fn add_server_timing(reply: &mut Reply, took: Duration) {
    let timing = format!("store;dur={:.1}", took.as_secs_f64() * 1000.0);
    let timing = HeaderValue::from_str(&timing);
    reply.headers_mut().extend(timing.map(|timing| (SERVER_TIMING, timing)));
}

const SERVER_TIMING: HeaderName = HeaderName::from_static("server-timing");

/// The same response without its body, for HEAD. The length stays (RFC 9110, section 9.3.2), except
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
