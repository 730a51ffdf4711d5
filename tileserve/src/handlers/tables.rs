//! Tables: JSON documents of the map, sent as they are stored or unpacked.

use http::header::{CONTENT_TYPE, HeaderMap, HeaderValue, X_CONTENT_TYPE_OPTIONS};
use tilecore::ArchiveDigest;
use tracing::error;

use super::request::{ApiRequest, not_found_unless_pinned};
use crate::http::accept_encoding::Accepted;
use crate::http::data_headers::{TileHeaders, UrlForm};
use crate::http::etag::{Condition, ETag};
use crate::http::response::{self, Reply};
use crate::map::tables::{Table, TableLookup};
use crate::values::content_encoding::Encoding;

impl ApiRequest<'_> {
    pub(super) fn table(&self, name: &str, digest: Option<ArchiveDigest>) -> Option<Reply> {
        let version = self.state.map.version();
        let Some(version) = &*version else { return Some(response::unavailable()) };
        let Some(served) = version.table(name) else { return not_found_unless_pinned(digest) };
        if !self.can_see(served.visibility) {
            return Some(response::unauthorized());
        }
        let (table, form) = match (digest, &served.latest) {
            (None, Some(latest)) => (latest, UrlForm::Latest),
            (None, None) => return Some(response::not_found()),
            (Some(digest), _) => match served.lookup(digest) {
                TableLookup::Served(table) => (table, UrlForm::Pinned),
                TableLookup::Gone => return Some(response::gone()),
                TableLookup::Unknown => return None,
            },
        };
        Some(table_response(table, self.policy.headers.tile(served.visibility, form), self.headers))
    }
}

/// 200, 304, 406, 412 or 503 with a table, by the conditions and encodings of the request. Lifetimes
/// are those of a tile.
fn table_response(table: &Table, headers: &TileHeaders, request: &HeaderMap) -> Reply {
    let offer = [Encoding::Gzip, Encoding::Identity];
    let Some(encoding) = Accepted::of(request).choose(&offer) else {
        return response::not_acceptable();
    };
    let etag = ETag::new(table.hash, encoding);
    match etag.condition(request) {
        Condition::Proceed => {}
        Condition::NotModified => return headers.not_modified(&etag),
        Condition::PreconditionFailed => return response::precondition_failed(),
    }
    let body = match encoding {
        Encoding::Gzip => Ok(table.packed.clone()),
        Encoding::Identity | Encoding::Brotli => table.unpack(),
    };
    let Ok(body) = body else {
        error!("table could not be decompressed");
        return response::unavailable();
    };
    let mut reply = headers.tile(encoding, &etag, body);
    let kind = HeaderValue::from_static("application/json");
    reply.headers_mut().insert(CONTENT_TYPE, kind);
    reply.headers_mut().insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    reply
}
