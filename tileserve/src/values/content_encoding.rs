//! Content codings in which bytes can be sent (RFC 9110, section 8.4.1).

use http::header::HeaderValue;

/// A coding in which bytes can be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Encoding {
    /// Plain bytes.
    Identity,
    /// Gzip, as tiles are stored.
    Gzip,
    /// Brotli; only for files of the page that were compressed when it was built.
    Brotli,
}

impl Encoding {
    /// The value of `Content-Encoding`; plain bytes have none.
    #[must_use]
    pub const fn content_encoding(self) -> Option<HeaderValue> {
        match self {
            Self::Identity => None,
            Self::Gzip => Some(HeaderValue::from_static("gzip")),
            Self::Brotli => Some(HeaderValue::from_static("br")),
        }
    }

    /// The suffix of this coding's `ETag`s, so that no two representations share one (RFC 9110,
    /// section 8.8.3.3).
    #[must_use]
    pub const fn etag_ending(self) -> &'static str {
        match self {
            Self::Identity => "-id",
            Self::Gzip => "-gz",
            Self::Brotli => "-br",
        }
    }
}
