//! Response headers that depend on the client and on the settings; every response gets them last.

use http::header::{
    ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS, HeaderMap, HeaderName, HeaderValue,
    VARY,
};

use super::cors::Origins;
use super::request_context::{REQUEST_ID, RequestContext};
use super::response::Reply;
use crate::values::random;
use crate::values::surrogate_keys::SurrogateKeys;

/// What is put on answers.
#[derive(Clone, Debug)]
pub struct ResponseHeaders {
    /// Whose pages may read answers.
    pub origins: Origins,
    /// Headers that carry surrogate keys, by which caches can be told what to drop.
    pub key_headers: Vec<HeaderName>,
}

impl ResponseHeaders {
    /// Reads of a request's headers what its response will need.
    #[must_use]
    pub fn context(&self, request: &HeaderMap) -> RequestContext {
        RequestContext::of(request, &self.origins)
    }

    /// Puts the last headers on an answer. One that tells of trouble always has a name, by which it
    /// can be found in the log.
    pub fn response_headers(
        &self,
        reply: &mut Reply,
        context: &RequestContext,
        keys: Option<&SurrogateKeys>,
    ) {
        let is_error = reply.status().is_client_error() || reply.status().is_server_error();
        let headers = reply.headers_mut();
        if let Some(id) = &context.id {
            headers.insert(REQUEST_ID, id.clone());
        } else if is_error {
            headers.insert(REQUEST_ID, random_id());
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
