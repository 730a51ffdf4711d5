//! Tables: JSON documents of the map, sent as they are stored or unpacked.

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderValue, X_CONTENT_TYPE_OPTIONS};
use tilecore::ArchiveDigest;
use tilecore::archive::declared_length;
use tracing::error;

use super::request::{ApiRequest, not_found_unless_pinned};
use crate::http::accept_encoding::Accepted;
use crate::http::access::Subject;
use crate::http::data_headers::{TileHeaders, UrlForm};
use crate::http::etag::{Condition, ETag};
use crate::http::response::{self, Reply};
use crate::http::sent_bodies::BodyError;
use crate::map::tables::{Table, TableLookup};
use crate::values::content_encoding::Encoding;

impl ApiRequest<'_> {
    pub(super) fn table(&self, name: &str, digest: Option<ArchiveDigest>) -> Option<Reply> {
        let version = self.state.map.version();
        let Some(version) = &*version else { return Some(response::unavailable()) };
        let Some(served) = version.table(name) else { return not_found_unless_pinned(digest) };
        let table = name.rsplit_once('/').map_or(name, |(table, _)| table);
        if let Err(refusal) = self.check(version, served.visibility, Subject::Table { name: table })
        {
            return Some(refusal);
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
        Some(self.table_response(table, self.policy.headers.tile(served.visibility, form)))
    }

    /// 200, 304, 406, 412 or 503 with a table, by the conditions and encodings of the request.
    /// Lifetimes are those of a tile.
    fn table_response(&self, table: &Table, headers: &TileHeaders) -> Reply {
        let offer = [Encoding::Gzip, Encoding::Identity];
        let Some(encoding) = Accepted::of(self.headers).choose(&offer) else {
            return response::not_acceptable();
        };
        let etag = ETag::new(table.hash, encoding);
        match etag.condition(self.headers) {
            Condition::Proceed => {}
            Condition::NotModified => return headers.not_modified(&etag),
            Condition::PreconditionFailed => return response::precondition_failed(),
        }
        let body = match encoding {
            Encoding::Gzip => table.packed.clone(),
            Encoding::Identity | Encoding::Brotli => match self.plain_table(table) {
                Ok(body) => body,
                Err(refusal) => return refusal,
            },
        };
        let mut reply = headers.tile(encoding, &etag, body);
        let kind = HeaderValue::from_static("application/json");
        reply.headers_mut().insert(CONTENT_TYPE, kind);
        reply.headers_mut().insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        reply
    }

    /// The uncompressed table, or an error response.
    fn plain_table(&self, table: &Table) -> Result<Bytes, Reply> {
        let key = (table.hash, Encoding::Identity);
        let length = u64::from(declared_length(&table.packed));
        self.state.bodies.get_or_make(key, length, || table.unpack()).map_err(|error| match error {
            BodyError::Budget(_) => self.state.no_memory(),
            BodyError::Make(error) => {
                error!(%error, "table could not be decompressed");
                response::unavailable()
            }
        })
    }
}
