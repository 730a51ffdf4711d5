//! Reads requests and builds responses as the HTTP standards define them.
//!
//! A request is read by `route`, `hosts`, `access`, `rate_limit`, `accept_encoding`, `range` and
//! `request_context`. A response is built by `response` and `data_headers` with `body`, `etag` and
//! `cors`; `sent_bodies` limits the memory of bodies, `response_headers` adds the last headers and `access_log` records it. `policy` holds the
//! settings of all of them that may change while the server runs.

pub mod accept_encoding;
pub mod access;
pub mod access_log;
pub mod body;
pub mod cors;
pub mod data_headers;
pub mod etag;
pub mod hosts;
pub mod policy;
pub mod range;
pub mod rate_limit;
pub mod request_context;
pub mod response;
pub mod response_headers;
pub mod route;
pub mod sent_bodies;
