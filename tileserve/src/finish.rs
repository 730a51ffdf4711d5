//! Finish: the headers that depend on who asks and how the server is set up, put on every answer last.

use std::collections::BTreeSet;

use http::header::{
    ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS, HeaderMap, HeaderName, HeaderValue,
    ORIGIN, VARY,
};

use crate::random;
use crate::reply::Reply;

/// Whose pages may read what anybody may see.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origins {
    /// Any page.
    Any,
    /// Pages of these origins.
    These(Vec<HeaderValue>),
}

/// What is put on answers.
#[derive(Clone, Debug)]
pub struct Finish {
    /// Whose pages may read answers.
    pub origins: Origins,
    /// Headers that carry surrogate keys, by which caches can be told what to drop.
    pub key_headers: Vec<HeaderName>,
}

/// Surrogate keys of an answer: what of the map it is made from.
#[derive(Clone, Debug)]
pub struct SurrogateKeys {
    /// As `Surrogate-Key` and `xkey` have them.
    spaced: HeaderValue,
    /// As `Cache-Tag` has them.
    listed: HeaderValue,
}

/// What of a request its answer's last headers depend on.
#[derive(Clone, Debug, Default)]
pub struct Asker {
    id: Option<HeaderValue>,
    /// The page that asks, if it may read the answer and others may not.
    origin: Option<HeaderValue>,
}

/// Name of a request in logs on both sides.
pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Longest name of a request that is taken over.
const MAX_ID: usize = 128;

impl SurrogateKeys {
    /// The keys in their order. They are parts of paths, so they make headers.
    #[must_use]
    pub fn new(keys: &[String]) -> Self {
        let joined = |with: &str| {
            let text = HeaderValue::from_str(&keys.join(with));
            text.unwrap_or_else(|_| HeaderValue::from_static(""))
        };
        Self { spaced: joined(" "), listed: joined(",") }
    }

    /// The keys of what is made from all of these.
    #[must_use]
    pub fn of_all<'a>(parts: impl Iterator<Item = &'a Self>) -> Self {
        let keys: BTreeSet<String> = parts
            .filter_map(|part| part.spaced.to_str().ok())
            .flat_map(|keys| keys.split(' '))
            .map(str::to_owned)
            .collect();
        Self::new(&Vec::from_iter(keys))
    }
}

impl Finish {
    /// Reads of a request's headers what its answer will need.
    #[must_use]
    pub fn asker(&self, request: &HeaderMap) -> Asker {
        let is_fine = |id: &&HeaderValue| {
            (1..=MAX_ID).contains(&id.len()) && id.as_bytes().iter().all(u8::is_ascii_graphic)
        };
        let id = request.get(REQUEST_ID).filter(is_fine).cloned();
        let origin = match &self.origins {
            Origins::Any => None,
            Origins::These(known) => {
                request.get(ORIGIN).filter(|origin| known.contains(origin)).cloned()
            }
        };
        Asker { id, origin }
    }

    /// Puts the last headers on an answer. One that tells of trouble always has a name, by which it
    /// can be found in the log.
    pub fn finish(&self, reply: &mut Reply, asker: &Asker, keys: Option<&SurrogateKeys>) {
        let is_error = reply.status().is_client_error() || reply.status().is_server_error();
        let headers = reply.headers_mut();
        if let Some(id) = &asker.id {
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
            let origin = asker.origin.clone();
            headers.extend(origin.map(|origin| (ACCESS_CONTROL_ALLOW_ORIGIN, origin)));
        }
    }
}

fn random_id() -> HeaderValue {
    HeaderValue::from_str(&random::word()).unwrap_or_else(|_| HeaderValue::from_static("unnamed"))
}
