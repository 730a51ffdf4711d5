//! CORS: which pages of other origins may read responses (Fetch, section 3.2).

use http::header::{
    ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS, HeaderName, HeaderValue,
};

/// Origins whose pages may read public responses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origins {
    /// Any page.
    Any,
    /// Pages of these origins.
    These(Vec<HeaderValue>),
}

/// The headers by which pages of any origin may read a response and its tag.
pub(super) fn headers() -> [(HeaderName, HeaderValue); 2] {
    [
        (ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*")),
        // Without this a page of another origin cannot read the `ETag`.
        (ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static("etag")),
    ]
}
