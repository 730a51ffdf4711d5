//! The request context: the parts of a request that determine the last headers of its response.

use http::header::{HeaderMap, HeaderName, HeaderValue, ORIGIN};

use super::cors::Origins;

/// The parts of a request that determine the last headers of its response.
#[derive(Clone, Debug, Default)]
pub struct RequestContext {
    /// The client's name for the request, if it sent a usable one.
    pub(super) id: Option<HeaderValue>,
    /// The origin of the requesting page, if only listed origins may read the response and it is
    /// one of them.
    pub(super) origin: Option<HeaderValue>,
}

/// Name of a request in logs on both sides.
pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Longest client-sent request id that is used.
const MAX_ID: usize = 128;

impl RequestContext {
    /// The client's name for the request, if it sent a usable one.
    #[must_use]
    pub const fn id(&self) -> Option<&HeaderValue> {
        self.id.as_ref()
    }

    /// Reads it from a request's headers.
    #[must_use]
    pub fn of(request: &HeaderMap, origins: &Origins) -> Self {
        let is_usable = |id: &&HeaderValue| {
            (1..=MAX_ID).contains(&id.len()) && id.as_bytes().iter().all(u8::is_ascii_graphic)
        };
        let id = request.get(REQUEST_ID).filter(is_usable).cloned();
        let origin = match origins {
            Origins::Any => None,
            Origins::These(known) => {
                request.get(ORIGIN).filter(|origin| known.contains(origin)).cloned()
            }
        };
        Self { id, origin }
    }
}
