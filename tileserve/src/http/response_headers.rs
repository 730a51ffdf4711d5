//! Response headers that depend on the client and on the settings; every response gets them last.

use http::header::{
    ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS, CACHE_CONTROL, HeaderMap,
    HeaderName, HeaderValue, VARY,
};

use super::cors::Origins;
use super::request_context::{REQUEST_ID, RequestContext};
use super::response::Reply;
use crate::values::random;
use crate::values::surrogate_keys::SurrogateKeys;

/// The headers that every response gets last.
#[derive(Clone, Debug)]
pub struct ResponseHeaders {
    /// Origins whose pages may read responses.
    pub origins: Origins,
    /// Names of the headers that list surrogate keys, for caches that purge by key.
    pub key_headers: Vec<HeaderName>,
}

impl ResponseHeaders {
    /// The parts of a request that determine the last headers of its response.
    #[must_use]
    pub fn context(&self, request: &HeaderMap) -> RequestContext {
        RequestContext::of(request, &self.origins)
    }

    /// Adds the headers to a response. Errors always have a request id, by which they can be found in
    /// the log. Responses that a cache may keep have none: other clients would receive it too.
    pub fn apply(&self, reply: &mut Reply, context: &RequestContext, keys: Option<&SurrogateKeys>) {
        let is_error = reply.status().is_client_error() || reply.status().is_server_error();
        let headers = reply.headers_mut();
        let is_stored = headers.get(CACHE_CONTROL).is_none_or(|control| control != "no-store");
        match &context.id {
            _ if is_stored => {}
            Some(id) => _ = headers.insert(REQUEST_ID, id.clone()),
            None if is_error => _ = headers.insert(REQUEST_ID, random_id()),
            None => {}
        }
        if let (Some(keys), false) = (keys, is_error) {
            for name in &self.key_headers {
                let is_list = name.as_str() == "cache-tag";
                let keys = if is_list { &keys.listed } else { &keys.spaced };
                headers.insert(name.clone(), keys.clone());
            }
        }
        if matches!(self.origins, Origins::These(_))
            && headers.contains_key(ACCESS_CONTROL_EXPOSE_HEADERS)
        {
            headers.append(VARY, HeaderValue::from_static("origin"));
            headers.remove(ACCESS_CONTROL_ALLOW_ORIGIN);
            let origin = context.origin.clone();
            headers.extend(origin.map(|origin| (ACCESS_CONTROL_ALLOW_ORIGIN, origin)));
        }
    }
}

fn random_id() -> HeaderValue {
    HeaderValue::from_str(&random::word()).unwrap_or_else(|_| HeaderValue::from_static("unnamed"))
}
