//! Documents: small bodies in memory, in each encoding that they are sent in.

use bytes::Bytes;
use http::header::HeaderValue;
use tilecore::TileHash;
use tilecore::archive::GzipEncoder;

use crate::values::content_encoding::Encoding;

/// A JSON text of the API or a file of the page.
#[derive(Clone, Debug)]
pub struct Document {
    plain: Bytes,
    gzip: Option<Bytes>,
    brotli: Option<Bytes>,
    hash: TileHash,
    /// Its `Content-Type`.
    pub content_type: HeaderValue,
}

/// Shorter bodies are sent as they are: gzip would not reduce the number of packets.
const MIN_GZIP_BYTES: usize = 1000;

/// Each document is compressed once, at the default level of libdeflate.
const GZIP_LEVEL: i32 = 6;

impl Document {
    /// A JSON text, compressed once here and not for each request.
    #[must_use]
    pub fn json(value: &serde_json::Value) -> Self {
        Self::json_text(value.to_string())
    }

    /// The same from a text that is JSON already.
    #[must_use]
    pub fn json_text(text: impl Into<Bytes>) -> Self {
        let plain = text.into();
        let gzip = (plain.len() >= MIN_GZIP_BYTES)
            .then(|| GzipEncoder::new(GZIP_LEVEL).compress(&plain).into());
        Self::new(plain, gzip, None, HeaderValue::from_static("application/json"))
    }

    /// A body with its compressed forms, where there are any.
    #[must_use]
    pub fn new(
        plain: Bytes,
        gzip: Option<Bytes>,
        brotli: Option<Bytes>,
        content_type: HeaderValue,
    ) -> Self {
        let hash = TileHash::of(&plain);
        Self { plain, gzip, brotli, hash, content_type }
    }

    /// Hash of the plain bytes.
    #[must_use]
    pub const fn hash(&self) -> TileHash {
        self.hash
    }

    /// The codings that it can be sent in, the smallest first.
    pub fn offer(&self) -> impl Iterator<Item = Encoding> {
        let brotli = self.brotli.is_some().then_some(Encoding::Brotli);
        let gzip = self.gzip.is_some().then_some(Encoding::Gzip);
        brotli.into_iter().chain(gzip).chain([Encoding::Identity])
    }

    /// The body in a coding that was on offer.
    #[must_use]
    pub fn body(&self, encoding: Encoding) -> Bytes {
        let packed = match encoding {
            Encoding::Identity => None,
            Encoding::Gzip => self.gzip.as_ref(),
            Encoding::Brotli => self.brotli.as_ref(),
        };
        packed.unwrap_or(&self.plain).clone()
    }
}
